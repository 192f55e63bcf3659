"""The HTTP port as clients see it: the vectors of gRPC, HTTP/1.1 by the letter, and a reason for what is refused."""

import contextlib
import json
import signal
import unittest

import grpc
import numpy as np

import http1
from harness import ROOT, Client, serving, wait_for
from http1 import Connection, chunked, get, head, post
from http_case import HELLO, TINY, Http, SameVectors, finished, queued_items


class Vectors(SameVectors):
    ARGUMENTS = ("--workers", "2", "--precision", "fp32")

    def test_they_are_the_bytes_of_grpc(self):
        lines = (ROOT / "tests" / "data" / "golden_texts.jsonl").read_text(encoding="utf-8").splitlines()
        golden = [text for text in (json.loads(line)["text"] for line in lines) if text]
        self.same_as_grpc(["A man is playing a guitar."])
        self.same_as_grpc(golden[:3])

    def test_one_text_is_an_input_too(self):
        expected = Client(self.server.info["grpc"]).vectors(["one"]).tolist()
        self.assertEqual(self.ask(post({"input": "one"})).json()["data"][0]["embedding"],
                         self.ask(post({"input": ["one"]})).json()["data"][0]["embedding"])
        self.assertEqual(np.array([self.ask(post({"input": "one"})).json()["data"][0]["embedding"]],
                                  dtype=np.float32).tolist(), expected)


