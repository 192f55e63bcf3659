"""A process among others: closed streams, full disks, readers that leave, terminals that go away."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import unittest

from harness import ROOT, SHOAL, Client, clean_environment, jsonl, run, serving, wait_for

MODEL = str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32")
EMBED = ("embed", "--model", MODEL, "--precision", "fp32", "--threads", "1")
SERVE = ("--workers", "1", "--precision", "fp32", "--model", MODEL)
PRINTING = [("version",), ("help",), ("--help",), ("help", "embed"), ("embed", "--help"), ("config", "show"),
            ("completion", "bash"), ("model", "list"), ("model", "verify", MODEL, "--precision", "fp32")]


def closing(*descriptors):
    """For preexec_fn: the program starts without them."""
    return lambda: [os.close(descriptor) for descriptor in descriptors]


def ignoring(number):
    return lambda: signal.signal(number, signal.SIG_IGN)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def shoal(self, *arguments, **more):
        return subprocess.run([SHOAL, *map(str, arguments)], env=clean_environment(XDG_CACHE_HOME=str(self.folder)),
                              text=True, timeout=60, **{"stderr": subprocess.PIPE, **more})

    def says(self, done, code, *words):
        self.assertEqual(done.returncode, code, (done.args, done.stderr))
        self.assertEqual(len(done.stderr.splitlines()), 1 if words else 0, (done.args, done.stderr))
        for word in words:
            self.assertIn(word, done.stderr, done.args)


class ClosedStreams(InFolder):
    def test_nothing_that_is_printed_lands_in_a_result(self):
        source = self.folder / "in.txt"
        source.write_text("cut off, and a message says so " * 500 + "\nshort\n", encoding="utf-8")
        whole, output = self.folder / "whole.npy", self.folder / "x.npy"
        self.assertEqual(self.shoal(*EMBED, "--input", source, "--output", whole).returncode, 0)
        for closed in ((1, 2), (0, 1, 2), (2,), (0,)):
            done = self.shoal(*EMBED, "--input", source, "--output", output, "--checkpoint-every", "1ms", stderr=None,
                              preexec_fn=closing(*closed))
            self.assertEqual(done.returncode, 0, closed)
            self.assertEqual(output.read_bytes(), whole.read_bytes(), closed)

    def test_a_server_has_its_streams_closed_for_good_and_serves(self):
        with serving(*SERVE, before_exec=closing(0, 1, 2)) as server:
            for pid in (server.process.pid, server.info["workers"][0]["pid"]):
                streams = {os.readlink(f"/proc/{pid}/fd/{stream}") for stream in (0, 1, 2)}
                self.assertEqual(streams, {"/dev/null"})
            self.assertEqual(Client(server.info["grpc"]).embed(["a text"]).code, 0)
            self.assertEqual(server.stop(), 0)

    def test_a_result_for_a_closed_stdout_is_an_error(self):
        for command in PRINTING:
            self.says(self.shoal(*command, preexec_fn=closing(1)), 1, "stdout is not open for writing")
        self.says(self.shoal("config", "check", preexec_fn=closing(1)), 0, "are valid")

    def test_texts_from_a_closed_stdin_are_an_error(self):
        self.says(self.shoal(*EMBED, stdout=subprocess.PIPE, preexec_fn=closing(0)), 1, "stdin", "Bad file")


class WhatIsPrinted(InFolder):
    def test_a_stdout_that_is_full_is_an_error_of_every_command(self):
        with serving(*SERVE) as server, open("/dev/full", "w", encoding="utf-8") as full:
            at = ("--server", server.info["grpc"])
            load = ("load", "--concurrency", "1", "--duration", "50ms", "--target", "grpc://" + server.info["grpc"])
            for command in (*PRINTING, ("status", *at), ("workers", "list", *at), (*EMBED, "text"), load,
                            ("tokenize", "--model", MODEL, "text")):
                with self.subTest(command=command):
                    self.says(self.shoal(*command, stdout=full), 1, "write stdout: No space left on device")

    def test_who_prints_for_nobody_ends_without_a_word_and_not_well(self):
        for command in (*PRINTING, (*EMBED, "text"), ("tokenize", "--model", MODEL, "text")):
            reader, writer = os.pipe()
            os.close(reader)
            with self.subTest(command=command), open(writer, "w", encoding="utf-8") as unread:
                self.says(self.shoal(*command, stdout=unread), 141)

    def test_a_run_whose_reader_has_seen_enough_ends(self):
        texts = self.folder / "in.jsonl"
        texts.write_text(jsonl(f"text number {i}" for i in range(3000)), encoding="utf-8")
        with subprocess.Popen([SHOAL, *EMBED, "--input", str(texts)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=clean_environment()) as process:
            self.assertIn(b"embedding", process.stdout.readline())
            process.stdout.close()
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(60), 141)


class Logs(InFolder):
    def test_a_server_outlives_the_reader_of_its_log_and_says_later_what_was_lost(self):
        fifo = self.folder / "log"
        os.mkfifo(fifo)

        def log_into_fifo():
            os.dup2(os.open(fifo, os.O_WRONLY), 1)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        with serving(*SERVE, before_exec=log_into_fifo) as server:
            os.close(reader)
            server.kill_worker(server.info["workers"][0])  # a line that nobody reads
            self.assertEqual(Client(server.info["grpc"]).embed(["a text"]).code, 0)
            with open(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), encoding="utf-8") as log:
                self.assertEqual(server.stop(), 0)
                lines = [json.loads(line) for line in log.read().splitlines()]
        lost = [line for line in lines if line["event"] == "log.dropped" and line["role"] == "serve"]
        self.assertEqual([line["level"] for line in lost], ["warn"], lines)
        self.assertGreaterEqual(lost[0]["count"], 1)

    def test_a_log_on_a_full_disk_ends_nothing(self):
        def log_into_full():
            os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
        with serving(*SERVE, before_exec=log_into_full) as server:
            self.assertEqual(Client(server.info["grpc"]).embed(["a text"]).code, 0)
            self.assertEqual((server.stop(), server.log()), (0, ""))

    def test_a_reader_that_stands_still_does_not_hold_up_the_end(self):
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writer, b"x" * 4096)
        os.set_blocking(writer, True)
        try:
            with serving(*SERVE, before_exec=lambda: os.dup2(writer, 1)) as server:
                self.assertEqual(server.stop(20), 0)
        finally:
            os.close(reader), os.close(writer)


class HangUps(InFolder):
    def test_a_server_drains_however_often_its_terminal_hangs_up(self):
        with serving(*SERVE) as server, concurrent.futures.ThreadPoolExecutor(12) as pool:
            worker = server.info["workers"][0]["pid"]
            os.kill(worker, signal.SIGSTOP)
            client = Client(server.info["grpc"])
            calls = [pool.submit(client.embed, ["a text"] * 100, 60) for _ in range(12)]

            def all_wait():
                return json.loads(run("status", "--server", server.info["grpc"], "-o", "json").stdout)["queued_items"] > 1100
            try:
                wait_for(all_wait, 30, "work in the queue")
                for _ in range(3):
                    os.kill(server.process.pid, signal.SIGHUP)
            finally:
                os.kill(worker, signal.SIGCONT)
            self.assertEqual([len(call.result().embeddings) for call in calls], [100] * 12)
            self.assertEqual(server.process.wait(30), 0)

    def test_a_server_under_nohup_and_its_workers_stay(self):
        with serving(*SERVE, before_exec=ignoring(signal.SIGHUP)) as server:
            worker = server.info["workers"][0]
            for pid in (server.process.pid, worker["pid"]):
                os.kill(pid, signal.SIGHUP)
            self.assertEqual(Client(server.info["grpc"]).embed(["a text"]).code, 0)
            self.assertEqual(server.workers(), [worker])
            self.assertEqual(server.stop(), 0)

    def test_a_hang_up_of_the_terminal_reaches_no_worker(self):
        with serving(*SERVE) as server:
            self.assertNotEqual(os.getpgid(server.info["workers"][0]["pid"]), os.getpgid(server.process.pid))

    def embed_slowly(self, before_exec=None):
        """A run that waits for its second text; and the pipe that it reads."""
        output = self.folder / "x.jsonl"
        process = subprocess.Popen([SHOAL, *EMBED, "--output", str(output)], stdin=subprocess.PIPE, text=True,
                                   stderr=subprocess.PIPE, env=clean_environment(), preexec_fn=before_exec)
        process.stdin.write("one\n")
        process.stdin.flush()
        wait_for(lambda: self.draft().exists() and self.draft().stat().st_size > 0, 30, "the first vector")
        return process

    def draft(self):
        return self.folder / "x.jsonl.partial"

    def test_a_command_keeps_what_it_has_done(self):
        with self.embed_slowly() as process:
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGHUP)
            self.assertIn("interrupted after 1 texts", process.stderr.read())
            self.assertEqual(process.wait(30), 129)
        self.assertEqual(len(self.draft().read_text(encoding="utf-8").splitlines()), 1)

    def test_a_command_under_nohup_goes_on(self):
        with self.embed_slowly(ignoring(signal.SIGHUP)) as process:
            process.send_signal(signal.SIGHUP)
            _, errors = process.communicate("two\n", timeout=30)
            self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(len((self.folder / "x.jsonl").read_text(encoding="utf-8").splitlines()), 2)


class ErrorsOfThisMachine(InFolder):
    """They never end with 4, which says that a server cannot be reached."""

    def test_a_disk_or_a_file_that_fails_is_1_or_3(self):
        vectors = self.folder / "x.jsonl"
        self.says(self.shoal(*EMBED, "text", "--output", "/dev/full"), 1, "/dev/full", "No space left")
        self.says(self.shoal("tokenize", "--model", MODEL, "text", "--output", "/dev/full"), 1, "No space left")
        self.says(self.shoal(*EMBED, "--input", "/proc/self/mem", "--output", vectors), 1, "Input/output error")
        broken = self.folder / "model"
        shutil.copytree(MODEL, broken, copy_function=shutil.copyfile)
        (broken / "model.safetensors").unlink()
        (broken / "model.safetensors").mkdir()
        for command in (EMBED[:1], ("tokenize",), ("model", "verify")):
            more = ("text",) if command != ("model", "verify") else ()
            self.says(self.shoal(*command, "--model", broken, *more), 3, "model.safetensors")
        (self.folder / "shoal" / "models").write_text("", encoding="utf-8")  # where models are kept
        self.says(self.shoal("model", "list", stdout=subprocess.PIPE), 1, "Not a directory")

    def test_a_process_without_descriptors_is_no_unreachable_server(self):
        def few(count):
            return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))
        with serving(*SERVE) as server:
            at, target = server.info["grpc"], "grpc://" + server.info["grpc"]
            load = ("load", "--concurrency", "1", "--duration", "50ms", "--target", target)
            for command, expected in (((*EMBED, "text"), {0, 3}), (("tokenize", "--model", MODEL, "text"), {0, 3}),
                                      (("status", "--server", at), {3}), (("embed", "text", "--server", at), {3}),
                                      (load, {3})):
                ends = {self.shoal(*command, stdout=subprocess.DEVNULL, preexec_fn=few(count)).returncode
                        for count in range(4, 16)}
                self.assertEqual(ends, expected, command)


if __name__ == "__main__":
    unittest.main()
