// An answer of the operator API that is asked for again and again while its page is open. It stands
// still while the page is paused.
import { useEffect, useState } from "preact/hooks";
import { ApiError, getJson } from "./api";
import { paused } from "./store";

export interface Polled<T> {
  answer: T | null; // the last one; kept while asking fails
  error: unknown; // why the last time failed; null: it did not
  again: () => void;
}

export const asksForToken = (error: unknown): boolean => error instanceof ApiError && error.asksForToken;

/** Once, where `everyMs` is left out. */
export function usePolled<T>(path: string, everyMs?: number): Polled<T> {
  const [answer, setAnswer] = useState<T | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  const isPaused = paused.value;
  useEffect(() => {
    if (isPaused && answer !== null) return;
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      let problem: unknown = null;
      const got = await getJson<T>(path).catch((reason: unknown) => void (problem = reason));
      if (isOver) return;
      setError(problem);
      if (got !== undefined) setAnswer(got);
      if (everyMs !== undefined && !isPaused && !asksForToken(problem)) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [path, everyMs, round, isPaused]);
  return { answer, error, again: () => setRound(round + 1) };
}
