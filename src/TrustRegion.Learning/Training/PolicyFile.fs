namespace TrustRegion.Learning

open System
open System.Globalization
open System.Text.Json
open TrustRegion.Math

/// A policy, and the normaliser of the observations that it was trained with.
type SavedPolicy = { Policy: Policy; Normalizer: ObservationNormalizer voption }

/// Functions of a `SavedPolicy`.
[<RequireQualifiedAccess>]
module SavedPolicy =

    /// Raw observations as the policy sees them.
    let normalize (saved: SavedPolicy) (observations: Matrix) : Matrix =
        match saved.Normalizer with
        | ValueSome normalizer -> ObservationNormalizer.apply normalizer observations
        | ValueNone -> observations

/// Policies as JSON:
/// `{"family", "network": {"activation", "layers": [{"weights": [out][in], "biases"}]}, "logStd", "normalizer"}`.
/// A layer is y = W x + b as in a PyTorch state_dict; `biases` may be left out. A network whose products are in single
/// precision has `"precision": "single"`. `logStd` belongs to the Gaussian families
/// alone: a number a dimension, or "network" where the network gives them after the means. `normalizer` ({"count", "mean",
/// "squaredDistance", "clip"}) belongs to policies trained with one. Other families have more keys: see `FamilyFile`.
[<RequireQualifiedAccess>]
module PolicyFile =

    let private readLayer (place: JsonPlace) : struct (LayerShape * float[]) =
        let weightsPlace = Json.field "weights" place
        let weights = Json.rows -1 weightsPlace

        if weights.Length = 0 || weights[0].Length = 0 then
            Json.fail weightsPlace "the layer has no weights"

        let biases = Json.tryField "biases" place |> ValueOption.map (Json.row weights.Length)

        let shape =
            { Inputs = weights[0].Length
              Outputs = weights.Length
              HasBias = biases.IsSome }

        struct (shape, Array.append (Array.concat weights) (ValueOption.defaultValue [||] biases))

    /// The network and its parameters. A network of one layer is a linear policy.
    let private readNetwork (place: JsonPlace) : struct (Mlp * float[]) =
        let activation =
            // One layer has nothing between layers, so a linear policy need not name an activation.
            match Json.tryField "activation" place with
            | ValueSome found ->
                (match Json.word [ "tanh"; "relu" ] found with
                 | "relu" -> Relu
                 | _ -> Tanh)
            | ValueNone -> Tanh

        let layersPlace = Json.field "layers" place
        let layerPlaces = Json.items layersPlace

        if layerPlaces.Length = 0 then
            Json.fail layersPlace "the network has no layers"

        let layers = layerPlaces |> Array.map readLayer
        let shapes = layers |> Array.map (fun (struct (shape, _)) -> shape)

        if shapes.Length > 1 then
            Json.field "activation" place |> ignore

        for i in 1 .. shapes.Length - 1 do
            if shapes[i].Inputs <> shapes[i - 1].Outputs then
                Json.fail
                    (Json.field "weights" layerPlaces[i])
                    (String.Format(
                        CultureInfo.InvariantCulture,
                        "the rows have {0} numbers where the layer before gives {1}",
                        shapes[i].Inputs,
                        shapes[i - 1].Outputs
                    ))

        let parameters = layers |> Array.map (fun (struct (_, values)) -> values) |> Array.concat

        let precision =
            match Json.tryField "precision" place |> ValueOption.map (Json.word [ "double"; "single" ]) with
            | ValueSome "single" -> Precision.Single
            | _ -> Precision.Double

        struct (Mlp(shapes, activation, 1.0, precision), parameters)

    let internal readNormalizer (size: int) (place: JsonPlace) : ObservationNormalizer =
        let positive name =
            let found = Json.field name place
            let value = Json.number found

            if value > 0.0 then
                value
            else
                Json.fail
                    found
                    (String.Format(CultureInfo.InvariantCulture, "expected a positive number, found {0}", value))

        let squaredDistance = Json.field "squaredDistance" place

        { Count = positive "count"
          Mean = Json.row size (Json.field "mean" place)
          SquaredDistance =
            Json.row size squaredDistance
            |> Array.mapi (fun i value ->
                if value >= 0.0 then
                    value
                else
                    raise (
                        InputException(
                            String.Format(CultureInfo.InvariantCulture, "{0}[{1}]", squaredDistance.Path, i),
                            String.Format(
                                CultureInfo.InvariantCulture,
                                "expected a number that is not negative, found {0}",
                                value
                            )
                        )
                    ))
          Clip = positive "clip" }

    /// The policy at a place of a document.
    let internal readAt (place: JsonPlace) : SavedPolicy =
        let name = Json.word FamilyFile.names (Json.field "family" place)
        let struct (network, parameters) = readNetwork (Json.field "network" place)
        let map: IParametricMap = network
        let outputs = map.OutputSize

        let policy =
            match name, Json.tryField "logStd" place with
            | ("gaussian" | "tanh-gaussian"), logStd ->
                // A missing key is reported like any other.
                let found = logStd |> ValueOption.defaultWith (fun () -> Json.field "logStd" place)

                if found.Element.ValueKind = JsonValueKind.String then
                    Json.word [ "network" ] found |> ignore
                    Policy.create map (FamilyFile.read outputs false place) parameters
                else
                    let family = FamilyFile.read outputs true place
                    let constants = Json.row outputs found
                    Policy.create (ConstantOutputsMap(map, constants)) family (Array.append parameters constants)
            | _, ValueSome found -> Json.fail found (String.Concat("a ", name, " policy has no log standard deviation"))
            | "masked-categorical", ValueNone ->
                Policy.create (PassThroughMap(map, outputs)) (FamilyFile.read outputs false place) parameters
            | _, ValueNone -> Policy.create map (FamilyFile.read outputs false place) parameters

        { Policy = policy
          Normalizer = Json.tryField "normalizer" place |> ValueOption.map (readNormalizer policy.Map.InputSize) }

    /// Reads a policy. Raises `InputException` with the JSON path and the value of whatever is wrong.
    let read (json: string) : SavedPolicy = Json.read json readAt

    let private writeLayers (writer: Utf8JsonWriter) (shapes: LayerShape[]) (parameters: float[]) =
        let mutable offset = 0
        writer.WriteStartArray "layers"

        for shape in shapes do
            writer.WriteStartObject()
            writer.WriteStartArray "weights"

            for row in 0 .. shape.Outputs - 1 do
                Json.writeRow writer (ReadOnlySpan(parameters, offset + row * shape.Inputs, shape.Inputs))

            writer.WriteEndArray()

            if shape.HasBias then
                writer.WritePropertyName "biases"
                Json.writeRow writer (ReadOnlySpan(parameters, offset + shape.Outputs * shape.Inputs, shape.Outputs))

            offset <- offset + shape.ParameterCount
            writer.WriteEndObject()

        writer.WriteEndArray()

    let private activationName activation =
        match activation with
        | Tanh -> "tanh"
        | Relu -> "relu"

    let rec private writeMap (writer: Utf8JsonWriter) (map: IParametricMap) (parameters: float[]) =
        match map with
        | :? ConstantOutputsMap as constant ->
            writeMap writer constant.Inner parameters
            writer.WritePropertyName "logStd"
            let count = constant.InitialConstants.Length
            Json.writeRow writer (ReadOnlySpan(parameters, parameters.Length - count, count))
        | :? PassThroughMap as passing -> writeMap writer passing.Inner parameters
        | :? Mlp as network ->
            writer.WriteStartObject "network"
            writer.WriteString("activation", activationName network.Activation)

            if network.Precision = Precision.Single then
                writer.WriteString("precision", "single")

            writeLayers writer network.Shapes parameters
            writer.WriteEndObject()
        | :? LinearMap as linear ->
            writer.WriteStartObject "network"
            writer.WriteString("activation", activationName Tanh)
            writeLayers writer [| linear.Shape |] parameters
            writer.WriteEndObject()
        | _ -> invalidArg (nameof map) "Only linear maps and networks can be written to a policy file."

    let private isNetwork (map: IParametricMap) = map :? Mlp || map :? LinearMap

    /// What is written must be what `read` understands: a network, with the constant log standard deviations of a Gaussian
    /// family beside it, or with the mask of a masked family from the end of the observation.
    let internal check (policy: Policy) =
        let family = policy.Family

        let isKnown =
            match policy.Map with
            | :? ConstantOutputsMap as constant when isNetwork constant.Inner ->
                (family :? DiagonalGaussian || family :? TanhGaussian)
                && 2 * constant.InitialConstants.Length = family.OutputSize
            | :? PassThroughMap as passing when isNetwork passing.Inner ->
                family :? MaskedCategorical && 2 * passing.Passed = family.OutputSize
            | map when isNetwork map -> FamilyFile.isKnown family
            | _ -> invalidArg "map" "Only linear maps and networks can be written to a policy file."

        if not isKnown then
            invalidArg
                (nameof family)
                (String.Concat(
                    "A policy file does not hold this ",
                    family.Name,
                    " policy: it knows the families of the library, on a network of their own kind."
                ))

    /// Writes a normaliser that has seen something into the object at the writer's place.
    let internal writeNormalizer (writer: Utf8JsonWriter) (normalizer: ObservationNormalizer voption) =
        match normalizer with
        | ValueSome normalizer when normalizer.Count > 0.0 ->
            writer.WriteStartObject "normalizer"
            writer.WriteNumber("count", normalizer.Count)
            writer.WritePropertyName "mean"
            Json.writeRow writer (ReadOnlySpan normalizer.Mean)
            writer.WritePropertyName "squaredDistance"
            Json.writeRow writer (ReadOnlySpan normalizer.SquaredDistance)
            writer.WriteNumber("clip", normalizer.Clip)
            writer.WriteEndObject()
        | _ -> ()

    /// Writes a policy as an object at the writer's place.
    let internal writeAt (writer: Utf8JsonWriter) (saved: SavedPolicy) : unit =
        check saved.Policy
        writer.WriteStartObject()
        FamilyFile.write writer saved.Policy.Family
        writeMap writer saved.Policy.Map saved.Policy.Parameters

        match saved.Policy.Family, saved.Policy.Map with
        | (:? DiagonalGaussian | :? TanhGaussian), map when isNetwork map -> writer.WriteString("logStd", "network")
        | _ -> ()

        writeNormalizer writer saved.Normalizer
        writer.WriteEndObject()

    /// Writes a policy; reading it again gives the same bits. Raises `ArgumentException` for a map of the user's own, and for
    /// a family that the file does not know.
    let write (saved: SavedPolicy) : string = Json.write false (fun writer -> writeAt writer saved)

    /// The family of a policy with its bounds, classes or parts, as JSON: two policies have the same outputs for the same
    /// distribution where this and their families' `OutputSize` are equal.
    let family (policy: Policy) : string =
        Json.write false (fun writer ->
            writer.WriteStartObject()
            FamilyFile.write writer policy.Family
            writer.WriteEndObject())
