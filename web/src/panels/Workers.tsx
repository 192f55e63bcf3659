// Who works, how much, and who is slow. Many workers scroll, with a strip of all above them.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { paintVersion } from "../charts/paint_version";
import { Spark } from "../charts/Spark";
import { contactLostMs, state, tracks, WINDOW_SECONDS } from "../state/store";
import { go, place } from "../state/url";
import type { WorkerState } from "../state/types";
import { clock, millis, num, percent, small } from "../words/format";
import { Icon } from "../ui/Icon";
import { windowOf, type Sight } from "../ui/window_of";
import { WORKER_STATES } from "../words/worker_facts";
import { matching, rowsOf, sorted, type WorkerColumn, type WorkerRow } from "./workers";

const MANY = 12;
const ORDER: WorkerState[] = ["ready", "late", "starting", "draining", "drained", "ejected", "lost"];

const HEADS: [WorkerColumn | null, string, string][] = [
  ["worker", "Worker", ""], [null, "Process", ""], ["state", "State", ""], ["texts", "Texts/s", "r"], ["share", "Share", "r"],
  ["in_flight", "In flight", "r"], ["p99", "p99", "r"], ["cpu", "CPU", "r"], ["restarts", "Restarts", "r"], [null, "5 min", ""],
];

function Head() {
  const by = place.value.sort;
  const column = by.replace(/^-/, "") || "worker";
  const turn = (wanted: WorkerColumn) => go({ sort: wanted === column ? (by.startsWith("-") ? wanted : `-${wanted}`) : wanted === "worker" ? "" : `-${wanted}` });
  return (
    <tr>
      {HEADS.map(([key, name, side]) => (
        <th class={`${side} c-${(key ?? name.toLowerCase()).replace(/[ _]/, "-")}`} scope="col" aria-sort={key !== null && key === column ? (by.startsWith("-") ? "descending" : "ascending") : undefined}>
          {key === null ? name : <button type="button" onClick={() => turn(key)}>{name}</button>}
        </th>
      ))}
    </tr>
  );
}

function Row({ row, fair, index }: { row: WorkerRow; fair: number; index?: number }) {
  const { worker } = row;
  const steps = tracks.value.steps(worker.id);
  return (
    <tr class="worker" aria-rowindex={index} onClick={() => go({ worker: worker.id })}>
      <td class="c-worker"><button type="button" title={worker.id}>{worker.id}</button></td>
      <td class="c-process mono muted">{worker.incarnation.slice(0, 4)}</td>
      <td class="c-state"><span class={`state-word ${WORKER_STATES[worker.state].tone}`}><Icon name={worker.state} /><span>{worker.state}</span></span></td>
      <td class="r c-texts" data-label="texts/s">{small(row.isRunning ? row.items : null)}</td>
      <td class="r c-share">
        <span class="share"><i><i style={{ width: `${Math.min(100, (50 * row.share) / Math.max(fair, 1e-9)).toFixed(0)}%` }} /></i>{percent(row.isRunning ? row.share : null)}</span>
      </td>
      <td class="r c-in-flight">{num(row.isRunning ? worker.in_flight : null)}</td>
      <td class={`r c-p99 ${row.isSlow ? "warn slow" : ""}`} data-label="p99">{row.isSlow && <Icon name="overload" size={11} />} {millis((row.isRunning && worker.forward_p99_ms) || null)}</td>
      <td class="r c-cpu">{percent(row.isRunning ? row.cpu / Math.max(1, worker.lanes) : null)}</td>
      <td class={`r c-restarts ${worker.restarts === 0 ? "muted" : ""}`} data-label="restarts">{num(worker.restarts)}</td>
      <td class="c-5-min"><Spark values={steps.map((step) => step.items)} length={WINDOW_SECONDS} paint={paintVersion.value} /></td>
    </tr>
  );
}

