// One lane's drawing: a uPlot that is made once and given new numbers each second. It has no cursor
// and no legend of its own; those belong to the timeline.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { EventEntry } from "../state/types";
import type { Lane, Series } from "./lanes";
import { token } from "./paint";
import type { Points } from "./points";

export const GUTTER = 56; // the axis to the left
export const MARGIN = 8; // free to the right
const TOP = 34; // of the title
const FONT = "11px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Ubuntu, Cantarell, sans-serif";

export interface Span {
  fromMs: number;
  toMs: number;
  /** Since when nothing is known, as contact was lost. */
  blindMs: number | null;
}

interface Shown {
  lane: Lane;
  points: Points;
  span: Span;
  events: readonly EventEntry[];
  hot: EventEntry | null;
}

function strokeOf(series: Series): uPlot.Series {
  return {
    points: { show: false },
    width: series.stroke === undefined ? 0 : (series.width ?? 1),
    stroke: series.stroke === undefined ? undefined : () => token(series.stroke ?? "ink"),
    dash: series.dash,
    alpha: series.alpha ?? 1,
    fill: series.fill !== undefined && series.fillsTo === undefined ? (plot) => series.fill?.(plot) ?? "" : undefined,
    fillTo: 0,
    spanGaps: false,
  };
}

const bandsOf = (all: readonly Series[]): uPlot.Band[] =>
  all.flatMap((series, i) => (series.fill !== undefined && series.fillsTo !== undefined
    ? [{ series: [i + 1, series.fillsTo + 1] as [number, number], fill: (plot: uPlot) => series.fill?.(plot) ?? "" }]
    : []));

function drawEvents(plot: uPlot, { events, hot, span }: Shown): void {
  const { ctx } = plot;
  for (const event of events) {
    if (event.unix_ms < span.fromMs) continue;
    const x = Math.round(plot.valToPos(event.unix_ms / 1000, "x", true)) + 0.5;
    const isHot = event === hot;
    ctx.save();
    ctx.strokeStyle = token(isHot ? "accent" : "mark");
    ctx.globalAlpha = isHot ? 1 : 0.5;
    ctx.lineWidth = (isHot ? 2 : 1) * devicePixelRatio;
    if (!isHot) ctx.setLineDash([devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, 0);
    ctx.lineTo(x, ctx.canvas.height);
    ctx.stroke();
    ctx.restore();
  }
}

const THICK = 24; // CSS pixels, for a label in a band

function drawLabels(plot: uPlot, all: readonly Series[]): void {
  const { ctx } = plot;
  const length = plot.data[0].length;
  const at = length - 14;
  if (length < 30) return;
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px ${FONT.slice(5)}`;
  ctx.textBaseline = "middle";
  ctx.textAlign = "right";
  for (const [i, series] of all.entries()) {
    if (series.label === undefined) continue;
    const low = series.fillsTo === undefined ? 0 : (plot.data[series.fillsTo + 1]?.[at] ?? 0);
    const high = plot.data[i + 1]?.[at];
    if (high == null) continue;
    const y0 = plot.valToPos(low, "y", true);
    const y1 = plot.valToPos(high, "y", true);
    if (y0 - y1 < THICK * devicePixelRatio) continue;
    const x = plot.valToPos(plot.data[0][length - 1] ?? 0, "x", true) - 12 * devicePixelRatio;
    const width = ctx.measureText(series.label).width;
    ctx.fillStyle = token("panel");
    ctx.globalAlpha = 0.9;
    ctx.beginPath();
    ctx.roundRect(x - width - 6 * devicePixelRatio, (y0 + y1) / 2 - 9 * devicePixelRatio, width + 12 * devicePixelRatio, 18 * devicePixelRatio, 4 * devicePixelRatio);
    ctx.fill();
    ctx.globalAlpha = 1;
    ctx.fillStyle = token("ink");
    ctx.fillText(series.label, x, (y0 + y1) / 2);
  }
  ctx.restore();
}

function drawBelow(plot: uPlot, text: string): void {
  const { ctx } = plot;
  ctx.save();
  ctx.font = `${11 * devicePixelRatio}px ${FONT.slice(5)}`;
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  ctx.fillStyle = token("ink3");
  ctx.fillText(text, plot.bbox.left - 6 * devicePixelRatio, plot.valToPos(0, "y", true) + 13 * devicePixelRatio);
  ctx.restore();
}

function drawBlind(plot: uPlot, span: Span): void {
  if (span.blindMs === null) return;
  const { ctx } = plot;
  const from = plot.valToPos(span.blindMs / 1000, "x", true);
  const to = plot.bbox.left + plot.bbox.width;
  if (to <= from) return;
  ctx.save();
  ctx.fillStyle = token("sunken");
  ctx.fillRect(from, plot.bbox.top, to - from, plot.bbox.height);
  ctx.fillStyle = token("bad");
  ctx.fillRect(from, 0, devicePixelRatio, ctx.canvas.height);
  ctx.restore();
}

function optionsOf(shown: { current: Shown }, width: number, height: number): uPlot.Options {
  const { lane, points } = shown.current;
  const all = lane.series(points);
  const isLog = lane.scale(points).isLog === true;
  return {
    width, height,
    padding: [TOP, MARGIN, 8, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, range: () => [shown.current.span.fromMs / 1000, shown.current.span.toMs / 1000] },
      y: { distr: isLog ? 3 : 1, range: () => {
        const { min, max } = lane.scale(shown.current.points);
        return [min, max];
      } },
    },
    axes: [
      { show: false },
      {
        size: GUTTER, gap: 6, font: FONT, stroke: () => token("ink3"),
        grid: { stroke: () => token("grid"), width: 1 }, ticks: { show: false },
        splits: () => lane.scale(shown.current.points).ticks,
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map((split) => lane.tick(split, splits.at(-1) ?? 0)),
      },
    ],
    series: [{}, ...all.map(strokeOf)],
    bands: bandsOf(all),
    hooks: {
      draw: [(plot) => {
        drawBlind(plot, shown.current.span);
        drawEvents(plot, shown.current);
        const all = lane.series(shown.current.points);
        const below = all.find((series) => series.below !== undefined)?.below;
        if (below !== undefined) drawBelow(plot, below);
        if (shown.current.span.blindMs === null) drawLabels(plot, all);
      }],
    },
  };
}

export function Plot(props: Shown & { label: string; paint: number }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const shown = useRef<Shown>(props);
  shown.current = props;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(shown, element.clientWidth, element.clientHeight), [[]], element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
    };
  }, []);

  useEffect(() => {
    plot.current?.setData([props.points.time, ...props.lane.series(props.points).map((series) => series.column)] as uPlot.AlignedData);
  }, [props.points, props.span.toMs, props.events, props.hot, props.paint]);

  return <div class="plot" role="img" aria-label={props.label} ref={box} />;
}
