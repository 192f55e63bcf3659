import { expect, test } from "vitest";
import { workerOf } from "../state/fixtures";
import { matching, rowsOf, sorted } from "./workers";

const workers = [
  workerOf("vm-10", { forward_p99_ms: 20 }),
  workerOf("vm-2", { forward_p99_ms: 61, state: "late" }),
  workerOf("vm-1", { forward_p99_ms: 22 }),
  workerOf("vm-3", { forward_p99_ms: 90, state: "lost" }),
];
const rows = rowsOf(workers, (id) => ({ items: id === "vm-1" ? 60 : id === "vm-3" ? 0 : 20, cpu: 1 }));

test("shares, and who is slow among those that work", () => {
  expect(rows.map((row) => row.share)).toEqual([0.2, 0.2, 0.6, 0]);
  expect(rows.filter((row) => row.isSlow).map((row) => row.worker.id)).toEqual(["vm-2"]);
});

test("a worker that does not run has no figures of now", () => {
  const states = (["ready", "late", "draining", "drained", "lost", "ejected", "starting"] as const).map((state) => workerOf("vm", { state }));
  const running = rowsOf(states, () => ({ items: 0, cpu: 0 })).filter((row) => row.isRunning);
  expect(running.map((row) => row.worker.state)).toEqual(["ready", "late", "draining"]);
});

test.each([["", "vm-1 vm-2 vm-3 vm-10"], ["-worker", "vm-10 vm-3 vm-2 vm-1"], ["-texts", "vm-1 vm-2 vm-10 vm-3"], ["nonsense", "vm-1 vm-2 vm-3 vm-10"]])(
  "sorted by '%s'", (by, order) => expect(sorted(rows, by).map((row) => row.worker.id).join(" ")).toBe(order));

test("a filter", () => expect(matching(rows, " LATE").map((row) => row.worker.id)).toEqual(["vm-2"]));
