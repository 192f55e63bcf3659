// Takes a worker out, and lets it in again; asks once more in its own place.
import { useEffect, useRef, useState } from "preact/hooks";
import { request } from "../state/api";
import { state } from "../state/store";
import type { Worker } from "../state/types";
import { Refused } from "../ui/TokenForm";
import { count } from "../words/format";
import { isLastToServe, isOutByRequest } from "../words/worker_facts";

type Action = "drain" | "resume";
type Step = { at: "rest" | "sure" } | { at: "asked"; action: Action } | { at: "done"; action: Action } | { at: "refused"; action: Action; error: unknown };

const TOLD: Record<Action, string> = { drain: "is drained: it gets nothing until it is resumed", resume: "gets work again" };

function Sure({ worker, yes, no }: { worker: Worker; yes: () => void; no: () => void }) {
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  const isLast = state.value !== null && isLastToServe(worker, state.value);
  return (
    <>
      {isLast && <p class="warn last">No other worker serves: requests will wait for one, then be refused.</p>}
      <button type="button" class="btn" ref={keep} onClick={no}>Keep it</button>
      <button type="button" class="btn primary" onClick={yes}>Yes, drain {worker.id}</button>
    </>
  );
}

function Told({ step, worker }: { step: Step; worker: Worker }) {
  if (step.at === "asked") {
    return step.action === "drain" ? <>Draining: {count(worker.in_flight, "batch", "batches")} in flight…</> : <>Resuming…</>;
  }
  return step.at === "done" ? <>{worker.id} {TOLD[step.action]}.</> : null;
}

export function WorkerActions({ worker }: { worker: Worker }) {
  const [step, setStep] = useState<Step>({ at: "rest" });
  const first = useRef<HTMLButtonElement>(null);
  const act = async (action: Action) => {
    setStep({ at: "asked", action });
    const error: unknown = await request("POST", `/api/v1/workers/${encodeURIComponent(worker.id)}/${action}`).then(() => null, (reason: unknown) => reason);
    setStep(error === null ? { at: "done", action } : { at: "refused", action, error });
  };
  useEffect(() => {
    if (step.at === "done") first.current?.focus();
  }, [step.at]);
  const keep = () => {
    setStep({ at: "rest" });
    requestAnimationFrame(() => first.current?.focus());
  };
  const isBusy = step.at === "asked";
  return (
    <>
      <p class="told" role="status"><Told step={step} worker={worker} /></p>
      {step.at === "refused" && <Refused error={step.error} again={() => void act(step.action)} />}
      <div class="actions">
        {step.at === "sure" ? <Sure worker={worker} yes={() => void act("drain")} no={keep} />
          : isOutByRequest(worker) ? <button type="button" class="btn" ref={first} disabled={isBusy} onClick={() => void act("resume")}>Resume {worker.id}</button>
          : <button type="button" class="btn" ref={first} disabled={isBusy} onClick={() => setStep({ at: "sure" })}>Drain {worker.id}</button>}
      </div>
    </>
  );
}
