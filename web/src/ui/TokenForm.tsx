// What is for operators only asks for their token, once for as long as the tab is open.
import { useState } from "preact/hooks";
import { ApiError, setToken } from "../state/api";

export function TokenForm({ again }: { again: () => void }) {
  const [token, type] = useState("");
  return (
    <form class="nothing" onSubmit={(event) => {
      event.preventDefault();
      setToken(token.trim());
      again();
    }}>
      <label>
        This needs the operator's token (the file of <code>--operator-token-file</code>):{" "}
        <input type="password" autocomplete="off" value={token} onInput={(event) => type(event.currentTarget.value)} />
      </label>{" "}
      <button class="btn" type="submit" disabled={token.trim() === ""}>Show it</button>
    </form>
  );
}

/** What a request that failed says to the reader. */
export function Refused({ error, again }: { error: unknown; again: () => void }) {
  if (error instanceof ApiError && error.asksForToken) return <TokenForm again={again} />;
  return <p class="nothing" role="alert">{error instanceof Error ? error.message : String(error)}</p>;
}
