"""Workers that are drained, restarted, stopped; a coordinator that is stopped. Callers notice nothing."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import unittest

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from harness import SIM, Callers, Client, run, serving, wait_for, workers_of

SERVING = health_pb2.HealthCheckResponse.SERVING
SERVES = {"ready", "late"}  # states of a worker; on a busy machine it may be late for a moment


@contextlib.contextmanager
def pool(count):
    """A coordinator and `count` workers: (coordinator, [worker])."""
    with contextlib.ExitStack() as stack:
        coordinator = stack.enter_context(serving("--precision", "fp32", command="coordinator"))
        workers = [stack.enter_context(worker_of(coordinator, f"w{index}")) for index in range(count)]
        wait_for(lambda: states(coordinator) == {f"w{index}": "ready" for index in range(count)}, 60, "all workers")
        yield coordinator, workers


def worker_of(coordinator, worker_id):
    return serving("--coordinator", coordinator.info["worker"], "--precision", "fp32", "--threads", "1",
                   "--worker-id", worker_id, command="worker")


def states(coordinator):
    return {worker_id: worker["state"] for worker_id, worker in workers_of(coordinator).items()}


def logged(server, event):
    """The lines of one event in the server's log."""
    lines = [json.loads(line) for line in server.log().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == event]


def stop_one_of_three(test, seconds):
    """SIGSTOP to a worker under load for so long: no call of 3 s fails, and the worker comes back."""
    with pool(3) as (coordinator, workers):
        victim = workers[1].process
        with Callers(coordinator.info["grpc"], deadline=3) as callers:
            wait_for(lambda: callers.answered > 50, 30, "the first answers")
            os.kill(victim.pid, signal.SIGSTOP)
            try:
                before = time.monotonic()
                wait_for(lambda: states(coordinator)["w1"] in ("lost", "ejected"), 20, "the loss of w1")
                found_after = time.monotonic() - before
                answered = callers.answered
                time.sleep(seconds)
                test.assertGreater(callers.answered, answered)
            finally:
                os.kill(victim.pid, signal.SIGCONT)
            wait_for(lambda: states(coordinator)["w1"] == "ready", 30, "the return of w1")
        print(f"a stopped worker was found after {found_after:.2f} s; {callers.answered} calls answered")
        test.assertEqual(callers.failures, [])
        test.assertLess(found_after, 10)


def stop_the_coordinator(test, seconds):
    """SIGSTOP to the coordinator for so long: every worker keeps its stream."""
    with pool(2) as (coordinator, workers):
        before = workers_of(coordinator)
        with Callers(coordinator.info["grpc"], deadline=30) as callers:
            wait_for(lambda: callers.answered > 50, 30, "the first answers")
            os.kill(coordinator.process.pid, signal.SIGSTOP)
            try:
                time.sleep(seconds)
            finally:
                os.kill(coordinator.process.pid, signal.SIGCONT)
            answered = callers.answered
            wait_for(lambda: callers.answered > answered + 50, 30, "answers after the pause")
            time.sleep(1)  # whoever was to be blamed is by now
        test.assertEqual(callers.failures, [])
        after = workers_of(coordinator)
        test.assertEqual({w: (v["incarnation"], v["state"]) for w, v in after.items()},
                         {w: (v["incarnation"], "ready") for w, v in before.items()})
        for worker in workers:
            test.assertEqual(len(logged(worker, "worker.attached")), 1, worker.log())
        for line in logged(coordinator, "worker.changed"):
            test.assertNotRegex(line["msg"], "lost|ejected")


