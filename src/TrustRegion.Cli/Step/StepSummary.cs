using System.Globalization;
using System.Text.Json;

namespace TrustRegion.Cli.Step;

/// <summary>A result in words.</summary>
internal static class StepSummary
{
    /// <summary>How the update went, and where its result is.</summary>
    public static string Of(string result, string path)
    {
        using var document = JsonDocument.Parse(result);
        var root = document.RootElement;
        var certificate = root.GetProperty("certificate");

        return string.Join(
            Environment.NewLine,
            Outcome(root),
            $"  KL         {Number(certificate, "meanKl")} mean, {Number(certificate, "maxKl")} largest, in nats",
            $"  surrogate  {Number(certificate, "actualGain")} gained, {Number(certificate, "predictedGain")} predicted",
            $"  written    {path}");
    }

    private static string Outcome(JsonElement root) =>
        root.GetProperty("reason").GetString() is string reason
            ? $"rejected: {reason}; the policy is as it was"
            : $"accepted after {Times(root.GetProperty("certificate").GetProperty("backtracks").GetInt32())}";

    private static string Times(int backtracks) => backtracks == 1 ? "1 backtrack" : $"{backtracks} backtracks";

    private static string Number(JsonElement certificate, string name)
    {
        var value = certificate.GetProperty(name);

        return value.ValueKind == JsonValueKind.Number
            ? value.GetDouble().ToString("G4", CultureInfo.InvariantCulture)
            : "unknown";
    }
}
