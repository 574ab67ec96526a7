// Draws the icon of the packages, docs/images/icon.png: a trust region, the gradient that would leave it, and the natural
// gradient's step, which ends on its edge where the edge runs along a level line of the objective.
//
//     dotnet fsi site/icon.fsx

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression

let size = 256

/// Points a pixel is judged by, in each direction.
let samples = 4

// ---------------------------------------------------------------------------------------------------------------------
// Vectors and shapes. A shape is how far outside it a point is, in pixels; negative inside.
// ---------------------------------------------------------------------------------------------------------------------

type Point = (struct (float * float))

let (-.) (struct (x, y)) (struct (u, v)) : Point = struct (x - u, y - v)
let (+.) (struct (x, y)) (struct (u, v)) : Point = struct (x + u, y + v)
let ( *. ) k (struct (x, y)) : Point = struct (k * x, k * y)
let dot (struct (x, y)) (struct (u, v)) = x * u + y * v
let length a = sqrt (dot a a)
let unitOf a = (1.0 / length a) *. a

let segment a b halfWidth p =
    let along = Math.Clamp(dot (p -. a) (b -. a) / dot (b -. a) (b -. a), 0.0, 1.0)
    length (p -. a -. along *. (b -. a)) - halfWidth

let triangle a b c p =
    let outside (struct (x, y) as from) (struct (u, v)) =
        let normal = unitOf (struct (v - y, x - u))
        dot (p -. from) normal

    max (outside a b) (max (outside b c) (outside c a))

let arrow a b halfWidth p =
    let along = unitOf (b -. a)
    let across = let struct (x, y) = along in struct (-y, x)
    let neck = b -. 6.5 * halfWidth *. along
    let head = triangle b (neck +. 4.2 * halfWidth *. across) (neck -. 4.2 * halfWidth *. across) p
    min (segment a neck halfWidth p) head

let roundedSquare margin radius (struct (x, y)) =
    let half = float size / 2.0 - margin - radius
    let dx = abs (x - float size / 2.0) - half
    let dy = abs (y - float size / 2.0) - half
    length (struct (max dx 0.0, max dy 0.0)) + min (max dx dy) 0.0 - radius

// ---------------------------------------------------------------------------------------------------------------------
// The picture: the ellipse (p − θ)ᵀ A⁻¹ (p − θ) ≤ 1 about the parameters θ, A = R diag(a², b²) Rᵀ, and the gradient g.
// ---------------------------------------------------------------------------------------------------------------------

let theta: Point = struct (112.0, 146.0)
let longAxis, shortAxis, tilt = 98.0, 46.0, -0.42
let axis: Point = struct (cos tilt, sin tilt)
let otherAxis: Point = struct (-sin tilt, cos tilt)
let gradient: Point = struct (0.22, -0.9755)

/// A v.
let multiply v = longAxis * longAxis * dot axis v *. axis +. shortAxis * shortAxis * dot otherAxis v *. otherAxis

/// The point of the ellipse that is furthest along the gradient: θ + A g / √(gᵀ A g).
let best = theta +. (1.0 / sqrt (dot gradient (multiply gradient))) *. multiply gradient

/// The first-order distance from the ellipse: (√q − 1) / |∇√q|.
let ellipse p =
    let v = p -. theta
    let u, w = dot v axis / longAxis, dot v otherAxis / shortAxis
    let radius = max 1e-9 (sqrt (u * u + w * w))
    let slope = sqrt (u * u / (longAxis * longAxis) + w * w / (shortAxis * shortAxis)) / radius
    (radius - 1.0) / slope

let ring shape halfWidth p = abs (shape p) - halfWidth

/// The level line of the objective on which the step ends, and its neighbours below and above.
let levelLine offset p = abs (dot (p -. best) gradient - offset) - 1.3

let colour (rgb: int) alpha =
    struct (float (rgb >>> 16) / 255.0, float (rgb >>> 8 &&& 255) / 255.0, float (rgb &&& 255) / 255.0, alpha)

