namespace TrustRegion.Math

open System
open System.Globalization

/// The bounds of actions that lie strictly between two numbers a dimension.
[<RequireQualifiedAccess>]
module internal ActionBounds =

    /// Raises `ArgumentException` unless there are as many lower as upper bounds, one at least, each pair finite with
    /// numbers in between.
    let check (family: string) (low: float[]) (high: float[]) : unit =
        if low.Length < 1 then
            invalidArg (nameof low) (String.Concat("A ", family, " family needs at least one dimension."))

        if high.Length <> low.Length then
            invalidArg
                (nameof high)
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "There are {0} upper bounds for {1} lower ones.",
                    high.Length,
                    low.Length
                ))

        for i in 0 .. low.Length - 1 do
            if not (Double.IsFinite(high[i] - low[i]) && Math.BitIncrement low[i] < high[i]) then
                invalidArg
                    (nameof high)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "The bounds at place {0} are {1} and {2}, which leave nothing between them or are not finite.",
                        i,
                        low[i],
                        high[i]
                    ))

    /// The nearest number strictly between two bounds.
    let inside (low: float) (high: float) (action: float) : float =
        Math.Clamp(action, Math.BitIncrement low, Math.BitDecrement high)

    /// Why an action is refused, where a number of it is not strictly between its bounds.
    let refusal (low: float[]) (high: float[]) (action: ReadOnlySpan<float>) : string voption =
        let mutable refusal = ValueNone

        for i in 0 .. low.Length - 1 do
            if refusal.IsNone && not (action[i] > low[i] && action[i] < high[i]) then
                refusal <-
                    ValueSome(
                        String.Format(
                            CultureInfo.InvariantCulture,
                            "{0} at place {1} is not strictly between {2} and {3}",
                            action[i],
                            i,
                            low[i],
                            high[i]
                        )
                    )

        refusal
