"""Clients that mean harm, over the public port: frames that no library sends, and very many of them.

Whatever they do, the coordinator keeps its memory, the same process, and its other clients. Each test prints by
how much the memory grew.
"""

import contextlib
import gzip
import os
import pathlib
import resource
import select
import socket
import struct
import threading
import time
import unittest

import grpc

import http2
from harness import MESSAGES, ROOT, Client, run, serving, wait_for
from http2 import Connection

MODELS = ROOT / "tests" / "data" / "tiny_models"
SERVE = ("--workers", "1", "--precision", "fp32", "--model", str(MODELS / "mean_f32"))
WIDE = ("--workers", "2", "--precision", "fp32", "--model", str(MODELS / "cls_f16_wide"))
BODY = http2.message(MESSAGES.EmbedRequest(texts=["hello"]).SerializeToString())
PATH = "/text_embedding.TextEmbedding/Embed"
REQUEST = http2.block(PATH)
RESOURCE_EXHAUSTED = 8
MIB = 1024  # in the units of /proc


class Honest(threading.Thread):
    """A stock client of its own that calls all the time."""

    def __init__(self, address):
        super().__init__()
        self.client = Client(address, **{"grpc.use_local_subchannel_pool": 1})
        self.answered, self.failures, self.over = 0, [], threading.Event()
        self.call()  # so that it is connected before anybody does harm

    def call(self):
        try:
            self.client.stub.Embed(MESSAGES.EmbedRequest(texts=["honest"]), timeout=10,
                                   metadata=[("x-shoal-client", "honest")])
            self.answered += 1
        except grpc.RpcError as error:
            self.failures.append((error.code(), error.details()))

    def run(self):
        while not self.over.wait(0.01):
            self.call()

    def answered_again(self):
        """Waits for calls that began only now."""
        before = self.answered
        wait_for(lambda: self.failures or self.answered >= before + 3, 20, "the answers of an honest client")


class Hostile(unittest.TestCase):
    @contextlib.contextmanager
    def attack(self, *arguments, most_mib=20):
        """A server of its own under attack. Afterwards: its memory's growth, its life, the answers of another."""
        begin = time.monotonic()
        with serving("--log-requests-per-second", "1", *(arguments or SERVE)) as server:
            honest = Honest(server.info["grpc"])
            for _ in range(50):
                honest.call()
            pid = server.process.pid
            before = self.memory(pid, "VmRSS")
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # forgets the peak so far
            honest.start()
            try:
                yield server
                honest.answered_again()
            finally:
                honest.over.set()
                honest.join()
            self.assertIsNone(server.process.poll(), server.log())
            grown = (self.memory(pid, "VmHWM") - before) / MIB
            print(f"{self._testMethodName}: the coordinator grew by {grown:.1f} MiB", flush=True)
            self.assertEqual(honest.failures, [])
            self.assertLessEqual(grown, most_mib)
            lines = server.log().splitlines()
            strangers = [line for line in lines if '"client":"honest"' not in line]
            self.assertLess(sum(map(len, strangers)), 64 << 10, "what strangers send fills the disk")
            self.assertLess(len(lines) - len(strangers), time.monotonic() - begin + 3, "one line a second of another")
            self.assertEqual(run("status", "--server", server.info["grpc"]).returncode, 0)
            self.rests(pid)

    def rests(self, pid):
        """Nobody calls, and the attackers' connections are open still: a loop has nothing to do."""
        def seconds():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        def rested():
            before, since = seconds(), time.monotonic()
            time.sleep(0.2)
            return seconds() - before < (time.monotonic() - since) / 4
        wait_for(rested, 20, "a coordinator that rests")

    def memory(self, pid, field):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1])

    def connect(self, server, *pairs, **options):
        return self.enterContext(Connection(server.info["grpc"], *pairs, **options))

    def open_files(self, server):
        return len(os.listdir(f"/proc/{server.process.pid}/fd"))

    def each_of_20000(self, connection, frames_of):
        """Sends what `frames_of` says of each new stream; how many streams were taken."""
        for first in range(1, 40_000, 200):
            if not connection.send(b"".join(frames_of(stream) for stream in range(first, first + 200, 2))):
                return first // 2
        return 20_000


