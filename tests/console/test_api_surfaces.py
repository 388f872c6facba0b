"""Surfaces, lock alarms and loose ends in the API, and the command that makes a key."""

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.test import Client

from conversations.models import Feedback, Surface, SurfaceKey
from moderation.models import AuditEntry, LockAlarm
from tests import make

pytestmark = pytest.mark.django_db
LIST = "/api/v1/surfaces/"
OWN = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
PUBLIC = "whpk_" + base64.b64encode(OWN.public_key().public_bytes_raw()).decode()


def post(client, path, data=None):
    return client.post(path, json.dumps(data or {}), content_type="application/json")


def send(api_key, event, signature):
    raw, now = json.dumps(event).encode(), int(time.time())
    headers = {"Authorization": f"Bearer {api_key}", "webhook-id": "m", "webhook-timestamp": str(now)}
    headers["webhook-signature"] = signature(f"m.{now}.".encode() + raw)
    return Client().post("/api/v1/events", raw, content_type="application/cloudevents+json", headers=headers)


def own(message):
    return "v1a," + base64.b64encode(OWN.sign(message)).decode()


@pytest.fixture
def surface(ground):
    made = make.make_key()
    make.send(make.ended())
    return made.key.surface


def test_it_lists_and_shows_how_surfaces_do_and_no_secret(client_of, operator, surface):
    client = client_of(operator)
    [row] = client.get(LIST).json()["results"]
    assert {**row, "lag_seconds": None} == {**client.get(f"{LIST}{surface.public_id}/").json(), "lag_seconds": None}
    assert (row["source"], row["events_week"], row["refused_week"], row["silent"]) == (make.WEB, 1, 0, False)
    [key] = row["keys"]
    assert set(key) == {"id", "prefix", "signs_by", "per_minute", "created_at", "last_used_at", "revoked_at"}
    assert key["signs_by"] == "v1"


def test_a_key_is_made_with_a_secret_that_is_answered_once(client_of, operator, surface):
    client = client_of(operator)
    answer = post(client, f"{LIST}{surface.public_id}/keys/", {"per_minute": 5})
    made = answer.json()
    assert (answer.status_code, answer["Cache-Control"], made["key"]["per_minute"]) == (201, "no-store", 5)
    assert made["signing_secret"].startswith("whsec_")
    shown = client.get(LIST).content.decode()
    assert made["api_key"] not in shown
    assert made["signing_secret"] not in shown
    assert AuditEntry.objects.filter(action="surface.key_added", actor_id=operator.as_actor().id).count() == 1


def test_a_key_for_the_senders_own_pair_opens_the_door_until_it_is_revoked(client_of, operator, surface):
    client = client_of(operator)
    made = post(client, f"{LIST}{surface.public_id}/keys/", {"public_key": PUBLIC}).json()
    assert (made["signing_secret"], made["key"]["signs_by"]) == ("", "v1a")
    assert send(made["api_key"], make.ended(), own).status_code == 202
    revoked = post(client, f"{LIST}{surface.public_id}/keys/{made['key']['id']}/revoke/")
    assert (revoked.status_code, revoked.json()["revoked_at"] is None) == (200, False)
    assert send(made["api_key"], make.ended(), own).status_code == 401


@pytest.mark.parametrize("data", [{"public_key": "whpk_short"}, {"public_key": "no"}, {"per_minute": 0}, {"per_minute": "many"}])
def test_a_key_that_cannot_be_one_is_refused(client_of, operator, surface, data):
    answer = post(client_of(operator), f"{LIST}{surface.public_id}/keys/", data)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, set(data))
    assert SurfaceKey.objects.count() == 1


