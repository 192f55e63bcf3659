"""What a coordinator counts: requests by API and verdict, work, workers; as docs/metrics.md says."""

import json
import re
import unittest
import urllib.error
import urllib.request

import grpc

from harness import ROOT, Callers, Client, serving, wait_for

TINY = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
SAMPLE = re.compile(r"^(\w+?)(?:\{(.*)\})? (\S+)$")


def scrape(address):
    """{(name, ((label, value), ...)): number} of a page of metrics."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    samples = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, labels, value = SAMPLE.match(line).groups()
        pairs = tuple(sorted(re.findall(r'(\w+)="([^"]*)"', labels or "")))
        samples[name, pairs] = float(value)
    return samples


def value(samples, name, **labels):
    return samples[name, tuple(sorted(labels.items()))]


def total(samples, name, **labels):
    wanted = set(labels.items())
    return sum(number for (key, pairs), number in samples.items() if key == name and wanted <= set(pairs))


def post(address, path, body, **headers):
    """The status of a request over HTTP."""
    request = urllib.request.Request(f"http://{address}{path}", data=json.dumps(body).encode(),
                                     headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def documented():
    """Names in the tables of the page, of a coordinator and of a worker."""
    page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    return set(re.findall(r"^\| `(\w+)` \|", page, re.M))


def base_names(samples):
    """Of histograms the name without what Prometheus adds."""
    return {re.sub(r"_(bucket|sum|count)$", "", name) if (re.sub(r"_(bucket|sum|count)$", "_bucket", name), ())
            in {(key, ()) for key, _ in samples} else name for name, _ in samples}


class Metrics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving("--workers", "2", "--metrics-listen", "127.0.0.1:0", *TINY))
        cls.client = Client(cls.server.info["grpc"])

    def samples(self):
        return scrape(self.server.info["metrics"])

    def counted(self, before, calls):
        """The samples once they tell of that many calls more: an answer can be here before it is counted."""
        known = total(before, "shoal_requests_total") + calls
        return wait_for(lambda: (samples := self.samples()) and total(samples, "shoal_requests_total") >= known
                        and samples, 10, f"{calls} calls more")

    def test_every_answer_is_counted_once_by_its_api_and_verdict(self):
        before = self.samples()
        http = self.server.info["http"]
        self.client.embed(["one", "two", "three"])
        with self.assertRaises(grpc.RpcError):
            self.client.embed([])
        self.assertEqual(post(http, "/v1/embeddings", {"input": ["a", "b"]}), 200)
        self.assertEqual(post(http, "/v1/embeddings", {"input": 7}), 400)
        self.assertEqual(post(http, "/embed", {"inputs": "a"}), 200)
        self.assertEqual(post(http, "/api/embed", {"model": "nobody", "input": "a"}), 404)
        after = self.counted(before, 6)

        def more(**labels):
            return total(after, "shoal_requests_total", **labels) - total(before, "shoal_requests_total", **labels)
        self.assertEqual(more(api="grpc", verdict="ok"), 1)
        self.assertEqual(more(api="grpc", verdict="empty_input"), 1)
        self.assertEqual(more(api="openai", verdict="ok"), 1)
        self.assertEqual(more(api="openai", verdict="invalid_request"), 1)
        self.assertEqual(more(api="tei", verdict="ok"), 1)
        self.assertEqual(more(api="ollama", verdict="model_not_found"), 1)
        self.assertEqual(more(), 6)
        self.assertEqual(total(after, "shoal_texts_total") - total(before, "shoal_texts_total"), 6)
        stages = {stage: total(after, "shoal_request_stage_duration_seconds_count", stage=stage) -
                  total(before, "shoal_request_stage_duration_seconds_count", stage=stage)
                  for stage in ("tokenize", "queue", "dispatch", "inference", "serialize")}
        self.assertEqual(set(stages.values()), {3})

    def test_a_call_without_time_is_counted_by_how_it_ended(self):
        before = self.samples()
        status = post(self.server.info["http"], "/v1/embeddings", {"input": ["a"] * 100}, **{"x-request-timeout-ms": "0.001"})
        self.assertEqual(status, 504)
        after = self.counted(before, 1)
        late = sum(total(after, "shoal_requests_total", api="openai", verdict=verdict) -
                   total(before, "shoal_requests_total", api="openai", verdict=verdict)
                   for verdict in ("deadline_unserviceable", "deadline_exceeded"))
        self.assertEqual(late, 1)

    def test_the_work_of_workers_adds_up(self):
        self.client.embed([f"text {i}" for i in range(64)])

        def adds_up():
            samples = self.samples()
            executed = sum(total(scrape(worker["metrics"]), "shoal_worker_items_executed_total")
                           for worker in self.server.workers())
            batches = total(samples, "shoal_worker_batches_total")
            return (executed == total(samples, "shoal_batch_items_sum") and batches == total(samples, "shoal_batch_items_count")
                    and total(samples, "shoal_worker_state", state="ready") == 2 and samples)
        samples = wait_for(adds_up, 10, "the same items at the coordinator and its two workers, both ready")
        self.assertGreater(value(samples, "shoal_capacity_cost_per_second"), 0)
        self.assertGreater(total(samples, "shoal_goodput_cost_total"), 64)

    def test_what_is_served_is_what_the_page_says(self):
        served = base_names(self.samples())
        for worker in self.server.workers():
            served |= base_names(scrape(worker["metrics"]))
        self.assertEqual(served - documented(), set(), "not in docs/metrics.md")
        self.assertEqual(documented() - served, set(), "only in docs/metrics.md")


class Work(unittest.TestCase):
    def test_a_worker_did_what_its_coordinator_counts(self):
        # Of two workers, the other one gets a second copy of what a busy machine delays.
        with serving("--workers", "1", "--metrics-listen", "127.0.0.1:0", *TINY) as server:
            Client(server.info["grpc"]).embed([f"text {i}" for i in range(64)])
            worker, = server.workers()

            def adds_up():
                own, samples = scrape(worker["metrics"]), scrape(server.info["metrics"])
                batches = value(samples, "shoal_worker_batches_total", worker=worker["id"])
                return (value(own, "shoal_worker_items_executed_total") == value(samples, "shoal_batch_items_sum") >= 64 and
                        value(own, "shoal_worker_batches_executed_total") == batches ==
                        value(samples, "shoal_batch_items_count")) and samples
            samples = wait_for(adds_up, 10, "the same items at the coordinator and its worker")
            self.assertEqual(value(samples, "shoal_worker_state", worker=worker["id"], state="ready"), 1)
            self.assertGreater(value(samples, "shoal_capacity_cost_per_second"), 0)
            self.assertGreater(value(samples, "shoal_goodput_cost_total"), 64)
            self.assertEqual(total(samples, "shoal_wasted_cost_total"), 0)


class Restarts(unittest.TestCase):
    def test_a_worker_that_was_killed_is_seen_in_the_counters(self):
        with serving("--workers", "2", "--metrics-listen", "127.0.0.1:0", *TINY) as server:
            victim = server.workers()[0]
            with Callers(server.info["grpc"]) as callers:
                server.kill_worker(victim)
            self.assertEqual(callers.failures, [])
            samples = wait_for(lambda: (samples := scrape(server.info["metrics"])) and
                               total(samples, "shoal_requests_total", verdict="ok") >= callers.answered and
                               total(samples, "shoal_worker_restarts_total") and samples, 10, "all that happened")
            self.assertEqual(value(samples, "shoal_worker_restarts_total", worker=victim["id"]), 1)
            self.assertEqual(total(samples, "shoal_worker_restarts_total"), 1)
            self.assertEqual(total(samples, "shoal_requests_total", verdict="ok"), callers.answered)


class Alone(unittest.TestCase):
    def test_the_port_serves_metrics_and_health_and_nothing_else(self):
        with serving("--metrics-listen", "127.0.0.1:0", *TINY, command="coordinator") as server:
            address = server.info["metrics"]
            self.assertEqual(post(address, "/v1/embeddings", {}), 413)
            with self.assertRaises(urllib.error.HTTPError) as not_ready:
                urllib.request.urlopen(f"http://{address}/healthz/ready", timeout=5)
            self.assertEqual(not_ready.exception.code, 503)
            self.assertEqual(json.loads(not_ready.exception.read())["state"], "not ready")
            with urllib.request.urlopen(f"http://{address}/healthz/live", timeout=5) as live:
                self.assertEqual(live.status, 200)
            self.assertEqual(total(scrape(address), "shoal_worker_state"), 0)


if __name__ == "__main__":
    unittest.main()
