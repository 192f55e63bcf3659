// What is for operators only asks for their token, once for as long as the tab is open.
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { ApiError, setToken } from "../state/api";

export function TokenForm({ error, again }: { error: ApiError; again: () => void }) {
  const [token, type] = useState("");
  const [answered, answer] = useState<ApiError | null>(null); // by typing another token
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const isWrong = error.wasTokenWrong && answered !== error;
  useEffect(() => {
    if (!error.wasTokenWrong) return;
    field.current?.focus();
    field.current?.select();
  }, [error]);
  return (
    <form class="nothing" onSubmit={(event) => {
      event.preventDefault();
      if (token.trim() === "") return;
      answer(error); // so that the next refusal is told anew
      setToken(token.trim());
      again();
    }}>
      <label>
        This needs the operator's token (the file of <code>--operator-token-file</code>):{" "}
        <input type="password" autocomplete="off" ref={field} value={token} aria-invalid={isWrong} aria-describedby={id}
          onInput={(event) => {
            type(event.currentTarget.value);
            answer(error);
          }} />
      </label>{" "}
      <button class="btn" type="submit" disabled={token.trim() === ""}>Show it</button>
      <p id={id} class="fault bad" role="alert">{isWrong && "The server did not accept this token."}</p>
    </form>
  );
}

/** What a request that failed says to the reader. */
export function Refused({ error, again }: { error: unknown; again: () => void }) {
  if (error instanceof ApiError && error.asksForToken) return <TokenForm error={error} again={again} />;
  return <p class="nothing" role="alert">{error instanceof Error ? error.message : String(error)}</p>;
}
