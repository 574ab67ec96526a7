namespace TrustRegion.Cli.Report;

/// <summary>A figure of a report.</summary>
/// <param name="Id">Its name in the page.</param>
/// <param name="Title">What it shows, with the unit.</param>
/// <param name="HowToRead">A line for who has not seen such a figure.</param>
/// <param name="Pictures">Its drawing: markup that stands by itself.</param>
/// <param name="Description">What is to be seen in it, for who cannot see it.</param>
/// <param name="Table">Its numbers.</param>
/// <param name="Hover">What the script shows at the pointer: JSON by the name that a drawing gives it.</param>
internal sealed record Figure(
    string Id,
    string Title,
    string HowToRead,
    string Pictures,
    string Description,
    DataTable Table,
    IReadOnlyList<(string Name, string Json)> Hover);

/// <summary>Numbers in rows and columns, as text; the first column names the row.</summary>
internal sealed record DataTable(string Caption, IReadOnlyList<string> Header, IReadOnlyList<IReadOnlyList<string>> Rows);
