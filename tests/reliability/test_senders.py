"""The senders of the manual and the README, run as they stand there against a real server."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conversations.models import ReceivedEvent
from moderation.actions.surfaces import add_surface_key
from tests import make

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parent.parent.parent
MANUAL, README = (ROOT / "docs/api.md").read_text(), (ROOT / "README.md").read_text()
PAIR = Ed25519PrivateKey.from_private_bytes(b"\x09" * 32)
PUBLIC = PAIR.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def written(folder, language, name):
    """Write the program of the manual in one language to a file."""
    [program] = [block for block in re.findall(rf"```{language}\n(.*?)```", MANUAL, re.DOTALL) if "webhook-signature" in block]
    path = folder / name
    path.write_text(program)
    return path


def run(command, url, key, **more):
    environment = {"PATH": os.environ["PATH"], "RECOURSE_URL": url, "API_KEY": key.api_key, "SIGNING_SECRET": key.signing_secret, **more}
    environment = {name: value for name, value in environment.items() if value}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def files(tmp_path):
    one, many = tmp_path / "event.json", tmp_path / "events.ndjson"
    one.write_text(json.dumps(make.ended(id="one")))
    many.write_text("".join(json.dumps(make.ended(id=name)) + "\n" for name in ("two", "three")))
    return one, many


@pytest.fixture
def ground_for_good(transactional_db):
    make.make_ground()


@pytest.mark.parametrize("public", [b"", PUBLIC], ids=["v1", "v1a"])
def test_the_python_sender(ground_for_good, live_server, tmp_path, files, public):
    key = add_surface_key(make.make_surface(), actor=make.TESTS, public_key=public)
    program = written(tmp_path, "python", "send.py")
    private = {"PRIVATE_KEY": base64.b64encode(b"\x09" * 32).decode(), "SIGNING_SECRET": ""} if public else {}
    for path, names in ((files[0], ["one"]), (files[1], ["two", "three"]), (files[0], ["one"])):
        result = run([sys.executable, str(program), str(path)], live_server.url, key, **private)
        assert result.returncode == 0, result.stderr
        assert [line.split()[0] for line in result.stdout.splitlines()] == names
    assert ReceivedEvent.objects.count() == 3


def test_the_python_sender_says_why_it_was_refused(ground_for_good, live_server, tmp_path, files):
    program = written(tmp_path, "python", "send.py")
    files[0].write_text(json.dumps(make.ended(at_turn="nine")))
    result = run([sys.executable, str(program), str(files[0])], live_server.url, make.make_key())
    assert result.returncode == 1
    assert "data.ending.at_turn" in result.stderr


RECEIPT = json.dumps({"event_id": "one", "entry_id": "e"})
STOPPED = json.dumps({"index": 0, "status": "stopped", "problem": "away"}, separators=(",", ":"))


class Moody(BaseHTTPRequestHandler):
    """Answers as its moods say, one a try, and then takes it: a status, whether it says when to come again, and the body.

    No status breaks off. It keeps under which id each try came.
    """

    ids: list[str] = []
    moods: list[tuple[int, bool, str]] = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.ids.append(self.headers["webhook-id"])
        status, says_when, text = self.moods.pop(0) if self.moods else (202, False, RECEIPT)
        if not status:
            self.connection.close()
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        if says_when:
            self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(text[: len(RECEIPT)].encode())

    def log_message(self, *args):
        pass


@pytest.mark.parametrize(
    "moods",
    [
        [(0, False, ""), (500, False, RECEIPT), (503, True, RECEIPT), (429, True, RECEIPT)],
        [(200, False, STOPPED), (200, False, RECEIPT * 2)],
    ],
    ids=["refused", "cut"],
)
def test_the_python_sender_tries_again_under_the_same_id(ground_for_good, tmp_path, files, moods):
    Moody.ids, Moody.moods = [], list(moods)
    with HTTPServer(("127.0.0.1", 0), Moody) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        program = written(tmp_path, "python", "send.py")
        result = run([sys.executable, str(program), str(files[0])], f"http://127.0.0.1:{server.server_port}", make.make_key())
        server.shutdown()
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["one", "e"]
    assert (len(Moody.ids), len(set(Moody.ids))) == (len(moods) + 1, 1)


in_a_shell = pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl", "openssl"))), reason="needs bash, curl and openssl")


@in_a_shell
def test_the_first_event_of_the_readme(ground_for_good, live_server, tmp_path):
    [commands] = [block for block in re.findall(r"```\n(.*?)```", README, re.DOTALL) if "webhook-signature" in block]
    assert "http://127.0.0.1:8000/" in commands
    program = tmp_path / "first.sh"
    program.write_text(f"set -eu; cd {tmp_path}\n" + commands.replace("http://127.0.0.1:8000", live_server.url))
    result = run(["bash", str(program)], live_server.url, make.make_key())
    assert result.stdout.startswith("HTTP/1.1 202 "), result.stdout + result.stderr
    assert ReceivedEvent.objects.get().event_id == "end-1"


@in_a_shell
def test_the_curl_sender(ground_for_good, live_server, tmp_path, files):
    program = written(tmp_path, "bash", "send.sh")
    result = run(["bash", str(program), str(files[1])], live_server.url, make.make_key())
    assert result.returncode == 0, result.stderr + result.stdout
    assert [json.loads(line)["status"] for line in result.stdout.splitlines()] == ["accepted", "accepted"]
