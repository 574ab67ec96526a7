using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace TrustRegion;

/// <summary>
/// A child process that answers each line on its standard input with a line on its standard output. Whatever keeps it from
/// answering becomes an <see cref="EnvironmentProcessException"/>, with the last that it said on its standard error.
/// </summary>
internal sealed class LineProcess : IDisposable
{
    private const int LastWordsKept = 5;

    /// <summary>How long a process may take to end by itself once its input is closed.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(5);

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly Process process;
    private readonly string command;
    private readonly TimeSpan timeout;
    private readonly ConcurrentQueue<string> lastWords = new();
    private readonly Task errorReader;
    private bool isKilled;
    private bool isDisposed;

    public LineProcess(string file, IEnumerable<string> arguments, TimeSpan timeout)
    {
        string[] words = [.. arguments];
        command = string.Join(' ', words.Prepend(file));
        this.timeout = timeout;

        var start = new ProcessStartInfo(file, words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Utf8,
            StandardOutputEncoding = Utf8,
            StandardErrorEncoding = Utf8,
            UseShellExecute = false,
        };

        try
        {
            process = Process.Start(start) ?? throw Fault("did not start");
        }
        catch (Win32Exception error)
        {
            throw Fault($"did not start: {error.Message}", error);
        }

        errorReader = Task.Run(ReadErrorsAsync);
    }

    /// <summary>Sends a line and waits for the answer.</summary>
    public string Ask(string line)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);

        if (isKilled)
            throw Fault("was ended");

        try
        {
            process.StandardInput.WriteLine(line);
            process.StandardInput.Flush();
        }
        catch (IOException)
        {
            throw Ended();
        }

        return Answer() ?? throw Ended();
    }

    /// <summary>An exception about the process.</summary>
    public EnvironmentProcessException Fault(string what, Exception? inner = null) =>
        new($"the environment process '{command}' {what}", inner);

    /// <summary>Closes the process's input, and ends it where that does not.</summary>
    public void Dispose()
    {
        if (isDisposed)
            return;

        isDisposed = true;

        if (!isKilled)
            End(waitFirst: true);

        process.Dispose();
    }

    /// <summary>Ends the process at once.</summary>
    public void Kill()
    {
        if (isKilled || isDisposed)
            return;

        isKilled = true;
        End(waitFirst: false);
    }

    /// <summary>The next line of the process; null where there is none any more.</summary>
    private string? Answer()
    {
        var line = process.StandardOutput.ReadLineAsync();

        try
        {
            if (line.Wait(timeout))
                return line.Result;
        }
        catch (AggregateException fault) when (fault.InnerException is IOException)
        {
            return null;
        }

        Kill();
        throw Fault(string.Create(
            CultureInfo.InvariantCulture, $"did not answer within {timeout.TotalSeconds:0.###} s and was ended"));
    }

    private void End(bool waitFirst)
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has ended, and what was still to be written has no reader.
        }

        if (waitFirst && process.WaitForExit(FarewellTime))
            return;

        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(FarewellTime);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It ended in the meantime.
        }
    }

    private EnvironmentProcessException Ended()
    {
        // The output is closed just before the process ends; only then is there an exit code.
        string how = process.WaitForExit(FarewellTime)
            ? $"ended with exit code {process.ExitCode}"
            : "closed its standard output";
        errorReader.Wait(FarewellTime);
        string said = lastWords.IsEmpty ? "" : $"; it last said: {string.Join(" / ", lastWords)}";
        return Fault(how + said);
    }

    private async Task ReadErrorsAsync()
    {
        while (await process.StandardError.ReadLineAsync().ConfigureAwait(false) is string line)
        {
            if (string.IsNullOrWhiteSpace(line))
                continue;

            lastWords.Enqueue(line.Trim());

            while (lastWords.Count > LastWordsKept)
                lastWords.TryDequeue(out _);
        }
    }
}
