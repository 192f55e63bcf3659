// A line as high as a word: how a number went in the last five minutes.
import { useEffect, useRef } from "preact/hooks";
import { token } from "./paint";

const STEP = 3; // points that are drawn as one: at this size more is noise

/** Mean of each three, oldest first; a gap stays one. */
export function thinned(values: readonly (number | null)[], step = STEP): (number | null)[] {
  const thin: (number | null)[] = [];
  for (let i = 0; i < values.length; i += step) {
    const part = values.slice(i, i + step);
    thin.push(part.some((value) => value === null) ? null : part.reduce<number>((sum, value) => sum + (value ?? 0), 0) / part.length);
  }
  return thin;
}

/** The range that is drawn: at least a third of the largest, so that noise looks like noise. */
export function sparkRange(values: readonly (number | null)[]): [number, number] {
  const known = values.filter((value) => value !== null);
  const high = Math.max(0, ...known);
  const low = Math.min(high, ...known);
  const span = Math.max(high - low, high * 0.35, 1e-9);
  const from = Math.max(0, (high + low - span) / 2);
  return [from, from + span];
}

function draw(canvas: HTMLCanvasElement, values: readonly (number | null)[], length: number, at: number | null): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const ratio = Math.max(1, devicePixelRatio);
  const { clientWidth: width, clientHeight: height } = canvas;
  if (width === 0) return; // not shown at this size
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const thin = thinned(values);
  const [from, to] = sparkRange(thin);
  const x = (i: number) => 1 + ((length - values.length + i) / Math.max(1, length - 1)) * (width - 5);
  const y = (value: number) => height - 2.5 - ((value - from) / (to - from)) * (height - 5);
  context.strokeStyle = token("ink3");
  context.lineWidth = 1.1;
  context.beginPath();
  let isDown = false;
  for (const [i, value] of thin.entries()) {
    if (value !== null) context[isDown ? "lineTo" : "moveTo"](x(Math.min(values.length - 1, i * STEP + 1)), y(value));
    isDown = value !== null;
  }
  context.stroke();
  const index = at ?? values.length - 1;
  const value = values[index];
  if (value == null) return;
  context.fillStyle = token(at === null ? "accent" : "ink");
  context.beginPath();
  context.arc(x(index), Math.min(height - 2, Math.max(2, y(value))), 2, 0, 7);
  context.fill();
}

/** `length`: how many points the whole width stands for. `at`: the one that is marked, else the last. */
export function Spark({ values, length, at = null, paint }: { values: readonly (number | null)[]; length: number; at?: number | null; paint: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current !== null) draw(canvas.current, values, length, at);
  }, [values, at, paint]);
  return <canvas class="spark" aria-hidden="true" ref={canvas} />;
}
