"""How much of the encoder the server keeps: closed-loop saturation of `shoal serve` over gRPC against
the encoder alone, in interleaved rounds on one machine.

    build/venv/bin/python bench/saturation.py [--rounds 3] [--seconds 8] [--callers 64]

Alone: one `engine_bench` per core, at the same nice as a worker's lanes, 32-token texts in batches of
128 tokens. Served: `shoal load` with 32-token texts. Client, coordinator and workers share the cores, so
the ratio holds everything that serving costs.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
os.environ.setdefault("SHOAL_BINARY", str(ROOT / "build" / "release" / "shoal"))
from harness import SHOAL, serving  # noqa: E402

ENGINE_BENCH = ROOT / "build" / "release" / "src" / "engine" / "engine_bench"
IDLE = "shoal_worker_lane_idle_seconds"


def engine_alone(cores, seconds):
    """Tokens per second of all cores together, by the median batch."""
    running = [subprocess.Popen(["nice", "-n", "5", "taskset", "-c", str(core), ENGINE_BENCH, str(seconds)],
                                stdout=subprocess.PIPE, text=True) for core in cores]
    return sum(float(re.search(r"fp32.*p50 +(\d+)", process.communicate()[0])[1]) for process in running)


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle_histogram(info):
    """Upper bound in seconds -> observations, of all workers together."""
    total = {}
    for worker in info["workers"]:
        with urllib.request.urlopen(f"http://{worker['metrics']}/metrics", timeout=10) as answer:
            for bound, count in re.findall(IDLE + r'_bucket\{le="([^"]+)"\} (\d+)', answer.read().decode()):
                total[float(bound)] = total.get(float(bound), 0) + int(count)
    return total


def quantile_bound(after, before, share):
    """The smallest bucket bound that holds `share` of what was observed in between."""
    wanted = share * (after[float("inf")] - before[float("inf")])
    return next(bound for bound in sorted(after) if after[bound] - before[bound] >= wanted)


def served(server, callers, seconds):
    pid = server.process.pid
    before, cpu = idle_histogram(server.info), cpu_seconds(pid)
    done = subprocess.run([SHOAL, "load", "--target", "grpc://" + server.info["grpc"], "--concurrency", str(callers),
                           "--duration", f"{seconds}s", "--text-tokens", "32", "-o", "json"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    report, after = json.loads(done.stdout), idle_histogram(server.info)
    assert report["ok"] == report["sent"] and report["wrong_vectors"] == 0, report["verdicts"]
    return {"tokens": report["tokens_per_second"], "texts": report["texts_per_second"],
            "p50_ms": report["latency_seconds"]["p50"] * 1e3, "p99_ms": report["latency_seconds"]["p99"] * 1e3,
            "coordinator_us": (cpu_seconds(pid) - cpu) / report["sent"] * 1e6,
            "generator_us": report["generator_cpu_seconds"] / report["sent"] * 1e6,
            "idle_p50_us": quantile_bound(after, before, 0.5) * 1e6,
            "idle_p99_us": quantile_bound(after, before, 0.99) * 1e6}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--callers", type=int, default=64)
    arguments = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    shares = []
    with serving("--precision", "fp32") as server:
        served(server, arguments.callers, 2)  # warm
        for number in range(arguments.rounds):
            alone = engine_alone(cores, arguments.seconds)
            row = served(server, arguments.callers, arguments.seconds)
            shares.append(row["tokens"] / alone)
            print(f"round {number + 1}: encoder alone {alone:.0f} tokens/s; served {row['tokens']:.0f} tokens/s, "
                  f"{row['texts']:.1f} texts/s = {100 * shares[-1]:.1f} %; latency p50 {row['p50_ms']:.0f} "
                  f"p99 {row['p99_ms']:.0f} ms; coordinator {row['coordinator_us']:.0f}, generator "
                  f"{row['generator_us']:.0f} us CPU a call; lane idle p50 <= {row['idle_p50_us']:.0f}, "
                  f"p99 <= {row['idle_p99_us']:.0f} us", flush=True)
    print(f"served / alone: median {100 * statistics.median(shares):.1f} % of {len(shares)} rounds, {len(cores)} cores")


if __name__ == "__main__":
    main()
