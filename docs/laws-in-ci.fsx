(**
---
title: The laws in your CI
category: Using it
categoryindex: 3
index: 3
---
# The laws in your CI

The package `TrustRegion.Laws` holds what the library holds itself to. It is bound to no test framework: `Check` raises a
`LawBrokenException` with the claim that is broken, the smallest input that breaks it, both values and the tolerance.

    dotnet add package TrustRegion.Laws

([Installing](install.html) tells where that comes from.)

In a test, in C#:
*)

(*** hide ***)
#load "../site/Quote.fs"
Quote.marked "tests/TrustRegion.Laws.CSharp.Tests/DocsSnippets.cs" "laws"
(*** include-it-raw ***)

(** In F#, with a family whose KL has its arguments the wrong way round, and what is then reported: *)

(*** hide ***)
#I "../src/TrustRegion.Cli/bin/Release/net10.0"
#r "FsCheck.dll"
#r "TrustRegion.Math.dll"
#r "TrustRegion.Learning.dll"
#r "TrustRegion.dll"
#r "TrustRegion.Laws.dll"

open TrustRegion.Math
open TrustRegion.Laws

/// A Bernoulli family, apart from its KL.
let reversed =
    let right = Bernoulli 1 :> IActionFamily

    { new IActionFamily with
        member _.Name = "reversed"
        member _.OutputSize = right.OutputSize
        member _.ActionSize = right.ActionSize
        member _.Refuse action = right.Refuse action
        member _.Sample(outputs, key, action) = right.Sample(outputs, key, action)
        member _.Mode(outputs, action) = right.Mode(outputs, action)
        member _.LogProbability(outputs, action) = right.LogProbability(outputs, action)
        member _.Score(outputs, action, gradient) = right.Score(outputs, action, gradient)
        member _.Kl(old, next) = right.Kl(next, old)
        member _.KlGradient(old, next, gradient) = right.KlGradient(old, next, gradient)
        member _.Entropy outputs = right.Entropy outputs
        member _.EntropyGradient(outputs, gradient) = right.EntropyGradient(outputs, gradient)
        member _.MultiplyByFisher(outputs, vector) = right.MultiplyByFisher(outputs, vector) }

(*** define-output: broken ***)
try
    Laws.ForFamily(reversed, [| [| 0.0 |]; [| 1.0 |] |]).Check(cases = 100, seed = 1UL)
with :? LawBrokenException as broken ->
    printfn $"{broken.Message}"
(*** include-output: broken ***)

(**
| law suite | for |
| --- | --- |
| `Laws.ForFamily` | an `IActionFamily`: divergence, score, Fisher metric, entropy, samples |
| `Laws.ForMap` | an `IParametricMap`: Jvp and Vjp against each other and against differences |
| `Laws.ForProblem` | the four functions of a model of your own |
| `Laws.ForUpdate` | an update: never NaN, never a half-applied step, the trust region it promises |
| `Laws.ForEnvironment` | an environment: repeatable, forgets on reset, shares nothing, ends as it says |

`Check()` tries 100 cases of each law, other ones each time; `Check(cases, seed)` repeats the same ones, so that a build does not
fail by chance. In a nightly run
try more, from another seed; the message says how to have the same cases again.

## A workflow to copy

For GitHub, as `.github/workflows/ci.yml` in your repository. It needs the .NET SDK and your tests, nothing else:

    [lang=text]
    name: ci

    on:
      push:
      pull_request:
      schedule:
        - cron: "0 3 * * *"

    permissions:
      contents: read

    jobs:
      test:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
          - uses: actions/setup-dotnet@v4
            with:
              dotnet-version: 10.0.x
          - run: dotnet test -c Release

To try the laws of the library itself on a machine, with no tests written, [install](install.html) the command and run it; its exit
code is 1 where a law does not hold:

    dotnet tool install --global TrustRegion.Cli
    trustregion verify --cases 1000

This repository's own workflow:
*)

(*** hide ***)
Quote.whole ".github/workflows/ci.yml"
(*** include-it-raw ***)
