// A few texts, to see that it works and what comes out.
import { batch, computed, signal } from "@preact/signals";
import { ApiError, request } from "../state/api";
import type { TryAnswer } from "../state/types";
import { SameCall } from "../panels/SameCall";
import { TryResult, type Tried } from "../panels/TryResult";
import { Refused } from "../ui/TokenForm";
import { count } from "../words/format";
import { ADVICE } from "../words/outcomes";
import { EXAMPLES, faultOf, isAboutTexts, textsOf } from "../words/try_texts";

// Kept while one looks at another page.
const typed = signal(EXAMPLES.join("\n"));
const texts = computed(() => textsOf(typed.value));
const tried = signal<Tried | null>(null);
const error = signal<unknown>(null);
const isAsking = signal(false);
const isFaultTold = signal(false); // not before somebody wants to send

async function send(): Promise<void> {
  isFaultTold.value = true;
  if (isAsking.value || faultOf(texts.value) !== "") return;
  const sent = texts.value;
  isAsking.value = true;
  const [answer, problem] = await request<TryAnswer>("POST", "/api/v1/try", { texts: sent }).then(
    (got) => [got, null] as const,
    (reason: unknown) => [null, reason] as const,
  );
  batch(() => {
    isAsking.value = false;
    error.value = problem;
    if (answer !== null) tried.value = { texts: sent, answer };
  });
}

const refusalOf = (problem: unknown): ApiError | null => (problem instanceof ApiError ? problem : null);
const isOfTexts = (problem: unknown): boolean => isAboutTexts(refusalOf(problem)?.code ?? "");

/** Why these texts cannot be embedded; it stands below them. */
function TextsFault() {
  const own = faultOf(texts.value);
  const fault = own !== "" && (isFaultTold.value || texts.value.length > 0) ? own : isOfTexts(error.value) ? refusalOf(error.value)?.message : "";
  return <p id="texts-fault" class="fault bad" role="alert">{fault}</p>;
}

function Texts() {
  const isWrong = faultOf(texts.value) !== "" || isOfTexts(error.value);
  return (
    <form class="try-form" onSubmit={(event) => {
      event.preventDefault();
      void send();
    }}>
      <textarea rows={9} spellcheck={false} aria-labelledby="texts-title" aria-describedby="texts-fault" aria-invalid={isWrong} value={typed.value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
          if (isOfTexts(error.value)) error.value = null;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          void send();
        }} />
      <TextsFault />
      <div class="send">
        <button type="submit" class="btn primary" aria-busy={isAsking.value}>{isAsking.value ? "Embedding…" : "Embed"}</button>
        <span class="muted"><kbd>Ctrl</kbd> <kbd>Enter</kbd></span>
        <span class="grow" />
        <span class="muted">{count(texts.value.length, "text")}</span>
        <button type="button" class="link" onClick={() => (typed.value = EXAMPLES.join("\n"))}>Examples</button>
      </div>
    </form>
  );
}

function Result() {
  const problem = error.value;
  const refusal = refusalOf(problem);
  if (problem !== null && !isOfTexts(problem)) {
    return (
      <>
        <Refused error={problem} again={() => void send()} />
        {refusal && ADVICE[refusal.code] && <p class="advice"><code>{refusal.code}</code>: {ADVICE[refusal.code]}</p>}
      </>
    );
  }
  if (tried.value !== null) return <TryResult tried={tried.value} />;
  return <p class="nothing">Embed the texts to see how alike they are and where the time goes. No vector is shown, and nothing is kept.</p>;
}

export function TryIt() {
  return (
    <div class="try">
      <section class="panel" aria-label="Texts">
        <div class="panel-head"><h2 id="texts-title">Texts</h2><span class="sub">one a line, up to 32</span></div>
        <Texts />
        <SameCall texts={texts.value} />
      </section>
      <section class="panel" aria-label="Result" aria-live="polite"><Result /></section>
    </div>
  );
}
