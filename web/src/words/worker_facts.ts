// What there is to know about one worker.
import type { EventEntry, ServerState, Worker, WorkerState } from "../state/types";
import type { IconName } from "../ui/Icon";
import { ago, bytes, count, millis, num, UNKNOWN } from "./format";
import type { Tone } from "./sentence";

interface StateWords {
  icon: IconName;
  tone: Tone | "quiet";
  means: string;
}

export const WORKER_STATES: Record<WorkerState, StateWords> = {
  starting: { icon: "starting", tone: "quiet", means: "it warms up" },
  ready: { icon: "ready", tone: "ok", means: "it serves" },
  late: { icon: "late", tone: "warn", means: "it serves, and a batch takes longer than it should" },
  ejected: { icon: "ejected", tone: "bad", means: "it was sent away for its failures and is probed until it works again" },
  draining: { icon: "draining", tone: "quiet", means: "it finishes what it has and gets nothing more" },
  drained: { icon: "drained", tone: "quiet", means: "it gets nothing, by request" },
  lost: { icon: "lost", tone: "bad", means: "its link has ended" },
};

export const isOutByRequest = (worker: Worker): boolean => worker.state === "draining" || worker.state === "drained";

/** Whether nobody would serve without it. */
export const isLastToServe = (worker: Worker, state: ServerState): boolean =>
  Object.values(state.workers).every((other) => other.id === worker.id || (other.state !== "ready" && other.state !== "late"));

/** Beside its rates, which are drawn. */
export function factsOf(worker: Worker): [string, string][] {
  const said = (text: string) => (text === "" ? UNKNOWN : text);
  return [
    ["Memory", bytes(worker.resident_bytes)],
    ["Forward p99", worker.forward_p99_ms > 0 ? millis(worker.forward_p99_ms) : UNKNOWN],
    ["In flight", `${count(worker.in_flight, "batch", "batches")}, credit for ${num(worker.credit)} more`],
    ["Batches", `${num(worker.batches_done)} done, ${num(worker.batches_executed)} executed`],
    ["Errors", num(worker.errors)],
    ["Restarts", num(worker.restarts)],
    ["Incarnation", worker.incarnation],
    ["Process", worker.pid > 0 ? `${worker.pid}` : UNKNOWN],
    ["Lanes", `${num(worker.lanes)} of ${said(worker.isa)}`],
    ["Link from", said(worker.peer)],
    ["Metrics", said(worker.metrics_address)],
  ];
}

/** Newest first, as `events` are. */
export const eventsOf = (events: readonly EventEntry[], id: string): EventEntry[] => events.filter((event) => event.worker === id);

/** Why it was last lost or sent away. */
export const lastErrorOf = (events: readonly EventEntry[], id: string): EventEntry | undefined =>
  eventsOf(events, id).find((event) => event.kind === "lost" || event.kind === "ejected");

/** Of what time its lines tell. */
export function watchedOf(watchedMs: number): string {
  if (watchedMs >= 299_000) return "The last five minutes.";
  const since = watchedMs < 1000 ? "from now on" : `since this page first saw it, ${ago(watchedMs / 1000)}`;
  return `Drawn ${since}: the server keeps no past of a single worker.`;
}
