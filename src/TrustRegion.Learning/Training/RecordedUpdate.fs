namespace TrustRegion.Learning

open System
open System.Globalization
open System.Text.Json
open TrustRegion.Math

/// One update of a recorded policy and batch, JSON in and JSON out, for callers that are not on .NET.
///
/// Input: `{"policy": …, "batch": {"observations", "actions", "advantages", "logProbabilities"}, "update": {"algorithm", …}}`;
/// output: `{"outcome", "reason", "certificate", "policy"}`. `PolicyFile` tells the form of a policy.
[<RequireQualifiedAccess>]
module RecordedUpdate =

    /// The options that every algorithm has.
    let private commonOptions = [ "normalizeAdvantages"; "entropyCoefficient" ]

    let private directionOptions = [ "damping"; "cgIterations"; "cgTolerance"; "undampedCurvature" ]
    let private searchOptions = [ "backtrackRatio"; "maxBacktracks"; "minImprovementRatio" ]

    let private epochOptions =
        [ "epochs"; "minibatchSize"; "learningRate"; "maxGradientNorm"; "targetKl"; "seed" ]

    /// The algorithms, each with the options of its own.
    let private algorithms =
        [ "trpo", "maxKl" :: directionOptions @ searchOptions
          "npg", "maxKl" :: "learningRate" :: directionOptions
          "vpg", [ "learningRate" ]
          "ppo", "clipRange" :: epochOptions
          "ppo-penalty", "beta" :: epochOptions ]

    /// Refuses what is no option of the algorithm: it would change nothing. One that another algorithm has may be null, which
    /// is to leave it out.
    let private checkOptions (algorithm: string) (update: JsonPlace) =
        let known = algorithms |> List.collect snd
        let own = (algorithms |> List.find (fun (name, _) -> name = algorithm) |> snd) @ commonOptions
        let isGiven name = (Json.tryField name update).IsSome
        let refuse (name: string) reason = raise (InputException(String.Concat(update.Path, ".", name), reason))

        for name in Json.names update do
            let isLeftOut = List.contains name known && not (isGiven name)

            if name <> "algorithm" && not (List.contains name own) && not isLeftOut then
                refuse name (String.Concat(algorithm, " does not have this option; it has ", String.Join(", ", own)))

        if algorithm = "npg" && isGiven "maxKl" && isGiven "learningRate" then
            refuse "maxKl" "npg takes maxKl or learningRate, not both"

    /// An option of the update: its value if it is there, or its default.
    let private option (read: JsonPlace -> 'T) (name: string) (fallback: 'T) (update: JsonPlace) : 'T =
        match Json.tryField name update with
        | ValueSome place -> read place
        | ValueNone -> fallback

    /// The format's own: a recording means what it meant, whatever training has for a default.
    [<Literal>]
    let private CgTolerance = 1e-10

    let private readDirection (update: JsonPlace) : NaturalDirectionOptions =
        let defaults = NaturalGradient.directionDefaults

        { Damping = option Json.number "damping" defaults.Damping update
          CgIterations = option Json.integer "cgIterations" defaults.CgIterations update
          CgTolerance = option Json.number "cgTolerance" CgTolerance update
          UndampedCurvature = option Json.boolean "undampedCurvature" defaults.UndampedCurvature update }

    let private readTrpo (update: JsonPlace) : TrpoOptions =
        let search = Trpo.defaults.LineSearch

        { MaxKl = option Json.number "maxKl" Trpo.defaults.MaxKl update
          Direction = readDirection update
          LineSearch =
            { BacktrackRatio = option Json.number "backtrackRatio" search.BacktrackRatio update
              MaxBacktracks = option Json.integer "maxBacktracks" search.MaxBacktracks update
              MinImprovementRatio = option Json.number "minImprovementRatio" search.MinImprovementRatio update } }

    /// NPG takes a fixed step where `learningRate` is given, else the one that `maxKl` normalises.
    let private readNpg (update: JsonPlace) : NaturalGradientOptions =
        { Step =
            match Json.tryField "learningRate" update with
            | ValueSome place -> Fixed(Json.number place)
            | ValueNone -> KlNormalised(option Json.number "maxKl" 0.01 update)
          Direction = readDirection update }

    let private readPpo (proximity: PpoProximity) (update: JsonPlace) : PpoOptions =
        let defaults = Ppo.defaults

        { Proximity = proximity
          Epochs = option Json.integer "epochs" defaults.Epochs update
          MinibatchSize = option Json.integer "minibatchSize" defaults.MinibatchSize update
          Adam =
            { defaults.Adam with
                LearningRate = option Json.number "learningRate" defaults.Adam.LearningRate update }
          MaxGradientNorm = option Json.number "maxGradientNorm" defaults.MaxGradientNorm update
          EntropyCoefficient = option Json.number "entropyCoefficient" defaults.EntropyCoefficient update
          TargetKl = Json.tryField "targetKl" update |> ValueOption.map Json.number }

    /// The update of the options, as a function of policy and batch.
    let private readUpdate (update: JsonPlace) : Policy -> Batch -> UpdateResult =
        let algorithm = Json.word (List.map fst algorithms) (Json.field "algorithm" update)
        checkOptions algorithm update
        let entropyCoefficient = option Json.number "entropyCoefficient" 0.0 update

        let onProblem step (policy: Policy) (batch: Batch) =
            step (Problem.withEntropyBonus entropyCoefficient policy batch)

        let onBatch options (policy: Policy) batch =
            let key = RandomKey.ofSeed (uint64 (option Json.integer "seed" 0 update))
            let struct (result, _) = Ppo.step options (Adam.start policy.Parameters.Length) key policy batch
            result

        match algorithm with
        | "trpo" -> onProblem (Trpo.step (readTrpo update))
        | "npg" -> onProblem (NaturalGradient.step (readNpg update))
        | "vpg" ->
            let rate = option Json.number "learningRate" PolicyGradient.defaults.LearningRate update
            onProblem (PolicyGradient.step { LearningRate = rate })
        | "ppo" -> onBatch (readPpo (Clip(option Json.number "clipRange" 0.2 update)) update)
        | _ -> onBatch (readPpo (Penalty(option Json.number "beta" 1.0 update)) update)

    /// A row of actions: an integer for a categorical family, a row of numbers for the others.
    let private readAction (family: IActionFamily) (place: JsonPlace) : float[] =
        let action =
            if family.ActionSize = 1 && place.Element.ValueKind = JsonValueKind.Number then
                [| Json.number place |]
            else
                Json.row family.ActionSize place

        match family.Refuse(ReadOnlySpan action) with
        | ValueNone -> action
        | ValueSome why -> Json.fail place why

    /// What an argument exception says; its message ends with the parameter's name in brackets.
    let private reasonOf (fault: ArgumentException) =
        fault.Message.Split([| " (Parameter" |], StringSplitOptions.None)[0]

    let private readBatch (saved: SavedPolicy) (place: JsonPlace) : Batch =
        let policy = saved.Policy
        let observationsPlace = Json.field "observations" place
        let observations = Json.rows policy.Map.InputSize observationsPlace

        if observations.Length = 0 then
            Json.fail observationsPlace "the batch is empty"

        let actionsPlace = Json.field "actions" place
        let actions = Json.items actionsPlace

        if actions.Length <> observations.Length then
            Json.fail
                actionsPlace
                (String.Format(
                    CultureInfo.InvariantCulture,
                    "expected {0} actions, one an observation, found {1}",
                    observations.Length,
                    actions.Length
                ))

        let actions = actions |> Array.map (readAction policy.Family) |> Matrix.ofRows
        let observations = Matrix.ofRows observations |> SavedPolicy.normalize saved
        let advantages = Json.row observations.Rows (Json.field "advantages" place)

        // Numbers that are finite in the file can overflow in the normaliser or in the policy.
        try
            match Json.tryField "logProbabilities" place with
            | ValueSome given -> Batch.create policy observations actions advantages (Json.row observations.Rows given)
            | ValueNone -> Batch.ofPolicy policy observations actions advantages
        with :? ArgumentException as fault ->
            raise (InputException(String.Concat(place.Path, ".", fault.ParamName), reasonOf fault))

    let private stopName stop =
        match stop with
        | Converged -> "converged"
        | MaxIterations -> "maxIterations"
        | ZeroRhs -> "zeroRhs"
        | NegativeCurvature -> "negativeCurvature"
        | NonFinite -> "nonFinite"

    let private reasonName reason =
        match reason with
        | ZeroGradient -> "zeroGradient"
        | NoAscent -> "noAscent"
        | LineSearchFailed -> "lineSearchFailed"
        | KlExceeded -> "klExceeded"
        | NotFinite -> "notFinite"

    let private writeSolver (writer: Utf8JsonWriter) (solver: CgResult voption) =
        match solver with
        | ValueSome cg ->
            writer.WriteNumber("cgIterations", cg.Iterations)
            Json.writeNumber writer "cgResidual" cg.RelativeResidual
            writer.WriteString("cgStop", stopName cg.Stop)
        | ValueNone ->
            writer.WriteNull "cgIterations"
            writer.WriteNull "cgResidual"
            writer.WriteNull "cgStop"

    let private writeCertificate (writer: Utf8JsonWriter) (certificate: Certificate) =
        let after value = certificate.After |> ValueOption.map value
        writer.WriteStartObject "certificate"
        Json.writeNumber writer "meanKl" certificate.MeanKl
        Json.writeOptional writer "maxKl" (after _.MaxKl)
        Json.writeOptional writer "reverseMeanKl" (after _.ReverseMeanKl)
        Json.writeOptional writer "reverseMaxKl" (after _.ReverseMaxKl)
        Json.writeNumber writer "surrogateBefore" certificate.SurrogateBefore
        Json.writeNumber writer "surrogateAfter" certificate.SurrogateAfter
        Json.writeNumber writer "predictedGain" certificate.PredictedGain
        Json.writeNumber writer "actualGain" certificate.ActualGain
        Json.writeNumber writer "gradientNorm" certificate.GradientNorm
        writeSolver writer certificate.Solver
        Json.writeNumber writer "curvature" certificate.Curvature
        Json.writeNumber writer "undampedCurvature" certificate.UndampedCurvature
        Json.writeNumber writer "stepSize" certificate.StepSize
        Json.writeNumber writer "stepFraction" certificate.StepFraction
        writer.WriteNumber("backtracks", certificate.Backtracks)
        Json.writeOptional writer "entropyBefore" certificate.EntropyBefore
        Json.writeOptional writer "entropyAfter" (after _.Entropy)
        writer.WriteEndObject()

    let private writeResult (saved: SavedPolicy) (result: UpdateResult) =
        Json.write false (fun writer ->
            writer.WriteStartObject()

            match result.Outcome with
            | Accepted ->
                writer.WriteString("outcome", "accepted")
                writer.WriteNull "reason"
            | Rejected reason ->
                writer.WriteString("outcome", "rejected")
                writer.WriteString("reason", reasonName reason)

            writeCertificate writer result.Certificate
            writer.WritePropertyName "policy"

            PolicyFile.writeAt writer { saved with Policy = { saved.Policy with Parameters = result.Parameters } }

            writer.WriteEndObject())

    /// Names the option that an update refused: its argument exceptions carry the option's name in .NET's spelling.
    let private renameOption (update: JsonPlace) (fault: ArgumentException) : exn =
        let name =
            match fault.ParamName with
            | null
            | "" -> ""
            | "MaxIterations" -> ".cgIterations"
            | "Tolerance" -> ".cgTolerance"
            | "alpha"
            | "LearningRate" -> ".learningRate"
            | "epsilon" -> ".clipRange"
            | other -> String.Concat(".", string (Char.ToLowerInvariant other[0]), other.Substring 1)

        InputException(String.Concat(update.Path, name), reasonOf fault)

    /// Reads, updates and writes. The normaliser of the policy, where it has one, is applied to the observations.
    /// Raises `InputException` with the JSON path and the value of whatever is wrong.
    let run (json: string) : string =
        Json.read json (fun root ->
            let saved = PolicyFile.readAt (Json.field "policy" root)
            let updatePlace = Json.field "update" root
            let update = readUpdate updatePlace
            let recorded = readBatch saved (Json.field "batch" root)

            let batch =
                if option Json.boolean "normalizeAdvantages" false updatePlace then
                    Batch.normaliseAdvantages recorded
                else
                    recorded

            try
                update saved.Policy batch |> writeResult saved
            with :? ArgumentException as fault ->
                raise (renameOption updatePlace fault))
