// The rows of the worker table: what stands in them, in which order.
import type { Worker, WorkerState } from "../state/types";

export interface WorkerRow {
  worker: Worker;
  items: number; // texts a second
  cpu: number; // cores
  share: number; // of all texts
  isRunning: boolean; // so that its figures are of now
  isSlow: boolean; // its p99 is well above that of the others
}

export const COLUMNS = {
  worker: (row: WorkerRow) => row.worker.id,
  state: (row: WorkerRow) => row.worker.state,
  texts: (row: WorkerRow) => row.items,
  share: (row: WorkerRow) => row.share,
  in_flight: (row: WorkerRow) => row.worker.in_flight,
  p99: (row: WorkerRow) => row.worker.forward_p99_ms,
  cpu: (row: WorkerRow) => row.cpu,
  restarts: (row: WorkerRow) => row.worker.restarts,
} as const;
export type WorkerColumn = keyof typeof COLUMNS;

const SLOW = 1.3; // times the median

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

const RUNNING = new Set<WorkerState>(["ready", "late", "draining"]);

const isWorking = (worker: Worker): boolean => worker.state === "ready" || worker.state === "late";

export function rowsOf(workers: readonly Worker[], recent: (id: string) => { items: number; cpu: number }): WorkerRow[] {
  const all = workers.reduce((sum, worker) => sum + recent(worker.id).items, 0);
  const usual = median(workers.filter((worker) => isWorking(worker) && worker.forward_p99_ms > 0).map((worker) => worker.forward_p99_ms));
  return workers.map((worker) => {
    const { items, cpu } = recent(worker.id);
    return { worker, items, cpu, share: all > 0 ? items / all : 0, isRunning: RUNNING.has(worker.state), isSlow: usual > 0 && isWorking(worker) && worker.forward_p99_ms > SLOW * usual };
  });
}

/** "p99" upwards, "-p99" downwards; by name among equals, and if nothing is asked for. */
export function sorted(rows: readonly WorkerRow[], by: string): WorkerRow[] {
  const down = by.startsWith("-");
  const of = COLUMNS[by.replace(/^-/, "") as WorkerColumn] ?? COLUMNS.worker;
  const byName = (a: WorkerRow, b: WorkerRow) => a.worker.id.localeCompare(b.worker.id, "en", { numeric: true });
  return rows.toSorted((a, b) => {
    const [x, y] = down ? [of(b), of(a)] : [of(a), of(b)];
    const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
    return order || byName(a, b);
  });
}

/** A part of an id, of a state or of an address. */
export function matching(rows: readonly WorkerRow[], filter: string): WorkerRow[] {
  const wanted = filter.trim().toLowerCase();
  return rows.filter(({ worker }) => [worker.id, worker.state, worker.incarnation, worker.peer].some((text) => text.toLowerCase().includes(wanted)));
}
