using System.Net;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HostFiltering;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TrustRegion.Cli.Dashboard;

/// <summary>
/// Serves the figures of one run to browsers on this machine: the page at /, its changes as server-sent events at /events.
/// It listens on 127.0.0.1 only, answers only to that name and localhost, and reads no configuration, so that no variable
/// and no file can open it further.
/// </summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly WebApplication application;

    private DashboardServer(WebApplication application, DashboardFeed feed, Uri address)
    {
        this.application = application;
        Feed = feed;
        Address = address;
    }

    /// <summary>Where updates go to be shown.</summary>
    public DashboardFeed Feed { get; }

    /// <summary>Where the page is.</summary>
    public Uri Address { get; }

    /// <summary>Starts to listen.</summary>
    /// <param name="run">What the page says of the run.</param>
    /// <param name="port">The port; 0 for one that is free.</param>
    /// <exception cref="IOException">The port is taken, or may not be used.</exception>
    public static async Task<DashboardServer> StartAsync(DashboardRun run, int port)
    {
        var feed = new DashboardFeed(Pace);
        var application = Build(run, feed, port);

        try
        {
            await application.StartAsync();
        }
        catch (Exception fault) when (fault is IOException or SocketException)
        {
            await application.DisposeAsync();
            throw new IOException($"the dashboard cannot listen on 127.0.0.1:{port}: {fault.Message}", fault);
        }

        var addresses = application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
        return new DashboardServer(application, feed, new Uri(addresses.Addresses.Single()));
    }

    /// <summary>Tells every page that the run has ended, and stops to listen.</summary>
    public async ValueTask DisposeAsync()
    {
        Feed.End();
        using var patience = new CancellationTokenSource(Patience);
        await application.StopAsync(patience.Token);
        await application.DisposeAsync();
    }

    private static WebApplication Build(DashboardRun run, DashboardFeed feed, int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server => server.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostFilteringOptions>(filter => filter.AllowedHosts = ["127.0.0.1", "localhost"]);
        builder.Services.AddSingleton<IHostLifetime, LifetimeOfRun>();

        var application = builder.Build();
        application.UseHostFiltering();
        application.Use(AddHeadersAsync);
        application.MapGet("/", () => TypedResults.Content(DashboardPage.Whole(run, feed.Now), "text/html; charset=utf-8"));
        application.MapGet("/events", (CancellationToken token) => TypedResults.ServerSentEvents(Events(run, feed, token)));
        return application;
    }

    private static Task AddHeadersAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:";
        context.Response.Headers.CacheControl = "no-store";
        return next(context);
    }

    private static async IAsyncEnumerable<SseItem<string>> Events(
        DashboardRun run, DashboardFeed feed, [EnumeratorCancellation] CancellationToken token)
    {
        await foreach (var state in feed.ReadAsync(token))
            yield return new SseItem<string>(DashboardPage.Parts(run, state), state.HasEnded ? "end" : "state");
    }

    /// <summary>
    /// The server lives as long as the run: signals are the run's own affair, and the usual lifetime would swallow them.
    /// </summary>
    private sealed class LifetimeOfRun : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
