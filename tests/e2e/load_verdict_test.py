"""What `shoal load` makes of its figures: --fail-if, --abort-on-fail, --find-knee, and `load compare`.

The servers are of Python's library; the last test has a real one over gRPC."""

import contextlib
import http.server
import json
import pathlib
import tempfile
import threading
import time
import unittest

from harness import run, serving
from http_case import TINY


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value):
        body = json.dumps(value).encode()  # in one write: two would wait for each other's ACK
        self.wfile.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def do_GET(self):
        self.answer(200, {"model_id": "m", "max_input_length": 256})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refuses(request):
            return self.answer(429, {"error": "full", "error_type": "overloaded"})
        if self.server.seconds:
            with self.server.turn:
                time.sleep(self.server.seconds)
        self.answer(200, [[0.5, 0.5, 0.5, 0.5] for _ in request["inputs"]])


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


@contextlib.contextmanager
def listening(refuses=lambda request: False, seconds=0):
    """The target of a server that takes `seconds` for each request, one after the other."""
    with Listener(("127.0.0.1", 0), Handler) as server:
        server.refuses, server.seconds, server.turn = refuses, seconds, threading.Lock()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"tei+http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def refuses_load(request):
    """All but what `load` asks first, of one text, to learn the dimension."""
    return len(request["inputs"]) > 1


def load(target, *arguments, duration="300ms"):
    return run("load", "--target", target, "--duration", duration, "--text-tokens", "7", "--texts-per-request", "2",
               *arguments)


def undisturbed(find):
    """What `find` gives; again, if a busy machine made the generator lag."""
    for _ in range(3):
        done = find()
        if "lagged" not in done.stdout + done.stderr:
            break
    return done


class FailIf(unittest.TestCase):
    def test_what_is_not_met_changes_nothing(self):
        with listening() as target:
            done = load(target, "--concurrency", "2", "--fail-if", "goodput<95%", "--fail-if", "p99>50s",
                        "--fail-if", "wrong_vectors>0")
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_what_is_met_ends_with_seven_and_says_by_how_much_after_the_report(self):
        with listening(refuses_load) as target, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.json"
            done = load(target, "--concurrency", "2", "--fail-if", "refused>1%", "--fail-if", "failed>0",
                        "--fail-if", "p50>1s", "-o", "json", "--output", str(path))
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertEqual(done.stderr, "shoal: load failed: refused>1%: found 100 %, over it by 99.0 points\n"
                                          "shoal: load failed: p50>1s: no request was answered OK, so there is no p50\n")
            report = json.loads(path.read_text(encoding="utf-8"))
            self.assertEqual(report, json.loads(done.stdout))
            self.assertEqual(report["verdicts"], {"resource_exhausted": report["sent"]})
            self.assertEqual([(each["fail_if"], each["measured"], each["bound"], each["failed"])
                              for each in report["thresholds"]],
                             [("refused>1%", "100 %", "1 %", True), ("failed>0", "0", "0", False),
                              ("p50>1s", "", "1 s", True)])

    def test_what_is_no_threshold_is_refused_before_anything_is_sent(self):
        for given, words in ((("--fail-if", "p98>5ms"), ('"p98"', "accepted p50, p90, p95, p99")),
                             (("--fail-if", "p99>5"), ('found "5"', "a time with its unit")),
                             (("--fail-if", "p99>+5%"), ("a change, which is one between two reports",)),
                             (("--abort-on-fail",), ("found no --fail-if",)),
                             (("--find-knee",), ("found --concurrency",))):
            with self.subTest(given=given):
                done = load("tei+http://127.0.0.1:1", "--concurrency", "1", *given)
                self.assertEqual(done.returncode, 2, done.stderr)
                for word in words:
                    self.assertIn(word, done.stderr)

    def test_a_run_that_fails_may_be_ended_at_once(self):
        with listening(refuses_load) as target:
            before = time.monotonic()
            done = load(target, "--rate", "100", "--fail-if", "errors>1%", "--abort-on-fail", "-o", "json",
                        duration="60s")
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertLess(time.monotonic() - before, 30)
            self.assertIn("load failed: ended before its time, as errors>1%: found 100 %", done.stderr)
            report = json.loads(done.stdout)
            self.assertEqual(report["offered"], report["sent"])
            self.assertLess(report["offered"], 3000)


    def test_a_run_of_several_processes_may_be_ended_too(self):
        with listening(refuses_load) as target:
            done = load(target, "--rate", "100", "--fail-if", "errors>1%", "--abort-on-fail", "--processes", "2",
                        "-o", "json", duration="60s")
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertIn("load failed: ended before its time, as errors>1%: found 100 %", done.stderr)
            self.assertLess(json.loads(done.stdout)["offered"], 3000)


