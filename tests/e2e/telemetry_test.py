"""One request and one worker under the same names wherever they are told of; and what a fault leaves in the log."""

import json
import os
import signal
import unittest
import urllib.request

from collector import Collector
from harness import ROOT, Callers, serving, wait_for, workers_of
from metrics_test import scrape, total

TINY = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")


def get(server, path):
    with urllib.request.urlopen(f"http://{server.info['dashboard']}{path}", timeout=10) as answer:
        return json.load(answer)


def lines(server, **wanted):
    """The lines of a server's log with these values."""
    found = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in found if all(line.get(name) == value for name, value in wanted.items())]


class Followed(unittest.TestCase):
    def test_a_request_is_found_by_its_id_everywhere(self):
        trace = os.urandom(16).hex()
        with Collector() as collector, serving("--workers", "1", "--slow-request", "1ms", *TINY,
                                               **collector.environment()) as server:
            request = urllib.request.Request(
                f"http://{server.info['http']}/v1/embeddings", data=json.dumps({"input": ["a"] * 400}).encode(),
                headers={"Content-Type": "application/json", "x-request-id": "follow me", "x-shoal-client": "somebody",
                         "traceparent": f"00-{trace}-b7ad6b7169203331-01"})
            with urllib.request.urlopen(request, timeout=20) as answer:
                self.assertEqual(answer.headers["x-request-id"], "follow me")
                self.assertEqual(answer.headers["traceparent"].split("-")[1], trace)
                server_span = answer.headers["traceparent"].split("-")[2]

            line, = wait_for(lambda: lines(server, request_id="follow me"), 10, "its line")
            self.assertEqual((line["event"], line["reason"], line["texts"]), ("request.finished", "ok", 400))
            self.assertEqual((line["trace_id"], line["span_id"], line["client"]), (trace, server_span, "somebody"))
            ringed, = wait_for(lambda: get(server, "/api/v1/logs?request_id=follow%20me")["lines"], 10, "its kept line")
            self.assertEqual(ringed["line"], line)

            slow, = [row for row in get(server, "/api/v1/requests/slow")["requests"] if row["request_id"] == "follow me"]
            self.assertEqual(slow["trace_id"], trace)

            wait_for(lambda: collector.spans(trace=trace, name="server"), 10, "its trace")
            self.assertEqual(collector.spans(trace=trace, name="server")[0].id, server_span)
            forward = wait_for(lambda: collector.spans(name="forward"), 10, "the worker's span")[0].resource

            (worker_id, worker), = workers_of(server).items()
            name = (worker_id, worker["incarnation"])
            self.assertEqual((line["worker_id"], line["incarnation"]), name)
            self.assertEqual((forward["worker_id"], forward["incarnation"]), name)
            self.assertEqual([(each["id"], each["incarnation"]) for each in slow["workers"]], [name])
            self.assertEqual(get(server, "/api/v1/workers")["workers"][0]["incarnation"], name[1])
            self.assertEqual(total(scrape(server.info["dashboard"]), "shoal_worker_state", worker=worker_id, state="ready"), 1)
            attached, = lines(server, event="worker.attached")
            self.assertEqual((attached["worker_id"], attached["incarnation"]), name)


class Faults(unittest.TestCase):
    def check_one_error(self, server, worker, *reasons):
        """That there is one, with one of the reasons."""
        error, = wait_for(lambda: lines(server, level="error"), 10, "the error")
        self.assertEqual((error["event"], error["worker_id"]), ("worker.changed", worker["id"]))
        self.assertEqual(error["incarnation"], worker["incarnation"])
        said = error["exc_info"]["message"]
        self.assertTrue(any(reason in said for reason in reasons), said)
        self.assertNotIn(said, error["msg"])

    def test_a_worker_that_is_killed_is_one_error(self):
        with serving("--workers", "2", *TINY) as server:
            victim = server.workers()[0]
            worker = workers_of(server)[victim["id"]]
            with Callers(server.info["grpc"]) as callers:
                server.kill_worker(victim)
            self.assertEqual(callers.failures, [])
            self.check_one_error(server, worker, "its link ended without a goodbye")

    def test_a_worker_that_stands_still_is_one_error(self):
        with serving("--workers", "2", *TINY) as server:
            victim = server.workers()[0]
            worker = workers_of(server)[victim["id"]]
            os.kill(victim["pid"], signal.SIGSTOP)
            try:
                wait_for(lambda: lines(server, level="error"), 20, "the error of a worker that stands still")
            finally:
                os.kill(victim["pid"], signal.SIGCONT)
            wait_for(lambda: workers_of(server)[victim["id"]]["state"] == "ready", 20, "its return")
            self.check_one_error(server, worker, "nothing came from it", "a batch does not come back")

    def test_an_orderly_end_is_no_error(self):
        with serving("--workers", "2", *TINY) as server:
            self.assertEqual(server.stop(), 0)
            self.assertEqual(lines(server, level="error"), [])
            self.assertEqual(lines(server, level="warn"), [])


if __name__ == "__main__":
    unittest.main()
