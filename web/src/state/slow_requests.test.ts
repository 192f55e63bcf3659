import { expect, test } from "vitest";
import { hasKind, roundedUp, shown, spansOf, turned, widthOf } from "./slow_requests";
import type { SlowRequest } from "./types";

const STAGES_MS = { tokenize: 1, queue: 60, dispatch: 1, inference: 10, serialize: 0 };
const requestOf = (id: string, other: Partial<SlowRequest> = {}): SlowRequest => ({
  ended_unix_ms: 1000, api: "grpc", request_id: id, client: "etl", verdict: "ok", texts: 1, tokens: 8, total_ms: 72,
  stages_ms: STAGES_MS, queue: "urgent", attempts: 1, workers: [{ id: "vm-0", incarnation: "1f" }], ...other,
});
const ids = (requests: SlowRequest[]) => requests.map((request) => request.request_id).join(" ");
const ALL = [
  requestOf("a"),
  requestOf("b", { ended_unix_ms: 3000, queue: "bulk", client: "urgent-team" }),
  requestOf("c", { ended_unix_ms: 2000, total_ms: 500, verdict: "deadline_exceeded", message: "not done in time" }),
];

test("the last first, or the longest", () => {
  expect(ids(shown(ALL, "", "time"))).toBe("b c a");
  expect(ids(shown(ALL, "", "total"))).toBe("c a b");
});

test("a queue's name means the queue, other words any text", () => {
  expect(ids(shown(ALL, "urgent", "time"))).toBe("c a");
  expect(ids(shown(ALL, "urgent-team", "time"))).toBe("b");
  expect(ids(shown(ALL, "failed", "time"))).toBe("c");
  expect(ids(shown(ALL, "VM-0 not done", "time"))).toBe("c");
  expect(ids(shown(ALL, "vm-1", "time"))).toBe("");
});

test("buttons put their words into the filter and take them out", () => {
  expect(turned("etl", "urgent")).toBe("etl urgent");
  expect(turned("etl urgent failed", "bulk")).toBe("etl failed bulk");
  expect(turned("etl urgent", "urgent")).toBe("etl");
  expect(turned("urgent", "failed")).toBe("urgent failed");
  expect(hasKind("Failed etl", "failed")).toBe(true);
  expect(hasKind("unfailed", "failed")).toBe(false);
});

test.each([[0, 1], [1, 1], [72, 80], [101, 120], [999, 1000], [0.3, 0.3], [2400, 2500]])("%d is at most %d", (value, round) => {
  expect(roundedUp(value)).toBeCloseTo(round, 9);
});

test("stages stand behind one another, and what none accounts for behind them", () => {
  expect(widthOf(ALL)).toBe(500);
  expect(widthOf([])).toBe(1);
  const spans = spansOf(STAGES_MS, 144, 144);
  expect(spans.map((span) => span.stage)).toEqual(["tokenize", "queue", "dispatch", "inference", "rest"]);
  expect(spans.at(-1)).toMatchObject({ ms: 72, left: 0.5, width: 0.5 });
  expect(spansOf(STAGES_MS, 72, 144)).toHaveLength(4);
});
