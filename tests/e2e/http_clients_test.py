"""Clients of others, as they come from PyPI and npm, against the HTTP port: the same vectors as over gRPC, and refusals
that their users can read, sent again only where that helps. Each is a program of examples/.

With SHOAL_ALL_CLIENTS set also those of `tools/setup clients`.
"""

import unittest

from http_clients import Situations, gaps, interpreter, last_error, rows

EMPTY = "input[0] is an empty string; texts of at least one byte are accepted"
MODEL = "model 'other' is not served here; 'all-MiniLM-L6-v2' is. The server's --model-alias gives it more names"
FULL = "the queue is full: texts (2, limit 1)"
LATE = "even an idle pool needs longer than the deadline leaves"
WITHOUT_WORKERS = "no worker came in the time that a request waits for one"

# By situation: what a user sees, and how often the client sends the request.
OPENAI = {
    "empty": (f"openai.BadRequestError: Error code: 400 - {EMPTY}", 1),
    "model": (f"openai.NotFoundError: Error code: 404 - {MODEL}", 1),
    "full": (f"openai.RateLimitError: Error code: 429 - {FULL}", 3),
    "late": (f"openai.InternalServerError: Error code: 504 - {LATE}", 1),
    "without workers": (f"openai.InternalServerError: Error code: 503 - {WITHOUT_WORKERS}", 3),
}


def with_attempts(rows, count):
    """`rows` of a client that sends what may be sent again `count` times."""
    return {situation: (error, times if times == 1 else count) for situation, (error, times) in rows.items()}


CLIENTS = {
    "openai_sdk.py": OPENAI,
    "openai_langchain.py": OPENAI,
    "openai_llamaindex.py": with_attempts(OPENAI, 2),
    "openai_haystack.py": with_attempts(OPENAI, 6),
    "openai_litellm.py": {
        "empty": (f"litellm.BadRequestError: OpenAIException - Error code: 400 - {EMPTY}", 1),
        "model": (f"litellm.NotFoundError: NotFoundError: OpenAIException - Error code: 404 - {MODEL}", 1),
        "full": (f"litellm.RateLimitError: RateLimitError: OpenAIException - Error code: 429 - {FULL}", 3),
        "late": (f"OpenAIError: Error code: 504 - {LATE}", 1),
        "without workers": (f"ServiceUnavailableError: OpenAIException - Error code: 503 - {WITHOUT_WORKERS}", 3),
    },
    "openai_sdk.mjs": {
        "empty": (f"BadRequestError: 400 {EMPTY}", 1),
        "model": (f"NotFoundError: 404 {MODEL}", 1),
        "full": (f"RateLimitError: 429 {FULL}", 3),
        "late": (f"InternalServerError: 504 {LATE}", 1),
        "without workers": (f"InternalServerError: 503 {WITHOUT_WORKERS}", 3),
    },
}


class HttpClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.situations = Situations(cls)
        cls.clients = {program: rows for program, rows in CLIENTS.items() if interpreter(program)}

    def test_one_text_and_2048_have_the_vectors_of_grpc(self):
        one = self.situations.write("one.txt", ["A man is playing a guitar."])
        for file in (one, self.situations.many):
            expected = self.situations.over_grpc(file).tobytes()
            for program in self.clients:
                with self.subTest(program, texts=file.name):
                    done, _ = self.situations.run(program, self.situations.serve, "--input", file)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertEqual(rows(done.stdout).tobytes(), expected)

    def test_refusals_are_errors_that_say_why_and_are_sent_again_as_their_headers_say(self):
        at = self.situations
        situations = {"empty": (at.serve, ""), "model": (at.serve, "a", "--model", "other"), "full": (at.full, "a", "b"),
                      "late": (at.serve, "--input", at.long, "--timeout", "1"), "without workers": (at.without_workers, "a")}
        for program, expected in self.clients.items():
            for situation, (error, times) in expected.items():
                with self.subTest(program, situation=situation):
                    done, noted = at.run(program, *situations[situation])
                    self.assertIn(error, last_error(done))
                    self.assertEqual(len(noted), times)
                    for wait, request in zip(gaps(noted), noted):
                        self.assertGreaterEqual(wait * 1000, int(request.answer_headers["retry-after-ms"]))


if __name__ == "__main__":
    unittest.main()
