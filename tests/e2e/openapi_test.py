"""Requests that schemathesis makes from /openapi.json, right and wrong ones: each is answered as the document says.

Needs `tools/setup clients`.
"""

import json
import pathlib
import subprocess
import tempfile
import unittest
import urllib.request

from harness import ROOT, serving
from http_clients import CLIENTS_PYTHON

MODEL = ("--model", str(ROOT / "tests" / "data" / "tiny_models" / "mean_f32"), "--precision", "fp32", "--workers", "1",
         "--model-alias", "all-MiniLM-L6-v2")
# A deadline may be too short, whatever the document says of its type.
CONFIGURATION = '[checks]\nnot_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503", "504"]\n'
# Their values depend on the model, which the document does not know.
OF_THE_MODEL = ("prompt_name", "dimensions")


def without_fields(node):
    if isinstance(node, dict):
        return {key: {name: without_fields(field) for name, field in value.items() if name not in OF_THE_MODEL}
                if key == "properties" else without_fields(value) for key, value in node.items()}
    return [without_fields(each) for each in node] if isinstance(node, list) else node


class OpenApi(unittest.TestCase):
    def test_each_request_is_answered_as_the_document_says(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        server = self.enterContext(serving(*MODEL))
        url = "http://" + server.info["http"]
        with urllib.request.urlopen(url + "/openapi.json", timeout=10) as answer:
            document = json.load(answer)
        (folder / "openapi.json").write_text(json.dumps(without_fields(document)), encoding="utf-8")
        (folder / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
        done = subprocess.run(
            [CLIENTS_PYTHON.parent / "schemathesis", "run", "openapi.json", "--url", url, "--checks", "all",
             "--max-examples", "100", "--phases", "examples,coverage,fuzzing", "--no-color"],
            cwd=folder, text=True, capture_output=True, timeout=500)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:])
        self.assertRegex(done.stdout, r"\d{3,} generated, \d+ passed")


if __name__ == "__main__":
    unittest.main()
