import { expect, test } from "vitest";
import { sparkRange, thinned } from "./Spark";

test("three points are one, and a gap stays a gap", () => {
  expect(thinned([1, 2, 3, 4, null, 6, 7])).toEqual([2, null, 7]);
});

test("noise looks like noise, zero stays zero", () => {
  const [from, to] = sparkRange([100, 101, 99]);
  expect(to - from).toBeGreaterThan(30);
  expect(sparkRange([0, 0])[0]).toBe(0);
});
