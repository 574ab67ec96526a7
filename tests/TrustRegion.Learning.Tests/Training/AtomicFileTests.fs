module TrustRegion.Learning.Tests.AtomicFileTests

open System
open System.IO
open System.IO.Pipes
open System.Threading.Tasks
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Learning
open TrustRegion.Learning.Tests

[<Property(MaxTest = 30)>]
let ``a file holds the bytes written last, and nothing lies beside it`` (first: byte[]) (second: byte[]) =
    use folder = new TemporaryFolder()
    let path = folder.File "data"
    AtomicFile.writeBytes path first
    AtomicFile.writeBytes path second
    File.ReadAllBytes path = second && folder.Names = [| "data" |]

[<Test>]
let ``a text is written in UTF-8 without a mark`` () =
    use folder = new TemporaryFolder()
    AtomicFile.writeText (folder.File "text") "δ ≤ 0.01\n"
    Play.assertEqual (Text.Encoding.UTF8.GetBytes "δ ≤ 0.01\n") (File.ReadAllBytes(folder.File "text"))

[<Test>]
let ``missing folders are made`` () =
    use folder = new TemporaryFolder()
    let path = Path.Combine(folder.File "a", "b", "data")
    AtomicFile.writeBytes path [| 1uy |]
    Play.assertEqual [| 1uy |] (File.ReadAllBytes path)

[<Test>]
let ``a path may be relative`` () =
    use folder = new TemporaryFolder()
    let path = Path.GetRelativePath(Directory.GetCurrentDirectory(), folder.File "data")
    AtomicFile.writeBytes path [| 2uy |]
    Play.assertEqual [| "data" |] folder.Names

[<Test>]
let ``a write that fails leaves the old file, and nothing beside it`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "data"
    AtomicFile.writeBytes path [| 1uy; 2uy |]
    // No content stands for a disk that fails in the middle.
    Assert.Catch(Action(fun () -> AtomicFile.writeBytes path (Unchecked.defaultof<byte[]>))) |> ignore
    Play.assertEqual [| 1uy; 2uy |] (File.ReadAllBytes path)
    Play.assertEqual [| "data" |] folder.Names

[<Test>]
let ``a move that fails leaves nothing beside the target`` () =
    use folder = new TemporaryFolder()
    Directory.CreateDirectory(folder.File "data") |> ignore
    Assert.Catch(Action(fun () -> AtomicFile.writeBytes (folder.File "data") [| 1uy |])) |> ignore
    Assert.That(folder.Names, Is.Empty)
    Assert.That(Directory.Exists(folder.File "data"))

[<Test; Platform("Linux")>]
let ``a device is written to and not replaced`` () =
    // The end of a pipe, under the name that the system gives it: no file can take its place.
    use output = new AnonymousPipeServerStream(PipeDirection.In)
    let handle = output.ClientSafePipeHandle.DangerousGetHandle()
    AtomicFile.writeBytes (String.Concat("/dev/fd/", handle)) [| 1uy; 2uy |]
    AtomicFile.writeText (String.Concat("/dev/fd/", handle)) "δ"
    output.DisposeLocalCopyOfClientHandle()
    use all = new MemoryStream()
    output.CopyTo all
    Play.assertEqual [| 1uy; 2uy; 0xceuy; 0xb4uy |] (all.ToArray())

[<Test; Platform("Linux")>]
let ``what a device already holds stays`` () =
    use folder = new TemporaryFolder()
    File.WriteAllBytes(folder.File "log", [| 1uy |])
    use log = File.OpenHandle(folder.File "log", FileMode.Open, FileAccess.Write, FileShare.ReadWrite)
    AtomicFile.writeBytes (String.Concat("/dev/fd/", log.DangerousGetHandle())) [| 2uy; 3uy |]
    Play.assertEqual [| 1uy; 2uy; 3uy |] (File.ReadAllBytes(folder.File "log"))

[<Test>]
let ``saves of one path at the same time all succeed, and one of them stands`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "data"
    let contents = Array.init 64 (fun i -> Array.create 4096 (byte i))
    Parallel.ForEach(contents, (fun content -> AtomicFile.writeBytes path content)) |> ignore
    Assert.That(contents, Does.Contain(File.ReadAllBytes path))
    Play.assertEqual [| "data" |] folder.Names

[<Test>]
let ``a save leaves alone what lies beside the file`` () =
    use folder = new TemporaryFolder()
    // What another save in this process may be writing, if the process alone gave the name.
    let other = String.Concat("data.", Environment.ProcessId, ".tmp")

    (use _ = new FileStream(folder.File other, FileMode.Create, FileAccess.Write, FileShare.None)
     AtomicFile.writeBytes (folder.File "data") [| 1uy |])

    Play.assertEqual (Array.sort [| "data"; other |]) folder.Names

[<Test>]
let ``a reader of the old file goes on reading the old file`` () =
    use folder = new TemporaryFolder()
    let path = folder.File "data"
    AtomicFile.writeBytes path [| 1uy; 2uy; 3uy |]

    use reader =
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite ||| FileShare.Delete)

    Assert.That(reader.ReadByte(), Is.EqualTo 1)
    AtomicFile.writeBytes path [| 9uy; 9uy; 9uy |]
    Assert.That(reader.ReadByte(), Is.EqualTo 2)
    Play.assertEqual [| 9uy; 9uy; 9uy |] (File.ReadAllBytes path)
