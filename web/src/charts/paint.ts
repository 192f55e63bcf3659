// Colours and hatchings of charts, from the page's tokens.

let colours = new Map<string, string>();
let patterns = new Map<string, CanvasPattern>();

/** After a change of theme or of the screen's resolution. */
export function forgetPaint(): void {
  colours = new Map();
  patterns = new Map();
}

export function token(name: string): string {
  let colour = colours.get(name);
  if (colour === undefined) {
    colour = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    colours.set(name, colour);
  }
  return colour;
}

export type Hatch = "/" | "\\" | "-" | "|";

const TILE = 6; // CSS pixels

function drawTile(context: CanvasRenderingContext2D, size: number, hatch: Hatch): void {
  const lines: Record<Hatch, [number, number, number, number][]> = {
    "/": [[-1, size + 1, size + 1, -1], [-1, 1, 1, -1], [size - 1, size + 1, size + 1, size - 1]],
    "\\": [[-1, -1, size + 1, size + 1], [size - 1, -1, size + 1, 1], [-1, size - 1, 1, size + 1]],
    "-": [[0, size / 2, size, size / 2]],
    "|": [[size / 2, 0, size / 2, size]],
  };
  context.beginPath();
  for (const [x0, y0, x1, y1] of lines[hatch]) {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  }
  context.stroke();
}

export function hatched(context: CanvasRenderingContext2D, hatch: Hatch, line: string, ground: string): CanvasPattern | string {
  const key = `${hatch}${line}${ground}`;
  let pattern = patterns.get(key);
  if (pattern === undefined) {
    const scale = Math.max(1, Math.ceil(devicePixelRatio));
    const tile = document.createElement("canvas");
    tile.width = tile.height = TILE * scale;
    const on = tile.getContext("2d");
    if (on === null) return token(ground);
    on.fillStyle = token(ground);
    on.fillRect(0, 0, tile.width, tile.height);
    on.strokeStyle = token(line);
    on.lineWidth = 1.5 * scale;
    drawTile(on, tile.width, hatch);
    const made = context.createPattern(tile, "repeat");
    if (made === null) return token(ground);
    pattern = made;
    patterns.set(key, pattern);
  }
  return pattern;
}
