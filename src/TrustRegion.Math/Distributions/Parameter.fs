namespace TrustRegion.Math

open System
open System.Globalization

/// Refuses parameters that no distribution has, by argument, place and value.
[<RequireQualifiedAccess>]
module internal Parameter =

    let private refuse (name: string) (value: float) (demand: string) =
        invalidArg name (String.Format(CultureInfo.InvariantCulture, "The value {0:R} is not {1}.", value, demand))

    let private refuseEntry (name: string) (index: int) (value: float) (demand: string) =
        invalidArg
            name
            (String.Format(CultureInfo.InvariantCulture, "Entry {0} is {1:R}, which is not {2}.", index, value, demand))

    let finite (name: string) (value: float) =
        if not (Double.IsFinite value) then
            refuse name value "a finite number"

    let positive (name: string) (value: float) =
        if not (Double.IsFinite value && value > 0.0) then
            refuse name value "a positive number"

    let notNegative (name: string) (value: float) =
        if not (Double.IsFinite value && value >= 0.0) then
            refuse name value "0 or a positive number"

    let probability (name: string) (value: float) =
        if not (value >= 0.0 && value <= 1.0) then
            refuse name value "a probability"

    let positiveProbability (name: string) (value: float) =
        if not (value > 0.0 && value <= 1.0) then
            refuse name value "a probability above 0"

    let above (name: string) (lower: float) (value: float) =
        finite name value

        if not (value > lower) then
            refuse name value (String.Format(CultureInfo.InvariantCulture, "above the lower bound {0:R}", lower))

    let finiteEntries (name: string) (values: float[]) =
        ArgumentNullException.ThrowIfNull(values, name)

        for i in 0 .. values.Length - 1 do
            if not (Double.IsFinite values[i]) then
                refuseEntry name i values[i] "a finite number"

    let positiveEntries (name: string) (values: float[]) =
        ArgumentNullException.ThrowIfNull(values, name)

        for i in 0 .. values.Length - 1 do
            if not (Double.IsFinite values[i] && values[i] > 0.0) then
                refuseEntry name i values[i] "a positive number"

    let sameLength (name: string) (expected: int) (found: int) =
        if expected <> found then
            invalidArg
                name
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "The distributions have {0} and {1} entries.",
                    expected,
                    found
                ))

    let notEmpty (name: string) (values: float[]) =
        if values.Length = 0 then
            invalidArg name "A distribution over no dimensions does not exist."
