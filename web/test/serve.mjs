// Serves web/dist with a simulated server behind it: `node test/serve.mjs [PORT]`, 0: a free one. GET /simulate/NAME
// changes the scenario for all who look; `gone` answers nobody until the next.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { SCENARIOS, Simulated } from "./simulated.mjs";

const DIST = process.env.SHOAL_WEB_DIST ?? fileURLToPath(new URL("../dist", import.meta.url));
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml" };
const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'";

let server = new Simulated("healthy");
let gone = false;
let token = "";
let streams = new Set();
let number = 0;

const body = async (request) => {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text === "" ? {} : JSON.parse(text);
};

function json(response, value, status = 200) {
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(value));
}
const refuse = (response, status, code, message) => json(response, { error: { message, type: "x", param: null, code } }, status);

function file(response, path) {
  const found = join(DIST, normalize(path === "/" ? "/index.html" : path));
  if (!found.startsWith(DIST) || !existsSync(found)) return refuse(response, 404, "route_not_found", `no such path: ${path}`);
  response.writeHead(200, { "Content-Type": TYPES[extname(found)] ?? "application/octet-stream", "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff" });
  createReadStream(found).pipe(response);
}

function tell(stream, kind, data) {
  stream.write(`id: x-${++number}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Whole keys that changed: a merge patch, if not the smallest. */
function tellAll() {
  for (const stream of streams) tell(stream, "delta", server.state());
}

function simulate(name) {
  gone = name === "gone";
  token = name === "token" ? "secret" : "";
  server = new Simulated(name in SCENARIOS ? name : "healthy");
  for (const stream of streams) gone ? stream.destroy() : tell(stream, "snapshot", server.state());
}

setInterval(() => {
  if (gone) return;
  server.step();
  tellAll();
}, 1000);

async function api(request, response, url) {
  const path = url.pathname;
  const forOperators = request.method !== "GET" || /\/(logs|config)$/.test(path);
  if (gone) return request.socket.destroy();
  if (forOperators && token && request.headers.authorization !== `Bearer ${token}`) return refuse(response, 401, "unauthenticated", "this route asks for the operator's token");
  if (path === "/api/v1/stream") {
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write("retry: 2000\n\n");
    streams.add(response);
    request.on("close", () => streams.delete(response));
    return tell(response, "snapshot", server.state());
  }
  if (path === "/api/v1/snapshot") return json(response, server.state());
  if (path === "/api/v1/history") return json(response, { seconds: server.history });
  if (path === "/api/v1/requests/slow") return json(response, { requests: server.slow() });
  if (path === "/api/v1/logs") {
    return json(response, server.log(Number(url.searchParams.get("after") ?? 0), Number(url.searchParams.get("limit") ?? 100), url.searchParams.get("level") ?? "info", url.searchParams.get("request_id")));
  }
  if (path === "/api/v1/config") {
    return json(response, { settings: [
      { name: "grpc_listen", value: "127.0.0.1:50050", origin: "default", place: "default" },
      { name: "workers", value: "3", origin: "flag", place: "--workers" },
      { name: "default_deadline", value: "2s", origin: "file", place: "shoal.toml:4" },
      { name: "allow_origin", value: "https://search.example,https://admin.example", origin: "file", place: "shoal.toml:9" },
      { name: "slow_request", value: "1s", origin: "default", place: "default" },
      { name: "operator_token_file", value: "", origin: "default", place: "default" },
      { name: "log_level", value: "info", origin: "variable", place: "SHOAL_LOG_LEVEL" },
    ] });
  }
  if (path === "/api/v1/log-level") return json(response, { level: (await body(request)).level });
  if (path === "/api/v1/try") {
    const { texts } = await body(request);
    if (!texts?.length) return refuse(response, 400, "empty_input", "texts is empty; 1 to 32 are accepted");
    const like = (a, b) => (a === b ? 1 : 0.15 + 0.7 * Math.abs(Math.sin(a.length * 3 + b.length * 5)));
    return json(response, { request_id: "e5be1889e8ecedec", dim: 384, tokens: texts.map((text) => text.split(" ").length + 2), truncated: 0,
      similarity: texts.map((a) => texts.map((b) => (a.length < b.length ? like(a, b) : like(b, a)))),
      timing_ms: { tokenize: 0.1, queue: 0.4, dispatch: 0.3, inference: 8.6, total: 9.4 }, queue: "urgent", attempts: 1, workers: [{ id: "worker-1", incarnation: "1f2e" }] });
  }
  const worker = /^\/api\/v1\/workers\/([^/]+)\/(drain|resume)$/.exec(path);
  if (worker && request.method === "POST") {
    const told = server.change(decodeURIComponent(worker[1]), worker[2]);
    if (!told) return refuse(response, 404, "not_found", "no such worker");
    tellAll();
    return json(response, told);
  }
  refuse(response, 404, "route_not_found", `no such path: ${path}`);
}

const port = Number(process.argv[2] ?? 3100);
const listener = createServer((request, response) => {
  const url = new URL(request.url, "http://localhost");
  const simulated = /^\/simulate\/(\w+)$/.exec(url.pathname);
  if (simulated) return simulate(simulated[1]), json(response, {});
  if (url.pathname.startsWith("/api/")) return void api(request, response, url);
  if (gone) return request.socket.destroy();
  file(response, url.pathname);
});
listener.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${listener.address().port}`));
