// The moment that all charts show: now, or where the pointer is, or what was pinned by a click.
import { computed, signal } from "@preact/signals";
import { history } from "../state/store";
import type { EventEntry, Second } from "../state/types";

export const momentMs = signal<number | null>(null); // the beginning of a second; null: now
export const isPinned = signal(false);
/** The event that the pointer or the focus is on, in the list or on the charts. */
export const hotEvent = signal<EventEntry | null>(null);

/** Of the second that is shown, if it is one of the five minutes. */
export const momentIndex = computed<number>(() => {
  const seconds = history.value;
  const wanted = momentMs.value;
  if (wanted === null) return seconds.length - 1;
  const found = seconds.findIndex((second) => second.unix_ms >= wanted);
  return found === -1 ? seconds.length - 1 : found;
});
export const momentSecond = computed<Second | undefined>(() => history.value[momentIndex.value]);

export function point(index: number | null): void {
  if (isPinned.value) return;
  momentMs.value = index === null ? null : (history.value[index]?.unix_ms ?? null);
}

export function backToNow(): void {
  isPinned.value = false;
  momentMs.value = null;
}

export function pin(): void {
  if (isPinned.value) backToNow();
  else isPinned.value = momentMs.value !== null;
}

/** By keys: also a pinned moment moves. */
export function move(bySeconds: number): void {
  const index = Math.min(history.value.length - 1, Math.max(0, momentIndex.value + bySeconds));
  momentMs.value = history.value[index]?.unix_ms ?? null;
}
