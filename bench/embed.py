"""Whether `shoal embed` keeps every core busy: its tokens a second over a file against the encoder alone on
all cores, in interleaved rounds.

    python3 bench/embed.py [--rounds 3] [--texts 20000] [--precision fp32]

Embedding: a JSONL file of 32-token texts to an .npy, start and end of the process included; its CPU time per
token too. Alone: one `engine_bench` per core before and after it, on batches of four such texts.
"""

import argparse
import json
import os
import pathlib
import re
import resource
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHOAL = os.environ.get("SHOAL_BINARY", str(ROOT / "build" / "release" / "shoal"))
ENGINE_BENCH = ROOT / "build" / "release" / "src" / "engine" / "engine_bench"
TOKENS = 32  # 30 words of one token each, [CLS] and [SEP]
WORDS = "time year people way day man thing woman life child world school state family student group".split()


def engine_alone(precision, seconds):
    """Tokens per second of all cores together, by the mean over the batches' median."""
    cores = sorted(os.sched_getaffinity(0))
    running = [subprocess.Popen(["taskset", "-c", str(core), ENGINE_BENCH, str(seconds), precision],
                                stdout=subprocess.PIPE, text=True) for core in cores]
    return sum(float(re.search(precision + r".*p50 +(\d+)", process.communicate()[0])[1]) for process in running)


def embed(precision, source, texts):
    """(tokens per second of wall time, CPU microseconds a token)."""
    with tempfile.TemporaryDirectory() as folder:
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run([SHOAL, "embed", "--precision", precision, "--input", source, "--output",
                        pathlib.Path(folder) / "vectors.npy"], check=True, stderr=subprocess.DEVNULL)
        wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return texts * TOKENS / wall, cpu / (texts * TOKENS) * 1e6


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--texts", type=int, default=20000)
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16", "int8"])
    parser.add_argument("--seconds", type=float, default=6, help="of one run of the encoder alone")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "texts.jsonl"
        with source.open("w", encoding="utf-8") as file:
            for i in range(options.texts):
                words = [WORDS[(i * 7 + j * (1 + i % 5)) % len(WORDS)] for j in range(TOKENS - 2)]
                file.write(json.dumps({"text": " ".join(words)}) + "\n")
        count = subprocess.run([SHOAL, "tokenize", json.loads(source.open(encoding="utf-8").readline())["text"]],
                               check=True, stdout=subprocess.PIPE, text=True).stdout
        assert len(json.loads(count)["ids"]) == TOKENS, "the texts have as many tokens as they should"
        embed(options.precision, source, options.texts)  # packs the weights if need be
        shares = []
        for _ in range(options.rounds):
            before = engine_alone(options.precision, options.seconds)
            rate, cpu = embed(options.precision, source, options.texts)
            alone = (before + engine_alone(options.precision, options.seconds)) / 2
            shares.append(rate / alone)
            print(f"{options.precision}: alone {alone:.0f} tokens/s, embed {rate:.0f} = {100 * shares[-1]:.1f} %, "
                  f"{cpu:.1f} us of CPU a token", flush=True)
        print(f"median {100 * statistics.median(shares):.1f} %")


if __name__ == "__main__":
    main()
