using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.FSharp.Core;
using Microsoft.FSharp.Reflection;

namespace TrustRegion.Packages.Tests.Surfaces;

/// <summary>All that an assembly shows, as text: a block a type, a line a member, both in the order of the alphabet.</summary>
internal static class Surface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>The surface of an assembly. What compilers add by themselves, such as a record's Equals, is left out.</summary>
    public static string Of(Assembly assembly) =>
        string.Join(
            '\n',
            assembly.GetExportedTypes()
                .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)) && !IsPartOfUnion(type))
                .Select(type => (Name: TypeNames.Declared(type), Type: type))
                .OrderBy(known => known.Name, StringComparer.Ordinal)
                .Select(known => Block(known.Name, known.Type)));

    private static string Block(string name, Type type)
    {
        if (type.BaseType == typeof(MulticastDelegate))
            return $"delegate {name} = {Signatures.Of(type.GetMethod("Invoke")!)}\n";

        var lines = type.GetMembers(Declared)
            .Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Select(Signatures.Of)
            .OfType<string>()
            .Concat(Cases(type))
            .Order(StringComparer.Ordinal);

        return $"{Kind(type)} {name}{Bases(type)}{Signatures.Constraints(OwnParameters(type))}\n"
            + string.Concat(lines.Select(line => $"    {line}\n"));
    }

    /// <summary>The inner types of a union say nothing that its cases do not.</summary>
    private static bool IsPartOfUnion(Type type) =>
        type.DeclaringType is Type outer && FSharpType.IsUnion(outer, null) && (type.Name == "Tags" || type.BaseType == outer);

    /// <summary>The cases of an F# union, with what they hold.</summary>
    private static IEnumerable<string> Cases(Type type) =>
        !FSharpType.IsUnion(type, null) || FSharpType.GetUnionCases(type, null) is not { } cases || cases[0].DeclaringType != type
            ? []
            : cases.Select(known => $"case {known.Name}({string.Join(", ", known.GetFields().Select(field => $"{TypeNames.Of(field.PropertyType)} {field.Name}"))})");

    private static IEnumerable<Type> OwnParameters(Type type) =>
        type.GetGenericArguments().Skip(type.DeclaringType?.GetGenericArguments().Length ?? 0);

    private static string Kind(Type type)
    {
        // The inner types of a union have more than one, of which the first tells what they are.
        var mapping = type.GetCustomAttributes<CompilationMappingAttribute>().FirstOrDefault();

        string kind = (mapping?.SourceConstructFlags & SourceConstructFlags.KindMask) switch
        {
            SourceConstructFlags.Module => "module",
            SourceConstructFlags.RecordType => "record",
            SourceConstructFlags.SumType => "union",
            _ when type.GetMethod("<Clone>$") is not null => "record",
            _ => "",
        };

        string shape =
            type.IsEnum ? "enum"
            : type.IsInterface ? "interface"
            : type.IsValueType ? $"{(type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : "")}{(type.IsByRefLike ? "ref " : "")}struct"
            : type.IsAbstract && type.IsSealed ? "static class"
            : type.IsAbstract ? "abstract class"
            : type.IsSealed ? "sealed class"
            : "class";

        return kind == "module" ? kind : kind == "" ? shape : $"{kind} {shape}";
    }

    private static string Bases(Type type)
    {
        if (type.IsEnum)
            return $" : {TypeNames.Of(Enum.GetUnderlyingType(type))}";

        // An interface that another one brings, or that every F# record has, says nothing of its own.
        var interfaces = type.GetInterfaces();
        var brought = interfaces.SelectMany(known => known.GetInterfaces()).Concat(type.BaseType?.GetInterfaces() ?? []);
        var own = interfaces.Except(brought).Where(known => known.Namespace != "System.Collections" || known.Name != "IStructuralEquatable");
        bool hasBase = type.BaseType is not null && type.BaseType != typeof(object) && type.BaseType != typeof(ValueType);

        string[] all =
        [
            .. hasBase ? [TypeNames.Of(type.BaseType!)] : Array.Empty<string>(),
            .. own.Select(known => TypeNames.Of(known)).Order(StringComparer.Ordinal),
        ];

        return all.Length == 0 ? "" : $" : {string.Join(", ", all)}";
    }
}
