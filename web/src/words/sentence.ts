// What an operator would say aloud: one sentence about the server, from its state and its last
// seconds.
import type { Second, ServerState, Worker } from "../state/types";
import { accountOf } from "./outcomes";
import { clock, count, duration, millis, num } from "./format";

export type Tone = "ok" | "warn" | "bad";
export type SentenceIcon = "ready" | "overload" | "lost" | "gone" | "draining";
/** Numbers stand out among words. */
export type Part = string | { number: string };

export interface Sentence {
  tone: Tone;
  icon: SentenceIcon;
  lead: Part[]; // what it is
  rest: Part[]; // the figures
}

export interface Contact {
  /** Since when nothing has come; null while it does. */
  lostSinceMs: number | null;
  nowMs: number;
}

const n = (text: string): Part => ({ number: text });
const WINDOW = 10; // seconds, so that it does not flicker
const SERVES = new Set(["ready", "late"]);
const RECENT_SECONDS = 300;

interface Figures {
  good: number; // texts a second, as the next two
  refused: number; // for want of room or time
  broken: number;
  load: number; // offered over capacity
  p99: number | undefined;
  refusedLately: number; // texts of the last five minutes
  brokenLately: number;
}

function figuresOf(state: ServerState, history: readonly Second[]): Figures {
  const recent = history.slice(-WINDOW);
  const account = accountOf(recent);
  const whole = accountOf(history.slice(-RECENT_SECONDS));
  const seconds = Math.max(1, recent.length);
  const offered = recent.reduce((sum, second) => sum + second.offered_cost, 0) / seconds;
  return {
    good: account.in_time / seconds,
    refused: account.refused / seconds,
    broken: account.broken / seconds,
    load: state.capacity_cost_per_second > 0 ? offered / state.capacity_cost_per_second : 0,
    p99: state.rates.latency_ms.p99,
    refusedLately: whole.refused,
    brokenLately: whole.broken,
  };
}

const perSecond = (texts: number): Part => n(count(Math.round(texts), "text").replace(/(texts?)$/, "$1/s"));
const names = (workers: Worker[]): string =>
  workers.length <= 3 ? workers.map((worker) => worker.id).join(", ") : count(workers.length, "worker");

function aftermath(figures: Figures): Part[] {
  const parts: Part[] = [];
  if (figures.brokenLately > 0) parts.push(", ", n(num(figures.brokenLately)), " failed or late in 5 min");
  if (figures.refusedLately > 0) parts.push(", ", n(num(figures.refusedLately)), " refused in 5 min");
  return parts.length > 0 ? parts : [", nothing refused"];
}

function served(figures: Figures): Part[] {
  const parts: Part[] = [perSecond(figures.good)];
  if (figures.p99 !== undefined) parts.push(", ", n(`p99\u00a0${millis(figures.p99)}`));
  return parts;
}

/** The first of these that holds is what matters most. */
export function sentence(state: ServerState, history: readonly Second[], contact: Contact): Sentence {
  const workers = Object.values(state.workers);
  const serving = workers.filter((worker) => SERVES.has(worker.state));
  const away = workers.filter((worker) => worker.state === "lost" || worker.state === "ejected");
  const out = workers.filter((worker) => worker.state === "draining" || worker.state === "drained");
  const figures = figuresOf(state, history);

  if (contact.lostSinceMs !== null) {
    return {
      tone: "bad", icon: "gone",
      lead: ["No contact with the server for ", n(duration((contact.nowMs - contact.lostSinceMs) / 1000)), "."],
      rest: ["This is how it was at ", n(clock(contact.lostSinceMs)), "; trying again every 2 s"],
    };
  }
  if (state.state === "draining") {
    return {
      tone: "warn", icon: "draining", lead: ["Shutting down:"],
      rest: [n(count(state.in_flight, "request")), " still to answer; new ones are refused"],
    };
  }
  if (serving.length === 0) {
    const why = away.length > 0 ? [names(away), " lost"] : out.length > 0 ? [names(out), " out by request"] : ["none has come yet"];
    return { tone: "bad", icon: "lost", lead: ["Not serving, no worker is ready:"], rest: [...why, "; requests wait, then are refused"] };
  }
  if (figures.refused > 0.5 && figures.refused > 0.01 * (figures.good + figures.refused)) {
    const lead: Part[] = figures.load > 1.05 ? ["Overloaded, ", n(`${num(figures.load, 1)}\u00a0times`), " capacity:"] : ["Refusing:"];
    return {
      tone: "warn", icon: "overload", lead,
      rest: [perSecond(figures.good), " answered in time, ", n(num(figures.refused)), " refused at once",
        ...(figures.p99 === undefined ? [] : [", ", n(`p99\u00a0${millis(figures.p99)}`)])],
    };
  }
  if (figures.broken > 0.01 * (figures.good + figures.broken) && figures.broken > 0) {
    return {
      tone: "bad", icon: "lost", lead: ["Failing: ", n(num(figures.broken, 1)), " texts/s fail or come late,"],
      rest: [perSecond(figures.good), " in time"],
    };
  }
  if (away.length > 0) {
    return {
      tone: "bad", icon: "lost", lead: ["Degraded: ", names(away), away.every((worker) => worker.state === "ejected") ? " ejected," : " lost,",
        ...(out.length > 0 ? [" ", names(out), " out by request,"] : [])],
      rest: [n(`${num(serving.length)} of ${count(workers.length, "worker")}`), serving.length === 1 ? " serves " : " serve ",
        ...served(figures), ...aftermath(figures)],
    };
  }
  if (Object.keys(state.totals.requests).length === 0) {
    return {
      tone: "ok", icon: "ready", lead: ["Ready, nothing sent yet:"],
      rest: out.length > 0
        ? [n(`${num(serving.length)} of ${count(workers.length, "worker")}`), " warmed up, the others out by request"]
        : [n(count(serving.length, "worker")), " warmed up, waiting for the first text"],
    };
  }
  if (out.length > 0) {
    return {
      tone: "ok", icon: "ready", lead: ["Healthy, ", n(`${num(out.length)} of ${count(workers.length, "worker")}`), " out by request:"],
      rest: [n(num(serving.length)), serving.length === 1 ? " serves " : " serve ", ...served(figures), ...aftermath(figures)],
    };
  }
  const late = workers.filter((worker) => worker.state === "late");
  return {
    tone: "ok", icon: "ready", lead: ["Healthy:"],
    rest: [n(count(serving.length, "worker")), ...(late.length > 0 ? [" (", names(late), " late)"] : []), ", ",
      ...(figures.good > 0 ? served(figures) : ["no requests now"]), ...aftermath(figures)],
  };
}

export const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (typeof part === "string" ? part : part.number)).join("");
