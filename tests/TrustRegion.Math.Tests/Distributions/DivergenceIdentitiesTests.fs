module TrustRegion.Math.Tests.DivergenceIdentitiesTests

open FsCheck.FSharp
open NUnit.Framework
open TrustRegion.Math
open TrustRegion.Laws

// The identities of relative entropy on random points of the simplex, some of them with classes of probability 0. Source:
// Cover and Thomas, "Elements of information theory", 2006, chapter 2.

let private kl = Divergence.kl
let private close = Tolerance.named "rounding of a sum" (Tolerance.mixed 1e-12)
let private classes = 3

/// Pairs of joint distributions of two variables of three classes, with a key.
let private cases: FsCheck.Arbitrary<struct (struct (float[] * float[]) * RandomKey)> =
    let make =
        gen {
            let! pair = (Generators.pairs (Generators.simplex (classes * classes))).Generator
            let! key = Generators.key
            return struct (pair, key)
        }

    Arb.fromGen make

let private law claim holds = (Law.ofCases claim cases (fun (struct (struct (p, q), key)) -> holds p q key)).Check 1000

let private first (p: float[]) = p |> Array.chunkBySize classes |> Array.map Array.sum

/// The distribution of the second variable given the first, of a class that occurs.
let private given i (p: float[]) =
    let row = Array.sub p (classes * i) classes
    let total = Array.sum row
    row |> Array.map (fun x -> x / total)

let private point size key =
    let z = Generators.normals size key |> Array.map (fun z -> z * z + 1e-12)
    z |> Array.map (fun x -> x / Array.sum z)

let private mix (weights: float[]) (parts: float[][]) =
    Array.init parts[0].Length (fun i -> Array.fold2 (fun sum w (p: float[]) -> sum + w * p[i]) 0.0 weights parts)

let private mean (p: float[]) (f: int -> float) =
    p |> Array.mapi (fun i x -> if x = 0.0 then 0.0 else x * f i) |> Array.sum

[<Test>]
let ``the divergence of a joint distribution is that of a margin plus the mean of the conditional ones`` () =
    law "chain rule" (fun p q _ ->
        let conditional =
            mean (first p) (fun i -> if (first q)[i] = 0.0 then infinity else kl (given i p) (given i q))

        Tolerance.check close "KL of the joint" (kl (first p) (first q) + conditional) (kl p q))

[<Test>]
let ``the divergence adds up over independent variables`` () =
    law "additivity" (fun p q key ->
        let a, b = point 4 (RandomKey.fold 1UL key), point 4 (RandomKey.fold 2UL key)
        let joint (x: float[]) (y: float[]) = Array.allPairs x y |> Array.map (fun (u, v) -> u * v)
        Tolerance.check close "KL of the product" (kl p q + kl a b) (kl (joint p a) (joint q b)))

[<Test>]
let ``the order of the classes changes nothing`` () =
    law "permutation" (fun p q key ->
        let places = Array.init p.Length id |> Array.sortBy (fun i -> RandomKey.uniformAt i key)
        let shuffled (x: float[]) = places |> Array.map (fun i -> x[i])
        Tolerance.check (Tolerance.mixed 1e-14) "KL of the shuffled classes" (kl p q) (kl (shuffled p) (shuffled q)))

[<Test>]
let ``the divergence is jointly convex`` () =
    law "joint convexity" (fun p q key ->
        let share = RandomKey.uniform key
        let r, s = point p.Length (RandomKey.fold 1UL key), point p.Length (RandomKey.fold 2UL key)
        let w = [| share; 1.0 - share |]
        let upper = mean w (fun i -> if i = 0 then kl p q else kl r s)
        Tolerance.checkAtMost close "KL of the mixtures" upper (kl (mix w [| p; r |]) (mix w [| q; s |])))

[<Test>]
let ``the same noise on both brings them no farther apart`` () =
    law "data processing" (fun p q key ->
        for outcomes in [ 1; 2; 5 ] do
            let kernel = Array.init p.Length (fun i -> point outcomes (RandomKey.fold (uint64 i) key))
            Tolerance.checkAtMost close "KL after the kernel" (kl p q) (kl (mix p kernel) (mix q kernel)))

[<Test>]
let ``the mean divergence of parts is that to their mixture, plus the mixture's`` () =
    law "compensation" (fun p q key ->
        let q = mix [| 0.5; 0.5 |] [| q; point q.Length (RandomKey.fold 1UL key) |]
        let parts = [| p; point p.Length (RandomKey.fold 2UL key); point p.Length (RandomKey.fold 3UL key) |]
        let shares = point 3 (RandomKey.fold 4UL key)
        let middle = mix shares parts
        let from target = mean shares (fun i -> kl parts[i] target)
        Tolerance.check close "Σ λ KL(P ‖ Q)" (from middle + kl middle q) (from q))

[<Test>]
let ``the divergence is the supremum of Donsker and Varadhan, attained at ln p/q`` () =
    law "Donsker and Varadhan" (fun p q key ->
        let bound (p: float[]) q (f: float[]) = mean p (fun i -> f[i]) - log (mean q (fun i -> exp f[i]))

        for k in 1UL .. 5UL do
            Tolerance.checkAtMost
                close
                "E f − ln E eᶠ"
                (kl p q)
                (bound p q (Generators.normals p.Length (RandomKey.fold k key)))

        let p, q = point p.Length (RandomKey.fold 6UL key), point p.Length (RandomKey.fold 7UL key)
        Tolerance.check close "at ln p/q" (kl p q) (bound p q (Array.map2 (fun x y -> log (x / y)) p q)))
