"""The worker link from outside: who attaches and how, and what strangers on its port can do to others: nothing."""

import contextlib
import json
import os
import pathlib
import select
import signal
import socket
import tempfile
import time
import unittest

from harness import Callers, Client, serving, wait_for, workers_of

READY = {"ready", "late"}
HELLO_WITHIN = 5  # seconds that a connection has for its first message


def worker_of(address, *arguments, worker_id="w"):
    return serving("--coordinator", address, "--precision", "fp32", "--threads", "1", "--worker-id", worker_id,
                   *arguments, command="worker")


@contextlib.contextmanager
def pool(count):
    """A coordinator and `count` workers that serve: (coordinator, [worker])."""
    with contextlib.ExitStack() as stack:
        coordinator = stack.enter_context(serving("--precision", "fp32", command="coordinator"))
        workers = [stack.enter_context(worker_of(coordinator.info["worker"], worker_id=f"w{index}"))
                   for index in range(count)]
        await_workers(coordinator, count)
        yield coordinator, workers


def await_workers(server, count):
    def serve():
        return sum(worker["state"] in READY for worker in workers_of(server).values()) == count
    wait_for(serve, 30, f"{count} workers that serve")


def logged_lines(server, event):
    """What the server's log has of one event."""
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def logged(server, event):
    """Why, by the lines of one event."""
    return [line["exc_info"]["message"] for line in logged_lines(server, event)]


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def connect(coordinator, said=b""):
    stranger = socket.create_connection(("127.0.0.1", port_of(coordinator.info["worker"])))
    with contextlib.suppress(OSError):  # closed before all of it was taken
        stranger.sendall(said)
    return stranger


def await_ends(strangers, seconds):
    """Reads from all until the coordinator has closed each."""
    poll, left = select.poll(), {stranger.fileno(): stranger for stranger in strangers}
    for fileno in left:
        poll.register(fileno, select.POLLIN)
    end = time.monotonic() + seconds
    while left:
        if time.monotonic() > end:
            raise AssertionError(f"{len(left)} of {len(strangers)} connections are open after {seconds} s")
        for fileno, _ in poll.poll(100):
            try:
                more = left[fileno].recv(65536)
            except ConnectionError:
                more = b""
            if not more:
                poll.unregister(fileno)
                del left[fileno]


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def frame(content):
    return len(content).to_bytes(4, "little") + content


