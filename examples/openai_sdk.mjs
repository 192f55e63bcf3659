// Embeds texts with OpenAI's SDK for Node.
import OpenAI from "openai";
import { show, takeArguments } from "./texts.mjs";

const { texts, url, model, milliseconds } = takeArguments("Embeds texts with OpenAI's SDK for Node.");
const client = new OpenAI({
  baseURL: `${url}/v1`,
  apiKey: "any",
  timeout: milliseconds,
  defaultHeaders: { "x-request-timeout-ms": String(milliseconds) },
});
const answer = await client.embeddings.create({ model, input: texts });
show(answer.data.map((item) => item.embedding));
