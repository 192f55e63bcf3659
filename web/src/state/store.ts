// The page's copy of the server's state, kept up to date by its stream. One place writes it (this
// file); everything that is drawn reads it.
import { batch, computed, signal } from "@preact/signals";
import { getJson } from "./api";
import { merge } from "./merge";
import type { EventEntry, Second, ServerState } from "./types";
import { WorkerTracks } from "./worker_tracks";

export const WINDOW_SECONDS = 300;

/** Null until the first has come. While the page is paused it stands still, as does the history. */
export const state = signal<ServerState | null>(null);
/** Whole seconds, oldest first, without gaps that the server did not have. */
export const history = signal<readonly Second[]>([]);
/** When the last thing came from the server; null: nothing yet. */
export const lastHeardMs = signal<number | null>(null);
/** Since when the server is out of reach; null while it is not. */
export const contactLostMs = signal<number | null>(null);
export const paused = signal(false);
/** Ticks once a second, for ages. */
export const nowMs = signal(Date.now());
/** What each worker did, second by second. */
export const tracks = signal(new WorkerTracks());

/** Newest first. */
export const events = computed<readonly EventEntry[]>(() =>
  Object.entries(state.value?.events ?? {})
    .sort(([a], [b]) => Number(b) - Number(a))
    .map(([, entry]) => entry),
);

export const isIdle = computed(() => state.value !== null && Object.keys(state.value.totals.requests).length === 0);

/** `known` and what of `more` is newer, the last five minutes of it. */
export function appended(known: readonly Second[], more: readonly Second[]): readonly Second[] {
  const last = known.at(-1)?.unix_ms ?? -Infinity;
  const fresh = more.filter((second) => second.unix_ms > last);
  return fresh.length === 0 ? known : [...known, ...fresh].slice(-WINDOW_SECONDS);
}

/** Whether seconds are missing between what is known and the next. */
export function hasGap(known: readonly Second[], next: Second): boolean {
  const last = known.at(-1);
  return last !== undefined && next.unix_ms - last.unix_ms > 1500;
}

let current: ServerState | null = null; // of the stream, also while the page is paused
let gathered: readonly Second[] = [];

function publish(): void {
  if (paused.value || current === null) return;
  batch(() => {
    state.value = current;
    history.value = gathered;
    tracks.value = tracks.value.shallowCopy();
  });
}

export function setPaused(wanted: boolean): void {
  paused.value = wanted;
  publish();
}

function take(next: ServerState): void {
  current = next;
  const now = Date.now();
  if (next.second) {
    if (hasGap(gathered, next.second)) void refill().catch(lose);
    gathered = appended(gathered, [next.second]);
  }
  tracks.value.note(next.workers, next.second?.unix_ms ?? now);
  batch(() => {
    lastHeardMs.value = now;
    contactLostMs.value = null;
    publish();
  });
}

/** The first of a connection. Another process than before has another past. */
async function begin(next: ServerState): Promise<void> {
  if (current !== null && current.revision !== next.revision) location.reload(); // its page is another, too
  if (current?.coordinator_id !== next.coordinator_id) {
    gathered = [];
    tracks.value = new WorkerTracks();
  }
  take(next);
  await refill();
}

/** From the server, which has no gaps. */
async function refill(): Promise<void> {
  const past = await getJson<{ seconds: Second[] }>("/api/v1/history");
  gathered = appended(past.seconds, gathered);
  publish();
}

function lose(): void {
  contactLostMs.value ??= lastHeardMs.value ?? Date.now();
}

const SILENCE_MS = 5000; // the server speaks once a second

/** Follows the stream until the page is closed. */
export function follow(): void {
  const stream = new EventSource("/api/v1/stream");
  stream.addEventListener("snapshot", (event) => void begin(JSON.parse(event.data)).catch(lose));
  stream.addEventListener("delta", (event) => {
    if (current !== null) take(merge(current, JSON.parse(event.data)));
  });
  stream.addEventListener("error", () => {
    lose();
    if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
    setTimeout(follow, 2000);
  });
  setInterval(() => {
    nowMs.value = Date.now();
    const heard = lastHeardMs.value;
    if (heard !== null && nowMs.value - heard > SILENCE_MS) lose();
  }, 1000);
}
