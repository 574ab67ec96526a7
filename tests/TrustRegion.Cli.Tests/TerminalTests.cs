using NUnit.Framework;

namespace TrustRegion.Cli.Tests;

/// <summary>What is written where: escape codes only to terminals, colours only where they are wanted.</summary>
public sealed class TerminalTests
{
    private const char Escape = '\e';
    private const string Red = "\e[38;5;9m";

    [Test]
    public void Redirected_output_has_no_escape_codes()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.Run(folder.Path, "train", "stay-switch", "--steps", "4000");

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero);
            Assert.That(outcome.Output, Does.Not.Contain(Escape));
            Assert.That(outcome.Error, Is.Empty);
            Assert.That(outcome.Lines, Has.Some.Match(@"^steps 2,048 of 4,000  return \S+  KL \S+  \S+ steps/s  at most .* left$"));
        });
    }

    [Test, Platform("Linux")]
    public void Progress_on_a_terminal_is_redrawn_and_in_colour()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.RunOnTerminal(folder.Path, false, "train", "stay-switch", "--steps", "4000");

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.Zero);
            Assert.That(outcome.Output, Does.Contain("\e[38;5;2m"), "a green bar");
            Assert.That(outcome.Output, Does.Contain("\e[?25l").And.Contain("\e[?25h"), "the cursor is hidden, and shown again");
            Assert.That(outcome.Output, Does.Contain("steps/s, at most"));
            Assert.That(outcome.Output, Does.Contain("checkpoint"));
        });
    }

    [Test, Platform("Linux")]
    public void An_error_on_a_terminal_is_red_unless_NO_COLOR_is_set()
    {
        using var folder = new TemporaryFolder();
        var coloured = Tool.RunOnTerminal(folder.Path, false, "train", "cartpol");
        var plain = Tool.RunOnTerminal(folder.Path, true, "train", "cartpol");

        Assert.Multiple(() =>
        {
            Assert.That(coloured.ExitCode, Is.EqualTo(2));
            Assert.That(coloured.Output, Does.Contain(Red));
            Assert.That(plain.ExitCode, Is.EqualTo(2));
            Assert.That(plain.Output, Does.Contain("did you mean 'cartpole'?").And.Not.Contain("\e[3"));
        });
    }

    [Test, Platform("Linux")]
    public void NO_COLOR_takes_the_colours_of_progress()
    {
        using var folder = new TemporaryFolder();
        var outcome = Tool.RunOnTerminal(folder.Path, true, "train", "stay-switch", "--steps", "4000");
        Assert.That(outcome.ExitCode, Is.Zero);
        Assert.That(outcome.Output, Does.Not.Contain("\e[38;").And.Not.Contain("\e[31m").And.Not.Contain("\e[48;"));
    }
}
