// From which severity on the server logs, until it ends.
import { useState } from "preact/hooks";
import { request } from "../state/api";
import { state } from "../state/store";
import { Refused } from "../ui/TokenForm";
import { LEVELS, type Level } from "../words/log_text";

const MEANS: Record<Level, string> = {
  debug: "everything is logged, also what only helps to find faults",
  info: "what happened is logged, each request too",
  warn: "only what an operator should look into is logged; no more lines of requests that were served",
  error: "only what went wrong for good is logged",
};

type Told = { level: Level } | { level: Level; error: unknown } | null;

export function LogLevel() {
  const [told, tell] = useState<Told>(null);
  const put = async (level: Level) => {
    const error: unknown = await request("PUT", "/api/v1/log-level", { level }).then(() => null, (reason: unknown) => reason);
    tell(error === null ? { level } : { level, error });
  };
  const isRefused = told !== null && "error" in told;
  return (
    <div class="log-level">
      <label>
        Logged from{" "}
        <select value={told !== null && !isRefused ? told.level : (state.value?.log_level ?? "")} onChange={(event) => void put(event.currentTarget.value as Level)}>
          {LEVELS.map((level) => <option value={level}>{level}</option>)}
        </select>
      </label>
      <span class="muted" role="status">
        {told === null ? "changes what the server writes, for all who read its log, until it is started again"
          : !isRefused && `From now on ${MEANS[told.level]}. So it stays until the server is started again.`}
      </span>
      {isRefused && <Refused error={told.error} again={() => void put(told.level)} />}
    </div>
  );
}
