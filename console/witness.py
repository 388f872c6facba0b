"""The door of our own witness: a WSGI application of two addresses, and a small server for it.

Behind it stands `moderation/audit/witnessing.py`; no database and no session. It answers one request at a time, which is plenty for logs
that ask once a minute, and belongs behind a proxy that does TLS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import structlog

from moderation.audit.witnessing import MAX_BODY, Answer, Witness

DIGEST = re.compile(r"/([0-9a-f]{64})/checkpoint", re.ASCII)
TIMEOUT_SECONDS = 20
log = structlog.get_logger()

Start = Callable[[str, list[tuple[str, str]]], Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]


def application(witness: Witness) -> Application:
    """Return the WSGI application of a witness."""

    def serve(environ: dict[str, Any], start: Start) -> list[bytes]:
        answer = _answer(witness, environ)
        content = answer.text.encode()
        headers = [("Content-Type", answer.media), ("Content-Length", str(len(content))), ("Cache-Control", "no-store")]
        start(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers)
        return [content]

    return serve


def server(witness: Witness, host: str, port: int) -> WSGIServer:
    """Return a server that listens; `serve_forever` runs it, `server_port` says where."""
    return make_server(host, port, application(witness), handler_class=_Quiet)


class _Quiet(WSGIRequestHandler):
    timeout = TIMEOUT_SECONDS

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401  # the signature of the standard library
        log.info("witness.answered", request=format % args)


def _answer(witness: Witness, environ: dict[str, Any]) -> Answer:
    path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "")
    if path == "/add-checkpoint":
        return _add(witness, environ) if method == "POST" else Answer(405, "only POST\n")
    found = DIGEST.fullmatch(path)
    if not found:
        return Answer(404, "no such address\n")
    return witness.checkpoint(found[1]) if method == "GET" else Answer(405, "only GET\n")


def _add(witness: Witness, environ: dict[str, Any]) -> Answer:
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        return Answer(411, "say how long the request is\n")
    if int(length) > MAX_BODY:
        return Answer(413, "the request is too long\n")
    return witness.add_checkpoint(environ["wsgi.input"].read(int(length)))
