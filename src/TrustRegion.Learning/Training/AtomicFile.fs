namespace TrustRegion.Learning

open System
open System.IO

/// Files that are there whole or not at all.
[<RequireQualifiedAccess>]
module AtomicFile =

    /// Writes a file under another name in the same folder, makes sure that it has reached the disk, and puts it in the
    /// place of the old one. A reader, and a process killed at any moment, finds the old file or the new one.
    let writeBytes (path: string) (content: byte[]) : unit =
        let full = Path.GetFullPath path
        Directory.CreateDirectory(Path.GetDirectoryName full) |> ignore
        let temporary = String.Concat(full, ".", Environment.ProcessId, ".tmp")

        try
            (use stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None)
             stream.Write(content, 0, content.Length)
             stream.Flush true)

            File.Move(temporary, full, true)
        with _ ->
            File.Delete temporary
            reraise ()

    /// The same for a text, in UTF-8.
    let writeText (path: string) (content: string) : unit = writeBytes path (Text.Encoding.UTF8.GetBytes content)
