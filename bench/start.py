"""How fast a worker starts and what it keeps in memory.

    build/venv/bin/python bench/start.py [--rounds 7] [start] [memory]

Start: a worker is started beside a running coordinator, with its packed weights in the cache; the time from
its exec to its ready file, and to the answer of a call that was waiting for it; and, as it logs them, the times
of loading the weights and of the warm-up. Memory: PSS of one worker
of one, and of each of four, after they have embedded.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import grpc

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
os.environ.setdefault("SHOAL_BINARY", str(ROOT / "build" / "release" / "shoal"))
from harness import SHOAL, Client, serving  # noqa: E402

PRECISION = ("--precision", "fp32")


def one_start(folder, info):
    """Of one worker in ms: to ready, to the first vector; loading, warm-up."""
    ready_file = pathlib.Path(folder) / f"ready-{time.monotonic_ns()}.json"
    client, answered = Client(info["grpc"]), []

    def call():
        while not answered:
            try:
                client.vectors(["a text"], timeout=20)
                answered.append(time.monotonic())
            except grpc.RpcError:  # no worker yet
                time.sleep(0.002)
    grpc.channel_ready_future(client.channel).result(5)
    start = time.monotonic()
    process = subprocess.Popen([SHOAL, "worker", "--coordinator", info["worker"], *PRECISION, "--threads", "1",
                                "--ready-file", str(ready_file), "--metrics-listen", "127.0.0.1:0"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    caller = threading.Thread(target=call)
    caller.start()
    try:
        while not ready_file.exists():
            time.sleep(0.001)
        ready = time.monotonic()
        caller.join(20)
    finally:
        process.terminate()
        log, _ = process.communicate(timeout=30)
    (said,) = [line for line in map(json.loads, log.splitlines()) if line["event"] == "server.ready"]
    return (ready - start) * 1e3, (answered[0] - start) * 1e3, said["load_us"] / 1e3, said["warm_up_us"] / 1e3


def starts(rounds):
    with tempfile.TemporaryDirectory() as folder, serving(*PRECISION, command="coordinator") as coordinator:
        one_start(folder, coordinator.info)  # packs the weights
        rows = [one_start(folder, coordinator.info) for _ in range(rounds)]
    names = "start of a worker to ready", "start of a worker to first vector", "loading the weights", "warm-up"
    for name, column in zip(names, zip(*rows)):
        print(f"{name}: median {statistics.median(column):.0f} ms, least {min(column):.0f} ms "
              f"of {len(column)}", flush=True)


def pss(pid):
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no Pss")


def memory():
    for count in 1, 4:
        with serving(*PRECISION, "--workers", str(count), "--threads", "1") as server:
            client = Client(server.info["grpc"])
            for _ in range(50):
                client.vectors(["a text of some words"] * 32)
            sizes = sorted(pss(worker["pid"]) for worker in server.workers())
        print(f"PSS of each of {count} workers: {', '.join(f'{size:.1f}' for size in sizes)} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="starts of a worker")
    parser.add_argument("what", nargs="*", default=["start", "memory"])
    arguments = parser.parse_args()
    if "start" in arguments.what:
        starts(arguments.rounds)
    if "memory" in arguments.what:
        memory()


if __name__ == "__main__":
    main()
