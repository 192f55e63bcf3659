// The call of the page, as one makes it elsewhere.
import { signal } from "@preact/signals";
import { state } from "../state/store";
import { Choice } from "../ui/Choice";
import { Command } from "../ui/Command";
import { addressesOf, curlSample, grpcurlSample, pythonSample } from "../words/code_samples";

const PROGRAMS = ["curl", "Python", "grpcurl"] as const;
type Program = (typeof PROGRAMS)[number];

const program = signal<Program>("curl");

function sampleOf(wanted: Program, texts: readonly string[]): string | null {
  const { http, grpc } = addressesOf(state.value?.listen, location.hostname);
  const model = state.value?.model.name ?? "";
  if (wanted === "grpcurl") return grpcurlSample(grpc, texts);
  if (http === null) return null;
  return wanted === "curl" ? curlSample(http, model, texts) : pythonSample(http, model, texts);
}

export function SameCall({ texts }: { texts: readonly string[] }) {
  const sample = sampleOf(program.value, texts);
  return (
    <div class="same-call">
      <div class="panel-head">
        <h2>The same call elsewhere</h2>
        <span class="grow" />
        <Choice label="Program" options={PROGRAMS} isChosen={(one) => one === program.value} choose={(one) => (program.value = one)} />
      </div>
      {sample === null ? <p class="nothing">This server does not serve HTTP: its <code>--http-listen</code> is empty.</p>
        : <Command key={program.value} text={sample} />}
    </div>
  );
}
