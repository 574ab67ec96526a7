namespace TrustRegion.Learning.Tests

open System
open System.IO

/// A folder of its own for a test, gone when the test is.
[<Sealed>]
type TemporaryFolder() =
    let path = Directory.CreateTempSubdirectory("trustregion-").FullName

    /// The path of a file in the folder.
    member _.File(name: string) = Path.Combine(path, name)

    /// The names of the files in the folder, sorted.
    member _.Names = Directory.GetFiles path |> Array.map Path.GetFileName |> Array.sort

    interface IDisposable with
        member _.Dispose() = Directory.Delete(path, true)
