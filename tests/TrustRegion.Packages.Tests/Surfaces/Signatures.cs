using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.FSharp.Core;

namespace TrustRegion.Packages.Tests.Surfaces;

/// <summary>Members in one line each: all that a caller, or one who derives, is bound to.</summary>
internal static class Signatures
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>A member; null where it is a part of another, such as the accessor of a property.</summary>
    public static string? Of(MemberInfo member) => member switch
    {
        ConstructorInfo made when IsVisible(made) =>
            $"{Access(made)}new({Parameters(made.GetParameters())})",
        MethodInfo method when IsVisible(method) && !IsAccessor(method) => Method(method),
        PropertyInfo property when property.GetAccessors(true).Any(IsVisible) => Property(property),
        FieldInfo field when (field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly) && !field.IsSpecialName => Field(field),
        EventInfo happening when IsVisible(happening.AddMethod!) =>
            $"event {TypeNames.Of(happening.EventHandlerType!)} {happening.Name}",
        _ => null,
    };

    /// <summary>What parameters of a type must be, such as " where T : struct".</summary>
    public static string Constraints(IEnumerable<Type> parameters) =>
        string.Concat(parameters.Select(parameter =>
        {
            var flags = parameter.GenericParameterAttributes;
            bool isValue = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);

            string[] all =
            [
                .. isValue ? ["struct"] : Array.Empty<string>(),
                .. flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint) ? ["class"] : Array.Empty<string>(),
                .. parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(type => TypeNames.Of(type)),
                .. !isValue && flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) ? ["new()"] : Array.Empty<string>(),
            ];

            return all.Length == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", all)}";
        }));

    /// <summary>Parameters as they are declared.</summary>
    public static string Parameters(IEnumerable<ParameterInfo> parameters) => string.Join(", ", parameters.Select(Parameter));

    private static string Method(MethodInfo method)
    {
        var type = method.GetGenericArguments();
        string generic = type.Length == 0 ? "" : $"<{string.Join(", ", type.Select(parameter => parameter.Name))}>";
        string by = !method.ReturnType.IsByRef ? "" : IsReadOnly(method.ReturnParameter) ? "ref readonly " : "ref ";
        string returned = by + TypeNames.Of(method.ReturnType, Nullability.Create(method.ReturnParameter));
        return $"{Access(method)}{Kind(method)}{returned} {method.Name}{generic}{Groups(method)}{Constraints(type)}";
    }

    /// <summary>The parameters; those of a curried F# function in the groups that it takes them in.</summary>
    private static string Groups(MethodInfo method)
    {
        var parameters = method.GetParameters();

        if (method.GetCustomAttribute<CompilationArgumentCountsAttribute>()?.Counts is not { } counts)
            return $"({Parameters(parameters)})";

        var remaining = new Queue<ParameterInfo>(parameters);
        return string.Concat(counts.Select(count => $"({Parameters(Enumerable.Range(0, count).Select(_ => remaining.Dequeue()))})"));
    }

    private static string Property(PropertyInfo property)
    {
        var first = property.GetAccessors(true).First(IsVisible);
        var index = property.GetIndexParameters();
        string name = index.Length == 0 ? property.Name : $"{property.Name}[{Parameters(index)}]";
        string type = TypeNames.Of(property.PropertyType, Nullability.Create(property));

        string accessors = string.Concat(
            new[] { property.GetMethod, property.SetMethod }
                .OfType<MethodInfo>()
                .Where(IsVisible)
                .Select(accessor => $"{(Access(accessor) == Access(first) ? "" : Access(accessor))}{Verb(property, accessor)}; "));

        string required = property.GetCustomAttribute<RequiredMemberAttribute>() is null ? "" : "required ";
        return $"{Access(first)}{Kind(first)}{required}{type} {name} {{ {accessors}}}";
    }

    private static string Verb(PropertyInfo property, MethodInfo accessor) =>
        accessor == property.GetMethod ? "get"
        : accessor.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? "init"
        : "set";

    private static string Field(FieldInfo field)
    {
        string access = field.IsPublic ? "" : "protected ";
        string type = TypeNames.Of(field.FieldType, Nullability.Create(field));

        return field.DeclaringType!.IsEnum ? $"{field.Name} = {Value(field.GetRawConstantValue())}"
            : field.IsLiteral ? $"{access}const {type} {field.Name} = {Value(field.GetRawConstantValue())}"
            : $"{access}{(field.IsStatic ? "static " : "")}{(field.IsInitOnly ? "readonly " : "")}{type} {field.Name}";
    }

    private static string Parameter(ParameterInfo parameter)
    {
        string by = !parameter.ParameterType.IsByRef ? ""
            : parameter.IsOut ? "out "
            : IsReadOnly(parameter) ? "in "
            : "ref ";

        bool isParams = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute));
        string type = TypeNames.Of(parameter.ParameterType, Nullability.Create(parameter));
        string usual = parameter.HasDefaultValue ? $" = {Value(parameter.RawDefaultValue)}" : "";
        return $"{by}{(isParams ? "params " : "")}{type} {parameter.Name}{usual}";
    }

    private static bool IsReadOnly(ParameterInfo parameter) =>
        parameter.IsIn || parameter.GetRequiredCustomModifiers().Any(modifier => modifier.Name == "InAttribute");

    private static string Kind(MethodInfo method) =>
        method.DeclaringType!.IsInterface ? method.IsStatic ? "static " : ""
        : method.IsStatic ? "static "
        : method.IsAbstract ? "abstract "
        : !method.IsVirtual ? ""
        : method.GetBaseDefinition().DeclaringType != method.DeclaringType ? method.IsFinal ? "sealed override " : "override "
        : method.IsFinal ? ""
        : "virtual ";

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && method.Name.Split('_')[0] is "get" or "set" or "add" or "remove" && method.Name.Contains('_');

    private static string Value(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
