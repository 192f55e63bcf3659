// A line of the log as people read it: when, how bad, what happened, and the other fields.
import type { LogLine } from "../state/types";
import { clock } from "./format";

export const LEVELS = ["debug", "info", "warn", "error"] as const;
export type Level = (typeof LEVELS)[number];

export interface ReadLine {
  id: number;
  time: string; // 14:03:59.120, of this machine's clock
  level: string;
  event: string;
  message: string; // with all of its error's causes
  fields: [string, string][];
  requestId?: string;
  workerId?: string;
  text: string; // all of it in lower case, for the filter
  json: string;
}

interface ErrorInfo {
  message?: string;
  causes?: ErrorInfo[];
}

const SHOWN_APART = new Set(["ts", "level", "event", "msg", "exc_info"]);
const SAME_IN_ALL = new Set(["service", "role"]); // of the lines of one server

function timeOf(ts: string): string {
  const unixMs = Date.parse(ts);
  return Number.isNaN(unixMs) ? ts : `${clock(unixMs)}.${String(new Date(unixMs).getMilliseconds()).padStart(3, "0")}`;
}

function messageOf(line: LogLine["line"]): string {
  const error = line.exc_info as ErrorInfo | undefined;
  const chain = error ? [error.message, ...(error.causes ?? []).map((cause) => cause.message)] : [];
  return [line.msg, ...chain].filter((part) => part).join(": ");
}

const plain = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
const textIn = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

export function readLine({ id, line }: LogLine): ReadLine {
  const json = JSON.stringify(line, null, 2);
  const fields = Object.entries(line)
    .filter(([key]) => !SHOWN_APART.has(key) && !SAME_IN_ALL.has(key))
    .map(([key, value]): [string, string] => [key, plain(value)]);
  const message = messageOf(line);
  return {
    id, message, fields, json,
    time: timeOf(line.ts),
    level: line.level,
    event: line.event,
    requestId: textIn(line.request_id),
    workerId: textIn(line.worker_id),
    text: [line.level, line.event, message, ...fields.map(([key, value]) => `${key}=${value}`), plain(line.exc_info ?? "")].join(" ").toLowerCase(),
  };
}
