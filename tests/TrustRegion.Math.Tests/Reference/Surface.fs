/// What the core shows: by reflection, every public function and member that gives numbers.
module TrustRegion.Math.Tests.Surface

open System
open System.Collections.Generic
open System.Reflection
open TrustRegion.Math

let private assembly = typeof<IActionFamily>.Assembly

/// Whether a value of the type holds a number: a float, or an array, span, tuple, option, record or object of ours with
/// one in it, or a function that gives one.
let rec private holdsNumbers (seen: Type list) (t: Type) : bool =
    if t = typeof<float> || t = typeof<float32> then
        true
    elif List.contains t seen then
        false
    elif t.IsArray || t.IsByRef then
        holdsNumbers seen (t.GetElementType())
    elif t.IsGenericType && not (t.Assembly = assembly) then
        // Of a function F# knows first what it takes and then what it gives.
        let isFunction = t.Name.StartsWith("FSharpFunc", StringComparison.Ordinal)

        (if isFunction then
             [| Array.last (t.GetGenericArguments()) |]
         else
             t.GetGenericArguments())
        |> Array.exists (holdsNumbers seen)
    elif t.Assembly = assembly then
        t.GetProperties() |> Array.exists (fun property -> holdsNumbers (t :: seen) property.PropertyType)
    else
        false

/// Whether a method writes numbers into a span of its caller.
let private writesNumbers (m: MethodInfo) =
    // F# has no typeof of a span.
    let isWritable (t: Type) =
        t.IsGenericType
        && t.GetGenericTypeDefinition().FullName = "System.Span`1"
        && holdsNumbers [] (t.GetGenericArguments()[0])

    m.GetParameters() |> Array.exists (fun p -> isWritable p.ParameterType)

/// What F# and the records of F# make by themselves: equality, printing, the fields, the options' defaults.
let private isMadeByItself (m: MethodInfo) =
    let property =
        m.DeclaringType.GetProperties()
        |> Array.tryFind (fun p -> p.GetMethod = m && p.GetIndexParameters().Length = 0)

    let isField =
        match property with
        | Some p -> p.IsDefined(typeof<CompilationMappingAttribute>) || p.GetMethod.IsStatic
        | None -> false

    isField || m.IsDefined(typeof<Runtime.CompilerServices.CompilerGeneratedAttribute>)

let private sectionOf (t: Type) =
    let name = t.Name.Split('`')[0]

    if name.EndsWith("Module", StringComparison.Ordinal) then
        name.Substring(0, name.Length - "Module".Length)
    else
        name

let private nameOf (m: MethodInfo) =
    if m.IsSpecialName && m.Name.StartsWith("get_", StringComparison.Ordinal) then
        m.Name.Substring 4
    else
        m.Name

/// Whether a function gives an integer. Sizes, which are properties, are none.
let private givesIntegers (m: MethodInfo) =
    let isInteger (t: Type) = t = typeof<int> || t = typeof<uint64>

    not m.IsSpecialName
    && not m.IsVirtual
    && (isInteger m.ReturnType || m.ReturnType.IsArray && isInteger (m.ReturnType.GetElementType()))

/// Section (module or type) and name of every function that gives numbers, overloads together, in alphabetical order;
/// and for each contract the types of ours that keep it, whose members are those of the contract.
let functions: (string * string) list =
    let flags =
        BindingFlags.Public ||| BindingFlags.Static ||| BindingFlags.Instance ||| BindingFlags.DeclaredOnly

    let members =
        [ for t in assembly.GetExportedTypes() do
              for m in t.GetMethods flags do
                  if not (isMadeByItself m) && (holdsNumbers [] m.ReturnType || writesNumbers m || givesIntegers m) then
                      yield sectionOf t, nameOf m ]

    let keepers =
        [ for contract in [ typeof<IActionFamily>; typeof<IParametricMap> ] do
              for t in assembly.GetExportedTypes() do
                  if t.IsClass && contract.IsAssignableFrom t then
                      yield contract.Name, "of " + t.Name ]

    List.distinct (members @ keepers)
    |> List.sortWith (fun (a, b) (c, d) ->
        match String.CompareOrdinal(a, c) with
        | 0 -> String.CompareOrdinal(b, d)
        | order -> order)
