"""What the tests of the HTTP port share: one server a class, and what its answers must look like."""

import base64
import json
import unittest

import numpy as np

from harness import ROOT, Client, run, serving
from http1 import Connection, post

MODELS = ROOT / "tests" / "data" / "tiny_models"
TINY = ("--model", str(MODELS / "mean_f32"), "--precision", "fp32")
HELLO = {"input": "hello"}


def finished(server):
    """What `server` did, by the last line of its log; ends it."""
    server.stop()
    lines = [json.loads(line) for line in server.log().splitlines()]
    return next(line for line in lines if line["event"] == "coordinator.finished")


def queued_items(server):
    done = run("status", "--server", server.info["grpc"], "-o", "json")
    return json.loads(done.stdout)["queued_items"] if done.returncode == 0 else None


class Http(unittest.TestCase):
    """Tests of one server."""
    ARGUMENTS = ("--workers", "1", *TINY)
    OPTIONS = {}

    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving(*cls.ARGUMENTS, **cls.OPTIONS))

    def connect(self, server=None, **options):
        return self.enterContext(Connection((server or self.server).info["http"], **options))

    def ask(self, data, **options):
        """The answer to `data` on a connection of its own."""
        with Connection(self.server.info["http"]) as connection:
            return connection.ask(data, **options)

    def refused(self, answer, status, code, *words, param=None):
        """An error as OpenAI's clients read it."""
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["content-type"], "application/json")
        error = answer.error()
        self.assertEqual(set(error), {"message", "type", "param", "code"})
        self.assertEqual((error["code"], error["param"]), (code, param), error)
        self.assertEqual(answer.headers["x-shoal-code"], code)
        for word in words:
            self.assertIn(word, error["message"])

    def answered(self, answer, texts=1):
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(len(answer.json()["data"]), texts)


class SameVectors(Http):
    def same_as_grpc(self, texts):
        expected = Client(self.server.info["grpc"]).vectors(texts, timeout=120).tobytes()
        for form, vector in (("float", lambda value: np.array(value, dtype=np.float32).tobytes()),
                             ("base64", base64.b64decode)):
            with self.subTest(texts=len(texts), form=form):
                connection = self.connect()
                connection.send(post({"input": texts, "encoding_format": form}))
                data = connection.answer(seconds=120).json()["data"]
                self.assertEqual([entry["index"] for entry in data], list(range(len(texts))))
                self.assertEqual(b"".join(vector(entry["embedding"]) for entry in data), expected)