class Link(unittest.TestCase):
    def test_a_worker_attaches_by_name(self):
        with serving("--worker-listen=localhost:0", "--precision", "fp32", command="coordinator") as coordinator:
            with worker_of(f"localhost:{port_of(coordinator.info['worker'])}"):
                await_workers(coordinator, 1)
                self.assertEqual(len(Client(coordinator.info["grpc"]).vectors(["one", "two"])), 2)

    def test_strangers_are_closed_and_cost_neither_memory_nor_calls(self):
        with pool(2) as (coordinator, _), contextlib.ExitStack() as stack:
            pid = coordinator.process.pid
            with Callers(coordinator.info["grpc"]) as callers:
                wait_for(lambda: callers.answered > 50, 30, "the first answers")
                before, most = resident_bytes(pid), 0
                talkers = [b"GET / HTTP/1.1\r\nHost: shoal\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                           b"\xde\xad\xbe\xef" * 64, frame(b"\xff" * 40), frame(b""), b"\xff\xff\xff\x7f",
                           frame(b"\x0a\x03\x0a\x01\xff"),  # a Hello whose worker_id is no UTF-8
                           (60 << 20).to_bytes(4, "little") + b"x" * (8 << 20)]
                talking = [stack.enter_context(connect(coordinator, said)) for said in talkers]
                await_ends(talking, 10)
                silent = [stack.enter_context(connect(coordinator)) for _ in range(500)]
                silent.append(stack.enter_context(connect(coordinator, frame(b"torn")[:6])))
                most = resident_bytes(pid)
                with worker_of(coordinator.info["worker"], worker_id="late"):
                    await_workers(coordinator, 3)
                await_ends(silent, HELLO_WITHIN + 10)
                answered = callers.answered
                most = max(most, resident_bytes(pid))
                wait_for(lambda: callers.answered > answered + 20, 10, "answers behind the strangers")
            self.assertEqual(callers.failures, [])
            self.assertLess(most - before, 20 << 20)
            self.assertNotIn("libprotobuf", coordinator.log())
            self.assertEqual(coordinator.stop(), 0)
            lines = logged_lines(coordinator, "worker.turned_away")
            self.assertEqual({line["level"] for line in lines}, {"warn"})
            self.assertEqual(sum(line["count"] for line in lines), len(talkers) + len(silent))
            self.assertLess(len(lines), 40, "at most one a second")

    def test_a_worker_with_another_token_is_told_so_and_goes_on_trying(self):
        with tempfile.TemporaryDirectory() as folder:
            files = {name: pathlib.Path(folder) / name for name in ("right", "wrong")}
            for name, file in files.items():
                file.write_text(f"{name}-token-of-some-length", encoding="utf-8")
                file.chmod(0o600)
            with serving("--join-token-file", str(files["right"]), "--precision", "fp32",
                         command="coordinator") as coordinator:
                address = coordinator.info["worker"]
                with worker_of(address, "--join-token-file", str(files["wrong"])) as wrong:
                    refusals = wait_for(lambda: len(logged(wrong, "worker.refused")) > 2
                                        and logged(wrong, "worker.refused"), 10, "three refusals")
                    self.assertEqual(set(refusals),
                                     {"the coordinator asks for another join token than this worker has"})
                    self.assertEqual(workers_of(coordinator), {})
                    self.assertNotIn("-token-of-", wrong.log() + coordinator.log())
                    lines = wait_for(lambda: logged_lines(coordinator, "worker.turned_away"), 5, "who was turned away")
                    self.assertEqual(lines[0]["exc_info"]["message"], refusals[0])
                    self.assertRegex(lines[0]["peer"], r"^ipv4:127\.0\.0\.1:\d+$")
                with worker_of(address, "--join-token-file", str(files["right"])):
                    await_workers(coordinator, 1)

    def test_a_coordinator_that_is_killed_and_comes_back_is_attached_to_again(self):
        with serving("--precision", "fp32", command="coordinator") as first:
            address = first.info["worker"]
            with worker_of(address) as worker:
                await_workers(first, 1)
                first.process.kill()
                first.process.wait()
                wait_for(lambda: logged(worker, "worker.detached"), 5, "the end of the attachment")
                with serving(f"--worker-listen={address}", "--precision", "fp32", command="coordinator") as second:
                    await_workers(second, 1)
                    Client(second.info["grpc"]).vectors(["again"])

    def test_a_worker_that_stops_for_three_seconds_fails_no_call(self):
        with pool(2) as (coordinator, workers):
            victim = workers[0].process.pid
            with Callers(coordinator.info["grpc"]) as callers:
                wait_for(lambda: callers.answered > 50, 30, "the first answers")
                os.kill(victim, signal.SIGSTOP)
                try:
                    time.sleep(3)
                finally:
                    os.kill(victim, signal.SIGCONT)
                await_workers(coordinator, 2)
            self.assertEqual(callers.failures, [])

    def test_a_server_and_its_own_workers_meet_in_a_folder_that_goes_with_them(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as runtime:
            def folders():
                return sorted(path.name for path in pathlib.Path(runtime).glob("shoal-*"))
            arguments = ("--workers", "2", "--precision", "fp32")
            with serving(*arguments, XDG_RUNTIME_DIR=runtime) as server:
                path = pathlib.Path(runtime, *folders()) / "worker.sock"
                self.assertEqual((path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777), (0o600, 0o700))
                with worker_of(f"unix:{path}", worker_id="guest"):
                    await_workers(server, 3)
                    Client(server.info["grpc"]).vectors(["over the socket"])
                pids = [worker["pid"] for worker in server.info["workers"]]
                server.process.kill()
                server.process.wait()
                wait_for(lambda: not any(alive(pid) for pid in pids), 5, "the end of its workers")
            left = folders()
            with serving(*arguments, XDG_RUNTIME_DIR=runtime) as server:
                self.assertEqual(len(folders()), 1, "what the killed one left is gone")
                self.assertNotEqual(folders(), left)
                self.assertEqual(server.stop(), 0, server.log())
                self.assertEqual(folders(), [])


if __name__ == "__main__":
    unittest.main()
