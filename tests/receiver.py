"""A real HTTP receiver on this machine, which can also misbehave."""

import contextlib
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    """What came, and what is answered: a status, or the name of a way to misbehave."""

    def __init__(self):
        self.answer, self.came = 200, []
        handler = type("Handler", (_Handler,), {"receiver": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks?of=recourse"


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.receiver.came.append((self.path, dict(self.headers), body))
        answer = self.receiver.answer
        if answer == "cut":
            self.connection.close()
            return
        if answer == "slow":
            time.sleep(3)
        if answer == "nonsense":
            self.wfile.write(b"what?\r\n\r\n")
            return
        self.send_response(answer if isinstance(answer, int) else 200)
        if answer == 302:
            self.send_header("Location", self.receiver.url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


@contextlib.contextmanager
def receiver():
    """Run one until the block ends."""
    found = Receiver()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.server.shutdown()
        found.server.server_close()
        thread.join(5)
