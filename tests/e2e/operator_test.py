"""The operators' port: its page, what it shows of a real server, what it lets whom change, and its stream of events."""

import collections
import gzip
import http.client
import json
import os
import pathlib
import re
import tempfile
import time
import unittest

import grpc

from harness import ROOT, Client, run, serving, wait_for
from http1 import Connection, Ended, get, post

TINY = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
TOKEN = "a-secret-of-operators"


def merged(state, patch):
    """RFC 7386."""
    if not isinstance(patch, dict):
        return patch
    state = dict(state) if isinstance(state, dict) else {}
    for key, value in patch.items():
        if value is None:
            state.pop(key, None)
        else:
            state[key] = merged(state.get(key), value)
    return state


def at_localhost(request):
    return request.replace(b"Host: test", b"Host: localhost")


class Stream:
    """GET /api/v1/stream and the state that its events lead to."""

    def __init__(self, address, last_id=None, seconds=10):
        host, port = address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=seconds)
        self.connection.request("GET", "/api/v1/stream", headers={"Last-Event-ID": last_id} if last_id else {})
        self.answer = self.connection.getresponse()
        self.state, self.last_id = None, last_id

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer.close()
        self.connection.close()

    def event(self):
        """(id, kind, data) of the next one."""
        fields = {}
        while True:
            line = self.answer.readline().decode()
            if not line:
                raise Ended("the stream has ended")
            if line == "\n" and "data" in fields:
                break
            if line != "\n" and not line.startswith(":"):
                name, value = line.rstrip("\n").split(": ", 1)
                fields[name] = value
        data = json.loads(fields["data"])
        self.state = data if fields["event"] == "snapshot" else merged(self.state, data)
        self.last_id = fields["id"]
        return fields["id"], fields["event"], data

    def until(self, condition, events=40):
        for _ in range(events):
            self.event()
            if condition(self.state):
                return
        raise AssertionError(f"not among {events} events: {self.state}")


