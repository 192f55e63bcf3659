// What the examples in JavaScript have in common: texts from the command line, vectors to standard output.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

const usage = (about, flag, url) => `${about}

usage: node FILE [-h] [--input FILE] [--${flag} URL] [--model MODEL] [--timeout SECONDS] [TEXT ...]

  --input FILE       a file with one more text in each line
  --${flag.padEnd(16)} the server (default: ${url})
  --model MODEL      its model (default: all-MiniLM-L6-v2)
  --timeout SECONDS  how long to wait, which the server is told, too (default: 30)`;

export function takeArguments(about, url = "http://localhost:8080", flag = "url") {
  const string = (fallback) => ({ type: "string", default: fallback });
  const { values, positionals: texts } = parseArgs({
    allowPositionals: true,
    options: {
      input: { type: "string" },
      [flag]: string(url),
      model: string("all-MiniLM-L6-v2"),
      timeout: string("30"),
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(usage(about, flag, url));
    process.exit();
  }
  if (values.input) texts.push(...readFileSync(values.input, "utf8").split("\n").filter((text) => text));
  if (texts.length === 0) {
    console.error("no texts: give some, or a file of them with --input");
    process.exit(2);
  }
  return { texts, url: values[flag], model: values.model, milliseconds: Number(values.timeout) * 1000 };
}

// One JSON array a line, in the order of the texts.
export function show(vectors) {
  for (const vector of vectors) console.log(JSON.stringify(Array.from(vector)));
}
