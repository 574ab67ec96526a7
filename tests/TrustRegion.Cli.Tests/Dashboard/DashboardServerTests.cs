using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Xml.Linq;
using NUnit.Framework;
using TrustRegion.Cli.Dashboard;
using TrustRegion.Cli.Tests.Report;

namespace TrustRegion.Cli.Tests.Dashboard;

public sealed class DashboardServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly DashboardRun Run = new("cartpole", TrainingOptions.For("cartpole"));

    [Test]
    public async Task The_page_shows_the_figures_of_the_run_as_far_as_it_is()
    {
        await using var server = await DashboardServer.StartAsync(Run, 0);
        using var client = new HttpClient { Timeout = Patience };
        string before = await client.GetStringAsync(server.Address);
        server.Feed.Add(Updates.One(0, 20));
        string after = await client.GetStringAsync(server.Address);

        Assert.Multiple(() =>
        {
            Assert.That(before, Does.Contain("The first update is on its way."));
            Assert.That(after, Does.Contain("<h1>TRPO on cartpole, seed 1</h1>").And.Contain("1 of 1"));

            foreach (string id in new[] { "return", "divergence", "gain", "acceptance" })
                Assert.That(after, Does.Contain($"<section id=\"{id}\">"));
        });
    }

    [Test]
    public async Task Events_carry_each_part_of_the_page_and_end_with_the_run()
    {
        using var client = new HttpClient { Timeout = Patience };
        Task<string> events;

        await using (var server = await DashboardServer.StartAsync(Run, 0))
        {
            using var response = await client.GetAsync(new Uri(server.Address, "events"), HttpCompletionOption.ResponseHeadersRead);
            Assert.That(response.Content.Headers.ContentType!.MediaType, Is.EqualTo("text/event-stream"));
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.That(await reader.ReadLineAsync(), Is.EqualTo("event: state"));
            server.Feed.Add(Updates.One(0, 20));
            server.Feed.End();
            events = reader.ReadToEndAsync();
            string[] last = (await events).Split("event: end\n");
            Assert.That(last, Has.Length.EqualTo(2));
            string html = string.Concat(last[1].Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line[6..] + "\n"));
            var parts = XElement.Parse($"<div>{html.Replace(" data-part", "").Replace("<br>", "")}</div>");
            Assert.That(parts.Descendants().Attributes("id").Select(id => id.Value), Does.Contain("facts").And.Contain("return-pictures").And.Contain("hover-return"));
        }
    }

    [Test]
    public async Task It_listens_on_loopback_alone_whatever_the_environment_says()
    {
        Environment.SetEnvironmentVariable("ASPNETCORE_URLS", "http://0.0.0.0:0");

        try
        {
            await using var server = await DashboardServer.StartAsync(Run, 0);
            var listening = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
                .Where(endpoint => endpoint.Port == server.Address.Port);
            Assert.That(server.Address.Host, Is.EqualTo("127.0.0.1"));
            Assert.That(listening.Select(endpoint => endpoint.Address), Is.EqualTo(new[] { IPAddress.Loopback }));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ASPNETCORE_URLS", null);
        }
    }

    [Test]
    public async Task It_answers_to_no_other_name()
    {
        await using var server = await DashboardServer.StartAsync(Run, 0);
        using var client = new HttpClient { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Address);
        request.Headers.Host = "attacker.example";
        using var response = await client.SendAsync(request);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task After_its_end_nothing_listens()
    {
        Uri address;

        await using (var server = await DashboardServer.StartAsync(Run, 0))
            address = server.Address;

        using var client = new TcpClient();
        Assert.That(async () => await client.ConnectAsync(IPAddress.Loopback, address.Port), Throws.InstanceOf<SocketException>());
    }

    [Test]
    public async Task A_port_that_is_taken_is_a_failure_in_one_line_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        await using var server = await DashboardServer.StartAsync(Run, 0);
        var outcome = Tool.Call(
            "train", "stay-switch", "--steps", "1", "--out", folder["run"], "--dashboard", "--dashboard-port", $"{server.Address.Port}");

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.EqualTo(1));
            Assert.That(outcome.Output, Is.Empty);
            Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(outcome.Error, Does.Contain($"127.0.0.1:{server.Address.Port}"));
            Assert.That(folder.IsEmpty);
        });
    }

    [Test]
    public async Task A_free_port_can_be_chosen()
    {
        int port;

        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        await using var server = await DashboardServer.StartAsync(Run, port);
        Assert.That(server.Address.Port, Is.EqualTo(port));
    }
}
