"""What a person at a terminal meets: signals, pipes, help, completion, ways to print, exit codes."""

import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request

import numpy as np

from harness import ROOT, SHOAL, Client, clean_environment, jsonl, run, serving, wait_for


class Signals(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.texts = [f"sentence {number} of very many" for number in range(20_000)]
        (self.folder / "x.jsonl").write_text(jsonl(self.texts), encoding="utf-8")

    def interrupted(self, output, number, size):
        """`shoal embed` of the file, told to stop once its draft has `size` bytes: (exit code, stderr)."""
        draft = self.folder / f"{output}.partial"
        with subprocess.Popen(
                [SHOAL, "embed", "--input", str(self.folder / "x.jsonl"), "--output", str(self.folder / output),
                 "--precision", "fp32", "--threads", "1"],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=clean_environment()) as process:
            self.addCleanup(process.kill)
            wait_for(lambda: draft.exists() and draft.stat().st_size > size, 60, "the first vectors")
            process.send_signal(number)
            _, errors = process.communicate(timeout=60)
        self.assertIn("interrupted after", errors)
        self.assertIn(str(draft), errors)
        self.assertFalse((self.folder / output).exists(), "only a whole result takes the name")
        return process.returncode, draft

    def test_an_interrupted_npy_is_readable_and_holds_the_first_texts(self):
        code, draft = self.interrupted("vectors.npy", signal.SIGINT, 4096)
        self.assertEqual(code, 130)
        rows = np.load(draft)
        self.assertEqual(rows.shape[1], 384)
        self.assertGreater(len(rows), 0)
        self.assertLess(len(rows), len(self.texts))
        last = len(rows) - 1
        alone = run("embed", self.texts[0], self.texts[last], "--precision", "fp32")
        found = [np.array(json.loads(line)["embedding"], dtype=np.float32) for line in alone.stdout.splitlines()]
        self.assertEqual(rows[0].tobytes(), found[0].tobytes())
        self.assertEqual(rows[last].tobytes(), found[1].tobytes())

    def test_terminated_json_lines_end_with_a_whole_line(self):
        code, draft = self.interrupted("vectors.jsonl", signal.SIGTERM, 0)
        self.assertEqual(code, 143)
        text = draft.read_text(encoding="utf-8")
        self.assertTrue(text.endswith("\n"))
        self.assertTrue(all(len(json.loads(line)["embedding"]) == 384 for line in text.splitlines()))

    def test_an_embed_that_waits_for_stdin_ends_at_once(self):
        with subprocess.Popen([SHOAL, "embed", "--input", "-", "--precision", "fp32"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env=clean_environment()) as process:
            self.addCleanup(process.kill)
            process.stdin.write("a line\n")
            process.stdin.flush()
            self.assertIn("embedding", process.stdout.readline())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(20), 130)
            self.assertIn("interrupted after 1 texts", process.stderr.read())

    def test_a_reader_that_goes_away_ends_embed_without_noise(self):
        with subprocess.Popen([SHOAL, "embed", "--input", str(self.folder / "x.jsonl"), "--precision", "fp32"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment()) as process:
            self.addCleanup(process.kill)
            self.assertIn(b"embedding", process.stdout.readline())
            process.stdout.close()
            errors = process.stderr.read()
            self.assertIn(process.wait(60), (-signal.SIGPIPE, 128 + signal.SIGPIPE))
        self.assertEqual(errors, b"")

    def test_the_first_interrupt_of_serve_drains_and_ends_well(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with serving("--workers", "1", "--precision", "fp32") as server:
                server.process.send_signal(number)
                self.assertEqual(server.process.wait(30), 0, server.log())

    def test_the_second_interrupt_of_serve_quits(self):
        with serving("--workers", "1", "--precision", "fp32", "--drain-grace", "60s") as server:
            Client(server.info["grpc"]).vectors(["warm"])
            server.process.send_signal(signal.SIGINT)
            wait_for(lambda: "draining" in server.log(), 20, "the drain")
            self.assertIsNone(server.process.poll())
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(10), 130)
            pids = [worker["pid"] for worker in server.info["workers"]]

            def gone():
                return not any(pathlib.Path(f"/proc/{pid}").exists() for pid in pids)
            wait_for(gone, 20, "the end of the worker")


class Greeting(unittest.TestCase):
    """What `shoal serve` says to a person once it serves."""
    COMMAND = ("--workers", "1", "--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"))

    def shown(self, terminal, end, seconds=60):
        """What a terminal shows up to `end`."""
        text, until = "", time.monotonic() + seconds
        while end not in text:
            left = until - time.monotonic()
            if left < 0 or not select.select([terminal], [], [], left)[0]:
                raise AssertionError(f"not within {seconds} s: {end!r} in {text!r}")
            text += os.read(terminal, 4096).decode()
        return text.replace("\r\n", "\n")

    def serve(self, log):
        """A server whose errors, and log unless it goes to a file, go to a terminal: that one's other side."""
        terminal, inner = pty.openpty()
        self.addCleanup(os.close, terminal)
        ports = [f"--{name}-listen=127.0.0.1:0" for name in ("grpc", "http", "worker", "dashboard")]
        process = subprocess.Popen([SHOAL, "serve", *ports, *self.COMMAND], stdin=subprocess.DEVNULL, stdout=log or inner,
                                   stderr=inner, env=clean_environment(TERM="xterm", NO_COLOR="1"))
        os.close(inner)
        self.addCleanup(process.wait, 30)
        self.addCleanup(process.terminate)
        return terminal

    def check(self, text):
        page = re.search(r"page +(http://localhost:\d+)\n", text)[1]
        with urllib.request.urlopen(page, timeout=20) as answer:
            self.assertIn("text/html", answer.headers["Content-Type"])
        api = re.search(r"HTTP +(http://localhost:\d+)", text)[1]
        with urllib.request.urlopen(api + "/docs", timeout=20) as answer:
            self.assertEqual(answer.status, 200)
        Client(re.search(r"gRPC +(localhost:\d+)\n", text)[1]).vectors(["a text"])
        command = re.search(r"^ *(curl .*)$", text, re.M)[1]
        tried = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30)
        self.assertEqual(tried.returncode, 0, tried.stderr)
        self.assertTrue(json.loads(tried.stdout)["data"][0]["embedding"])

    def test_it_tells_where_to_look_and_what_to_try(self):
        self.check(self.shown(self.serve(log=None), '{"input":"hello"}\'\r\n'))

    def test_it_stays_out_of_a_log_that_goes_elsewhere(self):
        with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as log:
            self.check(self.shown(self.serve(log), '{"input":"hello"}\'\r\n'))
            log.seek(0)
            self.assertTrue(all(line.startswith("{") for line in log.read().splitlines()))

    def test_nobody_at_a_terminal_is_told_nothing(self):
        with serving(*self.COMMAND) as server:
            self.assertNotIn("curl", server.log())


