"""HTTP/2 frames by hand: what no client library would send, and what a server says to it.

A request's headers are literals without index. Of a response's headers only what gRPC needs is decoded: ASCII.
"""

import dataclasses
import socket
import struct
import time

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS = 1, 1, 4
HEADER_TABLE_SIZE, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE = 1, 3, 4
REFUSED_STREAM, CANCEL = 7, 8
LARGEST_WINDOW = (1 << 31) - 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def settings(*pairs):
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", *pair) for pair in pairs))


def window_update(stream, increment):
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def reset(stream, code=CANCEL):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def integer(value, bits, flags=0):
    """HPACK's integers: `bits` bits in the first byte, then seven a byte."""
    most = (1 << bits) - 1
    if value < most:
        return bytes([flags | value])
    out, value = bytearray([flags | most]), value - most
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def literal(name, value, flags=0x00):
    """A header that no table remembers; with the flags 0x40 one that a table does."""
    name, value = name.encode(), value.encode()
    return bytes([flags]) + integer(len(name), 7) + name + integer(len(value), 7) + value


def block(path, *more):
    """The header block of a gRPC request."""
    fields = [(":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "test"),
              ("content-type", "application/grpc"), ("te", "trailers"), *more]
    return b"".join(literal(name, value) for name, value in fields)


def message(payload, length=None, compressed=False):
    """A gRPC message; `length` is what its prefix claims."""
    return struct.pack(">BI", compressed, len(payload) if length is None else length) + payload


def data(stream, payload, flags=END_STREAM):
    """DATA frames of at most 16 KiB; the last one has `flags`."""
    parts = [payload[at:at + 16384] for at in range(0, len(payload), 16384)] or [b""]
    return b"".join(frame(DATA, flags if i == len(parts) - 1 else 0, stream, part) for i, part in enumerate(parts))


@dataclasses.dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes

    def code(self):
        """The error code of a RST_STREAM or a GOAWAY."""
        return struct.unpack(">I", self.payload[-4:] if self.kind == RST_STREAM else self.payload[4:8])[0]


class Connection:
    """A socket to the server, the preface and settings sent. What comes in is kept, and read only when asked for."""

    def __init__(self, address, *pairs, preface=True, receive_buffer=None):
        host, port = address.rsplit(":", 1)
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(10)
        self.socket.connect((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending, self.closed, self.headers = bytearray(), False, HeaderDecoder()
        if preface:
            self.send(PREFACE + settings(*pairs) + frame(SETTINGS, ACK, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, bytes_, seconds=3):
        """False when the server has closed, or takes nothing for so long."""
        self.socket.settimeout(seconds)
        try:
            self.socket.sendall(bytes_)
            return True
        except OSError:
            return False

    def flood(self, bytes_, times):
        """Sends the same again and again; how often it went."""
        for sent in range(times):
            if not self.send(bytes_):
                return sent
        return times

    def frames(self, seconds, until=lambda frame: False):
        """What comes until `until` of a frame, the end of the connection, or so many seconds later."""
        end = time.monotonic() + seconds
        while True:
            while len(self.pending) >= 9 and len(self.pending) >= 9 + int.from_bytes(self.pending[:3], "big"):
                size = 9 + int.from_bytes(self.pending[:3], "big")
                raw = bytes(self.pending[:size])
                del self.pending[:size]
                found = Frame(raw[3], raw[4], int.from_bytes(raw[5:9], "big") & LARGEST_WINDOW, raw[9:])
                yield found
                if until(found):
                    return
            left = end - time.monotonic()
            if self.closed or left <= 0:
                return
            self.receive(left)

    def receive(self, seconds):
        self.socket.settimeout(seconds)
        try:
            more = self.socket.recv(1 << 18)
            self.pending += more
            self.closed = not more
        except TimeoutError:
            pass
        except OSError:
            self.closed = True

    def ended(self, seconds):
        """Whether the server gives this connection up within so long: GOAWAY with an error, or it closes."""
        for found in self.frames(seconds, lambda f: f.kind == GOAWAY and f.code() != 0):
            if found.kind == GOAWAY and found.code() != 0:
                return True
        return self.closed

    def status(self, stream, seconds=10):
        """(grpc-status, grpc-message) of the stream; None where it or the connection ends without."""
        for found in self.frames(seconds, lambda f: f.stream == stream and (f.kind == RST_STREAM or f.flags & END_STREAM)):
            if found.kind == HEADERS:
                fields = self.headers.decode(found.payload)
                if found.stream == stream and "grpc-status" in fields:
                    return int(fields["grpc-status"]), fields.get("grpc-message", "")
        return None


# The names of HPACK's static table, and the lengths of its Huffman code for NUL and what is
# printable. The code is canonical, so that lengths are all of it; all others are longer than these.
STATIC_NAMES = """
 :authority :method :method :path :path :scheme :scheme :status :status :status :status :status :status :status
 accept-charset accept-encoding accept-language accept-ranges accept access-control-allow-origin age allow
 authorization cache-control content-disposition content-encoding content-language content-length content-location
 content-range content-type cookie date etag expect expires from host if-match if-modified-since if-none-match
 if-range if-unmodified-since last-modified link location max-forwards proxy-authenticate proxy-authorization range
 referer refresh retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary via
 www-authenticate""".split()
STATIC_VALUES = {2: "GET", 3: "POST", 4: "/", 5: "/index.html", 6: "http", 7: "https", 8: "200", 9: "204", 10: "206",
                 11: "304", 12: "400", 13: "404", 14: "500", 16: "gzip, deflate"}
CODE_LENGTHS = dict(zip([0, *range(32, 127)], (
    13, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13)))


def canonical_code():
    """(bits, their number) -> character."""
    codes, code, bits = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in CODE_LENGTHS.items()):
        code <<= length - bits
        bits = length
        codes[code, bits] = chr(symbol)
        code += 1
    return codes


CODES = canonical_code()


def huffman(encoded):
    out, code, bits = [], 0, 0
    for byte in encoded:
        for place in range(7, -1, -1):
            code, bits = code << 1 | byte >> place & 1, bits + 1
            if (code, bits) in CODES:
                out.append(CODES[code, bits])
                code = bits = 0
    return "".join(out)


class HeaderDecoder:
    """Header blocks of one connection, in their order."""

    def __init__(self):
        self.table = []  # the newest first; evicts nothing: a few responses are all it sees

    def decode(self, encoded):
        self.rest, fields = encoded, {}
        while self.rest:
            first = self.rest[0]
            if first & 0x80:
                name, value = self.entry(self.integer(7))
            elif first & 0xe0 == 0x20:
                self.integer(5)
                continue
            else:
                index = self.integer(6 if first & 0x40 else 4)
                name = self.entry(index)[0] if index else self.string()
                value = self.string()
                if first & 0x40:
                    self.table.insert(0, (name, value))
            fields[name] = value
        return fields

    def entry(self, index):
        known = len(STATIC_NAMES)
        return (STATIC_NAMES[index - 1], STATIC_VALUES.get(index, "")) if index <= known else \
            self.table[index - known - 1]

    def integer(self, bits):
        most = (1 << bits) - 1
        value, self.rest = self.rest[0] & most, self.rest[1:]
        if value == most:
            shift = 0
            while True:
                byte, self.rest = self.rest[0], self.rest[1:]
                value += (byte & 127) << shift
                shift += 7
                if byte < 128:
                    break
        return value

    def string(self):
        coded = self.rest[0] & 0x80
        size = self.integer(7)
        raw, self.rest = self.rest[:size], self.rest[size:]
        return huffman(raw) if coded else raw.decode("latin-1")
