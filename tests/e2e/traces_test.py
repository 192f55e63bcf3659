"""Traces: what a request that is traced leaves at a collector, and that a collector's troubles are nobody else's."""

import json
import os
import unittest
import urllib.error
import urllib.request

from collector import Collector
from harness import MESSAGES, ROOT, Callers, Client, run, serving, wait_for, workers_of
from metrics_test import scrape, total

TINY = ("--workers", "1", "--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
METRICS = ("--metrics-listen", "127.0.0.1:0")
PARENT = "b7ad6b7169203331"


def new_trace():
    return os.urandom(16).hex()


def header_of(trace, sampled="01"):
    return f"00-{trace}-{PARENT}-{sampled}"


def post(server, body, path="/v1/embeddings", **headers):
    """(status, the answer's traceparent) of a request over HTTP."""
    request = urllib.request.Request(f"http://{server.info['http']}{path}", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()
            return answer.status, answer.headers["traceparent"]
    except urllib.error.HTTPError as error:
        return error.code, error.headers["traceparent"]


def events(server, name):
    """The lines of a server's log with this event."""
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == name]


class Recorded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(Collector())
        cls.server = cls.enterClassContext(serving(*TINY, **cls.collector.environment(
            OTEL_SERVICE_NAME="embeddings", OTEL_RESOURCE_ATTRIBUTES="deployment.environment=test",
            OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20secret")))

    def only(self, **wanted):
        """The one span with these values, once it is there."""
        wait_for(lambda: self.collector.spans(**wanted), 10, f"a span {wanted}")
        found = self.collector.spans(**wanted)
        self.assertEqual(len(found), 1, wanted)
        return found[0]

    def trace_of(self, trace):
        """The server's span and the batch's of a request, checked from the caller to the forward pass."""
        server = self.only(trace=trace, name="server")
        self.assertEqual(server.kind, 2)
        for name in ("tokenize", "queue"):
            child = self.only(trace=trace, name=name)
            self.assertEqual(child.parent, server.id)
            self.assertTrue(server.start <= child.start <= child.end <= server.end, name)
        batch = self.only(name="batch", links={(trace, server.id)})
        self.assertEqual(server.links, {(batch.trace, batch.id)})
        self.assertEqual(batch.parent, "")
        dispatch = self.only(trace=batch.trace, name="dispatch")
        forward = self.only(trace=batch.trace, name="forward")
        self.assertEqual((dispatch.parent, forward.parent), (batch.id, dispatch.id))
        worker, = workers_of(self.server).values()
        for said in (dispatch.said, forward.resource):
            self.assertEqual((said["worker_id"], said["incarnation"]), (worker["id"], worker["incarnation"]))
        return server, forward

    def test_a_request_over_http_is_found_by_the_trace_it_brought(self):
        trace = new_trace()
        status, answered = post(self.server, {"input": ["one text", "another"]}, traceparent=header_of(trace),
                                **{"x-request-id": "mine", "x-shoal-client": "me"})
        self.assertEqual(status, 200)
        server, forward = self.trace_of(trace)
        self.assertEqual(server.parent, PARENT)
        self.assertEqual(answered, f"00-{trace}-{server.id}-01")
        said = server.said
        self.assertGreater(said.pop("tokens"), 2)
        self.assertEqual(said, {"api": "openai", "verdict": "ok", "texts": 2, "attempts": 1, "request_id": "mine",
                                "client": "me", "queue": "patient"})
        self.assertEqual(forward.said["items"], 2)
        for span in (server, forward):
            self.assertEqual(span.resource["service.name"], "embeddings")
            self.assertEqual(span.resource["deployment.environment"], "test")
        path, headers, body, _ = self.collector.requests[0]
        self.assertEqual((path, headers["Content-Type"]), ("/v1/traces", "application/json"))
        self.assertEqual(headers["authorization"], "Bearer secret")
        self.assertNotIn("another", json.dumps(body))

    def test_a_call_over_grpc_is_too_and_its_metadata_say_the_span(self):
        trace = new_trace()
        client = Client(self.server.info["grpc"])
        _, call = client.stub.Embed.with_call(MESSAGES.EmbedRequest(texts=["a"]), timeout=20,
                                              metadata=[("traceparent", header_of(trace))])
        server, _ = self.trace_of(trace)
        self.assertEqual(server.said["api"], "grpc")
        self.assertIn(("traceparent", f"00-{trace}-{server.id}-01"), call.initial_metadata())

    def test_a_request_without_a_trace_begins_one(self):
        _, answered = post(self.server, {"inputs": "a"}, path="/embed")
        _, trace, span, flags = answered.split("-")
        self.assertEqual(flags, "01")
        server, _ = self.trace_of(trace)
        self.assertEqual((server.id, server.parent, server.said["api"]), (span, "", "tei"))

    def test_what_a_caller_does_not_sample_is_not_recorded(self):
        hidden, shown = new_trace(), new_trace()
        _, answered = post(self.server, {"input": "a"}, traceparent=header_of(hidden, "00"))
        self.assertRegex(answered, f"^00-{hidden}-[0-9a-f]{{16}}-00$")
        post(self.server, {"input": "a"}, traceparent=header_of(shown))
        self.trace_of(shown)
        self.assertEqual(self.collector.spans(trace=hidden), [])

    def test_a_refusal_is_a_span_too(self):
        trace = new_trace()
        status, answered = post(self.server, {"input": 7}, traceparent=header_of(trace))
        self.assertEqual(status, 400)
        server = self.only(trace=trace, name="server")
        self.assertIn(server.id, answered)
        self.assertEqual((server.said["verdict"], server.status), ("invalid_request", {}))


class Sampled(unittest.TestCase):
    def test_a_slow_request_is_recorded_though_nothing_is_sampled(self):
        with Collector() as collector, serving("--slow-request", "1ms", *TINY, **collector.environment(
                OTEL_TRACES_SAMPLER="always_off")) as server:
            trace = new_trace()
            _, answered = post(server, {"input": ["a slow text"] * 500}, traceparent=header_of(trace))
            self.assertEqual(answered[-2:], "00")
            wait_for(lambda: collector.spans(trace=trace, name="server"), 10, "the slow request")
            self.assertEqual(collector.spans(trace=trace, name="server")[0].flags & 1, 0)
            self.assertEqual(collector.spans(name="batch"), [])

    def test_without_an_endpoint_a_trace_is_passed_on_and_none_is_begun(self):
        with serving(*TINY) as server:
            trace = new_trace()
            _, answered = post(server, {"input": "a"}, traceparent=header_of(trace))
            self.assertRegex(answered, f"^00-{trace}-[0-9a-f]{{16}}-01$")
            self.assertEqual(post(server, {"input": "a"}), (200, None))


class Ends(unittest.TestCase):
    def test_what_is_recorded_is_sent_before_a_server_ends(self):
        with Collector() as collector, serving(*TINY, **collector.environment(
                OTEL_BSP_SCHEDULE_DELAY="3600000")) as server:
            trace = new_trace()
            post(server, {"input": "a"}, traceparent=header_of(trace))
            self.assertEqual(collector.spans(), [])
            self.assertEqual(server.stop(), 0)
            self.assertEqual({span.name for span in collector.spans()},
                             {"server", "tokenize", "queue", "batch", "dispatch", "forward"})


class Troubles(unittest.TestCase):
    def test_a_collector_that_refuses_for_a_while_gets_the_same_again(self):
        busy = (503, {"Retry-After": "0"}, "")
        with Collector(busy, busy, (200, {}, "{}")) as collector, serving(
                *TINY, **collector.environment()) as server:
            trace = new_trace()
            post(server, {"input": "a"}, traceparent=header_of(trace))
            wait_for(lambda: collector.spans(trace=trace, name="server"), 10, "the request's span")
            self.assertEqual(len(collector.spans(trace=trace)), 3)
            self.assertEqual(events(server, "traces.export_failed"), [])

    def test_a_collector_that_stands_still_costs_spans_and_nothing_else(self):
        with Collector(None) as collector, serving(*TINY, *METRICS, **collector.environment(
                OTEL_BSP_MAX_QUEUE_SIZE="20")) as server:
            with Callers(server.info["grpc"], pause=0.002) as callers:
                wait_for(lambda: total(scrape(server.info["metrics"]), "shoal_spans_dropped_total",
                                       reason="queue_full") > 50, 20, "spans that do not fit")
            self.assertEqual(callers.failures, [])
            self.assertEqual(server.stop(), 0)

    def test_a_collector_that_goes_away_costs_spans_and_nothing_else(self):
        with Collector() as collector, serving(*TINY, *METRICS, **collector.environment()) as server:
            with Callers(server.info["grpc"], pause=0.002) as callers:
                wait_for(lambda: collector.spans(name="server"), 10, "spans")
                collector.close()
                answered = callers.answered
                wait_for(lambda: callers.answered > answered + 100, 20, "more calls")
            self.assertEqual(callers.failures, [])
            self.assertEqual(server.stop(), 0)
            self.assertIn("not exported", events(server, "traces.export_failed")[0]["msg"])

    def test_spans_that_are_rejected_are_counted_and_said_once_a_minute(self):
        partial = json.dumps({"partialSuccess": {"rejectedSpans": "1", "errorMessage": "too old"}})
        with Collector((200, {}, partial)) as collector, serving(*TINY, *METRICS, **collector.environment()) as server:
            for _ in range(3):
                count = len(collector.spans(name="server"))
                post(server, {"input": "a"})
                wait_for(lambda: len(collector.spans(name="server")) > count, 10, "the request's span")
            wait_for(lambda: total(scrape(server.info["metrics"]), "shoal_spans_dropped_total", reason="rejected") >= 3,
                     10, "rejected spans")
            said = [line for line in events(server, "traces.rejected") if line["role"] == "serve"]
            self.assertEqual(len(said), 1)
            self.assertIn("too old", said[0]["exc_info"]["message"])


class Refused(unittest.TestCase):
    def test_what_is_not_spoken_is_refused_at_the_start(self):
        for variables, words in (
                ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'; http/json is accepted"),
                ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://localhost:4318"}, "TLS is not spoken"),
                ({"OTEL_TRACES_SAMPLER": "xray"}, "OTEL_TRACES_SAMPLER is 'xray'")):
            with self.subTest(variables):
                done = run("serve", *TINY, **{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", **variables})
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(words, done.stderr)


if __name__ == "__main__":
    unittest.main()
