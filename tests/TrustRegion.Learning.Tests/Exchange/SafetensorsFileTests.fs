module TrustRegion.Learning.Tests.SafetensorsFileTests

open System
open System.Text
open NUnit.Framework
open TrustRegion.Learning
open TrustRegion.Learning.Tests

/// A file written by hand: the length, the header, the data.
let private file (header: string) (data: byte[]) : byte[] =
    let head = Encoding.UTF8.GetBytes header
    Array.concat [ BitConverter.GetBytes(uint64 head.Length); head; data ]

let private singles (values: float32 list) = values |> List.toArray |> Array.collect BitConverter.GetBytes
let private doubles (values: float list) = values |> List.toArray |> Array.collect BitConverter.GetBytes

[<Test>]
let ``a file written by hand is read`` () =
    let header =
        """{"b":{"dtype":"F64","shape":[2],"data_offsets":[8,24]},"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}   """

    let read =
        SafetensorsFile.Parse(file header (Array.append (singles [ 0.1f; -2.0f ]) (doubles [ 0.1; 3.0 ])))

    Play.assertEqual [| "a"; "b" |] read.Names
    Play.assertEqual "pt" read.Metadata["format"]
    Play.assertEqual (struct ([| 1; 2 |], [| float 0.1f; -2.0 |])) (read.Read "a")
    Play.assertEqual (struct ([| 2 |], [| 0.1; 3.0 |])) (read.Read "b")

[<Test>]
let ``what is written is laid out as the format says`` () =
    let tensors =
        [ { Name = "w"; Shape = [| 1; 2 |]; Values = [| 1.5; -0.5 |] }
          { Name = "e"; Shape = [| 0 |]; Values = [||] }
          { Name = "b"; Shape = [| 1 |]; Values = [| 4.0 |] } ]

    let bytes = SafetensorsFile.Write(TensorPrecision.Float32, [ "format", "pt" ], tensors)
    let length = int (BitConverter.ToUInt64(bytes, 0))
    Assert.That(length % 8, Is.EqualTo 0)

    Assert.That(
        Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '),
        Is.EqualTo(
            """{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"e":{"dtype":"F32","shape":[0],"data_offsets":[8,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"""
        )
    )

    Play.assertEqual (singles [ 1.5f; -0.5f; 4.0f ]) bytes[8 + length ..]

let private one entry data = file (String.Concat("{\"w\":{", entry, "}}")) data

let private faults =
    [| "too short", [| 1uy; 2uy |], "", "at least 8 bytes, and this one has 2"
       "a header beyond the file",
       Array.append (BitConverter.GetBytes 100UL) [| 0uy |],
       "",
       "header of 100 bytes, and has 1"
       "a header of every bit",
       Array.append (BitConverter.GetBytes UInt64.MaxValue) [| 0uy |],
       "",
       "18446744073709551615"
       "no JSON", file "{\"w\"" [||], "$", "not valid JSON at \"w\""
       "no dtype", one "\"shape\":[1],\"data_offsets\":[0,4]" (singles [ 1.0f ]), "$.w.dtype", "this key is missing"
       "half precision", one "\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]" (singles [ 1.0f ]), "w", "BF16"
       "a shape of another size",
       one "\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,4]" (singles [ 1.0f ]),
       "w",
       "its shape [2, 3] needs 24 bytes of data, and it has 4"
       "a negative size",
       one "\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]" (singles [ 1.0f ]),
       "$.w.shape[0]",
       "found -1"
       "a size that overflows",
       one "\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,0]" [||],
       "w",
       "and it has 0"
       "places beyond the data",
       one "\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]" (singles [ 1.0f ]),
       "$.w.data_offsets",
       "among 4 bytes of data, found [0,8]"
       "places in the wrong order",
       one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]" (singles [ 1.0f ]),
       "$.w.data_offsets",
       "found [4,0]"
       "a gap", one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]" (singles [ 1.0f; 2.0f ]), "w", "begin at 4"
       "data of nobody",
       one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]" (singles [ 1.0f; 2.0f ]),
       "",
       "end at 4"
       "the same name twice",
       file
           "{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
           (singles [ 1.0f ]),
       "w",
       "2 times"
       "a text that is none",
       file """{"__metadata__":{"a":"\ud800"}}""" [||],
       "$.__metadata__.a",
       "an escape in it is no text"
       "a dtype that is no text",
       one "\"dtype\":\"\\ud800\",\"shape\":[1],\"data_offsets\":[0,4]" (singles [ 1.0f ]),
       "$.w.dtype",
       "an escape in it is no text"
       "no number",
       one "\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[0,16]" (doubles [ 1.0; nan ]),
       "w",
       "number 1 is NaN" |]
    |> Array.map (fun (name, bytes, place, reason) -> TestCaseData(bytes, place, reason).SetArgDisplayNames name)

[<TestCaseSource(nameof faults)>]
let ``a damaged file is refused with the tensor and the value`` (bytes: byte[]) (place: string) (reason: string) =
    let fault = SavedPolicies.refusedInput (fun () -> (SafetensorsFile.Parse bytes).Read "w" |> ignore)
    Assert.That(fault.Path, Is.EqualTo place)
    Assert.That(fault.Message, Does.Contain reason)

[<Test>]
let ``a tensor that is not there is named beside those that are`` () =
    let read =
        SafetensorsFile.Parse(one "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]" (singles [ 1.0f ]))

    let fault = SavedPolicies.refusedInput (fun () -> read.Read "v" |> ignore)
    Assert.That(fault.Message, Is.EqualTo "v: the file has no such tensor; it has w")

[<Test>]
let ``a file cut anywhere is refused`` () =
    let bytes =
        SafetensorsFile.Write(TensorPrecision.Float64, [], [ { Name = "w"; Shape = [| 2 |]; Values = [| 1.0; 2.0 |] } ])

    for length in 0 .. bytes.Length - 1 do
        SavedPolicies.refusedInput (fun () -> SafetensorsFile.Parse bytes[.. length - 1] |> ignore)
        |> ignore
