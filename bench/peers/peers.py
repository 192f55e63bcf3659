"""Shoal's encoder against other libraries on this machine: token ids in, vectors out.

    python3 bench/peers/peers.py setup              a venv with the libraries, models, texts (several minutes, 7 GB)
    python3 bench/peers/peers.py tune               finds each library's best batch size and threading
    python3 bench/peers/peers.py measure --rounds 5 interleaved rounds, appended to what is there
    python3 bench/peers/peers.py report             writes bench/RESULTS.md

Needs build/release/bench/token_driver. --work: where all of it lies (build/peers). --lock FILE: an flock that is
held while something is timed, for machines with other benchmarks on them.
"""

import argparse
import fcntl
import json
import math
import os
import pathlib
import platform
import re
import subprocess
import sys
import time
from array import array

import cpu

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
MODEL = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "shoal/models/all-MiniLM-L6-v2"

SYSTEMS = [("shoal", "fp32"), ("shoal", "bf16"), ("shoal", "int8"), ("onnxruntime", "fp32"), ("onnxruntime", "int8"),
           ("openvino", "fp32"), ("openvino", "bf16"), ("openvino", "int8"), ("ctranslate2", "fp32"),
           ("ctranslate2", "int8"), ("torch", "fp32"), ("torch", "bf16")]
WORKLOADS = ["16", "32", "128", "256", "mix"]
LATENCY_WORKLOADS = ["16", "32", "128"]
TUNED_WITH = {"16": "32", "32": "32", "128": "128", "256": "128", "mix": "mix"}
PEER_BATCHES, SHOAL_BATCHES = (1, 2, 4, 8, 16, 32, 64), (64, 128, 256, 512)
SECONDS = 0.3  # of one timing, at least


class Failed(Exception):
    pass


