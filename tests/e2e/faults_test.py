"""A disk that fails under `shoal embed`: at every call, in every way, nothing finished is lost.

tests/e2e/failing_files.cc makes one call fail. After each run: it said which file, nothing
unfinished has the final name, the draft begins with right vectors, and --resume makes the same file.
"""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import numpy as np

from harness import ROOT, SHOAL, clean_environment, jsonl, run, serving, wait_for

MODEL = str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32")
PRELOAD = os.environ.get("SHOAL_FAILING_FILES", str(ROOT / "build/dev/tests/e2e/libfailing_files.so"))
TEXTS = [f"text number {i} of several" for i in range(300)]  # three windows of one lane
ENDS_A_RUN = ("ENOSPC", "EIO")  # others are nothing that a run may notice
KILLS = ("KILL", "KILLED")


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        shared = tempfile.TemporaryDirectory()
        cls.addClassCleanup(shared.cleanup)
        cls.input = pathlib.Path(shared.name) / "in.jsonl"
        cls.input.write_text(jsonl(TEXTS), encoding="utf-8")
        cls.log = pathlib.Path(shared.name) / "log"
        cls.whole, cls.calls = {}, {}
        for suffix in ("npy", "jsonl"):
            with tempfile.TemporaryDirectory() as folder:
                output = pathlib.Path(folder) / f"x.{suffix}"
                done = cls.embed(output, FAIL_UNDER=f"{folder}/")
                assert done.returncode == 0, done.stderr
                cls.whole[suffix] = output.read_bytes()
            cls.calls[suffix] = cls.calls_made()

    @classmethod
    def calls_made(cls):
        """The names of the calls of the last run, in order; a run of a few ms more may make a few more."""
        return [line.split()[1] for line in cls.log.read_text(encoding="utf-8").splitlines()]

    @classmethod
    def embed(cls, output, *more, **faults):
        if faults:
            cls.log.unlink(missing_ok=True)
            faults |= {"LD_PRELOAD": PRELOAD, "FAIL_LOG": str(cls.log)}
        return subprocess.run([SHOAL, "embed", "--model", MODEL, "--precision", "fp32", "--threads", "1",
                               "--checkpoint-every", "1ms", "--input", str(cls.input), "--output", str(output), *more],
                              capture_output=True, text=True, timeout=60, env=clean_environment(**faults))

    def check_draft(self, output, suffix):
        """Whatever a checkpoint tells of is in the draft, and right."""
        checkpoint = pathlib.Path(f"{output}.partial.json")
        if not checkpoint.exists():
            return
        size = json.loads(checkpoint.read_text(encoding="utf-8"))["output_bytes"]
        draft = pathlib.Path(f"{output}.partial").read_bytes()
        self.assertGreaterEqual(len(draft), size)
        skip = 128 if suffix == "npy" else 0  # the header says how many rows there are
        self.assertEqual(draft[skip:size], self.whole[suffix][skip:size])

    @staticmethod
    def needs_no_room(made, call, how):
        return how == "ENOSPC" and not {"write", "pwrite", "fsync"} & set(made[call - 1:])

    def fail_at(self, call, how, suffix, goes_on=False):
        with self.subTest(call=call, how=how, suffix=suffix, goes_on=goes_on), \
                tempfile.TemporaryDirectory() as folder:
            output = pathlib.Path(folder) / f"x.{suffix}"
            more = {"FAIL_ON": "1"} if goes_on else {}
            done = self.embed(output, FAIL_UNDER=f"{folder}/", FAIL_AT=str(call), FAIL_HOW=how, **more)
            made = self.calls_made()
            if len(made) < call:
                return  # a faster run with a checkpoint less
            final = output.read_bytes() if output.exists() else None
            self.assertIn(final, (None, self.whole[suffix]))
            if how in KILLS:
                self.assertEqual(done.returncode, -signal.SIGKILL, done.stderr)
            elif done.returncode == 0:
                # The close of a checkpoint, which is durable by then, is the one call that may fail
                # unnoticed. A full disk does not matter to a run that needs no more room.
                self.assertTrue(how not in ENDS_A_RUN or made[call - 1] == "close" or self.needs_no_room(made, call, how),
                                made)
                self.assertEqual((final, os.listdir(folder)), (self.whole[suffix], [output.name]))
                return
            else:
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(how, ENDS_A_RUN, done.stderr)
                self.assertIn(folder, done.stderr)
            if final is None:
                self.check_draft(output, suffix)
                if "before are in" in done.stderr:
                    self.assertTrue(pathlib.Path(f"{output}.partial").exists(), done.stderr)
            again = self.embed(output, "--resume")
            self.assertEqual(again.returncode, 0, again.stderr)
            if "--resume goes on" in done.stderr:
                self.assertIn("going on with", again.stderr)
            self.assertEqual(output.read_bytes(), self.whole[suffix])
            if how not in KILLS:
                self.assertEqual(os.listdir(folder), [output.name])

    def test_every_call_on_a_disk_that_is_full_from_then_on(self):
        for call in range(1, len(self.calls["npy"]) + 1):
            self.fail_at(call, "ENOSPC", "npy", goes_on=True)

    def test_some_calls_in_every_way(self):
        for number, how in enumerate(("EIO", "ENOSPC", "EINTR", "SHORT", "KILL", "KILLED")):
            for call in range(1 + number % 3, len(self.calls["jsonl"]) + 1, 5):
                self.fail_at(call, how, "jsonl")

    def test_the_run_makes_the_calls_that_this_test_is_about(self):
        self.assertGreaterEqual(set(self.calls["npy"]), {"write", "pwrite", "fsync", "rename", "close"})
        self.assertEqual(len(np.frombuffer(self.whole["npy"][128:], dtype=np.float32)) % len(TEXTS), 0)


