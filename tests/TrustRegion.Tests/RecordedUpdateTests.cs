using System.Text.Json;

namespace TrustRegion.Tests;

public sealed class RecordedUpdateTests
{
    private const string Recorded = """
        {"policy":{"family":"categorical",
                   "network":{"activation":"tanh","layers":[{"weights":[[0.1,0.2],[0.3,-0.1]],"biases":[0,0]}]}},
         "batch":{"observations":[[1,0],[0,1],[1,1]],"actions":[0,1,1],"advantages":[1,-0.5,0.25]},
         "update":{"algorithm":"trpo","maxKl":0.01}}
        """;

    [Test]
    public void A_recorded_update_is_the_step_that_the_facade_takes()
    {
        using var output = JsonDocument.Parse(RecordedUpdate.Run(Recorded));
        using var input = JsonDocument.Parse(Recorded);
        var policy = Policy.Parse(input.RootElement.GetProperty("policy").GetRawText());
        var step = Trpo.Step(policy, new Batch([[1, 0], [0, 1], [1, 1]], [0, 1, 1], [1, -0.5, 0.25]));

        Assert.That(output.RootElement.GetProperty("outcome").GetString(), Is.EqualTo("accepted"));
        Assert.That(
            output.RootElement.GetProperty("certificate").GetProperty("meanKl").GetDouble(), Is.EqualTo(step.Kl));
        Assert.That(
            Policy.Parse(output.RootElement.GetProperty("policy").GetRawText()).Parameters,
            Is.EqualTo(step.Policy.Parameters));
    }

    [TestCase("[1,0],[0,1]", "[1,0],[0]", "$.batch.observations[1]")]
    [TestCase("[0,1,1]", "[0,1,7]", "$.batch.actions[2]")]
    [TestCase("\"trpo\"", "\"sac\"", "$.update.algorithm")]
    [TestCase("0.01", "-1", "$.update.maxKl")]
    public void What_is_wrong_is_named_by_its_path(string right, string wrong, string path)
    {
        var error = Assert.Throws<InputException>(() => RecordedUpdate.Run(Recorded.Replace(right, wrong)));

        Assert.That(error!.Path, Is.EqualTo(path));
        Assert.That(error.Message, Does.StartWith(path).And.Not.Contain("\n"));
    }

    [Test]
    public void Text_that_is_no_json_is_refused()
    {
        Assert.That(() => RecordedUpdate.Run("{"), Throws.InstanceOf<InputException>());
        Assert.That(() => RecordedUpdate.Run(null!), Throws.ArgumentNullException);
    }
}
