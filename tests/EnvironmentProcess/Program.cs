// A stand-in for a bridge: a process that serves an environment of the library in the line protocol, or breaks the protocol
// in a way that it is told, or goes by another name. EnvironmentProcess NAME [FAULT | called OTHER]

using System.Text.Json.Nodes;
using TrustRegion;

string name = args[0];
string fault = args.Length > 1 ? args[1] : "";
var environment = Environments.Create(name);
int steps = 0;

// Ctrl-C is for the trainer; a bridge ends when its input does.
Console.CancelKeyPress += (_, signal) => signal.Cancel = fault != "impatient";

while (Console.ReadLine() is string line)
{
    var message = JsonNode.Parse(line)!;
    string command = (string)message["command"]!;

    if (command == "hello" && fault == "mute")
        Thread.Sleep(Timeout.Infinite);

    if (command == "step" && ++steps == 3 && Break(fault))
        continue;

    JsonObject answer = command switch
    {
        "hello" => Specification(),
        "reset" => new JsonObject { ["observation"] = Numbers(environment.Reset((ulong)message["seed"]!)) },
        "step" => Step([.. message["action"]!.AsArray().Select(number => (double)number!)]),
        _ => new JsonObject { ["error"] = $"unknown command {command}" },
    };

    Console.WriteLine(answer.ToJsonString());
}

Console.Error.WriteLine("the input ended");

// At the third step: whether the answer has been given.
bool Break(string how)
{
    switch (how)
    {
        case "dies":
            Console.Error.WriteLine("out of coffee");
            Environment.Exit(7);
            return true;
        case "talks":
            Console.WriteLine("pygame says hello");
            return true;
        case "short":
            Console.WriteLine("""{"observation":[1],"reward":1,"terminated":false,"truncated":false}""");
            return true;
        case "nan":
            Console.WriteLine("""{"observation":[1,2,3,4],"reward":NaN,"terminated":false,"truncated":false}""");
            return true;
        case "null":
            Console.WriteLine("""{"observation":[1,2,3,4],"reward":null,"terminated":false,"truncated":false}""");
            return true;
        case "undecided":
            Console.WriteLine("""{"observation":[1,2,3,4],"reward":1,"terminated":false}""");
            return true;
        case "error":
            Console.WriteLine("""{"error":"the pole fell off"}""");
            return true;
        case "half":
            Console.WriteLine("""{"error":"\ud800"}""");
            return true;
        case "both":
            Console.WriteLine("""{"observation":[1,2,3,4],"reward":1,"terminated":true,"truncated":true}""");
            return true;
        default:
            return false;
    }
}

JsonObject Specification() => new()
{
    ["protocol"] = fault == "old" ? 0 : 1,
    ["name"] = fault == "called" ? args[2] : $"{name}-v1",
    ["observationSize"] = environment.ObservationSize,
    ["actionSpace"] = fault == "shapeless" ? new JsonObject { ["type"] = "dict" } : Space(environment.ActionSpace),
};

static JsonObject Space(ActionSpace space) => space switch
{
    DiscreteSpace discrete => new JsonObject { ["type"] = "discrete", ["count"] = discrete.Count },
    BoxSpace box => new JsonObject { ["type"] = "box", ["low"] = Numbers(box.Low), ["high"] = Numbers(box.High) },
    _ => throw new NotSupportedException($"No environment of the library has {space}."),
};

JsonObject Step(double[] action)
{
    var result = environment.Step(action);

    return new JsonObject
    {
        ["observation"] = Numbers(result.Observation),
        ["reward"] = result.Reward,
        ["terminated"] = result.Ending == Ending.Terminated,
        ["truncated"] = result.Ending == Ending.Truncated,
    };
}

static JsonArray Numbers(IEnumerable<double> values) => [.. values.Select(value => JsonValue.Create(value))];
