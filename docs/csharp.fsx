(**
---
title: From C#
category: Using it
categoryindex: 3
index: 2
---
# Using it from C\#

The package `TrustRegion` is the facade for apps: C# types only, options with good defaults, spans and arrays in, exceptions that name the
argument and the value. All code on this page is quoted from a test that is compiled and run.

    dotnet add package TrustRegion

[Installing](install.html) tells where that comes from.

## An environment of your own, and training
*)

(*** hide ***)
#load "../site/Quote.fs"
let snippet = Quote.marked "tests/TrustRegion.Laws.CSharp.Tests/DocsSnippets.cs"
snippet "environment"
(*** include-it-raw ***)

(** `TrainAsync` trains on it, tells its progress, and takes a `CancellationToken`: *)

(*** hide ***)
snippet "train"
(*** include-it-raw ***)

(**
`Algorithm` is `Trpo`, `Npg`, `Vpg`, `Ppo` or `PpoPenalty`. The same seed gives the same bits, for any number of threads. With
`OutputDirectory` a run writes its policy, its metrics and a checkpoint; `Trainer.ResumeAsync` carries on from there.

## One update, on your own data
*)

(*** hide ***)
snippet "step"
(*** include-it-raw ***)

(**
The policy given is not changed; `step.Policy` is the new one, or the old one where the outcome is a rejection, and
`step.RejectionReason` says why. [TRPO, line by line](trpo.html) explains the certificate.

## A model of your own

A model that is not one of our policies takes the same steps, if it can say four things: the surrogate, its gradient, the mean KL and the
product of the Fisher information with a vector.
*)

(*** hide ***)
snippet "coin"
(*** include-it-raw ***)

(*** hide ***)
snippet "problem"
(*** include-it-raw ***)

(** ## Numbers *)

(*** hide ***)
snippet "numbers"
(*** include-it-raw ***)

(**
An action family in C# derives from `ActionFamilyBase` of the package `TrustRegion.Math`, an own map is an `AutodiffMap` of a
lambda: see [Your own](your-own.html) for what they must keep. To hold your types to the laws, see [Laws in your CI](laws-in-ci.html).
*)
