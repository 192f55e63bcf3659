// What happened, newest first; with a pinned moment, all that happened then. Batches that are late and come back
// would push the rest out of sight: they stand at pinned moments, and with their worker.
import { isLight } from "../charts/marks";
import { hotEvent, isPinned, momentSecond } from "../charts/moment";
import { events, nowMs } from "../state/store";
import { go } from "../state/url";
import type { EventEntry, Second } from "../state/types";
import { ago, clock, num } from "../words/format";
import { outcomeOf } from "../words/outcomes";
import { Icon } from "../ui/Icon";

const NEAR_MS = 15_000;

/** Refusals and failures of one second, in words. */
export function refusalsOf(second: Second): string[] {
  return Object.entries(second.texts)
    .filter(([verdict]) => ["refused", "broken", "cancelled"].includes(outcomeOf(verdict)))
    .sort(([, a], [, b]) => b - a)
    .map(([verdict, texts]) => `${num(texts)} ${verdict}`);
}

function Line({ event }: { event: EventEntry }) {
  const { worker } = event;
  return (
    <li class={hotEvent.value === event ? "hot" : undefined} onMouseEnter={() => (hotEvent.value = event)} onMouseLeave={() => (hotEvent.value = null)}>
      <time>{clock(event.unix_ms)}</time>
      <Icon name={event.kind} />
      {worker === undefined ? <span>{event.text}</span> : <button type="button" onClick={() => go({ worker })}>{event.text}</button>}
      <span class="muted">{ago((nowMs.value - event.unix_ms) / 1000)}</span>
    </li>
  );
}

export function Events() {
  const second = isPinned.value ? momentSecond.value : undefined;
  const shown = second === undefined ? events.value.filter((event) => !isLight(event)) : events.value.filter((event) => Math.abs(event.unix_ms - second.unix_ms) <= NEAR_MS);
  const refused = second === undefined ? [] : refusalsOf(second);
  return (
    <section class="panel events" aria-labelledby="events-title">
      <div class="panel-head">
        <h2 id="events-title">Events</h2>
        <span class="sub">{second === undefined ? "newest first; marks on the charts" : `within 15 s of ${clock(second.unix_ms)}`}</span>
      </div>
      {second !== undefined && <p class="then">{refused.length === 0 ? "No text was refused, failed or cancelled in this second." : `In this second: ${refused.join(", ")}.`}</p>}
      <ol tabIndex={0} aria-label="Events">{shown.map((event) => <Line key={`${event.unix_ms}${event.kind}${event.worker ?? ""}`} event={event} />)}</ol>
      {shown.length === 0 && <p class="then">Nothing happened{second === undefined ? " yet" : " then"}.</p>}
    </section>
  );
}
