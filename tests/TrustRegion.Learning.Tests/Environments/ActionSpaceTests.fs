/// What an action of several spaces at once looks like.
module TrustRegion.Learning.Tests.ActionSpaceTests

open System
open NUnit.Framework
open TrustRegion.Learning

let private several =
    Tuple
        [| MultiDiscrete [| 2; 3 |]
           Box([| -1.0; 0.0 |], [| 1.0; 2.0 |])
           Discrete 4
           Tuple [| MultiBinary 3; MaskedDiscrete 2 |] |]

[<Test>]
let ``an action of several spaces has the numbers of all of them`` () =
    Assert.That(ActionSpace.size several, Is.EqualTo 9)
    ActionSpace.check several (ReadOnlySpan [| 1.0; 2.0; 9.0; -9.0; 3.0; 0.0; 1.0; 1.0; 1.0 |])

[<TestCase(0, 2.0)>]
[<TestCase(1, 3.0)>]
[<TestCase(2, Double.PositiveInfinity)>]
[<TestCase(3, Double.NaN)>]
[<TestCase(4, 4.0)>]
[<TestCase(5, 0.5)>]
[<TestCase(7, 2.0)>]
[<TestCase(8, 2.0)>]
let ``each number of an action of several spaces is checked by the space that it belongs to``
    (index: int)
    (bad: float)
    =
    let action = [| 1.0; 2.0; 9.0; -9.0; 3.0; 0.0; 1.0; 1.0; 1.0 |]
    action[index] <- bad
    let error = Play.refused (fun () -> ActionSpace.check several (ReadOnlySpan action))
    Assert.That(error.Message, Does.Contain(String.Format("index {0} ", index)))
