// Four lanes over one axis of time, one crosshair through all, and the marks of what happened. The
// same numbers stand in a table behind one key.
import { useComputed } from "@preact/signals";
import { LANES, type Lane, type Reading } from "../charts/lanes";
import { backToNow, hotEvent, isPinned, momentIndex, momentMs, momentSecond, move, pin, point } from "../charts/moment";
import { markable, marksOf, weightiest, type Mark } from "../charts/marks";
import { paintVersion } from "../charts/paint_version";
import { GUTTER, MARGIN, Plot, type Span } from "../charts/Plot";
import { pointsOf, type Points } from "../charts/points";
import { contactLostMs, events, history, nowMs, WINDOW_SECONDS } from "../state/store";
import { go, place } from "../state/url";
import type { EventEntry, Second } from "../state/types";
import { accountOf } from "../words/outcomes";
import { ago, clock, num } from "../words/format";
import { Icon } from "../ui/Icon";

/** The five minutes that are drawn; without contact they go on, blind. */
function spanOf(seconds: readonly Second[], lostMs: number | null, now: number): Span {
  const last = seconds.at(-1)?.unix_ms ?? now;
  const toMs = lostMs === null ? last : Math.max(last, Math.floor(now / 1000) * 1000);
  return { fromMs: toMs - (WINDOW_SECONDS - 1) * 1000, toMs, blindMs: lostMs === null ? null : last };
}

const shareOf = (span: Span, ms: number): number => (ms - span.fromMs) / (span.toMs - span.fromMs);
/** Where a moment stands in the lanes, as CSS. */
const leftOf = (span: Span, ms: number): string =>
  `calc(${GUTTER}px + (100% - ${GUTTER + MARGIN}px) * ${shareOf(span, ms).toFixed(5)})`;

function Legend({ lane, points, at }: { lane: Lane; points: Points; at: number }) {
  return (
    <ul>
      {lane.readings(points, at).map((reading: Reading) => (
        <li class={reading.value ? undefined : "zero"}>
          <span class={`swatch ${reading.key} ${reading.line ? `line ${reading.line}` : ""}`} />
          {reading.label}<b>{reading.text}</b>
        </li>
      ))}
      {lane.total && <li class="total">Total<b>{lane.total(points, at)}</b></li>}
    </ul>
  );
}

const NARROW = matchMedia("(max-width: 640px)");
/** So far apart in time are 24 px, which a finger or a pointer hits. */
const gapMs = (): number => (NARROW.matches ? 34_000 : 15_000);

function MarkButton({ span, mark }: { span: Span; mark: Mark }) {
  const event = weightiest(mark);
  const told = mark.events.map((one) => `${clock(one.unix_ms)} ${one.text}`);
  const point = () => (hotEvent.value = event);
  const leave = () => (hotEvent.value = null);
  return (
    <button type="button" class={hotEvent.value !== null && mark.events.includes(hotEvent.value) ? "hot" : undefined}
      style={{ left: leftOf(span, event.unix_ms) }} title={told.join("\n")} aria-label={`${told.length > 1 ? `${told.length} events: ` : ""}${told.join("; ")}`}
      onMouseEnter={point} onMouseLeave={leave} onFocus={point} onBlur={leave}
      onClick={() => {
        isPinned.value = true;
        momentMs.value = event.unix_ms;
      }}><Icon name={event.kind} />{mark.events.length > 1 && <sup>{mark.events.length}</sup>}</button>
  );
}

const Marks = ({ span, shown }: { span: Span; shown: readonly EventEntry[] }) => (
  <div class="marks">{marksOf(shown, gapMs()).map((mark) => <MarkButton key={mark.events[0]?.unix_ms} span={span} mark={mark} />)}</div>
);

function Axis({ span }: { span: Span }) {
  const marks = [300, 240, 180, 120, 60, 0].map((seconds) => ({ seconds, ms: span.toMs - Math.min(seconds, WINDOW_SECONDS - 1) * 1000 }));
  return (
    <div class="axis" aria-hidden="true">
      {marks.map(({ seconds, ms }) => (
        <span class={seconds === 300 ? "oldest" : seconds === 0 ? "newest" : seconds % 120 === 0 ? "spare" : undefined} style={{ left: leftOf(span, ms) }}>
          {seconds > 0 ? `−${seconds / 60}\u00a0min` : span.blindMs === null ? "now" : clock(span.toMs)}
        </span>
      ))}
    </div>
  );
}

function Crosshair({ span }: { span: Span }) {
  if (momentMs.value === null || momentSecond.value === undefined) return null;
  const at = momentSecond.value.unix_ms;
  if (at < span.fromMs) return null;
  return <div class={`crosshair ${isPinned.value ? "pinned" : ""}`}><span style={{ left: leftOf(span, at) }}><i>{clock(at)}</i></span></div>;
}

