"""Clients of the HTTP port that mean harm: slow, gone, deaf, very many.

As in hostile_test.py: the coordinator keeps its memory and its other clients, and each test prints by how much it grew.
"""

import contextlib
import json
import os
import resource
import socket
import struct
import time
import unittest

import http1
from harness import serving, wait_for
from hostile_test import MIB, WIDE, Hostile
from http1 import Connection, get, head, post
from http_case import HELLO, TINY, finished, queued_items

LONELY = ("--no-worker-grace", "60s", *TINY)  # without workers: calls wait in the queue
LARGE = post({"input": ["a"] * 2048})  # of WIDE: 1 MiB of vectors, 3 MB of digits


def events(server, name):
    lines = [json.loads(line) for line in server.log().splitlines()]
    return [line for line in lines if line["event"] == name]


def reset(connection):
    """Closes it so that the server hears of it at once, whatever is under way."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()


class HostileHttp(Hostile):
    def connect(self, server, **options):
        return self.enterContext(Connection(server.info["http"], **options))

    def files_for(self, count):
        """Lets this process have so many open files."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < count:
            self.skipTest(f"at most {hard} open files here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))

    def answered(self, server):
        """A newcomer is served."""
        with Connection(server.info["http"]) as connection:
            self.assertEqual(connection.ask(post(HELLO)).status, 200)


class Slow(HostileHttp):
    def test_heads_that_never_end(self):
        with self.attack() as server:
            silent = [self.connect(server) for _ in range(100)]
            slow = [self.connect(server) for _ in range(100)]
            served = [self.connect(server) for _ in range(100)]
            for connection in served:
                self.assertEqual(connection.ask(get("/v1/models")).status, 200)
                connection.send(b"GET /v1/mod")
            ends = time.monotonic() + 4
            while time.monotonic() < ends:
                for connection in slow:
                    connection.send(b"G")  # a method of many letters
                time.sleep(0.2)
            for connection in slow + served:
                answer = connection.answer()
                self.assertEqual((answer.status, answer.headers["connection"]), (408, "close"))
                self.assertIn("in time", answer.error()["message"])
                self.assertTrue(connection.ended())
            self.assertTrue(all(connection.ended() for connection in silent))

    def test_half_bodies_take_what_has_come_of_them(self):
        with self.attack(most_mib=20 + 100 // 4) as server:
            for _ in range(100):
                connection = self.connect(server)
                connection.send(head("POST", http1.PATH, f"Content-Length: {16 << 20}") + b" " * (100 << 10))


class Gone(HostileHttp):
    def test_calls_of_who_has_gone_leave_the_queue(self):
        with serving(*LONELY, command="coordinator") as server:
            connections = [self.connect(server) for _ in range(100)]
            for connection in connections:
                connection.send(post({"input": ["hello"] * 50}))
            wait_for(lambda: queued_items(server) == 5000, 20, "a queue")
            for connection in connections[:50]:
                connection.socket.close()
            wait_for(lambda: queued_items(server) == 2500, 20, "half a queue")
            for connection in connections[50:]:
                reset(connection)
            wait_for(lambda: queued_items(server) == 0, 20, "an empty queue")

    def test_a_call_behind_which_more_was_sent_leaves_the_queue_too(self):
        with serving(*LONELY, command="coordinator") as server:
            for much in (1, 100, 5000):
                connection = self.connect(server)
                connection.send(post({"input": ["hello"] * 50}) + get("/v1/models") * much)
                wait_for(lambda: queued_items(server) == 50, 20, "a queue")
                reset(connection)
                wait_for(lambda: queued_items(server) == 0, 20, "an empty queue")

    def test_a_call_behind_answers_that_nobody_reads_of_who_has_ended_its_side(self):
        aliases = [argument for number in range(300) for argument in ("--model-alias", f"a-name-for-it-{number}")]
        with self.attack("--workers", "1", *TINY, *aliases) as server:
            connection = self.connect(server, receive_buffer=4096)
            many = 200  # of 40 KB: more than sockets take
            connection.send(get("/v1/models") * many + post(HELLO) * 2)
            connection.socket.shutdown(socket.SHUT_WR)
            for _ in range(many):
                self.assertEqual(connection.answer().status, 200)
            self.assertTrue(connection.ended(), "who has ended its side does not wait for vectors")

    def test_200_clients_that_go_cost_no_compute(self):
        texts = ["hello " * 40] * 500
        with serving("--workers", "1", *WIDE[2:]) as server:
            before = len(os.listdir(f"/proc/{server.process.pid}/fd"))
            connections = [self.connect(server) for _ in range(200)]
            for connection in connections:
                connection.send(post({"input": texts}))
            wait_for(lambda: queued_items(server), 20, "a queue")
            for connection in connections:
                connection.socket.close()
            wait_for(lambda: queued_items(server) == 0, 20, "an empty queue")
            wait_for(lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) <= before + 5, 20,
                     "the end of their descriptors")
            self.answered(server)
            done = finished(server)
        print(f"{done['items_done']} of {200 * len(texts)} texts were computed", flush=True)
        self.assertLess(done["items_done"], 200 * len(texts) / 2)

    def test_who_goes_amid_a_body_leaves_nothing(self):
        with self.attack() as server:
            before = self.open_files(server)
            for form in (f"Content-Length: {1 << 20}", "Transfer-Encoding: chunked"):
                for number in range(300):
                    with Connection(server.info["http"]) as connection:
                        connection.send(head("POST", http1.PATH, form) + b"fff0\r\n" + b" " * 50_000)
                        if number % 2:
                            reset(connection)
            wait_for(lambda: self.open_files(server) <= before + 5, 20, "the end of their descriptors")


class Deaf(HostileHttp):
    """Clients that do not read."""

    def test_requests_whose_answers_nobody_reads(self):
        with self.attack() as server:
            for _ in range(8):
                connection = self.connect(server, receive_buffer=4096)
                self.assertLess(connection.flood(get("/v1/models") * 1000, 3000, seconds=0.3), 3000)

    def test_large_answers_are_written_as_they_are_read(self):
        with self.attack(*WIDE, most_mib=20 + 40) as server:
            readers = [self.connect(server, receive_buffer=4096) for _ in range(20)]
            for reader in readers:
                reader.send(LARGE)
            wait_for(lambda: queued_items(server) == 0, 30, "an empty queue")
            self.answered(server)
            answer = readers[0].answer()
            self.assertEqual(len(answer.json()["data"]), 2048)

    def test_answers_that_wait_count_as_unread(self):
        with self.attack(*WIDE, "--max-unread-bytes", "16MiB", most_mib=20 + 16 + 40) as server:
            readers = []
            for _ in range(100):
                readers.append(self.connect(server, receive_buffer=4096))
                readers[-1].send(LARGE)
            wait_for(lambda: queued_items(server) == 0, 60, "an empty queue")
            wait_for(lambda: events(server, "connections.refused"), 10, "a word in the log")
            self.answered(server)
            refused = events(server, "connections.refused")[0]
            self.assertEqual((refused["port"], refused["reason"]), ("http", "max-unread-bytes"))


class Many(HostileHttp):
    def grown(self, server, count):
        """KiB that `count` idle connections take each, after a request."""
        before = self.memory(server.process.pid, "VmRSS")
        connections = [self.connect(server) for _ in range(count)]
        for connection in connections:
            connection.send(post(HELLO))
        for connection in connections:
            self.assertEqual(connection.answer().status, 200)
        return (self.memory(server.process.pid, "VmRSS") - before) / count

    def test_1000_idle_connections(self):
        self.files_for(4096)
        low = 256  # a soft limit, which the server raises by itself

        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (low, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
        with serving("--workers", "1", *TINY, before_exec=few_files) as server:
            for _ in range(200):
                self.answered(server)
            each = self.grown(server, 1000)
            print(f"an idle connection takes {each:.1f} KiB", flush=True)
            self.assertLess(each, 20)

    def test_1500_connections_where_1024_may_be(self):
        self.files_for(4096)
        with self.attack(most_mib=1500 * 20 / MIB + 10) as server:
            connections = [self.connect(server) for _ in range(1500)]
            for connection in connections:
                connection.send(get("/v1/models"))
            statuses = []
            for connection in connections:
                with contextlib.suppress(http1.Ended):
                    statuses.append(connection.answer().status)
            self.assertEqual(statuses, [200] * 1024)
            said = events(server, "connections.refused")
            self.assertEqual({(line["port"], line["reason"], line["limit"]) for line in said},
                             {("http", "max-connections", 1024)})
            self.assertLess(len(said), 20, "once a second at most")
            for connection in connections[:100]:
                connection.socket.close()

            def served():
                with contextlib.suppress(http1.Ended):
                    self.answered(server)
                    return True
            wait_for(served, 10, "an answer for a newcomer")

    def test_descriptors_that_are_used_up(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        with serving("--workers", "1", *TINY, before_exec=few_files) as server:
            connections = [self.connect(server) for _ in range(200)]

            def refused():
                return [line for line in events(server, "connections.refused") if line["reason"] == "open files"]
            wait_for(refused, 10, "a word in the log")
            connections[0].send(post(HELLO))
            self.assertEqual(connections[0].answer().status, 200, "who is in is served")
            for connection in connections:
                connection.socket.close()

            def served():
                with contextlib.suppress(http1.Ended):
                    self.answered(server)
                    return True
            wait_for(served, 10, "an answer for a newcomer")
            self.assertEqual(server.stop(), 0)


class Large(HostileHttp):
    def test_16_mib_of_brackets(self):
        with self.attack(most_mib=20 + 6 * 16) as server:
            for body in (b"[" * (16 << 20), b'{"x":' + b"[0," * (5 << 20), b'{"input":["' + b"\xff" * (1 << 20),
                         b'{"input":[' + b'"",' * (5 << 20) + b'""]}', b'{"' + b"a" * (16 << 20 >> 1) + b'":0}'):
                connection = self.connect(server)
                connection.send(post(body))
                self.assertIn(connection.answer().status, (400, 200), body[:20])


if __name__ == "__main__":
    unittest.main()