class Operator(unittest.TestCase):
    """Tests of one server."""
    ARGUMENTS = ("--workers", "2", *TINY)

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving(*cls.arguments()))
        cls.dashboard = cls.server.info["dashboard"]
        cls.worker = cls.server.workers()[0]["id"]

    @classmethod
    def arguments(cls):
        return cls.ARGUMENTS

    def ask(self, *request, **headers):
        """(status, headers, body) of a request."""
        status, answered, body = self.ask_bytes(*request, **headers)
        return status, answered, body.decode()

    def ask_bytes(self, method, path, body=None, **headers):
        host, port = self.dashboard.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=20)
        try:
            connection.request(method, path, body=None if body is None else json.dumps(body),
                               headers={name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def json(self, path, method="GET", body=None, **headers):
        status, answered, text = self.ask(method, path, body, **headers)
        self.assertEqual((status, answered["Content-Type"]), (200, "application/json"), text)
        return json.loads(text)

    def refused(self, status, code, *request, **headers):
        found, answered, text = self.ask(*request, **headers)
        self.assertEqual(found, status, text)
        error = json.loads(text)["error"]
        self.assertEqual(set(error), {"message", "type", "param", "code"})
        self.assertEqual((error["code"], answered["x-shoal-code"]), (code, code))
        return error["message"]


class Routes(Operator):
    def test_the_snapshot_tells_what_was_done(self):
        before = self.json("/api/v1/snapshot")
        client = Client(self.server.info["grpc"])
        client.embed(["one", "two", "three"])

        def counted():
            state = self.json("/api/v1/snapshot")
            ok = state["totals"]["requests"].get("grpc", {}).get("ok", 0)
            more = ok > before["totals"]["requests"].get("grpc", {}).get("ok", 0)
            return more and state["totals"]["goodput_cost"] > before["totals"]["goodput_cost"] and state
        state = wait_for(counted, 10, "the call in the snapshot")
        self.assertEqual((state["state"], state["model"]["precision"]), ("ready", "fp32"))
        self.assertGreaterEqual(state["totals"]["texts"], 3)
        self.assertGreater(state["rates"]["requests"], 0)
        self.assertGreater(state["rates"]["latency_ms"]["p99"], 0)
        self.assertGreater(state["batches"]["items"]["mean"], 0)
        self.assertEqual(set(state["queues"]), {"urgent", "patient", "bulk"})
        self.assertGreater(state["capacity_cost_per_second"], 0)
        self.assertEqual(set(state["workers"]), {worker["id"] for worker in self.server.workers()})
        self.assertIn("127.0.0.1", state["usage"])

    def test_workers_are_listed_and_shown_one_by_one(self):
        listed = self.json("/api/v1/workers")["workers"]
        self.assertEqual({(w["id"], w["pid"], w["metrics_address"]) for w in listed},
                         {(w["id"], w["pid"], w["metrics"]) for w in self.server.workers()})
        one = self.json(f"/api/v1/workers/{self.worker}")
        self.assertEqual((one["id"], one["state"], one["attached"]), (self.worker, "ready", True))
        message = self.refused(404, "not_found", "GET", "/api/v1/workers/nobody")
        self.assertIn(self.worker, message)
        self.refused(404, "not_found", "POST", "/api/v1/workers/nobody/drain")

    def test_prometheus_is_told_of_each_worker(self):
        targets = self.json("/api/v1/targets")
        self.assertEqual({target for group in targets for target in group["targets"]},
                         {worker["metrics"] for worker in self.server.workers()})
        for group in targets:
            self.assertTrue(all(label.startswith("__meta_shoal_") for label in group["labels"]), group)

    def test_a_worker_that_listens_everywhere_is_reached_where_prometheus_asks(self):
        with serving(*TINY, command="coordinator") as coordinator:
            with serving("--coordinator", coordinator.info["worker"], "--metrics-listen=0.0.0.0:0", *TINY,
                         command="worker"):
                def targets():
                    with Connection(coordinator.info["dashboard"]) as connection:
                        return connection.ask(at_localhost(get("/api/v1/targets")), to="GET").json()
                (group,) = wait_for(targets, 10, "the worker among the targets")
        self.assertRegex(group["targets"][0], r"^localhost:\d+$")

    def test_the_configuration_says_where_each_value_is_from(self):
        settings = {entry["name"]: entry for entry in self.json("/api/v1/config")["settings"]}
        self.assertEqual(settings["workers"], {"name": "workers", "value": "2", "origin": "flag", "place": "--workers"})
        self.assertEqual(settings["max_texts"],
                         {"name": "max_texts", "value": "2048", "origin": "default", "place": "default"})

    def test_texts_are_tried_with_the_checks_of_all_requests(self):
        tried = self.json("/api/v1/try", "POST", {"texts": ["a cat", "a cat", "something else"]})
        similarity = tried["similarity"]
        self.assertEqual([len(row) for row in similarity], [3, 3, 3])
        self.assertAlmostEqual(similarity[0][1], 1, places=5)
        self.assertEqual(similarity[0][2], similarity[2][0])
        self.assertEqual(len(tried["tokens"]), 3)
        self.assertIn(tried["workers"][0]["id"], {worker["id"] for worker in self.server.workers()})
        self.assertGreater(tried["timing_ms"]["total"], 0)
        self.refused(400, "empty_input", "POST", "/api/v1/try", {"texts": []})
        self.refused(400, "too_many_inputs", "POST", "/api/v1/try", {"texts": ["a"] * 33})

    def test_what_else_there_is(self):
        self.assertIn("/api/v1/stream", self.json("/api/v1")["routes"].values())
        self.assertEqual(set(self.json("/api/v1/requests/slow")), {"requests"})
        self.assertEqual(set(self.json("/api/v1/logs?after=3&limit=10&level=warn")), {"lines", "next", "oldest", "newest"})
        self.refused(400, "invalid_request", "GET", "/api/v1/logs?levle=warn")
        self.assertEqual(self.ask("GET", "/healthz/live")[0], 200)
        self.assertEqual(self.ask("GET", "/healthz/ready")[0], 200)
        self.assertRegex(self.ask("GET", "/metrics")[2], r"(?m)^shoal_event_stream_clients \d")
        self.refused(404, "route_not_found", "GET", "/v1/models")
        self.refused(405, "method_not_allowed", "GET", "/api/v1/try")
        self.refused(400, "invalid_request", "PUT", "/api/v1/log-level", {"level": "loud"})

    def test_every_answer_stays_with_its_reader(self):
        for path in ("/api/v1", "/api/v1/snapshot", "/assets/nothing", "/nothing"):
            headers = self.ask("GET", path)[1]
            self.assertEqual((headers["Cache-Control"], headers["X-Content-Type-Options"]), ("no-store", "nosniff"))
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])

    def test_a_page_of_another_site_gets_nothing(self):
        port = self.dashboard.rsplit(":", 1)[1]
        for headers, status, code in (({"Host": f"evil.example:{port}"}, 421, "host_not_known"),
                                      ({"Host": "127.0.0.1.nip.io"}, 421, "host_not_known"),
                                      ({"Origin": "http://evil.example"}, 403, "foreign_origin"),
                                      ({"Origin": "null"}, 403, "foreign_origin"),
                                      ({"Sec_Fetch_Site": "cross-site"}, 403, "foreign_origin")):
            for request in (("GET", "/api/v1/snapshot"), ("GET", "/api/v1/stream"), ("GET", "/metrics"),
                            ("POST", f"/api/v1/workers/{self.worker}/drain")):
                with self.subTest(headers=headers, request=request):
                    self.refused(status, code, *request, **headers)
        for host in (f"localhost:{port}", "127.0.0.1", "[::1]:3000"):
            self.assertEqual(self.ask("GET", "/api/v1/snapshot", Host=host)[0], 200, host)
        own = {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}
        self.assertEqual(self.ask("GET", "/api/v1/snapshot", **own)[0], 200)

    def test_a_large_body_is_refused_before_it_comes(self):
        with Connection(self.dashboard) as connection:
            answer = connection.ask(b"POST /api/v1/try HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n")
            self.assertEqual((answer.status, answer.error()["code"]), (413, "payload_too_large"))


