"""A stand-in for a vendor of hosted judges, on 127.0.0.1: answers in the shapes of both APIs, and misbehaves on request.

It sees only what a vendor would see. `answer` makes its opinion from the turns it reads; `manners` are taken one a request, then it behaves.
"""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW = 0.6
SUPPORTED = {"assessment": "supported", "confidence": 1, "findings": []}


class Vendor(ThreadingHTTPServer):
    """The server, what it was asked, and how it behaves."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.manners = [], []
        self.answer = lambda _: SUPPORTED
        self.scores = lambda _: {"violence": 0.0}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def vendor():
    server = Vendor()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def read_lines(text):
    """The turns as a judge reads them: a marker and an object a line."""
    return [json.loads(line.split(" ", 1)[1]) for line in text.split("\n") if line]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        manner = self.server.manners.pop(0) if self.server.manners else "good"
        getattr(self, f"be_{manner}")(body)

    def told(self, body):
        """The transcript in a request of either API."""
        message = body["messages"][-1]["content"]
        return read_lines(message)

    def be_good(self, body):
        if self.path.endswith("moderations"):
            results = [{"flagged": False, "categories": {}, "category_scores": self.server.scores(text)} for text in body["input"]]
            self.send({"id": "m-1", "model": "moderation-9", "results": results})
        else:
            self.say(body, json.dumps(self.server.answer(self.told(body))))

    def be_slow(self, body):
        time.sleep(SLOW)
        self.be_good(body)

    def be_busy(self, body):
        self.send({"error": {"type": "rate_limit_error", "message": "slow down"}}, 429, {"retry-after-ms": "1"})

    def be_broken(self, body):
        self.send({"error": {"type": "api_error", "message": "no"}}, 500, {"retry-after-ms": "1"})

    def be_strict(self, body):
        self.send({"error": {"type": "invalid_request_error", "message": "no"}}, 400)

    def be_babbling(self, body):
        self.say(body, "I think this ending was {fine")

    def be_chatty(self, body):
        self.say(body, json.dumps({**SUPPORTED, "verdict": "justified", "comment": "trust me"}))

    def be_overeager(self, body):
        self.say(body, json.dumps({"assessment": "justified", "confidence": 2, "findings": [{"turn": "all"}]}))

    def be_nameless(self, body):
        self.say(body, json.dumps({**SUPPORTED, "findings": [{"turn": 0, "measure": "outcome", "score": 1, "quote": "a"}]}))

    def be_verbose(self, body):
        self.say(body, json.dumps(SUPPORTED)[:20], stop=("max_tokens", "length"))

    def be_unwilling(self, body):
        self.say(body, "", stop=("refusal", "content_filter"))

    def be_web(self, body):
        self.reply(b"<html>Gateway</html>", 200, {"Content-Type": "text/html"})

    def be_empty(self, body):
        self.send({"type": "message", "content": "nothing", "choices": [], "results": 7})

    def be_cut(self, body):
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"id": "msg_1", "con')
        self.wfile.flush()
        self.close_connection = True

    def say(self, body, text, stop=("end_turn", "stop")):
        usage = {"input_tokens": 1_000, "output_tokens": 100}
        if self.path.endswith("/messages"):
            content = [{"type": "text", "text": text}]
            self.send(
                {
                    "id": "msg_1",
                    "type": "message",
                    "role": "assistant",
                    "model": f"{body['model']}-20260901",
                    "content": content,
                    "stop_reason": stop[0],
                    "stop_sequence": None,
                    "usage": usage,
                }
            )
        else:
            choice = {"index": 0, "finish_reason": stop[1], "message": {"role": "assistant", "content": text}}
            used = {"prompt_tokens": 1_000, "completion_tokens": 100, "total_tokens": 1_100}
            self.send(
                {
                    "id": "c-1",
                    "object": "chat.completion",
                    "created": 1,
                    "model": f"{body['model']}-20260901",
                    "choices": [choice],
                    "usage": used,
                }
            )

    def send(self, told, status=200, headers=None):
        self.reply(json.dumps(told).encode(), status, {"Content-Type": "application/json", **(headers or {})})

    def reply(self, body, status, headers):
        try:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):  # who asked has left, as after a timeout
            self.close_connection = True
