"""The programs of examples/: each says what it takes, those for gRPC embed, and check_vectors.py finds what is wrong.

http_clients_test.py runs those for HTTP. With SHOAL_ALL_CLIENTS set also those of `tools/setup clients`.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from harness import ROOT, clean_environment, serving
from http_clients import copy_of_checkout, interpreter, rows, run_program

HELPERS = {"texts.py", "texts.mjs", "shoal_stubs.py"}
PROGRAMS = sorted({file.name for file in (ROOT / "examples").iterdir() if file.suffix in (".py", ".mjs")} - HELPERS)


class Examples(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving("--workers", "1", "--precision", "fp32")).info
        cls.folder = copy_of_checkout(pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))) / "examples"
        cls.texts = cls.folder / "texts.txt"
        cls.texts.write_text("".join(f"text {number}\n" for number in range(200)), encoding="utf-8")

    def run_example(self, name, *arguments):
        done = run_program([*interpreter(name), name, *arguments], self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_the_table_lists_each_program(self):
        page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
        self.assertEqual(sorted(re.findall(r"^\| \[([\w.]+)\]\(\1\)", page, re.M)), PROGRAMS)

    def test_each_program_says_what_it_takes(self):
        for name in PROGRAMS:
            if interpreter(name):
                with self.subTest(name):
                    self.assertRegex(self.run_example(name, "-h"), r"(?s)^(.*\n\n)?usage: .*--")

    def test_a_program_without_texts_says_so(self):
        done = run_program([sys.executable, "openai_sdk.py"], self.folder)
        self.assertEqual(done.returncode, 2)
        self.assertIn("no texts: give some, or a file of them with --input", done.stderr)

    def test_those_for_grpc_print_the_same_vectors(self):
        names = [name for name in PROGRAMS if name.startswith("grpc_") and interpreter(name)]
        printed = [self.run_example(name, "--server", self.server["grpc"], "--input", self.texts, "a text")
                   for name in names]
        self.assertEqual(rows(printed[0]).shape, (201, 384))
        for name, other in zip(names, printed):
            self.assertEqual(rows(other).tobytes(), rows(printed[0]).tobytes(), name)

    def test_less_and_less_time_ends_in_a_refusal(self):
        printed = self.run_example("openai_timeouts.py", "--url", "http://" + self.server["http"], "--input",
                                   self.texts).splitlines()
        self.assertEqual(printed[0], "30.000 s: in time")
        self.assertRegex(printed[-1], r"^0\.00\d s: (504 deadline_\w+|no answer in time)$")

    def check(self, vectors, *arguments):
        done = subprocess.run([sys.executable, "check_vectors.py", *map(str, arguments)], cwd=self.folder, text=True,
                              input="".join(json.dumps(vector) + "\n" for vector in vectors), capture_output=True,
                              env=clean_environment(), timeout=60)
        return done.returncode, (done.stdout or done.stderr).strip()

    def test_check_vectors_finds_what_is_wrong(self):
        stored = self.folder / "stored.jsonl"
        stored.write_text("[1, 0]\n[0, 1]\n", encoding="utf-8")
        good = [[1, 0], [0, 1]]
        for vectors, arguments, expected in (
                (good, ("--count", 2, "--dimensions", 2, "--like", stored), (0, "ok: 2 vectors of 2 dimensions")),
                (good, ("--count", 3), (1, "2 vectors; 3 are expected")),
                (good, ("--dimensions", 3), (1, "2 dimensions; 3 are expected")),
                ([], (), (1, "no vectors")),
                ([[1, 0], [0.6, 0.6]], (), (1, "vector 1 has the norm 0.848528; 1 is expected")),
                ([[1, 0], [0.6, 0.8]], ("--like", stored),
                 (1, "vector 1 and the stored one have the cosine 0.800000; at least 0.9999 is expected")),
                ([[1, 0]], ("--like", stored), (1, "the stored vectors have the shape (2, 2), these (1, 2)"))):
            with self.subTest(vectors=vectors, arguments=arguments):
                self.assertEqual(self.check(vectors, *arguments), expected)

    def test_the_folders_pyproject_names_what_the_programs_import(self):
        declared = (ROOT / "examples" / "pyproject.toml").read_text(encoding="utf-8")
        page = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
        for package in re.findall(r"\.py\) \|.*\| `([\w-]+)` \|$", page, re.M):
            self.assertRegex(declared, rf'"{package}\b')


if __name__ == "__main__":
    unittest.main()
