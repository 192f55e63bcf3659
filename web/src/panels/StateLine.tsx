// The sentence that the page begins with.
import { contactLostMs, history, nowMs, paused, state } from "../state/store";
import { duration } from "../words/format";
import { sentence, textOf, type Part, type Sentence } from "../words/sentence";
import { Icon } from "../ui/Icon";

const Parts = ({ parts }: { parts: Part[] }) => (
  <>{parts.map((part) => (typeof part === "string" ? part : <span class="figure">{part.number}</span>))}</>
);

const MARKS = { ok: "✓", warn: "▲", bad: "✕" };

let spoken = ""; // what screen readers heard last: a change of state, not of every number
const toSpeak = (said: Sentence): string => {
  const kind = `${said.tone} ${said.icon}`;
  if (!spoken.startsWith(`${kind}\n`)) spoken = `${kind}\n${textOf(said.lead)} ${textOf(said.rest)}`;
  return spoken.slice(kind.length + 1);
};

function Freshness() {
  const lost = contactLostMs.value;
  if (lost !== null) return <span class="bad">data {duration((nowMs.value - lost) / 1000)} old</span>;
  return paused.value ? <span class="warn">paused</span> : <>live</>;
}

export function StateLine() {
  const now = state.value;
  if (now === null) return null;
  const said = sentence(now, history.value, { lostSinceMs: contactLostMs.value, nowMs: nowMs.value });
  document.title = `${MARKS[said.tone]} Shoal`;
  return (
    <section class="state" data-tone={said.tone} aria-label="State">
      <span class={said.tone}><Icon name={said.icon} size={28} /></span>
      <h1><b><Parts parts={said.lead} /></b> <Parts parts={said.rest} /></h1>
      <p class="facts">
        {now.model.name} · {now.model.precision} · {now.model.dim} dimensions<br />
        <Freshness /> · up {duration(now.uptime_seconds)} · shoal {now.version}
      </p>
      <p class="vh" role="status">{toSpeak(said)}</p>
    </section>
  );
}
