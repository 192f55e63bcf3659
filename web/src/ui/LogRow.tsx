// One line of the log; it opens to all that is in it.
import { Component } from "preact";
import { isGap, type LogEntry } from "../state/log_list";
import { count } from "../words/format";
import type { ReadLine } from "../words/log_text";
import { PlaceLink } from "./PlaceLink";

const TONES: Record<string, string> = { error: "bad", warn: "warn", info: "plain", debug: "quiet" };

function Whole({ line, id }: { line: ReadLine; id: string }) {
  return (
    <div class="whole" id={id}>
      <p>
        {line.requestId && <PlaceLink to={{ page: "logs", request: line.requestId }}>Only this request</PlaceLink>}
        {line.workerId && <PlaceLink to={{ worker: line.workerId }}>{line.workerId}</PlaceLink>}
        <span class="muted">line {line.id}</span>
      </p>
      <pre>{line.json}</pre>
    </div>
  );
}

/** Drawn again only when it is opened or closed: there are thousands, and more each second. */
export class LogRow extends Component<{ entry: LogEntry }, { isOpen: boolean }> {
  override state = { isOpen: false };

  override shouldComponentUpdate(props: { entry: LogEntry }, state: { isOpen: boolean }): boolean {
    return props.entry !== this.props.entry || state.isOpen !== this.state.isOpen;
  }

  override render({ entry }: { entry: LogEntry }, { isOpen }: { isOpen: boolean }) {
    if (isGap(entry)) return <li class="gap">{count(entry.missing, "line")} {entry.missing === 1 ? "was" : "were"} dropped before they could be read</li>;
    const wholeId = `line-${entry.id}`;
    return (
      <li class={isOpen ? "open" : undefined}>
        <div class="line">
          <button type="button" class="unfold" aria-expanded={isOpen} aria-controls={isOpen ? wholeId : undefined}
            aria-label={`All of line ${entry.id}`} onClick={() => this.setState({ isOpen: !isOpen })}>
            <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.8"><path d="M6 3.5 10.5 8 6 12.5" /></svg>
          </button>
          <span class="when">{entry.time}</span>
          <span class={`level ${TONES[entry.level] ?? "plain"}`}>{entry.level}</span>
          <span class="event mono">{entry.event}</span>
          <span class="said">{entry.message}{entry.fields.map(([key, value]) => <span class="field"> {key}={value}</span>)}</span>
        </div>
        {isOpen && <Whole line={entry} id={wholeId} />}
      </li>
    );
  }
}