def test_other_methods_roles_and_ids_are_refused(client_of, operator, auditor, reviewer, surface):
    key, other = SurfaceKey.objects.get(), make.make_surface("/surfaces/other")
    keys = f"{LIST}{surface.public_id}/keys/"
    assert client_of(auditor).get(LIST).status_code == 200
    assert post(client_of(auditor), keys).status_code == 403
    assert post(client_of(auditor), f"{keys}{key.public_id}/revoke/").status_code == 403
    assert client_of(reviewer).get(LIST).status_code == 403
    assert client_of(operator).get(keys).status_code == 405
    assert client_of(operator).post(LIST).status_code in {403, 405}
    assert client_of(operator).get(f"{LIST}S-00000000/").status_code == 404
    assert post(client_of(operator), f"{LIST}S-00000000/keys/").status_code == 404
    assert post(client_of(operator), f"{LIST}{other.public_id}/keys/{key.public_id}/revoke/").status_code == 404
    assert Client().get(LIST).status_code == 403
    assert SurfaceKey.objects.valid().count() == 1


def test_alarms_are_listed_and_acknowledged_once(client_of, operator, auditor, ground):
    event = make.ended()
    make.send(event)
    make.send(make.about("message.accepted", event))
    alarm, client = LockAlarm.objects.get(), client_of(operator)
    url = f"/api/v1/alarms/{alarm.public_id}/"
    assert client.get("/api/v1/alarms/").json()["results"] == [client.get(url).json()]
    assert post(client_of(auditor), f"{url}acknowledge/", {"reason": "mended"}).status_code == 403
    assert post(client, f"{url}acknowledge/", {"reason": "because"}).status_code == 422
    answer = post(client, f"{url}acknowledge/", {"reason": "clocks"}).json()
    assert (answer["state"], answer["reason"], answer["acknowledged_by"]) == ("acknowledged", "clocks", operator.pseudonym)
    assert post(client, f"{url}acknowledge/", {"reason": "clocks"}).status_code == 409
    assert client.get("/api/v1/alarms/").json()["results"] == []
    assert client.get(url).status_code == 200
    assert client.get("/api/v1/alarms/L-00000000/").status_code == 404
    assert client.get(f"{url}acknowledge/").status_code == 405


def test_loose_ends_are_listed_and_set_aside(client_of, operator, auditor, ground):
    make.send(make.about("feedback.given", make.ended(), thumbs="down", text="SECRET"))
    client, name = client_of(operator), f"feedback:{Feedback.objects.get().public_id}"
    url = f"/api/v1/unjoined/{name}/"
    [row] = client.get("/api/v1/unjoined/").json()["results"]
    assert row == client.get(url).json()
    assert (row["kind"], row["set_aside"]) == ("feedback", False)
    assert "SECRET" not in json.dumps(row)
    assert post(client_of(auditor), f"{url}set-aside/", {"reason": "test"}).status_code == 403
    assert post(client, f"{url}set-aside/").status_code == 422
    assert post(client, f"{url}set-aside/", {"reason": "test"}).json()["set_aside"] is True
    assert client.get("/api/v1/unjoined/").json()["results"] == []
    assert client.get("/api/v1/unjoined/feedback:F-00000000/").status_code == 404
    assert client.get(f"{url}set-aside/").status_code == 405


def test_the_command_makes_keys_of_both_kinds(ground, capsys):
    call_command("surface_key", "/surfaces/new", "--name", "New", "--public-key", PUBLIC, "--per-minute", "7", "--json")
    made = json.loads(capsys.readouterr().out)
    key = SurfaceKey.objects.get(public_id=made["key"])
    assert (bytes(key.public_key), key.per_minute, made["signing_secret"]) == (OWN.public_key().public_bytes_raw(), 7, "")
    assert Surface.objects.get(source="/surfaces/new").name == "New"
    assert send(made["api_key"], make.ended(source="/surfaces/new"), own).status_code == 202
    call_command("surface_key", "/surfaces/new")
    assert "SIGNING_SECRET=whsec_" in capsys.readouterr().out
    assert Surface.objects.filter(source="/surfaces/new").count() == 1


@pytest.mark.parametrize("arguments", [["nowhere"], ["/surfaces/new", "--public-key", "whpk_short"]])
def test_the_command_refuses_what_it_cannot_use(db, arguments):
    with pytest.raises(CommandError):
        call_command("surface_key", *arguments)
    assert not SurfaceKey.objects.exists()
