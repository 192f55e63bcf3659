"""What the machine gives: CPU quotas, open files, a place for the ready file; and what the log says of it."""

import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import tempfile
import unittest

from harness import ROOT, Client, run, serving, wait_for

MODEL = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
LINK = ("--grpc-listen", "127.0.0.1:0", "--http-listen", "", "--worker-listen", "127.0.0.1:0", "--dashboard-listen", "")
SERVERS = {
    "serve": ("serve", "--workers", "2", *LINK),
    "coordinator": ("coordinator", *LINK),
    "worker": ("worker", "--coordinator", "127.0.0.1:1", "--metrics-listen="),
}
CPU_GROUPS = pathlib.Path("/sys/fs/cgroup/cpu")  # version 1


def open_files(count):
    """For before_exec: a process that may have so many."""
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def logged(server, event=None):
    """The lines of the log, or those of one event."""
    lines = [json.loads(line) for line in server.log().splitlines()]
    return [line for line in lines if event in (None, line["event"])]


def worse_than_info(server):
    return [line for line in logged(server) if line["level"] not in ("debug", "info")]


class Refusals(unittest.TestCase):
    def refused(self, words, *arguments, **options):
        done = run(*arguments, timeout=60, **options)
        self.assertEqual(done.returncode, 3, f"{arguments}: {done.stderr}")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("shoal: "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        return done.stderr


class OpenFiles(Refusals):
    def test_a_command_with_too_few_of_them_says_so_and_does_not_abort(self):
        clients = {"embed": ("embed", "a text", "--server", "127.0.0.1:1"), "status": ("status",),
                   "load": ("load", "--concurrency", "1"), "workers list": ("workers", "list")}
        servers = {name: (*command, *MODEL) for name, command in SERVERS.items()}
        for name, command, count in [(*each, count) for each in servers.items() for count in (8, 20)] + \
                [(*each, 8) for each in clients.items()]:
            with self.subTest(command=name, count=count):
                words = (f"limit of {count} open files", f"; {name}", "needs at least", "ulimit -n", "LimitNOFILE")
                self.refused(words, *command, before_exec=open_files(count))

    def test_what_needs_no_server_works_with_few_of_them(self):
        done = run("embed", "a text", *MODEL, before_exec=open_files(8))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_soft_limit_is_raised_before_it_is_looked_at(self):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        done = run("status", "--server", "127.0.0.1:1", "--timeout", "500ms",
                   before_exec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (8, hard)))
        self.assertEqual(done.returncode, 4, done.stderr)

    def test_clients_work_with_the_least_that_they_ask_for(self):
        with serving("--workers", "1", *MODEL) as server:
            address = server.info["grpc"]
            for command in (("status", "--server", address), ("embed", "a text", "--server", address),
                            ("load", "--concurrency", "20", "--connections", "20", "--duration", "200ms",
                             "--target", f"grpc://{address}")):
                with self.subTest(command=command[0]):
                    said = self.refused((command[0],), *command, before_exec=open_files(8))
                    least = int(re.search(r"at least (\d+)", said)[1])
                    done = run(*command, before_exec=open_files(least))
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(done.stderr, "")

    def test_serve_works_with_the_least_that_it_asks_for(self):
        serve = ("--workers", "3", *MODEL)
        said = self.refused(("with --workers 3",), "serve", *serve, *LINK, before_exec=open_files(8))
        least = int(re.search(r"at least (\d+)", said)[1])
        with serving(*serve, before_exec=open_files(least)) as server:
            clients = [Client(server.info["grpc"], **{"grpc.use_local_subchannel_pool": 1}) for _ in range(4)]
            for client in clients:
                client.vectors(["a text"])
            self.assertEqual(server.stop(), 0)
            self.assertEqual(worse_than_info(server), [])


