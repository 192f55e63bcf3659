// What became of texts, in the five ways that matter to an operator, and what to do about each
// reason.
import type { Second, Verdict } from "../state/types";

export type Outcome = "in_time" | "broken" | "refused" | "cancelled" | "invalid";

const OUTCOMES: Record<Verdict, Outcome> = {
  ok: "in_time",
  deadline_exceeded: "broken",
  attempts_exhausted: "broken",
  poison_input: "broken",
  internal: "broken",
  overloaded: "refused",
  rate_limited: "refused",
  deadline_unserviceable: "refused",
  no_workers: "refused",
  draining: "refused",
  cancelled: "cancelled",
};

/** Verdicts that are not known here are mistakes of callers, as all the others are. */
export const outcomeOf = (verdict: Verdict): Outcome => OUTCOMES[verdict] ?? "invalid";

export const REFUSALS = Object.keys(OUTCOMES).filter((verdict) => OUTCOMES[verdict] === "refused");
export const BREACHES = Object.keys(OUTCOMES).filter((verdict) => OUTCOMES[verdict] === "broken");

/** Why, and what an operator does about it. */
export const ADVICE: Record<Verdict, string> = {
  overloaded: "More work than the workers can do in time. Add workers, or let callers wait longer.",
  rate_limited: "One client has its share of the queue while others ask. It may ask less often, or send in bulk.",
  deadline_unserviceable: "Shorter than the work, even on an idle pool. Fewer texts in a call, or more time.",
  no_workers: "No worker serves. Start workers; see why they went in the events.",
  draining: "The server is shutting down. Callers go to another one.",
  deadline_exceeded: "Admitted, then not done in time. Look for late or lost workers, and for CPU that others take.",
  attempts_exhausted: "Three workers failed at it. Look into the workers' logs.",
  poison_input: "A text that takes workers down; refused for ten minutes. Report it.",
  internal: "A fault of the server. Look into its log, and report it.",
};

/** Texts of one second, or of several, by outcome. */
export type Account = Record<Outcome, number> & { offered: number; byVerdict: Record<Verdict, number> };

export function accountOf(seconds: readonly Pick<Second, "texts">[]): Account {
  const account: Account = { in_time: 0, broken: 0, refused: 0, cancelled: 0, invalid: 0, offered: 0, byVerdict: {} };
  for (const second of seconds) {
    for (const [verdict, texts] of Object.entries(second.texts)) {
      account[outcomeOf(verdict)] += texts;
      account.offered += texts;
      account.byVerdict[verdict] = (account.byVerdict[verdict] ?? 0) + texts;
    }
  }
  return account;
}

/** How many texts a unit of cost was, in what was served; nothing if nothing was. */
export function textsPerCost(seconds: readonly Second[]): number | undefined {
  let texts = 0;
  let cost = 0;
  for (const second of seconds) {
    texts += second.texts.ok ?? 0;
    cost += second.goodput_cost;
  }
  return cost > 0 && texts > 0 ? texts / cost : undefined;
}
