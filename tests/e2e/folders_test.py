"""Model folders as users have them: verify and start say the same of each, what is wrong is named, what is missing is
what sentence-transformers assumes, and --fetch brings what is not there."""

import functools
import http.server
import json
import os
import pathlib
import shutil
import struct
import tempfile
import threading
import unittest
import urllib.request

import numpy as np

from harness import Client, ROOT, json_rows, run, serving

TINY = ROOT / "tests" / "data" / "tiny_models"
LFS_POINTER = (b"version https://git-lfs.github.com/spec/v1\n"
               b"oid sha256:53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db\nsize 90868376\n")
WORDS = "embeddings.word_embeddings.weight"


def read_weights(path):
    """name -> (dtype, shape, bytes)."""
    content = path.read_bytes()
    (size,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + size])
    header.pop("__metadata__", None)
    data = content[8 + size:]
    return {name: (entry["dtype"], entry["shape"], data[slice(*entry["data_offsets"])])
            for name, entry in header.items()}


def write_weights(path, tensors):
    header, data = {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Folders(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.parent = pathlib.Path(temporary.name)
        self.cache = {"XDG_CACHE_HOME": str(self.parent / "cache")}

    def copy(self, model="mean_f32", name=None):
        return pathlib.Path(shutil.copytree(TINY / model, self.parent / (name or model), dirs_exist_ok=True))

    def edit_weights(self, folder, change):
        tensors = read_weights(folder / "model.safetensors")
        write_weights(folder / "model.safetensors", change(tensors) or tensors)

    def edit_json(self, folder, name, **members):
        value = json.loads((folder / name).read_text(encoding="utf-8"))
        value.update(members)
        (folder / name).write_text(json.dumps(value), encoding="utf-8")

    def shoal(self, *arguments, code, words=(), **environment):
        done = run(*arguments, **{**self.cache, **environment})
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        for word in words:
            self.assertIn(word, done.stderr)
        return done

    def refused(self, folder, *words):
        """By verify and by a start, with the same words."""
        for command in (("model", "verify"), ("embed", "a text", "--precision", "fp32", "--model")):
            done = self.shoal(*command, str(folder), code=3, words=words)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def embed(self, folder, *more, **environment):
        done = self.shoal("embed", "a text", "the quick brown fox", "--precision", "fp32", "--model", str(folder),
                          *more, code=0, **environment)
        return json_rows(done.stdout), done.stderr


class VerifySaysWhatAStartSays(Folders):
    def test_of_tensors(self):
        cases = {
            "a layer is missing": (
                lambda tensors: {n: t for n, t in tensors.items() if ".layer.1." not in n},
                ["model.safetensors", "encoder.layer.1.attention.self.query.weight", "is missing"]),
            "a format that is not read": (
                lambda tensors: tensors.update({WORDS: ("F64", tensors[WORDS][1],
                                                        np.frombuffer(tensors[WORDS][2], "<f4").astype("<f8").tobytes())}),
                [WORDS, "has dtype F64, expected F32, F16 or BF16"]),
            "another shape": (
                lambda tensors: tensors.update({WORDS: ("F32", tensors[WORDS][1][::-1], tensors[WORDS][2])}),
                [WORDS, "has shape"]),
        }
        for what, (change, words) in cases.items():
            with self.subTest(what):
                folder = self.copy()
                self.edit_weights(folder, change)
                self.refused(folder, *words)

    def test_of_sizes_that_the_kernels_lack(self):
        hidden = json.loads((TINY / "mean_f32" / "config.json").read_text(encoding="utf-8"))["hidden_size"]
        folder = self.copy()
        self.edit_json(folder, "config.json", num_attention_heads=hidden // 8)
        self.refused(folder, "size of a head is 8, expected 32 or 64")

    def test_of_a_vocabulary_without_its_special_tokens(self):
        folder = self.copy()
        text = (folder / "vocab.txt").read_text(encoding="utf-8")
        (folder / "vocab.txt").write_text(text.replace("[CLS]", "[ABC]"), encoding="utf-8")
        self.refused(folder, "[CLS]")

    def test_of_a_precision(self):
        folder = self.copy()
        self.edit_json(folder, "sentence_bert_config.json", max_seq_length=600)
        self.edit_json(folder, "config.json", max_position_embeddings=600)
        self.edit_weights(folder, lambda tensors: tensors.update({
            "embeddings.position_embeddings.weight": (
                "F32", [600, tensors[WORDS][1][1]], np.zeros((600, tensors[WORDS][1][1]), "<f4").tobytes())}))
        self.shoal("model", "verify", str(folder), code=0)
        for command in (("model", "verify"), ("embed", "x", "--model")):
            self.shoal(*command, str(folder), "--precision", "int8", code=3, words=["at most 512 with precision int8"])

    def test_the_fixtures_verify(self):
        for folder in sorted(TINY.iterdir()):
            done = self.shoal("model", "verify", str(folder), code=0)
            self.assertEqual(done.stdout, f"{folder}: ok\n")
            self.assertEqual(done.stderr, "")


class WeightsThatAreNotNumbers(Folders):
    def poison(self, folder, name, row, column, value, dtype):
        def change(tensors):
            kind, shape, content = tensors[name]
            array = np.frombuffer(content, dtype).reshape(shape).copy()
            array[row, column] = value
            tensors[name] = (kind, shape, array.tobytes())
        self.edit_weights(folder, change)

    def test_are_refused_by_tensor_and_position(self):
        folder = self.copy()
        self.poison(folder, WORDS, 7, 3, np.nan, "<f4")
        self.refused(folder, "model.safetensors", WORDS, "nan at [7, 3]")
        folder = self.copy("cls_f16")
        self.poison(folder, WORDS, 2, 1, -np.inf, "<f2")
        self.refused(folder, WORDS, "-inf at [2, 1]")

    def test_leave_no_packed_weights_behind(self):
        folder = self.copy()
        self.poison(folder, WORDS, 7, 3, np.inf, "<f4")
        self.refused(folder, "inf at [7, 3]")
        self.assertEqual([p for p in (self.parent / "cache").rglob("*") if p.parent.name == "weights"], [])


class NamesOfTensors(Folders):
    def renamed(self, model, rename):
        folder = self.copy(model, "renamed")
        self.edit_weights(folder, lambda tensors: {rename(name): tensor for name, tensor in tensors.items()})
        return folder

    def test_old_names_of_layer_norm_give_the_same_vectors(self):
        def rename(name):
            return name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        expected, _ = self.embed(TINY / "mean_f32")
        for prefix in ("", "bert."):
            found, _ = self.embed(self.renamed("mean_f32", lambda name: prefix + rename(name)))
            self.assertEqual(found.tobytes(), expected.tobytes())

    def test_a_prefix_on_some_of_the_tensors_is_as_good_as_on_all(self):
        expected, _ = self.embed(TINY / "mean_f32")
        folder = self.renamed("mean_f32", lambda name: "bert." + name if name.startswith("encoder.layer.0") else name)
        self.assertEqual(self.embed(folder)[0].tobytes(), expected.tobytes())

    def test_prefixes_that_the_reference_does_not_load_are_named(self):
        for prefix in ("model.", "0.auto_model."):
            folder = self.renamed("mean_f32", lambda name: prefix + name)
            self.refused(folder, "is missing", prefix + WORDS, '"bert."')

    def test_a_tensor_under_two_names_is_refused(self):
        folder = self.copy()
        self.edit_weights(folder, lambda tensors: tensors.update({"bert." + WORDS: tensors[WORDS]}))
        self.refused(folder, WORDS, "bert." + WORDS, "twice")


class FilesThatTheReferenceDoesWithout(Folders):
    def test_without_sentence_bert_config_the_tokenizers_length_holds(self):
        folder = self.copy()
        (folder / "sentence_bert_config.json").unlink()
        self.edit_json(folder, "tokenizer_config.json", model_max_length=5)
        _, said = self.embed(folder)
        for word in ("sentence_bert_config.json", "5 tokens"):
            self.assertIn(word, said)
        self.assertEqual(len(said.splitlines()), 2, said)  # and that a text was cut
        done = self.shoal("model", "verify", str(folder), code=0, words=["sentence_bert_config.json", "5 tokens"])
        self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_without_modules_it_is_mean_pooling_and_no_other_file_counts(self):
        plain = self.copy("max_f32", "plain")  # has neither Normalize nor prompts
        self.edit_json(plain, "1_Pooling/config.json", pooling_mode_max_tokens=False, pooling_mode_mean_tokens=True,
                       pooling_mode="mean")
        expected, _ = self.embed(plain)
        bare = self.copy("max_f32", "bare")
        (bare / "modules.json").unlink()
        found, said = self.embed(bare)
        self.assertEqual(found.tobytes(), expected.tobytes())
        for word in ("modules.json", "mean pooling", "1_Pooling"):
            self.assertIn(word, said)
        shutil.rmtree(bare / "1_Pooling")
        (bare / "sentence_bert_config.json").unlink()
        self.assertEqual(self.embed(bare)[0].tobytes(), expected.tobytes())
        self.shoal("model", "verify", str(bare), code=0, words=["modules.json", "mean pooling"])
        self.shoal("tokenize", "x", "--model", str(bare), code=0, words=["modules.json"])

    def test_a_server_logs_what_it_assumed_once(self):
        bare = self.copy("mean_f32", "bare")
        (bare / "modules.json").unlink()
        with serving("--workers", "1", "--precision", "fp32", "--model", str(bare), **self.cache) as server:
            lines = [json.loads(line) for line in server.log().splitlines()]
        said = [line for line in lines if line["event"] == "model.assumed"]
        self.assertEqual(len(said), 1, lines)
        self.assertIn("mean pooling", said[0]["msg"])


class FilesThatAreSomethingElse(Folders):
    def test_are_named_with_what_to_do(self):
        page = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n"
        archive = b"PK\x03\x04\x00\x00\x08\x08\x00\x00" + bytes(200)
        pickle = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03." + bytes(200)
        whole = (TINY / "mean_f32" / "model.safetensors").read_bytes()
        cases = [
            ("model.safetensors", LFS_POINTER, ["Git LFS pointer", "git lfs pull"]),
            ("model.safetensors", page, ["HTML page", "shoal model fetch"]),
            ("model.safetensors", archive, ["zip archive", "PyTorch", "safetensors"]),
            ("model.safetensors", pickle, ["pickle", "PyTorch", "safetensors"]),
            ("model.safetensors", whole[:-100], ["lacks the last 100 of", "cut short", "shoal model fetch"]),
            ("model.safetensors", whole[:100], ["cut short", "shoal model fetch"]),
            ("model.safetensors", b"", ["has 0 bytes"]),
            ("model.safetensors", bytes(4096), ["zeros"]),
            ("model.safetensors", b"\x1f\x8b\x08" + bytes(100), ["gzip"]),
            ("model.safetensors", b'{"error": "Invalid username or password."}', ["JSON"]),
            ("vocab.txt", LFS_POINTER, ["Git LFS pointer", "git lfs pull"]),
            ("vocab.txt", page, ["HTML page"]),
            ("vocab.txt", b'{"error": "Entry not found"}', ["JSON"]),
            ("config.json", LFS_POINTER, ["Git LFS pointer", "git lfs pull"]),
            ("config.json", page, ["HTML page"]),
            ("modules.json", page, ["HTML page"]),
            ("1_Pooling/config.json", LFS_POINTER, ["Git LFS pointer"]),
            ("sentence_bert_config.json", LFS_POINTER, ["Git LFS pointer"]),
            ("tokenizer_config.json", page, ["HTML page"]),
        ]
        for name, content, words in cases:
            with self.subTest(file=name, content=content[:12]):
                folder = self.copy()
                (folder / name).write_bytes(content)
                self.refused(folder, f"mean_f32/{name}", *words)

    def test_also_where_a_sum_is_wrong_too(self):
        folder = self.copy(name="all-MiniLM-L6-v2")
        (folder / "model.safetensors").write_bytes(LFS_POINTER)
        self.refused(folder, "Git LFS pointer", "git lfs pull")


class BytesThatAreNoText(Folders):
    def test_a_folder_whose_name_is_not_utf8_is_refused_by_each_command(self):
        path = os.fsencode(self.copy()) + b"\xff"
        os.rename(self.parent / "mean_f32", path)
        model = os.fsdecode(path)
        for command in (("model", "verify"), ("embed", "x", "--model"), ("tokenize", "x", "--model"),
                        ("serve", "--grpc-listen", "127.0.0.1:0", "--http-listen", "", "--worker-listen", "127.0.0.1:0",
                         "--dashboard-listen", "", "--model"),
                        ("worker", "--coordinator", "127.0.0.1:1", "--precision", "fp32", "--model")):
            done = self.shoal(*command, model, code=3, words=["mean_f32\\xFF", "UTF-8"])
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

    def test_below_such_a_folder_a_model_serves(self):
        parent = os.fsencode(self.parent) + b"/caf\xe9"
        os.mkdir(parent)
        model = os.fsdecode(parent) + "/mean_f32"
        shutil.copytree(TINY / "mean_f32", model)
        with serving("--workers", "1", "--precision", "fp32", "--model", model, **self.cache) as server:
            self.assertEqual(Client(server.info["grpc"]).vectors(["a text"]).shape[0], 1)

    def test_names_that_would_reach_the_wire_are_refused(self):
        bad = os.fsdecode(b"w\xff")
        worker = ("worker", "--coordinator", "127.0.0.1:1", "--precision", "fp32", "--model", str(TINY / "mean_f32"))
        self.shoal(*worker, "--worker-id", bad, code=2, words=["--worker-id", "w\\xFF", "UTF-8"])
        self.shoal(*worker, "--worker-id", "a\nb", code=2, words=["--worker-id"])
        self.shoal(*worker, code=3, words=["SHOAL_WORKER_ID", "UTF-8"], SHOAL_WORKER_ID=bad)
        self.shoal(*worker, "--coordinator", bad + ":1", code=2, words=["w\\xFF:1", "HOST:PORT"])
        self.shoal(*worker, "--metrics-listen", bad + ":1", code=2, words=["w\\xFF:1", "HOST:PORT"])
        self.shoal("workers", "drain", bad, code=2, words=["w\\xFF", "UTF-8"])
        self.shoal("embed", "x", "--prompt-name", bad, code=2, words=["--prompt-name", "UTF-8"])
        self.shoal("embed", "x", "--server", "127.0.0.1:1", "--model", bad, code=2, words=["--model", "UTF-8"])

    def test_a_worker_id_with_quotes_leaves_its_health_report_json(self):
        with serving("--precision", "fp32", "--model", str(TINY / "mean_f32"), "--coordinator", "127.0.0.1:1",
                     "--worker-id", 'a"b\\é', command="worker", **self.cache) as worker:
            with urllib.request.urlopen(f"http://{worker.info['workers'][0]['metrics']}/healthz/live") as answer:
                self.assertEqual(json.load(answer)["worker_id"], 'a"b\\é')


class Hub:
    """A hub on loopback that serves `repository` from a folder, and counts what it was asked for."""

    def __init__(self, repository, folder):
        self.asked = []
        hub = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                hub.asked.append(self.path)
                prefix = f"/{repository}/resolve/main/"
                path = folder / self.path.removeprefix(prefix)
                if not self.path.startswith(prefix) or not path.is_file():
                    self.send_error(404)
                    return
                content = path.read_bytes()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=functools.partial(self.server.serve_forever, 0.02))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Fetching(Folders):
    NAME = "BAAI/bge-small-en-v1.5"

    def test_a_name_with_a_slash_that_is_not_there_says_how_to_fetch_it(self):
        words = [f"shoal model fetch {self.NAME}", "--fetch"]
        for command in (("embed", "x"), ("tokenize", "x"), ("serve",), ("coordinator", "--precision", "fp32"),
                        ("worker", "--coordinator", "127.0.0.1:1", "--precision", "fp32")):
            self.shoal(*command, "--model", self.NAME, code=3, words=words)
        self.shoal("model", "verify", self.NAME, code=3, words=words[:1])
        self.shoal("embed", "x", "--model", "./" + self.NAME, code=3, words=["is not a folder"])

    def test_embed_brings_the_model_once(self):
        expected, _ = self.embed(TINY / "cls_f16")
        with Hub(self.NAME, TINY / "cls_f16") as hub:
            found, _ = self.embed(self.NAME, "--fetch", HF_ENDPOINT=hub.url)
            self.assertEqual(found.tobytes(), expected.tobytes())
            asked = len(hub.asked)
            self.embed(self.NAME, "--fetch", HF_ENDPOINT=hub.url)
            self.embed(self.NAME, HF_ENDPOINT=hub.url)
            self.embed("bge-small-en-v1.5", HF_ENDPOINT=hub.url)
            self.assertEqual(len(hub.asked), asked)
        self.shoal("embed", "x", "--model", "other/bge-small-en-v1.5", code=3,
                   words=["bge-small-en-v1.5", "shoal model fetch other/bge-small-en-v1.5"])

    def test_serve_brings_the_model_and_serves_it(self):
        with Hub(self.NAME, TINY / "cls_f16") as hub, \
                serving("--workers", "1", "--precision", "fp32", "--model", self.NAME, "--fetch",
                        HF_ENDPOINT=hub.url, **self.cache) as server:
            self.assertEqual(Client(server.info["grpc"]).vectors(["a text"]).shape[0], 1)
        self.shoal("tokenize", "x", "--model", self.NAME, "--fetch", code=0, HF_ENDPOINT="http://127.0.0.1:1")

    def test_a_model_that_the_hub_does_not_have_is_refused(self):
        with Hub("other/model", TINY / "mean_f32") as hub:
            self.shoal("embed", "x", "--model", self.NAME, "--fetch", code=3, words=[self.NAME, "404"],
                       HF_ENDPOINT=hub.url)

    def test_two_repositories_of_one_name_are_not_confused(self):
        with Hub("a/tiny", TINY / "cls_f16") as hub:
            self.shoal("model", "fetch", "a/tiny", code=0, HF_ENDPOINT=hub.url)
        with Hub("b/tiny", TINY / "mean_f32") as hub:
            self.shoal("model", "fetch", "b/tiny", code=1, words=["a/tiny", "b/tiny"], HF_ENDPOINT=hub.url)
            self.shoal("embed", "x", "--model", "b/tiny", "--fetch", code=3, words=["a/tiny", "b/tiny"],
                       HF_ENDPOINT=hub.url)

    def test_a_model_that_could_not_start_is_not_kept(self):
        folder = self.copy()
        self.edit_weights(folder, lambda tensors: {n: t for n, t in tensors.items() if ".layer.1." not in n})
        with Hub("a/broken", folder) as hub:
            self.shoal("model", "fetch", "a/broken", code=1, words=["encoder.layer.1.", "is missing"],
                       HF_ENDPOINT=hub.url)
        self.assertFalse((self.parent / "cache/shoal/models/broken").exists())

    def test_a_repository_without_the_files_of_sentence_transformers_is_fetched(self):
        bare = self.copy("mean_f32", "bare")
        (bare / "modules.json").unlink()
        (bare / "sentence_bert_config.json").unlink()
        with Hub("a/bare", bare) as hub:
            self.shoal("model", "fetch", "a/bare", code=0, HF_ENDPOINT=hub.url)
        self.embed("a/bare")


if __name__ == "__main__":
    unittest.main()
