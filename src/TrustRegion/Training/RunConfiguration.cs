using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrustRegion;

/// <summary>How a run was set up: all that its checkpoint needs beside its numbers.</summary>
internal sealed record RunConfiguration(RecordedEnvironment Environment, TrainingOptions Options)
{
    /// <summary>Without what belongs to a machine and not to the run.</summary>
    public static RunConfiguration Of(RecordedEnvironment environment, TrainingOptions options) =>
        new(environment, options with { OutputDirectory = null, Threads = null });

    public string ToJson() => JsonSerializer.Serialize(this, RunConfigurationJson.Default.RunConfiguration);

    public static RunConfiguration Parse(string json, string path)
    {
        try
        {
            return JsonSerializer.Deserialize(json, RunConfigurationJson.Default.RunConfiguration)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException(
                $"The configuration in the checkpoint {path} cannot be read: {error.Message}", error);
        }
    }
}

/// <summary>Readers and writers of <see cref="RunConfiguration"/> that are made when the library is compiled.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunConfiguration))]
internal sealed partial class RunConfigurationJson : JsonSerializerContext;
