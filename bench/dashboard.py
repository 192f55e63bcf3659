#!/usr/bin/env python3
"""What the dashboard's page costs: the browser, by its own counters, and the coordinator that tells it.

    bench/dashboard.py [--workers 8 200] [--seconds 60] [--rate 200] [--shoal build/release/shoal]

The workers are links without arithmetic (tests/e2e/crowd.py), in front of a real coordinator on the tiny model under
steady traffic. The page is open in Chromium at 1440 x 900. Needs `tools/setup python web` and Chromium. Prints, for
each number of workers: milliseconds a second (the median of the seconds) of script, style and layout, first paint,
bytes, the heap after a collection at the begin, half-way and the end; and the coordinator's CPU with and without it.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ROOT / "tests" / "data" / "tiny_models" / "mean_f32"
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from crowd import Crowd  # noqa: E402
from serving import cpu_us  # noqa: E402


def started(shoal, folder):
    ready = pathlib.Path(folder) / "ready.json"
    process = subprocess.Popen(
        [shoal, "coordinator", "--model", MODEL, "--precision", "fp32", "--grpc-listen", "127.0.0.1:0", "--http-listen",
         "127.0.0.1:0", "--worker-listen", "127.0.0.1:0", "--dashboard-listen", "127.0.0.1:0", "--ready-file", ready],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not ready.exists():
        if process.poll() is not None:
            raise SystemExit(f"{shoal} did not start")
        time.sleep(0.02)
    return process, json.loads(ready.read_text(encoding="utf-8"))


def cores_of(pid, seconds):
    before = cpu_us(pid)
    time.sleep(seconds)
    return (cpu_us(pid) - before) / seconds / 1e4


def measure(options, workers):
    with tempfile.TemporaryDirectory() as folder:
        process, info = started(options.shoal, folder)
        try:
            with urllib.request.urlopen(f"http://{info['dashboard']}/api/v1/snapshot") as answer:
                model = json.load(answer)["model"]
            with Crowd(info["worker"], model, workers) as crowd:
                time.sleep(2)
                load = subprocess.Popen(
                    [options.shoal, "load", "--target", f"grpc://{info['grpc']}", "--rate", str(options.rate), "--deadline",
                     "500ms", "--text-tokens", "8", "--duration", f"{options.seconds + 40}s", "--format", "json"],
                    stdout=subprocess.PIPE)
                time.sleep(2)
                alone = cores_of(process.pid, 10)
                page = subprocess.Popen(["node", ROOT / "bench" / "dashboard.mjs", f"http://{info['dashboard']}/",
                                         str(options.seconds)], stdout=subprocess.PIPE)
                time.sleep(8)
                watched = cores_of(process.pid, 10)
                figures = json.loads(page.communicate()[0])
                load.terminate()
                report = json.loads(load.communicate()[0])
                if crowd.ended:
                    raise SystemExit(f"links ended: {crowd.ended[:3]}")
            return figures | {"coordinator_percent": [round(alone, 2), round(watched, 2)],
                              "answered": [report["ok"], report["sent"]]}
        finally:
            process.terminate()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shoal", default=str(ROOT / "build" / "release" / "shoal"))
    parser.add_argument("--workers", type=int, nargs="*", default=[8, 200])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=200)
    options = parser.parse_args()
    options.shoal = os.path.abspath(options.shoal)
    for workers in options.workers:
        print(workers, "workers:", json.dumps(measure(options, workers)), flush=True)


if __name__ == "__main__":
    main()
