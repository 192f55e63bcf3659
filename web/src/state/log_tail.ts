// Follows the log while its page is open and not paused.
import { useEffect, useState } from "preact/hooks";
import { getJson } from "./api";
import { emptyFrom, firstAfter, folded, isBehind, PAGE, type LogList, type LogPage } from "./log_list";
import { asksForToken } from "./polled";
import { paused, state } from "./store";

const EVERY_MS = 1000;

interface Wanted {
  level: string; // the least; "": all
  request: string; // "": of all
}

interface Tail {
  list: LogList | null; // null: nothing was answered yet
  error: unknown;
  again: () => void;
}

function pathOf({ level, request }: Wanted, after: number, limit: number): string {
  const query = new URLSearchParams({ after: String(after), limit: String(limit) });
  if (level) query.set("level", level);
  if (request) query.set("request_id", request);
  return `/api/v1/logs?${query}`;
}

async function begin(wanted: Wanted): Promise<LogList> {
  const isFiltered = wanted.request !== "" || wanted.level === "warn" || wanted.level === "error";
  if (isFiltered) return emptyFrom(0);
  return emptyFrom(firstAfter((await getJson<LogPage>(pathOf(wanted, 0, 1))).newest, false));
}

async function readOn(list: LogList, wanted: Wanted): Promise<LogList> {
  for (;;) {
    const page = await getJson<LogPage>(pathOf(wanted, list.next, PAGE));
    const grown = folded(list, page);
    if (!isBehind(grown, page) || grown.next <= list.next) return grown;
    list = grown;
  }
}

export function useLogTail(wanted: Wanted): Tail {
  const [told, tell] = useState<{ key: string; list: LogList | null; error: unknown }>({ key: "", list: null, error: null });
  const [round, setRound] = useState(0);
  const isPaused = paused.value;
  // Another process has another log.
  const key = [wanted.level, wanted.request, state.value?.coordinator_id].join("\n");
  const list = told.key === key ? told.list : null;
  useEffect(() => {
    if (isPaused && list !== null) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = list;
    const ask = async () => {
      let error: unknown = null;
      try {
        const grown = await readOn(current ?? (await begin(wanted)), wanted);
        if (isOver) return;
        current = grown;
      } catch (problem) {
        error = problem;
      }
      if (isOver) return;
      tell({ key, list: current, error });
      if (!isPaused && !asksForToken(error)) timer = setTimeout(() => void ask(), EVERY_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [key, round, isPaused]);
  return { list, error: told.key === key ? told.error : null, again: () => setRound(round + 1) };
}
