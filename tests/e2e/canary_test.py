"""Marked texts and secrets go through everything that a server does with them, and are found in nothing that it
writes or shows: no log, metric, list, state, span, recording or report."""

import concurrent.futures
import http.client
import io
import json
import os
import pathlib
import signal
import tarfile
import tempfile
import threading
import unittest

import grpc

from collector import Collector
from harness import ROOT, Server, run, serving, wait_for
from http1 import Connection, Ended, get, post
from interop_test import PB, Stub
from operator_test import Stream

TINY = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
WORDS = ("quokkamark", "zephyrmark", "ñandúmark")
TEXT = " ".join(WORDS)
# Each the front of a marked secret.
JOIN, OPERATOR, WRONG_JOIN, WRONG_OPERATOR = (f"{word}secret" for word in ("joinmark", "opermark", "wrongjoin", "wrongoper"))
NEEDLES = tuple(form.encode() for form in (*WORDS, json.dumps(WORDS[2])[1:-1], "%C3%B1and%C3%BA", JOIN, OPERATOR, WRONG_JOIN,
                                           WRONG_OPERATOR))
# What no reader of JSON takes, and what it takes and a route does not.
BAD_BODIES = tuple(body.encode() for body in (
    f'{{"input": "{TEXT}" "{TEXT}"}}', f'{{"input": [{TEXT}]}}', f'{{"input": "{TEXT}', f'{{"{TEXT}": 1, "{TEXT}": 2}}',
    f'{{"input": {TEXT}}}', f'{{"input": "\\u{TEXT}"}}', f'{{"input": "a\n{TEXT}"}}', f'{{{TEXT}: 1}}', TEXT, f'"{TEXT}"',
    f'["{TEXT}"]', f'{{"input": {{"{TEXT}": "{TEXT}"}}}}', f'{{"input": [["{TEXT}"]]}}', f'{{"{TEXT}": "\\ud800"}}',
    f'{{"input": "a"}} {TEXT}')) + (f'{{"input": "{TEXT}\xff"}}'.encode("latin-1"),)
ROUTES = {"/v1/embeddings": {"input": TEXT}, "/embed": {"inputs": [TEXT, TEXT]}, "/tokenize": {"inputs": TEXT},
          "/similarity": {"inputs": {"source_sentence": TEXT, "sentences": [TEXT]}}, "/api/embed": {"input": [TEXT]},
          "/api/embeddings": {"prompt": TEXT}}


def raw_text(text):
    """An EmbedRequest with one text of these bytes."""
    return b"\x0a" + bytes([len(text)]) + text


