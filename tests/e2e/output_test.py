"""Where results go: nothing a user has is lost, whatever --output names, whatever fails, and when."""

import contextlib
import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import tempfile
import threading
import unittest

import numpy as np

from harness import ROOT, SHOAL, clean_environment, jsonl, run, serving, wait_for

MODELS = ROOT / "tests" / "data" / "tiny_models"
MODEL = str(MODELS / "mean_f32")
TEXTS = [f"text number {i} of several" for i in range(300)]


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.input = self.write("s.jsonl", jsonl(TEXTS))

    def path(self, name):
        return self.folder / name

    def write(self, name, content):
        self.path(name).write_text(content, encoding="utf-8")
        return self.path(name)

    def embed(self, *arguments, **more):
        return run("embed", "--model", MODEL, "--precision", "fp32", "--threads", "1", *map(str, arguments), **more)

    def to(self, output, *arguments, **more):
        return self.embed("--input", self.input, "--output", output, *arguments, **more)

    def expected(self, suffix):
        """The bytes of a run to which nothing happens."""
        with tempfile.TemporaryDirectory() as elsewhere:
            path = pathlib.Path(elsewhere) / f"whole.{suffix}"
            done = self.embed("--input", self.input, "--output", path)
            self.assertEqual(done.returncode, 0, done.stderr)
            return path.read_bytes()

    def refused(self, done, code, *words):
        self.assertEqual(done.returncode, code, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)


