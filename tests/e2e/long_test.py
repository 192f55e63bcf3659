"""Long runs: crashes under load, very many parallel calls, a large file. They print what they measured."""

import collections
import concurrent.futures
import contextlib
import itertools
import os
import pathlib
import random
import subprocess
import tempfile
import threading
import time
import unittest

import grpc
import numpy as np

from harness import MESSAGES, SHOAL, Client, clean_environment, jsonl, run, serving, wait_for

# Words that the vocabulary has whole: one token each.
WORDS = ("river stone quick lantern seven cloud market winter engine violet music garden silver north water "
         "paper house light window bridge").split()


def text_of(words, rng):
    return " ".join(rng.choices(WORDS, k=words))


def is_running(pid):
    """False of a child that has ended and was not waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def embed_to_npy(folder, texts, name):
    """`shoal embed` of `texts` from a file into a file: (rows, seconds, peak memory in MiB once the model is
    loaded, which takes more than what follows)."""
    source, output = pathlib.Path(folder) / f"{name}.jsonl", pathlib.Path(folder) / f"{name}.npy"
    source.write_text(jsonl(texts), encoding="utf-8")
    start = time.monotonic()
    process = subprocess.Popen(
        [SHOAL, "embed", "--local", "--input", str(source), "--output", str(output), "--precision", "fp32"],
        stderr=subprocess.PIPE, env=clean_environment())
    draft = output.with_name(output.name + ".partial")  # is opened when the model is loaded
    wait_for(lambda: draft.exists() or output.exists() or not is_running(process.pid), 60, "the model")
    with contextlib.suppress(OSError):  # ended already
        # Forgets the peak so far.
        pathlib.Path(f"/proc/{process.pid}/clear_refs").write_text("5", encoding="utf-8")
    errors = process.stderr.read()
    process.stderr.close()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise AssertionError(f"exit code {process.returncode}: {errors}")
    return np.load(output), time.monotonic() - start, usage.ru_maxrss / 1024


class Load:
    """Calls at an even rate, whether or not earlier ones were answered; each with a deadline and a random text, or
    all with `text`."""

    def __init__(self, client, rate, deadline, seed, text=None):
        self.client, self.rate, self.deadline, self.text = client, rate, deadline, text
        self.rng = random.Random(seed)
        self.codes = collections.Counter()
        self.seconds = []  # of each call
        self.latest = 0.0  # how late a call was sent, at worst
        self._lock = threading.Lock()

    def _send(self):
        start = time.monotonic()

        def done(call):
            with self._lock:
                self.codes[call.code()] += 1
                self.seconds.append(time.monotonic() - start)
        texts = [self.text or text_of(self.rng.randint(1, 12), self.rng)]
        call = self.client.stub.Embed.future(MESSAGES.EmbedRequest(texts=texts), timeout=self.deadline)
        call.add_done_callback(done)
        return call

    def run_until(self, is_over):
        calls = collections.deque()
        due = time.monotonic()
        while not is_over():
            due += self.rng.expovariate(self.rate)
            time.sleep(max(0.0, due - time.monotonic()))
            self.latest = max(self.latest, time.monotonic() - due)
            calls.append(self._send())
            while calls and calls[0].done():
                calls.popleft()
        for call in calls:
            call.code()  # waits

    def answered(self):
        return sum(self.codes.values())


class Crasher(threading.Thread):
    """Kills a random worker at each of `times`, in seconds from the start, and waits for its return."""

    def __init__(self, server, times, seed):
        super().__init__()
        self.server, self.times, self.rng = server, times, random.Random(seed)
        self.returns = []  # seconds until a worker was back
        self.problems = []
        self.over = threading.Event()

    def run(self):
        start = time.monotonic()
        try:
            for due in self.times:
                self.over.wait(max(0.0, start + due - time.monotonic()))
                began = time.monotonic()
                self.server.kill_worker(self.rng.choice(self.server.workers()))
                self.returns.append(time.monotonic() - began)
        except AssertionError as error:
            self.problems.append(error)
        finally:
            self.over.set()


def closed_loop_rate(client, callers, seconds):
    """Calls a second of `callers` that each send the next call when the last was answered."""
    end = time.monotonic() + seconds

    def call(seed):
        rng, count = random.Random(seed), 0
        while time.monotonic() < end:
            client.embed([text_of(rng.randint(1, 12), rng)])
            count += 1
        return count
    with concurrent.futures.ThreadPoolExecutor(callers) as executor:
        return sum(executor.map(call, range(callers))) / seconds


class Long(unittest.TestCase):
    def test_twenty_crashes_under_load_fail_no_call(self):
        with serving("--workers", "4", "--precision", "fp32") as server:
            client = Client(server.info["grpc"])
            capacity = closed_loop_rate(client, 16, 5)
            load = Load(client, 0.35 * capacity, 2, seed=1)
            crasher = Crasher(server, [3 * (number + 1) for number in range(20)], seed=2)
            start = time.monotonic()
            crasher.start()
            load.run_until(lambda: crasher.over.is_set() and time.monotonic() - start > 60)
            crasher.join()
            worst, p99 = max(load.seconds), np.percentile(load.seconds, 99)
            print(f"capacity {capacity:.0f}/s; {load.answered()} calls in {time.monotonic() - start:.0f} s, "
                  f"sent at most {1000 * load.latest:.0f} ms late; p99 {1000 * p99:.0f} ms, worst {1000 * worst:.0f} ms; "
                  f"{len(crasher.returns)} crashes, a worker back after {max(crasher.returns, default=0):.1f} s at most")
            self.assertEqual(crasher.problems, [])
            self.assertEqual(len(crasher.returns), 20)
            self.assertEqual(dict(load.codes), {grpc.StatusCode.OK: load.answered()})
            self.assertGreater(load.answered(), 0.25 * capacity * 60)
            self.assertEqual(server.stop(), 0, server.log())

    def test_a_hundred_crashes_under_one_text_do_not_make_it_poison(self):
        with serving("--workers", "4", "--precision", "fp32") as server:
            client = Client(server.info["grpc"])
            load = Load(client, 0.35 * closed_loop_rate(client, 16, 5), 5, seed=4, text="the one text of every batch")
            rng = random.Random(5)
            times = list(itertools.accumulate(rng.uniform(0, 0.5) for _ in range(100)))
            crasher = Crasher(server, times, seed=6)
            start = time.monotonic()
            crasher.start()
            load.run_until(crasher.over.is_set)
            crasher.join()
            print(f"{load.answered()} calls in {time.monotonic() - start:.0f} s: {dict(load.codes)}; "
                  f"{len(crasher.returns)} crashes")
            self.assertEqual(crasher.problems, [])
            self.assertEqual(len(crasher.returns), 100)
            # poison_input is INTERNAL; that a text may fail at several workers in a row is allowed.
            self.assertEqual(load.codes[grpc.StatusCode.INTERNAL], 0, load.codes)
            self.assertGreater(load.codes[grpc.StatusCode.OK], 0.99 * load.answered())
            self.assertEqual(server.stop(), 0, server.log())

    def test_five_thousand_parallel_calls_get_the_bytes_of_local(self):
        rng = random.Random(3)
        pool = [text_of(words, rng) for words in range(255)]  # 2 to 256 tokens with [CLS], [SEP]
        tokens = run("tokenize", "--input", "-", "--input-format", "jsonl", stdin=jsonl(pool))
        self.assertEqual(tokens.returncode, 0, tokens.stderr)
        lengths = [line.count(",") + 1 for line in tokens.stdout.splitlines()]
        self.assertEqual(lengths, list(range(2, 257)))
        with tempfile.TemporaryDirectory() as folder:
            rows, _, _ = embed_to_npy(folder, pool, "pool")
        weights = [1 / length for length in lengths]  # short ones are more frequent
        plan = [[index] for index in range(len(pool))]  # and each length occurs
        plan += [rng.choices(range(len(pool)), weights, k=rng.choice((1, 1, 1, 2, 5)))
                 for _ in range(5000 - len(plan))]
        rng.shuffle(plan)
        with serving("--workers", "2", "--precision", "fp32") as server:
            client = Client(server.info["grpc"])

            def call(indices):
                answer = client.embed([pool[index] for index in indices], timeout=300)
                found = [np.array(row.vector, dtype=np.float32).tobytes() for row in answer.embeddings]
                wrong = [lengths[index] for index, row in zip(indices, found, strict=True)
                         if row != rows[index].tobytes()]
                return list(answer.ids), wrong
            start = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(64) as executor:
                answers = list(executor.map(call, plan))
            seconds = time.monotonic() - start
        ids = [each for found, _ in answers for each in found]
        wrong = [length for _, lengths_wrong in answers for length in lengths_wrong]
        tokens_sent = sum(lengths[index] for indices in plan for index in indices)
        print(f"{len(plan)} calls, {len(ids)} texts, {tokens_sent} tokens in {seconds:.0f} s: "
              f"{tokens_sent / seconds:.0f} tokens/s; {len(wrong)} wrong vectors")
        self.assertEqual(len(answers), 5000)
        self.assertEqual(wrong, [], "lengths of the texts with wrong vectors")
        self.assertEqual(len(ids), sum(len(indices) for indices in plan))
        self.assertEqual(len(set(ids)), len(ids), "ids are unique")

    def test_a_large_file_is_streamed_into_the_vectors_of_its_texts(self):
        rng = random.Random(4)
        texts = [f"{number} {text_of(rng.randint(1, 20), rng)}" for number in range(10_000)]
        sample = rng.sample(range(len(texts)), 50)
        with tempfile.TemporaryDirectory() as folder:
            _, _, small_peak = embed_to_npy(folder, texts[:1000], "thousand")
            rows, seconds, peak = embed_to_npy(folder, texts, "all")
            alone, _, _ = embed_to_npy(folder, [texts[index] for index in sample], "sample")
        print(f"{len(texts)} texts in {seconds:.0f} s: {len(texts) / seconds:.0f} texts/s; "
              f"peak {peak:.0f} MiB, {small_peak:.0f} MiB for the first 1000")
        self.assertEqual((rows.shape, rows.dtype), ((10_000, 384), np.float32))
        self.assertEqual(rows[sample].tobytes(), alone.tobytes())
        # The weights are 87 MiB; the rest is the binary, windows and activations.
        self.assertLess(peak, 250)
        self.assertLess(peak - small_peak, 8, "the vectors are 15 MiB: they are not kept")

    def test_a_hub_that_cannot_be_reached_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run("model", "fetch", HF_ENDPOINT="http://127.0.0.1:1", XDG_CACHE_HOME=folder)
            self.assertEqual(done.returncode, 4)
            self.assertIn("127.0.0.1:1: Connection refused", done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
