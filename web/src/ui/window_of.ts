// Which rows of a long table are drawn: those in sight and a few beside them.

const BESIDE = 6; // rows, so that a turn of the wheel finds them there

export interface Sight {
  top: number; // pixels that are scrolled away
  height: number; // pixels in sight
  row: number; // pixels of one row
}

/** The rows [first, end) of `count`. */
export function windowOf({ top, height, row }: Sight, count: number): { first: number; end: number } {
  const first = Math.max(0, Math.min(Math.floor(top / row), count - Math.ceil(height / row)) - BESIDE);
  return { first, end: Math.min(count, first + Math.ceil(height / row) + 2 * BESIDE + 1) };
}
