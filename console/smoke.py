"""The whole way of one ending, on real servers: what `manage.py smoke` does.

In a throw-away folder and on a free port it starts everything, sends one signed event as a chat surface, waits until a worker has
judged it, and reads its page as a signed-in reviewer. It always starts servers of its own: DATABASE_URL and BROKER_URL are ignored,
since a smoke test leaves rows behind.
"""

from __future__ import annotations

import base64
import contextlib
import http.cookiejar
import json
import os
import re
import shutil
import signal
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from console.api.signatures import sign
from console.launcher import Launch, free_port, launched
from console.processes import StartError
from moderation.states import Outcome

LIMIT_SECONDS = 120
JUDGED_WITHIN_SECONDS = 30
MESSAGE_ID = "msg_smoke"
INSULT = "You are a worthless idiot and I hate you. Shut up, you stupid piece of garbage."
REFUSAL = "I'm not going to respond to insults. I can't help with that, but I'm happy to help with something else."
WARNING = (
    "These messages are abusive. I would like to help you with something useful instead. "
    "If the insults continue, I may end this conversation."
)
CLOSING = (
    "I am ending this conversation because the abuse went on after my warning. "
    "You can start a new chat, edit an earlier message, or send feedback."
)
TALK = (INSULT, REFUSAL, INSULT, REFUSAL, INSULT, WARNING, INSULT, CLOSING)


class SmokeFailed(Exception):
    """A step did not do what it should."""


def run_smoke(say: Callable[[str], None]) -> None:
    """Walk the whole way once, within two minutes.

    Raises:
        SmokeFailed: with what failed, and the end of every log.
    """
    with _throw_away_folder() as var, _time_limit(LIMIT_SECONDS):
        access_file, started = var / "access.json", time.monotonic()
        prepare = ["demo_prepare", "--minimal", str(access_file)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "BROKER_", "RECOURSE_"))}
        try:
            with launched(var, free_port(), prepare=prepare, say=say, environment=environment) as launch:
                say(f"everything runs after {time.monotonic() - started:.1f} s")
                _walk(launch, json.loads(access_file.read_text()), say)
        except (StartError, TimeoutError) as error:
            raise SmokeFailed(str(error)) from error


class Visitor:
    """A browser's manners without a browser: cookies, and an answer for every status."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def fetch(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        """Return status and text of a page; a body makes it a POST. Header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.address + path, data=body, headers=named)  # noqa: S310 - our own http address
        try:
            with self.opener.open(request, timeout=15) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")

    def sign_in(self, email: str, password: str) -> None:
        """Sign in through the form."""
        status, page = self.submit("/sign-in/", "/sign-in/", username=email, password=password)
        _demand(status == 200 and "csrfmiddlewaretoken" in page, f"signing in was answered {status}", page)

    def open_ending(self, public_id: str) -> tuple[int, str]:
        """Open an ending for a purpose, as a page that waits for a blind label asks for, and return the page that follows."""
        return self.submit(f"/endings/{public_id}/", f"/endings/{public_id}/open/", purpose="quality")

    def submit(self, page: str, action: str, **fields: str) -> tuple[int, str]:
        """Fill in a form of a page and follow where it leads."""
        _, form = self.fetch(page)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        _demand(token is not None, f"{page} holds no form", form)
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1] if token else "", **fields}).encode()
        return self.fetch(action, body, Referer=self.address + page)


def event(source: str) -> dict[str, Any]:
    """Return one ended conversation: insults, refusals, a warning, and insults again."""
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    transcript = [{"index": i, "role": ("user", "assistant")[i % 2], "content": text, "at": now} for i, text in enumerate(TALK)]
    model = {"name": "claude-opus-4", "version": "20250514"}
    conversation = {
        "id": "conv-smoke",
        "user": "user-smoke",
        "model": model,
        "locale": "en",
        "started_at": now,
        "branch": {"id": "br-smoke"},
    }
    ending = {"actor": "model", "reason": "persistent_abuse", "category": "harassment", "at_turn": len(TALK) - 1, "allowed": True}
    return {
        "specversion": "1.0",
        "type": "conversation.ended",
        "source": source,
        "id": "end-smoke",
        "time": now,
        "datacontenttype": "application/json",
        "data": {"conversation": conversation, "ending": ending, "transcript": transcript},
    }


def _walk(launch: Launch, access: dict[str, str], say: Callable[[str], None]) -> None:
    try:
        _send(Visitor(launch.address), access)
        say("one signed event was taken (202)")
        reviewer = Visitor(launch.address)
        reviewer.sign_in(access["email"], access["password"])
        public_id = _await_ending(reviewer, "taken", bool)["id"]
        status, page = reviewer.open_ending(public_id)
        _demand(status == 200, f"opening its page was answered {status}", page)
        say(f"a signed-in reviewer opened {public_id}")
        verdict = _await_ending(reviewer, "judged", lambda row: bool(row["verdict"]))["verdict"]
        label = Outcome(verdict).label
        say(f"a worker judged it: {label.lower()}")
        status, page = reviewer.fetch(f"/endings/{public_id}/")
        _demand(status == 200 and label.lower() in page.lower(), f"its page was answered {status} and does not say {label!r}", page)
        say("its page says so")
    except (SmokeFailed, OSError) as error:
        raise SmokeFailed(f"{error}\n\n{launch.logs()}") from error


def _send(surface: Visitor, access: dict[str, str]) -> None:
    body, stamp = json.dumps(event(access["source"])).encode(), int(time.time())
    secret = base64.b64decode(access["signing_secret"].removeprefix("whsec_"))
    status, answer = surface.fetch(
        "/api/v1/events",
        body,
        Content_Type="application/cloudevents+json",
        Authorization=f"Bearer {access['api_key']}",
        webhook_id=MESSAGE_ID,
        webhook_timestamp=str(stamp),
        webhook_signature=sign(secret, MESSAGE_ID, stamp, body),
    )
    _demand(status == 202, f"the event was answered {status}, not 202", answer)


def _await_ending(reviewer: Visitor, what: str, ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the first ending of the list that is ready. Only who opened one sees its verdict there: a label may still be asked for."""
    deadline = time.monotonic() + JUDGED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        status, answer = reviewer.fetch("/api/v1/endings/")
        _demand(status == 200, f"the list of endings was answered {status}", answer)
        row = next(filter(ready, json.loads(answer)["results"]), None)
        if row:
            return row
        time.sleep(0.2)
    raise SmokeFailed(f"no ending was {what} within {JUDGED_WITHIN_SECONDS} s")


def _demand(fact: bool, otherwise: str, answer: str) -> None:  # noqa: FBT001 - reads like an assertion
    if not fact:
        raise SmokeFailed(f"{otherwise}; the answer began: {' '.join(answer[:400].split())}")


@contextlib.contextmanager
def _throw_away_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="recourse-smoke-"))
    folder.chmod(0o711)  # as root, the servers' account must pass through it
    try:
        yield folder / "var"
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    def too_long(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"not done within {seconds} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
