#!/usr/bin/env python3
"""Compares a tokenizer command with the Hugging Face `tokenizers` package.

The command reads JSON lines {"text": ...} and prints {"ids": [...]} per line. Texts are every code
point (alone, and between letters), seeded fuzz over all planes, and the lines of prose files.
Code points in the table of docs/tokenizer.md are left out of the fuzz. Exits 1 on a difference.
"""

import argparse
import json
import pathlib
import random
import re
import shlex
import subprocess
import sys

import tokenizers

MAX_TOKENS = 256
ALL = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
PIECES = ["the", "Embedding", "running", "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[sep]", " ",
          "  ", "\t", "\n", "\r\n", "x" * 99, "x" * 100, "x" * 101, "don't", "3.14", "##ing", "[", "]"]
RANGES = [(0, 0x7F), (0x80, 0x24F), (0x300, 0x36F), (0x370, 0x5FF), (0x600, 0x8FF), (0x900, 0x1CFF),
          (0x1D00, 0x2BFF), (0x3000, 0x9FFF), (0xA000, 0xD7FF), (0xE000, 0xFFFF),
          (0x10000, 0x1FFFF), (0x20000, 0x2FFFF), (0x30000, 0x10FFFF)]


def documented(path):
    """Code points of rows `| U+XXXX | ...` and `| U+XXXX-U+YYYY | ...`."""
    found = set()
    row = r"^\| U\+([0-9A-F]+)(?:-U\+([0-9A-F]+))? \|"
    for first, last in re.findall(row, path.read_text(encoding="utf-8"), re.MULTILINE):
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return found


def fuzz(count, seed, known):
    rng = random.Random(seed)
    for _ in range(count):
        parts = []
        for _ in range(rng.randint(0, 24)):
            if rng.random() < 0.3:
                parts.append(rng.choice(PIECES))
                continue
            first, last = rng.choice(RANGES)
            c = rng.randint(first, last)
            if c not in known and not 0xD800 <= c < 0xE000:
                parts.append(chr(c))
        yield "".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--command", required=True)
    parser.add_argument("--model", required=True, type=pathlib.Path, help="folder with tokenizer.json")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cased", action="store_true")
    parser.add_argument("--code-points", action="store_true", help="every code point, two ways")
    parser.add_argument("--list", action="store_true", help="print the differing code points")
    parser.add_argument("prose", nargs="*", type=pathlib.Path)
    arguments = parser.parse_args()

    known = documented(pathlib.Path(__file__).parent.parent / "docs" / "tokenizer.md")
    reference = tokenizers.Tokenizer.from_file(str(arguments.model / "tokenizer.json"))
    reference.no_padding()
    reference.enable_truncation(MAX_TOKENS)
    if arguments.cased:
        reference.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=False)

    texts = list(fuzz(arguments.count, arguments.seed, known))
    if arguments.code_points:
        for c in ALL:
            if c not in known:
                texts += [chr(c), f"a{chr(c)}b"]
    for path in arguments.prose:
        texts += path.read_text(encoding="utf-8").splitlines()

    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    result = subprocess.run(shlex.split(arguments.command), input=lines, encoding="utf-8",
                            stdout=subprocess.PIPE, check=True)
    answers = result.stdout.splitlines()
    if len(answers) != len(texts):
        print(f"{len(texts)} texts, but {len(answers)} answers")
        return 1

    differing = []
    for start in range(0, len(texts), 10_000):
        expected = reference.encode_batch(texts[start:start + 10_000])
        for i, want in enumerate(expected, start):
            if json.loads(answers[i])["ids"] != want.ids:
                differing.append(texts[i])
                if len(differing) <= 5:
                    print(f"{texts[i]!a}\n  got      {answers[i]}\n  expected {want.ids}")
    if arguments.list:
        print(" ".join(sorted({f"{ord(t[1:-1] or t):04X}" for t in differing if len(t) in (1, 3)})))
    print(f"{len(texts)} texts, {len(differing)} differences, {len(known)} code points documented")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
