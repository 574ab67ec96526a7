namespace TrustRegion;

/// <summary>
/// What an update learns from: n observations, the actions taken there, how much better than expected they turned out,
/// and their log-probabilities under the policy that took them. Everything is copied.
/// </summary>
public sealed class Batch
{
    private readonly Math.Matrix observations;
    private readonly Math.Matrix actions;
    private readonly double[] advantages;
    private readonly double[]? logProbabilities;
    private double[]? weights;
    private bool normalizeAdvantages;

    /// <summary>Makes a batch.</summary>
    /// <param name="observations">n rows, each of as many finite numbers as the policy observes.</param>
    /// <param name="actions">n rows, each an action of the policy.</param>
    /// <param name="advantages">n finite numbers.</param>
    /// <param name="logProbabilities">
    /// ln π(action | observation) of the policy that acted, in nats, n finite numbers; null for those of the policy
    /// that is updated.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The batch is empty, a row is ragged, lengths differ, or a number is not finite; the message names the row and
    /// the value. Whether the rows fit a policy is checked by the update.
    /// </exception>
    public Batch(
        IReadOnlyList<double[]> observations,
        IReadOnlyList<double[]> actions,
        IReadOnlyList<double> advantages,
        IReadOnlyList<double>? logProbabilities = null)
        : this(
            Rows(observations, nameof(observations)), Rows(actions, nameof(actions)), advantages, logProbabilities)
    {
    }

    /// <summary>Makes a batch for a policy with discrete actions.</summary>
    /// <param name="observations">n rows, each of as many finite numbers as the policy observes.</param>
    /// <param name="actions">n integers, each 0 … classes − 1.</param>
    /// <param name="advantages">n finite numbers.</param>
    /// <param name="logProbabilities">
    /// ln π(action | observation) of the policy that acted, in nats, n finite numbers; null for those of the policy
    /// that is updated.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The batch is empty, a row is ragged, lengths differ, or a number is not finite; the message names the row and
    /// the value. Whether the rows fit a policy is checked by the update.
    /// </exception>
    public Batch(
        IReadOnlyList<double[]> observations,
        IReadOnlyList<int> actions,
        IReadOnlyList<double> advantages,
        IReadOnlyList<double>? logProbabilities = null)
        : this(
            Rows(observations, nameof(observations)), Column(actions, nameof(actions)), advantages, logProbabilities)
    {
    }

    private Batch(
        Math.Matrix observations,
        Math.Matrix actions,
        IReadOnlyList<double> advantages,
        IReadOnlyList<double>? logProbabilities)
    {
        ArgumentNullException.ThrowIfNull(advantages);
        this.observations = observations;
        this.actions = actions;
        this.advantages = Numbers(advantages, nameof(advantages));
        this.logProbabilities = logProbabilities is null ? null : Numbers(logProbabilities, nameof(logProbabilities));

        if (actions.Rows != Count)
            throw new ArgumentException($"There are {actions.Rows} of them for {Count} observations.", nameof(actions));
    }

    private Batch(Batch other)
    {
        observations = other.observations;
        actions = other.actions;
        advantages = other.advantages;
        logProbabilities = other.logProbabilities;
        weights = other.weights;
        normalizeAdvantages = other.normalizeAdvantages;
    }

    /// <summary>The number of rows n.</summary>
    public int Count => observations.Rows;

    /// <summary>The number of numbers in an observation.</summary>
    public int ObservationSize => observations.Columns;

    /// <summary>The number of numbers in an action.</summary>
    public int ActionSize => actions.Columns;

    /// <summary>The same batch whose rows count differently in every mean.</summary>
    /// <param name="weights">n weights, not negative and not all 0; they are scaled to sum 1.</param>
    /// <returns>A new batch.</returns>
    /// <exception cref="ArgumentException">
    /// A weight is negative or not finite, all are 0, or their number is not n.
    /// </exception>
    public Batch WithWeights(IReadOnlyList<double> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        var copy = Numbers(weights, nameof(weights));
        int negative = Array.FindIndex(copy, weight => weight < 0.0);

        if (negative >= 0)
            throw new ArgumentException(
                $"Row {negative} is {Guard.Text(copy[negative])}; a weight is not negative.", nameof(weights));

        if (!copy.Any(weight => weight > 0.0))
            throw new ArgumentException("Every weight is 0.", nameof(weights));

        return new Batch(this) { weights = copy };
    }

    /// <summary>
    /// The same batch with advantages of mean 0 and variance 1; advantages that are all equal become 0.
    /// </summary>
    /// <returns>A new batch.</returns>
    public Batch WithNormalizedAdvantages() => new(this) { normalizeAdvantages = true };

    /// <summary>The batch as a policy sees it.</summary>
    internal Math.Batch ToCore(Policy policy)
    {
        var seen = policy.Normalize(observations);
        var batch = logProbabilities is null
            ? Math.BatchModule.ofPolicy(policy.Core, seen, actions, advantages)
            : Math.BatchModule.create(policy.Core, seen, actions, advantages, logProbabilities);

        if (weights is not null)
            batch = Math.BatchModule.withWeights(weights, batch);

        return normalizeAdvantages ? Math.BatchModule.normaliseAdvantages(batch) : batch;
    }

    private double[] Numbers(IReadOnlyList<double> values, string name)
    {
        if (values.Count != Count)
            throw new ArgumentException($"There are {values.Count} of them for {Count} observations.", name);

        double[] copy = [.. values];
        int wrong = Array.FindIndex(copy, value => !double.IsFinite(value));

        return wrong < 0
            ? copy
            : throw new ArgumentException($"Row {wrong} is {Guard.Text(copy[wrong])}; it must be finite.", name);
    }

    private static Math.Matrix Column(IReadOnlyList<int> values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        return new Math.Matrix(values.Count, 1, [.. values.Select(value => (double)value)]);
    }

    private static Math.Matrix Rows(IReadOnlyList<double[]> rows, string name)
    {
        ArgumentNullException.ThrowIfNull(rows, name);

        if (rows.Count == 0)
            throw new ArgumentException("The batch is empty.", name);

        int columns = rows[0]?.Length ?? 0;
        var data = new double[rows.Count * columns];

        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i] is null)
                throw new ArgumentException($"Row {i} is null.", name);

            if (rows[i].Length != columns)
                throw new ArgumentException($"Row {i} has {rows[i].Length} numbers where row 0 has {columns}.", name);

            int wrong = Array.FindIndex(rows[i], value => !double.IsFinite(value));

            if (wrong >= 0)
                throw new ArgumentException(
                    $"Row {i}, column {wrong} is {Guard.Text(rows[i][wrong])}; it must be finite.", name);

            rows[i].CopyTo(data, i * columns);
        }

        return new Math.Matrix(rows.Count, columns, data);
    }
}