function onKey(event: KeyboardEvent): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step !== undefined) move(step * (event.shiftKey ? 10 : 1));
  else if (event.key === "Enter" && event.target === event.currentTarget) pin();
  else if (event.key === "Escape") backToNow();
  else return;
  event.preventDefault();
}

function Lanes({ span, points }: { span: Span; points: Points }) {
  const shown = markable(events.value.filter((event) => event.unix_ms >= span.fromMs && event.unix_ms <= span.toMs + 1000));
  const over = (event: PointerEvent) => {
    const box = (event.currentTarget as Element).querySelector(".plot")?.getBoundingClientRect();
    if (box === undefined) return;
    const share = (event.clientX - box.left - GUTTER) / (box.width - GUTTER - MARGIN);
    if (share < -0.01 || share > 1.02) return point(null);
    const wanted = span.fromMs + share * (span.toMs - span.fromMs);
    const index = history.value.findIndex((second) => second.unix_ms >= wanted - 500);
    point(index === -1 ? history.value.length - 1 : index);
  };
  return (
    <div class="lanes" tabIndex={0} role="group" aria-label="Charts of the last five minutes. Left and right move the moment, Enter pins it, Escape returns to now."
      onPointerMove={over} onPointerLeave={() => point(null)} onKeyDown={onKey}
      onClick={(event) => !(event.target as Element).closest("button") && pin()}>
      <Marks span={span} shown={shown} />
      {LANES.map((lane) => (
        <div class={`lane lane-${lane.id}`} key={lane.id}>
          <div class="lane-title">{lane.title} <span>{lane.unit}</span></div>
          <Plot lane={lane} points={points} span={span} events={shown} hot={hotEvent.value} paint={paintVersion.value}
            label={`${lane.title}, ${lane.unit}: ${lane.readings(points, momentIndex.value).map((reading) => `${reading.label} ${reading.text}`).join(", ")}`} />
          <Legend lane={lane} points={points} at={momentIndex.value} />
        </div>
      ))}
      <Axis span={span} />
      <Crosshair span={span} />
    </div>
  );
}

const STEP = 10; // seconds to a row

function Table({ seconds }: { seconds: readonly Second[] }) {
  const rows = [...seconds].reverse().filter((_, i) => i % STEP === 0);
  return (
    <div class="table scroll" tabIndex={0} role="region" aria-label="The last five minutes in numbers">
      <table>
        <thead>
          <tr><th /><th class="r" colSpan={5} scope="colgroup">texts/s</th><th class="r" colSpan={3} scope="colgroup">latency, ms</th><th class="r" colSpan={5} scope="colgroup">stage, ms</th></tr>
          <tr>{["Time", "Offered", "In time", "Failed, late", "Refused", "Cancelled", "p50", "p95", "p99", "Tokenize", "Queue", "Dispatch", "Inference", "Serialize"].map((name, i) => (
            <th class={i === 0 ? undefined : "r"} scope="col">{name}</th>))}</tr>
        </thead>
        <tbody>
          {rows.map((second) => {
            const account = accountOf([second]);
            const times = second.latency_ms;
            const spent = second.stages_ms;
            return (
              <tr key={second.unix_ms}>
                <td>{clock(second.unix_ms)}</td>
                {[account.offered - account.invalid, account.in_time, account.broken, account.refused, account.cancelled].map((texts) => <td class="r">{num(texts)}</td>)}
                {[times?.p50, times?.p95, times?.p99, spent?.tokenize, spent?.queue, spent?.dispatch, spent?.inference, spent?.serialize].map((ms) => (
                  <td class="r">{num(ms, ms !== undefined && ms < 10 ? 1 : 0)}</td>))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function When() {
  const at = momentMs.value === null ? undefined : momentSecond.value;
  if (at === undefined) return <span class="sub">{contactLostMs.value === null ? "values of the last second" : "until contact was lost"}</span>;
  return (
    <span class="sub">
      {isPinned.value ? "pinned at " : "values at "}<b>{clock(at.unix_ms)}</b>, {ago((nowMs.value - at.unix_ms) / 1000)}
      {isPinned.value && <button type="button" class="link" onClick={backToNow}>back to now</button>}
    </span>
  );
}

export function Timeline() {
  const points = useComputed(() => pointsOf(history.value));
  const span = useComputed(() => spanOf(history.value, contactLostMs.value, contactLostMs.value === null ? 0 : nowMs.value));
  return (
    <section class="panel timeline" aria-labelledby="timeline-title">
      <div class="panel-head">
        <h2 id="timeline-title">Last 5 minutes</h2><When /><span class="grow" />
        <button type="button" class="link" onClick={() => go({ table: !place.value.table })}>{place.value.table ? "Show as charts" : "Show as table"}</button>
      </div>
      {place.value.table ? <Table seconds={history.value} /> : <Lanes span={span.value} points={points.value} />}
    </section>
  );
}
