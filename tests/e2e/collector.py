"""A stand-in for an OpenTelemetry collector: keeps the spans it is sent over OTLP/JSON, and may refuse or stall."""

import http.server
import json
import threading


def attributes(of):
    """{name: value} of a resource, scope or span; numbers of 64 bits are strings in this encoding."""
    return {each["key"]: int(each["value"]["intValue"]) if "intValue" in each["value"] else each["value"]["stringValue"]
            for each in of.get("attributes", [])}


class Span:
    """One span, and what its process says of itself."""

    def __init__(self, span, resource):
        self.trace, self.id, self.parent = span["traceId"], span["spanId"], span.get("parentSpanId", "")
        self.name, self.kind = span["name"], span["kind"]
        self.start, self.end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
        self.links = {(link["traceId"], link["spanId"]) for link in span.get("links", [])}
        self.said, self.resource, self.flags, self.status = attributes(span), resource, span["flags"], span["status"]


class Collector:
    """Listens until the block ends. `answers` are (status, headers, body), the last of them for ever; None: no answer."""

    def __init__(self, *answers):
        self.answers, self.requests = list(answers) or [(200, {}, "{}")], []
        self.lock, self.ended = threading.Lock(), threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.take(self, body)

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def take(self, handler, body):
        if self.ended.is_set():  # on a connection that was kept
            handler.close_connection = True
            return
        with self.lock:
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            self.requests.append((handler.path, dict(handler.headers), json.loads(body), answer))
        if answer is None:
            self.ended.wait()
            handler.close_connection = True
            return
        status, headers, text = answer
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(text))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(text.encode())

    def spans(self, **wanted):
        """Those that were taken, with these values of their fields."""
        with self.lock:
            taken = [body for _, _, body, answer in self.requests if answer is not None and answer[0] == 200]
        found = [Span(span, attributes(group["resource"])) for body in taken for group in body["resourceSpans"]
                 for scope in group["scopeSpans"] for span in scope["spans"]]
        return [span for span in found if all(getattr(span, name) == value for name, value in wanted.items())]

    def environment(self, **more):
        """What makes a server send its spans here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "20", **more}

    def close(self):
        if not self.ended.is_set():
            self.ended.set()
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.close()
