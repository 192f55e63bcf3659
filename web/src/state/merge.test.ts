import { expect, test } from "vitest";
import { merge } from "./merge";

test.each([
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [{ e: 1 }, { a: { bb: { ccc: null } } }, { e: 1, a: { bb: {} } }],
  ["foo", null, null],
])("%j with %j is %j", (target, patch, merged) => {
  expect(merge<unknown>(target, patch)).toEqual(merged);
});

test("what a patch leaves alone is shared, and nothing is changed", () => {
  const target = { a: { x: 1 }, b: { y: 2 } };
  const merged = merge(target, { b: { y: 3 } });
  expect(merged.a).toBe(target.a);
  expect(target.b.y).toBe(2);
});
