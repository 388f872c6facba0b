"""A connection cut in the middle of a stream, on a real server: what was answered is stored, the rest is not, resending is safe.

Bodies come with their length, or in chunks without one.
"""

import json
import shutil
import socket
import struct

import psycopg
import pytest

from console.embedded import running_urls
from console.launcher import free_port, launched
from tests import make
from tests.reliability.servers import folder_for_servers
from tests.reliability.test_demo import without_servers
from tests.sender import LINES, SINGLE, signed

pytestmark = pytest.mark.system
EVENTS = 1_200


class Key:
    """The two halves of a key, as `signed` wants them."""

    def __init__(self, access):
        self.api_key, self.signing_secret = access["api_key"], access["signing_secret"]


@pytest.fixture(scope="module")
def server():
    folder, port = folder_for_servers(), free_port()
    access = folder / "access.json"
    prepare = ["demo_prepare", "--minimal", str(access)]
    var = folder / "var"
    with (
        launched(var, port, prepare=prepare, say=lambda _: None, environment=without_servers()),
        psycopg.connect(running_urls(var).owner, autocommit=True) as database,
    ):
        yield port, Key(json.loads(access.read_text())), database
    shutil.rmtree(folder)


def events(name):
    return [make.ended(id=f"{name}-{number}", conversation=make.a_conversation(id=f"{name}-{number}")) for number in range(EVENTS)]


def stored(database, name):
    return {row[0] for row in database.execute("SELECT event_id FROM conversations_receivedevent WHERE event_id LIKE %s", [f"{name}-%"])}


def open_stream(port, headers, length=None):
    """Begin a request whose body has a length, or comes in chunks."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /api/v1/events HTTP/1.1", f"Host: 127.0.0.1:{port}", framing, "Connection: close", *lines]
    connection.sendall("\r\n".join([*head, "", ""]).encode())
    return connection


def reset(connection):
    """Break off as a crash does: no goodbye."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def answers(connection):
    """Read an answer to its end and return its results."""
    text = b"".join(iter(lambda: connection.recv(65536), b""))
    connection.close()
    head, _, body = text.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), text[:500]
    return [json.loads(line) for line in body.splitlines() if line.startswith(b"{")]


def send_whole(port, key, raw):
    connection = open_stream(port, signed(key, raw, LINES), len(raw))
    connection.sendall(raw)
    return answers(connection)


def test_a_body_cut_while_it_is_sent_stores_nothing_and_can_be_sent_again(server):
    port, key, database = server
    raw = b"".join(json.dumps(event).encode() + b"\n" for event in events("sent"))
    connection = open_stream(port, signed(key, raw, LINES), len(raw))
    connection.sendall(raw[: len(raw) // 2])
    reset(connection)
    assert stored(database, "sent") == set()
    assert [one["status"] for one in send_whole(port, key, raw)] == ["accepted"] * EVENTS
    assert len(stored(database, "sent")) == EVENTS


def test_an_answer_cut_while_it_is_read_loses_nothing_that_was_answered(server):
    port, key, database = server
    sent = events("read")
    raw = b"".join(json.dumps(event).encode() + b"\n" for event in sent)
    connection = open_stream(port, signed(key, raw, LINES), len(raw))
    connection.sendall(raw)
    heard = b""
    while heard.count(b'"status":"accepted"') < 5:
        heard += connection.recv(4096)
    reset(connection)
    answered = [json.loads(line) for line in heard.partition(b"\r\n\r\n")[2].split(b"\n")[:-1] if line.startswith(b"{")]
    names = {one["receipt"]["event_id"] for one in answered}
    assert names
    assert names <= stored(database, "read")
    again = send_whole(port, key, raw)
    assert {one["status"] for one in again} <= {"accepted", "duplicate"}
    assert stored(database, "read") == {event["id"] for event in sent}
    receipts = {one["receipt"]["event_id"]: one["receipt"] for one in again}
    assert all(receipts[one["receipt"]["event_id"]] == one["receipt"] for one in answered)


def chunks(raw, size):
    """Return a body in chunks, without the last one, which is empty."""
    parts = (raw[start : start + size] for start in range(0, len(raw), size))
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)


@pytest.mark.parametrize("size", [100, 65_536, 10_000_000])
def test_a_body_in_chunks_is_taken(server, size):
    port, key, database = server
    name = f"chunk{size}"
    raw = b"".join(json.dumps(event).encode() + b"\n" for event in events(name))
    connection = open_stream(port, signed(key, raw, LINES))
    connection.sendall(chunks(raw, size) + b"0\r\n\r\n")
    assert [one["status"] for one in answers(connection)] == ["accepted"] * EVENTS
    assert len(stored(database, name)) == EVENTS


def test_chunks_that_break_off_store_nothing(server):
    port, key, database = server
    raw = b"".join(json.dumps(event).encode() + b"\n" for event in events("broken"))
    connection = open_stream(port, signed(key, raw, LINES))
    connection.sendall(chunks(raw[: len(raw) // 2], 4096))
    reset(connection)
    assert stored(database, "broken") == set()
    assert [one["status"] for one in send_whole(port, key, raw)] == ["accepted"] * EVENTS


def test_chunks_without_end_are_refused_as_soon_as_they_are_longer_than_an_event(server):
    port, key, _ = server
    raw = b"x" * 1_400_000
    connection = open_stream(port, signed(key, raw, SINGLE))
    connection.sendall(chunks(raw, 100_000))
    told = connection.recv(65_536)
    connection.close()
    assert told.startswith(b"HTTP/1.1 413")
