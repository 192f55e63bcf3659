// One worker: what it does, what happened to it, and the way out of the pool and back.
import { events, tracks, state } from "../state/store";
import type { EventEntry, Worker } from "../state/types";
import { go, place } from "../state/url";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { TrackLine } from "../ui/TrackLine";
import { clock, num, small } from "../words/format";
import { eventsOf, factsOf, lastErrorOf, watchedOf, WORKER_STATES } from "../words/worker_facts";
import { WorkerActions } from "./WorkerActions";

const close = () => go({ worker: "" });

function Tracks({ id }: { id: string }) {
  const steps = tracks.value.steps(id);
  const recent = tracks.value.recent(id);
  const now = (value: number) => (steps.length === 0 ? undefined : value); // means of ten seconds
  return (
    <div class="tracks">
      <TrackLine title="Texts" unit="a second" now={now(recent.items)} points={steps.map((step) => ({ unixMs: step.unixMs, value: step.items }))} told={small} />
      <TrackLine title="CPU" unit="cores" now={now(recent.cpu)} points={steps.map((step) => ({ unixMs: step.unixMs, value: step.cpu }))} told={(cores) => num(cores, 2)} />
      <p class="muted">{watchedOf(tracks.value.watchedMs(id))}</p>
    </div>
  );
}

function Happened({ own, error }: { own: readonly EventEntry[]; error: EventEntry | undefined }) {
  return (
    <>
      {error && <p class="last-error"><b class="bad">Last error</b> <span class="muted">{clock(error.unix_ms)}</span> {error.text}</p>}
      <section aria-label="What happened to it">
        <h3>What happened to it</h3>
        {own.length === 0 ? <p class="muted">Nothing that is still told.</p> : (
          <ol class="worker-events scroll" tabIndex={0} aria-label="Its events, newest first">
            {own.map((event) => <li><span class="muted">{clock(event.unix_ms)}</span> <Icon name={event.kind} /> <span>{event.text}</span></li>)}
          </ol>
        )}
      </section>
    </>
  );
}

function Known({ worker }: { worker: Worker }) {
  const words = WORKER_STATES[worker.state];
  return (
    <>
      <h2><span class={words.tone}><Icon name={words.icon} size={18} /></span> {worker.id}</h2>
      <p class="worker-state"><b class={words.tone}>{worker.state}</b>: {words.means}</p>
      <Tracks id={worker.id} />
      <dl class="facts worker-facts">
        {factsOf(worker).map(([name, value]) => <div><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
      <Happened own={eventsOf(events.value, worker.id)} error={lastErrorOf(events.value, worker.id)} />
      <WorkerActions key={worker.id} worker={worker} />
    </>
  );
}

function Unknown({ id }: { id: string }) {
  return (
    <>
      <h2>{id}</h2>
      <p>No worker of this name is known: it has never come, or was lost long ago.</p>
    </>
  );
}

export function WorkerDialog() {
  const id = place.value.worker;
  const worker = state.value?.workers[id];
  return (
    <Dialog label={`Worker ${id}`} close={close}>
      <button type="button" class="btn icon close" aria-label="Close" onClick={close}>✕</button>
      {worker === undefined ? <Unknown id={id} /> : <Known worker={worker} />}
    </Dialog>
  );
}
