"""Traces through the real OpenTelemetry Collector into Jaeger, and out of its query API.

Needs build/observability (tools/setup observability)."""

import contextlib
import json
import pathlib
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from harness import ROOT, serving, wait_for, workers_of
from traces_test import PARENT, TINY, header_of, new_trace, post

PROGRAMS = ROOT / "build" / "observability"

# The collector takes OTLP over HTTP and passes it on to Jaeger, whose traces stay in memory.
COLLECTOR = """
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{collector}"}}}}}}}}
exporters: {{otlphttp: {{endpoint: "http://127.0.0.1:{jaeger}"}}}}
service:
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{traces: {{receivers: [otlp], exporters: [otlphttp]}}}}
"""
JAEGER = """
receivers: {{otlp: {{protocols: {{http: {{endpoint: "127.0.0.1:{jaeger}"}}}}}}}}
exporters: {{jaeger_storage_exporter: {{trace_storage: memory}}}}
extensions:
  jaeger_storage: {{backends: {{memory: {{memory: {{max_traces: 10000}}}}}}}}
  jaeger_query:
    storage: {{traces: memory}}
    http: {{endpoint: "127.0.0.1:{query}"}}
    grpc: {{endpoint: "127.0.0.1:{query_grpc}"}}
service:
  extensions: [jaeger_storage, jaeger_query]
  telemetry: {{metrics: {{level: none}}}}
  pipelines: {{traces: {{receivers: [otlp], exporters: [jaeger_storage_exporter]}}}}
"""


def free_ports(*names):
    """{name: port}, each free a moment ago: these programs do not say which they took."""
    with contextlib.ExitStack() as open_sockets:
        sockets = {name: open_sockets.enter_context(socket.socket()) for name in names}
        for each in sockets.values():
            each.bind(("127.0.0.1", 0))
        return {name: each.getsockname()[1] for name, each in sockets.items()}


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def running(program, config, port):
    """`program` with the text `config`, once it listens on `port`."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "config.yaml"
        path.write_text(config, encoding="utf-8")
        with open(path.with_suffix(".log"), "w+", encoding="utf-8") as log:
            process = subprocess.Popen([PROGRAMS / program, "--config", path], stdout=log, stderr=log)
            try:
                def up():
                    if process.poll() is not None:
                        raise AssertionError(f"{program} ended: {path.with_suffix('.log').read_text()}")
                    return listens(port)
                wait_for(up, 30, program)
                yield
            finally:
                process.kill()
                process.wait()


@unittest.skipUnless((PROGRAMS / "jaeger").exists() and (PROGRAMS / "otelcol").exists(),
                     "needs build/observability: tools/setup observability")
class Jaeger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        ports = free_ports("collector", "jaeger", "query", "query_grpc")
        cls.query = f"http://127.0.0.1:{ports['query']}"
        cls.enterClassContext(running("jaeger", JAEGER.format(**ports), ports["query"]))
        cls.enterClassContext(running("otelcol", COLLECTOR.format(**ports), ports["collector"]))
        cls.server = cls.enterClassContext(serving(
            *TINY, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{ports['collector']}", OTEL_BSP_SCHEDULE_DELAY="20"))

    def spans(self, trace):
        """{name: span} of a trace, with the tags of its process; none as long as it is unknown."""
        try:
            with urllib.request.urlopen(f"{self.query}/api/traces/{trace}", timeout=10) as answer:
                found = json.load(answer)["data"] or []
        except urllib.error.HTTPError as error:
            self.assertEqual(error.code, 404)
            return {}
        return {span["operationName"]: {**span, "process": each["processes"][span["processID"]]}
                for each in found for span in each["spans"]}

    def trace(self, trace, *names):
        wait_for(lambda: set(names) <= set(self.spans(trace)), 20, f"{names} of {trace}")
        spans = self.spans(trace)
        self.assertEqual(set(spans), set(names))
        return spans

    def parent(self, span):
        return [each["spanID"] for each in span["references"] if each["refType"] == "CHILD_OF"]

    def test_a_request_and_its_batch_are_found_by_their_ids(self):
        trace = new_trace()
        status, _ = post(self.server, {"input": ["one text", "another"]}, traceparent=header_of(trace))
        self.assertEqual(status, 200)
        spans = self.trace(trace, "server", "tokenize", "queue")
        server = spans["server"]
        self.assertEqual(server["process"]["serviceName"], "shoal")
        self.assertIn(PARENT, self.parent(server))
        for name in ("tokenize", "queue"):
            self.assertEqual(self.parent(spans[name]), [server["spanID"]])
        linked = next(each["traceID"] for each in server["references"] if each["refType"] == "FOLLOWS_FROM")
        batch = self.trace(linked, "batch", "dispatch", "forward")
        self.assertEqual(self.parent(batch["dispatch"]), [batch["batch"]["spanID"]])
        self.assertEqual(self.parent(batch["forward"]), [batch["dispatch"]["spanID"]])
        self.assertIn((trace, server["spanID"]),
                      [(each["traceID"], each["spanID"]) for each in batch["batch"]["references"]])
        worker, = workers_of(self.server).values()
        tags = {tag["key"]: tag["value"] for tag in batch["forward"]["process"]["tags"]}
        self.assertEqual((tags["worker_id"], tags["incarnation"]), (worker["id"], worker["incarnation"]))


if __name__ == "__main__":
    unittest.main()
