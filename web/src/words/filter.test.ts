import { expect, test } from "vitest";
import { hasAll, wordsOf } from "./filter";

test("each word must occur, in any order, however it is written", () => {
  const text = "worker.ended vm-0 signal 9";
  expect(hasAll(text, wordsOf(" Signal  VM-0 "))).toBe(true);
  expect(hasAll(text, wordsOf("signal vm-1"))).toBe(false);
  expect(hasAll(text, wordsOf(""))).toBe(true);
});
