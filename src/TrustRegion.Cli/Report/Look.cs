namespace TrustRegion.Cli.Report;

/// <summary>
/// How an algorithm looks in every figure: a colour, and for those who cannot tell colours, a dash and a marker.
/// </summary>
/// <param name="Name">Its name in a text.</param>
/// <param name="Class">The class that gives elements the colour.</param>
/// <param name="Dash">The dashes of its line; empty for a full one.</param>
/// <param name="Marker">The path of its marker about the origin.</param>
internal sealed record Look(string Name, string Class, string Dash, string Marker)
{
    private const string Circle = "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z";
    private const string Square = "M-3.6 -3.6H3.6V3.6H-3.6Z";
    private const string Triangle = "M0 -4.6L4.4 3.4H-4.4Z";
    private const string Diamond = "M0 -5L4.4 0L0 5L-4.4 0Z";
    private const string Cross = "M-4 -1.4H-1.4V-4H1.4V-1.4H4V1.4H1.4V4H-1.4V1.4H-4Z";

    /// <summary>The look of an algorithm.</summary>
    public static Look Of(Algorithm algorithm) => algorithm switch
    {
        Algorithm.Vpg => new Look("VPG", "vpg", "", Circle),
        Algorithm.Npg => new Look("NPG", "npg", "8 4", Square),
        Algorithm.Trpo => new Look("TRPO", "trpo", "", Triangle),
        Algorithm.Ppo => new Look("PPO", "ppo", "2 4", Diamond),
        _ => new Look("PPO-penalty", "ppo-penalty", "9 4 2 4", Cross),
    };
}
