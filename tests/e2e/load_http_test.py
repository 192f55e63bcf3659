"""`shoal load` over HTTP, against a server of Python's library that speaks OpenAI's form and that of
text-embeddings-inference."""

import base64
import contextlib
import http.server
import json
import threading
import unittest

import numpy as np

from harness import run

VECTOR = np.arange(1, 5, dtype="<f4")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, value, **headers):
        body = json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/info":
            self.answer(200, {"model_id": "m", "max_input_length": 256})
        else:
            self.answer(200, {"object": "list", "data": [{"id": "m", "object": "model"}]})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, dict(self.headers), request))
        if self.server.refuses and self.headers.get("x-shoal-client"):
            return self.answer(429, {"error": {"message": "full", "code": "overloaded"}}, **{"x-shoal-code": "overloaded"})
        if self.path == "/embed":
            return self.answer(200, [VECTOR.tolist() for _ in request["inputs"]])
        vector = VECTOR.tolist()
        if request["encoding_format"] == "base64":
            vector = base64.b64encode(VECTOR.tobytes()).decode()
        data = [{"object": "embedding", "index": i, "embedding": vector} for i in range(len(request["input"]))]
        return self.answer(200, {"object": "list", "data": data, "model": request["model"],
                                 "usage": {"prompt_tokens": 14, "total_tokens": 14}})


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


@contextlib.contextmanager
def listening(refuses=False):
    with Listener(("127.0.0.1", 0), Handler) as server:
        server.seen, server.refuses = [], refuses
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server, f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def load(target, *plan):
    return run("load", "--target", target, "--duration", "300ms", "--text-tokens", "7", "-o", "json", *plan)


class LoadOverHttp(unittest.TestCase):
    def test_each_form_takes_both_loops(self):
        for scheme in "openai", "openai-base64", "tei":
            for plan in ("--concurrency", "4"), ("--rate", "50"):
                with self.subTest(scheme=scheme, plan=plan), listening() as (server, address):
                    done = load(f"{scheme}+http://{address}", *plan, "--texts-per-request", "2", "--deadline", "5s")
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    report = json.loads(done.stdout)
                    self.assertGreater(report["sent"], 2)
                    self.assertEqual(report["verdicts"], {"ok": report["sent"]})
                    self.assertEqual(report["wrong_vectors"], 0)
                    path, headers, request = server.seen[-1]
                    headers = {name.lower(): value for name, value in headers.items()}
                    if scheme == "tei":
                        self.assertEqual((path, headers["x-request-timeout-ms"]), ("/embed", "5000"))
                        self.assertEqual(len(request["inputs"]), 2)
                    else:
                        self.assertEqual((path, headers["x-stainless-read-timeout"]), ("/v1/embeddings", "5.0"))
                        self.assertEqual((request["model"], len(request["input"])), ("m", 2))

    def test_refusals_count_as_over_grpc(self):
        with listening(refuses=True) as (_, address):
            report = json.loads(load(f"openai+http://{address}", "--rate", "50", "--client", "c").stdout)
            self.assertEqual(report["verdicts"], {"resource_exhausted": report["sent"]})

    def test_a_target_of_no_scheme_is_refused_with_all_four(self):
        done = load("http://127.0.0.1:1", "--rate", "1")
        self.assertEqual(done.returncode, 2)
        for scheme in "grpc", "openai+http", "openai-base64+http", "tei+http":
            self.assertIn(f"{scheme}://HOST:PORT", done.stderr)

    def test_a_server_that_is_not_there_is_named(self):
        done = load("tei+http://127.0.0.1:1", "--rate", "1")
        self.assertEqual(done.returncode, 4)
        self.assertIn("target tei+http://127.0.0.1:1: connect to 127.0.0.1:1", done.stderr)


if __name__ == "__main__":
    unittest.main()