class BeforeTheWork(InFolder):
    def test_the_input_is_never_the_output(self):
        before = self.input.read_bytes()
        os.symlink("s.jsonl", self.path("link.jsonl"))
        os.link(self.input, self.path("hard.jsonl"))
        for command in ("embed", "tokenize"):
            for output in ("s.jsonl", "link.jsonl", "hard.jsonl", "./../" + self.folder.name + "/s.jsonl"):
                for source in ("s.jsonl", "link.jsonl", "/dev/stdin", "-"):
                    with open(self.input, encoding="utf-8") as stdin:
                        done = subprocess.run(
                            [SHOAL, command, "--model", MODEL, "--input", source, "--output", output],
                            cwd=self.folder, stdin=stdin, env=clean_environment(), capture_output=True, text=True)
                    self.refused(done, 2, output, "is the input")
        self.assertEqual(self.input.read_bytes(), before)
        self.assertEqual(sorted(os.listdir(self.folder)), ["hard.jsonl", "link.jsonl", "s.jsonl"])

    def test_an_input_that_lies_where_the_draft_or_the_checkpoint_goes_stays(self):
        for name in ("x.jsonl.partial", "x.jsonl.partial.json"):
            source = self.write(name, jsonl(TEXTS))
            done = self.embed("--input", source, "--output", self.path("x.jsonl"))
            self.refused(done, 2, name, "is the input")
            self.assertEqual(source.read_text(encoding="utf-8"), jsonl(TEXTS))
            source.unlink()

    def test_a_run_that_appends_to_its_input_through_stdout_is_refused(self):
        with open(self.input, "a", encoding="utf-8") as stdout:
            done = subprocess.run([SHOAL, "embed", "--model", MODEL, "--input", str(self.input)], stdout=stdout,
                                  stderr=subprocess.PIPE, env=clean_environment(), text=True, timeout=60)
        self.refused(done, 2, "stdout is the input")

    def test_what_cannot_be_written_is_refused_before_the_model_is_looked_at(self):
        self.path("d.npy").mkdir()
        self.path("d.jsonl").mkdir()
        self.path("d.json").mkdir()
        os.symlink("nowhere.npy", self.path("dangling.npy"))
        os.symlink("round.npy", self.path("round.npy"))
        self.path("y.npy.partial").mkdir()
        self.write("file", "")
        cases = {"d.npy": "is a folder", "no/such/x.npy": "no/such", "file/x.npy": "Not a directory",
                 "dangling.npy": "nowhere.npy, which does not exist", "round.npy": "Too many levels",
                 "y.npy": "y.npy.partial is not a regular file", "x.csv": ".jsonl or .npy",
                 "n" * 240 + ".npy": "File name too long"}
        before = sorted(os.listdir(self.folder))
        for name, words in cases.items():
            done = run("embed", "--model", "no-such-model", "--input", str(self.input),
                       "--output", str(self.path(name)))
            self.refused(done, 2, name, words)
        self.refused(run("tokenize", "x", "--output", str(self.path("d.jsonl"))), 2, "is a folder")
        self.refused(run("load", "--concurrency", "1", "--target", "grpc://127.0.0.1:1",
                         "--output", str(self.path("d.json"))), 2, "is a folder")
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_a_file_that_is_mounted_by_itself_is_refused(self):
        output = self.write("mounted.jsonl", "before")
        mount = ["unshare", "-m", "sh", "-c", 'mount --bind "$0" "$0" && exec "$@"', str(output)]
        if subprocess.run([*mount, "true"], check=False, capture_output=True).returncode != 0:
            self.skipTest("this process may not mount")
        done = subprocess.run([*mount, SHOAL, "embed", "--model", MODEL, "--output", output, "text"],
                              env=clean_environment(), capture_output=True, text=True)
        self.refused(done, 2, "is mounted by itself", "mount its folder")
        self.assertEqual(output.read_text(encoding="utf-8"), "before")

    def test_an_interrupted_fetch_leaves_no_draft(self):
        with socket.create_server(("127.0.0.1", 0)) as hub:
            port = hub.getsockname()[1]
            for command in ("embed", "tokenize"):
                words = [SHOAL, command, "--model", "org/name", "--fetch", "--output", str(self.path("x.jsonl")), "text"]
                with subprocess.Popen(words, stderr=subprocess.DEVNULL, env=clean_environment(
                        HF_ENDPOINT=f"http://127.0.0.1:{port}", XDG_CACHE_HOME=str(self.folder / "cache"))) as run_:
                    hub.accept()[0].close()
                    run_.send_signal(signal.SIGINT)
                    self.assertNotEqual(run_.wait(30), 0)
                self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("x.")], [])

    def test_another_writer_is_named_and_loses_nothing(self):
        output = self.path("x.npy")
        with subprocess.Popen([SHOAL, "embed", "--model", MODEL, "--output", str(output)], stdin=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=clean_environment()) as first:
            try:
                wait_for(lambda: self.path("x.npy.partial").exists(), 30, "the draft of the first run")
                self.refused(self.to(output), 3, "another process is writing", "x.npy.partial")
                first.communicate(b"one\ntwo\n", timeout=60)
            finally:
                first.kill()
        self.assertEqual(len(np.load(output)), 2)

    def test_a_closed_stdout_is_an_error_and_a_closed_stderr_never_writes_into_a_result(self):
        shell = 'exec "$0" embed --model "$1" --precision fp32 '
        done = subprocess.run(["sh", "-c", shell + "text >&-", SHOAL, MODEL], env=clean_environment(),
                              stderr=subprocess.PIPE, text=True)
        self.refused(done, 2, "stdout is not open for writing")
        output = self.path("x.jsonl")
        self.write("x.txt", "a\n" * 2000 + "\n")
        done = subprocess.run(["sh", "-c", shell + '--output "$2" <"$3" 2>&-', SHOAL, MODEL, output,
                               self.path("x.txt")], env=clean_environment())
        self.assertEqual(done.returncode, 0)
        for line in output.read_text(encoding="utf-8").splitlines():
            json.loads(line)


