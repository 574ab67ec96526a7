namespace TrustRegion.Learning

open System
open System.IO
open System.Security.Cryptography
open System.Text
open TrustRegion.Math

/// Training states on disk. A checkpoint holds every number bit for bit, with a text that says how the run was set up,
/// and a digest: a damaged file is refused and never read in part.
///
/// Layout: the eight bytes "TRCKPT01", the SHA-256 of the rest, then the rest: little-endian numbers, arrays with their
/// length before them.
[<RequireQualifiedAccess>]
module Checkpoint =

    let private signature = "TRCKPT01"B

    let private writeArray (writer: BinaryWriter) (values: float[]) =
        writer.Write values.Length

        for value in values do
            writer.Write value

    let private readArray (reader: BinaryReader) : float[] =
        let length = reader.ReadInt32()

        if length < 0 || int64 length * 8L > reader.BaseStream.Length - reader.BaseStream.Position then
            raise (InvalidDataException "The checkpoint holds a length that cannot be.")

        Array.init length (fun _ -> reader.ReadDouble())

    let private writeAdam (writer: BinaryWriter) (adam: AdamState) =
        writer.Write adam.Count
        writeArray writer adam.Mean
        writeArray writer adam.Square

    let private readAdam (reader: BinaryReader) : AdamState =
        let count = reader.ReadInt32()
        let mean = readArray reader

        { Count = count; Mean = mean; Square = readArray reader }

    let private writeNormalizer (writer: BinaryWriter) (normalizer: ObservationNormalizer voption) =
        writer.Write normalizer.IsSome

        match normalizer with
        | ValueSome n ->
            writer.Write n.Count
            writer.Write n.Clip
            writeArray writer n.Mean
            writeArray writer n.SquaredDistance
        | ValueNone -> ()

    let private readNormalizer (reader: BinaryReader) : ObservationNormalizer voption =
        if reader.ReadBoolean() then
            let count = reader.ReadDouble()
            let clip = reader.ReadDouble()
            let mean = readArray reader

            ValueSome { Count = count; Mean = mean; SquaredDistance = readArray reader; Clip = clip }
        else
            ValueNone

    let private writeState (writer: BinaryWriter) (state: TrainingState) =
        writer.Write state.Iteration
        writer.Write state.Steps
        writer.Write state.Episodes
        writeArray writer state.Policy.Parameters
        writeAdam writer state.PolicyAdam
        writer.Write state.Beta
        writeArray writer state.Critic.Parameters
        writeAdam writer state.Critic.Adam
        writeNormalizer writer state.Normalizer
        writer.Write state.EpisodeStates.Length

        for episode in state.EpisodeStates do
            writer.Write episode.Episode
            writeArray writer episode.ActionsTaken

        writeArray writer state.RecentReturns

    /// The saved numbers in the place of the fresh state's; maps and families are those of the fresh state.
    let private readState (reader: BinaryReader) (fresh: TrainingState) : TrainingState =
        let iteration = reader.ReadInt32()
        let steps = reader.ReadInt64()
        let episodes = reader.ReadInt32()
        let parameters = readArray reader
        let policyAdam = readAdam reader
        let beta = reader.ReadDouble()
        let criticParameters = readArray reader
        let criticAdam = readAdam reader
        let normalizer = readNormalizer reader

        let episodeStates =
            Array.init (reader.ReadInt32()) (fun _ ->
                let episode = reader.ReadInt32()

                { Episode = episode; ActionsTaken = readArray reader })

        { Iteration = iteration
          Steps = steps
          Episodes = episodes
          Policy = { fresh.Policy with Parameters = parameters }
          PolicyAdam = policyAdam
          Beta = beta
          Critic = { fresh.Critic with Parameters = criticParameters; Adam = criticAdam }
          Normalizer = normalizer
          EpisodeStates = episodeStates
          RecentReturns = readArray reader }

    let private damaged (path: string) =
        InvalidDataException(String.Concat("The checkpoint ", path, " is damaged or not a checkpoint."))

    /// A reader of what a checkpoint holds, once its signature and digest have been found right.
    let private openVerified (path: string) : BinaryReader =
        let bytes = File.ReadAllBytes path
        let digestEnd = signature.Length + SHA256.HashSizeInBytes

        if
            bytes.Length < digestEnd
            || not (bytes.AsSpan(0, signature.Length).SequenceEqual(ReadOnlySpan signature))
        then
            raise (damaged path)

        let digest = SHA256.HashData(ReadOnlySpan(bytes, digestEnd, bytes.Length - digestEnd))

        if not (bytes.AsSpan(signature.Length, digest.Length).SequenceEqual(ReadOnlySpan digest)) then
            raise (damaged path)

        new BinaryReader(new MemoryStream(bytes, digestEnd, bytes.Length - digestEnd), Encoding.UTF8)

    /// Writes a checkpoint in the place of an older one, whole or not at all. The configuration is any text.
    let save (path: string) (configuration: string) (state: TrainingState) : unit =
        use content = new MemoryStream()

        (use writer = new BinaryWriter(content, Encoding.UTF8, true)
         writer.Write configuration
         writeState writer state)

        let body = content.ToArray()
        AtomicFile.writeBytes path (Array.concat [ signature; SHA256.HashData body; body ])

    /// The text that was saved with a state. Raises `InvalidDataException` for a damaged file.
    let configuration (path: string) : string =
        use reader = openVerified path
        reader.ReadString()

    /// The saved state, on the maps and families of a fresh one with the same options. Raises `InvalidDataException` for a
    /// damaged file.
    let load (path: string) (fresh: TrainingState) : TrainingState =
        use reader = openVerified path
        reader.ReadString() |> ignore
        readState reader fresh
