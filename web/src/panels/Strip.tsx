// Eight numbers: how full, how fast, how well; each with its last five minutes.
import { useComputed, type ReadonlySignal } from "@preact/signals";
import { momentIndex, momentMs } from "../charts/moment";
import { paintVersion } from "../charts/paint_version";
import { Spark } from "../charts/Spark";
import { history, WINDOW_SECONDS } from "../state/store";
import type { Second } from "../state/types";
import { accountOf } from "../words/outcomes";
import { compact, num, percent, small } from "../words/format";

interface Figure {
  name: string;
  of: (second: Second) => number | null;
  text: (value: number | null) => string;
  seconds: number; // that its mean is taken over
}

const inTime = (second: Second): number | null => {
  const account = accountOf([second]);
  const counted = account.offered - account.invalid - account.cancelled;
  return counted > 0 ? account.in_time / counted : null;
};

const FIGURES: readonly Figure[] = [
  { name: "Load, of capacity", of: (s) => (s.capacity_cost > 0 ? s.offered_cost / s.capacity_cost : null), text: percent, seconds: 10 },
  { name: "Requests/s", of: (s) => s.requests, text: small, seconds: 10 },
  { name: "Tokens/s", of: (s) => s.tokens, text: compact, seconds: 10 },
  { name: "Answered in time", of: inTime, text: percent, seconds: 10 },
  { name: "Urgent queue", of: (s) => s.queue_seconds.urgent * 1000, text: (v) => `${num(v, v !== null && v > 0 && v < 10 ? 1 : 0)}\u00a0ms`, seconds: 10 },
  { name: "In flight", of: (s) => s.in_flight, text: num, seconds: 10 },
  { name: "Second attempts", of: (s) => s.second_attempts * 60, text: (v) => `${small(v)}\u00a0/min`, seconds: 60 },
  { name: "Wasted work", of: (s) => (s.goodput_cost + s.wasted_cost > 0 ? s.wasted_cost / (s.goodput_cost + s.wasted_cost) : null), text: percent, seconds: 60 },
];

/** Over what is known of the seconds up to `at`; nothing if nothing is. */
export function meanOf(values: readonly (number | null)[], at: number, seconds: number): number | null {
  const known = values.slice(Math.max(0, at + 1 - seconds), at + 1).filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** A number, and its unit in small. */
function Value({ text }: { text: string }) {
  const [number, ...unit] = text.split("\u00a0");
  return <dd>{number}{unit.length > 0 && <small>{"\u00a0"}{unit.join("\u00a0")}</small>}</dd>;
}

function Tile({ figure, seconds }: { figure: Figure; seconds: ReadonlySignal<readonly Second[]> }) {
  const values = useComputed(() => seconds.value.map(figure.of));
  const isNow = momentMs.value === null;
  return (
    <div>
      <dt>{figure.name}</dt>
      <Value text={figure.text(meanOf(values.value, momentIndex.value, isNow || figure.seconds > 10 ? figure.seconds : 1))} />
      <Spark values={values.value} length={WINDOW_SECONDS} at={isNow ? null : momentIndex.value} paint={paintVersion.value} />
    </div>
  );
}

export const Strip = () => <dl class="strip">{FIGURES.map((figure) => <Tile key={figure.name} figure={figure} seconds={history} />)}</dl>;
