// The server's log as it is written.
import { useMemo } from "preact/hooks";
import { isGap, MOST_KEPT, type LogEntry } from "../state/log_list";
import { useLogTail } from "../state/log_tail";
import { paused } from "../state/store";
import { go, place } from "../state/url";
import { LogLevel } from "../panels/LogLevel";
import { FilterField, NothingMatches } from "../ui/FilterField";
import { FollowedList } from "../ui/FollowedList";
import { LogRow } from "../ui/LogRow";
import { Refused } from "../ui/TokenForm";
import { hasAll, wordsOf } from "../words/filter";
import { count, num } from "../words/format";
import { LEVELS } from "../words/log_text";

function Controls() {
  const { level, request } = place.value;
  return (
    <>
      <label>
        Least level{" "}
        <select value={level || "debug"} onChange={(event) => go({ level: event.currentTarget.value === "debug" ? "" : event.currentTarget.value })}>
          {LEVELS.map((one) => <option value={one}>{one}</option>)}
        </select>
      </label>
      <label>
        Request{" "}
        <input type="search" class="request mono" placeholder="its id" spellcheck={false} value={request}
          onChange={(event) => go({ request: event.currentTarget.value.trim() })} />
      </label>
      <FilterField label="Filter the lines" placeholder="Filter: worker_id=vm-0…" />
    </>
  );
}

function NoLines() {
  const { level, request } = place.value;
  if (request) {
    return (
      <p class="nothing">
        No line of request <code>{request}</code> is kept{level && ` from ${level} on`}. The server keeps its last 10,000 lines.{" "}
        <button type="button" class="link" onClick={() => go({ request: "" })}>All requests</button>
      </p>
    );
  }
  return <p class="nothing">Nothing was logged{level && ` from ${level} on`} yet.</p>;
}

const idAfter = (entries: readonly LogEntry[], id: number): number => {
  let fresh = 0;
  while (fresh < entries.length && (entries[entries.length - 1 - fresh]?.id ?? 0) > id) ++fresh;
  return fresh;
};

function Lines({ entries }: { entries: readonly LogEntry[] }) {
  const { filter, level, request } = place.value;
  const shown = useMemo(() => {
    const words = wordsOf(filter);
    return words.length === 0 ? entries : entries.filter((entry) => isGap(entry) || hasAll(entry.text, words));
  }, [entries, filter]);
  if (entries.length === 0) return <NoLines />;
  if (shown.every(isGap)) return <NothingMatches what="line" />;
  return (
    <FollowedList key={`${level} ${request} ${filter}`} label="Lines of the log" newest={entries.at(-1)?.id ?? 0}
      countAfter={(id) => idAfter(shown, id)}>
      <ol class="log">{shown.map((entry) => <LogRow key={entry.id} entry={entry} />)}</ol>
    </FollowedList>
  );
}

export function Logs() {
  const { level, request } = place.value;
  const { list, error, again } = useLogTail({ level, request });
  return (
    <section class="panel page logs" aria-label="Logs">
      <div class="page-head">
        <h2>Logs</h2>
        <Controls />
        <span class="grow" />
        {list !== null && (
          <span class="muted">
            {paused.value ? "paused" : "live"} · {list.entries.length < MOST_KEPT ? count(list.entries.length, "line") : `the last ${num(MOST_KEPT)} lines`}
          </span>
        )}
      </div>
      {error !== null && <Refused error={error} again={again} />}
      {list !== null && <Lines entries={list.entries} />}
      <LogLevel />
    </section>
  );
}
