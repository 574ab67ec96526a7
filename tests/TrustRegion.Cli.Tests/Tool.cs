using System.Diagnostics;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace TrustRegion.Cli.Tests;

/// <summary>What a run of the command gave.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of the standard output.</summary>
    public string[] Lines => Split(Output);

    /// <summary>The lines of the standard error.</summary>
    public string[] ErrorLines => Split(Error);

    private static string[] Split(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

/// <summary>The command as its users meet it: a process, or where that is all the same, a call within this one.</summary>
internal static class Tool
{
    /// <summary>The signal of Ctrl-C.</summary>
    public const int Interrupt = 2;

    /// <summary>The signal by which a system asks a process to end.</summary>
    public const int Terminate = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly string Assembly = typeof(Application).Assembly.Location;

    /// <summary>Runs a command line within this process.</summary>
    public static CommandResult Call(params string[] arguments) => CallWithInput("", arguments);

    /// <summary>The same, with a standard input.</summary>
    public static CommandResult CallWithInput(string input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = Terminal.OfStreams(new StringReader(input), output, error);
        int code = Application.RunAsync(arguments, terminal).GetAwaiter().GetResult();
        return new CommandResult(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command line in a process of its own, in a folder.</summary>
    public static CommandResult Run(string folder, params string[] arguments)
    {
        using var tool = Start(folder, "dotnet", [Assembly, .. arguments]);
        return Finish(tool);
    }

    /// <summary>
    /// Starts a command line in a process of its own that Ctrl-C reaches, as in a shell: the leader of a group, which holds
    /// the processes that it starts.
    /// </summary>
    public static Process StartInForeground(string folder, params string[] arguments) =>
        // A process inherits the signals that its parent ignores, and a test run in the background ignores Ctrl-C.
        Start(folder, "setsid", ["env", "--default-signal=INT", "dotnet", Assembly, .. arguments]);

    /// <summary>Sends a signal to a process, or with a negative number to a group.</summary>
    [DllImport("libc", EntryPoint = "kill")]
    public static extern int Signal(int process, int signal);

    /// <summary>
    /// Runs a command line on a pseudo-terminal of 80 columns; both of its streams arrive in the output.
    /// </summary>
    public static CommandResult RunOnTerminal(string folder, bool noColor, params string[] arguments)
    {
        string variables = noColor ? "NO_COLOR=1 TERM=xterm-256color" : "TERM=xterm-256color";
        string command = $"stty cols 80 rows 24; {variables} dotnet '{Assembly}' {string.Join(' ', arguments)}";
        using var script = Start(folder, "script", ["--quiet", "--return", "--command", command, "/dev/null"]);
        return Finish(script);
    }

    /// <summary>Runs another program, which finds the command by its name.</summary>
    public static CommandResult RunBy(string folder, string program, params string[] arguments)
    {
        string command = Path.Combine(folder, "trustregion");
        File.WriteAllText(command, $"#!/bin/sh\nexec dotnet '{Assembly}' \"$@\"\n");

        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(command, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        using var running = Start(folder, "env", [$"PATH={folder}:{Environment.GetEnvironmentVariable("PATH")}", program, .. arguments]);
        return Finish(running);
    }

    /// <summary>Waits for a process, and gives what it wrote.</summary>
    public static CommandResult Finish(Process process)
    {
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();

        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"The command had not ended after {Patience}.");
        }

        return new CommandResult(process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Waits until a running command has done something.</summary>
    public static void WaitUntil(Process process, Func<bool> done)
    {
        var deadline = Stopwatch.StartNew();

        while (!done())
        {
            if (process.HasExited || deadline.Elapsed > Patience)
                Assert.Fail("The command ended, or hung, before it did what it was watched for.");

            Thread.Sleep(5);
        }
    }

    private static Process Start(string folder, string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("NO_COLOR");
        return Process.Start(start) ?? throw new InvalidOperationException($"{file} did not start.");
    }
}
