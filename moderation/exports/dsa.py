"""Send statements to a DSA transparency database: off unless an operator names the database, a token, the platform and the legal basis.

1. Statements go in batches of 1 to 100, all or nothing; 201 alone means that a batch was taken.
2. What is there already is not sent again: the database is asked for each `puid` and answers 302 where it has it, which is never followed.
3. There is no way to amend, so whatever is refused stops the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3
from django.conf import settings

BATCH = 100
SECONDS = 30.0


class NotSent(Exception):
    """Nothing was sent, or no more: the message says why, by codes alone."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where statements may be sent, and as whom."""

    url: str
    token: str
    platform: str
    legal_basis: str


def door() -> Door:
    """Return where statements may be sent; raises NotSent unless an operator set all of it."""
    given = Door(settings.DSA_URL.rstrip("/"), settings.DSA_TOKEN, settings.DSA_PLATFORM, settings.DSA_LEGAL_BASIS)
    if not all((given.url, given.token, given.platform, given.legal_basis)):
        raise NotSent("DSA_URL, DSA_TOKEN, DSA_PLATFORM and DSA_LEGAL_BASIS have to be set: whether to send is the operator's to decide")
    parts = urlsplit(given.url)
    if parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "localhost"}:
        raise NotSent("statements and the token go over HTTPS only")
    return given


def send(statements: Iterable[Mapping[str, Any]], to: Door) -> Iterator[int]:
    """Send what is not there yet and yield after each batch how many were taken; raises NotSent at the first that is refused."""
    headers, rest = {"Authorization": f"Bearer {to.token}", "Accept": "application/json"}, iter(statements)
    with urllib3.PoolManager(timeout=SECONDS, retries=False, headers=headers) as pool:
        while batch := list(islice(rest, BATCH)):
            missing = [one for one in batch if not _is_there(pool, to, one["puid"])]
            if missing:
                _post(pool, to, missing)
            yield len(missing)


def _is_there(pool: urllib3.PoolManager, to: Door, puid: str) -> bool:
    status = _status(pool, "GET", f"{to.url}/api/v1/statement/existing-puid/{quote(puid, safe='')}")
    if status not in {302, 404}:
        raise NotSent(f"asked for a puid, it answered {status}")
    return status == 302


def _post(pool: urllib3.PoolManager, to: Door, statements: list[Mapping[str, Any]]) -> None:
    body = json.dumps({"statements": statements}).encode()
    status = _status(pool, "POST", f"{to.url}/api/v1/statements", body)
    if status != 201:
        raise NotSent(f"a batch of {len(statements)} was answered {status}: none of it was taken")


def _status(pool: urllib3.PoolManager, method: str, url: str, body: bytes | None = None) -> int:
    try:
        headers = dict(pool.headers) | ({"Content-Type": "application/json"} if body else {})
        return pool.request(method, url, body=body, headers=headers, redirect=False).status
    except urllib3.exceptions.HTTPError as error:
        raise NotSent(f"the database could not be reached: {type(error).__name__}") from error
