// The three slowest requests of the last five minutes. Gives way where nothing was slow.
import { history, nowMs, state } from "../state/store";
import { usePolled } from "../state/polled";
import { spansOf } from "../state/slow_requests";
import { go } from "../state/url";
import type { SlowRequest } from "../state/types";
import { clock, millis } from "../words/format";
import { ADVICE, accountOf } from "../words/outcomes";
import { Waterfall } from "../ui/Waterfall";

const SHOWN = 3;
const WINDOW_MS = 300_000;

export function slowestOf(requests: readonly SlowRequest[], now: number): SlowRequest[] {
  return requests.filter((one) => now - one.ended_unix_ms <= WINDOW_MS).toSorted((a, b) => b.total_ms - a.total_ms).slice(0, SHOWN);
}

/** Workers and reasons of refusals come first where the screen is full. */
function hasRoom(): boolean {
  const reasons = Object.keys(accountOf(history.value).byVerdict).filter((verdict) => verdict in ADVICE).length;
  return Object.keys(state.value?.workers ?? {}).length + 2 * reasons <= 7;
}

export function Slowest() {
  const { answer } = usePolled<{ requests: SlowRequest[] }>("/api/v1/requests/slow", 5000);
  const shown = hasRoom() ? slowestOf(answer?.requests ?? [], nowMs.value) : [];
  const scale = shown[0]?.total_ms ?? 1;
  if (shown.length === 0) return null;
  return (
    <section class="panel slowest" aria-labelledby="slowest-title">
      <div class="panel-head">
        <h2 id="slowest-title">Slowest requests</h2><span class="sub">last 5 minutes, by stage</span><span class="grow" />
        <button type="button" class="link" onClick={() => go({ page: "slow" })}>All of them</button>
      </div>
      <table>
        <colgroup><col /><col /><col /><col /><col /></colgroup>
        <thead class="vh"><tr><th>Time</th><th>Request</th><th>Worker</th><th>Stages</th><th>Total</th></tr></thead>
        <tbody>
          {shown.map((one) => (
            <tr key={one.request_id}>
              <td class="muted c-time">{clock(one.ended_unix_ms)}</td>
              <td class="mono c-request">{one.request_id.slice(0, 8)}</td>
              <td class="c-worker">{one.workers.at(-1)?.id ?? "–"}</td>
              <td class="c-stages"><Waterfall spans={spansOf(one.stages_ms, one.total_ms, scale)} /></td>
              <td class="r c-total"><b>{millis(one.total_ms)}</b></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
