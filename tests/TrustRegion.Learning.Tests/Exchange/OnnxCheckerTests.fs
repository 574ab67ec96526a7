/// The exported models before the onnx package's own checker, where a Python with that package is installed.
module TrustRegion.Learning.Tests.OnnxCheckerTests

open System
open System.ComponentModel
open System.Diagnostics
open System.IO
open System.Text.Json
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Learning
open TrustRegion.Learning.Tests

let private repository =
    let rec up folder =
        if File.Exists(Path.Combine(folder, "TrustRegion.Math.sln")) then
            folder
        else
            up (Path.GetDirectoryName folder)

    up AppContext.BaseDirectory

let private rows (matrix: Matrix) = Array.init matrix.Rows (fun row -> matrix.Row(row).ToArray())

/// Writes every policy as a model in both precisions, with what we make of some observations.
let private record (folder: TemporaryFolder) =
    for name, saved in SavedPolicies.all do
        let observations = SavedPolicies.observations 25 saved
        let seen = SavedPolicy.normalize saved observations

        let recorded =
            JsonSerializer.Serialize
                {| observations = rows observations
                   outputs = rows (Policy.outputs saved.Policy seen)
                   actions = rows (Policy.mode saved.Policy seen) |}

        for precision, suffix in [ TensorPrecision.Float32, "float32"; TensorPrecision.Float64, "float64" ] do
            let file = folder.File(String.Concat(name.Replace(' ', '-'), "-", suffix))
            AtomicFile.writeBytes (String.Concat(file, ".onnx")) (OnnxFile.write precision saved)
            AtomicFile.writeText (String.Concat(file, ".json")) recorded

/// The exit code and the output; the exit code is −1 where there is no such Python.
let private run (python: string) (arguments: string list) =
    try
        let start =
            ProcessStartInfo(python, arguments, RedirectStandardOutput = true, RedirectStandardError = true)

        use running = Process.Start start
        let fault = running.StandardError.ReadToEndAsync()
        let output = running.StandardOutput.ReadToEnd()
        running.WaitForExit()
        struct (running.ExitCode, String.Concat(output, fault.Result))
    with :? Win32Exception ->
        struct (-1, "skipped: there is no Python")

[<Test>]
let ``the checker of the onnx package passes every model, and NumPy gives our results`` () =
    use folder = new TemporaryFolder()
    record folder
    let script = Path.Combine(repository, "tests", "onnx_check.py")
    let path = Path.GetDirectoryName(folder.File "any")

    // A Python of one's own often stands before the system's, whose packages it does not have.
    let results = [ "python3"; "/usr/bin/python3" ] |> List.map (fun python -> run python [ script; path ])

    match results |> List.tryFind (fun (struct (_, output)) -> not (output.StartsWith "skipped")) with
    | None -> Assert.Ignore "skipped: no Python with the package onnx"
    | Some(struct (code, output)) ->
        TestContext.Out.WriteLine output
        Assert.That(code, Is.Zero, output)
        Assert.That(output, Does.Contain(String.Concat(2 * SavedPolicies.all.Length, " passed, 0 failed")))
