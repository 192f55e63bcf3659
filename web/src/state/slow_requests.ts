// The list of slow and failed requests: which are shown, in what order, on what scale of time.
import { hasAll, wordsOf } from "../words/filter";
import { QUEUES, STAGES, type SlowRequest, type Stage } from "./types";

/** Words of the filter that mean one field, not any text. */
export const KINDS = [...QUEUES, "failed"] as const;
export type Kind = (typeof KINDS)[number];
export type Order = "time" | "total";

const isKind = (word: string): word is Kind => (KINDS as readonly string[]).includes(word);
const isOf = (request: SlowRequest, kind: Kind): boolean => (kind === "failed" ? request.verdict !== "ok" : request.queue === kind);

const textOf = (request: SlowRequest): string =>
  [request.request_id, request.client, request.api, request.verdict, request.message, request.trace_id, ...request.workers.map((worker) => worker.id)]
    .join(" ").toLowerCase();

export function shown(requests: readonly SlowRequest[], filter: string, order: Order): SlowRequest[] {
  const words = wordsOf(filter);
  const kinds = words.filter(isKind);
  const others = words.filter((word) => !isKind(word));
  const kept = requests.filter((request) => kinds.every((kind) => isOf(request, kind)) && hasAll(textOf(request), others));
  return kept.sort((a, b) => (order === "time" ? b.ended_unix_ms - a.ended_unix_ms : b.total_ms - a.total_ms));
}

export const hasKind = (filter: string, kind: Kind): boolean => wordsOf(filter).includes(kind);

/** `filter` with the word, or without it if it had it. A request is of one queue: the last one counts. */
export function turned(filter: string, kind: Kind): string {
  const rest = filter.split(/\s+/).filter((word) => {
    const lower = word.toLowerCase();
    return word !== "" && lower !== kind && (kind === "failed" || !isKind(lower) || lower === "failed");
  });
  return (hasKind(filter, kind) ? rest : [...rest, kind]).join(" ");
}

const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** A round number that is not below `value`. */
export function roundedUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (STEPS.find((step) => step * power >= value * (1 - 1e-9)) ?? 10) * power;
}

type Stages = Partial<Record<Stage, number>>;
const sumOf = (stages: Stages): number => STAGES.reduce((sum, stage) => sum + (stages[stage] ?? 0), 0);

/** How much time the full width is, so that all fit. */
export const widthOf = (requests: readonly { total_ms: number; stages_ms: Stages }[]): number =>
  roundedUp(Math.max(0, ...requests.map((request) => Math.max(request.total_ms, sumOf(request.stages_ms)))));

export interface Span {
  stage: Stage | "rest"; // rest: what no stage accounts for
  ms: number;
  left: number; // of the full width, from 0 to 1
  width: number;
}

/** One behind the other, as a request goes through them. */
export function spansOf(stages: Stages, totalMs: number, widthMs: number): Span[] {
  const spans: Span[] = [];
  let at = 0;
  const add = (stage: Span["stage"], ms: number) => {
    if (ms <= 0) return;
    spans.push({ stage, ms, left: at / widthMs, width: ms / widthMs });
    at += ms;
  };
  for (const stage of STAGES) add(stage, stages[stage] ?? 0);
  if (totalMs - at > 0.005 * totalMs) add("rest", totalMs - at);
  return spans;
}
