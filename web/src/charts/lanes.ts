// The four lanes of the timeline: what each draws, by whom it is read off.
import type uPlot from "uplot";
import { STAGES } from "../state/types";
import { compact, millis, num, small } from "../words/format";
import { hatched, token } from "./paint";
import { highest, niceMax, REFUSED_BANDS, stacked, ticksTo, usual, type Column, type Points } from "./points";

type Paint = (plot: uPlot) => CanvasPattern | string;

export interface Series {
  column: Column;
  stroke?: string; // a token
  width?: number;
  dash?: number[];
  alpha?: number;
  fill?: Paint; // down to zero, or to the series before it
  fillsTo?: number; // the number of that series
  below?: string; // written at the axis under zero
  label?: string; // written into the band where it is thick
}

export interface Reading {
  key: string; // class of its swatch
  label: string;
  line?: "solid" | "thin" | "dashed"; // else an area
  value: number | null | undefined;
  text: string;
}

export interface Lane {
  id: string;
  title: string;
  unit: string;
  series: (points: Points) => Series[];
  scale: (points: Points) => { min: number; max: number; ticks: number[]; isLog?: boolean };
  tick: (value: number, max: number) => string;
  readings: (points: Points, at: number) => Reading[];
  total?: (points: Points, at: number) => string;
}

const solid = (name: string): Paint => () => token(name);
const hatch = (...how: [Parameters<typeof hatched>[1], string, string]): Paint => (plot) => hatched(plot.ctx, ...how);

const FLOW_BANDS: [keyof Points["flow"], Paint, string?][] = [
  ["in_time", solid("good-fill"), "answered in time"],
  ["broken", solid("bad-fill"), "failed or late"],
  ["overloaded", hatch("/", "refuse", "refuse-bg"), "refused: overloaded"],
  ["rate_limited", hatch("\\", "refuse", "refuse-bg"), "refused: rate_limited"],
  ["deadline_unserviceable", hatch("-", "refuse", "refuse-bg"), "refused: deadline_unserviceable"],
  ["unserved", hatch("|", "refuse", "refuse-bg"), "refused: no worker"],
  ["cancelled", hatch("|", "wait", "wait-bg"), "cancelled"],
];

const refusedAt = (points: Points, at: number): number =>
  [...REFUSED_BANDS, "unserved" as const].reduce((sum, reason) => sum + (points.flow[reason][at] ?? 0), 0);

const flow: Lane = {
  id: "flow",
  title: "Offered and goodput",
  unit: "texts/s",
  series: (points) => {
    const sums = stacked(FLOW_BANDS.map(([key]) => points.flow[key]));
    const bands = FLOW_BANDS.map(([, fill, label], i): Series => ({ column: sums[i] ?? [], fill, fillsTo: i === 0 ? undefined : i - 1, label }));
    return [
      ...bands,
      { column: points.flow.wasted.map((value) => (value === null ? null : -value)), fill: hatch("/", "bad-fill", "bad-bg"), stroke: "bad-fill", width: 1.2, below: "wasted" },
      { column: points.flow.capacity, stroke: "ink3", width: 1.2, dash: [4, 3] },
      { column: points.flow.offered, stroke: "ink", width: 1.4 },
      { column: sums[0] ?? [], stroke: "accent", width: 1.8 },
    ];
  },
  scale: (points) => {
    const max = niceMax(Math.max(highest([points.flow.offered]), usual(points.flow.capacity)) * 1.04);
    return { min: -Math.max(max * 0.08, highest([points.flow.wasted]) * 1.15), max, ticks: ticksTo(max) };
  },
  tick: (value) => compact(value),
  readings: ({ flow: of }, at) => {
    const reading = (key: string, label: string, value: number | null | undefined, line?: Reading["line"]): Reading => ({ key, label, value, line, text: small(value) });
    return [
      reading("offered", "Offered", of.offered[at], "solid"),
      reading("capacity", "Capacity", of.capacity[at], "dashed"),
      reading("in_time", "In time", of.in_time[at]),
      reading("broken", "Failed, late", of.broken[at]),
      reading("refused", "Refused", refusedAt({ flow: of } as Points, at)),
      reading("cancelled", "Cancelled", of.cancelled[at]),
      reading("wasted", "Wasted", of.wasted[at]),
    ];
  },
};

