"""The programs of docs/http-clients.md, run as they are printed: each prints what the page says. And the messages of
docs/troubleshooting.md: each is what somebody gets to see.

With SHOAL_ALL_CLIENTS set also those that need `tools/setup clients`.
"""

import http.client
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

import openai

from harness import ROOT, free_port, run, serving
from http_clients import TINY, copy_of_checkout, interpreter, run_program

URL = "http://localhost:8080"
PROGRAM = re.compile(r"^```(python|js|sh)\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.M | re.S)


def programs(page):
    """(language, program, what it prints) of each program of a page."""
    return [match.groups() for match in PROGRAM.finditer((ROOT / page).read_text(encoding="utf-8"))]


def pattern(printed):
    """What matches `printed`, where … stands for anything."""
    return "^" + ".*".join(re.escape(part) for part in printed.strip().split("…")) + "$"


class HttpPages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving("--workers", "1", "--precision", "fp32")).info
        cls.folder = copy_of_checkout(pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory())))

    def run_as_printed(self, language, program):
        command = ["bash"] if language == "sh" else interpreter("x.js" if language == "js" else program)
        if command is None:
            self.skipTest("needs tools/setup clients")
        file = self.folder / ("program" + {"python": ".py", "js": ".mjs", "sh": ".sh"}[language])
        file.write_text(program.replace(URL, "http://" + self.server["http"]), encoding="utf-8")
        done = run_program([*command, file], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_each_program_prints_what_the_page_says(self):
        found = programs("docs/http-clients.md")
        self.assertGreater(len(found), 10)
        for language, program, printed in found:
            with self.subTest(program=program):
                self.assertIn(URL, program)
                self.assertRegex(self.run_as_printed(language, program).strip(), pattern(printed))


def refusal(server, body, path="/v1/embeddings", **headers):
    """What `server` says to an OpenAI request that it does not answer."""
    connection = http.client.HTTPConnection(server["http"], timeout=30)
    connection.request("POST", path, json.dumps(body), headers)
    error = json.loads(connection.getresponse().read())["error"]
    connection.close()
    return error["message"]


class Messages(unittest.TestCase):
    """The messages that docs/troubleshooting.md quotes."""

    @classmethod
    def setUpClass(cls):
        page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
        cls.quoted = [line for block in re.findall(r"^```text\n(.*?)^```", page, re.M | re.S)
                      for line in block.splitlines()]
        cls.server = cls.enterClassContext(serving("--precision", "fp32", "--workers", "1")).info
        cls.full = cls.enterClassContext(serving("--workers", "1", "--max-queued-items", "1", *TINY)).info
        cls.alone = cls.enterClassContext(serving("--no-worker-grace", "0s", *TINY, command="coordinator")).info

    def found(self):
        """What is said in each of the situations of the page."""
        port, server = free_port(), self.server
        yield subprocess.run(["curl", "-sS", f"localhost:{port}"], capture_output=True, text=True).stderr
        try:
            openai.OpenAI(base_url=f"http://127.0.0.1:{port}", api_key="any", max_retries=0).models.list()
        except openai.APIConnectionError as error:
            yield f"openai.APIConnectionError: {error}"
        yield run("status", "--server", f"127.0.0.1:{port}").stderr
        yield run("coordinator", "--http-listen", server["http"], "--grpc-listen=127.0.0.1:0",
                  "--worker-listen=127.0.0.1:0", "--dashboard-listen=", *TINY).stderr
        yield refusal(server, {"input": [1, 2]})
        yield refusal(server, {"input": [""]})
        yield refusal(server, {"input": "word " * 300, "truncate": False})
        yield refusal(server, {"input": "a text", "dimensions": 256})
        yield refusal(server, {"input": ["a text"] * 2049})
        yield refusal(server, {"input": "a text", "model": "text-embedding-3-small"})
        yield refusal(server, {"input": "a text"}, path="/v1/v1/embeddings")
        yield refusal(server, {"input": ["many words " * 90_000] * 17})
        yield refusal(self.full, {"input": ["one", "two"]})
        yield refusal(self.alone, {"input": "a text"})
        yield refusal(server, {"input": "a text"}, **{"x-request-timeout-ms": "0.001"})

    def test_what_is_said_is_what_the_page_quotes(self):
        patterns = [pattern(line) for line in self.quoted]
        seen = set()
        for message in self.found():
            matching = {line for line in patterns if re.match(line, message.strip())}
            self.assertTrue(matching, message)
            seen |= matching
        # Those that are hard to provoke are words of the source.
        source = " ".join(file.read_text(encoding="utf-8") for file in (ROOT / "src").glob("*/*.cc"))
        for line, quoted in zip(patterns, self.quoted):
            self.assertTrue(line in seen or f'"{quoted}"' in source, quoted)


if __name__ == "__main__":
    unittest.main()