class Resets(Hostile):
    def test_rapid_reset(self):
        def opened_and_reset(stream):
            return http2.frame(http2.HEADERS, http2.END_HEADERS, stream, REQUEST) + http2.data(stream, BODY) + \
                http2.reset(stream)
        with self.attack() as server:
            self.each_of_20000(self.connect(server), opened_and_reset)

    def test_streams_that_the_server_is_made_to_reset(self):
        def nothing_granted(stream):
            return http2.window_update(stream, 0)

        def data_after_the_end(stream):
            return http2.data(stream, b"more")

        def window_overflow(stream):
            return http2.window_update(stream, http2.LARGEST_WINDOW)
        for wrong in (nothing_granted, data_after_the_end, window_overflow):
            with self.subTest(wrong.__name__), self.attack() as server:
                self.each_of_20000(self.connect(server), lambda stream, wrong=wrong: http2.frame(
                    http2.HEADERS, http2.END_HEADERS, stream, REQUEST) + http2.data(stream, BODY) + wrong(stream))

    def test_streams_without_a_body_are_refused_beyond_a_limit(self):
        with self.attack() as server:
            connection = self.connect(server)
            seen = []

            def wave(first):
                open_ones = b"".join(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, REQUEST)
                                     for stream in range(first, first + 2000, 2))
                sent = connection.send(open_ones)
                seen.extend(frame for frame in connection.frames(0.001)
                            if frame.kind in (http2.RST_STREAM, http2.GOAWAY))
                return sent
            all_taken = all(wave(first) for first in range(1, 200_000, 2000))
            seen.extend(connection.frames(1))
        codes = {frame.code() for frame in seen if frame.kind == http2.RST_STREAM}
        goaway = [frame for frame in seen if frame.kind == http2.GOAWAY]
        self.assertTrue(not all_taken or goaway or http2.REFUSED_STREAM in codes, codes)


class HeaderBlocks(Hostile):
    def unfinished(self, server):
        connection = self.connect(server)
        connection.send(http2.frame(http2.HEADERS, 0, 1, REQUEST))
        return connection

    def test_a_flood_of_continuations_ends_the_connection(self):
        for name, block, times in (("small headers", http2.literal("a", "b" * 16), 2000), ("empty", b"", 20_000)):
            with self.subTest(name):
                with self.attack() as server:
                    connection = self.unfinished(server)
                    connection.flood(http2.frame(http2.CONTINUATION, 0, 1, block) * 100, times)
                    ended = connection.ended(5)
                self.assertTrue(ended, "the connection goes on")

    def test_headers_that_never_end(self):
        with self.attack() as server:
            for _ in range(100):
                self.unfinished(server)
            for _ in range(4):
                large = http2.frame(http2.CONTINUATION, 0, 1, http2.literal("a", "b" * 16_000))
                self.unfinished(server).flood(large, 1000)

    def test_one_entry_of_the_table_named_many_times(self):
        with self.attack() as server:
            connection = self.connect(server)
            entry = http2.literal("a", "b" * 3900, flags=0x40)
            flags = http2.END_HEADERS | http2.END_STREAM
            connection.send(http2.frame(http2.HEADERS, flags, 1, REQUEST + entry))
            for stream in range(3, 103, 2):
                connection.send(http2.frame(http2.HEADERS, flags, stream, REQUEST + b"\xbe" * 16_000))
            connection.ended(0.5)

    def test_upper_case_names_are_no_headers(self):
        with self.attack() as server:
            connection = self.connect(server)
            wrong = http2.frame(http2.HEADERS, http2.END_HEADERS, 1, http2.block(PATH, ("Upper", "x")))
            connection.send(wrong + http2.data(1, BODY))
            status = connection.status(1, 5)
        self.assertTrue(status is None or status[0] != 0, status)


