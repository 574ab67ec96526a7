module TrustRegion.Learning.Tests.JsonTests

open System
open NUnit.Framework
open FsCheck.NUnit
open TrustRegion.Learning

let private refuse (json: string) (consume: JsonPlace -> 'T) : InputException =
    try
        Json.read json consume |> ignore
        raise (AssertionException "The text was accepted.")
    with :? InputException as fault ->
        fault

let private oneLine (fault: InputException) =
    Assert.That(fault.Message.IndexOfAny([| '\n'; '\r'; '\u0085'; '\u2028'; '\u2029' |]), Is.EqualTo -1, fault.Message)

// The place is that of the value at fault, also behind containers that were closed before it.
[<TestCase("""{"a":[1,NaN]}""", "$.a[1]", "not valid JSON at NaN")>]
[<TestCase("""{"a":[[1,2],[3,Infinity]]}""", "$.a[1][1]", "not valid JSON at Infinity")>]
[<TestCase("""{"a":[1,2],"b":-Infinity}""", "$.b", "not valid JSON at -Infinity")>]
[<TestCase("""{"a":{"b":{}},"c":[{},{"d":nan}]}""", "$.c[1].d", "not valid JSON at nan")>]
[<TestCase("""{"a":[0,[],{},01]}""", "$.a[3]", "not valid JSON at 01")>]
[<TestCase("""{"a":[1,2""", "$.a[1]", "not valid JSON at 2")>]
[<TestCase("""{"a":[1,2,""", "$.a[2]", "ends too early")>]
[<TestCase("""{"a":""", "$.a", "ends too early")>]
[<TestCase("", "$", "ends too early")>]
[<TestCase("   ", "$", "ends too early")>]
[<TestCase("NaN", "$", "not valid JSON at NaN")>]
[<TestCase("{} {}", "$", "not valid JSON at {")>]
[<TestCase("[1,\n2,\n]", "$[2]", "not valid JSON at ]")>]
[<TestCase("{\"a\":1,\n}\n", "$", "not valid JSON at }")>]
[<TestCase("[1] // note\n", "$", "not valid JSON at /")>]
[<TestCase("{'a':1}", "$", "not valid JSON at 'a'")>]
let ``a text that is not JSON is named with its place and the token`` (json: string) (path: string) (reason: string) =
    let fault = refuse json ignore
    oneLine fault
    Assert.That(fault.Path, Is.EqualTo path)
    Assert.That(fault.Reason, Does.Contain reason)
    Assert.That(fault.Message, Is.EqualTo(path + ": " + fault.Reason))

[<Test>]
let ``the line of a fault is told`` () =
    Assert.That((refuse "{\n\"a\":\n[1,\nNaN]}" ignore).Message, Does.Contain "(line 4)")

[<Test>]
let ``nesting without end is refused`` () = refuse (String('[', 100000)) ignore |> oneLine

// A lone half of a surrogate pair can be written in JSON, and is no text.
[<Test>]
let ``an escape that is no text is refused, as a key and as a value`` () =
    let names = refuse """{"\ud800": 1}""" (fun root -> Json.names root)
    oneLine names
    oneLine (refuse """{"\ud800": 1}""" (Json.field "a"))
    let word = refuse """{"a": "\ud800"}""" (fun root -> Json.word [ "x" ] (Json.field "a" root))
    oneLine word
    Assert.That(word.Path, Is.EqualTo "$.a")
    // The fault lies behind the key, so that the place must be spelled with it.
    refuse """{"\ud800": NaN}""" ignore |> oneLine

[<Test>]
let ``a message has one line, whatever stands in the text`` () =
    refuse "{\"a\\nb\": NaN}" ignore |> oneLine
    refuse "{\"a\": [1,\n2]}" (fun root -> Json.number (Json.field "a" root)) |> oneLine
    refuse "{\"a\": \"\u2028\u0085\"}" (fun root -> Json.number (Json.field "a" root)) |> oneLine

let private numberOf json = Json.read json Json.number

[<Property>]
let ``a finite number is read to the last bit`` (FsCheck.NormalFloat x) =
    Play.sameBits [| x |] [| numberOf (Documents.number x) |]

[<TestCase("1e999")>]
[<TestCase("-1e999")>]
[<TestCase("1e99999999999999999999")>]
[<TestCase("\"1\"")>]
[<TestCase("true")>]
[<TestCase("[]")>]
[<TestCase("{}")>]
[<TestCase("null")>]
let ``what is no finite number is refused with what was found`` (json: string) =
    let fault = refuse json Json.number
    oneLine fault
    Assert.That(fault.Reason, Does.Contain("number, found " + json))

[<TestCase("3", 3)>]
[<TestCase("3.0", 3)>]
[<TestCase("-2", -2)>]
[<TestCase("1e2", 100)>]
[<TestCase("-0", 0)>]
[<TestCase("2147483647", 2147483647)>]
let ``an integer may be written in any way`` (json: string) (expected: int) =
    Assert.That(Json.read json Json.integer, Is.EqualTo expected)

[<TestCase("1.5")>]
[<TestCase("1e999")>]
[<TestCase("2147483648")>]
[<TestCase("\"1\"")>]
let ``what is no integer is refused`` (json: string) =
    Assert.That((refuse json Json.integer).Reason, Does.Contain("an integer, found " + json))

[<Test>]
let ``a value shown in a message is shortened`` () =
    let fault = refuse (String.Concat("\"", String('x', 5000), "\"")) Json.number
    Assert.That(fault.Message.Length, Is.LessThan 100)

[<Test>]
let ``a missing key is named, and null is no value`` () =
    let field json = refuse json (fun root -> Json.field "b" (Json.field "a" root))
    Assert.That((field """{"a": {}}""").Message, Is.EqualTo "$.a.b: this key is missing")
    Assert.That((field """{"a": {"b": null}}""").Path, Is.EqualTo "$.a.b")
    Assert.That((field """{"a": [1]}""").Message, Is.EqualTo "$.a: expected an object, found [1]")
    Assert.That((field "3").Message, Is.EqualTo "$: expected an object, found 3")

[<Test>]
let ``rows that differ in length are named`` () =
    let fault = refuse "[[1, 2], [3], [4, 5]]" (Json.rows -1)
    Assert.That(fault.Message, Is.EqualTo "$[1]: expected 2 numbers, found 1")
    Assert.That((refuse "[[1, 2]]" (Json.rows 3)).Message, Is.EqualTo "$[0]: expected 3 numbers, found 2")
    Assert.That((refuse "[1, 2]" (Json.rows -1)).Path, Is.EqualTo "$[0]")
    Assert.That((refuse "[[1], [\"2\"]]" (Json.rows -1)).Message, Is.EqualTo "$[1][0]: expected a number, found \"2\"")

[<Test>]
let ``numbers that are not finite are written as null`` () =
    let written x =
        Json.write false (fun writer ->
            writer.WriteStartObject()
            Json.writeNumber writer "x" x
            writer.WriteEndObject())

    Assert.That(written nan, Is.EqualTo """{"x":null}""")
    Assert.That(written infinity, Is.EqualTo """{"x":null}""")
    Assert.That(written 0.1, Is.EqualTo """{"x":0.1}""")
