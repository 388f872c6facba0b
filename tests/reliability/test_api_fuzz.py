"""Every operation of the OpenAPI document, with data that fits it and data that does not: schemathesis with all of its checks.

The requests go through the whole WSGI application, as a person who holds every role, and as a surface whose requests are signed on their
way in. `make fuzz` runs the same with many more examples.
"""

import base64
import gzip
import io
import json
import string
import time
from collections import defaultdict
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import pytest
import schemathesis
import zstandard
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from django.utils import timezone
from schemathesis.specs.openapi.checks import negative_data_rejection

from console.api.events import BATCH, JSON
from console.api.signatures import sign
from console.contract.document import document
from console.requests import Handler
from moderation.actions.lineages import ask_for_lineages
from moderation.actions.people import grant_role
from moderation.actions.quarantine import quarantine_event
from moderation.models import Aftermath, Export, RoleName, User
from moderation.states import ReviewState
from tests import kept, make
from tests.fuzzing import LONG, tries

pytest_plugins = ["schemathesis.pytest.plugin"]  # left out elsewhere: importing it takes seconds
pytestmark = [pytest.mark.fuzz, pytest.mark.django_db]

ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "429"]
BEYOND_SCHEMA = (
    "/api/v1/events",
    "/api/v1/quarantine/{id}/replay/",
    "/api/v1/reviews/{id}/submit/",
    "/api/v1/appeals/{id}/decide/",
    "/api/v1/desk/comfort/",
    "/api/v1/endings/",
    "/api/v1/endings/facets/",
    "/api/v1/endings/histogram/",
    "/api/v1/desk/override/",
    "/api/v1/feedback/{id}/answer/",
    "/api/v1/feedback/{id}/link/",
    "/api/v1/golden/",
    "/api/v1/keyboard/",
    "/api/v1/policies/{version}/schedule/",
    "/api/v1/replies/",
    "/api/v1/reviews/{id}/amend/",
    "/api/v1/reviews/{id}/dispute/",
    "/api/v1/surfaces/{id}/keys/",
    "/api/v1/views/",
    "/api/v1/bulk/",
    "/api/v1/bulk/count/",
    "/api/v1/campaigns/",
    "/api/v1/campaigns/estimate/",
    "/api/v1/exports/",
    "/api/v1/feedback/{id}/close/",
    "/api/v1/holds/",
    "/api/v1/holds/{id}/extend/",
    "/api/v1/policies/",
    "/api/v1/policies/{version}/",
    "/api/v1/policies/{version}/cancel/",
    "/api/v1/policies/{version}/impact/",
    "/api/v1/policies/{version}/objective/",
    "/api/v1/policies/{version}/return/",
    "/api/v1/policies/{version}/roll-back/",
    "/api/v1/retention/",
    "/api/v1/rooms/",
    "/api/v1/sampling/changes/",
    "/api/v1/rooms/{id}/items/{place}/answer/",
    "/api/v1/rooms/{id}/items/{place}/conclude/",
    "/api/v1/rooms/{id}/items/{place}/remark/",
    "/api/v1/surfaces/{id}/endpoint/",
    "/api/v1/tokens/",
    "/api/v1/people/",
)
"""Whose rules JSON Schema cannot say: an event's time is not in the future, a replay may be refused again, a label follows the form's
rules, a search has a word in it, what is named exists, keys do not collide, a public key is one, a name is more than spaces, no cap is
above the organisation's, a day lies ahead, an objective can be met, an e-mail is an address, thresholds hold together, a move has reasons of its own, an address
is one we may call."""
CONFIG = schemathesis.Config.from_dict(
    {
        "phases": {"coverage": {"enabled": LONG}},
        "generation": {"allow-x00": False, "with-security-parameters": False},
        "operations": [
            {"include-path": path, "checks": {"positive_data_acceptance": {"expected-statuses": [*ACCEPTED, "422"]}}}
            for path in BEYOND_SCHEMA
        ],
    }
)
API = schemathesis.openapi.from_dict(document(), config=CONFIG)
SURFACES = ("/api/v1/events", "/api/v1/receipts/{entry_id}/salt/")
SESSION, CSRF, STAND_IN = "s" * 32, "c" * 32, "stand-in"


PACKED = defaultdict(lambda: bytes, {"gzip": gzip.compress, "zstd": zstandard.compress})