class Canary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        files = {name: cls.folder / name for name in ("join", "operator", "wrong_join", "wrong_operator")}
        for file, secret in zip(files.values(), (JOIN, OPERATOR, WRONG_JOIN, WRONG_OPERATOR)):
            file.write_text(secret + "\n", encoding="utf-8")
            os.chmod(file, 0o600)
        cls.files, cls.recording = files, cls.folder / "recording"
        cls.collector = cls.enterClassContext(Collector())
        cls.server = cls.enterClassContext(serving(
            "--workers", "1", *TINY, "--join-token-file", str(files["join"]), "--operator-token-file",
            str(files["operator"]), "--log-level", "debug", "--slow-request", "1ms", "--record-scheduler",
            str(cls.recording), "--log-requests-per-second", "10000", "--max-queued-items", "8",
            "--metrics-listen=127.0.0.1:0", **cls.collector.environment()))
        info = cls.server.info
        cls.http, cls.dashboard, cls.grpc = info["http"], info["dashboard"], Stub(info["grpc"])
        cls.found = {}  # what is searched, by its name
        cls.follow_events()
        cls.send()
        cls.look()

    @classmethod
    def follow_events(cls):
        """Keeps what the stream says until the server ends."""
        stream = Stream(cls.dashboard, seconds=60)
        cls.events = []

        def follow():
            try:
                while True:
                    cls.events.append(stream.event())
            except (Ended, OSError):
                stream.__exit__()
        cls.follower = threading.Thread(target=follow)
        cls.follower.start()

    @classmethod
    def ask(cls, address, request, seconds=20):
        with Connection(address) as connection:
            try:
                return connection.ask(request.replace(b"Host: test", b"Host: localhost"), seconds=seconds).status
            except Ended:
                return None

    @classmethod
    def send(cls):
        cls.send_what_is_served()
        cls.send_what_is_refused()
        cls.send_wrong_secrets()
        cls.send_to_a_worker_that_stops()

    @classmethod
    def send_what_is_served(cls):
        for path, body in ROUTES.items():
            if (status := cls.ask(cls.http, post(body, path=path))) != 200:
                raise AssertionError(f"{path}: {status}")
        cls.ask(cls.http, post({"input": TEXT}, path="/v1/embeddings?text=quokkamark"))
        cls.ask(cls.dashboard, post({"texts": [TEXT, TEXT]}, path="/api/v1/try"))
        cls.grpc.embed(TEXT, TEXT)
        request = PB["StreamRequest"](index=1, request=PB["EmbedRequest"](texts=[TEXT]))
        for answer in cls.grpc.stream(iter([request] * 3), timeout=20):
            assert answer.response.embeddings, answer

    @classmethod
    def send_what_is_refused(cls):
        long = " ".join([TEXT] * 300)
        for path, body in (("/v1/embeddings", {"input": long, "truncate": False}),
                           ("/embed", {"inputs": long, "truncate": False}), ("/api/embed", {"input": long, "truncate": False}),
                           ("/v1/embeddings", {"input": TEXT, "model": "another"}),
                           ("/api/embed", {"input": TEXT, "model": "another"}),
                           ("/v1/embeddings", {"input": TEXT, "prompt_name": "another"}),
                           ("/v1/embeddings", {"input": TEXT, "dimensions": 7}), ("/v1/embeddings", {"input": [TEXT, 7]}),
                           ("/embed", {"inputs": TEXT, "truncation_direction": 7})):
            status = cls.ask(cls.http, post(body, path=path))
            assert status >= 400, (path, status)
        for body in BAD_BODIES:
            for address, path, known in ((cls.dashboard, "/api/v1/try", {"texts": []}),
                                         *((cls.http, path, known) for path, known in ROUTES.items())):
                field = next(iter(known)).encode()
                status = cls.ask(address, post(body.replace(b'"input"', b'"' + field + b'"'), path=path))
                assert 400 <= status < 500, (path, body, status)
        cls.ask(cls.http, get("/nothing?text=quokkamark"))
        for bad in ({"model": "another"}, {"prompt_name": "another"}, {"priority": "another"}):
            cls.fails(lambda bad=bad: cls.grpc.embed(TEXT, **bad))
        request = PB["EmbedRequest"](texts=[long], truncate=False)
        cls.fails(lambda: cls.grpc.embed_of(request, timeout=20))
        answers = cls.grpc.stream(iter([PB["StreamRequest"](index=1, request=request)]), timeout=20)
        assert next(answers).error.message
        embed = cls.grpc.channel.unary_unary("/text_embedding.TextEmbedding/Embed")
        for raw in (raw_text(TEXT.encode() + b"\xff"), TEXT.encode(), raw_text(TEXT.encode())[:-3]):
            cls.fails(lambda raw=raw: embed(raw, timeout=20))

    @classmethod
    def fails(cls, call):
        try:
            call()
        except grpc.RpcError:
            return
        raise AssertionError("served what it should refuse")

    @classmethod
    def send_wrong_secrets(cls):
        for header in (f"Authorization: Bearer {WRONG_OPERATOR}", f"Authorization: Basic {WRONG_OPERATOR}",
                       f"Authorization {WRONG_OPERATOR}", f"Authorization: Bearer {OPERATOR} x"):
            assert cls.ask(cls.dashboard, get("/api/v1/config", header)) in (400, 401), header
            assert cls.ask(cls.http, get("/v1/models", header)) in (200, 400), header
        worker = cls.server.info["workers"][0]["id"]
        address = ("--server", cls.server.info["grpc"])
        assert run("workers", "drain", worker, *address, "--operator-token-file", str(cls.files["wrong_operator"])).returncode
        for action in ("drain", "resume"):
            done = run("workers", action, worker, *address, "--operator-token-file", str(cls.files["operator"]))
            assert done.returncode == 0, done.stderr
        with Connection(cls.server.info["worker"]) as stranger:  # no worker
            stranger.send(b"\x00\x00\x00\x40" + WRONG_JOIN.encode() + TEXT.encode() + bytes(100))
            stranger.ended()
        refused = Server(cls.folder, "worker", "--coordinator", cls.server.info["worker"], *TINY, "--join-token-file",
                         str(cls.files["wrong_join"]), "--metrics-listen=", "--log-level", "debug")
        try:
            wait_for(lambda: '"worker.refused"' in refused.log(), 20, "the refusal of a worker")
        finally:
            refused.process.kill()
            refused.process.wait()
        cls.found["the log of a worker that was refused"] = refused.log().encode()

    @classmethod
    def send_to_a_worker_that_stops(cls):
        """Its requests wait: one is cancelled, one late, some are too many. Then it crashes, and the rest is done."""
        worker = cls.server.workers()[0]
        os.kill(worker["pid"], signal.SIGSTOP)
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            body = post({"input": TEXT}, "x-request-timeout-ms: 15000")
            held = pool.submit(cls.ask, cls.http, body)
            cls.wait_for_state(lambda state: state["workers"][worker["id"]]["in_flight"] >= 1)
            late = pool.submit(cls.ask, cls.http, post({"input": TEXT}, "x-request-timeout-ms: 200"))
            with Connection(cls.http) as leaving:
                leaving.send(body)
                call = cls.grpc.future(TEXT)
                cls.wait_for_state(lambda state: state["in_flight"] >= 3)
            call.cancel()
            assert late.result() == 504, late.result()
            waiting = [pool.submit(cls.ask, cls.http, body) for _ in range(38)]
            wait_for(lambda: any(each.done() for each in waiting), 10, "a refusal")
            cls.server.kill_worker(worker)
            ends = [each.result() for each in (held, *waiting)]
        assert set(ends) == {200, 429}, ends

    @classmethod
    def wait_for_state(cls, condition):
        wait_for(lambda: condition(json.loads(cls.page(cls.dashboard, "/api/v1/snapshot"))), 10, "that state")

    @classmethod
    def page(cls, address, path):
        host, port = address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {OPERATOR}"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, (path, answer.status, body)
            return body
        finally:
            connection.close()

    @classmethod
    def look(cls):
        """Takes all there is to see, the log of the whole life at last."""
        wait_for(lambda: json.loads(cls.page(cls.dashboard, "/api/v1/history"))["seconds"], 10, "a whole second")
        cls.found["the support archive"] = cls.support()
        for path in ("snapshot", "history", "workers", "requests/slow", "config", "targets", "logs?limit=1000"):
            cls.found[path] = cls.page(cls.dashboard, f"/api/v1/{path}")
        after, pages = 0, []
        while (page := json.loads(cls.page(cls.dashboard, f"/api/v1/logs?limit=1000&after={after}")))["lines"]:
            after, pages = page["next"], [*pages, page]
        cls.lines = [entry["line"] for page in pages for entry in page["lines"]]
        cls.found["the lines that are kept"] = json.dumps(cls.lines, ensure_ascii=False).encode()
        cls.found["the metrics"] = cls.page(cls.dashboard, "/metrics") + cls.page(cls.server.info["metrics"], "/metrics")
        cls.found["a worker's metrics"] = cls.page(cls.server.workers()[0]["metrics"], "/metrics")
        cls.found["the status"] = run("status", "--server", cls.server.info["grpc"], "-o", "json").stdout.encode()
        cls.found["the ready file"] = cls.server.ready_file.read_bytes()
        cls.grpc.channel.close()
        code = cls.server.stop()
        assert code == 0, code
        cls.follower.join()
        cls.found["the events"] = json.dumps(cls.events, ensure_ascii=False).encode()
        cls.found["the log"] = cls.server.log().encode()
        cls.found["the recording"] = cls.recording.read_bytes()
        cls.found["the spans"] = json.dumps([body for _, _, body, _ in cls.collector.requests], ensure_ascii=False).encode()

    @classmethod
    def support(cls):
        file = cls.folder / "support.tar"
        done = run("support", "--dashboard", cls.dashboard, "--operator-token-file", str(cls.files["operator"]), "--output",
                   str(file))
        assert done.returncode == 0, done.stderr
        archive = file.read_bytes()
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            return archive + b"".join(tar.extractfile(member).read() for member in tar)

    def test_nothing_marked_is_anywhere(self):
        for name, content in self.found.items():
            with self.subTest(name):
                self.assertGreater(len(content), 20)
                lower = content.lower()
                for needle in NEEDLES:
                    at = lower.find(needle.lower())
                    self.assertLess(at, 0, f"{needle} in {name}: {content[max(0, at - 300):at + 100]}")

    # Without these the test above would say little.
    def test_all_ends_were_there(self):
        reasons = {line["reason"] for line in self.lines if line["event"] == "request.finished"}
        self.assertLessEqual({"ok", "input_too_long", "invalid_json", "invalid_utf8", "invalid_request", "model_not_found",
                              "unknown_prompt", "overloaded", "deadline_exceeded", "cancelled"}, reasons)
        # One was with a worker as that crashed.
        self.assertGreater(max(line.get("attempt", 0) for line in self.lines), 1)
        events = {line["event"] for line in self.lines}
        self.assertLessEqual({"worker.turned_away", "worker.ended", "worker.changed"}, events)
        self.assertLessEqual({"openai", "tei", "ollama", "grpc"},
                             {line["api"] for line in self.lines if line["event"] == "request.finished"})

    def test_all_places_have_something(self):
        slow = json.loads(self.found["requests/slow"])["requests"]
        self.assertLessEqual({"ok", "deadline_exceeded", "cancelled"}, {request["verdict"] for request in slow})
        self.assertLessEqual({"server", "batch", "forward"}, {span.name for span in self.collector.spans()})
        self.assertGreater(len(self.events), 2)
        self.assertEqual(self.found["the recording"][:8], b"SHOALREC")

    def test_a_mark_would_be_found(self):
        self.assertIn(NEEDLES[2], TEXT.encode())
        self.assertIn(NEEDLES[3].lower(), json.dumps(TEXT).lower().encode())


if __name__ == "__main__":
    unittest.main()
