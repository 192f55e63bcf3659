import { expect, test } from "vitest";
import { meanOf } from "./Strip";

test("a mean of what is known", () => {
  expect(meanOf([1, 2, null, 4], 3, 2)).toBe(4);
  expect(meanOf([1, 2, null, 4], 3, 10)).toBeCloseTo(7 / 3);
  expect(meanOf([null, null], 1, 10)).toBeNull();
});
