import { expect, test } from "vitest";
import { windowOf } from "./window_of";

const sight = (top: number) => ({ top, height: 300, row: 30 });

test("at the top: what is in sight, and some below", () => {
  expect(windowOf(sight(0), 200)).toEqual({ first: 0, end: 23 });
});
test("in the middle: some on both sides", () => {
  expect(windowOf(sight(3000), 200)).toEqual({ first: 94, end: 117 });
});
test("at the end, and where rows went meanwhile: the last", () => {
  expect(windowOf(sight(5700), 200)).toEqual({ first: 184, end: 200 });
  expect(windowOf(sight(5700), 40)).toEqual({ first: 24, end: 40 });
});
test("fewer than are in sight: all", () => {
  expect(windowOf(sight(0), 5)).toEqual({ first: 0, end: 5 });
  expect(windowOf(sight(90), 5)).toEqual({ first: 0, end: 5 });
});
