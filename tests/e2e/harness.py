"""Real Shoal processes on loopback for the end-to-end tests: port zero, a ready file, no leftovers."""

import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import grpc
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SHOAL = os.environ.get("SHOAL_BINARY", str(ROOT / "build" / "dev" / "shoal"))
SIM = os.environ.get("SHOAL_SIM", str(ROOT / "build" / "dev" / "tests" / "sim" / "sim"))
START_SECONDS = 60


def clean_environment(**extra):
    """This process's environment without settings, SHOAL_* and OTEL_*, of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOAL_", "OTEL_"))}
    return {**kept, **extra}


def run(*arguments, stdin=None, timeout=120, before_exec=None, **environment):
    """Runs `shoal ARGUMENTS` to its end."""
    return subprocess.run([SHOAL, *arguments], input=stdin, text=isinstance(stdin, str) or stdin is None,
                          capture_output=True, timeout=timeout, env=clean_environment(**environment),
                          preexec_fn=before_exec)


def wait_for(condition, seconds, what):
    """Polls until `condition()` is true; its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def free_port():
    """A port of this machine where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def described_log():
    """What docs/logs.md lists: the fields that any line may have, and levels and fields by event."""
    page = (ROOT / "docs" / "logs.md").read_text(encoding="utf-8")
    common = set(re.findall(r"^\| `(\w+)` \|", page, re.M))
    rows = re.findall(r"^\| `(\w+(?:\.\w+)+)` \| ([a-z, ]+) \| [^|]* \|([^|]*)\|$", page, re.M)
    return common, {event: (set(levels.split(", ")), set(re.findall(r"`(\w+)`", fields)))
                    for event, levels, fields in rows}


def undescribed(log, described=described_log()):
    """What of a log in JSON is not as docs/logs.md says, as sentences."""
    common, events = described
    for line in log.split("\n")[:-1]:  # who is killed may leave a part of one
        if not line.startswith("{"):
            continue
        fields = json.loads(line, object_pairs_hook=lambda pairs: pairs)
        names, values = [name for name, _ in fields], dict(fields)
        levels, own = events.get(values.get("event"), (set(), set()))
        if not levels:
            yield f"an event that is not described: {line}"
        elif values["level"] not in levels:
            yield f"level {values['level']}, described are {sorted(levels)}: {line}"
        elif set(names) - common - own:
            yield f"fields that are not described, {sorted(set(names) - common - own)}: {line}"
        if names[:5] != ["ts", "level", "event", "msg", "service"] or len(set(names)) != len(names):
            yield f"fields that lack, stand elsewhere or twice: {line}"


class Server:
    """One `shoal serve|coordinator|worker` with its ready file."""

    def __init__(self, folder, *arguments, before_exec=None, **environment):
        self.ready_file = pathlib.Path(folder) / f"ready-{time.monotonic_ns()}.json"
        self.log_file = self.ready_file.with_suffix(".log")
        with open(self.log_file, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [SHOAL, *arguments, "--ready-file", str(self.ready_file)], stdout=log, stderr=log,
                env=clean_environment(**environment), preexec_fn=before_exec)

    def log(self):
        return self.log_file.read_text(encoding="utf-8")

    def check_log(self):
        breaches = list(undescribed(self.log()))
        if breaches:
            raise AssertionError("the log is not as docs/logs.md says:\n" + "\n".join(breaches))

    def ready(self):
        def read():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} before it was ready: {self.log()}")
            return self.ready_file.exists() and json.loads(self.ready_file.read_text(encoding="utf-8"))
        return wait_for(read, START_SECONDS, f"ready file of {self.process.args}")

    def workers(self):
        """What the ready file lists now."""
        return json.loads(self.ready_file.read_text(encoding="utf-8"))["workers"]

    def kill_worker(self, victim):
        """SIGKILL to `victim` of workers(), then waits until all ids are back and its process is another."""
        ids = {worker["id"] for worker in self.info["workers"]}
        os.kill(victim["pid"], signal.SIGKILL)

        def back():
            now = self.workers()
            return {w["id"] for w in now} == ids and victim["pid"] not in {w["pid"] for w in now}
        wait_for(back, 30, f"the return of {victim['id']}")

    def stop(self, seconds=30):
        """SIGTERM, then the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(seconds)
            self.check_log()
            return code
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still alive {seconds} s after SIGTERM: {self.log()}") from None


