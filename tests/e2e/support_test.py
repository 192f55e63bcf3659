"""`shoal support`: one archive for a report, whatever can be had, and nothing in it that is nobody's business."""

import io
import json
import os
import pathlib
import stat
import tarfile
import tempfile
import unittest

from harness import ROOT, Client, free_port, run, serving, wait_for

TINY = ("--workers", "1", "--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32")
TOKEN = "a-secret-of-operators"
OF_THIS_MACHINE = {"README.txt", "errors.txt", "version.txt", "machine.txt"}
OF_THE_SERVER = {"snapshot.json", "history.json", "workers.json", "slow_requests.json", "targets.json", "config.json",
                 "metrics.txt", "logs.jsonl"}


def members(archive):
    """(folder, {name: text}) of an archive, given as bytes."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = {member.name: tar.extractfile(member).read().decode() for member in tar}
        modes = {member.mode for member in tar}
    folders = {name.split("/")[0] for name in found}
    if len(folders) != 1 or modes != {0o600}:
        raise AssertionError(f"folders {folders}, modes {modes}")
    return folders.pop(), {name.split("/", 1)[1]: text for name, text in found.items()}


class Support(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.file = self.folder / "report.tar"

    def support(self, code, *arguments):
        """(what was said, the archive's members)."""
        done = run("support", "--output", str(self.file), *arguments)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual((done.stdout, len(done.stderr.splitlines())), ("", 1), done.stderr)
        self.assertIn(f"{self.file}, ", done.stderr)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        return done.stderr, members(self.file.read_bytes())[1]


class OfAServer(Support):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(serving(*TINY, "--log-level", "debug", "--log-requests-per-second", "10000"))
        cls.dashboard = cls.server.info["dashboard"]

    def test_all_that_a_server_says_is_there_and_explained(self):
        Client(self.server.info["grpc"]).embed(["a text"])
        said, files = self.support(0, "--dashboard", self.dashboard)
        self.assertIn("bytes", said)
        self.assertEqual(set(files), OF_THIS_MACHINE | OF_THE_SERVER)
        self.assertEqual(files["errors.txt"], "")
        for name in set(files) - {"README.txt"}:
            self.assertIn(f"\n{name} ", files["README.txt"])
        state = json.loads(files["snapshot.json"])
        self.assertIn(f"version: {state['version']}\nrevision: {state['revision']}\n", files["version.txt"])
        self.assertIn(f"revision\t{state['revision']}\n", files["version.txt"])
        self.assertIn("cpu flags: ", files["machine.txt"])
        settings = {entry["name"]: entry for entry in json.loads(files["config.json"])["settings"]}
        self.assertEqual(settings["log_level"]["place"], "--log-level")
        self.assertIn("\nshoal_build_info{", files["metrics.txt"])
        for name in ("history.json", "workers.json", "slow_requests.json", "targets.json"):
            json.loads(files[name])

    def test_the_whole_log_is_there_line_by_line(self):
        client = Client(self.server.info["grpc"])
        for _ in range(1200):  # more than a page
            client.embed([""])

        def kept():
            _, files = self.support(0, "--dashboard", self.dashboard)
            found = [json.loads(line) for line in files["logs.jsonl"].splitlines()]
            return sum(line["event"] == "request.finished" for line in found) >= 1200 and found
        lines = wait_for(kept, 10, "the lines of the requests")
        logged = [json.loads(line) for line in self.server.log().splitlines()]
        own = [line for line in logged if line["role"] == "serve"]
        self.assertEqual(lines, own[:len(lines)])

    def test_what_lies_there_is_replaced_by_a_file_for_its_owner_alone(self):
        self.file.write_text("old", encoding="utf-8")
        os.chmod(self.file, 0o666)
        self.support(0, "--dashboard", self.dashboard)

    def test_it_goes_into_a_pipe_too(self):
        done = run("support", "--output", "-", "--dashboard", self.dashboard, stdin=b"")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"wrote stdout", done.stderr)
        self.assertEqual(set(members(done.stdout)[1]), OF_THIS_MACHINE | OF_THE_SERVER)

    def test_without_a_name_it_has_that_of_its_folder(self):
        done = run("support", "--dashboard", self.dashboard, before_exec=lambda: os.chdir(self.folder))
        self.assertEqual(done.returncode, 0, done.stderr)
        (file,) = self.folder.iterdir()
        self.assertRegex(file.name, r"^shoal-support-\d{8}T\d{6}Z\.tar$")
        self.assertEqual(members(file.read_bytes())[0], file.stem)


class Lacking(Support):
    def test_what_is_for_operators_is_a_line_for_others(self):
        secret = self.folder / "token"
        secret.write_text(TOKEN + "\n", encoding="utf-8")
        os.chmod(secret, 0o600)
        with serving(*TINY, "--operator-token-file", str(secret)) as server:
            address = ("--dashboard", server.info["dashboard"])
            said, files = self.support(6, *address)
            self.assertIn("errors.txt", said)
            self.assertEqual(set(files), (OF_THIS_MACHINE | OF_THE_SERVER) - {"config.json", "logs.jsonl"})
            self.assertEqual([line.split(":")[0] for line in files["errors.txt"].splitlines()],
                             ["config.json", "logs.jsonl"])
            self.assertIn("HTTP status 401: ", files["errors.txt"])
            _, files = self.support(0, *address, "--operator-token-file", str(secret))
            self.assertEqual(set(files), OF_THIS_MACHINE | OF_THE_SERVER)
            self.assertIn(str(secret), files["config.json"])
            self.assertNotIn(TOKEN.encode(), self.file.read_bytes())

    def test_without_a_server_it_is_of_this_machine(self):
        said, files = self.support(4, "--dashboard", f"127.0.0.1:{free_port()}")
        self.assertIn("--dashboard", said)
        self.assertEqual(set(files), OF_THIS_MACHINE)
        self.assertEqual(len(files["errors.txt"].splitlines()), len(OF_THE_SERVER))
        self.assertIn("version: unknown\n", files["version.txt"])

    def test_a_place_that_takes_no_file_is_refused(self):
        for output in (str(self.folder), str(self.folder / "nothing" / "x.tar")):
            done = run("support", "--output", output, "--dashboard", "127.0.0.1:1")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("--output", done.stderr)
        self.assertEqual(list(self.folder.iterdir()), [])


if __name__ == "__main__":
    unittest.main()
