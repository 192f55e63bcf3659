"""make_golden.py MODEL_FOLDER: the reference vectors that the end-to-end tests compare with.

Writes tests/data/golden_texts.jsonl and tests/data/golden_vectors.npy (float32, one row a text) with
sentence-transformers in fp32, max_seq_length 256, one text at a time. Needs `pip install
sentence-transformers`; run by hand when the texts change, the results are kept.
"""

import json
import pathlib
import random
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


def main():
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(sys.argv[1], device="cpu")
    model.max_seq_length = 256
    every = texts()
    vectors = np.stack([model.encode(text, batch_size=1, convert_to_numpy=True) for text in every])
    with open(DATA / "golden_texts.jsonl", "w", encoding="utf-8") as file:
        for text in every:
            file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
    np.save(DATA / "golden_vectors.npy", vectors.astype(np.float32))
    print(f"{len(every)} texts, vectors {vectors.shape} {vectors.dtype}")


if __name__ == "__main__":
    main()
