// The lines of the log that the page keeps, put together from the pages that the server gives.
import { readLine, type ReadLine } from "../words/log_text";
import type { LogLine } from "./types";

export const MOST_KEPT = 2000;
export const PAGE = 1000; // the most that the server gives at once

export interface LogPage {
  lines: LogLine[];
  next: number;
  oldest: number;
  newest: number;
}

/** Lines that were gone before they could be read. */
export interface Gap {
  id: number; // of the last that is missing
  missing: number;
}
export type LogEntry = ReadLine | Gap;

export interface LogList {
  entries: readonly LogEntry[]; // oldest first
  next: number; // the `after` of the next question
  began: boolean; // something was read: what is missing from now on is a gap
}

export const isGap = (entry: LogEntry): entry is Gap => "missing" in entry;

export const emptyFrom = (next: number): LogList => ({ entries: [], next, began: false });

/** Where reading begins: all of what is filtered by the server, else what can be kept. */
export const firstAfter = (newest: number, isFiltered: boolean): number => (isFiltered ? 0 : Math.max(0, newest - MOST_KEPT));

export function folded(list: LogList, page: LogPage): LogList {
  const missing = list.began ? page.oldest - list.next - 1 : 0;
  const gap: Gap[] = missing > 0 ? [{ id: page.oldest - 1, missing }] : [];
  const fresh = [...gap, ...page.lines.map(readLine)];
  const entries = fresh.length === 0 ? list.entries : [...list.entries, ...fresh].slice(-MOST_KEPT);
  return { entries, next: Math.max(page.next, missing > 0 ? page.oldest - 1 : 0), began: true };
}

/** Whether there is more to read at once. */
export const isBehind = (list: LogList, page: LogPage): boolean => list.next < page.newest;
