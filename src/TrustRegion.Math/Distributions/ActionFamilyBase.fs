namespace TrustRegion.Math

open System

/// An action family to derive from in C#: `IActionFamily`, with null for an action that is not refused. What each member
/// must keep stands there.
[<AbstractClass>]
type ActionFamilyBase() =
    /// The name in files and messages, such as "categorical".
    abstract Name: string
    /// The number of outputs η in a row.
    abstract OutputSize: int
    /// The number of numbers in an action.
    abstract ActionSize: int
    /// Why a row of `ActionSize` numbers is not an action of this family; null where it is one.
    abstract Refuse: action: ReadOnlySpan<float> -> string
    /// Draws an action; all of the randomness comes from the key.
    abstract Sample: outputs: ReadOnlySpan<float> * key: RandomKey * action: Span<float> -> unit
    /// The likeliest action (the lowest of equals).
    abstract Mode: outputs: ReadOnlySpan<float> * action: Span<float> -> unit
    /// ln π(action), in nats; the logarithm of a density for real actions.
    abstract LogProbability: outputs: ReadOnlySpan<float> * action: ReadOnlySpan<float> -> float
    /// The score ∂ ln π(action)/∂η.
    abstract Score: outputs: ReadOnlySpan<float> * action: ReadOnlySpan<float> * gradient: Span<float> -> unit
    /// KL(old ‖ new) in nats, summed over the dimensions of the action.
    abstract Kl: oldOutputs: ReadOnlySpan<float> * newOutputs: ReadOnlySpan<float> -> float

    /// ∂KL(old ‖ new)/∂η of the new row.
    abstract KlGradient:
        oldOutputs: ReadOnlySpan<float> * newOutputs: ReadOnlySpan<float> * gradient: Span<float> -> unit

    /// The entropy in nats (differential for real actions), summed over the dimensions of the action.
    abstract Entropy: outputs: ReadOnlySpan<float> -> float
    /// ∂entropy/∂η.
    abstract EntropyGradient: outputs: ReadOnlySpan<float> * gradient: Span<float> -> unit
    /// Replaces a vector v by M(η)v, with M(η) the Fisher information of the family in its outputs.
    abstract MultiplyByFisher: outputs: ReadOnlySpan<float> * vector: Span<float> -> unit

    interface IActionFamily with
        member family.Name = family.Name
        member family.OutputSize = family.OutputSize
        member family.ActionSize = family.ActionSize
        member family.Refuse action = ValueOption.ofObj (family.Refuse action)
        member family.Sample(outputs, key, action) = family.Sample(outputs, key, action)
        member family.Mode(outputs, action) = family.Mode(outputs, action)
        member family.LogProbability(outputs, action) = family.LogProbability(outputs, action)
        member family.Score(outputs, action, gradient) = family.Score(outputs, action, gradient)
        member family.Kl(oldOutputs, newOutputs) = family.Kl(oldOutputs, newOutputs)
        member family.KlGradient(oldOutputs, newOutputs, gradient) = family.KlGradient(oldOutputs, newOutputs, gradient)
        member family.Entropy outputs = family.Entropy outputs
        member family.EntropyGradient(outputs, gradient) = family.EntropyGradient(outputs, gradient)
        member family.MultiplyByFisher(outputs, vector) = family.MultiplyByFisher(outputs, vector)
