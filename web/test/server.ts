// A real `shoal serve` for the page, with the tiny model of the tests and three workers.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const BINARY = process.env.SHOAL_BINARY ?? join(ROOT, "build/dev/shoal");
const PORTS = ["--grpc-listen", "--http-listen", "--worker-listen", "--dashboard-listen"].map((flag) => `${flag}=127.0.0.1:0`);
const START_MS = 60_000;

interface Ready {
  grpc: string;
  dashboard: string;
  workers: { id: string; pid: number }[];
}

/** Of this process, without settings of whoever runs the tests. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(SHOAL|OTEL)_/.test(name)));

export class Server {
  private constructor(private readonly process: ChildProcess, private readonly folder: string, readonly ready: Ready) {}

  static async start(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "shoal-web-"));
    const file = join(folder, "ready.json");
    const model = join(ROOT, "tests/data/tiny_models/mean_f32");
    const child = spawn(BINARY, ["serve", "--model", model, "--precision=fp32", "--workers=3", ...PORTS, "--ready-file", file], { stdio: "ignore", env: environment });
    for (const end = Date.now() + START_MS; !existsSync(file); await new Promise((go) => setTimeout(go, 50))) {
      if (child.exitCode !== null || Date.now() > end) {
        child.kill("SIGKILL");
        throw new Error(`shoal serve is not ready: exit status ${child.exitCode}`);
      }
    }
    return new Server(child, folder, JSON.parse(readFileSync(file, "utf8")) as Ready);
  }

  /** `shoal load` on it; ends by itself. */
  load(...how: string[]): ChildProcess {
    return spawn(BINARY, ["load", "--target", `grpc://${this.ready.grpc}`, ...how], { stdio: "ignore", env: environment });
  }

  async stop(): Promise<void> {
    const { process } = this;
    const ended = new Promise((done) => process.once("exit", done));
    if (process.exitCode === null && process.signalCode === null) {
      process.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true });
  }
}
