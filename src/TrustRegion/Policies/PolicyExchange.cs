using Microsoft.FSharp.Core;

namespace TrustRegion;

/// <summary>Policies in the files of other programs.</summary>
internal static class PolicyExchange
{
    public static byte[] ToOnnx(Learning.SavedPolicy policy, NumberFormat numbers) =>
        Learning.OnnxFile.write(ToCore(numbers), policy);

    public static byte[] ToSafetensors(Learning.SavedPolicy policy, TensorNaming? naming, NumberFormat numbers) =>
        Learning.SafetensorsPolicy.write(ToCore(numbers), (naming ?? TensorNaming.Sequential()).Core, policy);

    /// <summary>Reads a file; what is wrong in it is named after the file.</summary>
    public static Learning.SavedPolicy ReadSafetensors(string path, SafetensorsOptions options)
    {
        byte[] bytes = File.ReadAllBytes(path);
        var reading = new Learning.TensorReading(
            naming: options.Naming is TensorNaming naming
                ? FSharpValueOption<Learning.TensorNaming>.Some(naming.Core)
                : FSharpValueOption<Learning.TensorNaming>.None,
            family: options.Family is string family
                ? FSharpValueOption<string>.Some(family)
                : FSharpValueOption<string>.None,
            activation: options.Activation is Activation activation
                ? FSharpValueOption<Math.Activation>.Some(activation.ToCore())
                : FSharpValueOption<Math.Activation>.None);

        try
        {
            return Learning.SafetensorsPolicy.read(reading, bytes);
        }
        catch (Learning.InputException fault)
        {
            throw new InputException(fault.Path, $"{path}: {fault.Message}", fault);
        }
    }

    private static Learning.TensorPrecision ToCore(NumberFormat numbers) =>
        Guard.Defined(numbers, nameof(numbers)) == NumberFormat.Float32
            ? Learning.TensorPrecision.Float32
            : Learning.TensorPrecision.Float64;
}
