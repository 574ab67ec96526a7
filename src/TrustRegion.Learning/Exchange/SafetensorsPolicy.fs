namespace TrustRegion.Learning

open System
open System.Globalization
open System.Text.Json
open TrustRegion.Math

/// How the tensors of a policy are called.
type TensorNaming =
    {
        /// What stands before the layers' numbers, with its dot: "" or "policy_net.". The layers are 0, 2, 4, …: the places
        /// between are the activations', as in PyTorch's Sequential.
        Layers: string
        /// What stands before `weight` and `bias` of the last layer, with its dot, where that has a name of its own.
        Output: string voption
        /// Log standard deviations that do not depend on the observation.
        LogStd: string
    }

/// What a file from elsewhere does not say of its policy; what a file of ours says itself is used where this is absent.
type TensorReading =
    {
        Naming: TensorNaming voption
        /// "categorical", "masked-categorical", "bernoulli" or "gaussian".
        Family: string voption
        Activation: Activation voption
    }

/// Policies as safetensors, in PyTorch's layer naming: `0.weight` ([out, in]), `0.bias`, `2.weight`, … and `log_std`. What a
/// PyTorch module does not hold (family, bounds, activation, normaliser) stands in the metadata under "trustregion.policy",
/// so that the tensors load into a module of the same layers as they are.
[<RequireQualifiedAccess>]
module SafetensorsPolicy =

    [<Literal>]
    let private MetadataKey = "trustregion.policy"

    /// The names of a Sequential whose parameters have a prefix, with its dot; "" for none.
    let sequential (prefix: string) : TensorNaming = { Layers = prefix; Output = ValueNone; LogStd = "log_std" }

    /// The names of a stable-baselines3 policy: `mlp_extractor.policy_net.0.weight`, …, `action_net.weight`, `log_std`.
    let stableBaselines: TensorNaming =
        { Layers = "mlp_extractor.policy_net."
          Output = ValueSome "action_net."
          LogStd = "log_std" }

    let private fail (place: string) (format: string) ([<ParamArray>] values: obj[]) : 'T =
        raise (InputException(place, String.Format(CultureInfo.InvariantCulture, format, values)))

    let private layerPrefix (naming: TensorNaming) (depth: int) (index: int) : string =
        match naming.Output with
        | ValueSome output when index = depth - 1 -> output
        | _ -> String.Concat(naming.Layers, (2 * index).ToString CultureInfo.InvariantCulture, ".")

    let private describe (naming: TensorNaming) (saved: SavedPolicy) (parts: PolicyLayers) : string =
        Json.write false (fun writer ->
            writer.WriteStartObject()
            FamilyFile.write writer saved.Policy.Family
            writer.WriteString("activation", (if parts.Activation = Relu then "relu" else "tanh"))
            PolicyFile.writeNormalizer writer saved.Normalizer
            writer.WriteString("layers", naming.Layers)

            match naming.Output with
            | ValueSome output -> writer.WriteString("output", output)
            | ValueNone -> ()

            writer.WriteString("logStdName", naming.LogStd)
            writer.WriteEndObject())

    /// The bytes of a policy's file. Raises `ArgumentException` for a map or family of the user's own, and for a number
    /// that float32 cannot hold.
    let write (precision: TensorPrecision) (naming: TensorNaming) (saved: SavedPolicy) : byte[] =
        PolicyFile.check saved.Policy
        let parts = PolicyLayers.ofPolicy saved.Policy

        let layer index (it: PolicyLayer) =
            let prefix = layerPrefix naming parts.Layers.Length index

            [ { Name = String.Concat(prefix, "weight")
                Shape = [| it.Shape.Outputs; it.Shape.Inputs |]
                Values = it.Weights }
              match it.Biases with
              | ValueSome biases ->
                  { Name = String.Concat(prefix, "bias")
                    Shape = [| biases.Length |]
                    Values = biases }
              | ValueNone -> () ]

        let tensors =
            [ yield! parts.Layers |> Seq.mapi layer |> Seq.concat
              if parts.LogStd.Length > 0 then
                  { Name = naming.LogStd
                    Shape = [| parts.LogStd.Length |]
                    Values = parts.LogStd } ]

        SafetensorsFile.Write(precision, [ "format", "pt"; MetadataKey, describe naming saved parts ], tensors)

    /// The prefixes of the layers in a file, in their order: the numbers need not follow one another.
    let private layerPrefixes (naming: TensorNaming) (file: SafetensorsFile) : string[] =
        let number (name: string) =
            if
                name.StartsWith(naming.Layers, StringComparison.Ordinal)
                && name.EndsWith(".weight", StringComparison.Ordinal)
            then
                let middle = name.Substring(naming.Layers.Length, name.Length - naming.Layers.Length - ".weight".Length)

                match Int32.TryParse(middle, NumberStyles.None, CultureInfo.InvariantCulture) with
                | true, value -> Some(value, name.Substring(0, name.Length - "weight".Length))
                | _ -> None
            else
                None

        let numbered = file.Names |> Array.choose number |> Array.sortBy fst |> Array.map snd

        match naming.Output with
        | ValueSome output -> Array.append numbered [| output |]
        | ValueNone when numbered.Length > 0 -> numbered
        | ValueNone ->
            // Read for its message.
            file.Read(String.Concat(naming.Layers, "0.weight")) |> ignore
            numbered

    let private readLayer (file: SafetensorsFile) (prefix: string) : PolicyLayer =
        let name = String.Concat(prefix, "weight")

        match file.Read name with
        | struct ([| outputs; inputs |], weights) when outputs > 0 && inputs > 0 ->
            let biasName = String.Concat(prefix, "bias")

            let biases =
                if not (file.Has biasName) then
                    ValueNone
                else
                    match file.Read biasName with
                    | struct ([| count |], values) when count = outputs -> ValueSome values
                    | struct (shape, _) ->
                        fail
                            biasName
                            "its shape is [{0}] where {1} gives [{2}]"
                            [| String.Join(", ", shape); name; outputs |]

            { Shape = { Inputs = inputs; Outputs = outputs; HasBias = biases.IsSome }
              Weights = weights
              Biases = biases }
        | struct (shape, _) ->
            fail name "its shape is [{0}]; a layer's weights are [outputs, inputs]" [| String.Join(", ", shape) |]

    let private readLayers (file: SafetensorsFile) (naming: TensorNaming) : PolicyLayer[] =
        let prefixes = layerPrefixes naming file
        let layers = prefixes |> Array.map (readLayer file)

        for i in 1 .. layers.Length - 1 do
            let given, taken = layers[i - 1].Shape.Outputs, layers[i].Shape.Inputs

            if given <> taken then
                fail
                    (String.Concat(prefixes[i], "weight"))
                    "it takes {0} inputs where {1}weight gives {2}"
                    [| taken; prefixes[i - 1]; given |]

        layers

    let private readLogStd (file: SafetensorsFile) (naming: TensorNaming) (means: int) : float[] =
        if not (file.Has naming.LogStd) then
            [||]
        else
            match file.Read naming.LogStd with
            | struct ([| count |], values)
            | struct ([| 1; count |], values) when count = means -> values
            | struct (shape, _) ->
                fail
                    naming.LogStd
                    "its shape is [{0}] where the last layer gives {1} means"
                    [| String.Join(", ", shape); means |]

    let private detectNaming (file: SafetensorsFile) (about: JsonPlace voption) : TensorNaming =
        let text (name: string) (place: JsonPlace) =
            match Json.tryField name place with
            | ValueSome found when found.Element.ValueKind = JsonValueKind.String -> ValueSome(Json.text found)
            | _ -> ValueNone

        match about |> ValueOption.bind (text "layers") with
        | ValueSome layers ->
            { Layers = layers
              Output = about |> ValueOption.bind (text "output")
              LogStd = about |> ValueOption.bind (text "logStdName") |> ValueOption.defaultValue "log_std" }
        | ValueNone when file.Has "action_net.weight" -> stableBaselines
        | ValueNone -> sequential ""

    let private activation (reading: TensorReading) (about: JsonPlace voption) (layers: PolicyLayer[]) : Activation =
        match reading.Activation, about |> ValueOption.bind (Json.tryField "activation") with
        | ValueSome known, _ -> known
        | ValueNone, ValueSome found -> if Json.word [ "tanh"; "relu" ] found = "relu" then Relu else Tanh
        | ValueNone, ValueNone when layers.Length = 1 -> Tanh
        | ValueNone, ValueNone ->
            fail "" "the file does not say which activation is between its layers; say tanh or relu" [||]

    /// The place that says the family: the file's own metadata, or an object with the name that the reader gives.
    let private withFamily
        (reading: TensorReading)
        (about: JsonPlace voption)
        (logStd: float[])
        (read: JsonPlace -> 'T)
        : 'T =
        let named (name: string) = Json.read (String.Concat("{\"family\":\"", name, "\"}")) read

        let known = [ "categorical"; "masked-categorical"; "bernoulli"; "gaussian" ]

        match reading.Family, about with
        | ValueSome name, _ when List.contains name known -> named name
        | ValueSome name, _ ->
            fail
                ""
                "the family {0} cannot be read from tensors alone; one of {1} can"
                [| name; String.Join(", ", known) |]
        | ValueNone, ValueSome place -> read place
        | ValueNone, ValueNone when logStd.Length > 0 -> named "gaussian"
        | ValueNone, ValueNone ->
            fail "" "the file does not say the family of its policy; say one of {0}" [| String.Join(", ", known) |]

    let private readAbout (reading: TensorReading) (file: SafetensorsFile) (about: JsonPlace voption) : SavedPolicy =
        let naming = reading.Naming |> ValueOption.defaultWith (fun () -> detectNaming file about)
        let layers = readLayers file naming
        let outputs = layers[layers.Length - 1].Shape.Outputs
        let logStd = readLogStd file naming outputs

        withFamily reading about logStd (fun place ->
            let family = FamilyFile.read outputs (logStd.Length > 0) place

            match family with
            | :? DiagonalGaussian
            | :? TanhGaussian -> ()
            | _ when logStd.Length > 0 ->
                fail naming.LogStd "a {0} policy has no log standard deviation" [| family.Name |]
            | _ -> ()

            let policy =
                PolicyLayers.toPolicy
                    family
                    { Layers = layers
                      Activation = activation reading about layers
                      LogStd = logStd
                      Passed = (if family :? MaskedCategorical then outputs else 0) }

            { Policy = policy
              Normalizer =
                about
                |> ValueOption.bind (Json.tryField "normalizer")
                |> ValueOption.map (PolicyFile.readNormalizer policy.Map.InputSize) })

    /// Reads the bytes of a policy's file. Tensors that the naming does not name, such as a critic's, are passed over.
    /// Raises `InputException` that names the tensor, the place and the value.
    let read (reading: TensorReading) (bytes: byte[]) : SavedPolicy =
        let file = SafetensorsFile.Parse bytes

        match file.Metadata.TryFind MetadataKey with
        | Some text -> Json.read text (fun place -> readAbout reading file (ValueSome place))
        | None -> readAbout reading file ValueNone
