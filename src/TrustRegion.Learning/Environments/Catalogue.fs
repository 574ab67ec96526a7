namespace TrustRegion.Learning

open System

/// An environment that can be asked for by name.
[<NoEquality; NoComparison>]
type EnvironmentDefinition =
    {
        /// The name, in lower case with hyphens.
        Name: string
        /// What the task is, in one line.
        Summary: string
        /// The mean return over 100 episodes at which the task counts as solved (Gymnasium's reward threshold), where there is one.
        SolvedAt: float voption
        /// Makes a copy that shares nothing with any other.
        Create: unit -> IEnvironment
    }

/// The environments that come with the library, by name.
[<RequireQualifiedAccess>]
module Catalogue =

    let private define name summary solvedAt create =
        { Name = name; Summary = summary; SolvedAt = solvedAt; Create = create }

    /// Every definition, the simplest task first.
    let all: EnvironmentDefinition list =
        [ define
              "stay-switch"
              "the lecture's two states: stay where it pays, switch where it does not"
              ValueNone
              (fun () -> StaySwitchEnvironment())
          define "cliff-walking" "walk round a cliff to the goal; a fall costs 100 and starts over" ValueNone (fun () ->
              CliffWalkingEnvironment())
          define
              "frozen-lake"
              "cross slippery ice of 4 × 4 cells without falling into a hole"
              (ValueSome 0.7)
              (fun () -> FrozenLakeEnvironment())
          define "cartpole" "keep a pole upright by pushing its cart left or right" (ValueSome 475.0) (fun () ->
              CartPoleEnvironment())
          define "acrobot" "swing the tip of a double pendulum above a bar" (ValueSome -100.0) (fun () ->
              AcrobotEnvironment())
          define "pendulum" "swing a pendulum up and hold it, with a weak motor" ValueNone (fun () ->
              PendulumEnvironment())
          define "mountain-car-continuous" "rock a weak car out of a valley, sparing fuel" (ValueSome 90.0) (fun () ->
              MountainCarContinuousEnvironment()) ]

    /// The names, in the order of `all`.
    let names: string list = all |> List.map _.Name

    /// The definition of a name, if there is one. Names are exact.
    let tryFind (name: string) : EnvironmentDefinition voption =
        match all |> List.tryFind (fun definition -> definition.Name = name) with
        | Some definition -> ValueSome definition
        | None -> ValueNone

    /// The least number of letters inserted, deleted or replaced that turns one word into another (Levenshtein, 1966).
    let internal editDistance (source: string) (target: string) : int =
        let mutable row = Array.init (target.Length + 1) id

        for i in 1 .. source.Length do
            let above = row
            row <- Array.zeroCreate (target.Length + 1)
            row[0] <- i

            for j in 1 .. target.Length do
                let replaced = above[j - 1] + (if source[i - 1] = target[j - 1] then 0 else 1)
                row[j] <- min replaced (1 + min above[j] row[j - 1])

        row[target.Length]

    /// The name that was probably meant: the closest by edit distance, letter case aside, relative to the longer of the
    /// two words. None when even that one shares less than a third with what was written.
    let suggest (name: string) : string voption =
        let wanted = name.ToLowerInvariant()
        let distance (known: string) = float (editDistance wanted known) / float (max wanted.Length known.Length)
        let closest = names |> List.minBy distance
        if distance closest <= 2.0 / 3.0 then ValueSome closest else ValueNone
