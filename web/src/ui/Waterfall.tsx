// Where the time of one request went: its stages behind one another.
import type { Span } from "../state/slow_requests";
import { STAGES, type Stage } from "../state/types";
import { millis } from "../words/format";

export const STAGE_NAMES: Record<Stage | "rest", string> = {
  tokenize: "Tokenize", queue: "Queue", dispatch: "Dispatch", inference: "Inference", serialize: "Serialize", rest: "Other",
};

const share = (part: number): string => `${(part * 100).toFixed(3)}%`;

export function Bar({ span }: { span: Span }) {
  return <i class={`swatch ${span.stage}`} style={{ left: share(span.left), width: share(span.width) }} />;
}

export function Waterfall({ spans }: { spans: readonly Span[] }) {
  const said = spans.map((span) => `${STAGE_NAMES[span.stage].toLowerCase()} ${millis(span.ms)}`).join(", ") || "no stage was begun";
  return <span class="waterfall" role="img" aria-label={said} title={said}>{spans.map((span) => <Bar span={span} />)}</span>;
}

export function StageLegend() {
  return (
    <ul class="legend-row" aria-label="Stages">
      {STAGES.map((stage) => <li><span class={`swatch ${stage}`} /> {STAGE_NAMES[stage]}</li>)}
    </ul>
  );
}
