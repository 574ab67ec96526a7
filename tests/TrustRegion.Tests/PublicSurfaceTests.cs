using System.Reflection;
using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace TrustRegion.Tests;

/// <summary>
/// Walks the assembly: everything public is documented, and nothing public shows what is beneath the facade.
/// </summary>
public sealed class PublicSurfaceTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Assembly Facade = typeof(Trpo).Assembly;

    private static readonly Dictionary<string, XElement> Documented =
        XDocument.Load(Path.ChangeExtension(Facade.Location, ".xml"))
            .Descendants("member")
            .ToDictionary(member => member.Attribute("name")!.Value);

    [Test]
    public void The_namespace_is_TrustRegion() =>
        Assert.That(Facade.GetExportedTypes().Select(type => type.Namespace), Is.All.EqualTo("TrustRegion"));

    [Test]
    public void Every_public_member_is_documented() =>
        Assert.That(Facade.GetExportedTypes().SelectMany(MissingDocuments), Is.Empty);

    [Test]
    public void No_type_of_the_core_shows_in_a_signature()
    {
        var shown =
            from type in Facade.GetExportedTypes()
            from member in type.GetMembers(Declared).Where(IsVisible).Prepend(type)
            from used in Used(member).SelectMany(Parts)
            where IsOfTheCore(used)
            select $"{type.Name}.{member.Name}: {used}";

        Assert.That(shown, Is.Empty);
    }

    [Test]
    public void Option_records_have_defaults_and_init_properties()
    {
        var options = Facade.GetExportedTypes().Where(type => type.Name.EndsWith("Options")).ToArray();
        Assert.That(options, Has.Length.GreaterThanOrEqualTo(7));

        foreach (var type in options)
        {
            Assert.That(type.GetConstructor([]), Is.Not.Null, $"new {type.Name}()");

            foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                Assert.That(
                    property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers(),
                    Does.Contain(typeof(IsExternalInit)),
                    $"{type.Name}.{property.Name}");
        }
    }

    private static IEnumerable<string> MissingDocuments(Type type)
    {
        if (!HasText(Documented.GetValueOrDefault($"T:{NameOf(type)}"), "summary"))
            yield return NameOf(type);

        foreach (var member in type.GetMembers(Declared).Where(member => IsVisible(member) && IsWritten(member)))
        {
            if (IsPositional(type, member))
                continue;

            string id = IdOf(member);
            var document = Documented.GetValueOrDefault(id);

            if (document?.Element("inheritdoc") is not null)
                continue;

            if (!HasText(document, "summary"))
                yield return id;

            if (member is not MethodBase method)
                continue;

            foreach (var parameter in method.GetParameters())
                if (!NamesOfParameters(document).Contains(parameter.Name!))
                    yield return $"{id}: {parameter.Name}";

            if (method is MethodInfo info && info.ReturnType != typeof(void) && !HasText(document, "returns"))
                yield return $"{id}: what it returns";
        }
    }

    private static HashSet<string> NamesOfParameters(XElement? document) =>
        [.. document?.Elements("param").Where(p => p.Value.Trim() != "").Select(p => p.Attribute("name")!.Value) ?? []];

    private static bool HasText(XElement? document, string tag) =>
        document?.Element(tag)?.Value.Trim() is { Length: > 5 };

    /// <summary>
    /// The constructor and the properties of a positional record are documented by the type's parameters.
    /// </summary>
    private static bool IsPositional(Type type, MemberInfo member)
    {
        var names = NamesOfParameters(Documented.GetValueOrDefault($"T:{NameOf(type)}"));

        return member switch
        {
            PropertyInfo property => names.Contains(property.Name),
            ConstructorInfo made => names.Count > 0 && made.GetParameters().All(p => names.Contains(p.Name!)),
            _ => false,
        };
    }

    /// <summary>Members that the compiler adds, accessors, and the constructors nobody wrote are left out.</summary>
    private static bool IsWritten(MemberInfo member) =>
        member.GetCustomAttribute<CompilerGeneratedAttribute>() is null
        && member is not MethodInfo { IsSpecialName: true }
        && member is not FieldInfo { IsSpecialName: true }
        && !(member is ConstructorInfo made && made.GetParameters() is [] && IsRecord(member.DeclaringType!))
        && member is not Type
        && member is not MethodInfo { Name: "Deconstruct" };

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(true).Any(IsVisible),
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        EventInfo @event => IsVisible(@event.AddMethod!),
        Type type => type.IsVisible,
        _ => true,
    };

    private static IEnumerable<Type> Used(MemberInfo member) => member switch
    {
        Type type => [.. type.BaseType is null ? Type.EmptyTypes : [type.BaseType], .. type.GetInterfaces()],
        MethodInfo method => [method.ReturnType, .. method.GetParameters().Select(p => p.ParameterType)],
        ConstructorInfo constructor => constructor.GetParameters().Select(p => p.ParameterType),
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        EventInfo @event => [@event.EventHandlerType!],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!)
        : type.IsGenericType ? [type.GetGenericTypeDefinition(), .. type.GetGenericArguments().SelectMany(Parts)]
        : [type];

    private static bool IsOfTheCore(Type type) =>
        type.Assembly.GetName().Name is "FSharp.Core" or "TrustRegion.Math" or "TrustRegion.Learning";

    private static string NameOf(Type type) => type.FullName!.Replace('+', '.');

    /// <summary>The name by which the documentation file knows a member.</summary>
    private static string IdOf(MemberInfo member)
    {
        string owner = NameOf(member.DeclaringType!);

        return member switch
        {
            ConstructorInfo constructor => $"M:{owner}.#ctor{ParametersOf(constructor)}",
            MethodInfo method => $"M:{owner}.{method.Name}{ParametersOf(method)}",
            PropertyInfo property => $"P:{owner}.{property.Name}",
            FieldInfo field => $"F:{owner}.{field.Name}",
            _ => $"?:{owner}.{member.Name}",
        };
    }

    private static string ParametersOf(MethodBase method)
    {
        var parameters = method.GetParameters();
        return parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(p => TypeId(p.ParameterType)))})";
    }

    private static string TypeId(Type type) =>
        type.IsByRef ? $"{TypeId(type.GetElementType()!)}@"
        : type.IsArray ? $"{TypeId(type.GetElementType()!)}[]"
        : type.IsGenericType ? $"{NameOf(type.GetGenericTypeDefinition()).Split('`')[0]}{{{ArgumentsOf(type)}}}"
        : NameOf(type);

    private static string ArgumentsOf(Type type) => string.Join(',', type.GetGenericArguments().Select(TypeId));
}
