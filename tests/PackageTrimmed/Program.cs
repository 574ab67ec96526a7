// Trains CartPole to the end in an app that is trimmed and carries its own runtime, and takes its policy through every file
// that the facade reads and writes: what trimming breaks is found where names are looked up.
// expect: ^Solved: a mean return of (4[789]\d|500)\.\d\. The policy acts alike from policy\.json, policy\.safetensors and the run's folder\.$

using System.Globalization;
using TrustRegion;

string folder = args[0];
var result = await Trainer.TrainAsync(new CartPole(), TrainingOptions.For("cartpole") with { OutputDirectory = folder });
var policy = result.Policy;
double[][] observations = [[0.01, 0.0, -0.02, 0.0], [0.5, 0.4, 0.1, 0.3], [-1.0, -0.5, -0.1, 0.2]];

string json = Path.Combine(folder, "again.json"), tensors = Path.Combine(folder, "policy.safetensors");
policy.Save(json);
policy.SaveSafetensors(tensors, numbers: NumberFormat.Float64);
policy.SaveOnnx(Path.Combine(folder, "policy.onnx"));
var run = SavedRun.Read(folder);

var step = RecordedUpdate.Run(
    """
    {"policy": {"family": "categorical", "network": {"activation": "tanh", "layers": [{"weights": [[0.1, -0.2], [0.3, 0.1]]}]}},
     "batch": {"observations": [[1, 0], [0, 1], [1, 1]], "actions": [0, 1, 0], "advantages": [1, -0.5, 0.2]},
     "update": {"algorithm": "trpo"}}
    """);

bool alike =
    ActsAlike(Policy.Load(json))
    && ActsAlike(Policy.LoadSafetensors(tensors))
    && ActsAlike(Policy.Load(Path.Combine(folder, "policy.json")))
    && run.EnvironmentName == "cartpole"
    && step.StartsWith("{\"outcome\":\"accepted\"", StringComparison.Ordinal);

Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"{result.Stop}: a mean return of {result.MeanReturn100:F1}. The policy acts {(alike ? "alike" : "differently")} from policy.json, policy.safetensors and the run's folder."));

bool ActsAlike(Policy other) => observations.All(seen => other.Act(seen).SequenceEqual(policy.Act(seen)));
