"""Offline embedding of a file with the real model: interrupted at any time, resumed to the same bytes."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import numpy as np

from harness import SHOAL, clean_environment, run, wait_for

WORDS = "a river runs past the old mill where nobody grinds corn any more and children fish".split()
MODEL = pathlib.Path(__file__).resolve().parent.parent / "data" / "tiny_models" / "mean_f32"
CHECKPOINT_SECONDS = 60  # the longest that we wait for one


def texts(count):
    """Texts of 3 to 15 words, every one different."""
    for i in range(count):
        yield f"{i} " + " ".join(WORDS[(i * 7 + k) % len(WORDS)] for k in range(3 + i * 5 % 13))


def write_input(path, count):
    lines = (json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts(count)))
    path.write_text("".join(lines), encoding="utf-8")


class Resume(unittest.TestCase):
    COUNT = 2500

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.shared.cleanup)
        cls.input = pathlib.Path(cls.shared.name) / "in.jsonl"
        write_input(cls.input, cls.COUNT)
        cls.expected = {}
        for suffix in ("npy", "jsonl"):
            whole = pathlib.Path(cls.shared.name) / f"whole.{suffix}"
            done = run("embed", "--input", str(cls.input), "--output", str(whole), "--precision", "fp32", timeout=300)
            assert done.returncode == 0, done.stderr
            cls.expected[suffix] = whole.read_bytes()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def arguments(self, output, *more, precision="fp32", source=None):
        return ["embed", "--input", str(source or self.input), "--output", str(output), "--precision", precision,
                *more]

    def checkpoint(self, output):
        path = pathlib.Path(f"{output}.partial.json")
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def interrupt(self, output, signal_number, *more):
        """Starts a run, sends the signal after its next checkpoint; its exit code and stderr.

        A checkpoint after every window, so that the run is far from its end when the signal comes.
        """
        process = subprocess.Popen(
            [SHOAL, *self.arguments(output, "--threads", "1", "--checkpoint-every", "1ms", *more)],
            stderr=subprocess.PIPE, text=True, env=clean_environment())
        try:
            before = self.checkpoint(output)
            wait_for(lambda: self.checkpoint(output) != before or process.poll() is not None, CHECKPOINT_SECONDS,
                     "a checkpoint")
            self.assertIsNone(process.poll(), "the run must be longer than one checkpoint")
            process.send_signal(signal_number)
            _, errors = process.communicate(timeout=120)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        return process.returncode, errors

    def resume(self, output):
        done = run(*self.arguments(output, "--resume"), timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("going on with", done.stderr)
        self.assertEqual(output.read_bytes(), self.expected[output.suffix[1:]])
        self.assertEqual(os.listdir(self.folder), [output.name])

    def test_a_killed_run_goes_on_to_the_same_npy(self):
        output = self.folder / "x.npy"
        code, _ = self.interrupt(output, signal.SIGKILL)
        self.assertEqual(code, -signal.SIGKILL)
        self.assertFalse(output.exists())
        texts_done = self.checkpoint(output)["input"]["texts"]
        self.assertTrue(0 < texts_done < self.COUNT, texts_done)
        self.resume(output)
        self.assertEqual(np.load(output).shape, (self.COUNT, 384))

    def test_sigterm_keeps_all_that_was_done_and_the_run_goes_on_to_the_same_json_lines(self):
        output = self.folder / "x.jsonl"
        code, errors = self.interrupt(output, signal.SIGTERM)
        self.assertEqual(code, 143, errors)
        self.assertIn("--resume goes on from there", errors)
        draft = pathlib.Path(f"{output}.partial").read_bytes()
        self.assertEqual(self.checkpoint(output)["output_bytes"], len(draft))
        self.assertEqual(draft.count(b"\n"), self.checkpoint(output)["input"]["texts"])
        self.assertTrue(self.expected["jsonl"].startswith(draft))
        self.resume(output)

    def test_a_resumed_run_may_be_interrupted_again(self):
        output = self.folder / "x.npy"
        code, errors = self.interrupt(output, signal.SIGINT)
        self.assertEqual(code, 130, errors)
        first = self.checkpoint(output)["input"]["texts"]
        self.assertEqual(np.load(f"{output}.partial").shape, (first, 384))
        code, errors = self.interrupt(output, signal.SIGKILL, "--resume")
        self.assertEqual(code, -signal.SIGKILL, errors)
        self.assertGreater(self.checkpoint(output)["input"]["texts"], first)
        self.resume(output)

    def test_another_run_is_refused_and_what_is_there_stays(self):
        output = self.folder / "x.npy"
        self.interrupt(output, signal.SIGKILL)
        draft = pathlib.Path(f"{output}.partial")
        size = self.checkpoint(output)["output_bytes"]
        changed = self.folder / "changed.jsonl"
        changed.write_bytes(self.input.read_bytes().replace(b"river", b"brook", 1))
        for words, arguments in [
                ("the precision fp32, this one has int8", self.arguments(output, "--resume", precision="int8")),
                ("changed.jsonl has changed", self.arguments(output, "--resume", source=changed)),
                ("--special-tokens-as-text off, this one has on",
                 self.arguments(output, "--resume", "--special-tokens-as-text")),
                ("another --input-format", self.arguments(output, "--resume", "--input-format", "text"))]:
            done = run(*arguments)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertGreaterEqual(draft.stat().st_size, size)
        changed.unlink()
        self.resume(output)


class Small(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.input = self.folder / "in.jsonl"
        write_input(self.input, 5)
        self.output = self.folder / "x.npy"

    def embed(self, *more):
        return run("embed", "--input", str(self.input), "--output", str(self.output), "--precision", "fp32", *more)

    def test_with_nothing_to_resume_it_says_so_and_starts_with_the_first_text(self):
        done = self.embed("--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("nothing to resume", done.stderr)
        self.assertEqual(np.load(self.output).shape, (5, 384))

    def test_a_bad_line_is_named_and_once_it_is_mended_the_run_goes_on(self):
        good = self.input.read_text(encoding="utf-8")
        self.input.write_text(good + "{]\n", encoding="utf-8")
        done = self.embed()
        self.assertEqual(done.returncode, 1)
        self.assertIn("in.jsonl:6: ", done.stderr)
        self.assertIn("5 texts before are in", done.stderr)
        self.input.write_text(good + '{"text": "mended"}\n', encoding="utf-8")
        done = self.embed("--resume")
        self.assertEqual(done.returncode, 0, done.stderr)
        resumed = self.output.read_bytes()
        self.assertEqual(self.embed().returncode, 0)
        self.assertEqual(self.output.read_bytes(), resumed)
        self.assertEqual(np.load(self.output).shape, (6, 384))

    def test_what_cannot_be_read_or_written_again_cannot_be_resumed(self):
        source, output = ["--input", str(self.input)], ["--output", str(self.output)]
        for arguments in [["a text", *output], ["--input", "-", *output], [*source],
                          [*source, "--output", "/dev/null"]]:
            done = run("embed", "--resume", *arguments, stdin="")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("--resume is for", done.stderr)
        self.assertFalse(self.output.exists())

    def test_weights_that_cannot_be_kept_are_named_and_change_nothing(self):
        def embed(**environment):
            return run("embed", "a text", "--precision", "fp32", "--model", str(MODEL), **environment)
        kept, private = embed(), embed(XDG_CACHE_HOME=str(self.input))
        self.assertEqual((kept.stderr, private.stdout), ("", kept.stdout))
        self.assertIn("could not be kept", private.stderr)
        self.assertIn(str(self.input), private.stderr)

    def test_memory_does_not_grow_with_the_input(self):
        """80 MB of texts more, of which the run may hold a few."""
        def peak(lines):
            with open(self.input, "w", encoding="utf-8") as file:
                for i in range(lines):
                    file.write(json.dumps({"text": f"{i} " + "long " * 200_000}) + "\n")
            process = subprocess.Popen([SHOAL, "embed", "--input", str(self.input), "--output", str(self.output),
                                        "--precision", "fp32"], stderr=subprocess.DEVNULL, env=clean_environment())
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(process.returncode, 0)
            return usage.ru_maxrss / 1024
        few, many = peak(30), peak(110)
        print(f"peak memory {few:.0f} MiB with 30 texts of 1 MB, {many:.0f} MiB with 110")
        self.assertLess(many, few + 40)


if __name__ == "__main__":
    unittest.main()
