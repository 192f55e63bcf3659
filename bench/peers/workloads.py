"""workloads.py MODEL_FOLDER OUT_FOLDER: the texts as token ids, in the form of bench/token_driver.cc.

Windows of the golden texts' tokens between [CLS] and [SEP], about 2,000 tokens a file: 16.ids, 32.ids,
128.ids and 256.ids have items of just that length, mix.ids has lognormal lengths of mean 31 (from 4 to 256),
sorted, as every library wants them.
"""

import json
import pathlib
import random
import sys

import numpy as np
from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOKENS = 2048
MEAN, SIGMA = 31, 0.7


def lengths_of_mix(rng):
    """About TOKENS in all; the mean is made to be MEAN."""
    drawn = [rng.lognormvariate(0, SIGMA) for _ in range(round(TOKENS / MEAN))]
    factor = MEAN * len(drawn) / sum(drawn)
    return sorted(min(256, max(4, round(factor * value))) for value in drawn)


def main():
    model_folder, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    tokenizer = Tokenizer.from_file(str(model_folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    lines = (ROOT / "tests/data/golden_texts.jsonl").read_text(encoding="utf-8").splitlines()
    ids = [i for line in lines for i in tokenizer.encode(json.loads(line)["text"]).ids[1:-1]]
    first, last = tokenizer.encode("").ids
    rng = random.Random(31)
    out.mkdir(parents=True, exist_ok=True)
    files = {str(length): [length] * (TOKENS // length) for length in (16, 32, 128, 256)}
    files["mix"] = lengths_of_mix(rng)
    for name, lengths in files.items():
        words = [len(lengths)]
        for length in lengths:
            at = rng.randrange(len(ids) - length)
            words += [length, first, *ids[at:at + length - 2], last]
        np.array(words, dtype=np.int32).tofile(out / f"{name}.ids")
        print(f"workloads: {name}: {len(lengths)} texts, {sum(lengths)} tokens")


if __name__ == "__main__":
    main()