class Workers(unittest.TestCase):
    def test_a_rolling_restart_fails_no_call(self):
        with pool(3) as (coordinator, workers), contextlib.ExitStack() as stack:
            with Callers(coordinator.info["grpc"]) as callers:
                for index, old in enumerate(workers):
                    worker_id = f"w{index}"
                    first = workers_of(coordinator)[worker_id]["incarnation"]
                    drain_first = index != 1  # SIGTERM alone does it too
                    if drain_first:
                        self.assertEqual(workers_of(coordinator, "drain", worker_id)[worker_id]["state"], "drained")
                    self.assertEqual(old.stop(), 0, old.log())
                    stack.enter_context(worker_of(coordinator, worker_id))
                    wanted = {"drained"} if drain_first else SERVES
                    wait_for(lambda: workers_of(coordinator)[worker_id]["incarnation"] != first
                             and states(coordinator)[worker_id] in wanted, 30, f"the return of {worker_id}")
                    if drain_first:
                        self.assertIn(workers_of(coordinator, "resume", worker_id)[worker_id]["state"], SERVES)
            self.assertEqual(callers.failures, [])
            self.assertGreater(callers.answered, 20)
            self.assertLessEqual(set(states(coordinator).values()), SERVES)

    def test_a_drained_worker_that_is_killed_comes_back_drained(self):
        with serving("--workers", "2", "--precision", "fp32") as server:
            victim = server.info["workers"][0]
            drained = workers_of(server, "drain", victim["id"])
            self.assertEqual({w: v["state"] for w, v in drained.items()}, {victim["id"]: "drained"})
            incarnation = drained[victim["id"]]["incarnation"]
            os.kill(victim["pid"], signal.SIGKILL)
            wait_for(lambda: workers_of(server)[victim["id"]]["incarnation"] != incarnation, 30, "the next life")
            self.assertEqual(workers_of(server)[victim["id"]]["state"], "drained")
            client = Client(server.info["grpc"])
            for _ in range(20):
                client.vectors(["for the other one"])
            self.assertEqual(workers_of(server)[victim["id"]]["items_done"], 0)
            other = next(worker for worker in workers_of(server) if worker != victim["id"])
            health = health_pb2_grpc.HealthStub(client.channel)

            def serves():
                return health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == SERVING
            self.assertTrue(serves())
            workers_of(server, "drain", other)
            self.assertFalse(serves())
            workers_of(server, "resume", other)
            self.assertIn(workers_of(server, "resume", victim["id"])[victim["id"]]["state"], SERVES)
            self.assertTrue(serves())

            def works():
                client.vectors(["for either"] * 8)
                return workers_of(server)[victim["id"]]["items_done"] > 0
            wait_for(works, 20, "work for the resumed one")
            self.assertEqual(server.stop(), 0, server.log())

    def test_an_unknown_worker_is_not_found_and_the_known_are_named(self):
        with serving("--workers", "1", "--precision", "fp32") as server:
            known = server.info["workers"][0]["id"]
            done = run("workers", "drain", "nobody", "--server", server.info["grpc"])
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"known are: {known}", done.stderr)
            for wrong in (("list", "x"), ("drain",), ("resume", "a", "b")):
                self.assertEqual(run("workers", *wrong, "--server", server.info["grpc"]).returncode, 2, wrong)
            for form in ("table", "plain"):
                status = run("status", "--server", server.info["grpc"], "-o", form).stdout
                listed = run("workers", "list", "--server", server.info["grpc"], "-o", form).stdout
                self.assertTrue(status.endswith("\n\n" + listed), listed)

    def test_operators_of_other_machines_are_refused(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))  # nothing is sent
                own = probe.getsockname()[0]
            except OSError:
                self.skipTest("this machine has no address beyond loopback")
        with serving("--workers", "1", "--precision", "fp32", "--grpc-listen", "0.0.0.0:0") as server:
            port = server.info["grpc"].rsplit(":", 1)[1]
            drain = b"\x0a\x01x"  # worker_id "x"
            for host, code in ((own, grpc.StatusCode.PERMISSION_DENIED), ("127.0.0.1", grpc.StatusCode.NOT_FOUND)):
                channel = grpc.insecure_channel(f"{host}:{port}")
                with self.assertRaises(grpc.RpcError) as refusal:
                    channel.unary_unary("/shoal.Operator/Drain")(drain, timeout=20)
                self.assertEqual(refusal.exception.code(), code, host)

    def test_a_stopped_worker_fails_no_call_of_three_seconds(self):
        stop_one_of_three(self, 0.5)

    def test_a_stopped_coordinator_sends_nobody_away(self):
        stop_the_coordinator(self, 2)

    def test_a_flood_is_refused_before_it_is_tokenised_and_the_end_tells_the_counts(self):
        with serving("--workers", "1", "--precision", "fp32") as server, tempfile.TemporaryDirectory() as folder:
            report = f"{folder}/report.json"
            done = run("load", "--target", f"grpc://{server.info['grpc']}", "--rate", "500", "--duration", "3s",
                       "--deadline", "3s", "--text-tokens", "250", "--client", "flood", "--output", report)
            self.assertEqual(done.returncode, 0, done.stderr)
            with open(report, encoding="utf-8") as file:
                verdicts = json.load(file)["verdicts"]
            self.assertGreater(verdicts.get("ok", 0), 0, verdicts)
            self.assertGreater(verdicts.get("resource_exhausted", 0), 0, verdicts)
            self.assertEqual(server.stop(), 0, server.log())
            (finished,) = logged(server, "coordinator.finished")
            self.assertGreater(finished["calls_refused_early"], 0)
            self.assertGreaterEqual(finished["items_done"], verdicts["ok"])
            self.assertEqual(finished["protocol_errors"], 0)

    def test_a_recording_of_a_served_load_replays_with_the_same_decisions(self):
        with tempfile.TemporaryDirectory() as folder:
            recording = f"{folder}/recording"
            with serving("--workers", "2", "--precision", "fp32", "--record-scheduler", recording) as server:
                for plan in (("--rate", "300", "--deadline", "300ms"), ("--concurrency", "30", "--priority", "bulk")):
                    done = run("load", "--target", f"grpc://{server.info['grpc']}", "--duration", "1s", *plan)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    server.kill_worker(server.workers()[0])
                self.assertEqual(server.stop(), 0, server.log())
            done = subprocess.run([SIM, "--replay", recording], capture_output=True, text=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertRegex(done.stdout, r"^[1-9]\d{2,} steps .* as recorded\n$")
            self.assertEqual(subprocess.run([SIM, "--replay", __file__], capture_output=True).returncode, 1)


if __name__ == "__main__":
    unittest.main()
