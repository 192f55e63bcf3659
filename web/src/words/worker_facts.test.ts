import { expect, test } from "vitest";
import { stateOf, workerOf } from "../state/fixtures";
import type { EventEntry } from "../state/types";
import { eventsOf, factsOf, isLastToServe, lastErrorOf, watchedOf } from "./worker_facts";

const EVENTS: EventEntry[] = [
  { unix_ms: 4, kind: "returned", text: "vm-0 is back as a new process", worker: "vm-0" },
  { unix_ms: 3, kind: "lost", text: "vm-1 was lost: its process ended", worker: "vm-1" },
  { unix_ms: 2, kind: "lost", text: "vm-0 was lost: its link ended without a goodbye", worker: "vm-0" },
  { unix_ms: 1, kind: "ejected", text: "vm-0 was sent away", worker: "vm-0" },
];

test("the last error is the newest of its own", () => {
  expect(lastErrorOf(EVENTS, "vm-0")?.unix_ms).toBe(2);
  expect(lastErrorOf(EVENTS, "vm-2")).toBeUndefined();
  expect(eventsOf(EVENTS, "vm-0").map((event) => event.unix_ms)).toEqual([4, 2, 1]);
});

test("what is not known is not 0", () => {
  const facts = new Map(factsOf(workerOf("vm-0", { forward_p99_ms: 0, pid: 0, peer: "", in_flight: 2 })));
  expect(facts.get("Forward p99")).toBe("–");
  expect(facts.get("Process")).toBe("–");
  expect(facts.get("In flight")).toBe("2\u00a0batches, credit for 1 more");
});

test("the last that serves is told apart", () => {
  const workers = { "vm-0": workerOf("vm-0"), "vm-1": workerOf("vm-1", { state: "drained" }) };
  expect(isLastToServe(workers["vm-0"], stateOf({ workers }))).toBe(true);
  expect(isLastToServe(workers["vm-0"], stateOf())).toBe(false);
});

test("of what time its lines tell", () => {
  expect(watchedOf(0)).toBe("Drawn from now on: the server keeps no past of a single worker.");
  expect(watchedOf(120_000)).toBe("Drawn since this page first saw it, 2\u00a0min ago: the server keeps no past of a single worker.");
  expect(watchedOf(300_000)).toBe("The last five minutes.");
});
