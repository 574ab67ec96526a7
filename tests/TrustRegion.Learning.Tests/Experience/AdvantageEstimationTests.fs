module TrustRegion.Learning.Tests.AdvantageEstimationTests

open System
open NUnit.Framework
open FsCheck
open FsCheck.FSharp
open FsCheck.NUnit
open TrustRegion.Math
open TrustRegion.Laws
open TrustRegion.Learning

/// Consecutive transitions of one environment. V of the next observation is NaN after a termination, where it must not be
/// read, and agrees with the next value where the episode goes on.
type Trajectory =
    { Discount: float
      Lambda: float
      Rewards: float[]
      Values: float[]
      NextValues: float[]
      Endings: Ending[] }

    member trajectory.Length = trajectory.Rewards.Length

let private trajectory =
    gen {
        let! length = Gen.choose (1, 12)
        let numbers = Gen.arrayOfLength length (Generators.uniform -3.0 3.0)
        let unit = Gen.oneof [ Gen.elements [ 0.0; 0.9; 0.99; 1.0 ]; Generators.uniform 0.0 1.0 ]
        let! discount = unit
        let! lambda = unit
        let! rewards = numbers
        let! values = numbers
        let! cutValues = numbers

        let! endings =
            Gen.arrayOfLength
                length
                (Gen.frequency [ 3, Gen.constant Running; 1, Gen.elements [ Terminated; Truncated ] ])

        let next t =
            match endings[t] with
            | Terminated -> nan
            | Running when t + 1 < length -> values[t + 1]
            | _ -> cutValues[t]

        return
            { Discount = discount
              Lambda = lambda
              Rewards = rewards
              Values = values
              NextValues = Array.init length next
              Endings = endings }
    }

/// The transitions from one to the next, as if the others had never been.
let private part first count (t: Trajectory) =
    { t with
        Rewards = Array.sub t.Rewards first count
        Values = Array.sub t.Values first count
        NextValues = Array.sub t.NextValues first count
        Endings = Array.sub t.Endings first count }

let private shorter (t: Trajectory) =
    seq {
        for first, count in [ 0, t.Length / 2; t.Length / 2, t.Length - t.Length / 2; 1, t.Length - 1 ] do
            if count >= 1 && count < t.Length then
                yield part first count t
    }

type Trajectories =
    static member Trajectory() : Arbitrary<Trajectory> = Arb.fromGenShrink (trajectory, shorter)

let private estimate (t: Trajectory) =
    AdvantageEstimation.estimate t.Discount t.Lambda t.Rewards t.Values t.NextValues t.Endings

let private rounding = Tolerance.mixed 1e-12 |> Tolerance.named "rounding of a sum"
let private agree claim expected actual = Tolerance.checkAll rounding claim 0.0 expected actual

/// V of the observation after a transition, as far as it counts.
let private bootstrap (t: Trajectory) k = if t.Endings[k] = Terminated then 0.0 else t.NextValues[k]

let private delta (t: Trajectory) k = t.Rewards[k] + t.Discount * bootstrap t k - t.Values[k]

/// The last transition of the episode that a transition belongs to, or of the trajectory.
let private lastOfEpisode (t: Trajectory) first =
    Seq.initInfinite (fun i -> first + i)
    |> Seq.find (fun k -> t.Endings[k] <> Running || k = t.Length - 1)

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``advantages solve (I - gamma lambda U) A = delta`` (t: Trajectory) =
    let advantages = estimate t

    let leftHandSide k =
        let following = if t.Endings[k] = Running && k + 1 < t.Length then advantages[k + 1] else 0.0
        advantages[k] - t.Discount * t.Lambda * following

    agree "(I − γλU)A" (Array.init t.Length (delta t)) (Array.init t.Length leftHandSide)

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``advantages are the brute-force sum of discounted residuals`` (t: Trajectory) =
    let sum first =
        Seq.sum (
            seq { for k in first .. lastOfEpisode t first -> (t.Discount * t.Lambda) ** float (k - first) * delta t k }
        )

    agree "Σ(γλ)ᵏδ" (Array.init t.Length sum) (estimate t)

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``advantages are the lambda-weighted mean of the n-step advantages`` (t: Trajectory) =
    let nStep first n =
        let rewards = Seq.sum (seq { for k in 0 .. n - 1 -> t.Discount ** float k * t.Rewards[first + k] })
        rewards + t.Discount ** float n * bootstrap t (first + n - 1) - t.Values[first]

    let mean first =
        let longest = lastOfEpisode t first - first + 1

        Seq.sum (
            seq {
                for n in 1..longest ->
                    // The longest sum has the weight of all that would have followed it.
                    (if n = longest then 1.0 else 1.0 - t.Lambda) * t.Lambda ** float (n - 1) * nStep first n
            }
        )

    agree "(1−λ)Σλⁿ⁻¹A⁽ⁿ⁾" (Array.init t.Length mean) (estimate t)

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``with lambda 0 an advantage is its own residual`` (t: Trajectory) =
    let t = { t with Lambda = 0.0 }
    Tolerance.checkAll (Tolerance.absolute 1e-15) "δ" 0.0 (Array.init t.Length (delta t)) (estimate t)

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``with lambda 1 an advantage is the bootstrapped return less the value`` (t: Trajectory) =
    let t = { t with Lambda = 1.0 }

    let advantage first =
        let last = lastOfEpisode t first
        let rewards = Seq.sum (seq { for k in first..last -> t.Discount ** float (k - first) * t.Rewards[k] })
        rewards + t.Discount ** float (last - first + 1) * bootstrap t last - t.Values[first]

    agree "return − V" (Array.init t.Length advantage) (estimate t)

