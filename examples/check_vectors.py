"""Checks the vectors that another example has printed: how many, how long, of unit norm, and close to stored ones.

    python openai_sdk.py --input texts.txt | python check_vectors.py --count 3 --dimensions 384 --like stored.jsonl
"""

import argparse
import json
import pathlib
import sys

import numpy as np

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--count", type=int, metavar="N", help="how many vectors there must be")
parser.add_argument("--dimensions", type=int, metavar="N", help="how many numbers each must have")
parser.add_argument("--like", type=pathlib.Path, metavar="FILE", help="vectors of the same texts, one JSON array a line")
parser.add_argument("--least-cosine", type=float, default=0.9999, metavar="X",
                    help="how close each must be to the stored one (default: %(default)s)")
given = parser.parse_args()


def read(lines):
    return np.array([json.loads(line) for line in lines], dtype=np.float32)


vectors = read(sys.stdin)
if given.count is not None and len(vectors) != given.count:
    sys.exit(f"{len(vectors)} vectors; {given.count} are expected")
if len(vectors) == 0:
    sys.exit("no vectors")
if given.dimensions is not None and vectors.shape[1] != given.dimensions:
    sys.exit(f"{vectors.shape[1]} dimensions; {given.dimensions} are expected")
norms = np.linalg.norm(vectors, axis=1)
worst = int(np.argmax(np.abs(norms - 1)))
if abs(norms[worst] - 1) > 1e-3:
    sys.exit(f"vector {worst} has the norm {norms[worst]:.6f}; 1 is expected")
if given.like:
    stored = read(given.like.read_text(encoding="utf-8").splitlines())
    if stored.shape != vectors.shape:
        sys.exit(f"the stored vectors have the shape {stored.shape}, these {vectors.shape}")
    cosines = np.sum(vectors * stored, axis=1) / (norms * np.linalg.norm(stored, axis=1))
    worst = int(np.argmin(cosines))
    if cosines[worst] < given.least_cosine:
        sys.exit(f"vector {worst} and the stored one have the cosine {cosines[worst]:.6f}; "
                 f"at least {given.least_cosine} is expected")
print(f"ok: {len(vectors)} vectors of {vectors.shape[1]} dimensions")