/// What is drawn, the lowest first; all of it within the rounded square.
let layers: ((Point -> float) * struct (float * float * float * float)) list =
    [ yield roundedSquare 6.0 52.0, colour 0x10293D 1.0
      for offset in [ -136.0; -102.0; -68.0; -34.0; 34.0; 68.0; 102.0 ] do
          yield levelLine offset, colour 0x7FB8D6 0.28
      yield levelLine 0.0, colour 0x9BE0C4 0.75
      yield ellipse, colour 0x4FA8D8 0.38
      yield ring ellipse 3.2, colour 0xEAF6FF 1.0
      yield arrow theta (theta +. 122.0 *. gradient) 4.2, colour 0xFF8A5C 1.0
      yield arrow theta best 5.6, colour 0x7CF0B8 1.0
      yield (fun p -> length (p -. theta) - 9.5), colour 0xEAF6FF 1.0 ]

/// The colour and opacity of a point: each layer over the ones below.
let at p =
    let mutable struct (r, g, b, a) = struct (0.0, 0.0, 0.0, 0.0)

    if roundedSquare 6.0 52.0 p <= 0.0 then
        for shape, struct (red, green, blue, opacity) in layers do
            if shape p <= 0.0 then
                r <- red * opacity + r * (1.0 - opacity)
                g <- green * opacity + g * (1.0 - opacity)
                b <- blue * opacity + b * (1.0 - opacity)
                a <- opacity + a * (1.0 - opacity)

    struct (r, g, b, a)

/// The four bytes of a pixel. The sums are of colours times opacity, so they are divided by the opacity.
let pixel column row =
    let mutable struct (r, g, b, a) = struct (0.0, 0.0, 0.0, 0.0)

    for i in 0 .. samples * samples - 1 do
        let x = float column + (float (i % samples) + 0.5) / float samples
        let y = float row + (float (i / samples) + 0.5) / float samples
        let struct (red, green, blue, opacity) = at (struct (x, y))
        r <- r + red
        g <- g + green
        b <- b + blue
        a <- a + opacity

    let channel value = if a = 0.0 then 0uy else byte (round (255.0 * value / a))
    [| channel r; channel g; channel b; byte (round (255.0 * a / float (samples * samples))) |]

// ---------------------------------------------------------------------------------------------------------------------
// The file: Portable Network Graphics, second edition, sections 5 and 11.
// ---------------------------------------------------------------------------------------------------------------------

let crc (bytes: byte[]) =
    let step (register: uint32) (value: byte) =
        let mutable next = register ^^^ uint32 value

        for _ in 1..8 do
            next <- if next &&& 1u = 1u then 0xEDB88320u ^^^ (next >>> 1) else next >>> 1

        next

    ~~~(Array.fold step 0xFFFFFFFFu bytes)

let bigEndian (value: uint32) =
    let bytes: byte[] = Array.zeroCreate 4
    BinaryPrimitives.WriteUInt32BigEndian(bytes, value)
    bytes

let chunk (name: string) (content: byte[]) =
    let named = Array.append (Text.Encoding.ASCII.GetBytes name) content
    Array.concat [ bigEndian (uint32 content.Length); named; bigEndian (crc named) ]

let deflated (bytes: byte[]) =
    use packed = new MemoryStream()

    do
        use zlib = new ZLibStream(packed, CompressionLevel.SmallestSize)
        zlib.Write(bytes, 0, bytes.Length)

    packed.ToArray()

let file =
    // Eight bits a channel, red, green, blue and opacity; each row begins with its filter, none.
    let header =
        Array.concat [ bigEndian (uint32 size); bigEndian (uint32 size); [| 8uy; 6uy; 0uy; 0uy; 0uy |] ]

    let rows =
        [| for row in 0 .. size - 1 do
               yield 0uy

               for column in 0 .. size - 1 do
                   yield! pixel column row |]

    Array.concat
        [ [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |]
          chunk "IHDR" header
          chunk "IDAT" (deflated rows)
          chunk "IEND" [||] ]

let path = Path.Combine(__SOURCE_DIRECTORY__, "..", "docs", "images", "icon.png")
File.WriteAllBytes(path, file)
printfn $"{Path.GetFullPath path}"
