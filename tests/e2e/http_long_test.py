"""The HTTP port under what takes long: silence of half a minute, answers that nobody takes, ten thousand connections."""

import contextlib
import time
import unittest

import http1
from harness import wait_for
from hostile_test import MIB, WIDE
from http1 import get, head, post
from http_case import HELLO, SameVectors, queued_items
from http_hostile_test import LARGE, HostileHttp, events


class Silence(HostileHttp):
    def test_bodies_that_stop(self):
        with self.attack() as server:
            whole = post(HELLO)
            connections = [self.connect(server) for _ in range(20)]
            for number, connection in enumerate(connections):
                form = "Transfer-Encoding: chunked" if number % 2 else "Content-Length: 100"
                connection.send(head("POST", http1.PATH, form) + b"5\r\nhel")
            slow = self.connect(server)
            for at in range(0, len(whole), 8):
                slow.send(whole[at:at + 8])
                time.sleep(40 / len(whole) * 8 if at > whole.index(b"\r\n\r\n") else 0)
            self.assertEqual(slow.answer().status, 200, "as long as some of it comes")
            for connection in connections:
                answer = connection.answer(seconds=60)
                self.assertEqual((answer.status, answer.headers["connection"]), (408, "close"))
                self.assertTrue(connection.ended())

    def test_connections_that_have_nothing_more_to_ask(self):
        with self.attack() as server:
            before = self.open_files(server)
            connections = [self.connect(server) for _ in range(200)]
            for connection in connections:
                self.assertEqual(connection.ask(get("/v1/models")).status, 200)
            self.assertTrue(connections[0].silent(60), "for a minute they stay")
            wait_for(lambda: self.open_files(server) <= before + 5, 40, "the end of their descriptors")
            self.assertTrue(all(connection.ended(1) for connection in connections))

    def test_answers_that_nobody_takes(self):
        with self.attack(*WIDE, most_mib=20 + 60) as server:
            before = self.open_files(server)
            readers = [self.connect(server, receive_buffer=4096) for _ in range(20)]
            for reader in readers:
                reader.send(LARGE)
            wait_for(lambda: queued_items(server) == 0, 60, "an empty queue")
            wait_for(lambda: self.open_files(server) <= before + 5, 100, "the end of their descriptors")


class Vectors(SameVectors):
    ARGUMENTS = ("--workers", "2", "--precision", "fp32")

    def test_2048_of_the_real_model_are_the_bytes_of_grpc(self):
        self.same_as_grpc([f"text {number} of many" for number in range(2048)])


class Many(HostileHttp):
    def test_10000_connections_where_1024_may_be(self):
        self.files_for(12_000)
        with self.attack(most_mib=1024 * 20 / MIB + 10) as server:
            connections = [self.connect(server) for _ in range(10_000)]
            statuses = []
            for connection in connections:
                connection.send(get("/v1/models"))
            for connection in connections:
                with contextlib.suppress(http1.Ended):
                    statuses.append(connection.answer().status)
            # The first ones may have been silent for five seconds by the time that they are asked.
            self.assertEqual(set(statuses), {200})
            self.assertGreater(len(statuses), 500)
            said = events(server, "connections.refused")
            self.assertLess(len(said), 60, "once a second at most")
            self.assertEqual(said[-1]["reason"], "max-connections")


if __name__ == "__main__":
    unittest.main()
