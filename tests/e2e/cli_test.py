"""The command line in-process, with the real model: vectors, ids, files, refusals."""

import json
import pathlib
import tempfile
import unittest

import numpy as np

from harness import ROOT, run

DATA = ROOT / "tests" / "data"


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


class Tokenize(unittest.TestCase):
    def test_the_frozen_cases_give_the_ids_of_the_reference(self):
        cases = json_lines((DATA / "tokenizer_cases.jsonl").read_text(encoding="utf-8"))
        done = run("tokenize", "--input", str(DATA / "tokenizer_cases.jsonl"))
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json_lines(done.stdout)
        self.assertEqual(len(found), len(cases))
        for case, line in zip(cases, found):
            self.assertEqual(line["ids"], case["ids"], case["text"][:80])


class Embed(unittest.TestCase):
    def embed(self, *arguments, **environment):
        done = run("embed", *arguments, **environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        return np.array([line["embedding"] for line in json_lines(done.stdout)], dtype=np.float32)

    def test_golden_texts_have_the_reference_vectors(self):
        golden = np.load(DATA / "golden_vectors.npy")
        found = self.embed("--input", str(DATA / "golden_texts.jsonl"), "--precision", "fp32")
        self.assertEqual(found.shape, golden.shape)
        cosine = (found * golden).sum(axis=1) / np.linalg.norm(found, axis=1) / np.linalg.norm(golden, axis=1)
        worst = np.abs(found - golden).max()
        print(f"cosine min {cosine.min():.9f}, max-abs {worst:.2e} over {len(golden)} texts")
        self.assertGreaterEqual(cosine.min(), 0.999999)
        self.assertLessEqual(worst, 2e-6)

    def test_a_text_has_the_same_bytes_alone_and_in_a_batch(self):
        texts = ["A man is playing a guitar.", "short", "A " + "longer " * 60 + "text"]
        together = self.embed(*texts, "--precision", "fp32")
        for text, row in zip(texts, together):
            self.assertEqual(self.embed(text, "--precision", "fp32")[0].tobytes(), row.tobytes())

    def test_portable_gives_the_bytes_of_the_fast_kernels(self):
        texts = ["A man is playing a guitar.", "b"]
        self.assertEqual(self.embed(*texts, "--precision", "fp32", SHOAL_ISA="portable").tobytes(),
                         self.embed(*texts, "--precision", "fp32").tobytes())

    def test_npy_holds_what_json_lines_say(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "x.npy"
            texts = [f"sentence number {i}" for i in range(100)]
            source = pathlib.Path(folder) / "x.jsonl"
            source.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
            done = run("embed", "--input", str(source), "--output", str(path), "--precision", "fp32")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout, "")
            stored = np.load(path)
            self.assertEqual(stored.dtype, np.float32)
            self.assertEqual(stored.tobytes(), self.embed(*texts, "--precision", "fp32").tobytes())


class Refusals(unittest.TestCase):
    def refused(self, code, words, *arguments, **more):
        done = run(*arguments, **more)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(words, done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)

    def test_an_unknown_flag_names_the_nearest(self):
        self.refused(2, "--precision", "embed", "x", "--precisoin", "fp32")

    def test_an_unknown_model_is_refused_in_one_line(self):
        self.refused(3, "no-such-model", "embed", "x", "--model", "no-such-model")

    def test_an_unknown_kernel_table_is_refused_by_name(self):
        self.refused(3, "sse9", "embed", "x", SHOAL_ISA="sse9")

    def test_invalid_utf8_names_the_line(self):
        done = run("tokenize", "--input", "-", stdin=b"fine\nbad \xff byte\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"2", done.stderr)

    def test_a_damaged_model_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            self.refused(3, "model.safetensors", "embed", "x", "--model", folder)


if __name__ == "__main__":
    unittest.main()
