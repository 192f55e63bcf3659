// A server that lives in numbers only: seconds, workers and events of a scenario, repeatable. For
// tests and pictures of the page; what it tells has the form of the operator API.

const COST_PER_TEXT = 22;
const CAPACITY = 6850; // tokens a second of one worker

export const SCENARIOS = {
  healthy: { workers: 3, load: 0.62 },
  idle: { workers: 3, load: 0 },
  none: { workers: 0, load: 0 },
  lost: { workers: 5, load: 0.6 },
  overload: { workers: 8, load: 0.7 },
  draining: { workers: 4, load: 0.35 },
  gone: { workers: 3, load: 0.62 },
  many: { workers: 200, load: 0.7 },
};

function randomFrom(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class Simulated {
  /** Begins five minutes ago, so that there is a past; `step` makes one second more. */
  constructor(scenario, nowMs = Date.now()) {
    this.scenario = scenario;
    this.plan = SCENARIOS[scenario];
    this.random = randomFrom(scenario.length * 7919 + 11);
    this.ms = Math.floor(nowMs / 1000) * 1000 - 300_000;
    this.k = -300;
    this.drift = 0;
    this.history = [];
    this.events = {};
    this.eventId = 0;
    this.totals = { ok: 0, tokens: 0, requests: 0, texts: {}, won: 0 };
    this.workers = Array.from({ length: this.plan.workers }, (_, i) => ({
      id: `worker-${i + 1}`,
      incarnation: this.hex(16),
      state: "ready",
      speed: CAPACITY * (1 + 0.03 * this.gauss()) * (i === 6 ? 0.36 : 1),
      items: 0,
      cpu: 0,
      restarts: 0,
      p99: 22,
      in_flight: 0,
    }));
    this.say("started", "shoal 0.1.0 started with all-MiniLM-L6-v2 in bf16", undefined, undefined, -9420);
    for (const worker of this.workers.slice(0, 8)) this.say("joined", `${worker.id} joined`, worker, undefined, -9417);
    while (this.k < 0) this.step();
  }

  hex(digits) {
    return Array.from({ length: digits }, () => Math.floor(this.random() * 16).toString(16)).join("");
  }
  gauss() {
    return Math.sqrt(-2 * Math.log(this.random() + 1e-9)) * Math.cos(6.2832 * this.random());
  }
  say(kind, text, worker, reason, second = this.k) {
    const event = { unix_ms: this.ms + (second - this.k) * 1000, kind, text };
    if (worker) Object.assign(event, { worker: worker.id, incarnation: worker.incarnation });
    if (reason) event.reason = reason;
    this.events[String(++this.eventId)] = event;
  }

  script(k) {
    const w = this.workers;
    if (this.scenario === "lost") {
      if (k === -172) {
        w[2].state = "lost";
        this.say("lost", "worker-3 was lost: its link ended without a goodbye", w[2]);
      }
      if (k === -140) {
        Object.assign(w[2], { state: "ready", restarts: 1, incarnation: this.hex(16), items: 0, cpu: 0 });
        this.say("returned", "worker-3 is back as a new process", w[2]);
      }
      if (k === -40) {
        w[3].state = "lost";
        this.say("lost", "worker-4 was lost: nothing came from it for 1.6 s", w[3]);
      }
    }
    if (this.scenario === "overload") {
      if (k === -199) this.say("refusing", "requests are refused: overloaded", undefined, "overloaded");
      if (k === -140) {
        w[4].state = "late";
        this.say("late", "worker-5 is late with a batch", w[4]);
      }
      if (k === -135) {
        w[4].state = "ready";
        this.say("recovered", "worker-5 is late no more", w[4]);
      }
      if (k === -60) this.say("refusing", "requests are refused: rate_limited", undefined, "rate_limited");
      if (k === -4) w[2].state = "late";
    }
    if (this.scenario === "draining") {
      if (k === -152) {
        w[0].state = "drained";
        this.say("drained", "worker-1 was drained", w[0]);
      }
      if (k === -14) {
        w[3].state = "draining";
        this.say("draining", "worker-4 is draining", w[3]);
      }
    }
    if (this.scenario === "healthy" && (k === -203 || k === -78)) {
      this.totals.won++;
      this.say("second_attempt", "a second attempt on worker-1 won: worker-2 was late", w[1]);
    }
  }

  load(k) {
    if (this.scenario === "overload" && k >= -204) return 0.7 + 2.35 * Math.min(1, (k + 204) / 9);
    return this.plan.load;
  }

  step() {
    const k = this.k++;
    this.ms += 1000;
    this.script(k);
    this.drift += -0.06 * this.drift + 0.022 * this.gauss();
    const serving = this.workers.filter((worker) => worker.state === "ready" || worker.state === "late");
    const capacity = serving.reduce((sum, worker) => sum + worker.speed, 0);
    const all = this.workers.reduce((sum, worker) => sum + worker.speed, 0);
    const over = this.load(k) > 1.5;
    const offered = Math.max(0, all * this.load(k) * Math.exp(this.drift * (over ? 0.35 : 1)) * (over ? 1 + 0.03 * this.gauss() : 1));
    const served = Math.min(offered, capacity * 0.97);
    const texts = Math.round(served / COST_PER_TEXT);
    const refused = Math.max(0, Math.round(offered / COST_PER_TEXT) - texts - (offered > served ? 0 : Infinity));
    const second = {
      unix_ms: this.ms - 1000,
      requests: Math.round((texts + refused) / 2),
      texts: texts > 0 ? { ok: texts } : {},
      tokens: Math.round(served),
      offered_cost: offered,
      goodput_cost: served,
      wasted_cost: texts > 0 ? Math.max(0, served * 0.002 * (1 + this.gauss())) : 0,
      capacity_cost: capacity,
      queue_seconds: { urgent: 0, patient: 0, bulk: 0 },
      in_flight: texts > 0 ? (over ? 260 : 6) + Math.round(2 * Math.abs(this.gauss())) : 0,
      retries: 0,
      second_attempts: 0,
    };
    if (refused > 0) {
      const limited = k >= -60 ? Math.round(refused * 0.3) : 0;
      const short = Math.round(refused * 0.045);
      Object.assign(second.texts, { overloaded: refused - limited - short, deadline_unserviceable: short });
      if (limited > 0) second.texts.rate_limited = limited;
    }
    if (texts > 0 && this.random() < 0.25) second.texts.cancelled = Math.ceil(this.random() * 4);
    if (texts > 0) this.time(second, served / Math.max(1, capacity), over, k);
    for (const worker of this.workers) this.work(worker, serving, served, capacity);
    this.totals.ok += texts;
    this.totals.tokens += second.tokens;
    this.totals.requests += second.requests;
    for (const [verdict, count] of Object.entries(second.texts)) this.totals.texts[verdict] = (this.totals.texts[verdict] ?? 0) + count;
    this.history = [...this.history, second].slice(-300);
  }

  time(second, use, over, k) {
    const wait = (over ? 62 + 4 * this.gauss() : Math.min(40, Math.max(0.4, (5 * use ** 3) / (1.06 - use)))) * (1 + 0.12 * Math.abs(this.gauss()));
    const inference = 9.6 * (over ? 1.12 : 1) * (1 + 0.035 * this.gauss());
    second.stages_ms = { tokenize: 0.34, queue: wait, dispatch: 0.52, inference, serialize: 0.27 };
    const p50 = 0.34 + 0.6 * wait + 0.52 + inference + 0.27;
    const p95 = (p50 + (over ? 34 : 9) + wait) * (1 + 0.04 * Math.abs(this.gauss()));
    const shock = this.scenario === "lost" && k > -172 && k < -168 ? 2.6 : 1;
    second.latency_ms = { p50, p95, p99: (p95 + (over ? 19 : 8)) * (1 + 0.06 * Math.abs(this.gauss())) * shock };
    second.queue_seconds = { urgent: wait / 1000, patient: (wait / 1000) * (over ? 14 : 6), bulk: over ? 38 : 1.1 };
  }

  work(worker, serving, served, capacity) {
    const active = serving.includes(worker) && served > 0;
    const share = active ? worker.speed / capacity : 0;
    worker.items += Math.round((served * share) / COST_PER_TEXT);
    worker.cpu += active ? Math.min(1, served / capacity) : 0.01;
    worker.in_flight = active ? Math.max(0, Math.round(2 + this.gauss())) : worker.state === "draining" ? 1 : 0;
    worker.p99 = worker.state === "late" ? 61 : 22 + Math.abs(this.gauss());
  }

  rates() {
    const last = this.history.slice(-10);
    const mean = (of) => last.reduce((sum, second) => sum + of(second), 0) / last.length;
    const refused = mean((s) => (s.texts.overloaded ?? 0) + (s.texts.rate_limited ?? 0) + (s.texts.deadline_unserviceable ?? 0)) / 2;
    const busy = last.filter((second) => second.latency_ms);
    const latency = busy.length === 0 ? {} : Object.fromEntries(["p50", "p95", "p99"].map((p) => [p, busy.reduce((sum, s) => sum + s.latency_ms[p], 0) / busy.length]));
    return {
      window_seconds: 10, requests: mean((s) => s.requests), texts: mean((s) => s.texts.ok ?? 0), tokens: mean((s) => s.tokens),
      refused, failed: 0, retries: 0, latency_ms: latency,
    };
  }

  state() {
    const second = this.history.at(-1);
    const stages = Object.fromEntries(Object.entries(second.stages_ms ?? {}).map(([stage, value]) => [stage, { mean: value, p50: value, p95: value * 1.8, p99: value * 2.4 }]));
    return {
      version: "0.1.0", revision: "0123456789ab", coordinator_id: "coordinator-1f2e3d4c",
      started_unix_ms: this.ms - 9_420_000 - this.k * 1000, uptime_seconds: 9420 + this.k, state: this.workers.length > 0 ? "ready" : "not_ready",
      model: { name: "all-MiniLM-L6-v2", digest: "6f1d", precision: "bf16", dim: 384, max_tokens: 256 },
      listen: { grpc: "127.0.0.1:50050", http: "127.0.0.1:8080" }, log_level: "info",
      totals: {
        requests: this.totals.requests > 0 ? { openai: { ok: this.totals.requests } } : {}, offered_texts: this.totals.texts,
        texts: this.totals.ok, tokens: this.totals.tokens, retries: { worker_lost: 0, failed: 0, not_run: 0, late: 0 },
        ejections: { silent: 0, stalled: 0, failing: 0 }, second_attempts: { won: this.totals.won, lost: 0 },
      },
      rates: this.rates(), stages_ms: stages,
      batches: { per_second: 120, items: { mean: 4.2, p50: 4, p99: 16 }, tokens: { mean: 92, p50: 88, p99: 256 }, execution_ms: { mean: 9.4, p50: 9, p95: 18, p99: 22 } },
      queues: Object.fromEntries(Object.entries(second.queue_seconds).map(([queue, seconds]) => [queue, { items: Math.round(seconds * 50), seconds, oldest_age_seconds: seconds }])),
      queued_bytes: 0, in_flight: second.in_flight, capacity_cost_per_second: second.capacity_cost,
      workers: Object.fromEntries(this.workers.map((worker) => [worker.id, this.told(worker)])),
      usage: { "127.0.0.1": { requests: this.totals.requests, refused: 0, failed: 0, texts: this.totals.ok, tokens: this.totals.tokens } },
      second, events: this.events,
    };
  }

  told(worker) {
    return {
      id: worker.id, incarnation: worker.incarnation, state: worker.state, attached: worker.state !== "lost", credit: 1,
      in_flight: worker.in_flight, tokens_per_second: Math.round(worker.speed), batches_done: Math.round(worker.items / 4), items_done: worker.items,
      restarts: worker.restarts, cpu_seconds: worker.cpu, resident_bytes: 118 << 20, forward_p99_ms: worker.p99, batches_executed: Math.round(worker.items / 4),
      items_executed: worker.items, errors: 0, metrics_address: "127.0.0.1:9464", peer: "unix:", pid: 4242, lanes: 1, isa: "avx512",
    };
  }

  /** As an operator would: drain or resume. */
  change(id, action) {
    const worker = this.workers.find((one) => one.id === id);
    if (!worker) return undefined;
    worker.state = action === "drain" ? "drained" : "ready";
    this.say(action === "drain" ? "drained" : "resumed", `${id} ${action === "drain" ? "was drained" : "gets work again"}`, worker);
    return this.told(worker);
  }

  slow() {
    return Array.from({ length: this.totals.requests > 0 ? 14 : 0 }, (_, i) => {
      const queue = 30 + 8 * ((i * 7) % 11);
      const inference = 9 + ((i * 5) % 7);
      const failed = i === 4;
      return {
        ended_unix_ms: this.ms - i * 19_000, api: i % 3 ? "openai" : "grpc", request_id: `40ea7e87${String(i).padStart(2, "0")}`, client: i % 2 ? "127.0.0.1" : "etl-nightly",
        verdict: failed ? "deadline_exceeded" : "ok", ...(failed ? { message: "not done in time: 100 ms" } : {}), texts: 1 + (i % 5), tokens: 22 * (1 + (i % 5)),
        total_ms: 0.34 + queue + 0.5 + inference + 0.3, stages_ms: { tokenize: 0.34, queue, dispatch: 0.5, inference, serialize: 0.3 }, queue: i % 2 ? "urgent" : "patient",
        attempts: i === 2 ? 2 : 1, workers: [{ id: `worker-${1 + (i % this.workers.length)}`, incarnation: this.workers[i % this.workers.length].incarnation }],
      };
    });
  }

  log(after, limit, level, requestId) {
    const order = ["trace", "debug", "info", "warn", "error"];
    const newest = 240 + Math.max(0, this.k) * 3; // three lines a second
    const lines = Array.from({ length: newest }, (_, i) => {
      const id = i + 1;
      const ts = new Date(this.ms - (newest - i) * 333).toISOString();
      const common = { ts, service: "shoal", role: "serve" };
      if (i % 40 === 7) return { id, line: { ...common, level: "warn", event: "worker.ended", msg: "a worker process ended", worker_id: "worker-3", exc_info: { type: "UNAVAILABLE", message: "signal 9" } } };
      if (i % 60 === 11) return { id, line: { ...common, level: "error", event: "worker.changed", msg: "worker is lost", worker_id: "worker-3", state: "lost" } };
      return { id, line: { ...common, level: "info", event: "request.finished", msg: "a request was served", request_id: `40ea7e87${i % 50}`, api: "openai", texts: 1 + (i % 4), total_ms: 12 + (i % 9) } };
    });
    const kept = lines.filter((one) => one.id > after && order.indexOf(one.line.level) >= order.indexOf(level) && (!requestId || one.line.request_id === requestId));
    return { lines: kept.slice(0, limit), next: kept.length > limit ? kept[limit - 1].id : Math.max(after, newest), oldest: 1, newest };
  }
}
