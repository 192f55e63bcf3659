import { expect, test } from "vitest";
import type { EventEntry, EventKind } from "../state/types";
import { markable, marksOf, weightiest } from "./marks";

const at = (seconds: number, kind: EventKind = "joined"): EventEntry => ({ unix_ms: seconds * 1000, kind, text: kind });

test("what is close is one mark, measured from its first", () => {
  const marks = marksOf([at(30), at(20), at(10), at(0)], 15_000);
  expect(marks.map((mark) => mark.events.map((event) => event.unix_ms / 1000))).toEqual([[0, 10], [20, 30]]);
});

test("where very much happens only what weighs is marked", () => {
  const flapping = Array.from({ length: 40 }, (_, i) => at(i, i === 7 ? "lost" : "late"));
  expect(markable(flapping).map((event) => event.kind)).toEqual(["lost"]);
  expect(markable(flapping.slice(0, 5)).length).toBe(5);
});

test("a loss stands for what comes with it, and the first for what is as light", () => {
  expect(weightiest({ events: [at(0, "late"), at(1, "lost"), at(2, "returned")] }).kind).toBe("lost");
  expect(weightiest({ events: [at(0, "drained"), at(1, "resumed")] }).kind).toBe("drained");
});
