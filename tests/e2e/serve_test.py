"""A served model over gRPC: right vectors, one answer each, crashes, cancels, drains."""

import concurrent.futures
import json
import pathlib
import random
import resource
import select
import socket
import tempfile
import threading
import time
import unittest
import urllib.request

import grpc
import numpy as np
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from harness import MESSAGES, Client, json_rows, run, serving, wait_for


def executed(info):
    """shoal_worker_items_executed_total of all workers."""
    total = 0
    for worker in info["workers"]:
        with urllib.request.urlopen(f"http://{worker['metrics']}/metrics", timeout=10) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith("shoal_worker_items_executed_total "):
                    total += int(float(line.split()[1]))
    return total


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def as_bulk(request):
    """The same request with `priority: "bulk"`, a field that the old client's messages do not know."""
    return type(request).FromString(request.SerializeToString() + b"\x8a\x01\x04bulk")


class Serve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.context = serving("--workers", "2", "--precision", "fp32")
        cls.server = cls.context.__enter__()
        cls.address = cls.server.info["grpc"]

    @classmethod
    def tearDownClass(cls):
        cls.context.__exit__(None, None, None)

    def test_an_old_client_gets_the_bytes_of_local(self):
        texts = ["A man is playing a guitar.", "", "x " * 300]
        answer = Client(self.address).embed(texts)
        self.assertEqual(answer.code, 0)
        self.assertEqual(len(set(answer.ids)), 3)
        found = np.array([row.vector for row in answer.embeddings], dtype=np.float32)
        local = run("embed", *texts, "--precision", "fp32")
        self.assertEqual(local.returncode, 0, local.stderr)
        self.assertEqual(found.tobytes(), json_rows(local.stdout).tobytes())

    def test_embed_through_the_server_gives_the_bytes_of_local(self):
        texts = [f"sentence {number} of many" for number in range(100)]
        source = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        arguments = ("embed", "--input", "-", "--input-format", "jsonl")
        remote = run(*arguments, "--server", self.address, stdin=source)
        local = run(*arguments, "--precision", "fp32", stdin=source)
        self.assertEqual(remote.returncode, 0, remote.stderr)
        self.assertEqual(remote.stdout, local.stdout)
        self.assertEqual(len(remote.stdout.splitlines()), 100)

    def test_status_lists_the_workers(self):
        done = run("status", "--server", self.address, "-o", "json")
        self.assertEqual(done.returncode, 0, done.stderr)
        workers = json.loads(done.stdout)["workers"]
        self.assertEqual({w["id"] for w in workers}, {w["id"] for w in self.server.info["workers"]})
        self.assertTrue(all(w["state"] == "ready" and len(w["incarnation"]) == 16 for w in workers))
        self.assertEqual(run("status", "--server", "127.0.0.1:1", "--timeout", "2s").returncode, 4)

    def test_health_and_reflection(self):
        channel = grpc.insecure_channel(self.address)
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "text_embedding.TextEmbedding"):
            answer = health.Check(health_pb2.HealthCheckRequest(service=name), timeout=10)
            self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING)
        reflection = reflection_pb2_grpc.ServerReflectionStub(channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        listed = next(reflection.ServerReflectionInfo(iter([request]), timeout=10))
        names = {service.name for service in listed.list_services_response.service}
        self.assertIn("text_embedding.TextEmbedding", names)
        self.assertFalse([name for name in names if "Link" in name], names)

    def test_parallel_callers_get_their_own_vectors(self):
        rng = random.Random(7)
        words = "river stone quick amber lantern seven cloud market winter engine violet".split()
        pool = [" ".join(rng.choice(words) for _ in range(rng.choice((1, 3, 8, 20, 60, 150)))) for _ in range(60)]
        source = "".join(json.dumps({"text": text}) + "\n" for text in pool)
        local = run("embed", "--input", "-", "--input-format", "jsonl", "--precision", "fp32", stdin=source)
        self.assertEqual(local.returncode, 0, local.stderr)
        expected = {text: row.tobytes() for text, row in zip(pool, json_rows(local.stdout))}
        client = Client(self.address)
        ids = set()

        def call(index):
            texts = random.Random(index).choices(pool, k=index % 3 + 1)
            answer = client.embed(texts, timeout=60)
            for text, row in zip(texts, answer.embeddings):
                self.assertEqual(np.array(row.vector, dtype=np.float32).tobytes(), expected[text], text[:40])
            return list(answer.ids)

        with concurrent.futures.ThreadPoolExecutor(64) as executor:
            for found in executor.map(call, range(300)):
                ids.update(found)
        self.assertEqual(len(ids), sum(index % 3 + 1 for index in range(300)))

    def test_bad_input_is_refused_with_words(self):
        client = Client(self.address)
        for texts, words in (([], "empty"), (["x"] * 2049, "2048"), (["y" * (2 << 20)], "1048576")):
            with self.assertRaises(grpc.RpcError) as refusal:
                client.embed(texts)
            self.assertEqual(refusal.exception.code(), grpc.StatusCode.INVALID_ARGUMENT, words)
            self.assertIn(words, refusal.exception.details())
        raw = client.channel.unary_unary("/text_embedding.TextEmbedding/Embed")
        with self.assertRaises(grpc.RpcError) as refusal:
            raw(b"\x0a\x01a\x0a\x02\xff\xfe", timeout=20)
        self.assertEqual(refusal.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("texts[1]", refusal.exception.details())
        with self.assertRaises(grpc.RpcError) as refusal:
            raw(b"\x0a\x00" * (32 << 20), timeout=20)
        self.assertEqual(refusal.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        with self.assertRaises(grpc.RpcError) as refusal:
            raw(b"\x0a\x01a", timeout=20, metadata=[("x-large", "m" * 60_000)])
        self.assertEqual(refusal.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.assertEqual(len(client.embed(["still served"]).embeddings), 1)

    def test_eight_bodies_of_empty_texts_cost_little_memory(self):
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status")

        def peak():
            return int(next(line for line in status.read_text().splitlines() if line.startswith("VmHWM")).split()[1])
        # Forgets the peak so far.
        pathlib.Path(f"/proc/{self.server.process.pid}/clear_refs").write_text("5")
        before = peak()
        body = b"\x0a\x00" * ((16 << 20) // 2 - 64)

        def send(_):
            channel = grpc.insecure_channel(self.address, options=[("grpc.use_local_subchannel_pool", 1)])
            with self.assertRaises(grpc.RpcError) as refusal:
                channel.unary_unary("/text_embedding.TextEmbedding/Embed")(body, timeout=60)
            return refusal.exception.code()
        with concurrent.futures.ThreadPoolExecutor(8) as executor:
            codes = set(executor.map(send, range(8)))
        self.assertLessEqual(codes, {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.RESOURCE_EXHAUSTED})
        self.assertLess((peak() - before) / 1024, 200)


class OtherPrecision(unittest.TestCase):
    def test_int8_is_served_with_the_bytes_of_local_and_the_meaning_of_fp32(self):
        texts = ["A man is playing a guitar.", "Someone plays an instrument.", "The market closed at noon today."]
        local = {}
        for precision in ("int8", "fp32"):
            done = run("embed", *texts, "--precision", precision)
            self.assertEqual(done.returncode, 0, done.stderr)
            local[precision] = json_rows(done.stdout)
        with serving("--workers", "1", "--precision", "int8") as server:
            self.assertEqual(server.info["precision"], "int8")
            found = Client(server.info["grpc"]).vectors(texts)
            status = run("status", "--server", server.info["grpc"], "-o", "json")
            self.assertEqual(json.loads(status.stdout)["precision"], "int8")
        self.assertEqual(found.tobytes(), local["int8"].tobytes())
        self.assertNotEqual(found.tobytes(), local["fp32"].tobytes())
        self.assertGreater((found * local["fp32"]).sum(axis=1).min(), 0.997)


class Failures(unittest.TestCase):
    def test_killed_workers_come_back_and_no_call_fails(self):
        with serving("--workers", "2", "--precision", "fp32") as server:
            client = Client(server.info["grpc"])
            failures, stop = [], threading.Event()

            def call():
                while not stop.is_set():
                    try:
                        client.vectors(["a short text"], timeout=10)
                    except grpc.RpcError as error:
                        failures.append(error.code())
                    stop.wait(0.03)
            threads = [threading.Thread(target=call) for _ in range(3)]
            for thread in threads:
                thread.start()
            try:
                for round_number in range(4):
                    before = server.workers()
                    server.kill_worker(before[round_number % len(before)])
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            self.assertEqual(failures, [])

    def test_connections_beyond_the_open_files_are_refused_and_the_others_served(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (96, 96))

        def refused(held):
            """How many of the sockets the server has closed."""
            poll = select.poll()
            by_number = {each.fileno(): each for each in held}
            for number in by_number:
                poll.register(number, select.POLLIN)
            count = 0
            for number, _ in poll.poll(0):
                try:
                    count += not by_number[number].recv(1, socket.MSG_PEEK)
                except ConnectionResetError:
                    count += 1
            return count

        with serving("--workers", "1", "--precision", "fp32", before_exec=few_files) as server:
            self.assertEqual(resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE), (96, 96))
            first = Client(server.info["grpc"])
            first.vectors(["before"])
            host, port = server.info["grpc"].rsplit(":", 1)
            held = []
            try:
                for _ in range(300):
                    held.append(socket.create_connection((host, int(port)), timeout=10))
                wait_for(lambda: refused(held) >= 300 - 96, 20, "the refusal of the surplus")
                self.assertEqual(len(first.vectors(["meanwhile"])), 1)
                server.kill_worker(server.workers()[0])
                self.assertEqual(len(first.vectors(["with another worker"])), 1)
            finally:
                for each in held:
                    each.close()

            def served():
                another = Client(server.info["grpc"], **{"grpc.use_local_subchannel_pool": 1})
                try:
                    return len(another.vectors(["after"], timeout=2)) == 1
                except grpc.RpcError:
                    return False
            wait_for(served, 20, "a new client's reply")
            self.assertEqual(server.stop(), 0, server.log())

    def test_a_killed_serve_leaves_no_process_and_the_next_has_the_same_ids(self):
        with serving("--workers", "2", "--precision", "fp32") as server:
            first = server.info["workers"]
            server.process.kill()
            server.process.wait()
            wait_for(lambda: not any(alive(worker["pid"]) for worker in first), 10, "the end of the workers")
        with serving("--workers", "2", "--precision", "fp32") as server:
            self.assertEqual({w["id"] for w in server.info["workers"]}, {w["id"] for w in first})

    def test_sigterm_answers_what_is_in_flight(self):
        with serving("--workers", "1", "--precision", "fp32") as server:
            client = Client(server.info["grpc"])
            client.vectors(["warm"])
            call = client.stub.Embed.future(MESSAGES.EmbedRequest(texts=["word " * 250] * 24), timeout=60)
            wait_for(lambda: executed(server.info) > 1, 20, "the start of the work")
            self.assertEqual(server.stop(), 0, server.log())
            self.assertEqual(len(call.result().embeddings), 24)

    def test_without_a_worker_calls_wait_for_the_grace_and_no_longer(self):
        with serving("--precision", "fp32", "--no-worker-grace", "1s", command="coordinator") as server:
            start = time.monotonic()
            with self.assertRaises(grpc.RpcError) as refusal:
                Client(server.info["grpc"]).vectors(["x"], timeout=30)
            self.assertEqual(refusal.exception.code(), grpc.StatusCode.UNAVAILABLE)
            self.assertGreater(time.monotonic() - start, 0.9)
            self.assertIn("grpc-retry-pushback-ms", dict(refusal.exception.trailing_metadata()))
            self.assertEqual(server.stop(), 0)

    def test_cancelled_and_expired_calls_are_never_executed(self):
        with serving("--workers", "1", "--precision", "fp32", "--batch-tokens", "2048",
                     SHOAL_ISA="portable") as server:
            client = Client(server.info["grpc"])
            running = client.stub.Embed.future(MESSAGES.EmbedRequest(texts=["word " * 100]), timeout=60)
            wait_for(lambda: executed(server.info) == 1, 30, "the start of the long batch")
            # As bulk work, which is queued whatever its deadline; any other is refused at once.
            expired = client.stub.Embed.future(as_bulk(MESSAGES.EmbedRequest(texts=["b"])), timeout=0.4)
            refused = client.stub.Embed.future(MESSAGES.EmbedRequest(texts=["b"]), timeout=0.4)
            wait_for(refused.done, 10, "the refusal")
            self.assertEqual(refused.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
            cancelled = client.stub.Embed.future(as_bulk(MESSAGES.EmbedRequest(texts=["c"])), timeout=60)
            wait_for(expired.done, 10, "the deadline")
            cancelled.cancel()
            self.assertEqual(expired.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
            self.assertEqual(cancelled.code(), grpc.StatusCode.CANCELLED)
            self.assertFalse(running.done(), "the lane was busy all the time")
            self.assertEqual(len(running.result().embeddings), 1)
            client.vectors(["last"], timeout=60)
            self.assertEqual(executed(server.info), 2)

    def test_the_worker_link_beyond_loopback_needs_a_token(self):
        done = run("coordinator", "--precision", "fp32", "--grpc-listen", "127.0.0.1:0", "--http-listen", "", "--dashboard-listen",
                   "", "--worker-listen", "0.0.0.0:0")
        self.assertEqual(done.returncode, 3)
        self.assertIn("--join-token-file", done.stderr)

    def test_a_worker_with_an_empty_metrics_address_serves_without_that_port(self):
        with serving("--precision", "fp32", command="coordinator") as server:
            with serving("--coordinator", server.info["worker"], "--precision", "fp32", "--threads", "1",
                         "--metrics-listen=", command="worker") as worker:
                self.assertEqual(worker.info["workers"][0]["metrics"], "")
                Client(server.info["grpc"]).vectors(["x"])

    def test_a_worker_with_the_token_serves_and_one_without_does_not(self):
        with tempfile.TemporaryDirectory() as folder:
            token = pathlib.Path(folder) / "token"
            token.write_text("correct-horse\n")
            with serving("--precision", "fp32", "--join-token-file", str(token), command="coordinator") as server:
                link = ["--coordinator", server.info["worker"], "--precision", "fp32", "--threads", "1"]
                with serving(*link, "--worker-id", "stranger", command="worker"):
                    with serving(*link, "--worker-id", "friend", "--join-token-file", str(token),
                                 command="worker") as friend:
                        Client(server.info["grpc"]).vectors(["x"])
                        # The file follows within a tick of the server.
                        ids = wait_for(lambda: [w["id"] for w in json.loads(
                            server.ready_file.read_text())["workers"]], 10, "the friend in the ready file")
                        self.assertEqual(ids, ["friend"])
                        self.assertEqual(friend.stop(), 0)


if __name__ == "__main__":
    unittest.main()
