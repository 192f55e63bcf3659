"""Every form of a tokenizer's files: the ids that transformers gives (tools/make_tokenizers.py --tiny)."""

import json
import pathlib
import shutil
import struct
import tempfile
import unittest

import numpy as np

from harness import ROOT, json_rows, run

DATA = ROOT / "tests" / "data"
FORMS = DATA / "tokenizers"
MODEL = DATA / "tiny_models" / "max_f32"
ROWS = 300  # of the embedding matrix, of both models below; more than any form has tokens
MOST_TOKENS = 24  # with which the ids were recorded: the model's max_seq_length


def widen(weights):
    """Gives the word embeddings ROWS rows: those behind the old ones are ones."""
    data = weights.read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    body = data[8 + size:]
    header.pop("__metadata__", None)
    out, offset = b"", 0
    for name, tensor in header.items():
        begin, end = tensor["data_offsets"]
        values = body[begin:end]
        if name == "embeddings.word_embeddings.weight":
            rows, columns = tensor["shape"]
            values += np.ones((ROWS - rows, columns), dtype=np.float32).tobytes()
            tensor["shape"] = [ROWS, columns]
        tensor["data_offsets"] = [offset, offset + len(values)]
        out += values
        offset += len(values)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    weights.write_bytes(struct.pack("<Q", len(text)) + text + out)


class Forms(unittest.TestCase):
    def setUp(self):
        self.parent = tempfile.TemporaryDirectory()
        self.addCleanup(self.parent.cleanup)

    def folder(self, form, rows=ROWS):
        """A tiny model with the tokenizer's files of `form`."""
        path = pathlib.Path(self.parent.name) / form
        shutil.copytree(MODEL, path)
        for file in ("vocab.txt", "tokenizer_config.json"):
            (path / file).unlink()
        for file in (FORMS / form).iterdir():
            shutil.copy(file, path / file.name)
        widen(path / "model.safetensors")
        config = json.loads((path / "config.json").read_text(encoding="utf-8"))
        config["vocab_size"] = rows
        (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
        return path

    def test_the_ids_of_every_form_are_those_of_transformers(self):
        forms = sorted(path.name for path in FORMS.iterdir() if path.is_dir())
        self.assertGreaterEqual(len(forms), 15)
        for form in forms:
            with self.subTest(form):
                texts = FORMS / f"{form}.jsonl"
                want = [json.loads(line) for line in texts.read_text(encoding="utf-8").splitlines()]
                done = run("tokenize", "--model", str(self.folder(form)), "--input", str(texts))
                self.assertEqual(done.returncode, 0, done.stderr)
                got = [json.loads(line)["ids"] for line in done.stdout.splitlines()]
                self.assertEqual(len(got), len(want))
                for ids, line in zip(got, want):
                    self.assertEqual(ids, line["ids"], repr(line["text"]))
                    self.assertLessEqual(len(ids), MOST_TOKENS)

    def test_embed_uses_the_vector_of_an_added_token(self):
        done = run("embed", "--model", str(self.folder("added")), "--precision", "fp32", "[WORLD]", "[world]", "[WORL]")
        self.assertEqual(done.returncode, 0, done.stderr)
        added, same, other = json_rows(done.stdout)
        self.assertEqual(added.tobytes(), same.tobytes())
        self.assertNotEqual(added.tobytes(), other.tobytes())

    def test_an_added_token_without_a_vector_is_refused_by_name(self):
        vocabulary = json.loads((FORMS / "added" / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
        for command in (["tokenize"], ["embed", "--precision", "fp32"]):
            path = self.folder("added", rows=len(vocabulary))
            done = run(*command, "--model", str(path), "x")
            shutil.rmtree(path)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn('tokenizer.json: added_tokens[5] is "[WORLD]"', done.stderr)
            self.assertIn(str(len(vocabulary)), done.stderr)

    def test_a_literal_added_special_token_is_text_on_demand(self):
        path = self.folder("special")
        ids = {}
        for option in ([], ["--special-tokens-as-text"]):
            done = run("tokenize", "--model", str(path), "<e1>", *option)
            self.assertEqual(done.returncode, 0, done.stderr)
            ids[bool(option)] = json.loads(done.stdout)["ids"]
        self.assertEqual(len(ids[False]), 3)
        self.assertEqual(len(ids[True]), 6)

    def test_what_tokenizer_json_says_and_is_not_done_is_refused_by_key(self):
        path = self.folder("added")
        file = path / "tokenizer.json"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace('"BertNormalizer"', '"NFC"'), encoding="utf-8")
        done = run("tokenize", "--model", str(path), "x")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn('tokenizer.json: normalizer.type is "NFC", Shoal supports "BertNormalizer"', done.stderr)


if __name__ == "__main__":
    unittest.main()
