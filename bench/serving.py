#!/usr/bin/env python3
"""What a call costs beside its arithmetic: two builds, or two protocols of one, side by side, in turns.

    bench/serving.py --a old/shoal --b build/release/shoal [--rounds 5] [--seconds 1.5] [--trace]
    bench/serving.py --b build/release/shoal --protocols grpc openai+http openai-base64+http

Each build serves a tiny model with one worker on this machine; the load of each turn goes to one of them.
Prints the median of the rounds: CPU µs a call of the coordinator, the worker and the generator, voluntary switches a
call, p50, calls a second. Rows: rNNN an open loop of NNN calls a second, cNN a closed loop of NN callers. On a machine
that others share switches and system calls (--trace, with strace) repeat, CPU compares within one run only.
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "tests" / "data" / "tiny_models" / "mean_f32"
TURNS = ("r200", "r1000", "c1", "c64")


def cpu_us(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e3


def switches(pid):
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path, encoding="ascii") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary"))
    return total


class Served:
    def __init__(self, folder, shoal):
        self.ready = folder / f"{len(list(folder.iterdir()))}.json"
        self.process = subprocess.Popen(  # by its variable: builds of before HTTP know no such flag
            [shoal, "serve", "--model", MODEL, "--precision", "fp32", "--workers", "1", "--grpc-listen", "127.0.0.1:0",
             "--worker-listen", "127.0.0.1:0", "--ready-file", self.ready], stdout=subprocess.DEVNULL,
            env=os.environ | {"SHOAL_HTTP_LISTEN": "127.0.0.1:0"})
        while not self.ready.exists():
            if self.process.poll() is not None:
                raise SystemExit(f"{shoal} did not start")
            time.sleep(0.02)
        info = json.loads(self.ready.read_text(encoding="utf-8"))
        self.info, self.pids = info, (self.process.pid, info["workers"][0]["pid"])

    def target(self, protocol):
        return f"{protocol}://{self.info['grpc' if protocol == 'grpc' else 'http']}"


def load(generator, target, turn, seconds):
    how = ["--concurrency", turn[1:]] if turn[0] == "c" else ["--rate", turn[1:], "--deadline", "500ms"]
    done = subprocess.run([generator, "load", "--target", target, "--duration", f"{int(seconds * 1000)}ms",
                           *(["--connections", "4"] if target.startswith("grpc:") else []), "--text-tokens", "8", "--format", "json", *how],
                          check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


Turn = collections.namedtuple("Turn", "coordinator worker generator switches worker_switches p50 rate ok")


def measure(generator, served, protocol, turn, seconds):
    before = [(cpu_us(pid), switches(pid)) for pid in served.pids]
    report = load(generator, served.target(protocol), turn, seconds)
    after = [(cpu_us(pid), switches(pid)) for pid in served.pids]
    calls = max(report["sent"], 1)
    cpu, switched = zip(*[((a[0] - b[0]) / calls, (a[1] - b[1]) / calls) for a, b in zip(after, before)])
    return Turn(*cpu, report["generator_cpu_seconds"] * 1e6 / calls, *switched,
                report["latency_seconds"]["p50"] * 1e6, calls / seconds, 100 * report["ok"] / calls)


def trace(generator, served, protocol, rate):
    """System calls a call of the coordinator, by name."""
    with tempfile.NamedTemporaryFile() as out:
        with subprocess.Popen(["strace", "-c", "-f", "-p", str(served.pids[0]), "-o", out.name],
                              stderr=subprocess.DEVNULL) as tracer:
            time.sleep(0.5)
            report = load(generator, served.target(protocol), f"r{rate}", 2)
            tracer.send_signal(2)
        rows = [line.split() for line in pathlib.Path(out.name).read_text(encoding="ascii").splitlines()]
    counts = {row[-1]: int(row[3]) / report["sent"] for row in rows if len(row) >= 5 and row[3].isdigit()}
    counts.pop("total", None)
    return " ".join(f"{name} {count:.2f}" for name, count in counts.items() if count >= 0.02)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--a")
    parser.add_argument("--b", required=True)
    parser.add_argument("--protocols", nargs="*", default=["grpc"])
    parser.add_argument("--generator", help="the build whose `load` is used; default: b")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--turns", nargs="*", default=TURNS)
    parser.add_argument("--trace", action="store_true")
    options = parser.parse_args()
    generator = os.path.abspath(options.generator or options.b)
    with tempfile.TemporaryDirectory() as name:
        served = {}
        try:
            for label in "ab" if options.a else "b":
                served[label] = Served(pathlib.Path(name), os.path.abspath(getattr(options, label)))
            ways = [(label, protocol) for label in served for protocol in options.protocols]
            turns = collections.defaultdict(list)
            for _ in range(options.rounds):
                for turn in options.turns:
                    for label, protocol in ways:
                        turns[turn, label, protocol].append(
                            measure(generator, served[label], protocol, turn, options.seconds))
            print("turn                       coordinator  worker  generator  switches  worker's  p50 µs  calls/s  ok %")
            for (turn, label, protocol), results in turns.items():
                m = Turn(*map(statistics.median, zip(*results)))
                print(f"{turn:5} {label} {protocol:18} {m.coordinator:11.1f} {m.worker:7.1f} {m.generator:10.1f} "
                      f"{m.switches:9.2f} {m.worker_switches:9.2f} {m.p50:7.0f} {m.rate:8.0f} {m.ok:5.1f}")
            for label, protocol in ways if options.trace else ():
                print(f"system calls a call at 1,000/s, {label} {protocol}: "
                      f"{trace(generator, served[label], protocol, 1000)}")
        finally:
            for server in served.values():
                server.process.terminate()
                server.process.wait()


if __name__ == "__main__":
    main()
