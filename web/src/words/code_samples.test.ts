import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { addressesOf, curlSample, grpcurlSample, pythonSample, reachable, shellQuoted } from "./code_samples";

const TEXTS = ["A cat sits on the mat.", `it's "so" \\ $HOME \`id\` %s`, "née 🐟"];

/** The words that a shell makes of a command. */
const wordsOfShell = (command: string): string[] =>
  execFileSync("sh", ["-c", `set -- ${command}\nfor word; do printf '%s\\0' "$word"; done`], { encoding: "utf8" }).split("\0").slice(0, -1);

test.each([
  ["127.0.0.1:8081", "127.0.0.1:8081"],
  ["0.0.0.0:8081", "host:8081"],
  ["[::]:8081", "host:8081"],
  ["[::1]:8081", "[::1]:8081"],
  [":8081", "host:8081"],
  [undefined, "host:8080"],
])("%s is reached at %s", (listen, address) => {
  expect(reachable(listen, "host", 8080)).toBe(address);
});

test("a server that says nothing has the ports by default, one that says only gRPC has no HTTP", () => {
  expect(addressesOf(undefined, "host")).toEqual({ http: "host:8080", grpc: "host:50050" });
  expect(addressesOf({ grpc: "0.0.0.0:1" }, "host")).toEqual({ http: null, grpc: "host:1" });
});

test("a shell sees one word, whatever is in it", () => {
  for (const text of [...TEXTS, "'", "''", "a\nb"]) expect(wordsOfShell(shellQuoted(text))).toEqual([text]);
});

test("what curl and grpcurl are given is the JSON that was meant", () => {
  const curl = wordsOfShell(curlSample("localhost:8080", "a model", TEXTS));
  expect(curl.slice(0, 6)).toEqual(["curl", "-s", "http://localhost:8080/v1/embeddings", "-H", "Content-Type: application/json", "-d"]);
  expect(JSON.parse(curl[6] ?? "")).toEqual({ model: "a model", input: TEXTS });
  const grpcurl = wordsOfShell(grpcurlSample("localhost:50050", TEXTS));
  expect(JSON.parse(grpcurl[3] ?? "")).toEqual({ texts: TEXTS });
  expect(grpcurl.slice(4)).toEqual(["localhost:50050", "text_embedding.TextEmbedding/Embed"]);
});

test("Python's strings are quoted", () => {
  expect(pythonSample("localhost:8080", "m", TEXTS)).toContain(`        "it's \\"so\\" \\\\ $HOME \`id\` %s",`);
});
