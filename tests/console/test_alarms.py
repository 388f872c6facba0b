"""Locks that did not hold: raised by what surfaces send, in any order, seen where it matters, acknowledged once with a reason."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import ConversationEnd
from moderation.models import AuditEntry, LockAlarm
from moderation.states import AlarmState
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def message(event, **more):
    return make.about("message.accepted", event, **more)


@pytest.fixture
def broken():
    event = make.ended()
    make.send(event)
    make.send(message(event))
    return event


def text(client, path):
    return client.get(path).content.decode()


def test_a_message_after_the_end_rings_once_and_counts_on(broken):
    alarm = LockAlarm.objects.get()
    assert (alarm.messages, alarm.state, alarm.ending) == (1, AlarmState.OPEN, ConversationEnd.objects.get())
    make.send(message(broken))
    make.send(make.about("message.rejected", broken))
    make.send(make.about("feedback.given", broken, thumbs="up"))
    assert LockAlarm.objects.get().messages == 2
    entries = [entry.entry["codes"]["messages"] for entry in AuditEntry.objects.about("lock_alarm", alarm.public_id).order_by("id")]
    assert entries == [1, 2]


def test_messages_that_came_before_the_ending_ring_when_it_comes():
    event = make.ended()
    early = (timezone.now() - timedelta(hours=3)).isoformat()
    for at in (None, None, early):
        make.send(message(event, **({"at": at} if at else {})))
    assert not LockAlarm.objects.exists()
    make.send(event)
    assert LockAlarm.objects.get().messages == 2


def test_a_message_before_the_end_and_a_refused_one_ring_nothing():
    event = make.ended()
    make.send(event)
    make.send(message(event, at=(timezone.now() - timedelta(hours=3)).isoformat()))
    make.send(make.about("message.rejected", event))
    assert not LockAlarm.objects.exists()


def test_it_rings_on_home_surfaces_the_surface_and_the_ending(broken, client_of, operator, policy_owner):
    alarm = LockAlarm.objects.get()
    for path in ("/", "/surfaces/", f"/surfaces/{alarm.surface.public_id}/", "/alarms/"):
        page = text(client_of(operator), path)
        assert alarm.public_id in page, path
        assert alarm.ending.public_id in page, path
    page = text(client_of(policy_owner), f"/endings/{alarm.ending.public_id}/")
    assert "1 message was taken after the end" in page
    assert alarm.public_id not in page
    assert alarm.public_id not in text(client_of(policy_owner), "/")


def test_an_operator_acknowledges_it_with_a_reason_and_later_messages_ring_again(broken, client_of, operator):
    alarm, client = LockAlarm.objects.get(), client_of(operator)
    url = f"/alarms/{alarm.public_id}/"
    assert client.post(f"{url}acknowledge/", {"reason": ""}).status_code == 422
    assert client.post(f"{url}acknowledge/", {"reason": "because"}).status_code == 422
    assert client.post(f"{url}acknowledge/", {"reason": "mended"}).status_code == 302
    assert client.post(f"{url}acknowledge/", {"reason": "mended"}).status_code == 409
    page = text(client, url)
    assert "A fault of the surface, now mended" in page
    assert operator.pseudonym in page
    entry = AuditEntry.objects.about("lock_alarm", alarm.public_id).order_by("-id").first()
    assert (entry.action, entry.entry["reason"]) == ("lock.acknowledged", "mended")
    assert alarm.public_id not in text(client, "/")
    assert alarm.public_id not in text(client, "/alarms/")
    assert alarm.public_id in text(client, "/alarms/?state=all")
    make.send(message(broken))
    again = LockAlarm.objects.ringing().get()
    assert (again.pk != alarm.pk, again.messages) == (True, 1)


def test_others_are_refused(broken, client_of, auditor, reviewer, operator):
    url = f"/alarms/{LockAlarm.objects.get().public_id}/"
    assert client_of(auditor).get(url).status_code == 200
    assert "An operator may acknowledge it" in text(client_of(auditor), url)
    assert client_of(auditor).post(f"{url}acknowledge/", {"reason": "mended"}).status_code == 403
    assert client_of(reviewer).get(url).status_code == 403
    assert client_of(operator).get(f"{url}acknowledge/").status_code == 405
    assert client_of(operator).get("/alarms/L-00000000/").status_code == 404
    assert client_of(operator).post("/alarms/L-00000000/acknowledge/", {"reason": "mended"}).status_code == 404
    assert Client().get(url).status_code == 302


def test_an_empty_list_says_how_surfaces_fill_it(client_of, operator):
    assert "Every lock has held" in text(client_of(operator), "/alarms/")
