"""What never joined: listed by what it is, gone by itself when the rest comes, set aside with a reason and never lost."""

import pytest
from django.test import Client

from conversations.models import Feedback
from moderation.models import Appeal, AuditEntry, SetAside, Unjoined
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ground")]


def lineage(conversation, branch, parent=None):
    place = {"id": branch, "parent_id": parent, "forked_at_turn": 2 if parent else None}
    return make.cloud(
        "conversation.branched",
        make.WEB,
        f"on-{branch}",
        "2026-01-01T00:00:00Z",
        conversation=make.a_conversation(id=conversation, user="user-1", branch=place),
    )


@pytest.fixture
def loose():
    """One loose end of each kind, and the event that three of them wait for."""
    event = make.ended()
    make.send(make.about("feedback.given", event, thumbs="down", text="SECRET words"))
    make.send(make.about("appeal.filed", event, text="SECRET words"))
    make.send(make.about("message.accepted", event))
    make.send(lineage("conv-a", "br-child", "br-parent"))
    return event


def text(client, path):
    return client.get(path).content.decode()


def test_each_kind_is_listed_and_leaves_when_the_rest_comes(loose, client_of, operator):
    assert set(Unjoined.objects.values_list("kind", flat=True)) == {"feedback", "appeal", "message", "branch"}
    page = text(client_of(operator), "/unjoined/")
    assert loose["data"]["conversation"]["id"] in page
    assert "br-parent" in page
    assert "SECRET" not in page
    make.send(loose)
    make.send(lineage("conv-a", "br-parent"))
    assert not Unjoined.objects.exists()
    assert "Everything has joined" in text(client_of(operator), "/unjoined/")


def test_it_is_filtered_by_kind_and_surface_and_counted_on_the_surface(loose, client_of, operator):
    client, surface = client_of(operator), make.make_surface()
    other = make.make_surface("/surfaces/other")
    assert text(client, "/unjoined/?kind=appeal").count("<tr data-row") == 1
    assert text(client, f"/unjoined/?surface={surface.public_id}").count("<tr data-row") == 4
    assert text(client, f"/unjoined/?surface={other.public_id}").count("<tr data-row") == 0
    assert f'/unjoined/?surface={surface.public_id}">4</a>' in text(client, f"/surfaces/{surface.public_id}/")


def test_setting_aside_takes_it_from_the_list_and_not_from_its_conversation(loose, client_of, operator):
    client, feedback = client_of(operator), Feedback.objects.get()
    url = f"/unjoined/feedback:{feedback.public_id}/"
    assert "Waits for branch" in text(client, url)
    assert client.post(f"{url}set-aside/", {"reason": ""}).status_code == 422
    for _ in range(2):
        assert client.post(f"{url}set-aside/", {"reason": "never_sent"}).status_code == 302
    assert SetAside.objects.get().user == operator
    entry = AuditEntry.objects.about("unjoined", f"feedback:{feedback.public_id}").get()
    assert (entry.action, entry.entry["reason"], entry.entry["codes"]["kind"]) == ("unjoined.set_aside", "never_sent", "feedback")
    text(client, "/unjoined/")  # shows the message that it is done
    assert feedback.public_id not in text(client, "/unjoined/")
    assert feedback.public_id in text(client, "/unjoined/?set_aside=True")
    assert "The surface will not send the rest" in text(client, url)
    make.send(loose)
    assert Feedback.objects.get().branch is not None
    assert client.get(url).status_code == 404


def test_others_are_refused(loose, client_of, auditor, reviewer, operator):
    url = f"/unjoined/appeal:{Appeal.objects.get().public_id}/"
    assert "An operator may set it aside" in text(client_of(auditor), url)
    assert client_of(auditor).post(f"{url}set-aside/", {"reason": "test"}).status_code == 403
    assert client_of(reviewer).get(url).status_code == 403
    assert client_of(operator).get(f"{url}set-aside/").status_code == 405
    assert client_of(operator).get("/unjoined/appeal:A-00000000/").status_code == 404
    assert client_of(operator).post("/unjoined/nonsense/set-aside/", {"reason": "test"}).status_code == 404
    assert Client().get(url).status_code == 302
