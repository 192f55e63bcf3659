// Columns of numbers for the lanes, worked out from the seconds. Texts are the unit of work
// everywhere: costs become texts by what a text cost lately.
import { QUEUES, STAGES, type Queue, type Second, type Stage } from "../state/types";
import { accountOf, textsPerCost } from "../words/outcomes";

export type Column = (number | null)[];

/** Reasons of refusals with a band of their own, in the order in which they are stacked. */
export const REFUSED_BANDS = ["overloaded", "rate_limited", "deadline_unserviceable"] as const;

export interface Points {
  time: number[]; // seconds since 1970, of each second's beginning
  flow: Record<"offered" | "capacity" | "in_time" | "broken" | (typeof REFUSED_BANDS)[number] | "unserved" | "cancelled" | "wasted", Column>;
  latency: Record<"p50" | "p95" | "p99", Column>;
  stages: Record<Stage, Column>;
  queues: Record<Queue, Column>;
}

export function pointsOf(seconds: readonly Second[]): Points {
  const perCost = textsPerCost(seconds);
  const inTexts = (cost: number) => (perCost === undefined ? null : cost * perCost);
  const points: Points = {
    time: [],
    flow: { offered: [], capacity: [], in_time: [], broken: [], overloaded: [], rate_limited: [], deadline_unserviceable: [], unserved: [], cancelled: [], wasted: [] },
    latency: { p50: [], p95: [], p99: [] },
    stages: { tokenize: [], queue: [], dispatch: [], inference: [], serialize: [] },
    queues: { urgent: [], patient: [], bulk: [] },
  };
  for (const second of seconds) {
    const account = accountOf([second]);
    const of = (verdict: string) => account.byVerdict[verdict] ?? 0;
    points.time.push(second.unix_ms / 1000);
    points.flow.offered.push(account.offered - account.invalid);
    points.flow.capacity.push(inTexts(second.capacity_cost));
    points.flow.in_time.push(account.in_time);
    points.flow.broken.push(account.broken);
    for (const reason of REFUSED_BANDS) points.flow[reason].push(of(reason));
    points.flow.unserved.push(of("no_workers") + of("draining"));
    points.flow.cancelled.push(account.cancelled);
    points.flow.wasted.push(inTexts(second.wasted_cost) ?? 0);
    for (const key of ["p50", "p95", "p99"] as const) points.latency[key].push(second.latency_ms?.[key] ?? null);
    for (const stage of STAGES) points.stages[stage].push(second.stages_ms?.[stage] ?? null);
    for (const queue of QUEUES) points.queues[queue].push(second.queue_seconds[queue]);
  }
  return points;
}

/** Each column on top of those before it; what is not known leaves a gap in all. */
export function stacked(columns: readonly Column[]): Column[] {
  const sums: Column[] = [];
  for (const column of columns) {
    const below = sums.at(-1);
    sums.push(column.map((value, i) => {
      const base = below === undefined ? 0 : below[i];
      return value === null || base == null ? null : base + value;
    }));
  }
  return sums;
}

/** 1, 1.2, 1.5, 2 … times a power of ten: the top of an axis that holds `value`. */
export function niceMax(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  for (const step of [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8]) if (value <= step * power * 1.0001) return step * power;
  return 10 * power;
}

/** Ticks from zero in steps of 1, 2, 2.5 or 5, some four of them. */
export function ticksTo(max: number, wanted = 4): number[] {
  const rough = max / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((one) => rough <= one * power * 1.0001) ?? 10) * power;
  return Array.from({ length: Math.floor((max * 1.0001) / step) + 1 }, (_, i) => i * step);
}

/** Below which nine of ten values are: a moment's spike does not set a scale. */
export function usual(column: Column): number {
  const known = column.filter((value): value is number => value !== null).sort((a, b) => a - b);
  return known[Math.floor(known.length * 0.9)] ?? 0;
}

export const highest = (columns: readonly Column[]): number => Math.max(0, ...columns.flat().filter((value): value is number => value !== null));
