// What the operator API tells, as docs/operator-api.md describes it. Keys that are optional are left
// out by the server where nothing is known.

export type Verdict = string;

export interface Times {
  mean?: number;
  p50: number;
  p95: number;
  p99: number;
}

export const STAGES = ["tokenize", "queue", "dispatch", "inference", "serialize"] as const;
export type Stage = (typeof STAGES)[number];

export const QUEUES = ["urgent", "patient", "bulk"] as const;
export type Queue = (typeof QUEUES)[number];

/** One whole second of the server. Costs are in tokens of a short text. */
export interface Second {
  unix_ms: number; // its beginning
  requests: number;
  texts: Record<Verdict, number>; // of requests that ended in it
  tokens: number;
  offered_cost: number;
  goodput_cost: number;
  wasted_cost: number;
  capacity_cost: number;
  latency_ms?: Times; // of what was served, as are the stages
  stages_ms?: Record<Stage, number>;
  queue_seconds: Record<Queue, number>;
  in_flight: number;
  retries: number;
  second_attempts: number;
}

export type WorkerState = "starting" | "ready" | "late" | "ejected" | "draining" | "drained" | "lost";

export interface Worker {
  id: string;
  incarnation: string;
  state: WorkerState;
  attached: boolean;
  credit: number;
  in_flight: number; // batches
  tokens_per_second: number; // while it computes
  batches_done: number;
  items_done: number;
  restarts: number;
  cpu_seconds: number;
  resident_bytes: number;
  forward_p99_ms: number;
  batches_executed: number;
  items_executed: number;
  errors: number;
  metrics_address: string;
  peer: string;
  pid: number;
  lanes: number;
  isa: string;
}

export type EventKind =
  | "started"
  | "joined"
  | "returned"
  | "lost"
  | "late"
  | "recovered"
  | "ejected"
  | "draining"
  | "drained"
  | "resumed"
  | "refusing"
  | "refusing_ended"
  | "second_attempt"
  | "poison";

export interface EventEntry {
  unix_ms: number;
  kind: EventKind;
  text: string;
  worker?: string;
  incarnation?: string;
  reason?: string;
}

export interface Rates {
  window_seconds: number;
  requests: number;
  texts: number;
  tokens: number;
  refused: number;
  failed: number;
  retries: number;
  success_share?: number;
  latency_ms: Partial<Times>;
}

export interface Sizes {
  mean?: number;
  p50?: number;
  p99?: number;
}

export interface ServerState {
  version: string;
  revision?: string;
  coordinator_id: string;
  started_unix_ms: number;
  uptime_seconds: number;
  state: "ready" | "not_ready" | "draining";
  model: { name: string; digest: string; precision: string; dim: number; max_tokens: number };
  listen?: { grpc: string; http?: string };
  log_level?: string;
  totals: {
    requests: Record<string, Record<Verdict, number>>;
    offered_texts: Record<Verdict, number>;
    texts: number;
    tokens: number;
    retries: Record<string, number>;
    ejections: Record<string, number>;
    second_attempts: Record<string, number>;
  };
  rates: Rates;
  stages_ms: Record<Stage, Partial<Times>>;
  batches: { per_second: number; items: Sizes; tokens: Sizes; execution_ms: Partial<Times> };
  queues: Record<Queue, { items: number; seconds: number; oldest_age_seconds: number }>;
  queued_bytes: number;
  in_flight: number;
  capacity_cost_per_second: number;
  workers: Record<string, Worker>;
  usage: Record<string, { requests: number; refused: number; failed: number; texts: number; tokens: number }>;
  second?: Second;
  events?: Record<string, EventEntry>;
}

export interface SlowRequest {
  ended_unix_ms: number;
  api: string;
  request_id: string;
  client: string;
  verdict: Verdict;
  message?: string;
  texts: number;
  tokens: number;
  total_ms: number;
  stages_ms: Record<Stage, number>;
  queue?: Queue;
  attempts: number;
  workers: { id: string; incarnation: string }[];
  trace_id?: string;
}

export interface LogLine {
  id: number;
  line: { ts: string; level: string; event: string; msg: string; [key: string]: unknown };
}

export interface Setting {
  name: string;
  value: string;
  origin: "default" | "file" | "variable" | "flag";
  place: string;
}

export interface TryAnswer {
  request_id: string;
  dim: number;
  tokens: number[];
  truncated: number;
  similarity: number[][];
  timing_ms: Record<string, number>;
  queue: string;
  attempts: number;
  workers: { id: string; incarnation: string }[];
}