/** One cell for each worker: its share, and its state by colour and word on hover. */
function Balance({ rows, fair }: { rows: WorkerRow[]; fair: number }) {
  return (
    <div class="balance" aria-hidden="true">
      {rows.map((row) => (
        <span title={`${row.worker.id}: ${row.worker.state}, ${percent(row.share)}`} class={WORKER_STATES[row.worker.state].tone}>
          <i style={{ height: `${Math.min(100, (50 * row.share) / Math.max(fair, 1e-9)).toFixed(0)}%` }} />
        </span>
      ))}
    </div>
  );
}

/** As high as rows that are not drawn. */
const Gap = ({ rows, height }: { rows: number; height: number }) =>
  rows > 0 ? <tr aria-hidden="true"><td colSpan={HEADS.length} style={{ height: `${rows * height}px`, padding: 0 }} /></tr> : null;

/** Hundreds: only those in sight are drawn, since each is a line of its own and new every second. */
function LongTable({ rows, fair }: { rows: WorkerRow[]; fair: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState<Sight>({ top: 0, height: 330, row: 30 });
  const look = () => {
    if (box.current === null) return;
    const row = box.current.querySelector<HTMLElement>("tr.worker")?.offsetHeight || sight.row;
    const seen = { top: Math.floor(box.current.scrollTop / row) * row, height: box.current.clientHeight, row };
    if (seen.top !== sight.top || seen.height !== sight.height || seen.row !== sight.row) setSight(seen);
  };
  useLayoutEffect(look);
  const { first, end } = windowOf(sight, rows.length);
  return (
    <div class="scroll" ref={box} tabIndex={0} role="region" aria-label="Workers" onScroll={look}>
      <table aria-rowcount={rows.length + 1}>
        <thead><Head /></thead>
        <tbody>
          <Gap rows={first} height={sight.row} />
          {rows.slice(first, end).map((row, i) => <Row key={row.worker.id} row={row} fair={fair} index={first + i + 2} />)}
          <Gap rows={rows.length - end} height={sight.row} />
        </tbody>
      </table>
    </div>
  );
}

function ShortTable({ rows, fair }: { rows: WorkerRow[]; fair: number }) {
  return (
    <table>
      <thead><Head /></thead>
      <tbody>{rows.map((row) => <Row key={row.worker.id} row={row} fair={fair} />)}</tbody>
    </table>
  );
}

function summary(rows: WorkerRow[]): string {
  if (rows.length === 0) return "none";
  return ORDER.map((word) => [word, rows.filter((row) => row.worker.state === word).length] as const)
    .filter(([, count]) => count > 0).map(([word, count]) => `${num(count)} ${word}`).join(", ");
}

export function Workers() {
  const rows = rowsOf(Object.values(state.value?.workers ?? {}), (id) => tracks.value.recent(id));
  const working = rows.filter((row) => row.worker.state === "ready" || row.worker.state === "late").length;
  const fair = 1 / Math.max(1, working);
  const shown = sorted(matching(rows, place.value.filter), place.value.sort);
  const isLong = rows.length > MANY;
  return (
    <section class={`panel workers ${isLong ? "long" : ""}`} aria-labelledby="workers-title">
      <div class="panel-head">
        <h2 id="workers-title">Workers</h2>
        <span class="sub">{contactLostMs.value === null ? summary(rows) : `as they were at ${clock(contactLostMs.value)}`}</span>
        <span class="grow" />
        {isLong && <input type="search" placeholder="Filter (/)" aria-label="Filter workers" value={place.value.filter} onInput={(event) => go({ filter: event.currentTarget.value })} />}
      </div>
      {isLong && <Balance rows={sorted(rows, "")} fair={fair} />}
      {isLong ? <LongTable rows={shown} fair={fair} /> : <ShortTable rows={shown} fair={fair} />}
      {rows.length === 0 && <p class="nothing">No worker has come yet. <code>shoal worker --coordinator HOST:50051</code> starts one.</p>}
      {rows.length > 0 && shown.length === 0 && <p class="nothing">No worker has “{place.value.filter}” in its id, state or address.</p>}
    </section>
  );
}
