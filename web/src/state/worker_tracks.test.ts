import { expect, test } from "vitest";
import { workerOf } from "./fixtures";
import { WorkerTracks } from "./worker_tracks";

const at = (items: number, cpu: number, incarnation = "a") => ({
  "vm-0": workerOf("vm-0", { items_done: items, cpu_seconds: cpu, incarnation }),
});

test("differences through time", () => {
  const tracks = new WorkerTracks();
  tracks.note(at(100, 1), 0);
  tracks.note(at(140, 1.5), 1000);
  tracks.note(at(200, 2.5), 3000);
  expect(tracks.steps("vm-0").map((step) => [step.items, step.cpu])).toEqual([[40, 0.5], [30, 0.5]]);
  expect(tracks.recent("vm-0").items).toBe(35);
});

test("a change that is told between two seconds makes no step", () => {
  const tracks = new WorkerTracks();
  tracks.note(at(100, 1), 0);
  tracks.note(at(101, 1), 100);
  tracks.note(at(110, 1), 1000);
  expect(tracks.steps("vm-0").map((step) => step.items)).toEqual([10]);
});

test("a new process counts from zero", () => {
  const tracks = new WorkerTracks();
  tracks.note(at(100, 9), 0);
  tracks.note(at(5, 0.2, "b"), 1000);
  expect(tracks.steps("vm-0")[0]).toMatchObject({ items: 5, cpu: 0.2 });
});

test("who is gone is forgotten", () => {
  const tracks = new WorkerTracks();
  tracks.note(at(1, 1), 0);
  tracks.note({}, 1000);
  expect(tracks.steps("vm-0")).toEqual([]);
});

test("how long it has been watched, five minutes at most", () => {
  const tracks = new WorkerTracks();
  expect(tracks.watchedMs("vm-0")).toBe(0);
  for (let second = 0; second <= 40; ++second) tracks.note(at(second, 0), 1000 * second);
  expect(tracks.watchedMs("vm-0")).toBe(40_000);
  for (let second = 41; second <= 400; ++second) tracks.note(at(second, 0), 1000 * second);
  expect(tracks.watchedMs("vm-0")).toBe(300_000);
});
