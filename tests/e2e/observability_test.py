"""A real Prometheus with the project's configuration scrapes a real `shoal serve`: every query of rules, alerts and
dashboard is answered, and a healthy server raises no alert. Needs `tools/setup prometheus`.
"""

import contextlib
import json
import math
import pathlib
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

import yaml

from harness import Client, free_port, serving, wait_for
from http_case import TINY
from http1 import Connection, post
from observability_queries import CONFIG, DASHBOARDS, PROMETHEUS, dashboard_queries, recorded_in, rules, scraped_in

WORKERS = 2
# Series that a healthy server need not have: their labels come with the first event of a kind.
RARE = {
    "shoal_cancelled_total",
    "shoal_ejections_total",
    "shoal_poison_total",
    "shoal_retries_total",
    "shoal_saved_cost_total",
    "shoal_second_attempts_total",
    "shoal_wasted_cost_total",
    "shoal_worker_restarts_total",
    "instance_worker:shoal_worker_restarts:increase10m",
}


def configuration(coordinator):
    """That of the project, for a coordinator elsewhere and in a hurry."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8").replace("127.0.0.1:3000", coordinator))
    config["global"] |= {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"}
    config["rule_files"] = [str(CONFIG.parent / pattern) for pattern in config["rule_files"]]
    for job in config["scrape_configs"]:
        for discovery in job.get("http_sd_configs", ()):
            discovery["refresh_interval"] = "1s"
    return config


class Prometheus:
    """One that scrapes the coordinator at an address."""

    def __init__(self, folder, coordinator):
        folder = pathlib.Path(folder)
        self.url, self.log_file = f"http://127.0.0.1:{free_port()}", folder / "log"
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration(coordinator)), encoding="utf-8")
        with open(self.log_file, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [PROMETHEUS, f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
                 f"--web.listen-address={self.url.removeprefix('http://')}", "--log.level=warn"],
                stdout=log, stderr=log)

    def log(self):
        return self.log_file.read_text(encoding="utf-8")

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"Prometheus ended with {self.process.returncode}: {self.log()}")
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(self.url + "/-/ready", timeout=10).status == 200

    def ask(self, path, **parameters):
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from None

    def numbers(self, query):
        """What a query finds, without NaN."""
        values = [float(series["value"][1]) for series in self.ask("query", query=query)["result"]]
        return [value for value in values if not math.isnan(value)]


@contextlib.contextmanager
def watching(coordinator):
    with tempfile.TemporaryDirectory() as folder:
        prometheus = Prometheus(folder, coordinator)
        try:
            wait_for(prometheus.is_up, 30, "a ready Prometheus")
            yield prometheus
        finally:
            prometheus.process.terminate()
            prometheus.process.wait(30)


class Traffic:
    """Requests of each API, one of which is refused."""

    def __init__(self, info):
        self.info, self.client = info, Client(info["grpc"])

    def send(self):
        self.client.vectors(["a text", "and another one"])
        with Connection(self.info["http"]) as connection:
            connection.ask(post({"input": "hello"}))
        with Connection(self.info["http"]) as connection:
            connection.ask(post({"input": "hello"}, "x-request-timeout-ms: 0.001"))


def without_data(prometheus):
    """Queries and series that have no number where there must be one."""
    every = [rule["expr"] for kind in ("record", "alert") for rule in rules(kind)]
    shown = {query for file in DASHBOARDS for _, query in dashboard_queries(file)}
    names = set().union(*map(scraped_in, [*every, *shown]), *map(recorded_in, [*every, *shown])) - RARE
    wanted = {f"count({name})" for name in names}
    wanted |= {query for query in shown if not (scraped_in(query) | recorded_in(query)) & RARE}
    return [query for query in sorted(wanted) if not prometheus.numbers(query)]


class Observability(unittest.TestCase):
    def test_each_query_is_answered_and_nothing_fires(self):
        server = self.enterContext(serving("--workers", str(WORKERS), *TINY, "--dashboard-listen=127.0.0.1:0"))
        prometheus = self.enterContext(watching(server.info["dashboard"]))
        traffic, missing = Traffic(server.info), ["not asked yet"]

        def everything_is_there():
            nonlocal missing
            traffic.send()
            missing = without_data(prometheus)
            return not missing
        with contextlib.suppress(AssertionError):  # what is missing says more
            wait_for(everything_is_there, 30, "data")
        self.assertEqual(missing, [], prometheus.log())
        self.assertEqual(sorted(prometheus.numbers("count by (job) (up == 1)")), [1, WORKERS])
        for file in DASHBOARDS:
            for _, query in dashboard_queries(file):
                prometheus.numbers(query)  # those that may find nothing are right all the same
        for group in prometheus.ask("rules")["groups"]:
            for rule in group["rules"]:
                self.assertEqual((rule["health"], rule.get("lastError", "")), ("ok", ""), rule["name"])
                self.assertNotEqual(rule.get("state"), "firing", rule["name"])


if __name__ == "__main__":
    unittest.main()