class Compare(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def report(self, name, p99, good=100, seconds=20, seed=1):
        """The path of a report of version 2, of a run whose p99 was `p99` seconds, a little more or less."""
        def times(value):
            return {"p50": value / 4, "p90": value / 2, "p95": value / 2, "p99": value, "p999": value, "max": value}
        rows = [{"offered": 100, "sent": 100, "ok": 100, "good": good, "late": 100 - good, "refused": 0, "failed": 0,
                 "cancelled": 0, "texts": good, "latency_seconds": times(p99 * (1.02 if second % 2 else 0.98))}
                for second in range(seconds)]
        whole = {"version": 2, "offered": 100 * seconds, "sent": 100 * seconds, "late_starts": 0, "ok": 100 * seconds,
                 "good": good * seconds, "late": (100 - good) * seconds, "wrong_vectors": 0, "refused": 0,
                 "failed": 0, "cancelled": 0,
                 "verdicts": {"ok": 100 * seconds}, "goodput_per_second": good, "texts_per_second": good,
                 "tokens_per_second": 7 * good, "latency_seconds": times(p99), "service_seconds": times(p99),
                 "refusal_seconds": times(0), "valid": True, "duration_seconds": seconds, "per_second": rows,
                 "run": {"target": "grpc://127.0.0.1:50050", "seed": seed, "options": {"rate": "100"}}}
        path = self.folder / name
        path.write_text(json.dumps(whole), encoding="utf-8")
        return str(path)

    def test_what_is_worse_beyond_chance_is_marked(self):
        a, b = self.report("a.json", 0.040), self.report("b.json", 0.050, good=97)
        done = run("load", "compare", a, b)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, r"FIGURE +A +B +CHANGE +SPREAD +MARK\n")
        self.assertRegex(done.stdout, r"\np99 +40\.0 ms +50\.0 ms +\+25\.0 % +2\.\d+ % +worse\n")
        self.assertRegex(done.stdout, r"\ngoodput +100 % +97\.00 % +-3\.00 % +.* worse\n")
        self.assertRegex(done.stdout, r"\nservice_p99 +40\.0 ms +50\.0 ms +\+25\.0 % +not known\n")
        figures = {row["figure"]: row for row in
                   json.loads(run("load", "compare", b, a, "-o", "json").stdout)["figures"]}
        self.assertEqual(figures["p99"]["mark"], "better")
        self.assertEqual((figures["p99"]["a"], figures["p99"]["b"]), (0.05, 0.04))

    def test_a_forbidden_change_ends_with_seven(self):
        a, b = self.report("a.json", 0.040), self.report("b.json", 0.050, seed=2)
        for expression, code in (("p99>+10%", 7), ("p99>+30%", 0), ("p99>+5ms", 7), ("p99>45ms", 7), ("rate<-1%", 0)):
            with self.subTest(expression=expression):
                done = run("load", "compare", a, b, "--fail-if", expression)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn("the runs differ in seed: 1, then 2", done.stderr)
        self.assertIn("load compare failed: p99>+10%: found +25.0 %, 40.0 ms to 50.0 ms",
                      run("load", "compare", a, b, "--fail-if", "p99>+10%").stderr)

    def test_reports_that_load_wrote_are_compared(self):
        paths = [str(self.folder / name) for name in ("x.json", "y.json")]
        with listening() as target:
            for path in paths:
                self.assertEqual(load(target, "--concurrency", "2", "--output", path).returncode, 0)
        done = run("load", "compare", *paths, "-o", "plain")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("goodput\t100 %\t100 %\t0 %\t", done.stdout)

    def test_what_is_no_report_is_refused_by_name(self):
        a = self.report("a.json", 0.04)
        other = self.folder / "other.json"
        other.write_text('{"version":9}', encoding="utf-8")
        for arguments, code, words in (((a,), 2, "accepted two reports"),
                                       ((a, str(self.folder / "none.json")), 1, "none.json"),
                                       ((str(other), a), 1, "other.json: found a report of version 9, accepted 1 and 2")):
            with self.subTest(arguments=arguments):
                done = run("load", "compare", *arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr)