class ThroughLinksAndStreams(InFolder):
    def test_a_link_stays_and_its_target_is_replaced(self):
        self.path("far").mkdir()
        target = self.write("far/real.npy", "old")
        os.symlink("far/real.npy", self.path("middle.npy"))
        os.symlink("middle.npy", self.path("x.npy"))
        done = self.to(self.path("x.npy"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(self.path("x.npy").is_symlink() and self.path("middle.npy").is_symlink())
        self.assertEqual(target.read_bytes(), self.expected("npy"))
        self.assertEqual(os.listdir(self.path("far")), ["real.npy"])

    def test_a_named_pipe_gets_the_lines_and_stays(self):
        for name in ("pipe", "pipe.jsonl"):
            os.mkfifo(self.path(name))
            read = []
            reader = threading.Thread(target=lambda: read.append(self.path(name).read_bytes()))
            reader.start()
            done = self.to(self.path(name))
            if done.returncode != 0 or not stat.S_ISFIFO(self.path(name).stat().st_mode):
                with contextlib.suppress(OSError):  # nobody will write: let the reader go
                    os.close(os.open(self.path(name), os.O_WRONLY | os.O_NONBLOCK))
                self.fail(f"{name}: {done.stderr}")
            reader.join()
            self.assertEqual(read[0], self.expected("jsonl"))

    def test_devices_and_open_descriptors_are_written_through(self):
        lines = self.expected("jsonl").decode()
        done = self.to("/dev/null")
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/null").st_mode))
        for name in ("/dev/stdout", "/proc/self/fd/1"):
            self.assertEqual(self.to(name).stdout, lines)
        os.symlink("/dev/stdout", self.path("x.jsonl"))
        self.assertEqual(self.to(self.path("x.jsonl")).stdout, lines)
        kept = self.write("kept", "before\n")
        with open(kept, "a", encoding="utf-8") as stdout:  # a file that the shell has opened
            subprocess.run([SHOAL, "embed", "--model", MODEL, "--precision", "fp32", "--input", str(self.input),
                            "--output", "/dev/stdout"], stdout=stdout, env=clean_environment(), check=True)
        self.assertEqual(kept.read_text(encoding="utf-8"), "before\n" + lines)
        ids = run("tokenize", "x", "--model", MODEL, "--output", "/dev/stdout")
        self.assertEqual(ids.stdout, run("tokenize", "x", "--model", MODEL).stdout)

    def test_an_npy_into_a_stream_is_refused(self):
        os.mkfifo(self.path("x.npy"))
        os.symlink("/dev/null", self.path("y.npy"))
        for name in ("x.npy", "y.npy"):
            self.refused(self.to(self.path(name)), 2, name, "the number of rows")

    def test_a_full_device_is_an_error(self):
        self.refused(self.to("/dev/full"), 1, "/dev/full", "No space left")


class FinishedWorkStays(InFolder):
    def test_when_the_output_becomes_a_folder_the_work_is_kept_and_goes_on(self):
        output = self.path("x.npy")
        source = self.path("slow.jsonl")
        os.mkfifo(source)
        with subprocess.Popen([SHOAL, "embed", "--model", MODEL, "--precision", "fp32", "--input", str(source),
                               "--output", str(output)], stderr=subprocess.PIPE, text=True,
                              env=clean_environment()) as process:
            with open(source, "w", encoding="utf-8") as pipe:
                pipe.write(jsonl(TEXTS))
                wait_for(lambda: self.path("x.npy.partial").exists(), 30, "the draft")
                output.mkdir()
            _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("300 texts before are in", errors)
        self.assertEqual(self.path("x.npy.partial").read_bytes(), self.expected("npy"))

    def test_a_new_run_that_fails_early_leaves_the_draft_of_the_last_one(self):
        self.write("s.jsonl", jsonl(TEXTS) + "{]\n")
        self.assertEqual(self.to(self.path("x.npy")).returncode, 1)
        left = {name: self.path(name).read_bytes() for name in ("x.npy.partial", "x.npy.partial.json")}
        bad = self.write("bad.jsonl", "{]\n")
        for more in (["--input", bad], ["--model", str(self.folder)]):
            self.assertNotEqual(self.to(self.path("x.npy"), *more).returncode, 0)
            for name, content in left.items():
                self.assertEqual(self.path(name).read_bytes(), content)
        self.write("s.jsonl", jsonl(TEXTS))
        self.assertEqual(self.to(self.path("x.npy"), "--resume").returncode, 0)
        self.assertEqual(self.path("x.npy").read_bytes(), self.expected("npy"))

    def test_texts_that_cannot_be_read_again_leave_their_draft_too(self):
        done = self.embed("--input", "-", "--input-format", "jsonl", "--output", self.path("x.jsonl"),
                          stdin=jsonl(TEXTS) + "{]\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("300 texts before are in", done.stderr)
        self.assertNotIn("--resume", done.stderr)
        self.assertEqual(self.path("x.jsonl.partial").read_bytes(), self.expected("jsonl"))

    def test_tokenize_keeps_what_is_done(self):
        self.write("s.jsonl", jsonl(TEXTS) + "{]\n")
        done = run("tokenize", "--model", MODEL, "--input", str(self.input), "--output", str(self.path("x.jsonl")))
        self.refused(done, 1, "s.jsonl:301: ", "300 texts before are in", "x.jsonl.partial")
        self.assertEqual(len(self.path("x.jsonl.partial").read_text(encoding="utf-8").splitlines()), 300)

    def test_nothing_done_leaves_nothing(self):
        self.assertEqual(self.embed("--input", self.write("bad.jsonl", "{]\n"), "--output",
                                    self.path("x.npy")).returncode, 1)
        self.assertEqual(sorted(os.listdir(self.folder)), ["bad.jsonl", "s.jsonl"])


class WithAServer(InFolder):
    def remote(self, server, *more):
        return run("embed", "--server", server.info["grpc"], "--input", str(self.input), "--output",
                   str(self.path("x.npy")), *more)

    def test_a_bad_last_line_costs_nothing_and_another_model_or_this_process_does_not_go_on(self):
        many = [f"text {i}" for i in range(2500)]
        self.write("s.jsonl", jsonl(many) + "{]\n")
        with serving("--workers", "1", "--precision", "fp32", "--model", MODEL) as server:
            self.refused(self.remote(server), 1, "s.jsonl:2501: ", "2,500 texts before are in", "--resume goes on")
            kept = self.path("x.npy.partial").read_bytes()
            self.write("s.jsonl", jsonl(many + ["mended"]))
            with serving("--workers", "1", "--precision", "fp32", "--model", str(MODELS / "max_f32")) as other:
                self.refused(self.remote(other, "--resume"), 3, "the model mean_f32", "this one has max_f32")
            self.refused(self.to(self.path("x.npy"), "--resume"), 3, "vectors of a server, this one has this process")
            self.refused(self.remote(server, "--resume", "--prompt-name", "p"), 3, 'the prompt ""')
            self.assertEqual(self.path("x.npy.partial").read_bytes(), kept)
            done = self.remote(server, "--resume")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("after 2,500 texts", done.stderr)
        self.assertEqual(self.path("x.npy").read_bytes(), self.expected("npy"))


    def test_the_report_of_a_load_is_written_through_links_and_its_place_is_looked_at_first(self):
        self.write("real.json", "old")
        os.symlink("real.json", self.path("x.json"))
        with serving("--workers", "1", "--precision", "fp32", "--model", MODEL) as server:
            def load(output):
                return run("load", "--concurrency", "1", "--duration", "50ms", "--target",
                           "grpc://" + server.info["grpc"], "-o", "plain", "--output", str(output))
            done = load(self.path("x.json"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(self.path("x.json").is_symlink())
            self.assertIn("offered", json.loads(self.path("real.json").read_text(encoding="utf-8")))
            self.assertEqual(load("/dev/null").returncode, 0)
            self.refused(load(self.path("no/such/x.json")), 2, "no/such")


class Texts(InFolder):
    def test_another_key_is_read_on_request_and_json_is_not_guessed_to_be_text(self):
        for name in ("content.txt", "content.jsonl"):
            source = self.write(name, '{"id": 1, "content": "one"}\n{"content": "two"}\n')
            self.refused(self.embed("--input", source), 1, f"{name}:1: ", '"id", "content"', '"text"')
            done = self.embed("--input", source, "--text-key", "content")
            self.assertEqual(done.stdout, self.embed("one", "two").stdout, done.stderr)
        done = self.embed("--input", self.path("content.txt"), "--input-format", "text")
        self.assertEqual(len(done.stdout.splitlines()), 2, done.stderr)
        array = self.write("array", '[{"text": "one"},\n {"text": "two"}]\n')
        self.refused(self.embed("--input", array), 1, "array:1: ", "--input-format")
        self.refused(self.embed("--text-key", "content", "x"), 2, "--text-key")
        self.refused(self.embed("--input", array, "--text-key", "x", "--input-format", "text"), 2, "--text-key")

    def test_the_name_of_a_file_as_a_text_gets_a_hint(self):
        done = self.embed(str(self.input), "no-such-file.jsonl")
        self.assertEqual((done.returncode, len(done.stdout.splitlines())), (0, 2))
        self.assertIn(f"--input {self.input}", done.stderr)
        self.assertEqual(self.embed("no-such-file.jsonl", "text").stderr, "")

    def test_another_key_does_not_go_on(self):
        self.write("s.jsonl", '{"text": "a", "title": "b"}\n' * 200 + "{]\n")
        self.assertEqual(self.to(self.path("x.npy")).returncode, 1)
        self.refused(self.to(self.path("x.npy"), "--resume", "--text-key", "title"), 3, "--text-key")


if __name__ == "__main__":
    unittest.main()
