// The path of a small line over the last minutes.

export interface Point {
  unixMs: number;
  value: number;
}

const GAP_MS = 3500; // a longer step is a time of which nothing is known

/** Of an SVG, in a box `width` by `height`; `most` is its top, 0 its bottom. */
export function pathOf(points: readonly Point[], box: { endMs: number; spanMs: number; most: number; width: number; height: number }): string {
  let path = "";
  let beforeMs = -Infinity;
  for (const { unixMs, value } of points) {
    const x = box.width * (1 - (box.endMs - unixMs) / box.spanMs);
    const y = box.height * (1 - value / box.most);
    const at = `${x.toFixed(1)} ${y.toFixed(1)}`;
    if (x >= 0) path += unixMs - beforeMs > GAP_MS || path === "" ? `M${at}h0` : `L${at}`; // h0: one alone is a dot
    beforeMs = unixMs;
  }
  return path;
}

/** How much of the box lies before the first of them. */
export function unknownWidth(points: readonly Point[], box: { endMs: number; spanMs: number; width: number }): number {
  const [first] = points;
  if (first === undefined) return box.width;
  const unknownMs = box.spanMs - (box.endMs - first.unixMs);
  return unknownMs < GAP_MS ? 0 : (box.width * unknownMs) / box.spanMs;
}
