"""make_golden.py MODEL_FOLDER | --tiny: the reference vectors that the tests compare with.

MODEL_FOLDER: writes tests/data/golden_texts.jsonl and tests/data/golden_vectors.npy (float32, one row a
text) with sentence-transformers in fp32, max_seq_length 256, one text at a time.

--tiny: makes the models of tests/data/tiny_models, one of each kind that Shoal loads, with random weights,
and their vectors in tests/data/tiny_golden: MODEL.npy of the texts of tests/data/tiny_texts.jsonl with the
model's default prompt, MODEL.PROMPT.npy with the named one. The same seed gives the same files.

Needs `pip install sentence-transformers`; run by hand when the texts change, the results are kept.
"""

import dataclasses
import json
import pathlib
import random
import shutil
import sys

import numpy as np

DATA = pathlib.Path(__file__).resolve().parent.parent / "tests" / "data"

SENTENCES = """A man is playing a guitar.
A woman is slicing an onion with a very sharp knife.
Two dogs run through a field of tall grass.
The quick brown fox jumps over the lazy dog.
Der schnelle braune Fuchs springt über den faulen Hund.
Où se trouve la bibliothèque municipale, s'il vous plaît ?
El niño comió una manzana en el jardín de su abuela.
Быстрая коричневая лиса перепрыгивает через ленивую собаку.
素早い茶色の狐はのろまな犬を飛び越える。
敏捷的棕色狐狸跳过了懒狗。
빠른 갈색 여우가 게으른 개를 뛰어넘습니다.
الثعلب البني السريع يقفز فوق الكلب الكسول.
השועל החום המהיר קופץ מעל הכלב העצלן.
तेज़ भूरी लोमड़ी आलसी कुत्ते के ऊपर कूदती है।
Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί.
สุนัขจิ้งจอกสีน้ำตาลกระโดดข้ามสุนัขขี้เกียจ
I can't believe it's not butter!
What is the capital of France?
Paris is the capital and most populous city of France.
E = mc² and ∑ i = n(n+1)/2, while π ≈ 3.14159.
Temperatures fell to −40 °C (−40 °F) overnight.
The invoice of 12/31/2024 totals $1,234.56 (incl. 19% VAT).
Email me at someone@example.org or see https://example.org/a/b?c=d&e=f#g.
int main(int argc, char** argv) { return argc > 1 ? 0 : 1; }
SELECT name, COUNT(*) FROM users WHERE age >= 18 GROUP BY name ORDER BY 2 DESC;
{"key": [1, 2, {"nested": null}], "other": "value"}
😀 emojis 🚀 in ❤️ the 👩‍👩‍👧‍👦 text
naïve café façade résumé coöperate
NAÏVE CAFÉ FAÇADE RÉSUMÉ COÖPERATE
ALL CAPS SHOUTING IS CONSIDERED RUDE
pneumonoultramicroscopicsilicovolcanoconiosis
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
a
?
...
42
   leading and trailing space
tabs\tand\nnewlines\r\nin between
[CLS] literal [SEP] special [MASK] tokens [UNK]
The stock market crashed in 1929, and the world economy followed.
Photosynthesis converts light energy into chemical energy in plants.
Gradient descent minimises a differentiable function step by step.
He said: "I'll be back," and left — without closing the door…
Mitochondria are the powerhouse of the cell.""".split("\n")

WORDS = """time year people way day man thing woman life child world school state family student group country problem hand
part place case week company system program question work government number night point home water room mother area
money story fact month lot right study book eye job word business issue side kind head house service friend father
power hour game line end member law car city community name president team minute idea kid body information back
parent face others level office door health person art war history party result change morning reason research girl
guy moment air teacher force education runs jumps sleeps thinks writes reads builds breaks carries holds quick slow
bright dark heavy light old new warm cold quiet loud however therefore although because while until unless though""".split()


