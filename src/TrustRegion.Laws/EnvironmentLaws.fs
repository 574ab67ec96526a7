namespace TrustRegion.Laws

open System
open System.Globalization
open TrustRegion.Math
open TrustRegion.Learning

/// Laws of every environment: of ours, and of anyone's, through the interface of the core or of the facade.
[<RequireQualifiedAccess>]
module internal EnvironmentLaws =

    let private number (x: float) = x.ToString("R", CultureInfo.InvariantCulture)

    let private broken (message: string) = raise (LawBrokenException message)

    /// What gave a moment, for a message: the reset, or a step with its action.
    let private nameOf (moment: Moment) (index: int) =
        if index = 0 then
            "Reset"
        else
            let action = String.Join(", ", Array.map number moment.Action)
            String.Format("Step {0}, with the action [{1}],", index, action)

    let private claimOf claim (holds: EpisodeCase -> unit) = Law.ofCases claim EnvironmentCase.any holds

    /// The second episode is the first, to the bit.
    let private checkSame (first: Moment[]) (second: Moment[]) =
        for index in 0 .. min first.Length second.Length - 1 do
            let place = nameOf first[index] index
            let before, after = first[index], second[index]
            Tolerance.checkSameBits (place + " the observation") before.Observation after.Observation
            Tolerance.checkSameBits (place + " the reward") [| before.Reward |] [| after.Reward |]

            if before.Ending <> after.Ending then
                broken (String.Format("{0} was {1} and is {2} now.", place, before.Ending, after.Ending))

    /// A space that holds an action.
    let rec private requireActions (space: ActionSpace) =
        let require holds =
            if not holds then
                broken (String.Format("ActionSpace is {0}; it holds no action.", space))

        match space with
        | Discrete count
        | MaskedDiscrete count
        | MultiBinary count -> require (count >= 1)
        | MultiDiscrete counts -> require (counts.Length > 0 && Array.forall (fun count -> count >= 1) counts)
        | Tuple spaces ->
            require (spaces.Length > 0)
            Array.iter requireActions spaces
        | Box(low, high) ->
            let inOrder = low.Length = high.Length && Array.forall2 (fun a b -> a < b) low high

            if low.Length = 0 || not inOrder then
                broken "ActionSpace is a box without a dimension, or with bounds that are not low < high."

    /// The size of an observation is at least 1, the action space holds actions, and neither ever changes.
    let sizesAreValidAndConstant (subject: EnvironmentSubject) : Law =
        claimOf "ObservationSize and ActionSpace are valid and never change" (fun case ->
            let environment = subject.Create()
            let size, space = environment.ObservationSize, environment.ActionSpace

            if size < 1 then
                broken (String.Format("ObservationSize is {0}; it must be at least 1.", size))

            requireActions space

            match space with
            | MaskedDiscrete count when size <= count ->
                broken (String.Format("ObservationSize is {0}; the mask alone takes {1} of it.", size, count))
            | _ -> ()

            EnvironmentCase.play environment case |> ignore

            if environment.ObservationSize <> size then
                broken (String.Format("ObservationSize was {0} and is {1} now.", size, environment.ObservationSize))

            if environment.ActionSpace <> space then
                broken (String.Format("ActionSpace was {0} and is {1} now.", space, environment.ActionSpace)))

    /// Every observation has the right length, and every number of it is written and finite.
    let observationsAreWhole (subject: EnvironmentSubject) : Law =
        claimOf "every observation is ObservationSize finite numbers" (fun case ->
            let environment = subject.Create()

            EnvironmentCase.play environment case
            |> Array.iteri (fun index moment ->
                let observation = moment.Observation

                if observation.Length <> environment.ObservationSize then
                    broken (
                        String.Format(
                            "{0} gives {1} numbers; ObservationSize is {2}.",
                            nameOf moment index,
                            observation.Length,
                            environment.ObservationSize
                        )
                    )

                observation
                |> Array.iteri (fun i x ->
                    if not (Double.IsFinite x) then
                        broken (
                            String.Format(
                                "{0} gives {1} for the number {2} of the observation, or leaves it unwritten.",
                                nameOf moment index,
                                number x,
                                i
                            )
                        ))))

    /// Every reward is finite.
    let rewardsAreFinite (subject: EnvironmentSubject) : Law =
        claimOf "every reward is a finite number" (fun case ->
            let environment = subject.Create()

            EnvironmentCase.play environment case
            |> Array.iteri (fun index moment ->
                if not (Double.IsFinite moment.Reward) then
                    broken (String.Format("{0} gives the reward {1}.", nameOf moment index, number moment.Reward))))

    /// Actions of the space raise nothing; by the contract of the core, nor do numbers outside the bounds of a box.
    let actionsOfTheSpaceAreTaken (subject: EnvironmentSubject) : Law =
        claimOf "every action of the action space is taken" (fun case ->
            let environment = subject.Create()
            let far = RandomKey.uniform case.Key < 0.3
            let mutable moment = environment.Reset case.Key
            let mutable step = 1

            while step <= case.Steps && moment.Ending = Running do
                let action =
                    let space = environment.ActionSpace

                    match space, EnvironmentCase.actionAt space case moment.Observation step with
                    | Box _, action when far && subject.ChecksActions -> action |> Array.map (fun x -> 100.0 * x + 1.0)
                    | _, action -> action

                try
                    moment <- environment.Step action
                with
                | :? LawBrokenException -> reraise ()
                | error ->
                    broken (
                        String.Format(
                            "Step {0} raises {1} for the action [{2}]: {3}",
                            step,
                            error.GetType().Name,
                            String.Join(", ", Array.map number action),
                            error.Message
                        )
                    )

                step <- step + 1)

    let private wrongActions (space: ActionSpace) : float[] list =
        let size = ActionSpace.size space
        let spoilt value = Array.init size (fun i -> if i = size - 1 then value else 0.0)

        [ yield Array.zeroCreate (size + 1)
          yield Array.zeroCreate (size - 1)
          yield! List.map spoilt [ nan; infinity; -infinity ]

          match space with
          | Discrete count
          | MaskedDiscrete count -> yield! [ [| -1.0 |]; [| float count |]; [| 0.5 |] ]
          | MultiDiscrete counts -> yield! List.map spoilt [ -1.0; float (Array.last counts); 0.5 ]
          | MultiBinary _ -> yield! [ spoilt 2.0; spoilt 0.5 ]
          | Tuple _
          | Box _ -> () ]

    /// A wrong action is an `ArgumentException`, and what follows is as if it had never been tried.
    let wrongActionsAreRefused (subject: EnvironmentSubject) : Law =
        claimOf "an action outside the action space is refused, and the episode stays where it was" (fun case ->
            let environment = subject.Create()
            let space = environment.ActionSpace
            let expected = EnvironmentCase.play environment case

            let tryAll () =
                for action in wrongActions space do
                    let refused =
                        try
                            environment.Step action |> ignore
                            false
                        with :? ArgumentException ->
                            true

                    if not refused then
                        let text = String.Join(", ", Array.map number action)
                        broken (String.Format("No ArgumentException is raised for the action [{0}].", text))

            let actual =
                [| yield environment.Reset case.Key

                   for step in 1 .. expected.Length - 1 do
                       tryAll ()
                       yield environment.Step expected[step].Action |]

            checkSame expected actual)

    /// What an environment does depends on nothing but the key and the actions.
    let episodesRepeat (subject: EnvironmentSubject) : Law =
        claimOf "the same key and the same actions give the same episode, to the bit" (fun case ->
            let environment = subject.Create()
            let first = EnvironmentCase.play environment case
            checkSame first (EnvironmentCase.play (subject.Create()) case))

    /// An episode left half way, one that ended, and a step after its end leave nothing behind.
    let resetBeginsAnew (subject: EnvironmentSubject) : Law =
        claimOf "Reset begins anew, whatever was done before, also after an end" (fun case ->
            let environment = subject.Create()
            let first = EnvironmentCase.play environment case

            let other =
                { case with
                    Seed = case.Seed ^^^ 0x5555
                    ActionSeed = case.ActionSeed ^^^ 0x3333 }

            let trace = EnvironmentCase.play environment other

            if trace[trace.Length - 1].Ending <> Running then
                // What this does is the environment's own affair.
                try
                    environment.Step trace[trace.Length - 1].Action |> ignore
                with _ ->
                    ()

            checkSame first (EnvironmentCase.play environment case))

    /// Two copies that take their steps in turn do what each does alone.
    let copiesShareNothing (subject: EnvironmentSubject) : Law =
        claimOf "copies share nothing: side by side each does what it does alone" (fun case ->
            let other =
                { case with
                    Seed = case.Seed ^^^ 0x5555
                    ActionSeed = case.ActionSeed ^^^ 0x3333 }

            let alone = EnvironmentCase.play (subject.Create()) case
            let first, second = subject.Create(), subject.Create()

            let together =
                [| yield first.Reset case.Key
                   let mutable beside = second.Reset other.Key

                   for step in 1 .. alone.Length - 1 do
                       if beside.Ending = Running then
                           let action = EnvironmentCase.actionAt second.ActionSpace other beside.Observation step
                           beside <- second.Step action

                       yield first.Step alone[step].Action |]

            checkSame alone together)

    /// No episode goes on past its time limit, and one that the limit ends is cut and has not died. One episode may die
    /// on the last step; where several last as long and all of them die there, it is the clock that kills.
    let timeLimitTruncates (limit: int) (subject: EnvironmentSubject) : Law =
        claimOf "an episode that reaches its time limit is Truncated there, and not Terminated" (fun case ->
            let environment = subject.Create()

            let last (k: int) =
                let trace =
                    EnvironmentCase.play
                        environment
                        { case with
                            Seed = case.Seed ^^^ k
                            ActionSeed = case.ActionSeed ^^^ k
                            Steps = limit }

                struct (trace.Length - 1, trace[trace.Length - 1].Ending)

            let struct (steps, ending) = last 0

            if steps = limit then
                if ending = Running then
                    broken (String.Format("Step {0}, the last by the time limit, is Running.", limit))

                if ending = Terminated then
                    let others = [ for k in 1..12 -> last k ] |> List.filter (fun struct (steps, _) -> steps = limit)

                    if others.Length >= 3 && others |> List.forall (fun struct (_, ending) -> ending = Terminated) then
                        broken (
                            String.Format(
                                "Episodes of {0} other seeds reach the time limit of {1} steps as well, and each is Terminated there.",
                                others.Length,
                                limit
                            )
                        ))

    /// All laws of an environment that can be tried, and the claims of those that need copies where there are none.
    let all (subject: EnvironmentSubject) : struct (Law[] * string[]) =
        let laws =
            [| yield sizesAreValidAndConstant subject
               yield observationsAreWhole subject
               yield rewardsAreFinite subject
               yield actionsOfTheSpaceAreTaken subject

               if subject.ChecksActions then
                   yield wrongActionsAreRefused subject

               yield episodesRepeat subject
               yield resetBeginsAnew subject

               if subject.TimeLimit.IsSome then
                   yield timeLimitTruncates subject.TimeLimit.Value subject |]

        let copies = copiesShareNothing subject

        if subject.MakesCopies then
            struct (Array.append laws [| copies |], [||])
        else
            struct (laws, [| copies.Claim |])
