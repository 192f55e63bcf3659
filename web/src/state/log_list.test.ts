import { expect, test } from "vitest";
import { emptyFrom, firstAfter, folded, isBehind, isGap, MOST_KEPT, type LogPage } from "./log_list";

const pageOf = (from: number, to: number, other: Partial<LogPage> = {}): LogPage => ({
  lines: Array.from({ length: to - from + 1 }, (_, i) => ({ id: from + i, line: { ts: "", level: "info", event: "e", msg: "m" } })),
  next: to, oldest: 1, newest: to, ...other,
});

test("pages follow one another", () => {
  const first = folded(emptyFrom(0), pageOf(1, 3));
  const second = folded(first, pageOf(4, 5));
  expect(second.entries.map((entry) => entry.id)).toEqual([1, 2, 3, 4, 5]);
  expect(second.next).toBe(5);
  expect(folded(second, { lines: [], next: 5, oldest: 1, newest: 5 }).entries).toBe(second.entries);
});

test("lines that were dropped between two pages are a gap", () => {
  const list = folded(folded(emptyFrom(0), pageOf(1, 3)), pageOf(10, 11, { oldest: 10 }));
  expect(list.entries.filter(isGap)).toEqual([{ id: 9, missing: 6 }]);
  const again = folded(list, pageOf(12, 12, { oldest: 10 }));
  expect(again.entries.filter(isGap)).toHaveLength(1);
});

test("a gap is told once even if nothing behind it matches", () => {
  const list = folded(folded(emptyFrom(0), pageOf(1, 3)), { lines: [], next: 3, oldest: 10, newest: 12 });
  expect(list.next).toBe(9);
  expect(folded(list, { lines: [], next: 12, oldest: 10, newest: 12 }).entries.filter(isGap)).toHaveLength(1);
});

test("what was gone before the page was opened is no gap", () => {
  expect(folded(emptyFrom(0), pageOf(500, 510, { oldest: 500 })).entries.filter(isGap)).toHaveLength(0);
});

test("the last are kept", () => {
  const list = folded(folded(emptyFrom(0), pageOf(1, MOST_KEPT)), pageOf(MOST_KEPT + 1, MOST_KEPT + 10));
  expect(list.entries).toHaveLength(MOST_KEPT);
  expect(list.entries.at(-1)?.id).toBe(MOST_KEPT + 10);
});

test("reading begins at the lines that can be kept, or at the oldest if the server filters", () => {
  expect(firstAfter(9000, false)).toBe(7000);
  expect(firstAfter(90, false)).toBe(0);
  expect(firstAfter(9000, true)).toBe(0);
  const page = pageOf(1, 1000, { newest: 5000 });
  expect(isBehind(folded(emptyFrom(0), page), page)).toBe(true);
});
