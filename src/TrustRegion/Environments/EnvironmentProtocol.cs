using System.Text;
using System.Text.Json;

namespace TrustRegion;

/// <summary>What a process says of its environment.</summary>
internal sealed record EnvironmentSpecification(string Name, int ObservationSize, ActionSpace ActionSpace);

/// <summary>An answer that is not in the protocol; the message says what was expected and what came.</summary>
internal sealed class ProtocolException(string message) : Exception(message);

/// <summary>
/// The messages between an environment's process and us, a JSON object a line: written and read by hand, so that every fault is
/// named. docs/environment-process.md describes them.
/// </summary>
internal static class EnvironmentProtocol
{
    public const int Version = 1;

    private const int LongestShown = 80;

    public static string Hello { get; } = Write(writer =>
    {
        writer.WriteString("command", "hello");
        writer.WriteNumber("protocol", Version);
    });

    public static string Reset(int seed) => Write(writer =>
    {
        writer.WriteString("command", "reset");
        writer.WriteNumber("seed", seed);
    });

    public static string Step(ReadOnlySpan<double> action)
    {
        double[] numbers = action.ToArray();

        return Write(writer =>
        {
            writer.WriteString("command", "step");
            writer.WriteStartArray("action");

            foreach (double number in numbers)
                writer.WriteNumberValue(number);

            writer.WriteEndArray();
        });
    }

    /// <summary>The answer to hello.</summary>
    public static EnvironmentSpecification ReadSpecification(string line) => Read(line, root =>
    {
        int version = WholeAt(root, "protocol");

        if (version != Version)
            throw new ProtocolException($"speaks version {version} of the protocol, where this is version {Version}");

        string name = root.TryGetProperty("name", out var given) && given.ValueKind == JsonValueKind.String
            ? given.GetString()!
            : "environment";

        return new EnvironmentSpecification(name, WholeAt(root, "observationSize"), Space(Field(root, "actionSpace")));
    });

    /// <summary>The answer to reset.</summary>
    public static double[] ReadObservation(string line) =>
        Read(line, root => Numbers(Field(root, "observation"), "observation", null));

    /// <summary>The answer to step.</summary>
    public static StepResult ReadStep(string line) => Read(line, root =>
    {
        var observation = Numbers(Field(root, "observation"), "observation", null);
        double reward = Number(Field(root, "reward"), "reward", null);

        // Where both hold the episode ended by itself: nothing can follow.
        var ending = Truth(root, "terminated") ? Ending.Terminated
            : Truth(root, "truncated") ? Ending.Truncated
            : Ending.Running;

        return new StepResult(observation, reward, ending);
    });

    private static ActionSpace Space(JsonElement space)
    {
        string type = Field(space, "type") is { ValueKind: JsonValueKind.String } word ? word.GetString()! : "";

        try
        {
            return type switch
            {
                "discrete" => ActionSpace.Discrete(WholeAt(space, "count")),
                "masked-discrete" => ActionSpace.MaskedDiscrete(WholeAt(space, "count")),
                "multi-binary" => ActionSpace.MultiBinary(WholeAt(space, "count")),
                "multi-discrete" => ActionSpace.MultiDiscrete(
                    [.. Items(Field(space, "counts"), "counts").Select(count => Whole(count, "counts"))]),
                "box" => ActionSpace.Box(
                    Numbers(Field(space, "low"), "low", double.NegativeInfinity),
                    Numbers(Field(space, "high"), "high", double.PositiveInfinity)),
                "tuple" => ActionSpace.Tuple([.. Items(Field(space, "spaces"), "spaces").Select(Space)]),
                _ => throw Unexpected("type", "discrete, masked-discrete, multi-binary, multi-discrete, box or tuple", space),
            };
        }
        catch (ArgumentException error)
        {
            throw new ProtocolException($"has an action space that cannot be: {error.Message}");
        }
    }

    private static T Read<T>(string line, Func<JsonElement, T> read)
    {
        JsonDocument document;

        try
        {
            document = JsonDocument.Parse(line);
        }
        catch (JsonException)
        {
            throw new ProtocolException($"answered what is not JSON: {Shown(line)}");
        }

        using (document)
        {
            var root = document.RootElement;

            if (root.ValueKind != JsonValueKind.Object)
                throw new ProtocolException($"answered what is not a JSON object: {Shown(line)}");

            try
            {
                return root.TryGetProperty("error", out var error)
                    ? throw new ProtocolException($"reported an error: {Shown(error.ToString())}")
                    : read(root);
            }
            catch (InvalidOperationException)
            {
                // JSON lets an escape be half of a surrogate pair, which cannot be read.
                throw new ProtocolException($"answered with an escape that is no text: {Shown(line)}");
            }
        }
    }

    private static JsonElement Field(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var found)
            ? found
            : throw new ProtocolException($"answered without '{name}': {Shown(element.GetRawText())}");

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : throw Unexpected(name, "an array", element);

    /// <summary>The numbers of an array; null stands for the value given, where there is one.</summary>
    private static double[] Numbers(JsonElement element, string name, double? ofNull) =>
        [.. Items(element, name).Select(number => Number(number, name, ofNull))];

    private static double Number(JsonElement element, string name, double? ofNull) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double number) && double.IsFinite(number) ? number
        : element.ValueKind == JsonValueKind.Null && ofNull is double value ? value
        : throw Unexpected(name, "finite numbers", element);

    private static int WholeAt(JsonElement element, string name) => Whole(Field(element, name), name);

    private static int Whole(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out int whole)
            ? whole
            : throw Unexpected(name, "an integer", element);

    private static bool Truth(JsonElement root, string name) => Field(root, name) switch
    {
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        var other => throw Unexpected(name, "true or false", other),
    };

    private static ProtocolException Unexpected(string name, string expected, JsonElement found) =>
        new($"answered with '{name}' that is not {expected}: {Shown(found.GetRawText())}");

    private static string Shown(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= LongestShown ? line : $"{line[..LongestShown]}...";
    }

    private static string Write(Action<Utf8JsonWriter> fill)
    {
        using var stream = new MemoryStream();

        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            fill(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
