using NUnit.Framework;

namespace TrustRegion.Cli.Tests.Export;

public sealed class ExportCommandTests
{
    private static readonly Policy Pilot = Policy.Gaussian(3, 1, hidden: [5], initialLogStd: -0.5, seed: 3);

    private TemporaryFolder folder = null!;

    [SetUp]
    public void MakeFolder()
    {
        folder = new TemporaryFolder();
        Pilot.Save(folder["policy.json"]);
    }

    [TearDown]
    public void RemoveFolder() => folder.Dispose();

    [Test]
    public void A_policy_is_written_as_ONNX_as_the_facade_writes_it()
    {
        var outcome = Export("policy.json", "policy.onnx");
        Pilot.SaveOnnx(folder["expected.onnx"]);
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Output, Does.StartWith("gaussian policy of 27 parameters written as onnx: "));
        Assert.That(File.ReadAllBytes(folder["policy.onnx"]), Is.EqualTo(File.ReadAllBytes(folder["expected.onnx"])));
    }

    [Test]
    public void A_policy_of_64_bits_goes_through_safetensors_and_back_to_the_bit()
    {
        Assert.That(Export("policy.json", "p.safetensors", "--float64", "--names", "sb3").ExitCode, Is.Zero);
        Assert.That(Export("p.safetensors", "again.json").ExitCode, Is.Zero);
        Assert.That(File.ReadAllText(folder["again.json"]), Is.EqualTo(File.ReadAllText(folder["policy.json"])));
    }

    [Test]
    public void A_run_folder_stands_for_its_policy()
    {
        Assert.That(Export("", "policy.onnx").ExitCode, Is.Zero);
        Assert.That(File.Exists(folder["policy.onnx"]));
    }

    [Test]
    public void The_format_may_be_given_where_the_name_does_not_say_it()
    {
        Assert.That(Export("policy.json", "model.bin", "--format", "onnx").ExitCode, Is.Zero);
        Assert.That(Export("policy.json", "same.onnx").ExitCode, Is.Zero);
        Assert.That(File.ReadAllBytes(folder["model.bin"]), Is.EqualTo(File.ReadAllBytes(folder["same.onnx"])));
    }

    [Test, Platform("Linux")]
    public void A_device_is_written_to_and_not_replaced()
    {
        // The standard output by the name that the system gives it, where no file can take its place.
        var outcome = Tool.Run(
            folder.Path, "export", "--policy", "policy.json", "--out", "/dev/fd/1", "--format", "json");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(outcome.Output, Does.StartWith(File.ReadAllText(folder["policy.json"])));
    }

    [TestCase("policy.json", "out.bin", "", "does not say which format; give --format onnx, safetensors, json")]
    [TestCase("policy.json", "out.onnx", "--format onx", "there is no format 'onx'; did you mean 'onnx'?")]
    [TestCase("policy.json", "out.onnx", "--names sb3", "--names belongs to safetensors.")]
    [TestCase("nowhere.json", "out.onnx", "", "there is no file ")]
    [TestCase("nowhere.safetensors", "out.onnx", "", "there is no file ")]
    [TestCase("broken.json", "out.onnx", "", "broken.json: $.family: this key is missing")]
    [TestCase("broken.safetensors", "out.onnx", "", "broken.safetensors: no safetensors file: it announces a header of ")]
    [TestCase("plain.safetensors", "out.json", "", "plain.safetensors: the file does not say the family of its policy")]
    [TestCase("plain.safetensors", "out.json", "--family categorial", "there is no family 'categorial' here; did you mean")]
    public void A_mistake_is_one_line_and_writes_nothing(string source, string target, string more, string message)
    {
        File.WriteAllText(folder["broken.json"], "{}");
        File.WriteAllText(folder["broken.safetensors"], "no tensors at all");
        WritePlain(folder["plain.safetensors"]);
        var outcome = Export(source, target, more.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Multiple(() =>
        {
            Assert.That(outcome.ExitCode, Is.EqualTo(2));
            Assert.That(outcome.ErrorLines, Has.Length.EqualTo(1));
            Assert.That(outcome.Error, Does.Contain(message));
            Assert.That(File.Exists(folder[target]), Is.False);
        });
    }

    [Test]
    public void Weights_from_elsewhere_become_a_policy()
    {
        WritePlain(folder["plain.safetensors"]);
        var outcome = Export("plain.safetensors", "plain.json", "--family", "categorical");
        Assert.That(outcome.ExitCode, Is.Zero, outcome.Error);
        Assert.That(Policy.Load(folder["plain.json"]).Outputs([2.0]), Is.EqualTo(new[] { 2.0, -1.0 }));
    }

    /// <summary>One layer of two weights, 1 and −½, as another program writes it.</summary>
    private static void WritePlain(string path)
    {
        byte[] header = "{\"0.weight\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}"u8.ToArray();
        File.WriteAllBytes(
            path,
            [.. BitConverter.GetBytes((ulong)header.Length), .. header, .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(-0.5f)]);
    }

    private CommandResult Export(string source, string target, params string[] more) =>
        Tool.Call(["export", "--policy", folder[source], "--out", folder[target], .. more]);
}