class ReadyFile(Refusals):
    def test_one_that_cannot_be_written_is_refused_before_the_model_is_looked_at(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, command in SERVERS.items():
                for path in "/nowhere/ready.json", folder, "/dev/null":
                    with self.subTest(command=name, path=path):
                        self.refused(("--ready-file", path), *command, "--model", "/no/model",
                                     "--precision", "fp32", "--ready-file", path)
        self.assertTrue(pathlib.Path("/dev/null").is_char_device())

    def test_one_of_an_earlier_run_is_gone_when_a_start_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, command in SERVERS.items():
                with self.subTest(command=name):
                    stale = pathlib.Path(folder) / "ready.json"
                    stale.write_text("{}", encoding="utf-8")
                    self.refused(("/no/model",), *command, "--model", "/no/model", "--precision", "fp32",
                                 "--ready-file", str(stale))
                    self.assertEqual(list(stale.parent.iterdir()), [])

    def test_one_that_cannot_be_written_later_is_an_error_in_the_log_and_ends_nothing(self):
        with serving("--workers", "1", *MODEL) as server:
            folder = server.ready_file.parent
            moved = folder.with_name(folder.name + "-moved")
            folder.rename(moved)
            try:
                server.log_file = moved / server.log_file.name
                os.kill(server.info["workers"][0]["pid"], signal.SIGKILL)
                wait_for(lambda: logged(server, "ready_file.failed"), 20, "the error")
                self.assertEqual(len(Client(server.info["grpc"]).vectors(["still served"])), 1)
            finally:
                moved.rename(folder)
                server.log_file = folder / server.log_file.name


class RefusedConnections(unittest.TestCase):
    def flood(self, server, count, least, meanwhile=lambda: None):
        """Connects so often, and holds all until `least` of them are refused and `meanwhile` is done."""
        host, port = server.info["grpc"].rsplit(":", 1)
        with contextlib.ExitStack() as stack:
            held = [stack.enter_context(socket.create_connection((host, int(port)), timeout=10)) for _ in range(count)]

            def refused():
                closed = 0
                for each in held:
                    each.setblocking(False)
                    try:
                        closed += each.recv(1, socket.MSG_PEEK) == b""
                    except BlockingIOError:
                        pass
                    except ConnectionResetError:
                        closed += 1
                return closed
            wait_for(lambda: refused() >= least, 20, "the refusals")
            meanwhile()

    def check(self, server, reason, limit):
        self.assertEqual(server.stop(), 0)
        lines = logged(server, "connections.refused")
        self.assertEqual({(line["level"], line["port"], line["reason"], line["limit"]) for line in lines},
                         {("warn", "grpc", reason, limit)})
        total = sum(line["count"] for line in lines)
        self.assertEqual(total, lines[-1]["total"])
        self.assertLess(len(lines), total / 2, "one line for many")
        return total

    def test_those_over_max_connections_are_counted_in_the_log(self):
        with serving("--max-connections", "2", "--drain-grace", "0s", *MODEL, command="coordinator") as server:
            self.flood(server, 100, 98)
            self.assertEqual(self.check(server, "max-connections", 2), 98)

    def test_those_beyond_the_open_files_are_counted_in_the_log_and_keep_no_worker_out(self):
        with serving("--drain-grace", "0s", *MODEL, command="coordinator", before_exec=open_files(96)) as server:
            def attach():
                with serving("--coordinator", server.info["worker"], *MODEL, command="worker"):
                    wait_for(lambda: logged(server, "worker.changed"), 20, "the worker")
            self.flood(server, 200, 200 - 96, attach)
            self.assertGreaterEqual(self.check(server, "open files", 96), 200 - 96)


class Stops(unittest.TestCase):
    def test_a_clean_stop_logs_nothing_worse_than_info(self):
        for number in signal.SIGTERM, signal.SIGINT:
            with self.subTest(signal=number.name):
                with serving("--workers", "2", *MODEL) as server:
                    Client(server.info["grpc"]).vectors(["a text"])
                    server.process.send_signal(number)
                    self.assertEqual(server.process.wait(30), 0)
                    self.assertEqual(worse_than_info(server), [])
                    ends = logged(server, "worker.ended")
                    self.assertEqual([line["level"] for line in ends], ["info", "info"])

    def test_a_worker_that_crashes_during_the_drain_is_warned_of(self):
        with serving("--workers", "1", "--drain-grace", "1s", *MODEL) as server:
            server.process.send_signal(signal.SIGTERM)
            wait_for(lambda: logged(server, "coordinator.draining"), 10, "the drain")
            os.kill(server.info["workers"][0]["pid"], signal.SIGKILL)
            self.assertEqual(server.process.wait(30), 0)
            self.assertEqual(sorted((line["event"], line["level"]) for line in worse_than_info(server)),
                             [("worker.changed", "error"), ("worker.ended", "warn")])

    def test_who_leaves_a_pool_is_told_of_at_info_on_both_sides(self):
        with serving("--drain-grace", "0s", *MODEL, command="coordinator") as coordinator:
            link = ("--coordinator", coordinator.info["worker"], *MODEL)
            with serving(*link, "--worker-id", "w0", command="worker") as first, \
                    serving(*link, "--worker-id", "w1", command="worker") as second:
                wait_for(lambda: len(json.loads(coordinator.ready_file.read_text())["workers"]) == 2, 20, "both")
                self.assertEqual(first.stop(), 0)
                states = [line["msg"] for line in logged(coordinator, "worker.changed") if line["worker_id"] == "w0"]
                self.assertEqual(states[-1], "worker is drained")
                self.assertEqual(coordinator.stop(), 0)
                wait_for(lambda: logged(second, "worker.detached"), 10, "the word of the second worker")
                self.assertEqual(second.stop(), 0)
                for server in coordinator, first, second:
                    self.assertEqual(worse_than_info(server), [])


class CpuQuota(unittest.TestCase):
    def setUp(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("one core has nothing to lower")
        self.group = CPU_GROUPS / f"shoal-test-{os.getpid()}"
        try:
            self.group.mkdir()
            self.addCleanup(lambda: wait_for(self.left, 10, "the end of what is in the cgroup"))
            (self.group / "cpu.cfs_quota_us").write_text("60000")
            (self.group / "cpu.cfs_period_us").write_text("100000")
        except OSError as error:
            self.skipTest(f"no cgroup of version 1 can be made here: {error}")

    def left(self):
        try:
            self.group.rmdir()
        except OSError:
            return False
        return True

    def enter(self):
        (self.group / "cgroup.procs").write_text(str(os.getpid()))

    def test_serve_starts_as_many_workers_as_the_quota_keeps_busy(self):
        with serving(*MODEL, before_exec=self.enter) as server:
            self.assertEqual(len(server.info["workers"]), 1)
            (line,) = logged(server, "cpu.quota")
            self.assertEqual((line["level"], line["quota"], line["used"]), ("info", 0.6, 1))
            self.assertEqual(self.cores_of_lanes(server), {os.cpu_count()})
            self.assertEqual(server.stop(), 0)

    def cores_of_lanes(self, server):
        """How many cores each thread of the workers may run on."""
        counts = set()
        for worker in server.info["workers"]:
            for thread in pathlib.Path(f"/proc/{worker['pid']}/task").iterdir():
                counts.add(len(os.sched_getaffinity(int(thread.name))))
        return counts


if __name__ == "__main__":
    unittest.main()
