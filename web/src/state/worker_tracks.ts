// What each worker did in the last five minutes, worked out from counters that only grow.
import type { Worker } from "./types";

const LENGTH = 300;

export interface Step {
  unixMs: number;
  items: number; // a second
  cpu: number; // cores
}

interface Track {
  sinceMs: number; // it has been watched
  incarnation: string;
  unixMs: number;
  itemsDone: number;
  cpuSeconds: number;
  steps: Step[];
}

export class WorkerTracks {
  constructor(private readonly tracks = new Map<string, Track>()) {}

  /** The same tracks as a new object, so that who watches sees that they have grown. */
  shallowCopy(): WorkerTracks {
    return new WorkerTracks(this.tracks);
  }

  note(workers: Record<string, Worker>, unixMs: number): void {
    for (const id of this.tracks.keys()) if (!(id in workers)) this.tracks.delete(id);
    for (const worker of Object.values(workers)) this.noteOne(worker, unixMs);
  }

  /** For how long it has been watched; five minutes at most are kept. */
  watchedMs(id: string): number {
    const known = this.tracks.get(id);
    return known === undefined ? 0 : Math.min(known.unixMs - known.sinceMs, LENGTH * 1000);
  }

  steps(id: string): readonly Step[] {
    return this.tracks.get(id)?.steps ?? [];
  }

  /** The mean of the last `count` steps. */
  recent(id: string, count = 10): { items: number; cpu: number } {
    const last = this.steps(id).slice(-count);
    const mean = (of: (step: Step) => number) => last.reduce((sum, step) => sum + of(step), 0) / Math.max(1, last.length);
    return { items: mean((step) => step.items), cpu: mean((step) => step.cpu) };
  }

  private noteOne(worker: Worker, unixMs: number): void {
    const known = this.tracks.get(worker.id);
    const now = { incarnation: worker.incarnation, unixMs, itemsDone: worker.items_done, cpuSeconds: worker.cpu_seconds };
    if (known === undefined) {
      this.tracks.set(worker.id, { ...now, sinceMs: unixMs, steps: [] });
      return;
    }
    const seconds = (unixMs - known.unixMs) / 1000;
    if (seconds < 0.5) return;
    const same = known.incarnation === worker.incarnation; // else its counters began anew
    known.steps.push({
      unixMs,
      items: Math.max(0, worker.items_done - (same ? known.itemsDone : 0)) / seconds,
      cpu: Math.max(0, worker.cpu_seconds - (same ? known.cpuSeconds : 0)) / seconds,
    });
    if (known.steps.length > LENGTH) known.steps.shift();
    Object.assign(known, now);
  }
}
