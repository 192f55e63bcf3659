import { expect, test } from "vitest";
import { ADVICE, accountOf, BREACHES, outcomeOf, REFUSALS, textsPerCost } from "./outcomes";
import { secondAt } from "../state/fixtures";

test("an account adds up", () => {
  const account = accountOf([
    { texts: { ok: 5, overloaded: 2, deadline_exceeded: 1 } },
    { texts: { ok: 1, cancelled: 3, rate_limited: 1, invalid_utf8: 4 } },
  ]);
  expect(account).toMatchObject({ in_time: 6, broken: 1, refused: 3, cancelled: 3, invalid: 4, offered: 17 });
  expect(account.byVerdict.overloaded).toBe(2);
});

test("a verdict of a newer server is a caller's mistake until it is known", () => {
  expect(outcomeOf("something_new")).toBe("invalid");
});

test("there is advice for whatever is refused or broken", () => {
  for (const verdict of [...REFUSALS, ...BREACHES]) expect(ADVICE[verdict], verdict).toBeTruthy();
});

test("texts of a unit of cost", () => {
  expect(textsPerCost([secondAt(0, { texts: { ok: 10 }, goodput_cost: 200 })])).toBe(0.05);
  expect(textsPerCost([secondAt(0, { texts: { overloaded: 10 }, goodput_cost: 0 })])).toBeUndefined();
});
