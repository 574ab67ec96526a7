using System.Text.RegularExpressions;
using NUnit.Framework;
using TrustRegion.Laws;
using TrustRegion.Math;

namespace LawsFromCSharp;

public sealed class LawsTests
{
    [Test]
    public void A_sound_family_keeps_the_laws()
    {
        // begin quickstart
        // Raises with the claim that is broken, the smallest input that breaks it, both values and the tolerance.
        Laws.ForFamily(new ThreePoint()).Check();

        // Or look at each law, on more cases and from a seed of your choice.
        foreach (LawOutcome outcome in Laws.ForFamily(new ThreePoint()).Report(cases: 500, seed: 1))
            Console.WriteLine(outcome);
        // end quickstart
    }

    [Test]
    public void A_family_with_infinitely_many_actions_keeps_the_laws()
    {
        LawSuite laws = Laws.ForFamily(new Geometric(), random => [6 * random.NextDouble() - 3]);
        Assert.That(laws.LeftOut, Is.Empty);
        laws.Check();
    }

    private static IEnumerable<TestCaseData> WrongFamilies() =>
    [
        new(new ReversedThreePoint(), "KL(old ‖ new) is the mean under old of ln(old/new)"),
        new(new UncentredThreePoint(), "the mean score is 0"),
        new(new UniformlySampledThreePoint(), "samples come as often as their probability says"),
        new(new StrictThreePoint(), "outputs that are not finite raise nothing"),
    ];

    [TestCaseSource(nameof(WrongFamilies))]
    public void A_wrong_family_fails_and_the_message_is_the_claim_first(IActionFamily family, string claim)
    {
        var broken = Assert.Throws<LawBrokenException>(() => Laws.ForFamily(family).Check())!;
        TestContext.Out.WriteLine(broken.Message);

        Assert.That(broken.Message, Does.StartWith($"This law does not hold: {claim}.\n  what broke:  "));
        Assert.That(broken.Message, Does.Contain("\n  for:         outputs ["));
        Assert.That(broken.Message, Does.Contain("tried on the family three-point"));
        Assert.That(broken.Message, Does.Not.Contain("FsCheck"));
    }

    [Test]
    public void What_breaks_a_law_is_shrunk_and_comes_again_with_its_seed()
    {
        LawSuite laws = Laws.ForFamily(new StrictThreePoint());
        LawOutcome first = laws.Report(100, seed: 12).Single(outcome => !outcome.Passed);
        LawOutcome again = laws.Report(100, first.Seed).Single(outcome => !outcome.Passed);

        Assert.That(again, Is.EqualTo(first));
        Assert.That(first.Message, Does.Contain("InvalidOperationException was raised at LawsFromCSharp.StrictThreePoint.Kl"));
    }

    [Test]
    public void The_failure_that_the_readme_shows_is_what_is_printed()
    {
        var broken = Assert.Throws<LawBrokenException>(() => Laws.ForFamily(new ReversedThreePoint()).Check(100, seed: 3))!;
        TestContext.Out.WriteLine(broken.Message);
        string? folder = AppContext.BaseDirectory;

        while (folder is not null && !File.Exists(Path.Combine(folder, "TrustRegion.Math.sln")))
            folder = Path.GetDirectoryName(folder);

        string readme = File.ReadAllText(Path.Combine(folder!, "README.md")).ReplaceLineEndings("\n");
        // The last digits are the machine's own.
        static string Rounded(string text) => Regex.Replace(text, @"(\.\d{8})\d+", "$1");
        Assert.That(Rounded(readme), Does.Contain(Rounded($"```text\n{broken.Message}\n```")));
    }

    [Test]
    public void Actions_of_ones_own_are_checked()
    {
        Laws.ForFamily(new ThreePoint(), [[-1], [0], [1]]).Check();
        var incomplete = Assert.Throws<LawBrokenException>(() => Laws.ForFamily(new ThreePoint(), [[-1], [0]]).Check())!;
        Assert.That(incomplete.Message, Does.StartWith("This law does not hold: the probabilities of all actions add up to 1."));

        Assert.Throws<ArgumentException>(() => Laws.ForFamily(new ThreePoint(), [[0, 1]]));
        Assert.Throws<ArgumentNullException>(() => Laws.ForFamily((IActionFamily)null!));
    }

    [Test]
    public void Maps_and_updates_are_a_line_too()
    {
        Laws.ForMap(new LinearMap(2, 3, true)).Check(20);
        Laws.ForUpdate(problem => TrustRegion.Math.Trpo.step(TrustRegion.Math.Trpo.defaults, problem), maxKl: 0.01).Check(20);
    }

    [Test]
    public void A_problem_is_four_functions()
    {
        // Two independent normal numbers of mean θ: KL is half of the squared distance, and F the identity.
        double[] start = [0.5, -1];
        static double Square(double x) => x * x;
        double Surrogate(double[] at) => double.Sin(at[0]) + at[0] * at[1];
        double MeanKl(double[] at) => 0.5 * (Square(at[0] - start[0]) + Square(at[1] - start[1]));
        double[] Gradient() => [double.Cos(start[0]) + start[1], start[0]];

        Laws.ForProblem(start, Surrogate, MeanKl, Gradient, v => [v[0], v[1]]).Check();

        var halved = Assert.Throws<LawBrokenException>(
            () => Laws.ForProblem(start, Surrogate, MeanKl, Gradient, v => [v[0] / 2, v[1] / 2]).Check())!;
        Assert.That(halved.Message, Does.StartWith("This law does not hold: the Fisher product is the curvature of the mean KL."));
    }
}
