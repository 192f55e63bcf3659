"""What overload and dead workers cost, with real processes on one machine.

    build/venv/bin/python bench/overload.py [flood] [share] [faults] [--seconds 60] [--workers 3]

flood   1.2, 2, 5 and 10 times the closed-loop capacity in single texts of 32 tokens, 500 ms deadlines. The
        generator shares the cores with the server, so goodput is also given against what the CPU that
        refusing and generating took has left.
share   64 closed-loop callers of 32 texts without a deadline, one client; beside them one call a second of
        another client with 300 ms.
faults  at 70 % load with 500 ms deadlines: SIGKILL, then SIGSTOP, of one of the workers.
"""

import argparse
import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
os.environ.setdefault("SHOAL_BINARY", str(ROOT / "build" / "release" / "shoal"))
from harness import SHOAL, serving  # noqa: E402

CORES = len(os.sched_getaffinity(0))
PARTS = ("flood", "share", "faults")


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


class Load:
    """One `shoal load` against `server`; `report()` waits for its end."""

    def __init__(self, server, seconds, *arguments):
        self.process = subprocess.Popen(
            [SHOAL, "load", "--target", "grpc://" + server.info["grpc"], "--duration", f"{seconds}s", "-o", "json",
             *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def report(self):
        text = self.process.communicate()[0]
        if self.process.returncode != 0:
            raise SystemExit(f"shoal load ended with {self.process.returncode}")
        return json.loads(text)


def measured(server, seconds, *arguments):
    """A report with the CPU of the coordinator and its memory before and after."""
    pid = server.process.pid
    before, memory, start = cpu_seconds(pid), resident_mib(pid), time.monotonic()
    report = Load(server, seconds, *arguments).report()
    passed = time.monotonic() - start
    return {**report, "coordinator_cores": (cpu_seconds(pid) - before) / passed,
            "generator_cores": report["generator_cpu_seconds"] / passed,
            "memory_mib": (memory, resident_mib(pid))}


def capacity_of(server, seconds):
    measured(server, 3, "--concurrency", "64", "--text-tokens", "32")  # warm
    report = measured(server, seconds, "--concurrency", "64", "--text-tokens", "32")
    print(f"capacity (closed loop of 64): {report['goodput_per_second']:.1f} calls/s, "
          f"{report['tokens_per_second']:.0f} tokens/s; coordinator {report['coordinator_cores']:.2f}, generator "
          f"{report['generator_cores']:.2f} of {CORES} cores", flush=True)
    return report


def flood(server, seconds):
    base = capacity_of(server, 15)
    capacity = base["goodput_per_second"]
    served_cores = base["coordinator_cores"] + base["generator_cores"]
    print("| offered | good/s | of capacity | of what refusing left | refused | late | coordinator | generator | "
          "refusal p50 / p99 ms | ok p50 / p99 ms | late starts | MiB before, after |\n" + "|---" * 12 + "|")
    for factor in (1.2, 2, 5, 10):
        row = measured(server, seconds, "--rate", f"{factor * capacity:.0f}", "--deadline", "500ms",
                       "--text-tokens", "32")
        share = row["goodput_per_second"] / capacity
        refusing = row["coordinator_cores"] + row["generator_cores"] - served_cores * share
        left = (CORES - refusing - served_cores * share) / (CORES - served_cores)
        refused = row["verdicts"].get("resource_exhausted", 0)
        late = row["sent"] - row["good"] - refused
        refusal, latency = row["refusal_seconds"], row["latency_seconds"]
        print(f"| {factor} times, {row['offered']} calls | {row['goodput_per_second']:.1f} | {100 * share:.1f} % | "
              f"{100 * share / left:.1f} % | {refused} | {late} | {row['coordinator_cores']:.2f} | "
              f"{row['generator_cores']:.2f} | {refusal['p50'] * 1e3:.2f} / {refusal['p99'] * 1e3:.2f} | "
              f"{latency['p50'] * 1e3:.0f} / {latency['p99'] * 1e3:.0f} | {row['late_starts']} | "
              f"{row['memory_mib'][0]:.0f}, {row['memory_mib'][1]:.0f} |", flush=True)


def share(server, seconds):
    crowd = Load(server, seconds, "--concurrency", "64", "--texts-per-request", "32", "--text-tokens", "32",
                 "--client", "crowd")
    time.sleep(1)
    one = measured(server, seconds - 2, "--rate", "1", "--arrival", "constant", "--deadline", "300ms",
                   "--text-tokens", "32", "--client", "one")
    many = crowd.report()
    print(f"64 callers of 32 texts, no deadline: {many['verdicts']}, {many['texts_per_second']:.0f} texts/s; beside "
          f"them one call a second with 300 ms: {one['good']} of {one['sent']} in time, p50 "
          f"{one['latency_seconds']['p50'] * 1e3:.0f} max {one['latency_seconds']['max'] * 1e3:.0f} ms", flush=True)


def log_times(server, event, words, after):
    """When the server logged `event` with `words` in its message, seconds after `after`."""
    times = []
    for line in server.log().splitlines():
        entry = json.loads(line) if line.startswith("{") else {}
        if entry.get("event") != event or not any(word in entry.get("msg", "") for word in words):
            continue
        logged = datetime.datetime.fromisoformat(entry["ts"][:26] + "+00:00").timestamp()
        if logged >= after:
            times.append((logged - after, entry["msg"], entry.get("worker_id")))
    return times


def fault(server, name, seconds, rate):
    victim = server.workers()[0]
    load = Load(server, seconds, "--rate", f"{rate:.0f}", "--deadline", "500ms", "--text-tokens", "32")
    time.sleep(seconds / 3)
    when = time.time()
    os.kill(victim["pid"], signal.SIGKILL if name == "SIGKILL" else signal.SIGSTOP)
    if name == "SIGSTOP":
        time.sleep(seconds / 3)
        os.kill(victim["pid"], signal.SIGCONT)
    report = load.report()
    failed = report["sent"] - report["good"]
    seen = [f"{at * 1e3:.0f} ms {message}" for at, message, worker in
            log_times(server, "worker.changed", ("late", "lost", "ready", "ejected"), when)
            if worker == victim["id"]]
    print(f"{name}: {failed} of {report['sent']} calls failed ({report['verdicts']}, "
          f"{report['ok'] - report['good']} OK but late), p99 {report['latency_seconds']['p99'] * 1e3:.0f} ms; "
          f"seen after {'; '.join(seen)}", flush=True)


def faults(seconds, workers):
    with serving("--precision", "fp32", "--workers", str(workers)) as server:
        rate = 0.7 * capacity_of(server, 10)["goodput_per_second"]
        for name in ("SIGKILL", "SIGSTOP"):
            fault(server, name, seconds, rate)
            time.sleep(3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="flood, share, faults; default: all")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--workers", type=int, default=3, help="for faults")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part {sorted(unknown)[0]!r}; there are {', '.join(PARTS)}")
    parts = arguments.parts or PARTS
    if "flood" in parts or "share" in parts:
        with serving("--precision", "fp32") as server:
            if "flood" in parts:
                flood(server, arguments.seconds)
            if "share" in parts:
                share(server, arguments.seconds)
    if "faults" in parts:
        faults(min(arguments.seconds, 30), arguments.workers)


if __name__ == "__main__":
    main()
