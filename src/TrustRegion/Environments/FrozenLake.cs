using Microsoft.FSharp.Collections;

namespace TrustRegion;

/// <summary>
/// A frozen lake to be crossed without falling into a hole (Gymnasium's FrozenLake-v1). The state is the number of the
/// cell, row · columns + column; the observation is its one-hot vector; actions are 0 left, 1 down, 2 right, 3 up. The
/// goal pays 1 and nothing else pays; holes and the goal terminate the episode.
/// </summary>
public sealed class FrozenLake : BuiltInEnvironment
{
    /// <summary>Makes the environment; call <see cref="BuiltInEnvironment.Reset"/> to begin an episode.</summary>
    /// <param name="map">
    /// The rows of the map, of the letters S start, F frozen, H hole and G goal; at least one S. Null for Gymnasium's
    /// map of 4 × 4.
    /// </param>
    /// <param name="isSlippery">
    /// Whether a step goes in the direction asked for or in one of its two perpendiculars, each with probability ⅓.
    /// </param>
    /// <param name="stepLimit">The number of steps after which an episode is truncated; null for none.</param>
    /// <exception cref="ArgumentException">
    /// The map is ragged, has another letter or no start; or the limit is not positive.
    /// </exception>
    public FrozenLake(
        IReadOnlyList<string>? map = null, bool isSlippery = true, int? stepLimit = Learning.FrozenLake.StepLimit4x4)
        : this(ListModule.OfSeq(map ?? Map4x4), isSlippery, stepLimit)
    {
    }

    private FrozenLake(FSharpList<string> map, bool isSlippery, int? stepLimit)
        : base(
            "frozen-lake",
            map.SequenceEqual(Map4x4) && isSlippery && stepLimit == Learning.FrozenLake.StepLimit4x4,
            () => new Learning.FrozenLakeEnvironment(map, isSlippery, stepLimit.ToCore()),
            map.Length == 0 ? 0 : map.Length * map.Head.Length) =>
        Map = [.. map];

    /// <summary>Gymnasium's map of 4 × 4.</summary>
    public static IReadOnlyList<string> Map4x4 { get; } = [.. Learning.FrozenLake.map4x4];

    /// <summary>Gymnasium's map of 8 × 8; its usual step limit is 200.</summary>
    public static IReadOnlyList<string> Map8x8 { get; } = [.. Learning.FrozenLake.map8x8];

    /// <summary>The rows of the map.</summary>
    public IReadOnlyList<string> Map { get; }
}