PAGE = ROOT / "web" / "dist"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'"


class Page(Operator):
    ARGUMENTS = ("--workers", "1", *TINY)

    def files(self):
        """(path, content) of all that the build has put into the program."""
        for file in sorted(PAGE.rglob("*")):
            if file.is_file():
                name = file.relative_to(PAGE).as_posix()
                yield "/" if name == "index.html" else "/" + name, file.read_bytes()

    def test_each_file_comes_as_it_is_or_compressed(self):
        for path, content in self.files():
            with self.subTest(path=path):
                status, plain, body = self.ask_bytes("GET", path)
                self.assertEqual((status, body), (200, content))
                self.assertNotIn("Content-Encoding", plain)
                self.assertEqual(plain["Content-Type"], TYPES[pathlib.PurePath(path).suffix or ".html"])
                status, packed, body = self.ask_bytes("GET", path, Accept_Encoding="br, gzip")
                if packed.get("Content-Encoding") == "gzip":
                    self.assertLess(len(body), len(content))
                    body = gzip.decompress(body)
                self.assertEqual((status, body), (200, content))
                for headers in (plain, packed):
                    self.assertEqual((headers["Vary"], headers["Content-Security-Policy"], headers["ETag"]),
                                     ("Accept-Encoding", POLICY, plain["ETag"]))
                    self.assertEqual(headers["X-Content-Type-Options"], "nosniff")
                    self.assertEqual(headers["Cache-Control"], "no-cache" if path == "/" else
                                     "public, max-age=31536000, immutable")

    def test_who_has_it_is_told_so(self):
        for path, _ in self.files():
            tag = self.ask("GET", path)[1]["ETag"]
            status, headers, body = self.ask("GET", path, If_None_Match=f'"another", {tag}')
            self.assertEqual((status, body, headers["ETag"]), (304, "", tag))
            self.assertNotIn("Content-Length", headers)
            self.assertEqual(self.ask("GET", path, If_None_Match='"another"')[0], 200)

    def test_head_says_what_get_would(self):
        for path, content in self.files():
            status, headers, body = self.ask("HEAD", path)
            self.assertEqual((status, headers["Content-Length"], body), (200, str(len(content)), ""))

    def test_what_the_page_names_is_there(self):
        named = re.findall(r'(?:src|href)="([^"]*)"', self.ask("GET", "/")[2])
        self.assertTrue(named)
        for path in named:
            self.assertTrue(path.startswith("/"), path)
            self.assertEqual(self.ask("GET", path)[0], 200, path)
        for path in ("/assets/none.js", "/assets/..%2findex.html", "/assets/../index.html"):
            self.refused(404, "not_found", "GET", path)

    def test_a_link_from_elsewhere_opens_the_page_and_nothing_else(self):
        link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
        self.assertEqual(self.ask("GET", "/", **link)[0], 200)
        for path, _ in self.files():
            if path != "/":
                self.refused(403, "foreign_origin", "GET", path, **link)
                self.assertEqual(self.ask("GET", path, Sec_Fetch_Site="same-origin")[0], 200)
        self.refused(421, "host_not_known", "GET", "/", Host="evil.example")


