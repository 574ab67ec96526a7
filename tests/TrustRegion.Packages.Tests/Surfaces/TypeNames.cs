using System.Reflection;

namespace TrustRegion.Packages.Tests.Surfaces;

/// <summary>Types as C# writes them, with their namespaces, and with ? where a reference may be null.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(char)] = "char",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
    };

    /// <summary>A type where it is used.</summary>
    public static string Of(Type type, NullabilityInfo? nullability = null)
    {
        string mark = !type.IsValueType && nullability?.ReadState == NullabilityState.Nullable ? "?" : "";

        return Keywords.TryGetValue(type, out string? keyword) ? keyword + mark
            : type.IsByRef ? Of(type.GetElementType()!, nullability)
            : type.IsPointer ? $"{Of(type.GetElementType()!)}*"
            : type.IsArray
                ? $"{Of(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}"
            : type.IsGenericParameter ? type.Name + mark
            : Nullable.GetUnderlyingType(type) is Type value ? $"{Of(value)}?"
            : Named(type, [.. Arguments(type, nullability)]) + mark;
    }

    /// <summary>A type where it is declared, with the names of its own parameters.</summary>
    public static string Declared(Type type) =>
        Named(type, [.. type.GetGenericArguments().Select(argument => argument.Name)]);

    private static IEnumerable<string> Arguments(Type type, NullabilityInfo? nullability)
    {
        var arguments = type.GetGenericArguments();
        var known = nullability?.GenericTypeArguments ?? [];

        return arguments.Select((argument, i) => Of(argument, i < known.Length ? known[i] : null));
    }

    /// <summary>The arguments stand behind the type that declares them, which may be one around this.</summary>
    private static string Named(Type type, string[] arguments)
    {
        int outer = type.DeclaringType?.GetGenericArguments().Length ?? 0;
        string place = type.DeclaringType is Type around ? Named(around, arguments[..outer]) : type.Namespace ?? "";
        string name = type.Name.Split('`')[0];
        string[] own = arguments[outer..];
        return $"{place}.{name}{(own.Length == 0 ? "" : $"<{string.Join(", ", own)}>")}";
    }
}
