"""What `shoal load` sends: laws, texts, what is given up, tried again, compared, and by how many processes.
Against a server of Python's library, and against a coordinator without workers."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from harness import ROOT, SHOAL, clean_environment, run, serving, wait_for
from load_http_test import VECTOR, Handler, Listener

TINY = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")


class SlowHandler(Handler):
    """Answers after `delay`, and refuses the first `refusals` with a time to come again."""

    def do_POST(self):
        if self.headers.get("x-shoal-client"):
            time.sleep(self.server.delay)
            with self.server.lock:
                self.server.posts += 1
                if self.server.posts <= self.server.refusals:
                    self.rfile.read(int(self.headers["Content-Length"]))
                    return self.answer(429, {"error": "full", "error_type": "overloaded"}, **{"retry-after-ms": "20"})
        return super().do_POST()


class Quiet(Listener):
    def handle_error(self, *_):
        """Nobody is there for an answer that was given up."""


@contextlib.contextmanager
def listening(delay=0, refusals=0):
    with Quiet(("127.0.0.1", 0), SlowHandler) as server:
        server.seen, server.refuses = [], False
        server.delay, server.refusals, server.posts, server.lock = delay, refusals, 0, threading.Lock()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server, f"tei+http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def load(target, *plan, code=0):
    done = run("load", "--target", target, "-o", "json", "--client", "c", *plan)
    if done.returncode != code:
        raise AssertionError(f"{plan}: {done.returncode}, {done.stderr}")
    return json.loads(done.stdout) if code == 0 else done.stderr


def texts_of(server):
    return [text for _, headers, request in server.seen if "x-shoal-client" in headers for text in request["inputs"]]


class Traffic(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def file(self, name, content):
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return str(path)

    def test_each_law_of_arrival_is_taken(self):
        with listening() as (_, target):
            for law in ("constant", "gamma:shape=0.5", "bursts:on=50ms,off=50ms", "sine:period=100ms,depth=1",
                        "step:at=100ms,to=2", "ramp:to=3", "spike:at=50ms,for=50ms,to=5", "ou:std=0.2,time-constant=1s"):
                with self.subTest(law=law):
                    report = load(target, "--rate", "60.5", "--arrival", law, "--duration", "200ms")
                    self.assertGreater(report["sent"], 0)
                    self.assertEqual(report["verdicts"], {"ok": report["offered"]})
            report = load(target, "--rate-mean", "100", "--rate-noise-std", "0.1", "--rate-noise-time-constant", "1s",
                          "--duration", "200ms")
            self.assertGreater(report["sent"], 5)

    def test_times_of_a_file_are_replayed_to_the_last(self):
        times = self.file("times.csv", "time,what\n100.0,a\n100.05,b\n100.2,c\n")
        with listening() as (_, target):
            self.assertEqual(load(target, "--arrival", f"replay:{times}")["sent"], 3)
            self.assertIn("has its own times", load(target, "--arrival", f"replay:{times}", "--rate", "1", code=2))

    def test_what_is_no_law_is_told_what_is(self):
        for flag, value, words in (("--arrival", "gamma:shape=x", "--arrival: gamma: found \"shape=x\", accepted shape="),
                                   ("--arrival", "never", "--arrival: found \"never\", accepted poisson, constant"),
                                   ("--texts-per-request", "0", "--texts-per-request: found \"0\", accepted an integer"),
                                   ("--text-tokens", "uniform:9", "--text-tokens: found \"9\", accepted LEAST-MOST"),
                                   ("--on-refusal", "retry", "--on-refusal retry is of a closed loop"),
                                   ("--validate-ratio", "0.5", "--validate-ratio needs --validation-data")):
            with self.subTest(flag=flag, value=value):
                self.assertIn(words, load("tei+http://127.0.0.1:1", "--rate", "1", flag, value, code=2))

    def test_texts_of_a_file_go_out_in_order_round_and_round(self):
        texts = self.file("texts.txt", "one\ntwo\nthree\n")
        with listening() as (server, target):
            report = load(target, "--concurrency", "1", "--duration", "100ms", "--input", texts, "--texts-per-request", "2")
            sent = texts_of(server)
            self.assertEqual(len(sent), 2 * report["sent"])
            self.assertEqual(sent, [("one", "two", "three")[i % 3] for i in range(len(sent))])

    def test_requests_and_texts_have_the_sizes_of_their_laws(self):
        with listening() as (server, target):
            load(target, "--concurrency", "4", "--duration", "200ms", "--texts-per-request", "choice:1=1,3=1",
                 "--text-tokens", "uniform:4-6")
            requests = [request["inputs"] for _, headers, request in server.seen if "x-shoal-client" in headers]
            self.assertEqual({len(inputs) for inputs in requests}, {1, 3})
            self.assertEqual({len(text.split()) for inputs in requests for text in inputs}, {2, 3, 4})

    def test_what_is_given_up_is_no_failure(self):
        with listening(delay=0.5) as (_, target):
            report = load(target, "--rate", "40", "--duration", "250ms", "--deadline", "400ms", "--cancel-ratio", "1")
            self.assertEqual(report["verdicts"], {"cancelled": report["sent"]})
            self.assertEqual(report["cancelled"], report["sent"])

    def test_a_refused_request_comes_again_when_it_is_told_to(self):
        with listening(refusals=3) as (server, target):
            report = load(target, "--concurrency", "1", "--duration", "400ms", "--on-refusal", "retry")
            self.assertEqual(report["verdicts"], {"ok": report["sent"]})
            self.assertEqual(report["retries"], 3)
            self.assertEqual(report["attempts"], server.posts)
            self.assertGreater(report["latency_seconds"]["max"], 0.06)

    def test_known_vectors_are_compared(self):
        right = json.dumps({"text": "right", "vector": VECTOR.tolist()})
        wrong = json.dumps({"text": "wrong", "embedding": VECTOR[::-1].tolist()})
        plan = ("--concurrency", "2", "--duration", "200ms", "--validate-ratio", "0.5", "--validation-data")
        with listening() as (_, target):
            report = load(target, *plan, self.file("right.jsonl", right + "\n"))
            self.assertGreater(report["validated"], 0)
            self.assertLess(report["validated"], report["sent"])
            self.assertEqual(report["wrong_vectors"], 0)
            report = load(target, *plan, self.file("both.jsonl", f"{right}\n{wrong}\n"))
            self.assertGreater(report["wrong_vectors"], 0)
            self.assertLess(report["wrong_vectors"], report["validated"])
            self.assertIn("line 2: cosine 0.6667", report["wrong_example"])
            self.assertIn("both.jsonl:2: ", load(target, *plan, self.file("both.jsonl", right + "\n{}\n"), code=2))

    def test_a_warm_up_is_not_in_the_report(self):
        with listening() as (server, target):
            report = load(target, "--rate", "50", "--arrival", "constant", "--duration", "200ms", "--warmup", "200ms")
            self.assertEqual(report["sent"], 10)
            self.assertEqual(server.posts, 20)

    def test_several_processes_send_what_one_would(self):
        plan = ("--rate", "100", "--duration", "500ms", "--texts-per-request", "uniform:1-3")
        seen = []
        for processes in "1", "3":
            with listening() as (server, target):
                report = load(target, *plan, "--processes", processes)
                self.assertEqual(report["verdicts"], {"ok": report["offered"]})
                seen.append((report["offered"], sorted(texts_of(server))))
        self.assertEqual(seen[0], seen[1])
        with listening() as (_, target):
            report = load(target, "--concurrency", "3", "--duration", "200ms", "--processes", "2", "--warmup", "100ms")
            self.assertEqual(report["verdicts"], {"ok": report["sent"]})

    def test_a_process_that_is_killed_ends_the_run_and_a_parent_that_is_killed_the_processes(self):
        def alive(pid):
            stat = pathlib.Path(f"/proc/{pid}/stat")
            with contextlib.suppress(OSError):
                return stat.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
            return False

        with listening() as (server, target):
            for victim in "process", "parent":
                with self.subTest(victim=victim):
                    posts = server.posts
                    parent = subprocess.Popen([SHOAL, "load", "--target", target, "--client", "c", "--rate", "20",
                                               "--duration", "60s", "--processes", "2"], env=clean_environment(),
                                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                    wait_for(lambda seen=posts: server.posts > seen, 20, "a request")
                    listing = pathlib.Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
                    children = [int(pid) for pid in listing.read_text(encoding="utf-8").split()]
                    self.assertEqual(len(children), 2)
                    os.kill(children[1] if victim == "process" else parent.pid, signal.SIGKILL)
                    wait_for(lambda pids=children: not any(map(alive, pids)), 20, "the end of both")
                    _, said = parent.communicate(timeout=20)
                    if victim == "process":
                        self.assertEqual(parent.returncode, 1)
                        self.assertIn("process 2 of 2: signal 9", said)

    def test_each_process_has_a_caller(self):
        with listening() as (_, target):
            self.assertIn("at most one for each caller", load(target, "--concurrency", "2", "--processes", "3", code=2))


class TrafficOverGrpc(unittest.TestCase):
    def test_a_hint_of_a_refusal_is_obeyed(self):
        with serving(*TINY, "--no-worker-grace", "1ms", command="coordinator") as server:
            target = f"grpc://{server.info['grpc']}"
            report = load(target, "--concurrency", "2", "--duration", "3s", "--on-refusal", "retry")
            self.assertEqual(report["verdicts"], {"unavailable": report["sent"]})
            self.assertGreater(report["retries"], 0)
            self.assertEqual(load(target, "--concurrency", "2", "--duration", "200ms")["retries"], 0)

    def test_what_is_given_up_the_server_hears_of(self):
        with serving(*TINY, "--no-worker-grace", "60s", command="coordinator") as server:
            report = load(f"grpc://{server.info['grpc']}", "--rate", "50", "--duration", "300ms", "--deadline", "500ms",
                          "--cancel-ratio", "1")
            self.assertEqual(report["verdicts"], {"cancelled": report["sent"]})
            self.assertIn('"reason":"cancelled"', server.log())


if __name__ == "__main__":
    unittest.main()
