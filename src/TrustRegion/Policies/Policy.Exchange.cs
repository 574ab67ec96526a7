namespace TrustRegion;

// Policies in files.
public sealed partial class Policy
{
    internal Learning.SavedPolicy Saved => new(Core, normalizer);

    /// <summary>Reads a policy from a file.</summary>
    /// <param name="path">A file that <see cref="Save"/> or a training run wrote.</param>
    /// <returns>The policy, to the bit.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read, or is a folder.</exception>
    /// <exception cref="InputException">
    /// The file is no policy; the message names the JSON path and the value.
    /// </exception>
    public static Policy Load(string path) => Parse(File.ReadAllText(path));

    /// <summary>Reads a policy from JSON.</summary>
    /// <param name="json">What <see cref="ToJson"/> wrote, or weights in PyTorch's order from elsewhere.</param>
    /// <returns>The policy, to the bit.</returns>
    /// <exception cref="InputException">
    /// The text is no policy; the message names the JSON path and the value.
    /// </exception>
    public static Policy Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new Policy(InputException.Translate(() => Learning.PolicyFile.read(json)));
    }

    /// <summary>Writes the policy to a file, whole or not at all.</summary>
    /// <param name="path">The file, which is replaced where there is one.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written, or is a folder.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Learning.AtomicFile.writeText(path, ToJson());
    }

    /// <summary>The policy as JSON; reading it again gives the same bits.</summary>
    /// <returns>
    /// An object with the family and its bounds or parts, the network's layers, a Gaussian policy's log standard deviations,
    /// and the normaliser of the observations where there is one.
    /// </returns>
    public string ToJson() => Learning.PolicyFile.write(Saved);

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
