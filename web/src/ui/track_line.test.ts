import { expect, test } from "vitest";
import { pathOf, unknownWidth } from "./track_line";

const BOX = { endMs: 10_000, spanMs: 10_000, most: 4, width: 100, height: 20 };

test("now is on the right, the most on top", () => {
  expect(pathOf([{ unixMs: 9000, value: 2 }, { unixMs: 10_000, value: 4 }], BOX)).toBe("M90.0 10.0h0L100.0 0.0");
});

test("a time of which nothing is known is left out, as is what is too old", () => {
  expect(pathOf([{ unixMs: -1000, value: 1 }, { unixMs: 1000, value: 0 }, { unixMs: 6000, value: 0 }], BOX)).toBe("M10.0 20.0h0M60.0 20.0h0");
});

test("the time before the first point is unknown", () => {
  const box = { endMs: 300_000, spanMs: 300_000, width: 300 };
  expect(unknownWidth([], box)).toBe(300);
  expect(unknownWidth([{ unixMs: 240_000, value: 1 }], box)).toBe(240);
  expect(unknownWidth([{ unixMs: 1000, value: 1 }], box)).toBe(0);
});