class Events(Operator):
    def test_the_stream_tells_of_a_drain_at_once(self):
        with Stream(self.dashboard) as stream:
            self.assertEqual(stream.answer.getheader("Content-Type"), "text/event-stream")
            self.assertEqual(stream.event()[1], "snapshot")
            for action, state in (("drain", "drained"), ("resume", "ready")):
                begin = time.monotonic()
                answer = self.json(f"/api/v1/workers/{self.worker}/{action}", "POST")
                self.assertEqual(answer["state"], state)
                stream.until(lambda now: now["workers"][self.worker]["state"] == state)
                self.assertLess(time.monotonic() - begin, 5)
        listed = json.loads(run("workers", "list", "--server", self.server.info["grpc"], "-o", "json").stdout)
        self.assertEqual({worker["state"] for worker in listed}, {"ready"})

    def test_deltas_lead_to_the_state_and_say_only_what_changed(self):
        with Stream(self.dashboard) as stream:
            stream.event()
            for _ in range(2):
                _, kind, data = stream.event()
                self.assertEqual(kind, "delta")
                self.assertNotIn("model", data)
                self.assertNotIn("version", data)
            self.assertIn("uptime_seconds", data)
            state = self.json("/api/v1/snapshot")
            self.assertEqual(set(state), set(stream.state))
            self.assertEqual(set(state["workers"]), set(stream.state["workers"]))
            self.assertEqual(state["model"], stream.state["model"])

    def test_who_comes_back_is_told_what_came_since(self):
        with Stream(self.dashboard) as stream:
            first = stream.event()[0]
            second = stream.event()[0]
        life, number = first.rsplit("-", 1)
        self.assertEqual(second, f"{life}-{int(number) + 1}")
        with Stream(self.dashboard, last_id=first) as again:
            self.assertEqual(again.event()[:2], (second, "delta"))
        for unknown in (f"{life}-999999", "another-1", "x"):
            with Stream(self.dashboard, last_id=unknown) as again:
                self.assertEqual(again.event()[1], "snapshot")

    def test_streams_are_counted_and_bounded(self):
        def count():
            return int(re.search(r"(?m)^shoal_event_stream_clients (\d+)", self.ask("GET", "/metrics")[2])[1])
        wait_for(lambda: count() == 0, 10, "the end of other streams")
        streams = [Stream(self.dashboard) for _ in range(64)]
        self.assertEqual(count(), 64)
        self.refused(503, "too_many_streams", "GET", "/api/v1/stream")
        for stream in streams:
            stream.__exit__()
        wait_for(lambda: count() == 0, 10, "the end of the streams")

    def test_the_end_of_the_server_is_seen_and_ends_the_stream(self):
        with serving("--workers", "1", *TINY) as server, Stream(server.info["dashboard"]) as stream:
            stream.event()
            self.assertEqual(server.stop(), 0)
            with self.assertRaises(Ended):
                stream.until(lambda _: False)
            self.assertEqual(stream.state["state"], "draining")