class Peer:
    """One library in one process."""

    def __init__(self, options, system, precision, threads, lanes):
        if system == "shoal":
            command = [options.driver, precision, str(lanes)]
        else:
            command = [options.python, HERE / "worker.py", system, precision, str(threads), str(lanes),
                       options.work / "models", MODEL]
        begun = time.perf_counter()
        errors = open(options.work / f"{system}-{precision}-{threads}-{lanes}.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=errors, text=True)
        self.log = errors.name
        while (line := self.process.stdout.readline()) != "ready\n":
            if not line:
                raise Failed(f"{system} {precision}: " + pathlib.Path(errors.name).read_text().strip()[-300:])
        self.start_seconds = time.perf_counter() - begun

    def ask(self, *order):
        self.process.stdin.write(" ".join(map(str, order)) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        while line and not line.startswith("{"):
            line = self.process.stdout.readline()
        if not line:
            raise Failed("an answer is missing: " + pathlib.Path(self.log).read_text().strip()[-300:])
        return json.loads(line)

    def memory(self):
        """MB: proportional and resident."""
        text = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        return {key: int(re.search(rf"^{key}: +(\d+)", text, re.M)[1]) / 1024 for key in ("Pss", "Rss")}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Quiet:
    """Alone on the machine, as far as the others keep to the lock. Kept from one use to the next until it
    has been held for SLICE seconds, so that others get their turn."""

    SLICE = 140

    def __init__(self, lock):
        self.file = open(lock, "a", encoding="utf-8") if lock else None
        self.since = None

    def __enter__(self):
        if self.file and self.since is None:
            fcntl.flock(self.file, fcntl.LOCK_EX)
            self.since = time.monotonic()

    def __exit__(self, *_):
        if self.file and time.monotonic() - self.since > self.SLICE:
            fcntl.flock(self.file, fcntl.LOCK_UN)
            self.since = None


def left_out(flags):
    """Those of SYSTEMS that a CPU with these flags could only imitate, slowly."""
    return [] if cpu.has_fast_bf16(flags) else [pair for pair in SYSTEMS if pair[1] == "bf16"]


def key(system, precision, threads):
    return f"{system} {precision} {threads}"


def workload(options, name):
    return options.work / "workloads" / f"{name}.ids"


def setup(options):
    options.work.mkdir(parents=True, exist_ok=True)
    if not options.python.exists():
        subprocess.run([sys.executable, "-m", "venv", options.work / "venv"], check=True)
    subprocess.run([options.python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
    with options.quiet:
        subprocess.run([options.python, HERE / "workloads.py", MODEL, options.work / "workloads"], check=True)
        subprocess.run([options.python, HERE / "models.py", MODEL, options.work / "models"], check=True)


def tune_alone(options, system, precision):
    """workload -> {"lanes", "batch"} with one thread: the batch that costs the least CPU time."""
    peer, best = Peer(options, system, precision, 1, 1), {}
    for name in sorted(set(TUNED_WITH.values())):
        for batch in SHOAL_BATCHES if system == "shoal" else PEER_BATCHES:
            if system != "shoal" and name != "mix" and batch // 2 >= 2048 // int(name):
                continue  # no more items than that
            found = peer.ask("throughput", workload(options, name), batch, 0.1)
            rate = found["tokens"] / found["cpu"]
            if rate > best.get(name, {"rate": 0})["rate"]:
                best[name] = {"lanes": 1, "batch": batch, "rate": rate}
    peer.close()
    return best


def tune_together(options, system, precision, alone):
    """The same with two threads: with those batches, one call with two threads in it or two with one."""
    best = {}
    for lanes in (1, 2):
        if system == "shoal" and lanes == 1:
            continue  # a lane is one thread
        peer = Peer(options, system, precision, 2, lanes)
        for name, choice in alone.items():
            found = peer.ask("throughput", workload(options, name), choice["batch"], 0.2)
            rate = found["tokens"] / found["seconds"]
            if rate > best.get(name, {"rate": 0})["rate"]:
                best[name] = {"lanes": lanes, "batch": choice["batch"], "rate": rate}
        peer.close()
    return best


def tune(options):
    file = options.work / "tuning.json"
    tuned = json.loads(file.read_text()) if file.exists() else {}
    missing = left_out(cpu.flags())
    for system, precision in SYSTEMS:
        if (system, precision) in missing:
            print(f"tune: {system} {precision}: left out: this CPU has no avx512_bf16", flush=True)
            continue
        one, two = key(system, precision, 1), key(system, precision, 2)
        if two in tuned:
            continue
        try:
            with options.quiet:
                tuned[one] = tune_alone(options, system, precision)
                tuned[two] = tune_together(options, system, precision, tuned[one])
            print(f"tune: {system} {precision}: {tuned[one]} {tuned[two]}", flush=True)
        except Failed as failure:
            tuned.pop(one, None)
            print(f"tune: {system} {precision}: not measured: {failure}", flush=True)
        file.write_text(json.dumps(tuned, indent=1))


def start_all(options, tuned):
    """(name, lanes) -> Peer, for all that the tuning chose."""
    peers = {}
    for name, choices in tuned.items():
        system, precision, threads = name.split()
        wanted = {choice["lanes"] for choice in choices.values()}
        if system != "shoal":
            wanted.add(1)  # for latency: all threads on one text
        for lanes in sorted(wanted):
            peers[name, lanes] = Peer(options, system, precision, int(threads), lanes)
    return peers


def measure_round(options, tuned, peers, threads, turn):
    """One timing of everything, each workload's libraries one after the other, beginning with another each
    time."""
    names = [name for name in tuned if name.endswith(f" {threads}")]
    names = names[turn % len(names):] + names[:turn % len(names)]
    cells = []
    for name in names:  # awake again: nothing of this counts
        peers[name, tuned[name]["32"]["lanes"]].ask("throughput", workload(options, "32"), 64, 0.05)
    for work in WORKLOADS:
        for name in names:
            choice = tuned[name][TUNED_WITH[work]]
            found = peers[name, choice["lanes"]].ask("throughput", workload(options, work), choice["batch"], SECONDS)
            cells.append({"name": name, "workload": work, "tokens_per_s": found["tokens"] / found["seconds"],
                          "tokens_per_cpu_s": found["tokens"] / found["cpu"],
                          "cores": found["cpu"] / found["seconds"]})
    for work in LATENCY_WORKLOADS:
        for name in names:
            lanes = min(lanes for other, lanes in peers if other == name)
            found = peers[name, lanes].ask("latency", workload(options, work), SECONDS)
            times = sorted(found["ms"])
            cells.append({"name": name, "workload": work, "ms_p10": times[len(times) // 10],
                          "ms_p50": times[len(times) // 2]})
    return cells


def cosines(options, peers):
    """name -> least cosine to torch over the mix."""
    vectors = {}
    for (name, _), peer in peers.items():
        if name.endswith(" 1") and name not in vectors:
            file = options.work / "vectors.f32"
            count = peer.ask("vectors", workload(options, "mix"), file)["items"]
            flat = array("f", file.read_bytes())
            vectors[name] = [flat[i * 384:(i + 1) * 384] for i in range(count)]
    reference = vectors["torch fp32 1"]
    return {name: min(sum(map(float.__mul__, map(float, a), map(float, b))) / math.hypot(*a) / math.hypot(*b)
                      for a, b in zip(rows, reference))
            for name, rows in vectors.items()}


def measure(options):
    tuned = json.loads((options.work / "tuning.json").read_text())
    with options.quiet:
        peers = start_all(options, tuned)
        about = {"starts": {f"{name} {lanes}": peer.start_seconds for (name, lanes), peer in peers.items()},
                 "cosines": cosines(options, peers), **machine(options)}
    (options.work / "about.json").write_text(json.dumps(about, indent=1))
    for turn in range(options.rounds):
        for threads in (1, 2):
            with options.quiet:
                stolen = other_time()
                begun = time.time()
                cells = measure_round(options, tuned, peers, threads, turn)
                elapsed = time.time() - begun
            line = {"threads": threads, "cells": cells, "seconds": elapsed, "stolen": other_time() - stolen,
                    "memory": {f"{name} {lanes}": peer.memory() for (name, lanes), peer in peers.items()}}
            with open(options.work / "rounds.jsonl", "a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(f"measure: round {turn + 1}, {threads} threads, {elapsed:.0f} s", flush=True)
    for peer in peers.values():
        peer.close()


def other_time():
    """Seconds that the hypervisor kept from the cores."""
    return int(pathlib.Path("/proc/stat").read_text().split("\n")[0].split()[8]) / os.sysconf("SC_CLK_TCK")


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=True).stdout.strip()


def machine(options):
    info = pathlib.Path("/proc/cpuinfo").read_text()
    flags = cpu.flags()
    versions = subprocess.run([options.python, "-m", "pip", "freeze"], text=True, stdout=subprocess.PIPE, check=True)
    wanted = {line.split("==")[0] for line in (HERE / "requirements.txt").read_text().split()}
    commit = git("rev-parse", "--short=12", "HEAD")
    if git("status", "--porcelain", "--untracked-files=no", "src/kernels/*.h", "src/kernels/*.cc",
           "src/engine/*.h", "src/engine/*.cc"):
        commit += " and changes of its kernels or engine"
    return {"cpu": re.search(r"^model name\s*: (.*)$", info, re.M)[1], "cores": os.cpu_count(),
            "family": [int(re.search(rf"^{what}\s*: (\d+)", info, re.M)[1]) for what in ("cpu family", "model")],
            "flags": [flag for flag in cpu.TOLD if flag in flags],
            "left_out": [" ".join(pair) for pair in left_out(flags)],
            "kernel": platform.release(), "commit": commit, "python": platform.python_version(),
            "versions": [line for line in versions.stdout.split() if line.split("==")[0] in wanted],
            "date": time.strftime("%Y-%m-%d")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=["setup", "tune", "measure", "report"])
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build" / "peers")
    parser.add_argument("--driver", type=pathlib.Path, default=ROOT / "build/release/bench/token_driver")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--lock", type=pathlib.Path)
    options = parser.parse_args()
    options.quiet = Quiet(options.lock)
    options.python = options.work / "venv" / "bin" / "python"
    if options.step == "report":
        import report
        report.write(options.work, ROOT / "bench" / "RESULTS.md")
    else:
        {"setup": setup, "tune": tune, "measure": measure}[options.step](options)


if __name__ == "__main__":
    main()