@contextlib.contextmanager
def serving(*arguments, command="serve", before_exec=None, **environment):
    """A server that is ready, and gone afterwards."""
    frontend = ("--grpc-listen", "--http-listen", "--worker-listen", "--dashboard-listen")
    listeners = ("--metrics-listen",) if command == "worker" else frontend
    given = {argument.split("=")[0] for argument in arguments}
    ports = [f"{flag}=127.0.0.1:0" for flag in listeners if flag not in given]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder, command, *ports, *arguments, before_exec=before_exec, **environment)
        try:
            server.info = server.ready()
            yield server
        finally:
            server.process.kill()
            server.process.wait()
        server.check_log()


class Callers:
    """Threads that call one after the other until the block ends; `failures` is what went wrong."""

    def __init__(self, address, count=3, deadline=10, pause=0.02):
        self.client, self.deadline, self.pause = Client(address), deadline, pause
        self.failures, self.answered = [], 0
        self.ended, self.lock = threading.Event(), threading.Lock()
        self.threads = [threading.Thread(target=self.call) for _ in range(count)]

    def call(self):
        while not self.ended.wait(self.pause):
            try:
                self.client.vectors(["a short text"], timeout=self.deadline)
                with self.lock:
                    self.answered += 1
            except grpc.RpcError as error:
                self.failures.append((error.code(), error.details()))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()


def workers_of(server, *command):
    """The workers that `shoal workers list` (or drain ID, resume ID) prints, by id."""
    done = run("workers", *(command or ("list",)), "--server", server.info["grpc"], "-o", "json")
    if done.returncode != 0:
        raise AssertionError(f"workers {command}: {done.returncode}, {done.stderr}")
    return {worker["id"]: worker for worker in json.loads(done.stdout)}


# A client that knows only the oldest fields, made here from its own description of them.
OLD_PROTO = """
syntax = "proto3";
package text_embedding;
service TextEmbedding { rpc Embed (EmbedRequest) returns (EmbedResponse) {} }
message EmbedRequest { repeated string texts = 1; }
enum ReturnCode { OK = 0; ERROR = 1; }
message Embedding { repeated float vector = 1; }
message EmbedResponse {
  ReturnCode code = 1;
  string return_msg = 2;
  repeated string ids = 3;
  repeated Embedding embeddings = 4;
}
"""


def old_client():
    """(messages, services) of OLD_PROTO."""
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "old_text_embedding.proto").write_text(OLD_PROTO, encoding="utf-8")
        import sys
        sys.path.insert(0, folder)
        try:
            return grpc.protos_and_services("old_text_embedding.proto")
        finally:
            sys.path.remove(folder)


MESSAGES, SERVICES = old_client()


class Client:
    """A stock client that knows only the oldest fields."""

    def __init__(self, address, **options):
        self.channel = grpc.insecure_channel(address, options=list(options.items()))
        self.stub = SERVICES.TextEmbeddingStub(self.channel)

    def embed(self, texts, timeout=20):
        return self.stub.Embed(MESSAGES.EmbedRequest(texts=texts), timeout=timeout)

    def vectors(self, texts, timeout=20):
        return np.array([row.vector for row in self.embed(texts, timeout).embeddings], dtype=np.float32)


def jsonl(texts):
    """`texts` as the lines that `--input-format jsonl` reads."""
    return "".join(json.dumps({"text": text}) + "\n" for text in texts)


def json_rows(text):
    """The vectors of the lines that `shoal embed` writes."""
    return np.array([json.loads(line)["embedding"] for line in text.splitlines()], dtype=np.float32)
