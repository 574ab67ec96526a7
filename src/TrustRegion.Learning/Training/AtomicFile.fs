namespace TrustRegion.Learning

open System
open System.IO

/// Files that are there whole or not at all.
[<RequireQualifiedAccess>]
module AtomicFile =

    /// Whether a path is that of a device, such as /dev/null or /dev/stdout. What lies in /dev/shm are files like others.
    let private isDevice (full: string) =
        full.StartsWith("/dev/", StringComparison.Ordinal)
        && not (full.StartsWith("/dev/shm/", StringComparison.Ordinal))

    /// Behind a device may stand a file that already holds something: the standard output of a shell's `>>`.
    let private append (device: string) (content: byte[]) =
        use stream = new FileStream(device, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)

        if stream.CanSeek then
            stream.Seek(0L, SeekOrigin.End) |> ignore

        stream.Write(content, 0, content.Length)

    /// Writes under a name that no other call has, so that a save neither meets nor removes what another is writing.
    let private replace (full: string) (content: byte[]) =
        let temporary = String.Concat(full, ".", Path.GetRandomFileName(), ".tmp")
        let stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None)

        try
            (use stream = stream
             stream.Write(content, 0, content.Length)
             stream.Flush true)

            File.Move(temporary, full, true)
        with _ ->
            File.Delete temporary
            reraise ()

    /// Writes a file under another name in the same folder, makes sure that it has reached the disk, and puts it in the
    /// place of the old one. A reader, and a process killed at any moment, finds the old file or the new one; of calls at the
    /// same time the last one stands, and none fails for the others. A device is written to and never replaced.
    let writeBytes (path: string) (content: byte[]) : unit =
        let full = Path.GetFullPath path

        if isDevice full then
            append full content
        else
            Directory.CreateDirectory(Path.GetDirectoryName full) |> ignore
            replace full content

    /// The same for a text, in UTF-8.
    let writeText (path: string) (content: string) : unit = writeBytes path (Text.Encoding.UTF8.GetBytes content)