class Words(unittest.TestCase):
    def said(self, *arguments, code=0, **environment):
        done = run(*arguments, **environment)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def test_help_is_on_stdout_and_the_same_both_ways(self):
        overview = self.said("help")
        self.assertEqual(overview, self.said("--help"))
        for command in ("serve", "coordinator", "worker", "status", "embed", "tokenize", "model fetch", "completion"):
            self.assertIn(f"\n  {command}", overview)
            self.assertEqual(self.said("help", *command.split()), self.said(*command.split(), "--help"))
        self.assertIn("--precision", self.said("help", "embed"))
        self.assertIn("no command", self.said("help", "nothing", code=2))

    def test_the_shells_accept_their_completions(self):
        script = self.said("completion", "bash")
        checked = subprocess.run(["bash", "-c", script + "\nCOMP_WORDS=(shoal embed --prec); COMP_CWORD=2; _shoal; "
                                  "echo \"${COMPREPLY[@]}\""], capture_output=True, text=True, timeout=30)
        self.assertEqual((checked.returncode, checked.stderr), (0, ""))
        self.assertEqual(checked.stdout.strip(), "--precision")
        for shell in ("zsh", "fish"):
            self.assertIn("precision", self.said("completion", shell))
        self.assertIn("bash", self.said("completion", "powershell", code=2))

    def test_each_way_to_print_says_the_same(self):
        for command in (("model", "list"), ("version",), ("config", "show")):
            rows = [[str(cell) for cell in row.values()]
                    for row in json.loads(self.said(*command, "--format", "json"))]
            plain = [line.split("\t") for line in self.said(*command, "--format", "plain").splitlines()]
            self.assertEqual(plain, rows, command)
            table = self.said(*command, "--format", "table").splitlines()
            self.assertEqual(len(table), len(rows) + 1, command)
        self.assertIn("json|table|plain", self.said("version", "--format", "xml", code=2))

    def test_the_real_model_is_listed_and_verified(self):
        self.assertIn("all-MiniLM-L6-v2", self.said("model", "list", "-o", "plain"))
        self.assertTrue(self.said("model", "verify").endswith("all-MiniLM-L6-v2: ok\n"))

    def test_without_a_server_calls_end_with_their_own_code(self):
        for command in (("status",), ("embed", "x")):
            said = self.said(*command, "--server", "127.0.0.1:1", "--timeout", "5s", code=4)
            self.assertIn("127.0.0.1:1", said)
            self.assertEqual(len(said.splitlines()), 1, said)


if __name__ == "__main__":
    unittest.main()
