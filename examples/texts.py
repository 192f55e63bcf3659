"""What the examples have in common: texts from the command line, vectors to standard output."""

import argparse
import json
import pathlib


def arguments(description, url="http://localhost:8080", flag="--url"):
    """`texts`, `url`, `model` and `timeout`, as the caller gave them. `-h` lists the options."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("texts", nargs="*", metavar="TEXT", help="texts to embed")
    parser.add_argument("--input", metavar="FILE", type=pathlib.Path, help="a file with one more text in each line")
    parser.add_argument(flag, dest="url", default=url, help="the server (default: %(default)s)")
    parser.add_argument("--model", default="all-MiniLM-L6-v2", help="its model (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=30, metavar="SECONDS",
                        help="how long to wait, which the server is told, too (default: %(default)s)")
    given = parser.parse_args()
    if given.input:
        given.texts += given.input.read_text(encoding="utf-8").splitlines()
    if not given.texts:
        parser.error("no texts: give some, or a file of them with --input")
    return given


def show(vectors):
    """One JSON array a line, in the order of the texts."""
    for vector in vectors:
        print(json.dumps([float(number) for number in vector]))
