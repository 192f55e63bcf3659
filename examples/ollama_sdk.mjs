// Embeds texts with Ollama's client for Node.
import { Ollama } from "ollama";
import { show, takeArguments } from "./texts.mjs";

const { texts, url, model, milliseconds } = takeArguments("Embeds texts with Ollama's client for Node.");
const client = new Ollama({ host: url, headers: { "x-request-timeout-ms": String(milliseconds) } });
const answer = await client.embed({ model, input: texts });
show(answer.embeddings);
