// What became of the texts that were tried: where the time went, and how alike they are.
import { spansOf } from "../state/slow_requests";
import { STAGES, type Stage, type TryAnswer } from "../state/types";
import { HeatMap } from "../ui/HeatMap";
import { PlaceLink } from "../ui/PlaceLink";
import { Bar, STAGE_NAMES } from "../ui/Waterfall";
import { count, millis, num } from "../words/format";

/** What was sent, and what came. */
export interface Tried {
  texts: string[];
  answer: TryAnswer;
}

function Timing({ timing }: { timing: Record<string, number> }) {
  const stages = Object.fromEntries(STAGES.map((stage) => [stage, timing[stage] ?? 0])) as Record<Stage, number>;
  const total = timing.total ?? 0;
  const sum = Object.values(stages).reduce((all, ms) => all + ms, 0);
  return (
    <dl class="stages" aria-label="Where the time went">
      {spansOf(stages, total, Math.max(total, sum, 1e-9)).map((span) => (
        <div>
          <dt>{STAGE_NAMES[span.stage]}</dt>
          <dd class="waterfall" aria-hidden="true"><Bar span={span} /></dd>
          <dd class="r">{millis(span.ms)}</dd>
        </div>
      ))}
    </dl>
  );
}

function Who({ answer }: { answer: TryAnswer }) {
  return (
    <p class="who">
      {answer.workers.map((worker, i) => <>{i > 0 && ", "}<PlaceLink to={{ worker: worker.id }}>{worker.id}</PlaceLink></>)}
      {" · "}{answer.attempts === 1 ? "first attempt" : count(answer.attempts, "attempt")}
      {" · "}{answer.queue}
      {" · "}<PlaceLink to={{ page: "logs", request: answer.request_id }} title="Its lines of the log"><code>{answer.request_id}</code></PlaceLink>
    </p>
  );
}

export function TryResult({ tried: { texts, answer } }: { tried: Tried }) {
  const tokens = answer.tokens.reduce((sum, one) => sum + one, 0);
  return (
    <>
      <div class="panel-head">
        <h2>{count(texts.length, "vector")} of {num(answer.dim)} dimensions in {millis(answer.timing_ms.total)}</h2>
        <span class="sub">{count(tokens, "token")}</span>
      </div>
      <Who answer={answer} />
      {answer.truncated > 0 && (
        <p class="who warn">{count(answer.truncated, "text")} {answer.truncated === 1 ? "was" : "were"} longer than the model takes: only the beginning counts.</p>
      )}
      <Timing timing={answer.timing_ms} />
      <div class="panel-head"><h2>Similarity</h2><span class="sub">cosine; the stronger the closer</span></div>
      <HeatMap texts={texts} tokens={answer.tokens} similarity={answer.similarity} />
    </>
  );
}
