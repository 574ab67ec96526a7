namespace TrustRegion.Cli.Report;

/// <summary>A page with figures that needs nothing but itself: no network, no other file.</summary>
internal static class ReportPage
{
    /// <summary>The figures of a set of runs, in the order in which they are read.</summary>
    public static IReadOnlyList<Figure> Figures(RunSet runs) =>
        [ReturnFigure.Of(runs), DivergenceFigure.Of(runs), GainFigure.Of(runs), AcceptanceFigure.Of(runs)];

    /// <summary>A whole page.</summary>
    /// <param name="title">The title of the document.</param>
    /// <param name="body">The markup of the main part.</param>
    /// <param name="scripts">The scripts, after that of the hover values.</param>
    public static string Whole(string title, string body, params string[] scripts) => new Svg()
        .Add($"""
            <!doctype html>
            <html lang="en" class="page-colours">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,">
            <title>{Svg.Escape(title)}</title>
            <style>
            {Resource.Read("figure.css")}{Resource.Read("page.css")}</style>
            </head>
            <body>
            <main>
            {body}</main>
            <script>
            {string.Concat([Resource.Read("hover.js"), .. scripts])}</script>
            </body>
            </html>
            """)
        .ToString();

    /// <summary>The markup of a figure with its text equivalent.</summary>
    public static string Section(Figure figure)
    {
        string kind = figure.Pictures.Contains("figure panel") ? "pictures panels" : "pictures";
        var html = new Svg().Add($"""
            <section id="{figure.Id}">
            <h2 id="{figure.Id}-title">{Svg.Escape(figure.Title)}</h2>
            <p class="note">{Svg.Escape(figure.HowToRead)}</p>
            <div class="{kind}" id="{figure.Id}-pictures" data-part>{figure.Pictures}</div>
            <details><summary>This figure in words and numbers</summary>
            <div id="{figure.Id}-words" data-part><p class="note" id="{figure.Id}-text">{Svg.Escape(figure.Description)}</p>
            {Table(figure.Table)}</div></details>
            """);

        foreach (var (name, json) in figure.Hover)
            html.Add($"""<script type="application/json" id="hover-{name}" data-part>{json}</script>""");

        return html.Add($"</section>").ToString();
    }

    private static string Table(DataTable table)
    {
        var html = new Svg().Add($"<div class=\"scroll\"><table><caption>{Svg.Escape(table.Caption)}</caption><thead><tr>");

        foreach (string name in table.Header)
            html.Add($"<th scope=\"col\">{Svg.Escape(name)}</th>");

        html.Add($"</tr></thead><tbody>");

        foreach (var row in table.Rows)
            html.Add($"<tr><th scope=\"row\">{Svg.Escape(row[0])}</th>{string.Concat(row.Skip(1).Select(cell => $"<td>{Svg.Escape(cell)}</td>"))}</tr>");

        return html.Add($"</tbody></table></div>").ToString();
    }
}
