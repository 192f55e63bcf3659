import { expect, test } from "vitest";
import { secondAt, stateOf, workerOf } from "../state/fixtures";
import { sentence, textOf, type Contact } from "./sentence";

const HERE: Contact = { lostSinceMs: null, nowMs: 0 };
const served = Array.from({ length: 20 }, (_, i) => secondAt(i * 1000, { texts: { ok: 412 }, offered_cost: 9000, goodput_cost: 9000 }));
const flooded = served.map((second) => ({ ...second, texts: { ok: 400, overloaded: 700, rate_limited: 100 }, offered_cost: 60_000 }));
const two = { "vm-0": workerOf("vm-0"), "vm-1": workerOf("vm-1", { state: "lost" as const, attached: false }) };

const said = (...args: Parameters<typeof sentence>) => {
  const { tone, lead, rest } = sentence(...args);
  return [tone, `${textOf(lead)} ${textOf(rest)}`.replaceAll("\u00a0", " ")];
};

test.each([
  ["healthy", stateOf(), served, HERE, "ok", "Healthy: 3 workers, 412 texts/s, p99 38 ms, nothing refused"],
  ["quiet", stateOf(), [secondAt(0)], HERE, "ok", "Healthy: 3 workers, no requests now, nothing refused"],
  ["idle", stateOf({ totals: { ...stateOf().totals, requests: {} } }), [], HERE, "ok",
    "Ready, nothing sent yet: 3 workers warmed up, waiting for the first text"],
  ["idle, drained", stateOf({ totals: { ...stateOf().totals, requests: {} }, workers: { ...stateOf().workers, "vm-1": workerOf("vm-1", { state: "drained" }) } }), [], HERE,
    "ok", "Ready, nothing sent yet: 2 of 3 workers warmed up, the others out by request"],
  ["overloaded", stateOf(), flooded, HERE, "warn",
    "Overloaded, 3.0 times capacity: 400 texts/s answered in time, 800 refused at once, p99 38 ms"],
  ["deadlines too short", stateOf(), served.map((second) => ({ ...second, texts: { ok: 40, deadline_unserviceable: 9 } })), HERE, "warn",
    "Refusing: 40 texts/s answered in time, 9 refused at once, p99 38 ms"],
  ["over with it", stateOf(), [...flooded, ...served], HERE, "ok", "Healthy: 3 workers, 412 texts/s, p99 38 ms, 16,000 refused in 5 min"],
  ["one lost", stateOf({ workers: two }), served, HERE, "bad",
    "Degraded: vm-1 lost, 1 of 2 workers serves 412 texts/s, p99 38 ms, nothing refused"],
  ["one lost, one drained", stateOf({ workers: { ...two, "vm-9": workerOf("vm-9", { state: "drained" }) } }), served, HERE, "bad",
    "Degraded: vm-1 lost, vm-9 out by request, 1 of 3 workers serves 412 texts/s, p99 38 ms, nothing refused"],
  ["all lost", stateOf({ workers: { "vm-1": two["vm-1"] } }), served, HERE, "bad",
    "Not serving, no worker is ready: vm-1 lost; requests wait, then are refused"],
  ["none yet", stateOf({ workers: {} }), [], HERE, "bad",
    "Not serving, no worker is ready: none has come yet; requests wait, then are refused"],
  ["drained", stateOf({ workers: { ...stateOf().workers, "vm-1": workerOf("vm-1", { state: "drained" }) } }), served, HERE, "ok",
    "Healthy, 1 of 3 workers out by request: 2 serve 412 texts/s, p99 38 ms, nothing refused"],
  ["failing", stateOf(), served.map((second) => ({ ...second, texts: { ok: 90, internal: 10 } })), HERE, "bad",
    "Failing: 10.0 texts/s fail or come late, 90 texts/s in time"],
  ["late", stateOf({ workers: { ...stateOf().workers, "vm-1": workerOf("vm-1", { state: "late" }) } }), served, HERE, "ok",
    "Healthy: 3 workers (vm-1 late), 412 texts/s, p99 38 ms, nothing refused"],
  ["going", stateOf({ state: "draining", in_flight: 4 }), served, HERE, "warn",
    "Shutting down: 4 requests still to answer; new ones are refused"],
])("%s", (_, state, history, contact, tone, text) => {
  expect(said(state, history, contact)).toEqual([tone, text]);
});

test("no contact comes before all else", () => {
  const [tone, text] = said(stateOf(), flooded, { lostSinceMs: 0, nowMs: 23_400 });
  expect(tone).toBe("bad");
  expect(text).toMatch(/^No contact with the server for 23 s\. This is how it was at \d\d:\d\d:\d\d; trying again every 2 s$/);
});
