"""The commands and programs of README.md and docs/clients.md, run as they are printed.

Each program is a process of its own: the stubs of these tests' own client describe the same package.
"""

import json
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import textwrap
import unittest

import grpc
from google.protobuf import descriptor_pool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from harness import ROOT, serving


def printed_command(page):
    """The one command of `page` that makes stubs for Python."""
    (command,) = re.findall(r"^    (python -m grpc_tools\.protoc .*)$", page, re.M)
    return command


def run_in(folder, *arguments):
    """Runs Python with `arguments` in `folder`; what it printed."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, text=True, capture_output=True, timeout=60)
    if done.returncode != 0:
        raise AssertionError(f"{arguments}: {done.returncode}, {done.stderr}")
    return done.stdout


class Clients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.readme = (ROOT / "README.md").read_text(encoding="utf-8")
        cls.page = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
        serve = cls.enterClassContext(serving("--workers", "1", "--precision", "fp32"))
        cls.server, cls.http, cls.log = serve.info["grpc"], serve.info["http"], serve.log
        cls.refusing = cls.enterClassContext(
            serving("--precision", "fp32", "--no-worker-grace", "0s", command="coordinator")).info["grpc"]

    def checkout(self):
        """A folder that looks like the top of a checkout and may be written to."""
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "proto").symlink_to(ROOT / "proto")
        return folder

    def stubs(self, command):
        folder = self.checkout()
        python, *arguments = shlex.split(command)
        self.assertEqual(python, "python")
        run_in(folder, *arguments)
        return folder

    def test_the_readmes_program_embeds(self):
        folder = self.stubs(printed_command(self.readme))
        (program,) = re.findall(r"^(    import grpc, .*?)\n\n", self.readme, re.M | re.S)
        self.assertIn('"localhost:50050"', program)
        lines = [line[4:] for line in program.replace("localhost:50050", self.server).split("\n")]
        (folder / "client.py").write_text("\n".join(lines), encoding="utf-8")
        self.assertRegex(run_in(folder, "client.py"), r"^\['.*-0'\] 384\n$")

    def test_the_readmes_commands_over_http_print_what_it_says(self):
        ((command, printed),) = re.findall(r"^    \$ (curl localhost:8080/.*)\n    (.*)$", self.readme, re.M)
        done = subprocess.run(["bash", "-c", command.replace("localhost:8080", self.http)], text=True,
                              capture_output=True, timeout=60)
        self.assertRegex(done.stdout, "^" + ".*".join(map(re.escape, printed.split("…"))) + "$")
        (program,) = re.findall(r"^(    import openai\n.*?)\n\n", self.readme, re.M | re.S)
        program = textwrap.dedent(program).replace("localhost:8080", self.http)
        self.assertEqual(run_in(self.checkout(), "-c", program), "384\n")

    def test_the_readmes_line_of_the_log_is_that_of_a_server(self):
        (printed,) = re.findall(r'^    (\{.*"server\.ready".*)$', self.readme, re.M)
        logged = next(json.loads(line) for line in self.log().splitlines() if '"role":"serve"' in line and '"server.ready"' in line)
        self.assertEqual(list(json.loads(printed)), list(logged))

    def test_the_python_program_reads_reason_and_retry_hint_with_googles_packages(self):
        folder = self.stubs(printed_command(self.readme))
        (program,) = re.findall(r"^```python\n(.*?)^```", self.page, re.M | re.S)
        (folder / "client.py").write_text(program, encoding="utf-8")
        self.assertEqual(run_in(folder, "client.py", self.server), "dimensions: 384\n")
        first, reason, retry = run_in(folder, "client.py", self.refusing).splitlines()
        self.assertTrue(first.startswith("UNAVAILABLE "), first)
        self.assertEqual(reason, "reason: no_workers")
        self.assertRegex(retry, r"^retry after: [\d.]+ s$")

    def test_the_page_and_the_readme_print_one_command_and_one_for_another_name(self):
        usual, other = re.findall(r"^    (python -m grpc_tools\.protoc .*)$", self.page, re.M)
        self.assertEqual(usual, printed_command(self.readme))
        folder = self.stubs(other)
        (folder / "public.proto").write_text('syntax = "proto3"; package another; message Public {}', encoding="utf-8")
        run_in(folder, "-m", "grpc_tools.protoc", "-I.", "--python_out=.", "public.proto")
        (folder / "both.py").write_text(
            "import public_pb2, grpc_status.rpc_status, shoal.public_pb2_grpc\n"
            "from shoal import public_pb2 as ours\n"
            "print(public_pb2.DESCRIPTOR.name, ours.DESCRIPTOR.name)\n", encoding="utf-8")
        self.assertEqual(run_in(folder, "both.py"), "public.proto shoal/public.proto\n")

    def test_stubs_of_every_file_live_in_one_process(self):
        folder = self.checkout()
        files = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "proto").rglob("*.proto"))
        self.assertIn("proto/google/rpc/status.proto", files)
        run_in(folder, "-m", "grpc_tools.protoc", "-Iproto", "--python_out=.", *files)
        # The copies under google/ are what Google's package has: both may be loaded.
        (folder / "all.py").write_text(
            "import importlib.util, pathlib, google.rpc.status_pb2, google.rpc.error_details_pb2\n"
            "for file in pathlib.Path('.').rglob('*_pb2.py'):\n"
            "    spec = importlib.util.spec_from_file_location(file.stem, file)\n"
            "    spec.loader.exec_module(importlib.util.module_from_spec(spec))\n"
            "    print(file)\n", encoding="utf-8")
        loaded = run_in(folder, "all.py").splitlines()
        self.assertEqual(len(loaded), len(files))

    def test_reflection_describes_the_service_under_the_names_of_the_stubs(self):
        with grpc.insecure_channel(self.server) as channel:
            pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
            service = pool.FindServiceByName("text_embedding.TextEmbedding")
            self.assertEqual(service.file.name, "public.proto")
            self.assertEqual([method.name for method in service.methods], ["Embed", "EmbedStream", "Info"])
            error = service.methods_by_name["EmbedStream"].output_type.fields_by_name["error"].message_type
            self.assertEqual(error.full_name, "google.rpc.Status")
            self.assertEqual(error.file.name, "google/rpc/status.proto")
            self.assertEqual(pool.FindServiceByName("shoal.Operator").file.name, "shoal/operator.proto")


if __name__ == "__main__":
    unittest.main()
