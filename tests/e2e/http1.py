"""HTTP/1.1 by hand: what no client library would send, and what a server says to it."""

import dataclasses
import json
import socket
import time

PATH = "/v1/embeddings"


def head(method="POST", path=PATH, *fields, version="1.1"):
    """The head of a request; `fields` are whole lines."""
    lines = [f"{method} {path} HTTP/{version}", "Host: test", *fields, "", ""]
    return "\r\n".join(lines).encode()


def get(path, *fields, method="GET", version="1.1"):
    return head(method, path, *fields, version=version)


def post(body, *fields, path=PATH, version="1.1"):
    """A request with `body`: bytes, or what becomes JSON."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return head("POST", path, "Content-Type: application/json", f"Content-Length: {len(body)}", *fields,
                version=version) + body


def chunked(body, size=7, extension="", trailers=""):
    """`body` in chunks of `size` bytes."""
    parts = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(f"{len(part):x}{extension}\r\n".encode() + part + b"\r\n" for part in parts) + \
        f"0\r\n{trailers}\r\n".encode()


@dataclasses.dataclass
class Answer:
    version: str
    status: int
    headers: dict  # names in lower case
    body: bytes

    def json(self):
        return json.loads(self.body)

    def error(self):
        """What OpenAI's clients read of a refusal."""
        return self.json()["error"]


class Ended(Exception):
    """The server ended the connection where an answer was due."""


class Connection:
    def __init__(self, address, receive_buffer=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        try:
            self.socket.connect((host, int(port)))
        except OSError:
            self.socket.close()
            raise
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """Whether all of it was taken."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def ask(self, data, **options):
        self.send(data)
        return self.answer(**options)

    def answer(self, to="POST", seconds=20):
        """The next answer, to a request of method `to`; interim ones count as answers."""
        self.socket.settimeout(seconds)
        lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, status = lines[0].split(" ")[:2]
        headers = {}
        for line in lines[1:-2]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        has_body = to != "HEAD" and int(status) >= 200 and int(status) not in (204, 304)
        return Answer(version, int(status), headers, self._body(headers) if has_body else b"")

    def ended(self, seconds=20):
        """Whether nothing more comes but the end, within so many seconds."""
        self.socket.settimeout(seconds)
        try:
            return not self.received and not self.socket.recv(1)
        except ConnectionError:
            return not self.received
        except TimeoutError:
            return False

    def silent(self, seconds):
        """Whether nothing comes, not even the end."""
        self.socket.settimeout(seconds)
        try:
            self.received += self.socket.recv(1)
            return False
        except TimeoutError:
            return True

    def flood(self, data, times, seconds=5):
        """How often all of `data` was taken, `times` at most."""
        end = time.monotonic() + seconds
        for sent in range(times):
            self.socket.settimeout(max(0.01, end - time.monotonic()))
            if not self.send(data):
                return sent
        return times

    def _body(self, headers):
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self._until(b"\r\n"), 16):
                body += self._exactly(size + 2)[:-2]
            self._until(b"\r\n")
            return body
        if "content-length" in headers:
            return self._exactly(int(headers["content-length"]))
        body = self.received
        while more := self.socket.recv(1 << 16):
            body += more
        self.received = b""
        return body

    def _more(self):
        try:
            more = self.socket.recv(1 << 20)
        except ConnectionError as error:
            raise Ended(f"{error}, after {self.received[:200]}") from None
        if not more:
            raise Ended(f"after {self.received[:200]}")
        self.received += more

    def _until(self, end):
        while end not in self.received:
            self._more()
        found, self.received = self.received.split(end, 1)
        return found + end

    def _exactly(self, size):
        while len(self.received) < size:
            self._more()
        found, self.received = self.received[:size], self.received[size:]
        return found
