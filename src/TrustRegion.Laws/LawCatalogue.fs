namespace TrustRegion.Laws

open System
open System.Collections.Generic
open System.Globalization
open FsCheck
open TrustRegion.Math
open TrustRegion.Learning

/// A law of this library: the part that it is about, and what it is tried on.
[<Sealed>]
type CataloguedLaw internal (part: string, claim: string, trials: struct (string * Law)[]) =

    /// The part of the library that the law is about, such as "action families".
    member _.Part: string = part

    /// The claim, as a sentence.
    member _.Claim: string = claim

    /// What the law is tried on, such as "categorical"; one name each.
    member _.Subjects: IReadOnlyList<string> =
        trials |> Array.map (fun struct (subject, _) -> subject) |> Array.AsReadOnly :> _

    /// Tries the law on a number of random cases that come from a seed, shared out evenly among what it is tried on (at
    /// least one each), and says what came of it. The message has every subject that breaks the law.
    member _.Try(cases: int, seed: uint64) : LawOutcome =
        if cases < 1 then
            invalidArg (nameof cases) (String.Format("At least one case is needed, not {0}.", cases))

        let share = (cases + trials.Length - 1) / trials.Length

        let again =
            String.Format(CultureInfo.InvariantCulture, "trustregion verify --cases {0} --seed {1}", cases, seed)

        let outcomes = trials |> Array.map (fun struct (subject, law) -> law.TryOn(subject, again, share, seed))

        let broken = outcomes |> Array.filter (fun outcome -> not outcome.Passed)

        { Claim = claim
          Cases = outcomes |> Array.sumBy _.Cases
          Passed = broken.Length = 0
          Message = String.Join("\n", broken |> Array.map _.Message)
          Seed = seed
          Worst = outcomes |> Array.map _.Worst |> Array.max }

    override _.ToString() = String.Concat(part, ": ", claim)

