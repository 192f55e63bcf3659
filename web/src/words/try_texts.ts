// What is typed on the page to try, as texts and as what is wrong with them.
import { count } from "./format";

export const MOST_TEXTS = 32;
export const EXAMPLES = ["A cat sits on the mat.", "A kitten rests on a rug.", "The stock market fell sharply today.", "Share prices dropped this afternoon.", "Grandmother bakes bread on Sundays."];

/** One a line; empty lines are none. */
export const textsOf = (typed: string): string[] => typed.split("\n").map((line) => line.trim()).filter((line) => line !== "");

/** Why they cannot be sent; "" if they can. */
export function faultOf(texts: readonly string[]): string {
  if (texts.length === 0) return "There is no text: type one a line.";
  return texts.length > MOST_TEXTS ? `These are ${count(texts.length, "text")}; at most ${MOST_TEXTS} are taken.` : "";
}

const OF_THE_TEXTS = new Set(["invalid_request", "invalid_utf8", "empty_input", "too_many_inputs", "input_too_large", "input_too_long", "payload_too_large", "poison_input"]);

/** Whether a refusal is about what was typed, or about the server. */
export const isAboutTexts = (code: string): boolean => OF_THE_TEXTS.has(code);