def synthetic(rng, words):
    text = []
    for index in range(words):
        word = rng.choice(WORDS)
        if index == 0 or text[-1].endswith("."):
            word = word.capitalize()
        if rng.random() < 0.12 or index == words - 1:
            word += rng.choice([".", ",", ".", "!", "?"])
        text.append(word)
    return " ".join(text)


def texts():
    rng = random.Random(20240607)
    out = [line.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r") for line in SENTENCES] + [""]
    lengths = list(range(1, 101)) + [rng.randint(100, 260) for _ in range(50)] + [300, 400, 600, 1000]
    return out + [synthetic(rng, words) for words in lengths]


def write_texts(path, every):
    with open(path, "w", encoding="utf-8") as file:
        for text in every:
            file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")


def encode(model, every, **prompt):
    """float32 [texts][dimension], each text alone."""
    return np.stack([model.encode(text, batch_size=1, convert_to_numpy=True, show_progress_bar=False, **prompt)
                     for text in every]).astype(np.float32)


def main():
    if sys.argv[1] == "--tiny":
        return make_tiny()
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(sys.argv[1], device="cpu")
    model.max_seq_length = 256
    every = texts()
    vectors = encode(model, every)
    write_texts(DATA / "golden_texts.jsonl", every)
    np.save(DATA / "golden_vectors.npy", vectors)
    print(f"{len(every)} texts, vectors {vectors.shape} {vectors.dtype}")


# ---- tiny models ----


@dataclasses.dataclass
class Tiny:
    """One model of each kind. What its families have in common is in write_tiny."""

    name: str
    seed: int
    hidden: int
    heads: int
    layers: int
    intermediate: int
    dtype: str  # of the weights' file: F32, F16 or BF16
    pooling: str  # mean, cls or max
    normalize: bool
    max_seq_length: int
    cased: bool = False
    prefix: str = ""  # of the tensors' names
    architecture: str = "BertModel"
    pooler: bool = False  # and position_ids: tensors that the encoder does not use
    new_layout: bool = False  # what sentence-transformers 6 writes; else what 2 to 5 wrote
    prompts: dict = dataclasses.field(default_factory=dict)
    default_prompt: str | None = None


TINY = [
    Tiny("mean_f32", 1, hidden=64, heads=2, layers=2, intermediate=64, dtype="F32", pooling="mean", normalize=True,
         max_seq_length=32, pooler=True),  # like all-MiniLM
    Tiny("cls_f16", 2, hidden=64, heads=1, layers=3, intermediate=128, dtype="F16", pooling="cls", normalize=True,
         max_seq_length=48, pooler=True,  # like bge
         prompts={"query": "Represent this sentence for searching relevant passages: "}),
    Tiny("mean_bf16_cased", 3, hidden=128, heads=4, layers=1, intermediate=64, dtype="BF16", pooling="mean",
         normalize=False, max_seq_length=40, cased=True, prefix="bert.", architecture="BertForMaskedLM", pooler=True),
    Tiny("max_f32", 4, hidden=32, heads=1, layers=2, intermediate=48, dtype="F32", pooling="max", normalize=False,
         max_seq_length=24),
    Tiny("mean_f16_prompts", 5, hidden=64, heads=2, layers=1, intermediate=64, dtype="F16", pooling="mean",
         normalize=True, max_seq_length=36, new_layout=True,  # like e5
         prompts={"query": "query: ", "passage": "passage: "}, default_prompt="query"),
    Tiny("cls_f16_wide", 6, hidden=128, heads=2, layers=1, intermediate=32, dtype="F16", pooling="cls",
         normalize=False, max_seq_length=48, prefix="bert.", new_layout=True),
]

POSITIONS = 48


def tiny_texts():
    rng = random.Random(20240608)
    every = [line.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r") for line in SENTENCES] + [""]
    return every + [synthetic(rng, words) for words in (1, 2, 3, 5, 8, 13, 21, 34, 55)]


def tiny_vocabulary(cased):
    letters = "abcdefghijklmnopqrstuvwxyz" + ("ABCDEFGHIJKLMNOPQRSTUVWXYZéüÉ" if cased else "йкфщ")
    words = "the query passage represent this sentence for searching relevant a is in of and to man time year people"
    if cased:
        words += " The A He Email NAME"
    ends = "ing ed er ly s ion"
    return (["[PAD]"] + [f"[unused{i}]" for i in range(7)] + ["[UNK]", "[CLS]", "[SEP]", "[MASK]"] +
            list("!\"#$%&'()*+,-./:;<=>?@[]_{|}−€狐犬") + list("0123456789" + letters) +
            [w for w in words.split() if len(w) > 1] + ["##" + c for c in "0123456789" + letters] +
            ["##" + e for e in ends.split() if len(e) > 1])


def tiny_tensors(tiny, vocabulary_size):
    """float32 by name. Spread so that attention is far from uniform and every bias and gain counts."""
    rng = np.random.RandomState(tiny.seed)
    tensors = {}

    def norm(name):
        tensors[name + ".weight"] = 1 + 0.2 * rng.standard_normal(tiny.hidden)
        tensors[name + ".bias"] = 0.1 * rng.standard_normal(tiny.hidden)

    def dense(name, inputs, outputs, gain):
        tensors[name + ".weight"] = gain / np.sqrt(inputs) * rng.standard_normal((outputs, inputs))
        tensors[name + ".bias"] = 0.1 * rng.standard_normal(outputs)

    for name, rows in (("word", vocabulary_size), ("position", POSITIONS), ("token_type", 2)):
        tensors[f"embeddings.{name}_embeddings.weight"] = 0.5 * rng.standard_normal((rows, tiny.hidden))
    norm("embeddings.LayerNorm")
    for layer in range(tiny.layers):
        at = f"encoder.layer.{layer}."
        for part, gain in (("query", 1.5), ("key", 1.5), ("value", 1)):
            dense(f"{at}attention.self.{part}", tiny.hidden, tiny.hidden, gain)
        dense(f"{at}attention.output.dense", tiny.hidden, tiny.hidden, 1)
        norm(f"{at}attention.output.LayerNorm")
        dense(f"{at}intermediate.dense", tiny.hidden, tiny.intermediate, 1)
        dense(f"{at}output.dense", tiny.intermediate, tiny.hidden, 1)
        norm(f"{at}output.LayerNorm")
    if tiny.pooler:
        dense("pooler.dense", tiny.hidden, tiny.hidden, 1)
    return tensors


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_tiny_modules(folder, tiny):
    names = ["Transformer", "Pooling"] + (["Normalize"] if tiny.normalize else [])
    new = {"Transformer": "base.modules.transformer", "Pooling": "sentence_transformer.modules.pooling",
           "Normalize": "base.modules.normalize"}
    write_json(folder / "modules.json", [
        {"idx": i, "name": str(i), "path": "" if i == 0 else f"{i}_{name}",
         "type": "sentence_transformers." + (f"{new[name]}.{name}" if tiny.new_layout else f"models.{name}")}
        for i, name in enumerate(names)])
    if tiny.new_layout:
        write_json(folder / "1_Pooling" / "config.json",
                   {"embedding_dimension": tiny.hidden, "pooling_mode": tiny.pooling, "include_prompt": True})
        write_json(folder / "sentence_bert_config.json", {
            "transformer_task": "feature-extraction",
            "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
            "module_output_name": "token_embeddings"})
        return
    modes = {"cls": "cls_token", "mean": "mean_tokens", "max": "max_tokens", "sqrt": "mean_sqrt_len_tokens"}
    write_json(folder / "1_Pooling" / "config.json", {
        "word_embedding_dimension": tiny.hidden,
        **{f"pooling_mode_{key}": mode == tiny.pooling for mode, key in modes.items()}})
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": tiny.max_seq_length, "do_lower_case": False})


def write_tiny(folder, tiny):
    import torch
    from safetensors.torch import save_file

    vocabulary = tiny_vocabulary(tiny.cased)
    assert len(set(vocabulary)) == len(vocabulary)
    write_json(folder / "config.json", {
        "architectures": [tiny.architecture], "attention_probs_dropout_prob": 0.1, "hidden_act": "gelu",
        "hidden_dropout_prob": 0.1, "hidden_size": tiny.hidden, "initializer_range": 0.02,
        "intermediate_size": tiny.intermediate, "layer_norm_eps": 1e-12, "max_position_embeddings": POSITIONS,
        "model_type": "bert", "num_attention_heads": tiny.heads, "num_hidden_layers": tiny.layers, "pad_token_id": 0,
        **({} if tiny.new_layout else {"position_embedding_type": "absolute"}),
        "type_vocab_size": 2, "use_cache": True, "vocab_size": len(vocabulary)})
    write_tiny_modules(folder, tiny)
    write_json(folder / "tokenizer_config.json", {
        "cls_token": "[CLS]", "do_lower_case": not tiny.cased, "mask_token": "[MASK]",
        "model_max_length": tiny.max_seq_length if tiny.new_layout else POSITIONS, "pad_token": "[PAD]",
        "sep_token": "[SEP]", "strip_accents": None, "tokenize_chinese_chars": True,
        "tokenizer_class": "BertTokenizer", "unk_token": "[UNK]"})
    if tiny.prompts or tiny.new_layout:
        write_json(folder / "config_sentence_transformers.json",
                   {"prompts": tiny.prompts, "default_prompt_name": tiny.default_prompt, "similarity_fn_name": "cosine"})
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")

    dtype = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}[tiny.dtype]
    tensors = {tiny.prefix + name: torch.from_numpy(values).to(dtype).contiguous()
               for name, values in tiny_tensors(tiny, len(vocabulary)).items()}
    if tiny.pooler:
        tensors[tiny.prefix + "embeddings.position_ids"] = torch.arange(POSITIONS).reshape(1, -1)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    return tensors


def load_tiny(folder, tiny, tensors):
    """The reference in fp32, proved to hold the weights of the file."""
    import torch
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu", model_kwargs={"dtype": torch.float32})
    loaded = model[0].auto_model.state_dict()
    for name, values in loaded.items():
        assert values.dtype == torch.float32, f"{name} is {values.dtype}"
        if tiny.pooler or not name.startswith("pooler."):
            assert torch.equal(values, tensors[tiny.prefix + name].float()), f"{name} was not loaded"
    assert model.max_seq_length == tiny.max_seq_length
    assert len(model) == (3 if tiny.normalize else 2)
    return model


def make_tiny():
    every = tiny_texts()
    write_texts(DATA / "tiny_texts.jsonl", every)
    for name in ("tiny_models", "tiny_golden"):
        shutil.rmtree(DATA / name, ignore_errors=True)
    (DATA / "tiny_golden").mkdir()
    for tiny in TINY:
        folder = DATA / "tiny_models" / tiny.name
        model = load_tiny(folder, tiny, write_tiny(folder, tiny))
        for prompt in [None] + sorted(tiny.prompts):
            vectors = encode(model, every, prompt_name=prompt)
            assert np.isfinite(vectors).all() and vectors.shape == (len(every), tiny.hidden)
            np.save(DATA / "tiny_golden" / (".".join(filter(None, [tiny.name, prompt])) + ".npy"), vectors)
        cosines = (vectors @ vectors.T) / np.outer(*[np.linalg.norm(vectors, axis=1)] * 2)
        lengths = [len(ids) for ids in model.tokenizer(every)["input_ids"]]
        print(f"{tiny.name}: {sum(n > tiny.max_seq_length for n in lengths)} of {len(every)} texts are cut, "
              f"cosine between texts {cosines.min():.2f} to {np.median(cosines):.2f}, "
              f"norms to {np.linalg.norm(vectors, axis=1).max():.2f}")


if __name__ == "__main__":
    main()
