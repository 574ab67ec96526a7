namespace TrustRegion;

public sealed partial class Policy
{
    internal Learning.SavedPolicy Saved => new(Core, normalizer);

    /// <summary>Reads a policy from a safetensors file: one of ours, or the weights of a PyTorch module.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What the file does not say itself; null for nothing.</param>
    /// <returns>The policy, computing in double precision; tensors of 64 bits are read to the bit.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InputException">
    /// The file is no policy, or does not say its family or activation; the message names the file, the tensor and the value.
    /// </exception>
    public static Policy LoadSafetensors(string path, SafetensorsOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new Policy(PolicyExchange.ReadSafetensors(path, options ?? new SafetensorsOptions()));
    }

    /// <summary>
    /// Writes the policy as safetensors, whole or not at all: the tensors of a PyTorch module, and family, activation and
    /// normaliser beside them in the metadata.
    /// </summary>
    /// <param name="path">The file, which is replaced where there is one.</param>
    /// <param name="naming">The names of the tensors; null for those of a Sequential.</param>
    /// <param name="numbers">What the numbers are.</param>
    /// <exception cref="ArgumentException">A parameter is beyond 32-bit numbers.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void SaveSafetensors(
        string path, TensorNaming? naming = null, NumberFormat numbers = NumberFormat.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Learning.AtomicFile.writeBytes(path, PolicyExchange.ToSafetensors(Saved, naming, numbers));
    }

    /// <summary>
    /// Writes the policy as an ONNX model for inference elsewhere, whole or not at all. The input is <c>observation</c>,
    /// [batch × <see cref="ObservationSize"/>], raw: the normaliser is a part of the graph. The outputs are <c>outputs</c> (as
    /// <see cref="Outputs"/>), <c>action</c> (the likeliest one, as <see cref="Act(ReadOnlySpan{double})"/>), and by the family
    /// <c>logits</c>, <c>mean</c> and <c>log_std</c>, or <c>alpha</c> and <c>beta</c>; in a product those names begin with
    /// <c>part0_</c> and so on.
    /// </summary>
    /// <param name="path">The file, which is replaced where there is one.</param>
    /// <param name="numbers">What the numbers are; 32 bits are what most runtimes expect.</param>
    /// <exception cref="ArgumentException">A parameter is beyond 32-bit numbers.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void SaveOnnx(string path, NumberFormat numbers = NumberFormat.Float32)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Learning.AtomicFile.writeBytes(path, PolicyExchange.ToOnnx(Saved, numbers));
    }
}
