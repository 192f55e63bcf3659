// The same call in other programs, ready to be pasted.

export interface Addresses {
  http: string | null; // null: the server does not serve HTTP
  grpc: string;
}

const WILDCARDS = new Set(["", "0.0.0.0", "[::]", "*"]);

/** Where a listener is reached from where this page is looked at. */
export function reachable(listen: string | undefined, hostname: string, port: number): string {
  if (!listen) return `${hostname}:${port}`;
  const colon = listen.lastIndexOf(":");
  const host = listen.slice(0, colon);
  return WILDCARDS.has(host) ? `${hostname}:${listen.slice(colon + 1)}` : listen;
}

export const addressesOf = (listen: { grpc: string; http?: string } | undefined, hostname: string): Addresses => ({
  http: listen && !listen.http ? null : reachable(listen?.http, hostname, 8080),
  grpc: reachable(listen?.grpc, hostname, 50050),
});

/** One word of a shell, whatever is in it. */
export const shellQuoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const list = (texts: readonly string[], indent: string, step: string): string =>
  `[\n${texts.map((text) => `${indent}${step}${JSON.stringify(text)}`).join(",\n")}\n${indent}]`;

export const curlSample = (address: string, model: string, texts: readonly string[]): string =>
  `curl -s http://${address}/v1/embeddings \\\n  -H 'Content-Type: application/json' \\\n  -d ${shellQuoted(
    `{"model": ${JSON.stringify(model)}, "input": ${list(texts, "  ", "  ")}}`,
  )}`;

/** A string of JSON is one of Python, too. */
export const pythonSample = (address: string, model: string, texts: readonly string[]): string =>
  `import openai

client = openai.OpenAI(base_url=${JSON.stringify(`http://${address}/v1`)}, api_key="any")
answer = client.embeddings.create(
    model=${JSON.stringify(model)},
    input=${list(texts, "    ", "    ")},
)
print(len(answer.data), "vectors of", len(answer.data[0].embedding), "dimensions")`;

export const grpcurlSample = (address: string, texts: readonly string[]): string =>
  `grpcurl -plaintext \\\n  -d ${shellQuoted(`{"texts": ${list(texts, "  ", "  ")}}`)} \\\n  ${address} text_embedding.TextEmbedding/Embed`;