class Floods(Hostile):
    def test_answers_that_nobody_reads_do_not_pile_up(self):
        for name, frame in (("PING", http2.frame(http2.PING, 0, 0, b"12345678")), ("SETTINGS", http2.settings())):
            with self.subTest(name), self.attack() as server:
                self.assertLess(self.connect(server).flood(frame * 1000, 3000), 3000)

    def test_2730_settings_in_a_frame(self):
        with self.attack() as server:
            connection = self.connect(server)
            connection.flood(http2.settings(*[(http2.MAX_CONCURRENT_STREAMS, 100)] * 2730), 100)
            connection.ended(0.5)

    def test_frames_that_cost_the_sender_nothing_end_the_connection(self):
        priorities = b"".join(http2.frame(http2.PRIORITY, 0, stream, struct.pack(">IB", 0, 1))
                              for stream in range(1, 2001, 2))
        opened = http2.frame(http2.HEADERS, http2.END_HEADERS, 1, REQUEST)
        for name, first, frames in (("empty DATA", opened, http2.frame(http2.DATA, 0, 1) * 1000),
                                    ("PRIORITY", b"", priorities)):
            with self.subTest(name):
                with self.attack() as server:
                    connection = self.connect(server)
                    connection.send(first)
                    connection.flood(frames, 2000)
                    ended = connection.ended(5)
                self.assertTrue(ended, "the connection goes on")

    def test_a_window_beyond_the_largest_ends_the_connection(self):
        with self.attack() as server:
            connection = self.connect(server)
            connection.send(http2.window_update(0, http2.LARGEST_WINDOW))
            ended = connection.ended(5)
        self.assertTrue(ended, "the connection goes on")


