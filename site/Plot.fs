/// Line charts of the documentation: inline SVG in the colours of the page, light and dark, each with its numbers in a table.
module Plot

open System
open System.Globalization

/// A line, or the dots of a path where `Dots` is set.
type Series = { Name: string; Points: (float * float) list; Dots: bool }

let line name points = { Name = name; Points = List.ofSeq points; Dots = false }
let path name points = { Name = name; Points = List.ofSeq points; Dots = true }

/// An axis: what it measures, and whether by powers of ten.
type Axis = { Label: string; Log: bool }

let linearAxis label = { Label = label; Log = false }
let logAxis label = { Label = label; Log = true }

let private width, height = 640.0, 340.0
let private left, right, top, bottom = 64.0, 16.0, 16.0, 48.0

let private number (x: float) = x.ToString("0.##", CultureInfo.InvariantCulture)
let private shown (x: float) = x.ToString("G4", CultureInfo.InvariantCulture)
let private escape (text: string) = text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;")

/// About five round numbers within an interval.
let private roundNumbers low high =
    let rough = (high - low) / 5.0
    let unit = Math.Pow(10.0, floor (log10 rough))
    let step = [ 1.0; 2.0; 5.0; 10.0 ] |> List.map ((*) unit) |> List.find (fun step -> step >= rough)
    [ for i in ceil (low / step) .. floor (high / step) -> i * step ]

/// The place of a value between two ends, and the ticks, of an axis that holds the values given.
let private scale axis (first: float) (last: float) (values: float list) =
    let place = if axis.Log then log10 else id
    let values = values |> List.map place |> List.filter Double.IsFinite
    let low, high = List.min values, List.max values
    let margin = if high > low then 0.04 * (high - low) else 1.0
    let low, high = low - margin, high + margin
    let at value = first + (last - first) * (place value - low) / (high - low)

    let ticks =
        if axis.Log then
            let powers = [ ceil low .. floor high ]
            let every = max 1 (powers.Length / 6)
            [ for i in 0..every .. powers.Length - 1 -> Math.Pow(10.0, powers[i]) ]
        else
            roundNumbers low high

    at, ticks

let private superscript (n: int) =
    string n |> String.map (fun c -> if c = '-' then '⁻' else "⁰¹²³⁴⁵⁶⁷⁸⁹"[int c - int '0'])

let private tick axis (x: float) =
    let written = x.ToString("G3", CultureInfo.InvariantCulture).Replace("-", "−")

    if axis.Log && (x < 0.01 || x > 1000.0) then
        "10" + superscript (int (Math.Round(log10 x)))
    else
        written

/// At most nine of the points, the first and the last among them.
let private some (points: (float * float) list) =
    let points = Array.ofList points
    let count = min 9 points.Length
    [ for i in 0 .. count - 1 -> points[if count = 1 then 0 else i * (points.Length - 1) / (count - 1)] ]

let private table x y (series: Series list) =
    [ for s in series do
          let cells f = some s.Points |> List.map (fun point -> $"<td>{shown (f point)}</td>") |> String.concat ""
          $"<tr><th scope=\"row\">{escape x.Label}</th>{cells fst}</tr>"
          $"<tr><th scope=\"row\">{escape s.Name}: {escape y.Label}</th>{cells snd}</tr>" ]
    |> String.concat "\n"

let private mark index (s: Series) (atX: float -> float) (atY: float -> float) =
    let points = s.Points |> List.map (fun (x, y) -> number (atX x), number (atY y))
    let joined = points |> List.map (fun (x, y) -> $"{x},{y}") |> String.concat " "

    let dots =
        if s.Dots then
            points |> List.map (fun (x, y) -> $"<circle cx=\"{x}\" cy=\"{y}\" r=\"3\"/>") |> String.concat ""
        else
            ""

    $"<g class=\"series s{index + 1}\"><polyline points=\"{joined}\"/>{dots}</g>"

/// A figure as HTML: a title that says what is to be seen, the lines, their names, and some of the numbers as a table.
let figure (title: string) (x: Axis) (y: Axis) (series: Series list) : string =
    let visible (a, b) = Double.IsFinite a && Double.IsFinite b && (not x.Log || a > 0.0) && (not y.Log || b > 0.0)
    let series = series |> List.map (fun s -> { s with Points = List.filter visible s.Points })
    let points = series |> List.collect _.Points
    let atX, ticksX = scale x left (width - right) (List.map fst points)
    let atY, ticksY = scale y (height - bottom) top (List.map snd points)
    let foot = height - bottom

    let grid =
        [ for value in ticksX do
              let at = number (atX value)
              $"<line x1=\"{at}\" y1=\"{top}\" x2=\"{at}\" y2=\"{foot}\"/><text x=\"{at}\" y=\"{foot + 18.0}\">{tick x value}</text>"
          for value in ticksY do
              let at = atY value
              $"<line x1=\"{left}\" y1=\"{number at}\" x2=\"{width - right}\" y2=\"{number at}\"/>"
              $"<text class=\"y\" x=\"{left - 8.0}\" y=\"{number (at + 4.0)}\">{tick y value}</text>" ]
        |> String.concat "\n"

    let names =
        series |> List.mapi (fun i s -> $"<li class=\"s{i + 1}\">{escape s.Name}</li>") |> String.concat ""

    let marks = series |> List.mapi (fun i s -> mark i s atX atY) |> String.concat "\n"
    let middle = number (0.5 * (top + foot))

    $"""<figure class="chart">
<ul class="legend">{names}</ul>
<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape title}">
<g class="grid">{grid}</g>
{marks}
<text class="axis" x="{number (0.5 * (left + width - right))}" y="{height - 8.0}">{escape x.Label}</text>
<text class="axis" transform="rotate(-90)" x="-{middle}" y="14">{escape y.Label}</text>
</svg>
<figcaption>{escape title}</figcaption>
<details><summary>The figure in numbers</summary><div class="wide"><table>
{table x y series}
</table></div></details>
</figure>"""

/// A table as HTML, from its head and rows of cells that are HTML.
let htmlTable (head: string list) (rows: string list list) : string =
    let row cell cells = cells |> List.map (fun text -> $"<{cell}>{text}</{cell}>") |> String.concat ""
    let body = rows |> List.map (fun cells -> "<tr>" + row "td" cells + "</tr>") |> String.concat "\n"
    let heads = row "th" head
    $"<div class=\"wide\"><table><thead><tr>{heads}</tr></thead><tbody>\n{body}\n</tbody></table></div>"
