// Before the first text: three commands that send one, and what the workers could do.
import { state } from "../state/store";
import { compact } from "../words/format";
import { Command } from "../ui/Command";

/** Where the server listens, as seen from this page. */
export function addressOf(listen: string | undefined, port: number): string {
  const [, host = "", given = ""] = /^(.*):(\d+)$/.exec(listen ?? "") ?? [];
  const isHere = host === "" || host === "0.0.0.0" || host === "[::]" || host === "127.0.0.1";
  return `${isHere ? location.hostname : host}:${given || port}`;
}

export function FirstSteps() {
  const now = state.value;
  if (now === null) return null;
  const http = addressOf(now.listen?.http, 8080);
  const grpc = addressOf(now.listen?.grpc, 50050);
  const capacity = now.capacity_cost_per_second;
  return (
    <section class="panel first" aria-labelledby="first-title">
      <h2 id="first-title">Send the first text</h2>
      <p>The charts begin with it.{capacity > 0 && <> As measured at the start, the workers do about <b>{compact(capacity)}</b> tokens a second.</>}</p>
      <ul>
        <li><b>curl</b><Command text={`curl ${http}/v1/embeddings -H 'Content-Type: application/json' -d '{"input": "hello"}'`} /></li>
        <li><b>Python, the OpenAI client</b><Command text={`from openai import OpenAI\nclient = OpenAI(base_url="http://${http}/v1", api_key="none")\nprint(client.embeddings.create(model="${now.model.name}", input="hello").data[0].embedding)`} /></li>
        <li><b>A line of the shell, a vector of JSON</b><Command text={`shoal embed --server ${grpc} hello`} /></li>
        <li><b>Shoal's own load, for 30 seconds</b><Command text={`shoal load --target grpc://${grpc} --rate 50 --duration 30s`} /></li>
      </ul>
    </section>
  );
}