[<Test>]
let ``the numbers of the specification come out`` () =
    let advantages ending =
        AdvantageEstimation.estimate
            0.9
            0.95
            [| 1.0; 1.0; 1.0 |]
            [| 1.0; 2.0; 3.0 |]
            [| 2.0; 3.0; 4.0 |]
            [| Running; Running; ending |]

    Tolerance.checkAll (Tolerance.absolute 1e-14) "truncated" 0.0 [| 4.42314; 3.068; 1.6 |] (advantages Truncated)
    Tolerance.checkAll (Tolerance.absolute 1e-14) "terminated" 0.0 [| 1.79145; -0.01; -2.0 |] (advantages Terminated)

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``a truncation differs from a termination by the discounted value of the last observation`` (t: Trajectory) =
    let last = t.Length - 1
    let next = 1.25
    let endings ending = Array.init t.Length (fun k -> if k = last then ending else Running)

    let advantages ending =
        AdvantageEstimation.estimate
            t.Discount
            t.Lambda
            t.Rewards
            t.Values
            (Array.append t.Values[1..] [| next |])
            (endings ending)

    let difference = Array.map2 (-) (advantages Truncated) (advantages Terminated)

    // The difference of two sums of up to 12 residuals of at most 9.
    let size = Array.fold (fun top a -> max top (abs a)) 1.0 (advantages Truncated)

    Tolerance.checkAll
        (Tolerance.absolute (1e-14 * size))
        "(γλ)ᵀ⁻¹⁻ᵗγV"
        0.0
        (Array.init t.Length (fun k -> (t.Discount * t.Lambda) ** float (last - k) * t.Discount * next))
        difference

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``episodes in one buffer are estimated as if each were alone (museum 29, 31)`` (t: Trajectory) =
    let ends =
        [ for k in 0 .. t.Length - 1 do
              if t.Endings[k] <> Running || k = t.Length - 1 then
                  k + 1 ]

    0 :: ends
    |> List.pairwise
    |> List.map (fun (first, next) -> estimate (part first (next - first) t))
    |> Array.concat
    |> Tolerance.checkSameBits "GAE(concatenation) = concatenation(GAE)"
    <| estimate t

[<TestCase(0.0)>]
[<TestCase(0.5)>]
[<TestCase(0.99)>]
let ``a time limit on a constant reward leaves no advantage (museum 30)`` (discount: float) =
    // V = r/(1 − γ) is exact, so no action is better than expected, wherever episodes are cut.
    let count = 9
    let value = 2.0 / (1.0 - discount)
    let endings = Array.init count (fun k -> if k % 4 = 3 then Truncated else Running)
    let values = Array.create count value

    let advantages =
        AdvantageEstimation.estimate discount 0.95 (Array.create count 2.0) values values endings

    Tolerance.checkAll (Tolerance.absolute 1e-11) "A" 0.0 (Array.zeroCreate count) advantages

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``shaping by a potential changes no advantage`` (t: Trajectory) (seed: uint64) =
    let potential = Generators.normals (t.Length + 1) (RandomKey.ofSeed seed)
    let nextPotential k = if t.Endings[k] = Terminated then 0.0 else potential[k + 1]

    // A cut observation has a potential of its own, for which the next row's serves as well as any.
    let shaped =
        { t with
            Rewards = Array.init t.Length (fun k -> t.Rewards[k] + t.Discount * nextPotential k - potential[k])
            Values = Array.init t.Length (fun k -> t.Values[k] - potential[k])
            NextValues = Array.init t.Length (fun k -> t.NextValues[k] - potential[k + 1]) }

    agree "shaped" (estimate t) (estimate shaped)

