"""What cannot start says so in one line that names the place, and exits with the code of its kind."""

import hashlib
import json
import os
import pathlib
import shutil
import socket
import struct
import tempfile
import unittest

import numpy as np

from harness import ROOT, run

MODEL = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / \
    "shoal" / "models" / "all-MiniLM-L6-v2"
QUERY = "encoder.layer.0.attention.self.query.weight"
COMMANDS = {
    "embed": ("embed", "a text", "--precision", "fp32"),
    "serve": ("serve", "--workers", "2", "--precision", "fp32", "--grpc-listen", "127.0.0.1:0",
              "--http-listen", "127.0.0.1:0", "--worker-listen", "127.0.0.1:0", "--dashboard-listen", ""),
    "worker": ("worker", "--coordinator", "127.0.0.1:1", "--precision", "fp32", "--metrics-listen", "127.0.0.1:0"),
}


def real_header():
    """(tensors by name, bytes of data) of the real weights."""
    with open(MODEL / "model.safetensors", "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    header.pop("__metadata__", None)
    return header, (MODEL / "model.safetensors").stat().st_size - 8 - size


class Folder:
    """A model folder of links to the real one, in which single files are replaced."""

    def __init__(self, parent, name="hostile"):
        self.path = pathlib.Path(parent) / name
        shutil.copytree(MODEL, self.path, copy_function=lambda source, target: os.symlink(source, target))

    def remove(self, name):
        (self.path / name).unlink()

    def write(self, name, content):
        self.remove(name)
        (self.path / name).write_bytes(content)

    def edit_json(self, name, change):
        value = json.loads((MODEL / name).read_text(encoding="utf-8"))
        change(value)
        self.write(name, json.dumps(value).encode())

    def write_weights(self, header, data_size):
        """Weights of zeros that take no room on the disk."""
        text = json.dumps(header).encode()
        self.write("model.safetensors", struct.pack("<Q", len(text)) + text)
        os.truncate(self.path / "model.safetensors", 8 + len(text) + data_size)

    def write_manifest(self, change):
        files = {}
        for path in sorted(self.path.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                files[path.relative_to(self.path).as_posix()] = {
                    "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        change(files)
        (self.path / "shoal-manifest.json").write_text(
            json.dumps({"version": 1, "source": "here", "files": files}), encoding="utf-8")


class Starts(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.parent = pathlib.Path(temporary.name)

    def refused(self, code, words, *arguments, **environment):
        done = run(*arguments, timeout=60, **environment)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stderr}")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("shoal: "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def model_refused(self, folder, *words):
        for name, command in COMMANDS.items():
            with self.subTest(command=name):
                self.refused(3, words, *command, "--model", str(folder.path))


class Weights(Starts):
    def test_a_header_that_is_not_json_is_refused(self):
        folder = Folder(self.parent)
        content = b'{"a": nonsense}'
        folder.write("model.safetensors", struct.pack("<Q", len(content)) + content)
        self.model_refused(folder, "model.safetensors")

    def test_a_header_longer_than_the_file_is_refused(self):
        folder = Folder(self.parent)
        folder.write("model.safetensors", struct.pack("<Q", 1 << 60) + b"{}")
        self.model_refused(folder, "model.safetensors", str(1 << 60), "expected at most 2")

    def test_an_empty_file_is_refused(self):
        folder = Folder(self.parent)
        folder.write("model.safetensors", b"")
        self.model_refused(folder, "model.safetensors", "0 bytes", "expected at least 8")

    def test_truncated_weights_are_refused(self):
        folder = Folder(self.parent)
        header, size = real_header()
        folder.write_weights(header, size - 4)
        self.model_refused(folder, "model.safetensors", f"lacks the last 4 of {size} bytes", "cut short")

    def test_weights_with_bytes_to_spare_are_refused(self):
        folder = Folder(self.parent)
        header, size = real_header()
        folder.write_weights(header, size + 4)
        self.model_refused(folder, "model.safetensors", str(size), str(size + 4))

    def test_a_wrong_shape_names_the_tensor(self):
        folder = Folder(self.parent)
        header, size = real_header()
        header[QUERY]["shape"] = [192, 768]
        folder.write_weights(header, size)
        self.model_refused(folder, "model.safetensors", QUERY, "[192, 768]", "expected [384, 384]")

    def test_a_wrong_dtype_names_the_tensor(self):
        folder = Folder(self.parent)
        header, size = real_header()
        header[QUERY]["dtype"] = "I32"
        folder.write_weights(header, size)
        self.model_refused(folder, "model.safetensors", QUERY, "I32", "expected F32, F16 or BF16")

    def test_a_missing_tensor_is_named(self):
        folder = Folder(self.parent)
        header, size = real_header()
        header["something.else"] = header.pop(QUERY)
        folder.write_weights(header, size)
        self.model_refused(folder, "model.safetensors", QUERY, "missing", "[384, 384]")


class SelfTest(Starts):
    """Weights that load but do not give the vectors that they should."""

    def damaged(self, name, change):
        """The tiny model `mean_f32`, its tensors (float32, by name) changed in place."""
        path = self.parent / name
        shutil.copytree(ROOT / "tests" / "data" / "tiny_models" / "mean_f32", path)
        content = bytearray((path / "model.safetensors").read_bytes())
        (size,) = struct.unpack("<Q", content[:8])
        header = json.loads(content[8:8 + size])
        data = memoryview(content)[8 + size:]
        change({tensor: np.frombuffer(data[slice(*entry["data_offsets"])], dtype="<f4").reshape(entry["shape"])
                for tensor, entry in header.items() if entry.get("dtype") == "F32"})
        (path / "model.safetensors").write_bytes(content)
        return path

    def all_refused(self, path, precision, *words):
        for name, command in COMMANDS.items():
            with self.subTest(command=name):
                self.refused(3, words, *(precision if word == "fp32" else word for word in command),
                             "--model", str(path), XDG_CACHE_HOME=str(self.parent / "cache"))

    def test_weights_that_are_no_numbers_are_refused_with_their_place(self):
        def change(tensors):
            tensors["encoder.layer.0.output.dense.weight"][3, 5] = np.nan
        path = self.damaged("not-a-number", change)
        for _ in "the first start", "the second":
            self.all_refused(path, "fp32", "encoder.layer.0.output.dense.weight", "nan at [3, 5]")

    def test_int8_is_refused_for_a_model_that_it_does_not_suit_and_fp32_is_not(self):
        def change(tensors):
            tensors["encoder.layer.1.intermediate.dense.weight"][0, :] *= 1e4
            tensors["encoder.layer.1.output.dense.weight"][:, 0] *= 1e-4
        path = self.damaged("unbalanced", change)
        self.all_refused(path, "int8", "unbalanced: precision int8", "cosine", "at least 0.997")
        done = run(*COMMANDS["embed"], "--model", str(path), XDG_CACHE_HOME=str(self.parent / "cache"))
        self.assertEqual(done.returncode, 0, done.stderr)


class Files(Starts):
    def test_each_missing_file_is_named(self):
        for name in ("model.safetensors", "vocab.txt", "config.json", "1_Pooling/config.json"):
            folder = Folder(self.parent, name.replace("/", "-"))
            if name == "vocab.txt":
                folder.remove("tokenizer.json")  # one of the two is enough
            folder.remove(name)
            self.model_refused(folder, name)

    def test_a_file_with_another_checksum_than_in_the_manifest_is_refused(self):
        folder = Folder(self.parent)
        folder.write_manifest(lambda files: files["vocab.txt"].update(sha256="0" * 64))
        found = hashlib.sha256((MODEL / "vocab.txt").read_bytes()).hexdigest()
        self.model_refused(folder, "vocab.txt", found, "0" * 64)

    def test_a_file_that_the_manifest_does_not_list_is_refused(self):
        folder = Folder(self.parent)
        folder.write_manifest(lambda files: files.pop("config.json"))
        self.model_refused(folder, "shoal-manifest.json", "config.json")

    def test_a_folder_that_agrees_with_its_manifest_is_used(self):
        folder = Folder(self.parent)
        folder.write_manifest(lambda files: None)
        done = run(*COMMANDS["embed"], "--model", str(folder.path))
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_the_default_model_with_other_bytes_is_refused(self):
        folder = Folder(self.parent, "all-MiniLM-L6-v2")
        folder.write_weights(*real_header())
        expected = hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest()
        self.model_refused(folder, "model.safetensors", "SHA-256", expected)

    def test_a_vocabulary_with_more_tokens_than_vectors_is_refused(self):
        folder = Folder(self.parent)
        folder.remove("tokenizer.json")
        folder.write("vocab.txt", (MODEL / "vocab.txt").read_bytes() + b"zyzzyva\n")
        self.model_refused(folder, "vocab.txt", "30523", "30522")

    def test_the_default_model_is_read_as_its_pinned_files_say_whatever_lies_beside_them(self):
        folder = Folder(self.parent, "all-MiniLM-L6-v2")
        folder.write("tokenizer.json", b"{}")
        folder.write("special_tokens_map.json", b'{"cls_token": "hello"}')
        (folder.path / "added_tokens.json").write_text('{"world": 30521}', encoding="utf-8")
        done = run("tokenize", "--model", str(folder.path), "hello world")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["ids"], [101, 7592, 2088, 102])
        folder.path.rename(self.parent / "other")
        done = run("tokenize", "--model", str(self.parent / "other"), "hello world")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("tokenizer.json", done.stderr)

    def test_an_unknown_architecture_is_refused(self):
        folder = Folder(self.parent)
        folder.edit_json("config.json", lambda config: config.update(architectures=["MPNetModel"]))
        self.model_refused(folder, "config.json", "MPNetModel", "BertModel")
        other = Folder(self.parent, "other")
        other.edit_json("config.json", lambda config: config.update(model_type="xlm-roberta"))
        self.model_refused(other, "config.json", "model_type", "xlm-roberta", '"bert"')

    def test_an_unknown_module_is_refused(self):
        folder = Folder(self.parent)
        folder.edit_json("modules.json", lambda modules: modules[2].update(type="sentence_transformers.models.Dense"))
        self.model_refused(folder, "modules.json", "sentence_transformers.models.Dense", "Normalize")


class RememberedSums(Starts):
    """The sum of the weights is remembered in the cache folder; who reads them finds a lie of the record."""

    def start(self, model):
        return run(*COMMANDS["embed"], "--model", str(model), timeout=60, XDG_CACHE_HOME=str(self.parent / "cache"))

    def test_a_start_remembers_and_packing_finds_a_lie_once(self):
        folder = Folder(self.parent)
        first = self.start(folder.path)
        self.assertEqual(first.returncode, 0, first.stderr)
        (record,) = (self.parent / "cache" / "shoal" / "sums").iterdir()
        *words, sha256, _ = record.read_text().split()
        self.assertEqual(sha256, hashlib.sha256((MODEL / "model.safetensors").read_bytes()).hexdigest())
        lie = " ".join([*words, "a" * 64])
        record.write_text(f"{lie} {hashlib.sha256(lie.encode()).hexdigest()}\n")
        verified = run("model", "verify", str(folder.path), XDG_CACHE_HOME=str(self.parent / "cache"))
        self.assertEqual(verified.returncode, 0, verified.stderr)
        self.refused(3, ["model.safetensors", sha256, "expected " + "a" * 64], *COMMANDS["embed"],
                     "--model", str(folder.path), XDG_CACHE_HOME=str(self.parent / "cache"))
        again = self.start(folder.path)
        self.assertEqual((again.returncode, again.stdout), (0, first.stdout), again.stderr)


class Settings(Starts):
    def file(self, text):
        path = self.parent / "shoal.toml"
        path.write_text(text, encoding="utf-8")
        return ("--config", str(path))

    def test_an_unknown_flag_names_the_nearest(self):
        self.refused(2, ["--worker;", "--workers"], "serve", "--worker", "3")

    def test_an_unknown_command_names_the_nearest(self):
        self.refused(2, ["sevre", "serve"], "sevre")
        self.refused(2, ["model fetch", "model verify"], "model", "lst")

    def test_an_unknown_key_names_the_nearest_and_the_line(self):
        for command in ("serve", "coordinator", "worker", "embed", "status"):
            self.refused(3, ["shoal.toml:2", "wokers", "workers"], command, *self.file("threads = 1\nwokers = 3\n"))

    def test_a_key_with_a_value_of_another_kind_is_refused(self):
        self.refused(3, ["shoal.toml:1", "workers", "a string", "an integer"], "serve", *self.file('workers = "3"\n'))
        self.refused(3, ["shoal.toml:1", "max_texts", "0", "from 1"], "serve", *self.file("max_texts = 0\n"))

    def test_a_file_that_is_not_toml_or_not_there_is_refused(self):
        self.refused(3, ["shoal.toml:1"], "serve", *self.file("workers = \n"))
        self.refused(3, ["nowhere.toml"], "serve", "--config", str(self.parent / "nowhere.toml"))

    def test_a_bad_variable_is_refused_by_name(self):
        self.refused(3, ["SHOAL_WORKERS", "abc", "an integer"], "serve", SHOAL_WORKERS="abc")

    def test_a_variable_that_sets_nothing_is_one_warning_with_the_nearest(self):
        self.refused(3, ["SHOAL_WOKERS", "SHOAL_WORKERS"], "config", "check", SHOAL_WOKERS="3")
        done = run("version", SHOAL_WOKERS="3", SHOAL_WORKER_PORT="tcp://10.0.0.2:9464")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, "shoal: unknown variable SHOAL_WOKERS is ignored; did you mean SHOAL_WORKERS?\n")

    def test_a_second_value_of_a_flag_is_refused_with_both(self):
        self.refused(2, ["--input", "a.txt", "b.txt"], "embed", "--input", "a.txt", "--input", "b.txt")

    def test_a_text_that_begins_with_a_dash_goes_after_two_dashes(self):
        self.refused(2, ["-5 degrees", "goes after --"], "embed", "-5 degrees")
        done = run("tokenize", "--", "-5 degrees")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(json.loads(done.stdout)["ids"]), 5)

    def test_an_empty_address_where_a_server_has_to_listen_is_refused(self):
        for command in ("serve", "coordinator"):
            for name in ("grpc", "worker"):
                self.refused(3, [f"--{name}-listen is empty", "HOST:PORT"], command, f"--{name}-listen=")
        self.refused(3, ["shoal.toml:1: grpc_listen is empty"], "serve", *self.file('grpc_listen = ""\n'))

    def test_an_unknown_kernel_table_ends_each_command(self):
        for command in COMMANDS.values():
            self.refused(3, ["SHOAL_ISA", "sse9", "portable"], *command, SHOAL_ISA="sse9")

    def test_a_taken_port_is_refused_with_its_address(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = f"127.0.0.1:{taken.getsockname()[1]}"
            words = [address, "Address already in use"]
            for command in ("serve", "coordinator"):
                listeners = ("--grpc-listen", "--http-listen", "--worker-listen", "--dashboard-listen")
                for flag in listeners:
                    others = [f"{other}=127.0.0.1:0" for other in listeners if other != flag]
                    self.refused(3, words, command, "--precision", "fp32", flag, address, *others)
            self.refused(3, words, "worker", "--precision", "fp32", "--coordinator", "127.0.0.1:1",
                         "--metrics-listen", address)

    def test_a_model_that_was_never_fetched_says_how_to_fetch_it(self):
        words = ["all-MiniLM-L6-v2", "shoal model fetch"]
        self.refused(3, words, "model", "verify", XDG_CACHE_HOME=str(self.parent))
        for command in COMMANDS.values():
            self.refused(3, words, *command, XDG_CACHE_HOME=str(self.parent))


if __name__ == "__main__":
    unittest.main()
