import { expect, test } from "vitest";
import { secondAt } from "../state/fixtures";
import { niceMax, pointsOf, stacked, ticksTo, usual } from "./points";

test("costs are told in texts, by what a text cost", () => {
  const points = pointsOf([secondAt(1000, { texts: { ok: 100, overloaded: 20, no_workers: 3, invalid_utf8: 9 }, goodput_cost: 2000, capacity_cost: 4000, wasted_cost: 40 })]);
  expect(points.time).toEqual([1]);
  expect(points.flow).toMatchObject({ offered: [123], capacity: [200], in_time: [100], overloaded: [20], unserved: [3], wasted: [2] });
});

test("without anything served no capacity is known in texts, and times are gaps", () => {
  const points = pointsOf([secondAt(0)]);
  expect(points.flow.capacity).toEqual([null]);
  expect(points.latency.p99).toEqual([null]);
});

test("a spike is not usual", () => {
  expect(usual([...Array.from({ length: 19 }, () => 100), 9000, null])).toBe(100);
  expect(usual([])).toBe(0);
});

test("stacks", () => {
  expect(stacked([[1, null, 2], [10, 20, null], [100, 200, 300]])).toEqual([[1, null, 2], [11, null, null], [111, null, null]]);
});

test.each([[0, 1], [0.8, 0.8], [101, 120], [2203, 2500], [9, 10]])("axis of %s up to %s", (value, max) => expect(niceMax(value)).toBeCloseTo(max));
test.each([[6000, [0, 2000, 4000, 6000]], [1, [0, 0.25, 0.5, 0.75, 1]], [120, [0, 50, 100]]])("ticks to %s", (max, ticks) => expect(ticksTo(max)).toEqual(ticks));
