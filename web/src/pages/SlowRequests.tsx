// The last requests that were slow or failed, one by one, on one scale of time.
import { signal } from "@preact/signals";
import { usePolled } from "../state/polled";
import { hasKind, KINDS, shown, spansOf, turned, widthOf, type Order } from "../state/slow_requests";
import type { SlowRequest } from "../state/types";
import { go, place } from "../state/url";
import { Choice } from "../ui/Choice";
import { FilterField, NothingMatches } from "../ui/FilterField";
import { PlaceLink } from "../ui/PlaceLink";
import { Refused } from "../ui/TokenForm";
import { StageLegend, Waterfall } from "../ui/Waterfall";
import { clock, count, millis, num } from "../words/format";
import { outcomeOf } from "../words/outcomes";

const EVERY_MS = 2000;
const order = signal<Order>("time");

const TONES: Record<string, string> = { broken: "bad", refused: "warn", in_time: "muted" };

function Verdict({ request }: { request: SlowRequest }) {
  return (
    <>
      <code class={TONES[outcomeOf(request.verdict)]}>{request.verdict}</code>
      {request.message && <span class="message">{request.message}</span>}
    </>
  );
}

function Workers({ request }: { request: SlowRequest }) {
  return (
    <>
      {request.workers.length === 0 && <span class="muted">none</span>}
      {request.workers.map((worker, i) => (
        <>{i > 0 && ", "}<PlaceLink to={{ worker: worker.id }} title={`incarnation ${worker.incarnation}`}>{worker.id}</PlaceLink></>
      ))}
      {request.attempts > 1 && <span class="message">{count(request.attempts, "attempt")}</span>}
    </>
  );
}

function Row({ request, widthMs }: { request: SlowRequest; widthMs: number }) {
  return (
    <tr role="row">
      <td role="cell" class="time">{clock(request.ended_unix_ms)}</td>
      <td role="cell" class="id mono">
        <PlaceLink to={{ page: "logs", request: request.request_id }} title="Its lines of the log">{request.request_id}</PlaceLink>
      </td>
      <td role="cell" class="client">{request.client} <span class="muted">{request.api}</span></td>
      <td role="cell" class="queue">{request.queue ?? <span class="muted">none</span>}</td>
      <td role="cell" class="r texts">{num(request.texts)}<span class="unit"> {request.texts === 1 ? "text" : "texts"}</span></td>
      <td role="cell" class="r tokens">{num(request.tokens)}<span class="unit"> tokens</span></td>
      <td role="cell" class="verdict"><Verdict request={request} /></td>
      <td role="cell" class="worker"><Workers request={request} /></td>
      <td role="cell" class="falls"><Waterfall spans={spansOf(request.stages_ms, request.total_ms, widthMs)} /></td>
      <td role="cell" class="r total"><b>{millis(request.total_ms)}</b></td>
    </tr>
  );
}

function SortHead({ by, children }: { by: Order; children: string }) {
  const isSorted = order.value === by;
  return (
    <th role="columnheader" scope="col" class={by === "total" ? "r" : undefined} aria-sort={isSorted ? "descending" : undefined}>
      <button type="button" class="sort" onClick={() => (order.value = by)}>{children}<span aria-hidden="true">{isSorted ? " ↓" : ""}</span></button>
    </th>
  );
}

function Table({ requests }: { requests: readonly SlowRequest[] }) {
  const widthMs = widthOf(requests);
  return (
    <table role="table" class="slow-table" aria-label="Slow requests">
      <caption>full width is {millis(widthMs)}</caption>
      <thead role="rowgroup">
        <tr role="row">
          <SortHead by="time">Time</SortHead>
          <th role="columnheader" scope="col">Request</th>
          <th role="columnheader" scope="col">Client</th>
          <th role="columnheader" scope="col">Queue</th>
          <th role="columnheader" scope="col" class="r">Texts</th>
          <th role="columnheader" scope="col" class="r">Tokens</th>
          <th role="columnheader" scope="col">Verdict</th>
          <th role="columnheader" scope="col">Worker</th>
          <th role="columnheader" scope="col"><span class="scale"><span>Where the time went</span><span>{millis(widthMs)}</span></span></th>
          <SortHead by="total">Total</SortHead>
        </tr>
      </thead>
      <tbody role="rowgroup">{requests.map((request) => <Row key={request.request_id} request={request} widthMs={widthMs} />)}</tbody>
    </table>
  );
}

function Nothing() {
  return (
    <div class="nothing">
      <p>No request was slow or failed.</p>
      <p class="muted">
        A request appears here when it takes at least <code>--slow-request</code> (1 s, unless the server was told otherwise: see{" "}
        <PlaceLink to={{ page: "config", filter: "slow" }}>Configuration</PlaceLink>) or fails. The last 100 are kept.
      </p>
    </div>
  );
}

function List({ requests }: { requests: readonly SlowRequest[] }) {
  const kept = shown(requests, place.value.filter, order.value);
  if (requests.length === 0) return <Nothing />;
  if (kept.length === 0) return <NothingMatches what="request" />;
  return <Table requests={kept} />;
}

export function SlowRequests() {
  const { answer, error, again } = usePolled<{ requests: SlowRequest[] }>("/api/v1/requests/slow", EVERY_MS);
  const { filter } = place.value;
  return (
    <section class="panel page" aria-label="Slow requests">
      <div class="page-head">
        <h2>Slow requests</h2>
        <Choice label="Only" options={KINDS} isChosen={(kind) => hasKind(filter, kind)} choose={(kind) => go({ filter: turned(filter, kind) })} />
        <FilterField label="Filter the requests" placeholder="Filter: client, worker, id…" />
        <span class="sorts">
          <Choice label="Sorted by" options={["time", "total"]} isChosen={(by) => order.value === by} choose={(by) => (order.value = by)} />
        </span>
        <span class="grow" />
        <StageLegend />
      </div>
      {error !== null && <Refused error={error} again={again} />}
      {answer !== null && <List requests={answer.requests} />}
    </section>
  );
}