class FindKnee(unittest.TestCase):
    def test_what_has_no_knee_or_no_page_is_refused(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as times:
            print("0.5", file=times, flush=True)
            for given, words in ((("--output", "x.html"), 'found "x.html", accepted with --find-knee NAME.json'),
                                 (("--arrival", f"replay:{times.name}"), "found --arrival replay:FILE"),
                                 (("--operator", "127.0.0.1:1"), "found --operator"),
                                 (("--on-refusal", "retry"), "--on-refusal retry is of a closed loop")):
                with self.subTest(given=given):
                    done = load("tei+http://127.0.0.1:1", "--find-knee", *given)
                    self.assertEqual(done.returncode, 2, done.stderr)
                    self.assertIn(words, done.stderr)

    def test_the_knee_lies_between_what_passed_and_what_failed(self):
        with listening(seconds=0.005) as target, tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "knee.json"
            done = undisturbed(lambda: load(
                target, "--find-knee", "--rate", "50", "--arrival", "constant", "--fail-if", "p99>100ms", "-o", "json",
                "--output", str(path), duration="400ms"))
            self.assertEqual(done.returncode, 0, done.stderr)
            found = json.loads(done.stdout)
            self.assertEqual(found, json.loads(path.read_text(encoding="utf-8")))
            steps = [(step["rate"], step["outcome"]) for step in found["steps"]]
            self.assertEqual(steps[0][0], 50)
            self.assertEqual(found["knee"], max(rate for rate, outcome in steps if outcome == "passed"), steps)
            self.assertGreaterEqual([rate for rate, outcome in steps if outcome != "passed"].count(found["fails_at"]), 3)
            self.assertLessEqual(found["fails_at"], found["knee"] * 1.06, steps)
            self.assertLess(found["knee"], 1000)
            self.assertEqual(len(done.stderr.splitlines()), 1 + len(steps), done.stderr)

    def test_its_steps_come_from_as_many_processes_as_are_asked_for(self):
        with listening() as target:
            done = undisturbed(lambda: load(
                target, "--find-knee", "--rate-max", "60", "--rate", "30", "--processes", "2", "--fail-if", "errors>50%",
                "-o", "json"))
            self.assertEqual(done.returncode, 0, done.stderr)
            found = json.loads(done.stdout)
            self.assertEqual((found["knee"], found["limit"]), (60, "rate_max"), found)
            self.assertAlmostEqual(found["steps"][-1]["figures"]["rate"], 60, delta=40)

    def test_a_server_that_refuses_everything_has_none(self):
        with listening(refuses_load) as target:
            done = undisturbed(
                lambda: load(target, "--find-knee", "--rate", "64", "--arrival", "constant", duration="20ms"))
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertIn("There is no knee: 1.00 requests/s, the lowest rate that was tried", done.stderr)

    def test_over_grpc_a_start_is_found_and_the_highest_rate_is_said(self):
        with serving("--workers", "1", *TINY) as server:
            done = undisturbed(
                lambda: run("load", "--target", f"grpc://{server.info['grpc']}", "--find-knee", "--rate-max", "40",
                            "--fail-if", "errors>50%", "--duration", "400ms", "--text-tokens", "7"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertRegex(done.stdout, r"RATE +OUTCOME +GOOD/S +GOODPUT +P50 +P99 +ERRORS +WHY\n")
            self.assertIn("There is no knee up to 40.0 requests/s", done.stdout)


if __name__ == "__main__":
    unittest.main()
