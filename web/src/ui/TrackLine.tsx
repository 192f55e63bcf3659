// A small line of the last five minutes, from zero, with its most and what it is now. The time before
// its first point is grey: nothing is known of it.
import { roundedUp } from "../state/slow_requests";
import { UNKNOWN } from "../words/format";
import { pathOf, unknownWidth, type Point } from "./track_line";

const BOX = { width: 300, height: 44, spanMs: 300_000 };

interface Props {
  title: string;
  unit: string;
  now: number | undefined;
  points: readonly Point[];
  told: (value: number) => string;
}

export function TrackLine({ title, unit, now, points, told }: Props) {
  const highest = Math.max(0, ...points.map((point) => point.value));
  const most = roundedUp(highest);
  const endMs = points.at(-1)?.unixMs ?? 0;
  const path = pathOf(points, { ...BOX, most, endMs });
  const said = now === undefined ? UNKNOWN : told(now);
  const summary = now === undefined ? "nothing is known yet" : `now ${said}, at most ${told(highest)}, in the time that is drawn`;
  return (
    <figure class="track">
      <figcaption><span class="muted">{title}</span> <b>{said}</b> <span class="muted">{unit}</span></figcaption>
      <svg viewBox={`0 0 ${BOX.width} ${BOX.height}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${summary}`}>
        <rect class="unknown" width={unknownWidth(points, { ...BOX, endMs })} height={BOX.height} />
        <path class="base" d={`M0 ${BOX.height}H${BOX.width}M0 0H${BOX.width}`} />
        <path class="line" d={path} />
      </svg>
      <p class="track-axis"><span>−5 min</span><span>top {told(most)}</span><span>now</span></p>
    </figure>
  );
}
