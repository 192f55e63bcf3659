#!/usr/bin/env python3
"""Tokenizer files of every form, and the ids that transformers gives for them.

make_tokenizers.py --tiny: writes tests/data/tokenizers/NAME (the files, with a tiny vocabulary) and NAME.jsonl
({"text", "ids"} a line). Run by hand when a form is added; the results are kept.

make_tokenizers.py --compare MODEL --command "build/dev/shoal tokenize --model {folder} --input {texts}": makes the
same forms with the vocabulary and the small files of MODEL in a temporary folder and compares the ids of --count
texts. Exits 1 on a difference.

Needs `pip install transformers`.
"""

import argparse
import json
import os
import pathlib
import random
import shlex
import shutil
import subprocess
import sys
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "error"

from tokenizers import AddedToken, normalizers, pre_tokenizers, processors  # noqa: E402
from transformers import AutoTokenizer, BertTokenizer  # noqa: E402

from check_tokenizer import fuzz  # noqa: E402
from make_golden import SENTENCES, tiny_vocabulary  # noqa: E402

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data" / "tokenizers"
FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt")
NAMES = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
FLAGS = ("single_word", "lstrip", "rstrip", "normalized", "special")


def write(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def token(content, **flags):
    """As files spell an added token out."""
    return {"content": content, **{flag: flags.get(flag, False) for flag in FLAGS}}


# ---- the forms: each writes the tokenizer's files of one folder ----


def saved(*tokens, special=(), edit=None, **options):
    """As transformers 5 saves it, with added tokens."""

    def make(folder, vocabulary):
        tokenizer = BertTokenizer(vocab={word: i for i, word in enumerate(vocabulary)}, **options)
        tokenizer.add_tokens(list(tokens))
        if special:
            tokenizer.add_special_tokens({"additional_special_tokens": list(special)})
        tokenizer.save_pretrained(folder)
        if edit:
            file = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
            config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
            edit(file, config)
            write(folder / "tokenizer.json", file)
            write(folder / "tokenizer_config.json", config)

    return make


def as_it_is(file, config):
    """tokenizer.json alone says what is done."""
    config.clear()
    config.update({"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512})
    file["normalizer"].update(lowercase=False, strip_accents=True)
    vocab = file["model"]["vocab"]
    file["model"].update(continuing_subword_prefix="@@", max_input_chars_per_word=12,
                         vocab={"@@" + word[2:] if word[2:] and word.startswith("##") else word: i
                                for word, i in vocab.items()})
    file["post_processor"] = {"type": "BertProcessing", "sep": ["[SEP]", vocab["[SEP]"]], "cls": ["[CLS]", vocab["[CLS]"]]}


def other_sections(file, config):
    file["truncation"] = {"direction": "Left", "max_length": 8, "strategy": "OnlyFirst", "stride": 3}
    file["padding"] = {"strategy": {"Fixed": 64}, "direction": "Right", "pad_to_multiple_of": 8, "pad_id": 0,
                       "pad_type_id": 0, "pad_token": "[PAD]"}
    config["truncation_side"] = "right"


def decoder_wins(file, config):
    """tokenizer_config.json lists the added tokens: tokenizer.json's do not count."""
    file["added_tokens"][-1]["content"] = "[OTHER]"
    size = len(file["model"]["vocab"])
    config["added_tokens_decoder"] = {str(size): token("[WORLD]", single_word=True)}


def gaps(file, config):
    """Ids that are no line numbers: the last two words change places, and the number before them is free."""
    vocab = file["model"]["vocab"]
    last = sorted(vocab, key=vocab.get)[-3:]
    size = len(vocab)
    del vocab[last[0]]
    vocab[last[1]], vocab[last[2]] = size - 1, size - 2
    for added in file["added_tokens"]:
        added["id"] -= added["id"] >= size and 1
    file["added_tokens"] = [added for added in file["added_tokens"] if added["special"]]


def legacy(config=None, names=None, added=None, **more):
    """As transformers 3 and 4 saved a slow tokenizer: no tokenizer.json."""

    def make(folder, vocabulary):
        (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
        write(folder / "tokenizer_config.json", {"do_lower_case": True, "model_max_length": 512, **(config or {}), **more})
        if names is not None:
            write(folder / "special_tokens_map.json", names)
        if added is not None:
            write(folder / "added_tokens.json", {content: len(vocabulary) + i for i, content in enumerate(added)})

    return make


def transformers_4(folder, vocabulary):
    """As transformers 4 saved a fast tokenizer: everything twice."""
    saved("[WORLD]", special=["<e1>"])(folder, vocabulary)
    file = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    decoder = {str(added["id"]): {key: added[key] for key in ("content", *FLAGS)} for added in file["added_tokens"]}
    write(folder / "tokenizer_config.json", {
        "added_tokens_decoder": decoder, "additional_special_tokens": ["<e1>"], "clean_up_tokenization_spaces": True,
        "do_basic_tokenize": True, "do_lower_case": True, "extra_special_tokens": {}, "model_max_length": 512,
        "never_split": None, "strip_accents": None, "tokenize_chinese_chars": True,
        "tokenizer_class": "BertTokenizer", **NAMES})
    flagless = {key: {k: v for k, v in token(content).items() if k != "special"} for key, content in NAMES.items()}
    write(folder / "special_tokens_map.json", {**flagless, "additional_special_tokens": ["<e1>"]})
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")


FORMS = {
    "saved": saved(),
    "added": saved("[WORLD]", "covid19x"),
    "special": saved(special=["<e1>", AddedToken("<E2>", lstrip=True, rstrip=True)]),
    "flags": saved(AddedToken("Word", single_word=True, normalized=False), AddedToken("left", lstrip=True),
                   AddedToken("right", rstrip=True, normalized=False), AddedToken("Both", lstrip=True, rstrip=True),
                   AddedToken("one", single_word=True, lstrip=True, rstrip=True)),
    "overlapping": saved("ab", "abc", "bcd", AddedToken("aB", normalized=False), AddedToken("New York City"),
                         AddedToken("New York", normalized=False), "é", "中文", " x ", AddedToken("[S", normalized=False)),
    "of_the_vocabulary": saved("the", AddedToken("[MASK]", lstrip=True, special=True, normalized=True), "##ing"),
    "cased": saved("[WORLD]", "Zürich", do_lower_case=False),
    "cased_stripped": saved("[WORLD]", "Zürich", do_lower_case=False, strip_accents=True),
    "accents": saved("Zürich", "İx", strip_accents=False),
    "no_ideographs": saved("中文", tokenize_chinese_chars=False),
    "as_it_is": saved("[WORLD]", edit=as_it_is),
    "other_sections": saved("[WORLD]", edit=other_sections),
    "decoder_wins": saved("[WORLD]", edit=decoder_wins),
    "gaps": saved(edit=gaps),
    "transformers_4": transformers_4,
    "legacy": legacy(names=NAMES, added=["[WORLD]", "covid19x"]),
    "legacy_special": legacy({"additional_special_tokens": ["<e1>"]}, added=["<e1>"],
                             names={**NAMES, "mask_token": {"content": "[MASK]", "single_word": False, "lstrip": True,
                                                            "rstrip": False, "normalized": True},
                                    "additional_special_tokens": ["<e1>"]}),
    "legacy_late": legacy(names={**NAMES, "additional_special_tokens": ["<e1>"]}),
    "legacy_names": legacy({"cls_token": "[SEP]", "sep_token": "[CLS]", "bos_token": "[PAD]"}, strip_accents=False),
    "legacy_typed": legacy({"mask_token": {"__type": "AddedToken", **token("[MASK]", lstrip=True, normalized=True)}},
                           do_lower_case=False),
    "legacy_bare": legacy(),
}

PIECES = """[WORLD] [world] [WORLD covid19x covid19 COVID19X <e1> <E1> <e2> <E2> Word word WORD wordy \
left LEFT right Right both Both one ONE ab abc abcd aB ABC bcd New_York_City New_York \
new_york é É e\u0301 中文 中 文 x X the The ##ing ing [MASK] [mask] [CLS] [SEP] [PAD] [UNK] \
[sep] Zürich zürich Zurich ZÜRICH İx i\u0307x ix [S [SEP [ ] < > \u00a0 \u200b \u0301 \
\u3000 _ - . 1 ß ẞ \u2028 \x1c \x85 \t \n"""

TINY = ("added", "special", "flags", "overlapping", "of_the_vocabulary", "cased_stripped", "accents", "no_ideographs",
        "as_it_is", "decoder_wins", "gaps", "transformers_4", "legacy", "legacy_special", "legacy_names")


def texts(count, tokens, sentences=()):
    rng = random.Random(20250301)
    pieces = [piece.replace("_York", " York").replace("_City", " City") for piece in PIECES.split(" ")]
    pieces += tokens * 3 + [" "] * 12
    out = [line.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r") for line in sentences]
    out += [*tokens, *["a" + t for t in tokens], *[t + "a" for t in tokens], *[t * 2 for t in tokens]]
    out += list(fuzz(count // 4, 7, set()))
    while len(out) < count:
        out.append("".join(rng.choice(pieces) for _ in range(rng.randint(1, 14))))
    return out[:count]


def contents(folder):
    """The added tokens of a folder."""
    found = []
    if (folder / "tokenizer.json").exists():
        file = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        found += [added["content"] for added in file["added_tokens"]]
    if (folder / "added_tokens.json").exists():
        found += json.loads((folder / "added_tokens.json").read_text(encoding="utf-8"))
    return [content for content in found if content not in NAMES.values()]


def reference_ids(folder, every, most):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    return tokenizer(every, truncation=True, max_length=most)["input_ids"]


def make_tiny(count):
    shutil.rmtree(DATA, ignore_errors=True)
    for name in TINY:
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / name
            folder.mkdir()
            write(folder / "config.json", {"model_type": "bert"})
            FORMS[name](folder, tiny_vocabulary("cased" in name))
            every = texts(count, contents(folder))
            ids = reference_ids(folder, every, 24)
            kept = DATA / name
            kept.mkdir(parents=True)
            for file in FILES:
                if (folder / file).exists():
                    shutil.copy(folder / file, kept / file)
        with open(DATA / f"{name}.jsonl", "w", encoding="utf-8") as file:
            for text, row in zip(every, ids):
                file.write(json.dumps({"text": text, "ids": row}) + "\n")


def compare(model, command, count, only):
    vocabulary = (model / "vocab.txt").read_text(encoding="utf-8").split("\n")[:-1]
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    bad = 0
    for name, make in FORMS.items():
        if only and name not in only:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "model"
            shutil.copytree(model, folder, ignore=shutil.ignore_patterns(*FILES, "shoal-manifest.json"), symlinks=True)
            write(folder / "config.json", {**config, "vocab_size": config["vocab_size"] + 100})
            make(folder, vocabulary)
            every = texts(count, contents(folder), SENTENCES)
            most = json.loads((folder / "sentence_bert_config.json").read_text())["max_seq_length"]
            want = reference_ids(folder, every, most)
            lines = pathlib.Path(scratch) / "texts.jsonl"
            lines.write_text("".join(json.dumps({"text": text}) + "\n" for text in every), encoding="utf-8")
            result = subprocess.run(shlex.split(command.format(folder=folder, texts=lines)), encoding="utf-8",
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            got = [json.loads(line)["ids"] for line in result.stdout.splitlines()]
            differing = [i for i in range(len(every)) if i >= len(got) or got[i] != want[i]]
            print(f"{name}: {len(every)} texts, {len(differing)} differences {result.stderr.strip()}")
            for i in differing[:3]:
                print(f"  {every[i]!a}\n    got      {got[i] if i < len(got) else None}\n    expected {want[i]}")
            bad += bool(differing)
    return 1 if bad else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--compare", type=pathlib.Path, metavar="MODEL")
    parser.add_argument("--command")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--only", nargs="*")
    arguments = parser.parse_args()
    if arguments.tiny:
        return make_tiny(60)
    return compare(arguments.compare, arguments.command, arguments.count, arguments.only)


if __name__ == "__main__":
    sys.exit(main())
