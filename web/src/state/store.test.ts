import { expect, test } from "vitest";
import { secondAt } from "./fixtures";
import { appended, hasGap, WINDOW_SECONDS } from "./store";

const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => secondAt((from + i) * 1000));

test("only what is newer is appended", () => {
  const known = seconds(0, 5);
  expect(appended(known, seconds(3, 7)).map((second) => second.unix_ms / 1000)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(appended(known, seconds(0, 5))).toBe(known);
});

test("a gap is more than a second", () => {
  expect(hasGap([], secondAt(9000))).toBe(false);
  expect(hasGap([secondAt(1000)], secondAt(2001))).toBe(false);
  expect(hasGap([secondAt(1000)], secondAt(3000))).toBe(true);
});

test("five minutes are kept", () => {
  const kept = appended(seconds(0, 300), seconds(300, 303));
  expect(kept.length).toBe(WINDOW_SECONDS);
  expect(kept[0]?.unix_ms).toBe(3000);
});
