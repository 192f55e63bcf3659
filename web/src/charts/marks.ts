// Marks of what happened, far enough apart that each can be hit: what is close in time is one.
import type { EventEntry } from "../state/types";

export interface Mark {
  events: EventEntry[]; // oldest first; at least one
}

/** A mark begins with an event and takes what follows within the gap. */
export function marksOf(events: readonly EventEntry[], gapMs: number): Mark[] {
  const marks: Mark[] = [];
  for (const event of events.toSorted((a, b) => a.unix_ms - b.unix_ms)) {
    const last = marks.at(-1);
    if (last?.events[0] !== undefined && event.unix_ms - last.events[0].unix_ms < gapMs) last.events.push(event);
    else marks.push({ events: [event] });
  }
  return marks;
}

const LIGHT = new Set(["late", "recovered", "second_attempt"]);
const MANY = 30;

/** What comes and goes by itself. */
export const isLight = (event: EventEntry): boolean => LIGHT.has(event.kind);

/** Where very much happens, it is not marked. */
export const markable = (events: readonly EventEntry[]): readonly EventEntry[] =>
  events.length <= MANY ? events : events.filter((event) => !isLight(event));

const WEIGHT = ["lost", "ejected", "poison", "refusing", "late", "returned"];

/** Whose icon stands for all. */
export function weightiest(mark: Mark): EventEntry {
  const rank = (event: EventEntry) => (WEIGHT.indexOf(event.kind) + WEIGHT.length + 1) % (WEIGHT.length + 1);
  return mark.events.reduce((best, event) => (rank(event) < rank(best) ? event : best));
}