class SlowReaders(Hostile):
    def calls(self, streams, block, body):
        return b"".join(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block) + http2.data(stream, body)
                        for stream in streams)

    def test_a_window_of_zero_and_2000_answers(self):
        with self.attack() as server:
            for _ in range(20):
                connection = self.connect(server, (http2.INITIAL_WINDOW_SIZE, 0))
                connection.send(self.calls(range(1, 201, 2), REQUEST, BODY))
            self.wait_until_computed(server)

    def test_streams_of_messages_whose_answers_nobody_reads(self):
        # StreamRequest{1, EmbedRequest{["hello"]}}
        one = http2.message(b"\x08\x01\x12\x07\x0a\x05hello")
        with self.attack() as server:
            for _ in range(50):
                connection = self.connect(server, (http2.INITIAL_WINDOW_SIZE, 0))
                connection.send(http2.frame(http2.HEADERS, http2.END_HEADERS, 1,
                                            http2.block("/text_embedding.TextEmbedding/EmbedStream")))
                connection.send(http2.data(1, one * (65_000 // len(one)), flags=0))
            self.wait_until_computed(server)

    def test_an_answer_fetched_byte_by_byte_and_never_read(self):
        with self.attack() as server:
            connection = self.connect(server, (http2.INITIAL_WINDOW_SIZE, 0))
            body = http2.message(MESSAGES.EmbedRequest(texts=["a"] * 200).SerializeToString())
            connection.send(self.calls([1], REQUEST, body))
            self.wait_until_computed(server)
            connection.flood(http2.window_update(1, 1) * 100, 10_000)

    def wait_until_computed(self, server):
        def queue_is_empty():
            done = run("status", "--server", server.info["grpc"], "-o", "json")
            return done.returncode == 0 and '"queued_items":0,' in done.stdout.replace(" ", "")
        wait_for(queue_is_empty, 60, "an empty queue")

    def test_64_readers_of_large_answers_that_stop(self):
        # Ids begin with the request's own: of the longest, 2,048 texts have an answer of 1.4 MB.
        block = http2.block(PATH, ("x-request-id", "r" * 128))
        body = http2.message(MESSAGES.EmbedRequest(texts=["a"] * 2048).SerializeToString())
        with self.attack(*WIDE, "--max-unread-bytes", "64MiB", most_mib=140) as server:
            readers = []
            for _ in range(64):
                readers.append(self.connect(server, (http2.INITIAL_WINDOW_SIZE, http2.LARGEST_WINDOW),
                                            receive_buffer=4096))
                readers[-1].send(http2.window_update(0, http2.LARGEST_WINDOW - 65_535))
            for stream in range(1, 13, 2):
                for reader in readers:
                    reader.send(self.calls([stream], block, body))
                self.wait_until_computed(server)
            self.assertIn('"reason":"max-unread-bytes"', server.log())


class Bodies(Hostile):
    def open(self, connection, stream, payload, *headers):
        block = http2.block(PATH, *headers)
        return connection.send(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block) +
                               http2.data(stream, payload, flags=0))

    def test_a_length_of_4_gib_is_refused_at_its_prefix(self):
        with self.attack() as server:
            connection = self.connect(server)
            self.open(connection, 1, http2.message(b"x", length=(1 << 32) - 1))
            status = connection.status(1)
        self.assertEqual(status and status[0], RESOURCE_EXHAUSTED, status)

    def test_bodies_of_16_mib_that_never_come(self):
        with self.attack() as server:
            connection = self.connect(server)
            for stream in range(1, 201, 2):
                self.open(connection, stream, http2.message(b"x", length=(16 << 20) - 1))
            connection.ended(0.5)

    def test_a_gzip_bomb_is_refused_at_the_limit_of_what_it_inflates_to(self):
        bomb = gzip.compress(bytes(60 << 20))
        self.assertLess(len(bomb), 65_000, "the first window is 64 KiB")
        with self.attack(most_mib=20 + 16) as server:  # one may be inflated up to its limit
            connections = [self.connect(server) for _ in range(10)]
            for connection in connections:
                connection.send(http2.frame(http2.HEADERS, http2.END_HEADERS, 1,
                                            http2.block(PATH, ("grpc-encoding", "gzip"))) +
                                http2.data(1, http2.message(bomb, compressed=True)))
            for connection in connections:
                status = connection.status(1)
                self.assertEqual(status and status[0], RESOURCE_EXHAUSTED, status)


class Silence(Hostile):
    def silent(self, server):
        """A socket on which nothing was said."""
        opened = self.connect(server, preface=False).socket
        opened.setblocking(False)
        return opened

    def closed(self, sockets):
        """How many of them the server has closed."""
        poll = select.poll()
        by_number = {each.fileno(): each for each in sockets}
        for number in by_number:
            poll.register(number, select.POLLIN)
        count = 0
        for number, _ in poll.poll(0):
            try:
                # What the server said first is of no interest.
                while more := by_number[number].recv(1 << 16):
                    pass
                count += not more
            except BlockingIOError:
                pass
            except OSError:
                count += 1
        return count

    def test_3000_connections_that_say_nothing_are_closed(self):
        needed = 8192
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard < needed:
            self.skipTest(f"at most {hard} open files here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        with self.attack(*SERVE, "--max-connections", "4096", most_mib=3000 * 16 / MIB) as server:
            before = self.open_files(server)
            sockets = [self.silent(server) for _ in range(3000)]
            for half in sockets[:100]:
                half.send(http2.PREFACE[:10])
            wait_for(lambda: self.closed(sockets[100:]) == 2900, 30, "the end of the silent connections")
            wait_for(lambda: self.closed(sockets[:100]) == 100, 30, "the end of those with half a preface")
            wait_for(lambda: self.open_files(server) <= before + 5, 10, "the end of their descriptors")

    def test_connections_that_end_while_their_calls_are_computed(self):
        calls = b"".join(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, REQUEST) + http2.data(stream, BODY)
                         for stream in range(1, 21, 2))
        with self.attack() as server:
            before = self.open_files(server)
            for _ in range(2000):
                with Connection(server.info["grpc"]) as connection:
                    connection.send(calls)
                    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wait_for(lambda: self.open_files(server) <= before + 5, 20, "the end of their descriptors")

    def test_another_protocol_is_turned_away(self):
        with self.attack() as server:
            connection = self.silent(server)
            connection.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            wait_for(lambda: self.closed([connection]), 20, "the end of the connection")


if __name__ == "__main__":
    unittest.main()
