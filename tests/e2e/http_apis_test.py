"""The HTTP port in the words of text-embeddings-inference, Ollama and KServe: what the model says, not the routes."""

import unittest

import numpy as np

from harness import Client
from http1 import get, post
from http_case import MODELS, Http

TEXTS = ["hello world", "", "a much longer text than that"]
LONG = " ".join(f"word{i}" for i in range(400))


class Apis(Http):
    def json(self, path, body=None):
        answer = self.ask(get(path) if body is None else post(body, path=path))
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def vectors(self, path, body):
        return np.array(self.json(path, body), dtype=np.float32)

    def grpc(self, texts):
        return np.array(Client(self.server.info["grpc"]).vectors(texts, timeout=60), dtype=np.float32)


class OfAModelThatNormalises(Apis):
    def test_tei_has_the_vectors_of_grpc(self):
        for normalize in (True, False):
            vectors = self.vectors("/embed", {"inputs": TEXTS, "normalize": normalize})
            self.assertEqual(vectors.tobytes(), self.grpc(TEXTS).tobytes())

    def test_ollama_has_them_too(self):
        vectors = np.array(self.json("/api/embed", {"input": TEXTS})["embeddings"], dtype=np.float32)
        self.assertEqual(vectors.tobytes(), self.grpc(TEXTS).tobytes())
        prompt = np.array(self.json("/api/embeddings", {"prompt": TEXTS[0]})["embedding"], dtype=np.float32)
        self.assertEqual(prompt.tobytes(), vectors[0].tobytes())

    def test_similarity_is_the_cosine(self):
        vectors = self.grpc(TEXTS)
        cosines = self.vectors("/similarity", {"inputs": {"source_sentence": TEXTS[0], "sentences": TEXTS[1:]}})
        np.testing.assert_allclose(cosines, vectors[1:] @ vectors[0], atol=1e-6)

    def test_the_beginning_can_be_what_is_cut(self):
        tail = " ".join(LONG.split()[-200:])
        ask = {"inputs": LONG + " " + tail, "truncate": True}
        left = self.vectors("/embed", {**ask, "truncation_direction": "Left"})
        right = self.vectors("/embed", {**ask, "truncation_direction": "Right"})
        self.assertEqual(right.tobytes(), self.vectors("/embed", {"inputs": LONG}).tobytes())
        self.assertEqual(left.tobytes(),
                         self.vectors("/embed", {"inputs": tail, "truncation_direction": "Left"}).tobytes())
        self.assertNotEqual(left.tobytes(), right.tobytes())

    def test_a_text_that_is_too_long_is_named(self):
        for path, body, place in (
                ("/embed", {"inputs": ["a", LONG]}, "inputs[1] "),
                ("/embed", {"inputs": LONG}, "inputs has"),
                ("/similarity", {"inputs": {"source_sentence": LONG, "sentences": ["a"]}}, "inputs.source_sentence "),
                ("/similarity", {"inputs": {"source_sentence": "a", "sentences": ["a", LONG]}},
                 "inputs.sentences[1] ")):
            with self.subTest(path=path, place=place):
                cut = {"parameters": {"truncate": False}} if path == "/similarity" else {"truncate": False}
                answer = self.ask(post({**body, **cut}, path=path))
                self.assertEqual((answer.status, answer.json()["error_type"]), (422, "Validation"))
                self.assertTrue(answer.json()["error"].startswith(place), answer)
        answer = self.ask(post({"input": ["a", LONG], "truncate": False}, path="/api/embed"))
        self.assertEqual((answer.status, list(answer.json())), (400, ["error"]))
        self.assertTrue(answer.json()["error"].startswith("input[1] "), answer)

    def test_tokens_stand_where_they_say(self):
        text = "Hello wörld, hello"
        (tokens,) = self.json("/tokenize", {"inputs": text})
        self.assertEqual([tokens[0]["text"], tokens[-1]["text"]], ["[CLS]", "[SEP]"])
        for token in tokens[1:-1]:
            self.assertEqual(text.encode()[token["start"]:token["stop"]].decode(), token["text"])
            self.assertFalse(token["special"])
        self.assertEqual(self.json("/tokenize", {"inputs": [text], "add_special_tokens": False}), [tokens[1:-1]])
        self.assertEqual(self.ask(post({"inputs": text}, path="/embed")).headers["x-compute-tokens"],
                         str(len(tokens)))

    def test_readiness_is_said_everywhere(self):
        self.assertEqual(self.ask(get("/health")).body, b"")
        self.assertEqual(self.json("/healthz/ready"), {"status": "ready"})
        self.assertEqual(self.json("/v2/models/mean_f32/ready"), {"name": "mean_f32", "ready": True})
        self.assertEqual(self.json("/info")["model_type"], {"embedding": {"pooling": "mean"}})


class OfAModelThatDoesNot(Apis):
    ARGUMENTS = ("--workers", "1", "--model", str(MODELS / "cls_f16_wide"), "--precision", "fp32")

    def test_tei_scales_them_unless_told(self):
        vectors = self.grpc(TEXTS)
        self.assertGreater(np.abs(np.linalg.norm(vectors, axis=1) - 1).min(), 0.01, "of another length than 1")
        raw = self.vectors("/embed", {"inputs": TEXTS, "normalize": False})
        self.assertEqual(raw.tobytes(), vectors.tobytes())
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        np.testing.assert_allclose(self.vectors("/embed", {"inputs": TEXTS}), units, atol=1e-6)
        ollama = np.array(self.json("/api/embed", {"input": TEXTS})["embeddings"])
        np.testing.assert_allclose(ollama, units, atol=1e-6)

    def test_its_pooling_is_told(self):
        self.assertEqual(self.json("/info")["model_type"], {"embedding": {"pooling": "cls"}})


if __name__ == "__main__":
    unittest.main()
