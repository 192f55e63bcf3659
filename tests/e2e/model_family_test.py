"""Prompts of tiny models, on the command line and over gRPC: the vectors of sentence-transformers."""

import pathlib
import shutil
import tempfile
import unittest

import grpc
import numpy as np

from harness import MESSAGES, ROOT, Client, json_rows, run, serving

DATA = ROOT / "tests" / "data"
TEXTS = DATA / "tiny_texts.jsonl"
DEFAULT_IS_QUERY = DATA / "tiny_models" / "mean_f16_prompts"  # prompts: query and passage
NO_DEFAULT = DATA / "tiny_models" / "cls_f16"  # prompts: query
NO_PROMPTS = DATA / "tiny_models" / "mean_f32"
PROMPT_NAME = 19  # the field of EmbedRequest


def golden(model, prompt=None):
    return np.load(DATA / "tiny_golden" / (model.name + (f".{prompt}" if prompt else "") + ".npy"))


class Prompted(unittest.TestCase):
    def assert_close(self, found, expected):
        self.assertEqual(found.shape, expected.shape)
        lengths = np.linalg.norm(expected, axis=1)
        cosine = (found * expected).sum(axis=1) / np.linalg.norm(found, axis=1) / lengths
        self.assertGreaterEqual(cosine.min(), 0.999999)
        self.assertLessEqual((np.abs(found - expected).max(axis=1) / lengths).max(), 2e-6)


class CommandLine(Prompted):
    def embed(self, model, *arguments):
        done = run("embed", "--model", str(model), "--precision", "fp32", "--input", str(TEXTS), *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json_rows(done.stdout)

    def test_every_tiny_model_has_the_reference_vectors(self):
        models = sorted((DATA / "tiny_models").iterdir())
        self.assertGreaterEqual(len(models), 6)
        for model in models:
            with self.subTest(model.name):
                self.assert_close(self.embed(model), golden(model))

    def test_a_prompt_is_put_in_front_by_its_name(self):
        self.assert_close(self.embed(NO_DEFAULT, "--prompt-name", "query"), golden(NO_DEFAULT, "query"))
        self.assert_close(self.embed(DEFAULT_IS_QUERY, "--prompt-name", "passage"),
                          golden(DEFAULT_IS_QUERY, "passage"))

    def test_without_a_name_the_default_prompt_is_used(self):
        self.assertEqual(self.embed(DEFAULT_IS_QUERY).tobytes(),
                         self.embed(DEFAULT_IS_QUERY, "--prompt-name", "query").tobytes())
        self.assertGreater(np.abs(golden(DEFAULT_IS_QUERY) - golden(DEFAULT_IS_QUERY, "passage")).max(), 0.01)
        self.assertGreater(np.abs(golden(NO_DEFAULT) - golden(NO_DEFAULT, "query")).max(), 0.01)

    def test_an_unknown_prompt_is_refused_with_those_that_there_are(self):
        for model, words in ((DEFAULT_IS_QUERY, "accepted passage, query"), (NO_PROMPTS, "has no prompts")):
            done = run("embed", "x", "--model", str(model), "--precision", "fp32", "--prompt-name", "document")
            self.assertNotEqual(done.returncode, 0)
            self.assertIn('"document"', done.stderr)
            self.assertIn(words, done.stderr)

    def test_a_folder_that_says_something_else_is_refused_in_one_line(self):
        for file, old, new, words in (
                ("1_Pooling/config.json", '"mean"', '"weightedmean"', 'pooling mode "weightedmean"'),
                ("config.json", '"gelu"', '"gelu_new"', 'hidden_act is "gelu_new", Shoal supports "gelu"'),
                ("modules.json", "normalize.Normalize", "dense.Dense", "dense.Dense")):
            with self.subTest(file), tempfile.TemporaryDirectory() as folder:
                model = pathlib.Path(folder) / "model"
                shutil.copytree(DEFAULT_IS_QUERY, model)
                text = (model / file).read_text(encoding="utf-8")
                self.assertIn(old, text)
                (model / file).write_text(text.replace(old, new), encoding="utf-8")
                done = run("embed", "x", "--model", str(model), "--precision", "fp32")
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(words, done.stderr)
                self.assertIn(file, done.stderr)
                self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)


class Served(Prompted):
    @classmethod
    def setUpClass(cls):
        cls.context = serving("--workers", "1", "--precision", "fp32", "--model", str(DEFAULT_IS_QUERY))
        cls.address = cls.context.__enter__().info["grpc"]

    @classmethod
    def tearDownClass(cls):
        cls.context.__exit__(None, None, None)

    def call(self, texts, prompt_name):
        """The field is unknown to the client's own messages; it is put into the bytes here."""
        request = MESSAGES.EmbedRequest(texts=texts)
        name = prompt_name.encode()
        key = PROMPT_NAME << 3 | 2
        request.MergeFromString(bytes([key & 127 | 128, key >> 7, len(name)]) + name)
        return Client(self.address).stub.Embed(request, timeout=20)

    def test_a_request_names_its_prompt(self):
        texts = ["What is the capital of France?", "a"]
        answers = {}
        for name in ("query", "passage"):
            answers[name] = np.array([row.vector for row in self.call(texts, name).embeddings], dtype=np.float32)
            local = run("embed", *texts, "--model", str(DEFAULT_IS_QUERY), "--precision", "fp32",
                        "--prompt-name", name)
            self.assertEqual(local.returncode, 0, local.stderr)
            self.assertEqual(json_rows(local.stdout).tobytes(), answers[name].tobytes())
        self.assertEqual(Client(self.address).vectors(texts).tobytes(), answers["query"].tobytes())
        self.assertNotEqual(answers["query"].tobytes(), answers["passage"].tobytes())

    def test_embed_through_the_server_sends_the_prompt(self):
        for name in ("query", "passage"):
            done = run("embed", "--server", self.address, "--input", str(TEXTS), "--prompt-name", name)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assert_close(json_rows(done.stdout), golden(DEFAULT_IS_QUERY, name))

    def test_an_unknown_prompt_is_an_invalid_argument(self):
        with self.assertRaises(grpc.RpcError) as refused:
            self.call(["x"], "document")
        self.assertEqual(refused.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertIn("prompt_name 'document'", refused.exception.details())


if __name__ == "__main__":
    unittest.main()