class TimeAxis(Operator):
    """What was done second by second, and what happened when."""

    def history(self):
        return self.json("/api/v1/history")["seconds"]

    def events(self):
        """(kind, event) of those that there are, the oldest first."""
        events = self.json("/api/v1/snapshot")["events"]
        return [(events[number]["kind"], events[number]) for number in sorted(events, key=int)]

    def of_worker(self, worker_id):
        """Kinds, but for what a busy machine does to any worker."""
        busy = ("late", "recovered", "second_attempt")
        return [kind for kind, event in self.events() if event.get("worker") == worker_id and kind not in busy]

    def test_the_seconds_add_up_to_the_totals(self):
        client = Client(self.server.info["grpc"])
        client.embed(["one", "two", "three"])
        with self.assertRaises(grpc.RpcError):
            client.embed(["one"] * 5000)

        def added_up():
            totals = self.json("/api/v1/snapshot")["totals"]
            seconds = self.history()
            texts = collections.Counter()
            for second in seconds:
                texts.update(second["texts"])
            is_whole = dict(texts) == totals["offered_texts"] and sum(s["tokens"] for s in seconds) == totals["tokens"]
            requests = sum(count for verdicts in totals["requests"].values() for count in verdicts.values())
            goodput = sum(second["goodput_cost"] for second in seconds)
            is_whole = is_whole and sum(s["requests"] for s in seconds) == requests
            return is_whole and abs(goodput - totals["goodput_cost"]) < 1 and goodput > 0 and seconds
        seconds = wait_for(added_up, 10, "seconds that add up to the totals")
        steps = {after["unix_ms"] - before["unix_ms"] for before, after in zip(seconds, seconds[1:])}
        self.assertLessEqual(steps, {1000})
        self.assertLess(abs(seconds[-1]["unix_ms"] + 1000 - time.time() * 1000), 5000)
        served = next(second for second in seconds if second["texts"].get("ok"))
        self.assertEqual(set(served["stages_ms"]), {"tokenize", "queue", "dispatch", "inference", "serialize"})
        self.assertGreater(served["latency_ms"]["p99"], 0)
        self.assertGreater(served["capacity_cost"], 0)
        self.assertGreater(sum(second["offered_cost"] for second in seconds), 0)

    def test_who_follows_gets_each_second_as_the_history_has_it(self):
        with Stream(self.dashboard) as stream:
            stream.event()
            Client(self.server.info["grpc"]).embed(["one"])
            followed = {}

            def three_seconds(state):
                followed.setdefault(state["second"]["unix_ms"], state["second"])
                return len(followed) == 3
            stream.until(three_seconds)
        kept = {second["unix_ms"]: second for second in self.history()}
        for begin, second in followed.items():
            self.assertEqual(second, kept[begin])

    def test_a_worker_that_is_killed_is_lost_and_returns(self):
        victim = self.server.workers()[0]
        first = len(self.of_worker(victim["id"]))
        with Stream(self.dashboard) as stream:
            stream.event()
            begin = time.time() * 1000
            self.server.kill_worker(victim)
            stream.until(lambda state: any(event["kind"] == "returned" and event["worker"] == victim["id"]
                                           for event in state["events"].values()))
        self.assertEqual(self.of_worker(victim["id"])[first:], ["lost", "returned"])
        lost = next(event for kind, event in reversed(self.events()) if kind == "lost")
        self.assertLess(lost["unix_ms"] - begin, 2000)
        self.assertIn("was lost: its link ended without a goodbye", lost["text"])
        self.assertEqual(stream.state["events"], self.json("/api/v1/snapshot")["events"])

    def test_what_operators_do_is_told(self):
        first = len(self.of_worker(self.worker))
        for action in ("drain", "resume"):
            self.json(f"/api/v1/workers/{self.worker}/{action}", "POST")
        self.assertEqual(self.of_worker(self.worker)[first:], ["drained", "resumed"])
        self.assertEqual(self.events()[0][0], "started")


