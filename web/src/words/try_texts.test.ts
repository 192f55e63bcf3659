import { expect, test } from "vitest";
import { EXAMPLES, faultOf, isAboutTexts, textsOf } from "./try_texts";

test("a text a line, without the empty ones", () => {
  expect(textsOf(" a cat \n\n\tb\r\n")).toEqual(["a cat", "b"]);
});

test("what cannot be sent says why", () => {
  expect(faultOf([])).toContain("no text");
  expect(faultOf(Array(33).fill("a"))).toBe("These are 33\u00a0texts; at most 32 are taken.");
  expect(faultOf(EXAMPLES)).toBe("");
});

test("a refusal stands where it belongs", () => {
  expect(isAboutTexts("input_too_large")).toBe(true);
  expect(isAboutTexts("overloaded")).toBe(false);
});
