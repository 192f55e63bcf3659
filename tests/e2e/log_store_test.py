"""A server's log in a store of logs, VictoriaLogs: found again by request, worker and reason.

Needs build/observability (tools/setup observability)."""

import contextlib
import json
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import ROOT, free_port, serving, wait_for

STORE = ROOT / "build" / "observability" / "victoria-logs"
TINY = ("--workers", "1", "--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
INSERT = "/insert/jsonline?_stream_fields=service,role&_time_field=ts&_msg_field=msg"


@contextlib.contextmanager
def running():
    """The store, as the address that it listens on."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"127.0.0.1:{free_port()}"
        process = subprocess.Popen([STORE, f"-httpListenAddr={address}", f"-storageDataPath={folder}"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def listens():
                with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(f"http://{address}/health"):
                    return True
            wait_for(listens, 20, "the store")
            yield address
        finally:
            process.kill()
            process.wait()


def ask(address, query):
    """The lines that match, as JSON objects."""
    form = urllib.parse.urlencode({"query": f"{query} _time:1h"}).encode()
    with urllib.request.urlopen(f"http://{address}/select/logsql/query", data=form, timeout=10) as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def post(server, body, request_id):
    request = urllib.request.Request(f"http://{server.info['http']}/v1/embeddings", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", "x-request-id": request_id})
    with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()


@unittest.skipUnless(STORE.exists(), "needs tools/setup observability")
class Stored(unittest.TestCase):
    def test_lines_are_found_by_request_worker_and_reason(self):
        with serving(*TINY) as server, running() as store:
            post(server, {"input": "a"}, "good-1")
            post(server, {"input": 7}, "bad-1")
            wait_for(lambda: "bad-1" in server.log(), 10, "its line")
            lines = [line for line in server.log().splitlines() if line.startswith("{")]
            body = "\n".join(lines).encode()
            with urllib.request.urlopen(urllib.request.Request(
                    f"http://{store}{INSERT}", data=body, headers={"Content-Type": "application/stream+json"})) as taken:
                self.assertEqual(taken.status, 200)
            wait_for(lambda: len(ask(store, "*")) == len(lines), 20, "all lines in the store")

            good, = ask(store, 'request_id:="good-1"')
            self.assertEqual((good["event"], good["reason"], good["_msg"]), ("request.finished", "ok", "a request was served"))
            bad, = ask(store, 'reason:="invalid_request"')
            self.assertEqual(bad["request_id"], "bad-1")
            worker_id = server.workers()[0]["id"]
            self.assertEqual(good["worker_id"], worker_id)
            self.assertIn("server.ready", {line["event"] for line in ask(store, f'{{role="worker"}} worker_id:="{worker_id}"')})
            self.assertEqual(ask(store, '{role="worker"} event:="request.finished"'), [])


if __name__ == "__main__":
    unittest.main()