class Every(Faults):
    """Each call, each way, both formats: minutes."""

    def test_every_call_in_every_way(self):
        for suffix in ("npy", "jsonl"):
            for how in (*ENDS_A_RUN, "EINTR", "SHORT", *KILLS):
                for call in range(1, len(self.calls[suffix]) + 1):
                    self.fail_at(call, how, suffix)
                    if how in ENDS_A_RUN:
                        self.fail_at(call, how, suffix, goes_on=True)


class AServerGoesAway(unittest.TestCase):
    COUNT = 60_000

    def test_what_is_done_is_kept_and_another_server_goes_on_to_the_bytes_of_local(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            source, output = folder / "in.jsonl", folder / "x.npy"
            source.write_text(jsonl(f"text number {i}" for i in range(self.COUNT)), encoding="utf-8")
            arguments = ["embed", "--input", str(source), "--output", str(output), "--checkpoint-every", "1ms"]
            with serving("--workers", "1", "--precision", "fp32", "--model", MODEL) as server:
                process = subprocess.Popen([SHOAL, *arguments, "--server", server.info["grpc"]], text=True,
                                           stderr=subprocess.PIPE, env=clean_environment())
                wait_for(lambda: (folder / "x.npy.partial.json").exists(), 60, "a checkpoint")
                server.process.kill()
                _, errors = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 4, errors)
            self.assertIn("--resume goes on from there", errors)
            with serving("--workers", "1", "--precision", "fp32", "--model", MODEL) as server:
                done = run(*arguments, "--resume", "--server", server.info["grpc"])
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("going on with", done.stderr)
            remote = output.read_bytes()
            done = run(*arguments, "--model", MODEL, "--precision", "fp32")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(output.read_bytes(), remote)


def load_tests(loader, _, __):
    """The short ones; with SHOAL_ALL_FAULTS set all."""
    cases = (Every, AServerGoesAway) if "SHOAL_ALL_FAULTS" in os.environ else (Faults,)
    return unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in cases)


if __name__ == "__main__":
    unittest.main()