class SlowReader(unittest.TestCase):
    def test_who_does_not_read_is_dropped_and_counted(self):
        name = "w" * 60_000  # in every event; the kernel keeps 4 MB of them
        with serving(*TINY, command="coordinator") as coordinator:
            address = coordinator.info["dashboard"]
            with serving("--coordinator", coordinator.info["worker"], "--worker-id", name, *TINY, command="worker"):
                with Connection(address, receive_buffer=4096) as slow, Connection(address) as asking, \
                        Stream(address) as reading:
                    slow.send(at_localhost(get("/api/v1/stream")))
                    for turn in range(400):
                        action, state = (("drain", "drained"), ("resume", "ready"))[turn % 2]
                        answer = asking.ask(at_localhost(post({}, path=f"/api/v1/workers/{name}/{action}")))
                        self.assertEqual(answer.status, 200, answer)
                        reading.until(lambda now: now["workers"][name]["state"] == state)
                        if turn % 20 == 19 and self.is_counted(asking):
                            break
                    else:
                        self.fail("the stream that nobody reads goes on")
                    with self.assertRaises(Ended):
                        slow.answer(to="GET")

    def is_counted(self, connection):
        metrics = connection.ask(at_localhost(get("/metrics")), to="GET").body
        return b"\nshoal_event_stream_dropped_total 1\n" in metrics


class WithAToken(Operator):
    @classmethod
    def arguments(cls):
        file = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())) / "token"
        file.write_text(TOKEN + "\n", encoding="utf-8")
        os.chmod(file, 0o600)
        cls.file = file
        return ("--workers", "1", "--operator-token-file", str(file), *TINY)

    def test_operators_show_it_over_http(self):
        drain = f"/api/v1/workers/{self.worker}/drain"
        for request in (("POST", drain), ("PUT", "/api/v1/log-level", {"level": "info"}), ("GET", "/api/v1/logs"),
                        ("GET", "/api/v1/config")):
            with self.subTest(request=request):
                self.refused(401, "unauthenticated", *request)
                self.refused(401, "unauthenticated", *request, Authorization="Bearer guess")
                self.assertNotIn(self.ask(*request, Authorization=f"Bearer {TOKEN}")[0], (401, 403))
        self.json(f"/api/v1/workers/{self.worker}/resume", "POST", Authorization=f"Bearer {TOKEN}")
        self.json("/api/v1/snapshot")

    def test_operators_show_it_over_grpc(self):
        def shoal(action, *arguments):
            return run("workers", action, self.worker, "--server", self.server.info["grpc"], *arguments)
        refused = shoal("drain")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("--operator-token-file", refused.stderr)
        for action in ("drain", "resume"):
            done = shoal(action, "--operator-token-file", str(self.file))
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_it_is_never_shown(self):
        self.assertNotIn(TOKEN, self.ask("GET", "/api/v1/config", Authorization=f"Bearer {TOKEN}")[2])
        self.assertNotIn(TOKEN, self.ask("GET", "/api/v1/snapshot")[2] + self.server.log())

    def test_a_file_that_is_no_secret_ends_the_start(self):
        other = self.file.with_name("open")
        for content, mode, word in (("", 0o600, "empty"), (TOKEN, 0o644, "chmod o-rw"), ("a b", 0o600, "ASCII")):
            other.write_text(content, encoding="utf-8")
            os.chmod(other, mode)
            done = run("coordinator", "--operator-token-file", str(other), *TINY)
            self.assertEqual(done.returncode, 3)
            self.assertIn(word, done.stderr)
            self.assertNotIn(TOKEN, done.stderr)


class Named(Operator):
    """A port that listens on all interfaces, with a name."""

    @classmethod
    def arguments(cls):
        return ("--workers", "1", "--dashboard-listen=0.0.0.0:0", "--dashboard-host=dash.example", *TINY)

    def test_the_names_of_the_port_are_known(self):
        self.dashboard = "127.0.0.1:" + self.server.info["dashboard"].rsplit(":", 1)[1]
        self.assertEqual(self.ask("GET", "/api/v1/snapshot", Host="Dash.Example:3000")[0], 200)
        self.refused(421, "host_not_known", "GET", "/api/v1/snapshot", Host="other.example")


class Off(unittest.TestCase):
    def test_an_empty_address_is_no_port(self):
        with serving("--workers", "1", "--dashboard-listen=", *TINY) as server:
            self.assertNotIn("dashboard", server.info)


if __name__ == "__main__":
    unittest.main()