const upTo = (columns: Column[]) => {
  const max = niceMax(highest(columns) * 1.05);
  return { min: 0, max, ticks: ticksTo(max, 3) };
};
const tickMillis = (value: number, max: number): string => (value + max / 3 > max ? `${num(value, max < 3 ? 1 : 0)}\u00a0ms` : num(value, max < 3 ? 1 : 0));

const latency: Lane = {
  id: "latency",
  title: "Latency",
  unit: "of what was served",
  series: (points) => [
    { column: points.latency.p50, stroke: "ink3", width: 1.2 },
    { column: points.latency.p99, fill: solid("accent-soft"), fillsTo: 0 },
    { column: points.latency.p95, stroke: "accent", width: 1, alpha: 0.65 },
    { column: points.latency.p99, stroke: "accent", width: 1.8 },
  ],
  scale: (points) => upTo([points.latency.p99]),
  tick: tickMillis,
  readings: (points, at) =>
    (["p99", "p95", "p50"] as const).map((key) => ({
      key, label: key, line: key === "p99" ? "solid" : "thin", value: points.latency[key][at], text: millis(points.latency[key][at]),
    })),
};

const STAGE_PAINT: Record<(typeof STAGES)[number], Paint> = {
  tokenize: solid("tokenize"),
  queue: hatch("/", "wait", "wait-bg"),
  dispatch: solid("wait"),
  inference: solid("inference"),
  serialize: solid("serialize"),
};
const STAGE_NAMES = { tokenize: "Tokenize", queue: "Queue", dispatch: "Dispatch", inference: "Inference", serialize: "Serialize" };

const stages: Lane = {
  id: "stages",
  title: "Where time goes",
  unit: "mean of a request",
  series: (points) => {
    const sums = stacked(STAGES.map((stage) => points.stages[stage]));
    return [
      ...STAGES.map((stage, i): Series => ({ column: sums[i] ?? [], fill: STAGE_PAINT[stage], fillsTo: i === 0 ? undefined : i - 1 })),
      { column: sums.at(-1) ?? [], stroke: "ink2", width: 1.1 },
    ];
  },
  scale: (points) => upTo(stacked(STAGES.map((stage) => points.stages[stage])).slice(-1)),
  tick: tickMillis,
  readings: (points, at) =>
    [...STAGES].reverse().map((stage) => ({ key: stage, label: STAGE_NAMES[stage], value: points.stages[stage][at], text: millis(points.stages[stage][at]) })),
  total: (points, at) => {
    const known = STAGES.map((stage) => points.stages[stage][at]).filter((value) => value != null);
    return millis(known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0));
  },
};

const LEAST_QUEUE = 0.001; // seconds; a log axis has no zero
const queues: Lane = {
  id: "queues",
  title: "Queue seconds by kind",
  unit: "log scale",
  series: (points) => {
    const shown = (column: Column) => column.map((value) => (value === null ? null : Math.max(value, LEAST_QUEUE)));
    return [
      { column: shown(points.queues.bulk), stroke: "ink3", width: 1.2, dash: [2, 2] },
      { column: shown(points.queues.patient), stroke: "ink2", width: 1.2 },
      { column: shown(points.queues.urgent), stroke: "accent", width: 1.8 },
    ];
  },
  scale: (points) => {
    const max = Math.max(10, 10 ** Math.ceil(Math.log10(Math.max(1, highest(Object.values(points.queues))))));
    return { min: LEAST_QUEUE * 0.7, max, ticks: [0.001, 0.01, 0.1, 1, 10, 100, 1000].filter((tick) => tick <= max), isLog: true };
  },
  tick: (value) => (Math.round(Math.log10(value)) % 2 === 0 ? "" : millis(value * 1000)),
  readings: (points, at) =>
    (["bulk", "patient", "urgent"] as const).map((key) => ({
      key, label: key[0]?.toUpperCase() + key.slice(1), line: key === "bulk" ? "dashed" : key === "urgent" ? "solid" : "thin",
      value: points.queues[key][at], text: points.queues[key][at] == null ? "–" : millis((points.queues[key][at] ?? 0) * 1000),
    })),
};

export const LANES: readonly Lane[] = [flow, latency, stages, queues];