class Protocol(SameVectors):
    BODY = json.dumps(HELLO).encode()

    def test_2048_vectors_are_the_bytes_of_grpc(self):
        self.same_as_grpc([f"text {number} of many" for number in range(2048)])

    def test_a_connection_serves_one_request_after_the_other(self):
        connection = self.connect()
        for number in range(5):
            answer = connection.ask(post(HELLO, f"x-request-id: number-{number}"))
            self.answered(answer)
            self.assertEqual(answer.headers["x-request-id"], f"number-{number}")
            self.assertNotIn("connection", answer.headers)
        self.assertEqual(connection.ask(post(HELLO, "Connection: close")).headers["connection"], "close")
        self.assertTrue(connection.ended())

    def test_pipelined_requests_are_answered_in_their_order(self):
        connection = self.connect()
        connection.send(b"".join(post({"input": ["hello"] * (number + 1)}, f"x-request-id: {number}")
                                 for number in range(10)))
        for number in range(10):
            answer = connection.answer()
            self.answered(answer, texts=number + 1)
            self.assertEqual(answer.headers["x-request-id"], str(number))

    def test_300_requests_in_one_send(self):
        connection = self.connect()
        connection.send(get("/v1/models") * 300)
        self.assertEqual({connection.answer().status for _ in range(300)}, {200})

    def test_100_continue(self):
        connection = self.connect()
        fields = ("Expect: 100-continue", f"Content-Length: {len(self.BODY)}")
        for expect in fields[0], fields[0].upper():
            self.assertEqual(connection.ask(head("POST", http1.PATH, expect, fields[1])).status, 100)
            self.answered(connection.ask(self.BODY))
        # Who does not wait for it is not told.
        self.answered(connection.ask(head("POST", http1.PATH, *fields) + self.BODY))
        # In HTTP/1.0 there is no such thing.
        self.answered(connection.ask(head("POST", http1.PATH, *fields, version="1.0") + self.BODY))

    def test_what_its_head_refuses_is_not_told_to_continue(self):
        expect = ("Expect: 100-continue", "Content-Length: 10")
        for name, request, status in (
                ("another route", head("POST", "/v1/none", *expect), 404),
                ("a compressed body", head("POST", http1.PATH, *expect, "Content-Encoding: gzip"), 400),
                ("too large", head("POST", http1.PATH, "Expect: 100-continue", f"Content-Length: {1 << 30}"), 413),
                ("another expectation", head("POST", http1.PATH, "Expect: a miracle", "Content-Length: 10"), 417)):
            with self.subTest(name):
                connection = self.connect()
                answer = connection.ask(request)
                self.assertEqual((answer.status, answer.headers["connection"]), (status, "close"))
                self.assertIn("message", answer.error())
                self.assertTrue(connection.ended())

    def test_chunked_bodies(self):
        chunks = head("POST", http1.PATH, "Transfer-Encoding: chunked")
        connection = self.connect()
        for size in (1, 2, 7, len(self.BODY), 100_000):
            self.answered(connection.ask(chunks + chunked(self.BODY, size)))
        self.answered(connection.ask(chunks + chunked(self.BODY, 5, extension=";a=b;c=\"d e\"")))
        self.answered(connection.ask(chunks + chunked(self.BODY, 5, trailers="x-sum: 1\r\nContent-Length: 7\r\n")))
        self.answered(connection.ask(chunks + f"000{len(self.BODY):X}\r\n".encode() + self.BODY +
                                     b"\r\n0\r\n\r\n"))
        self.answered(connection.ask(head("POST", http1.PATH, "Transfer-Encoding: CHUNKED") + chunked(self.BODY)))
        # Byte by byte, and the next request right behind it.
        whole = chunks + chunked(self.BODY, 3, trailers="x: y\r\n") + get("/v1/models")
        for at in range(len(whole)):
            connection.send(whole[at:at + 1])
        self.answered(connection.answer())
        self.assertEqual(connection.answer().status, 200)

    def test_a_body_is_utf_8_and_not_compressed(self):
        for accepted in ("charset=utf-8", "charset=UTF-8", "charset=\"utf-8\"", "charset=utf8; x=y", "x=y"):
            self.answered(self.ask(post(HELLO, f"Content-Type: application/json; {accepted}")))
        self.answered(self.ask(post(HELLO, "Content-Encoding: identity")))
        for refused, word in (("Content-Type: application/json; charset=latin-1", "latin-1"),
                              ("Content-Type: application/json; charset=utf-16", "utf-16"),
                              ("Content-Encoding: gzip", "gzip"), ("Content-Encoding: identity, br", "br")):
            with self.subTest(refused):
                body = json.dumps(HELLO).encode()
                request = head("POST", http1.PATH, refused, f"Content-Length: {len(body)}") + body
                self.refused(self.ask(request), 400, "invalid_request", word, "accepted")

    def test_http_1_0(self):
        connection = self.connect()
        answer = connection.ask(post(HELLO, "Connection: keep-alive", version="1.0"))
        self.answered(answer)
        self.assertEqual(answer.headers["connection"], "keep-alive")
        large = connection.ask(post({"input": ["a"] * 2048}, "Connection: keep-alive", version="1.0"))
        self.answered(large, texts=2048)
        self.assertNotIn("transfer-encoding", large.headers)
        self.assertTrue(connection.ended(), "the end of the connection is that of a body of no known length")
        connection = self.connect()
        answer = connection.ask(post(HELLO, version="1.0"))
        self.answered(answer)
        self.assertEqual(answer.headers["connection"], "close")
        self.assertTrue(connection.ended())

    def test_a_large_answer_comes_in_chunks(self):
        connection = self.connect()
        answer = connection.ask(post({"input": ["a"] * 2048}))
        self.answered(answer, texts=2048)
        self.assertEqual(answer.headers["transfer-encoding"], "chunked")
        self.answered(connection.ask(post(HELLO)))

    def test_head_is_get_without_the_body(self):
        connection = self.connect()
        for path, status in (("/v1/models", 200), ("/v1/models/mean_f32", 200), ("/v1/none", 404),
                             ("/v1/embeddings", 405)):
            body = connection.ask(get(path))
            answer = connection.ask(get(path, method="HEAD"), to="HEAD")
            self.assertEqual((answer.status, body.status), (status, status))
            if status == 200:
                self.assertEqual(answer.headers["content-length"], str(len(body.body)))
        self.answered(connection.ask(post(HELLO)))

    def test_nobody_is_switched_to_another_protocol(self):
        connection = self.connect()
        for protocol in ("websocket", "h2c"):
            self.answered(connection.ask(post(HELLO, "Connection: Upgrade", f"Upgrade: {protocol}")))
        self.refused(self.ask(b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"), 400, "invalid_request", "target")

    def test_targets(self):
        connection = self.connect()
        for target in ("http://a.example/v1/models", "http://a.example:80/v1/models?x=y", "HTTP://A/v1/models",
                       "/v1/models?", "/v1/models?a=b?c"):
            with self.subTest(target):
                self.assertEqual(connection.ask(get(target)).status, 200)
        for target in ("*", "a.example:80", "http://", "http://a@b/v1/models", "v1/models", "/v1/models#x"):
            with self.subTest(target):
                self.refused(self.ask(get(target)), 400, "invalid_request", "found")

    def test_the_names_of_the_model(self):
        connection = self.connect()
        for name in ("mean_f32", "sentence-transformers/mean_f32"):
            self.answered(connection.ask(post({"input": "a", "model": name})))
        answer = connection.ask(post({"input": "a", "model": "text-embedding-3-small"}))
        self.refused(answer, 404, "model_not_found", "text-embedding-3-small", "mean_f32", "--model-alias", param="model")
        answer = connection.ask(get("/v1/models/other"))
        self.refused(answer, 404, "model_not_found", "other", param="model")
        answer = connection.ask(get("/v1/models/..%2f..%2Fetc%00"))
        self.refused(answer, 404, "model_not_found", param="model")

    def test_paths_and_methods(self):
        connection = self.connect()
        for path in ("/v1/none", "/v1/embeddings/", "//v1/embeddings", "/v1/../v1/embeddings", "/v1/embeddings%20"):
            answer = connection.ask(get(path))
            self.refused(answer, 404, "route_not_found", f"GET {path}")
        for method, path, allowed in (("GET", "/v1/embeddings", "POST"), ("DELETE", "/v1/models", "GET, HEAD"),
                                      ("post", "/v1/embeddings", "POST"), ("OPTIONS", "/v1/embeddings", "POST")):
            answer = connection.ask(get(path, method=method))
            self.refused(answer, 405, "method_not_allowed", method)
            self.assertEqual(answer.headers["allow"], allowed)

    def test_an_answer_names_its_request(self):
        connection = self.connect()
        self.assertEqual(connection.ask(post(HELLO, "x-request-id: mine")).headers["x-request-id"], "mine")
        for unfit in ("x-request-id: " + "r" * 129, "x-request-id: \u00e9".encode().decode("latin-1"), "x-request-id:"):
            answer = connection.ask(head("GET", "/v1/models", unfit))
            self.assertRegex(answer.headers["x-request-id"], "^[0-9a-f]{16}$")


class Heads(Http):
    """What is no request ends the connection, after a reason; nothing behind it is served."""

    PAGE, ID = "Origin: https://a.example", "x-request-id: mine"
    SMUGGLED = {
        "two lengths": (["Content-Length: 4", "Content-Length: 5"], 400, "Content-Length"),
        "two lengths that agree": (["Content-Length: 4", "Content-Length: 4"], 400, "Content-Length"),
        "a list of lengths": (["Content-Length: 4, 4"], 400, "Content-Length"),
        "a length and a coding": (["Content-Length: 4", "Transfer-Encoding: chunked"], 400, "Transfer-Encoding"),
        "a coding and a length": (["Transfer-Encoding: chunked", "Content-Length: 4"], 400, "Transfer-Encoding"),
        "+5": (["Content-Length: +5"], 400, "Content-Length"),
        "0x5": (["Content-Length: 0x5"], 400, "Content-Length"),
        "-1": (["Content-Length: -1"], 400, "Content-Length"),
        "5 5": (["Content-Length: 5 5"], 400, "Content-Length"),
        "no length": (["Content-Length:"], 400, "Content-Length"),
        "2^64": (["Content-Length: 18446744073709551616"], None, ""),
        "2^64 + 5": (["Content-Length: 18446744073709551621"], None, ""),
        "2^63": (["Content-Length: 9223372036854775808"], 413, "9223372036854775808"),
        "chunked, identity": (["Transfer-Encoding: chunked, identity"], None, ""),
        "identity, chunked": (["Transfer-Encoding: identity, chunked"], 501, "chunked"),
        "gzip, chunked": (["Transfer-Encoding: gzip, chunked"], 501, "chunked"),
        "chunked twice": (["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], None, ""),
        "chunked and a comma": (["Transfer-Encoding: chunked,"], 501, "chunked"),
        "chunked in quotes": (['Transfer-Encoding: "chunked"'], 501, "chunked"),
        "chunked with a parameter": (["Transfer-Encoding: chunked;a=b"], 501, "chunked"),
        "xchunked": (["Transfer-Encoding: xchunked"], None, ""),
        "a vertical tab before chunked": (["Transfer-Encoding:\x0bchunked"], 400, "control"),
        "a space before the colon": (["Content-Length : 4"], 400, "header line"),
        "a folded line": (["X: a", " b", "Content-Length: 4"], 400, "space"),
        "a fold with a tab": (["X: a", "\tb"], 400, "space"),
        "NUL in a value": (["X: a\0b"], 400, "control"),
        "no colon": (["X"], 400, "header line"),
        "no name": ([": x"], 400, "header line"),
        "a bare carriage return": (["X: a\rContent-Length: 4"], 400, "carriage return"),
        "a bare line feed": (["X: a\nContent-Length: 4"], 400, "line feed"),
        "two hosts": (["Host: other"], 400, "Host"),
    }

    def test_they_are_answered_with_the_headers_of_every_answer(self):
        with serving("--workers", "1", *TINY, "--allow-origin", "https://a.example") as server:
            for name, request, status in (
                    ("too large", head("POST", http1.PATH, f"Content-Length: {1 << 30}", self.PAGE, self.ID), 413),
                    ("no chunk", head("POST", http1.PATH, "Transfer-Encoding: chunked", self.PAGE, self.ID) + b"x", 400)):
                with self.subTest(name):
                    answer = self.connect(server).ask(request)
                    self.assertEqual(answer.status, status)
                    self.assertEqual(answer.headers["x-request-id"], "mine")
                    self.assertEqual(answer.headers["access-control-allow-origin"], "https://a.example")
            self.assertIn("x-request-id", self.connect(server).ask(b"hello\r\n\r\n").headers)

    def ended_after(self, data, status=None, *words):
        """A refusal in OpenAI's shape, then the end; what `data` has behind it is not served."""
        connection = self.connect()
        answer = connection.ask(data)
        self.assertGreaterEqual(answer.status, 400)
        if status is not None:
            self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["connection"], "close")
        error = answer.error()
        self.assertEqual(set(error), {"message", "type", "param", "code"})
        for word in words:
            self.assertIn(word, error["message"])
        self.assertTrue(connection.ended(), "the connection goes on")
        return answer

    def test_a_body_whose_end_is_in_doubt(self):
        for name, (fields, status, word) in self.SMUGGLED.items():
            with self.subTest(name):
                data = head("POST", http1.PATH, *fields) + b"5\r\nhello\r\n0\r\n\r\n" + get("/v1/models")
                self.ended_after(data, status, word)
        self.answered(self.ask(post(HELLO)))

    def test_request_lines(self):
        for name, line, status in (
                ("HTTP/2.0", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 400),
                ("HTTP/0.9", b"GET /\r\n\r\n", 400),
                ("no host", b"GET /v1/models HTTP/1.1\r\n\r\n", 400),
                ("line feeds alone", b"GET /v1/models HTTP/1.1\nHost: a\n\n", 400),
                ("two spaces", b"GET  /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                ("a space in the target", b"GET /v1/models x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                ("a bracket in the method", b"G(T /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                ("a space first", b" GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 400),
                ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
                ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
                ("an empty method", b" / HTTP/1.1\r\nHost: a\r\n\r\n", 400)):
            with self.subTest(name):
                self.ended_after(line, status, "found" if name != "no host" else "Host")

    def test_heads_that_are_too_large(self):
        for name, data in (("one field", head("GET", "/v1/models", "X: " + "a" * (64 << 10))),
                           ("101 fields", head("GET", "/v1/models", *(f"X{i}: a" for i in range(100)))),
                           ("a target", get("/v1/models?" + "a" * (64 << 10))),
                           ("no end", b"GET /v1/models HTTP/1.1\r\n" + b"X: a\r\n" * 12_000),
                           ("empty lines", b"\r\n" * 40_000)):
            with self.subTest(name):
                self.ended_after(data, 431, "more than")
        most = head("GET", "/v1/models", *(f"X{i}: a" for i in range(99)))
        self.assertEqual(self.ask(most).status, 200)
        self.assertEqual(self.ask(b"\r\n\r\n" + head("GET", "/v1/models", "X: " + "a" * (63 << 10))).status, 200)

    def test_chunks_that_are_none(self):
        chunks = head("POST", http1.PATH, "Transfer-Encoding: chunked")
        for name, body, status in (("no size", b"\r\n", 400), ("a sign", b"-1\r\n", 400), ("a plus", b"+1\r\na\r\n", 400),
                                   ("0x", b"0x1\r\na\r\n", 400), ("a space first", b" 1\r\na\r\n", 400),
                                   ("overflow", b"fffffffffffffffff\r\n", None), ("2^64 - 1", b"f" * 16 + b"\r\n", 413),
                                   ("2^63 + 1", b"8000000000000001\r\n", 413), ("zeros", b"0" * 20 + b"\r\n\r\n", 400),
                                   ("a line feed alone", b"1\na\n0\n\n", 400), ("longer than it says", b"1\r\nab\r\n", 400),
                                   ("a bare carriage return", b"1\rx\na\r\n", 400),
                                   ("extensions without an end", b"1;" + b"a" * 17_000, 400),
                                   ("trailers without an end", b"0\r\n" + b"x: y\r\n" * 5000, 400),
                                   ("control characters", b"1;\0\r\na\r\n", 400)):
            with self.subTest(name):
                self.ended_after(chunks + body, status, "found" if status == 400 else "")

    def test_what_is_behind_a_refusal_is_not_served(self):
        admitted = post({"input": "smuggled"}, "x-request-id: smuggled")
        connection = self.connect()
        connection.send(head("POST", http1.PATH, "Content-Length: 4", "Content-Length: 5") + admitted * 3)
        self.assertEqual(connection.answer().status, 400)
        self.assertTrue(connection.ended())


class Bodies(Http):
    """What is wrong with a body is said; nothing of it is embedded."""
    ARGUMENTS = ("--workers", "1", *TINY, "--max-request-bytes", "1MiB", "--max-text-bytes", "1000")

    def check(self, body, status, code, *words, param=None):
        with self.subTest(body=repr(body)[:60]):
            self.refused(self.ask(post(body)), status, code, *words, param=param)

    def test_what_is_not_utf_8_is_named_by_index_and_byte(self):
        self.check(b'{"input": ["a", "b\xff"]}', 400, "invalid_utf8", "input[1]", "byte 1", param="input")
        self.check(b'{"input": "ab\xc0\x80"}', 400, "invalid_utf8", "input", "byte 2", param="input")
        self.check(b'{"input": ["\xed\xa0\x80"]}', 400, "invalid_utf8", "input[0]", "byte 0", param="input")
        self.check(b'{"input": ["a", "\\ud800"]}', 400, "invalid_utf8", "input[1]", "\\ud800", param="input")
        self.check(b'{"input": ["x\\udc00\\ud800"]}', 400, "invalid_utf8", "input[0]", param="input")
        self.check(b'{"input": "a", "user": "\xff"}', 400, "invalid_utf8", "user", param="user")
        self.answered(self.ask(post(b'{"input": ["a\\u0000b", "\\ud83d\\ude00", "\\u0000"]}')), texts=3)

    def test_what_is_no_json(self):
        for body in (b"", b" ", b"{", b"hello", b"{'input': 'a'}", b'{"input": "a"} x', b'{"input": "a",}', b'{"input": NaN}',
                     b'\xef\xbb\xbf{"input": "a"}', b'{"input": "a\nb"}', b'{"input": 01}', b'{"input": "\\x"}'):
            self.check(body, 400, "invalid_json")
        self.check(b'{"input": "a", "input": "b"}', 400, "invalid_json", "input", "twice")
        self.check(b'{"input": "a", "\\u0069nput": "b"}', 400, "invalid_json", "twice")
        self.check(b'{"input": "a", "x": {"y": 1, "y": 2}}', 400, "invalid_json", "twice", param="x")
        self.check(b'{"input": "a", "x": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "invalid_json", "64 levels")
        self.check(b"[" * 50_000, 400, "invalid_request", "an object")
        self.check(b'{"x":' * 20_000, 400, "invalid_json", "64 levels")
        for body in (b"[" * 1_000_000, b'{"x":' * 170_000, b'{"input": "a", "x": [' + b"0," * 400_000 + b"0]}"):
            self.check(body, 400, "invalid_json", "JSON tokens")

    def test_what_is_json_and_no_request(self):
        for body, words in ((b"[]", "an object"), (b'"hello"', "an object"), (b"null", "an object")):
            self.check(body, 400, "invalid_request", words)
        self.check({}, 400, "empty_input", "no input", param="input")
        self.check({"input": []}, 400, "empty_input", "1 to 2048", param="input")
        self.check({"input": ""}, 400, "empty_input", "empty string", param="input")
        self.check({"input": ["a", ""]}, 400, "empty_input", "input[1]", param="input")
        self.check({"input": ["a", 5]}, 400, "invalid_request", "input[1]", "a number", param="input")
        self.check({"input": ["a", None]}, 400, "invalid_request", "input[1]", "null", param="input")
        self.check({"input": None}, 400, "invalid_request", "input", "null", param="input")
        self.check({"input": {"text": "a"}}, 400, "invalid_request", "an object", param="input")
        self.check({"input": 5}, 400, "invalid_request", "a number", param="input")
        self.check({"input": [1, 2]}, 400, "token_ids_not_supported", "check_embedding_ctx_length", param="input")
        self.check({"input": [[1, 2], [3]]}, 400, "token_ids_not_supported", "token ids", param="input")
        self.check({"input": "a", "model": 5}, 400, "invalid_request", "model", param="model")
        self.check({"input": "a", "model": "m" * 1025}, 400, "invalid_request", "1024", param="model")
        self.check({"input": "a", "encoding_format": "hex"}, 400, "invalid_request", "base64", param="encoding_format")
        self.check({"input": "a", "dimensions": 32}, 400, "invalid_request", "64", param="dimensions")
        for number in (1e30, 1.5, "64", -1, 10**30):
            self.check({"input": "a", "dimensions": number}, 400, "invalid_request", "dimensions", param="dimensions")
        self.check({"input": "a", "truncate": "yes"}, 400, "invalid_request", "truncate", param="truncate")
        self.check({"input": "a", "prompt_name": "none"}, 400, "unknown_prompt", "none", param="prompt_name")
        self.check({"input": "a " * 100, "truncate": False}, 400, "input_too_long", param="input")
        self.answered(self.ask(post({"input": "a", "dimensions": 64, "user": "me", "x": [1e300, -0.0, {}]})))
        self.answered(self.ask(post({"input": "a", "model": None, "encoding_format": None, "dimensions": None})))

    def test_limits(self):
        self.check({"input": ["a"] * 2049}, 400, "too_many_inputs", "2048", param="input")
        self.check({"input": ["a", "b" * 1001]}, 400, "input_too_large", "input[1]", "1001", "1000", param="input")
        self.check({"input": "b" * 1001}, 400, "input_too_large", "input has", param="input")
        self.answered(self.ask(post({"input": ["a" * 1000] * 3})), texts=3)

    def test_a_body_over_the_limit_is_refused_before_it_comes(self):
        for expect in ((), ("Expect: 100-continue",)):
            connection = self.connect()
            answer = connection.ask(head("POST", http1.PATH, f"Content-Length: {(1 << 20) + 1}", *expect))
            self.refused(answer, 413, "payload_too_large", str((1 << 20) + 1), str(1 << 20))
            self.assertEqual(answer.headers["connection"], "close")
            self.assertTrue(connection.ended())

    def test_chunks_over_the_limit_are_refused_as_they_are_announced(self):
        connection = self.connect()
        connection.send(head("POST", http1.PATH, "Transfer-Encoding: chunked"))
        connection.send(b"80000\r\n" + b" " * 0x80000 + b"\r\n")
        answer = connection.ask(b"80001\r\n")
        self.refused(answer, 413, "payload_too_large", str(1 << 20))
        self.assertTrue(connection.ended())

    @classmethod
    def tearDownClass(cls):
        # Three texts, two of one text, three again: nothing of what was refused.
        done = finished(cls.server)
        if done["calls_admitted"] != 4:
            raise AssertionError(f"{done['calls_admitted']} calls were admitted, 4 are good")
        super().tearDownClass()


class Terms(Http):
    """How long a call may take, what it is told when that is not long enough, who may read it."""

    def test_a_deadline_that_a_header_gives(self):
        arguments = ("--no-worker-grace", "1s", *TINY)
        with serving(*arguments, command="coordinator") as server:
            waits = [("x-stainless-read-timeout: 600", 503), ("x-stainless-timeout: 0", 503),
                     ("x-stainless-read-timeout: 0.3", 504), ("x-request-timeout-ms: 300", 504),
                     ("x-request-timeout-seconds: 0.3", 504), ("x-request-timeout-ms: 1e300", 503)]
            connections = [self.connect(server) for _ in waits]
            for connection, (field, _) in zip(connections, waits):
                connection.send(post(HELLO, field))
            for connection, (field, status) in zip(connections, waits):
                with self.subTest(field):
                    answer = connection.answer()
                    code = "no_workers" if status == 503 else "deadline_exceeded"
                    self.refused(answer, status, code)
                    self.assertEqual(answer.headers["x-should-retry"], "true" if status == 503 else "false")
                    self.assertEqual("retry-after-ms" in answer.headers, status == 503)
                    self.assertEqual("retry-after" in answer.headers, status == 503)
            for field in ("x-request-timeout-ms: -1", "x-request-timeout-ms: 0", "x-request-timeout-ms: nan",
                          "x-request-timeout-seconds: soon", "x-request-timeout-ms:", "x-shoal-priority: vip"):
                with self.subTest(field):
                    answer = self.connect(server).ask(post(HELLO, field))
                    self.refused(answer, 400, "invalid_request", field.split(":")[0])

    def test_no_workers_and_no_grace(self):
        with serving("--no-worker-grace", "0s", *TINY, command="coordinator") as server:
            answer = self.connect(server).ask(post(HELLO))
            self.refused(answer, 503, "no_workers")
            self.assertEqual(answer.headers["x-should-retry"], "true")
            self.assertGreater(int(answer.headers["retry-after-ms"]), 0)
            self.assertGreater(int(answer.headers["retry-after"]), 0)

    def test_a_full_queue(self):
        with serving("--workers", "1", "--max-queued-items", "100", *TINY) as server:
            connection = self.connect(server)
            answer = connection.ask(post({"input": ["a"] * 101}))
            self.refused(answer, 429, "overloaded", "101", "100")
            self.assertEqual(answer.error()["type"], "rate_limit_error")
            self.assertEqual(answer.headers["x-should-retry"], "true")
            self.assertGreater(int(answer.headers["retry-after-ms"]), 0)
            self.assertGreater(int(answer.headers["retry-after"]), 0)
            # No worker could be so quick.
            answer = connection.ask(post(HELLO, "x-request-timeout-ms: 0.001"))
            self.assertIn(answer.error()["code"], ("deadline_unserviceable", "deadline_exceeded"))
            self.refused(answer, 504, answer.error()["code"])
            self.assertEqual(answer.error()["type"], "server_error")
            self.assertEqual(answer.headers["x-should-retry"], "false")
            self.assertNotIn("retry-after-ms", answer.headers)

    def test_the_budget_of_received_bytes_is_one_for_both_protocols(self):
        with serving("--workers", "1", "--max-received-bytes", "1MiB", *TINY) as server:
            half = b" " * (600 << 10)
            holders = []

            def refused():  # unless it was the quicker one of the two
                holders.append(self.connect(server))
                holders[-1].send(head("POST", http1.PATH, f"Content-Length: {900 << 10}") + half)
                answer = self.connect(server).ask(post(half + json.dumps(HELLO).encode()))
                return answer.status == 429 and answer
            answer = wait_for(refused, 10, "a budget that is used up")
            self.refused(answer, 429, "overloaded")
            self.assertGreater(int(answer.headers["retry-after-ms"]), 0)
            with self.assertRaises(grpc.RpcError) as raised:
                Client(server.info["grpc"]).embed(["x" * (600 << 10)])
            self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
            self.answered(self.connect(server).ask(post(HELLO)))
            for holder in holders:
                holder.socket.close()
            large = post(half + json.dumps(HELLO).encode())
            wait_for(lambda: self.connect(server).ask(large).status == 200, 10, "the budget of who has gone")

    def test_an_alias(self):
        with serving("--workers", "1", *TINY, "--model-alias", "text-embedding-3-small") as server:
            connection = self.connect(server)
            answer = connection.ask(post({"input": "a", "model": "text-embedding-3-small"}))
            self.answered(answer)
            self.assertEqual(answer.json()["model"], "mean_f32")
            listed = [model["id"] for model in connection.ask(get("/v1/models")).json()["data"]]
            self.assertEqual(listed, ["mean_f32", "text-embedding-3-small"])
            self.assertEqual(connection.ask(get("/v1/models/text-embedding-3-small")).json()["root"], "mean_f32")

    def test_web_pages(self):
        asks = ("Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type, x-stainless-os")
        here, other = "Origin: https://a.example", "Origin: https://b.example"
        none = self.ask(post(HELLO, here))
        self.assertNotIn("access-control-allow-origin", none.headers)
        self.assertEqual(self.ask(get(http1.PATH, here, *asks, method="OPTIONS")).status, 405)
        with serving("--workers", "1", *TINY, "--allow-origin", "https://a.example") as server:
            connection = self.connect(server)
            answer = connection.ask(get(http1.PATH, here, *asks, method="OPTIONS"))
            self.assertEqual(answer.status, 204)
            self.assertEqual(answer.headers["access-control-allow-origin"], "https://a.example")
            self.assertEqual(answer.headers["access-control-allow-methods"], "POST")
            self.assertEqual(answer.headers["access-control-allow-headers"], "content-type, x-stainless-os")
            for request in (post(HELLO, here), post({"input": ""}, here), get("/v1/none", here)):
                answer = connection.ask(request)
                self.assertEqual(answer.headers["access-control-allow-origin"], "https://a.example")
                self.assertIn("x-request-id", answer.headers["access-control-expose-headers"])
                self.assertEqual(answer.headers["vary"], "Origin")
            for request in (post(HELLO, other), post(HELLO, "Origin: null"), post(HELLO, "Origin: https://a.example.evil")):
                answer = connection.ask(request)
                self.assertNotIn("access-control-allow-origin", answer.headers)
                self.assertEqual(answer.headers["vary"], "Origin")
            answer = connection.ask(get(http1.PATH, other, *asks, method="OPTIONS"))
            self.assertNotIn("access-control-allow-origin", answer.headers)
        with serving("--workers", "1", *TINY, "--allow-origin", "*") as server:
            for request in (post(HELLO, other), get(http1.PATH, other, *asks, method="OPTIONS")):
                self.assertEqual(self.connect(server).ask(request).headers["access-control-allow-origin"], "*")


class Ends(Http):
    """SIGTERM: what has begun is answered, nothing else begins."""

    @contextlib.contextmanager
    def leaving(self, *arguments):
        """A coordinator without workers that is told to end while a call waits."""
        with serving("--no-worker-grace", "60s", "--drain-grace", "0s", *TINY, *arguments, command="coordinator") as server:
            waiting, idle, *begun = (self.connect(server) for _ in range(6))
            self.assertEqual(idle.ask(get("/v1/models")).status, 200)
            waiting.send(post(HELLO, "x-request-timeout-ms: 2000"))
            for connection in begun:
                connection.send(post(HELLO, "x-request-timeout-ms: 1000")[:-5])
            wait_for(lambda: queued_items(server) == 1, 10, "an item in the queue")
            server.process.send_signal(signal.SIGTERM)
            yield server, waiting, begun, idle

    def test_what_has_begun_is_answered_and_the_connections_end(self):
        with self.leaving() as (server, waiting, begun, idle):
            self.assertTrue(idle.ended(), "nobody asks on it")
            # Its thread may not be told yet as the first ones come.
            answers = [connection.ask(post(HELLO)[-5:]) for connection in begun]
            self.refused(answers[-1], 503, "draining", "shutting down")
            self.assertEqual(answers[-1].headers["x-should-retry"], "true")
            self.assertEqual({answer.headers["connection"] for answer in answers}, {"close"})
            self.assertTrue(all(connection.ended() for connection in begun))
            with self.assertRaises(OSError):
                Connection(server.info["http"])
            answer = waiting.answer()
            self.assertEqual(answer.headers["connection"], "close")
            self.assertIn(answer.status, (503, 504))
            self.assertTrue(waiting.ended())
            self.assertEqual(server.process.wait(30), 0)

    def test_calls_in_flight_have_their_vectors(self):
        with serving("--workers", "1", *TINY) as server:
            connections = [self.connect(server) for _ in range(20)]
            for connection in connections:
                connection.send(post({"input": ["hello " * 40] * 500}))
            wait_for(lambda: queued_items(server), 10, "a queue")
            server.process.send_signal(signal.SIGTERM)
            for connection in connections:
                self.answered(connection.answer(), texts=500)
                self.assertTrue(connection.ended())
            self.assertEqual(server.process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
