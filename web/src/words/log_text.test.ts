import { expect, test } from "vitest";
import { readLine } from "./log_text";

const LINE = {
  ts: "2025-11-30T16:13:20.123456789Z", level: "warn", event: "worker.detached", msg: "the link ended", service: "shoal", role: "worker",
  worker_id: "host-0", restarts: 2,
  exc_info: { type: "UNAVAILABLE", message: "worker", location: "worker/worker_owner.cc:228", causes: [{ type: "UNAVAILABLE", message: "connect: refused" }] },
};

test("an error's chain of causes stands behind the sentence", () => {
  const line = readLine({ id: 7, line: LINE });
  expect(line.message).toBe("the link ended: worker: connect: refused");
  expect(line.fields).toEqual([["worker_id", "host-0"], ["restarts", "2"]]);
  expect(line.workerId).toBe("host-0");
  expect(line.requestId).toBeUndefined();
});

test("the filter looks at all but what is the same in each line", () => {
  const { text } = readLine({ id: 7, line: LINE });
  expect(text).toContain("worker_id=host-0");
  expect(text).toContain("worker_owner.cc:228");
  expect(text).not.toContain("shoal");
});

test("milliseconds of the time are kept; what is no time stays as it is", () => {
  expect(readLine({ id: 1, line: LINE }).time).toMatch(/^\d\d:\d\d:\d\d\.123$/);
  expect(readLine({ id: 1, line: { ...LINE, ts: "?" } }).time).toBe("?");
});