class Surroundings:
    """What stands between a sender and the application: a surface's own proxy, which packs what says
    that it is packed, and signs."""

    def __init__(self, application):
        self.application, self.key, self.known = application, None, {}

    def __call__(self, environ, start_response):
        if environ.get("HTTP_AUTHORIZATION") == f"Bearer {STAND_IN}":
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.key.api_key}"
        if environ.get("HTTP_WEBHOOK_SIGNATURE") == environ.get("HTTP_WEBHOOK_TIMESTAMP") == environ.get("HTTP_WEBHOOK_ID") == STAND_IN:
            body, now = PACKED[environ.get("HTTP_CONTENT_ENCODING")](environ["wsgi.input"].read()), int(time.time())
            environ["CONTENT_LENGTH"] = str(len(body))
            secret = base64.b64decode(self.key.signing_secret.removeprefix("whsec_"))
            environ["wsgi.input"] = io.BytesIO(body)
            environ["HTTP_WEBHOOK_ID"] = message = f"m-{uuid4().hex}"
            environ["HTTP_WEBHOOK_TIMESTAMP"] = str(now)
            environ["HTTP_WEBHOOK_SIGNATURE"] = sign(secret, message, now, body)
        with closing(self.application(environ, start_response)) as answer:  # as every server does
            return [b"".join(answer)]


API.app = Surroundings(Handler())


@API.auth()
class Credentials:
    """What a request carries: a surface's key at the event door, a person's session elsewhere. Cases are made before any fixture."""

    def get(self, case, context):
        return case.path in SURFACES

    def set(self, case, surface, context):
        if surface:
            stand_ins = dict.fromkeys(("webhook-id", "webhook-timestamp", "webhook-signature"), STAND_IN)
            case.headers.update({"Authorization": f"Bearer {STAND_IN}", **stand_ins})
        else:
            case.headers.update({"X-CSRFToken": CSRF})
            case.cookies.update({"sessionid": SESSION, "csrftoken": CSRF})


@schemathesis.serializer("application/x-ndjson")
def as_lines(context, value):
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


def fill_in(case):
    """Give a request that is meant to succeed what a schema cannot say: ids that exist, the source of the key, turns that count up."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    known = API.app.known
    for name in ("after", "before", "surface"):
        if case.query and case.query.get(name):
            case.query[name] = known["surface"] if name == "surface" else ""
    if case.path == "/api/v1/events":
        case.query["format"] = "openai-chat" if case.media_type == JSON else "cloudevents"
    noun = f"{case.path}/".split("/")[3]
    if "{entry_id}" in case.path and case.path_parameters["entry_id"][-1] in string.digits:
        case.path_parameters["entry_id"] = known["entry"]
    if "{id}" in case.path and noun in known and case.path_parameters["id"][-1] in string.digits:
        case.path_parameters["id"] = known[noun]
    for event in case.body if isinstance(case.body, list) else [case.body]:
        if isinstance(event, dict) and "source" in event:
            event["source"] = make.WEB
            turns = event["data"].get("transcript", [])
            for index, turn in enumerate(turns):
                turn["index"] = index
            if "ending" in event["data"]:
                event["data"]["ending"]["at_turn"] = min(event["data"]["ending"]["at_turn"], len(turns))


@pytest.fixture
def one_connection():
    """Let the application keep the connection that holds the test's transaction, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def one_of_each():
    """Make something of every kind, a surface with a key, and a person who holds every role; returns what requests name of them."""
    make.make_ground()
    person = make.make_person()
    for role in RoleName:
        grant_role(person, role, actor=make.TESTS)
    review, appeal = make.make_review(ReviewState.CLAIMED, person), make.make_appeal()
    make.read(review, person)
    ask_for_lineages(actor=make.TESTS, asked_by=person)
    make.judge_all()
    export = Export.objects.create(kind="audit", format="csv", requested_by=person)
    held = quarantine_event(b"{}", make.make_surface(), problem="invalid", field="data", detail="is missing", auth="test")
    known = {
        "lineages": Aftermath.objects.first().lineage,
        "reviews": review,
        "endings": appeal.branch.ending,
        "exports": export,
        "quarantine": held,
        "surface": make.make_surface(),
    }
    other = make.make_person("reviewer").pseudonym
    key, entry = make.make_key(), make.send(make.ended()).receipt["entry_id"]
    return person.pk, key, {name: thing.public_id for name, thing in known.items()} | {"entry": entry, "people": other}


@pytest.fixture
def world(db, one_connection):
    """What requests name is there, and the person is signed in."""
    person, API.app.key, API.app.known = kept.lay("one of each with a key", one_of_each)
    browser = Client()
    browser.force_login(User.objects.get(pk=person))
    data = SessionStore().encode(dict(browser.session.items()))
    Session.objects.create(session_key=SESSION, session_data=data, expire_date=timezone.now() + timedelta(hours=1))


@API.parametrize()
@tries(5)
def test_the_api_keeps_its_contract(case, world):
    fill_in(case)
    # A batch is answered event by event: a bad one is refused in its own result, not by the status.
    by_result = [negative_data_rejection] if case.media_type == BATCH else []
    case.call_and_validate(excluded_checks=by_result)
