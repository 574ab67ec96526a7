namespace TrustRegion.Learning

open System
open System.Globalization
open System.Text.Json
open TrustRegion.Math

/// The action families in a policy file: beside the name of a family stands what the network's size does not tell. Beta and
/// tanh-Gaussian have `low` and `high`; multi-categorical has `classes`, a number a choice; a product has `parts`, each with
/// its `family`, its size (`classes`, `switches` or `dimensions`) or bounds. A masked family's mask is the end of the
/// observation.
[<RequireQualifiedAccess>]
module internal FamilyFile =

    /// The families that may stand in a product. A mask cannot: it would have to come in the middle of the outputs.
    let private parts =
        [ "categorical"; "bernoulli"; "gaussian"; "tanh-gaussian"; "beta"; "multi-categorical"; "product" ]

    /// The families that may stand in a policy.
    let names = parts @ [ "masked-categorical" ]

    let private positive (place: JsonPlace) : int =
        match Json.integer place with
        | count when count >= 1 -> count
        | count ->
            Json.fail place (String.Format(CultureInfo.InvariantCulture, "expected at least 1, found {0}", count))

    let private readBounds (place: JsonPlace) (make: float[] * float[] -> 'Family) : 'Family =
        let low = Json.row -1 (Json.field "low" place)
        let highPlace = Json.field "high" place

        try
            make (low, Json.row low.Length highPlace)
        with :? ArgumentException as fault ->
            // The message ends with the parameter's name in brackets.
            Json.fail highPlace (fault.Message.Split([| " (Parameter" |], StringSplitOptions.None)[0])

    let private readChoices (place: JsonPlace) : IActionFamily =
        match Json.field "classes" place |> Json.items |> Array.map positive with
        | [||] -> Json.fail (Json.field "classes" place) "there are no choices"
        | classes -> MultiCategorical classes

    /// The family of a part of a product, or of a product.
    let rec private readPart (place: JsonPlace) : IActionFamily =
        match Json.word parts (Json.field "family" place) with
        | "categorical" -> Categorical(positive (Json.field "classes" place))
        | "bernoulli" -> Bernoulli(positive (Json.field "switches" place))
        | "gaussian" -> DiagonalGaussian(positive (Json.field "dimensions" place))
        | "tanh-gaussian" -> readBounds place TanhGaussian :> IActionFamily
        | "beta" -> readBounds place BetaFamily :> IActionFamily
        | "multi-categorical" -> readChoices place
        | _ -> readProduct place

    and private readProduct (place: JsonPlace) : IActionFamily =
        match Json.field "parts" place |> Json.items |> Array.map readPart with
        | [||] -> Json.fail (Json.field "parts" place) "the product has no parts"
        | families -> ProductFamily families

    /// The family of a policy whose network gives so many numbers, which are those of a Gaussian's means, or of both its
    /// means and its log standard deviations.
    let read (outputs: int) (hasConstants: bool) (place: JsonPlace) : IActionFamily =
        let checkOutputs needed (family: IActionFamily) =
            if outputs <> needed then
                Json.fail
                    (Json.field "network" place)
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "the network gives {0} outputs where the {1} family needs {2}",
                        outputs,
                        family.Name,
                        needed
                    ))

            family

        match Json.word names (Json.field "family" place) with
        | "categorical" -> Categorical outputs
        | "bernoulli" -> Bernoulli outputs
        | "masked-categorical" -> MaskedCategorical outputs
        | "gaussian" when hasConstants -> DiagonalGaussian outputs
        | "gaussian" ->
            // An odd number is refused: it is one more than that of two halves.
            let family = DiagonalGaussian(max 1 (outputs / 2)) :> IActionFamily
            checkOutputs family.OutputSize family
        | "tanh-gaussian" ->
            let family = readBounds place TanhGaussian
            checkOutputs (if hasConstants then family.Dimensions else 2 * family.Dimensions) family
        | _ ->
            let family = readPart place
            checkOutputs family.OutputSize family

    let private writeBounds (writer: Utf8JsonWriter) (low: float[]) (high: float[]) =
        writer.WritePropertyName "low"
        Json.writeRow writer (ReadOnlySpan low)
        writer.WritePropertyName "high"
        Json.writeRow writer (ReadOnlySpan high)

    /// Writes the name and the details of a family into the object at the writer's place; a part of a product tells its size
    /// too.
    let rec private writeDetails (isPart: bool) (writer: Utf8JsonWriter) (family: IActionFamily) : unit =
        let size (name: string) (value: int) =
            if isPart then
                writer.WriteNumber(name, value)

        writer.WriteString("family", (if family :? ProductFamily then "product" else family.Name))

        match family with
        | :? Categorical as it -> size "classes" it.Classes
        | :? Bernoulli as it -> size "switches" it.Switches
        | :? DiagonalGaussian as it -> size "dimensions" it.Dimensions
        | :? TanhGaussian as it -> writeBounds writer it.Low it.High
        | :? BetaFamily as it -> writeBounds writer it.Low it.High
        | :? MultiCategorical as it ->
            writer.WritePropertyName "classes"
            Json.writeRow writer (ReadOnlySpan(Array.map float it.Classes))
        | :? ProductFamily as it ->
            writer.WriteStartArray "parts"

            for part in it.Parts do
                writer.WriteStartObject()
                writeDetails true writer part
                writer.WriteEndObject()

            writer.WriteEndArray()
        | _ -> ()

    /// Writes the family of a policy into the object at the writer's place.
    let write (writer: Utf8JsonWriter) (family: IActionFamily) : unit = writeDetails false writer family

    /// Whether `read` understands what `write` makes of a family whose outputs all come from the network.
    let rec isKnown (family: IActionFamily) : bool =
        match family with
        | :? Categorical
        | :? Bernoulli
        | :? DiagonalGaussian
        | :? TanhGaussian
        | :? BetaFamily
        | :? MultiCategorical -> true
        | :? ProductFamily as it -> Array.forall isKnown it.Parts
        | _ -> false
