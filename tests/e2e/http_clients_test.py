"""Clients of others, as they come from PyPI and npm, against the HTTP port: the same vectors as over gRPC, and refusals
that their users can read, sent again only where that helps. Each is a program of examples/.

With SHOAL_ALL_CLIENTS set also those of `tools/setup clients`.
"""

import concurrent.futures
import re
import unittest

import huggingface_hub
import numpy as np
import ollama
import openai

from harness import serving
from http_clients import ALL, CLIENTS_PYTHON, Situations, gaps, interpreter, last_error, rows, run_program

# Regular expressions, where a dot stands for any character.
EMPTY = r"input\[0\] is an empty string; texts of at least one byte are accepted"
MODEL = "model 'other' is not served here; 'all-MiniLM-L6-v2' is. The server's --model-alias gives it more names"
OLLAMA_MODEL = "model 'other' not found; served here: 'all-MiniLM-L6-v2', 'all-minilm', "
FULL = "the queue is full: 2 texts, limit 1"
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

# TEI takes an empty text, and has no names of models. Its clients' errors have several lines.
TEI = {
    "full": (f"HfHubHTTPError: .*\n{FULL}", 1),
    "late": (f"HfHubHTTPError: Server error '504 Gateway Timeout' .*\n{LATE}", 1),
    "without workers": (f"HfHubHTTPError: Server error '503 Service Unavailable' .*\n{WITHOUT_WORKERS}", 1),
}
OLLAMA = {
    "model": (f"ResponseError: {OLLAMA_MODEL}.*404", 1),
    "full": (f"ResponseError: {FULL}.*429", 1),
    "late": (f"ResponseError: {LATE}.*504", 1),
    "without workers": (f"ResponseError: {WITHOUT_WORKERS}.*503", 1),
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
    "tei_huggingface_hub.py": TEI,
    "tei_langchain.py": TEI,
    # It tells the server no time, so it is never late.
    "tei_haystack.py": {situation: row for situation, row in TEI.items() if situation != "late"},
    "ollama_sdk.py": OLLAMA,
    "ollama_langchain.py": OLLAMA,
    "ollama_sdk.mjs": OLLAMA,
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
        asked = [(program, situation) for program, expected in self.clients.items() for situation in expected]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(lambda one: at.run(one[0], *situations[one[1]]), asked))
        for (program, situation), (done, noted) in zip(asked, ended):
            error, times = self.clients[program][situation]
            with self.subTest(program, situation=situation):
                self.assertRegex(last_error(done), re.compile(error, re.S))
                self.assertEqual(len(noted), times)
                for wait, request in zip(gaps(noted), noted):
                    self.assertGreaterEqual(wait * 1000, int(request.answer_headers["retry-after-ms"]))

    def test_openais_sdk_reads_models_and_asks_in_every_way_it_can(self):
        client = openai.OpenAI(base_url=f"http://{self.situations.serve['http']}/v1", api_key="any")
        self.assertEqual([model.id for model in client.models.list()], ["all-MiniLM-L6-v2"])
        self.assertEqual(client.models.retrieve("all-MiniLM-L6-v2").owned_by, "shoal")
        as_base64 = client.embeddings.create(model="all-MiniLM-L6-v2", input="a text")
        as_numbers = client.embeddings.create(
            model="all-MiniLM-L6-v2", input=["a text"], encoding_format="float", dimensions=384, user="somebody")
        self.assertEqual(np.float32(as_numbers.data[0].embedding).tobytes(),
                         np.float32(as_base64.data[0].embedding).tobytes())
        with self.assertRaisesRegex(openai.BadRequestError, "dimensions is 256; the vectors .* have 384"):
            client.embeddings.create(model="all-MiniLM-L6-v2", input="a text", dimensions=256)
        with self.assertRaisesRegex(openai.BadRequestError, "input has more than 256 tokens"):
            client.embeddings.create(model="all-MiniLM-L6-v2", input="word " * 300, extra_body={"truncate": False})

    def test_an_alias_lets_programs_say_openais_model(self):
        with serving("--precision", "fp32", "--model-alias", "text-embedding-3-small", command="coordinator") as server:
            client = openai.OpenAI(base_url=f"http://{server.info['http']}/v1", api_key="any")
            self.assertEqual([model.id for model in client.models.list()], ["all-MiniLM-L6-v2", "text-embedding-3-small"])

    def test_the_timeout_of_openais_sdk_is_the_deadline(self):
        client = openai.OpenAI(base_url=f"http://{self.situations.serve['http']}/v1", api_key="any", timeout=0.5)
        with self.assertRaises(openai.InternalServerError) as caught:
            client.embeddings.create(model="all-MiniLM-L6-v2", input=["many words " * 120] * 600)
        self.assertEqual((caught.exception.status_code, caught.exception.code), (504, "deadline_unserviceable"))

    def test_huggingfaces_client_compares_and_reads_what_is_wrong(self):
        url = "http://" + self.situations.serve["http"]
        near, far = huggingface_hub.InferenceClient(url + "/similarity").sentence_similarity(
            "A man is playing a guitar.", other_sentences=["Somebody plays music.", "The parliament voted."])
        self.assertGreater(near, far)
        client = huggingface_hub.InferenceClient(url, token="any")
        self.assertEqual(client.feature_extraction("a text", normalize=True, truncate=True).shape, (1, 384))
        with self.assertRaisesRegex(huggingface_hub.errors.HfHubHTTPError, "(?s)422.*inputs has more than 256 tokens"):
            client.feature_extraction("word " * 300, truncate=False)

    def test_ollamas_client_lists_shows_and_is_told_what_is_not_served(self):
        client = ollama.Client("http://" + self.situations.serve["http"])
        self.assertIn("all-minilm:latest", [model.model for model in client.list().models])
        self.assertEqual(client.show("all-minilm").details.family, "bert")
        self.assertEqual(len(client.embeddings("all-minilm", "a text").embedding), 384)
        with self.assertRaisesRegex(ollama.ResponseError, "input has more than 256 tokens"):
            client.embed("all-minilm", "word " * 300, truncate=False)
        for call in (lambda: client.pull("all-minilm"), lambda: client.generate("all-minilm", "a text")):
            with self.assertRaisesRegex(ollama.ResponseError, "this server makes vectors"):
                call()

    def test_langchain_without_its_flag_is_told_which_one_it_needs(self):
        if not ALL:
            self.skipTest("needs tools/setup clients")
        program = self.situations.write("without_flag.py", [
            "import tiktoken  # whose tables come over the network",
            "encoding = tiktoken.Encoding('bytes', pat_str='.', mergeable_ranks={bytes([i]): i for i in range(256)},",
            "                             special_tokens={})",
            "tiktoken.get_encoding = tiktoken.encoding_for_model = lambda name: encoding",
            "from langchain_openai import OpenAIEmbeddings",
            f"url = 'http://{self.situations.serve['http']}/v1'",
            "OpenAIEmbeddings(base_url=url, api_key='any', model='all-MiniLM-L6-v2').embed_query('a text')"])
        error = last_error(run_program([CLIENTS_PYTHON, program], self.situations.folder))
        self.assertRegex(error, r"^openai\.BadRequestError: .*check_embedding_ctx_length=False")


if __name__ == "__main__":
    unittest.main()