[<Property(Arbitrary = [| typeof<Trajectories> |])>]
let ``advantages scale with rewards and values`` (t: Trajectory) =
    let times = Array.map (fun x -> -4.0 * x)

    { t with
        Rewards = times t.Rewards
        Values = times t.Values
        NextValues = times t.NextValues }
    |> estimate
    |> Tolerance.checkAll Tolerance.exact "c·A" 0.0 (times (estimate t))

[<Test>]
let ``with the values of the policy the mean advantage of an action is its true one, for every lambda`` () =
    (Law.ofCases "E[Âₜ | s, a] = A(s, a)" MdpCase.wellConditioned (fun case ->
        let case =
            { case with
                States = 1 + case.States % 3
                Actions = 1 + case.Actions % 2
                Absorbing = 0 }

        let mdp, policy = case.Mdp, case.Policy
        let solution = TabularMdp.solve mdp policy
        let values = solution.Values
        let size = values |> Array.fold (fun top v -> max top (abs v)) 1.0

        /// Every course of three steps from a state and an action, with its probability: rewards and states.
        let rec courses steps s a =
            [ for next in 0 .. case.States - 1 do
                  let p = mdp.Transitions[s, a, next]

                  if steps = 1 then
                      yield p, [ s, mdp.Rewards[s, a], next ]
                  else
                      for action in 0 .. case.Actions - 1 do
                          for q, rest in courses (steps - 1) next action do
                              yield p * policy[next, action] * q, (s, mdp.Rewards[s, a], next) :: rest ]

        for lambda in [ 0.0; 0.5; 1.0 ] do
            for s in 0 .. case.States - 1 do
                for a in 0 .. case.Actions - 1 do
                    let estimate (course: (int * float * int) list) =
                        let column f = course |> List.map f |> List.toArray

                        AdvantageEstimation.estimate
                            mdp.Discount
                            lambda
                            (column (fun (_, r, _) -> r))
                            (column (fun (s, _, _) -> values[s]))
                            (column (fun (_, _, next) -> values[next]))
                            [| Running; Running; Truncated |]

                    let mean = courses 3 s a |> List.sumBy (fun (p, course) -> p * (estimate course)[0])
                    Tolerance.check (Tolerance.absolute (1e-13 * size)) "A(s, a)" solution.Advantages[s, a] mean))
        .Check
        60

[<Test>]
let ``no transitions have no advantages`` () =
    Assert.That(AdvantageEstimation.estimate 0.9 0.9 [||] [||] [||] [||], Is.Empty)

[<TestCase(-0.1, 0.9, "discount")>]
[<TestCase(1.1, 0.9, "discount")>]
[<TestCase(Double.NaN, 0.9, "discount")>]
[<TestCase(0.9, -0.1, "lambda")>]
[<TestCase(0.9, 1.1, "lambda")>]
[<TestCase(0.9, Double.NaN, "lambda")>]
let ``a discount or a lambda outside [0, 1] is named`` (discount: float) (lambda: float) (name: string) =
    let fault =
        Play.refused (fun () ->
            AdvantageEstimation.estimate discount lambda [| 1.0 |] [| 1.0 |] [| 1.0 |] [| Running |] |> ignore)

    Assert.That(fault.ParamName, Is.EqualTo name)

[<TestCase(3, 2, 2, "values")>]
[<TestCase(2, 3, 2, "nextValues")>]
[<TestCase(2, 2, 1, "endings")>]
let ``lengths that differ are named with both sizes`` (values: int) (nextValues: int) (endings: int) (name: string) =
    let fault =
        Play.refused (fun () ->
            AdvantageEstimation.estimate
                0.9
                0.9
                [| 1.0; 1.0 |]
                (Array.zeroCreate values)
                (Array.zeroCreate nextValues)
                (Array.create endings Running)
            |> ignore)

    Assert.That(fault.ParamName, Is.EqualTo name)
    Assert.That(fault.Message, Does.Contain "2 rewards")