/// The laws of this library, each on all that it holds for: what `trustregion verify` tries.
[<AbstractClass; Sealed>]
type LawCatalogue private () =

    /// The laws of some subjects, one for each claim, in the order in which the claims first come.
    static let gather (part: string) (subjects: (string * Law seq) list) : CataloguedLaw[] =
        [| for subject, laws in subjects do
               for law in laws -> struct (subject, law) |]
        |> Array.groupBy (fun struct (_, law) -> law.Claim)
        |> Array.map (fun (claim, trials) -> CataloguedLaw(part, claim, trials))

    static let families =
        [ "categorical", FamilySubject.categorical 4
          "Bernoulli", FamilySubject.bernoulli 3
          "Gaussian", FamilySubject.gaussian 2
          "tanh-squashed Gaussian", FamilySubject.tanhGaussian 1
          "Beta", FamilySubject.beta [| -1.0 |] [| 2.0 |]
          "multi-categorical", FamilySubject.multiCategorical [| 2; 3 |]
          "masked categorical", FamilySubject.maskedCategorical [| true; false; true; true |]
          "product of a class and a number",
          FamilySubject.product [ FamilySubject.categorical 2; FamilySubject.gaussian 1 ] ]

    static let maps: (string * Arbitrary<MapCase>) list =
        [ "linear", MapCase.ofMap (LinearMap(3, 2, true))
          "network of tanh", MapCase.ofMap (Mlp.create 3 [| 9; 5 |] 2 Tanh 0.5)
          "network of ReLU", MapCase.ofMap (Mlp.create 2 [| 7; 17 |] 3 Relu 1.0)
          "constants beside a network",
          MapCase.ofMap (ConstantOutputsMap(Mlp.create 2 [| 4 |] 2 Tanh 1.0, [| 0.1; -0.2 |]))
          "numbers handed through a map", MapCase.ofMap (PassThroughMap(LinearMap(2, 2, true), 1))
          "networks written with tensors", TensorNetwork.cases ]

    static let maxKl = Trpo.defaults.MaxKl

    static let updates: (string * Law seq) list =
        [ "policy gradient", UpdateLaws.all (PolicyGradient.step { LearningRate = 0.05 }) PolicyCase.small _.Problem
          "natural gradient", UpdateLaws.all (NaturalGradient.step NaturalGradient.defaults) PolicyCase.small _.Problem
          "TRPO", UpdateLaws.trustRegion maxKl (Trpo.step Trpo.defaults) PolicyCase.small _.Problem ]

    static let problems: (string * Law seq) list =
        let ofPolicy kind (seed: int) =
            let case =
                { Kind = kind
                  Inputs = 2
                  Hidden = [ 4 ]
                  Activation = Tanh
                  HasBias = true
                  Rows = 5
                  Scale = 0.5
                  Weighted = seed % 2 = 0
                  OffPolicy = seed % 3 = 0
                  Seed = seed }

            case.Problem

        let exact (seed: int) =
            let case =
                { States = 3
                  Actions = 2
                  Discount = 0.9
                  Absorbing = 0
                  Sparse = seed % 2 = 0
                  Scale = 1.0
                  Distance = 1.0
                  Seed = seed }

            TabularPolicy.problem case.Mdp (TabularPolicy.create case.Logits)

        [ "classes", ProblemLaws.all (ofPolicy (CategoricalActions 3))
          "switches", ProblemLaws.all (ofPolicy (BernoulliActions 2))
          "numbers", ProblemLaws.all (ofPolicy (GaussianActions 2))
          "exact expectations", ProblemLaws.all exact ]

    static let environments: (string * Law seq) list =
        [ for definition in Catalogue.all do
              let struct (laws, _) =
                  EnvironmentLaws.all
                      { Name = definition.Name
                        Create = fun () -> EnvironmentCase.ofCore (definition.Create())
                        MakesCopies = true
                        ChecksActions = true
                        TimeLimit =
                          match definition.Create() with
                          | :? StateSpaceEnvironment as environment -> environment.StepLimit
                          | _ -> ValueNone }

              yield definition.Name, laws ]

    static let all =
        lazy
            (Array.concat
                [ gather
                      "divergences"
                      [ for size in [ 1; 2; 3; 8 ] do
                            yield String.Format("{0} classes", size), DivergenceLaws.ofSize size

                        yield "divergences", DivergenceLaws.others ]
                  gather "divergences" [ for family, law in ClosedFormLaws.all -> family, [ law ] ]
                  gather "estimators" [ "estimators", EstimatorLaws.all ]
                  gather "action families" [ for name, subject in families -> name, FamilyLaws.all subject ]
                  gather "maps" [ for name, cases in maps -> name, MapLaws.all cases ]
                  gather
                      "Autodiff"
                      [ for operation, law in AutodiffLaws.derivativesAreSlopes @ AutodiffLaws.productsAreProducts ->
                            operation, [ law ] ]
                  gather "Autodiff" [ "networks", [ FisherLaws.autodiffIsMlp ] ]
                  gather "Fisher information" [ "policies", FisherLaws.all ]
                  gather "conjugate gradients" [ "systems", ConjugateGradientLaws.all ]
                  gather "surrogates" [ "policies", ObjectiveLaws.all ]
                  gather "problems" problems
                  gather "updates" updates
                  gather "PPO" [ "policies", PpoLaws.all ]
                  gather "environments" environments
                  gather "tabular processes" [ "random processes", TabularMdpLaws.all ]
                  gather "exact expectations" [ "random processes", TabularPolicyLaws.all ]
                  gather "improvement bounds" [ "random processes", BoundsLaws.all ] ])

    /// The laws, part by part.
    static member All: IReadOnlyList<CataloguedLaw> = Array.AsReadOnly all.Value

    /// <summary>The laws of suites of your own, one for each claim, as those of this library are.</summary>
    /// <param name="part">What they are about, such as "my environments".</param>
    /// <param name="suites">The suites; the subject of each is what its laws are tried on.</param>
    static member Of(part: string, [<ParamArray>] suites: LawSuite[]) : IReadOnlyList<CataloguedLaw> =
        ArgumentNullException.ThrowIfNull part
        ArgumentNullException.ThrowIfNull suites

        gather part [ for suite in suites -> suite.Subject, suite.Laws ] |> Array.AsReadOnly :> _
