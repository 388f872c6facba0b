"""Surfaces: who sends, how they are doing, with which keys; and never a secret twice."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from conversations.models import ReceivedEvent, Surface, SurfaceKey, Volume
from conversations.pulse import Rhythm
from moderation.actions.quarantine import quarantine_event
from moderation.actions.surfaces import revoke_surface_key
from moderation.models import AuditEntry
from tests import make

pytestmark = pytest.mark.django_db
PUBLIC_KEY = "whpk_" + "A" * 43 + "="


def text(client, path="/surfaces/"):
    return client.get(path).content.decode()


def url(surface, more=""):
    return f"/surfaces/{surface.public_id}/{more}"


def row_of(client):
    (row,) = client.get("/surfaces/").context["rows"]
    return row


def last_sent(ago):
    ReceivedEvent.objects.update(received_at=timezone.now() - ago)


def test_it_lists_surfaces_with_their_keys_and_no_secret(client_of, operator):
    new = make.make_key()
    assert make.WEB in text(client_of(operator))
    page = text(client_of(operator), url(new.key.surface))
    assert new.key.prefix in page
    assert "Valid" in page
    assert new.api_key not in page
    assert new.signing_secret not in page
    assert bytes(new.key.digest).hex() not in page


def test_it_counts_what_came_what_was_refused_and_how_late(client_of, operator):
    make.make_ending()
    make.make_ending()
    quarantine_event(b"{}", make.make_surface(), problem="invalid", field="data", detail="is missing", auth="test")
    row = row_of(client_of(operator))
    assert (row.traffic.sent, row.traffic.refused) == (2, 1)
    assert row.traffic.share_refused == pytest.approx(1 / 3)
    assert 290 < row.rhythm.lag < 330
    assert row.rhythm.last is not None
    assert "(1 of 3)" in text(client_of(operator))


def test_what_came_long_ago_is_not_counted(client_of, operator):
    make.make_ending()
    last_sent(timedelta(days=8))
    assert row_of(client_of(operator)).traffic.share_refused is None


def test_the_later_volume_of_an_hour_counts(client_of, operator):
    surface, hour = make.make_surface(), timezone.now().replace(minute=0, second=0, microsecond=0)
    for place, (at, count) in enumerate([(hour, 10), (hour, 12), (hour - timedelta(hours=1), 5)]):
        Volume.objects.create(surface=surface, hour=at, conversations=count, received_at=hour + timedelta(minutes=place))
    assert row_of(client_of(operator)).traffic.conversations == 17
    assert [one.conversations for one in client_of(operator).get(url(surface)).context["volumes"]] == [12, 5]


def test_a_surface_that_fell_silent_is_named_here_and_on_home(client_of, operator, reviewer):
    make.make_key()
    make.make_ending()
    for path in ("/", "/surfaces/"):
        assert "fallen silent" not in text(client_of(operator), path)
    last_sent(timedelta(hours=2))
    for path in ("/", "/surfaces/", url(Surface.objects.get())):
        assert "fallen silent" in text(client_of(operator), path)
    assert "fallen silent" not in text(client_of(reviewer), "/")


@pytest.mark.parametrize(
    ("ago", "gap", "keyed", "silent"),
    [
        (None, None, True, False),
        (59 * 60, 1.0, True, False),
        (61 * 60, 1.0, True, True),
        (61 * 60, 1.0, False, False),
        (61 * 60, None, True, True),
        (5 * 3600, 3600.0, True, False),
        (7 * 3600, 3600.0, True, True),
    ],
)
def test_silence_is_an_hour_or_six_usual_gaps(ago, gap, keyed, silent):
    now = timezone.now()
    last = None if ago is None else now - timedelta(seconds=ago)
    assert Rhythm(last, 0.0, gap, keyed).silent(now) is silent


def test_a_surface_without_a_key_says_so(client_of, operator):
    surface = make.make_surface()
    page = text(client_of(operator))
    assert "No key" in page
    assert "Never" in page
    assert "It cannot send until it has one" in text(client_of(operator), url(surface))


def test_it_leads_to_what_surfaces_were_told(client_of, operator):
    page = client_of(operator).get("/surfaces/").content.decode()
    [address] = re.findall(r'href="([^"]+)">were told by webhook<', page)
    assert client_of(operator).get(address).status_code == 200


def test_without_any_it_says_so(client_of, operator):
    assert "No surface may send yet" in text(client_of(operator))


def test_a_new_key_is_shown_once_and_kept_nowhere(client_of, operator):
    surface, client = make.make_surface(), client_of(operator)
    answer = client.post(url(surface, "keys/"), {"public_key": "", "per_minute": "30"})
    made = answer.context["made"]
    assert answer["Cache-Control"] == "no-store"
    assert made.api_key in answer.content.decode()
    assert made.signing_secret in answer.content.decode()
    assert made.key.per_minute == 30
    assert made.api_key not in str(dict(client.session))
    assert made.api_key not in text(client, url(surface))
    entry = AuditEntry.objects.get(action="surface.key_added")
    assert made.api_key.encode() not in bytes(entry.body)


def test_a_key_may_have_the_senders_public_key_and_then_has_no_secret(client_of, operator):
    surface = make.make_surface()
    answer = client_of(operator).post(url(surface, "keys/"), {"public_key": PUBLIC_KEY})
    assert answer.context["made"].signing_secret == ""
    stored = SurfaceKey.objects.get()
    assert (bytes(stored.public_key), bytes(stored.sealed_secret)) == (b"\0" * 32, b"")
    assert "v1a" in text(client_of(operator), url(surface))


@pytest.mark.parametrize(
    "data",
    [{"public_key": key} for key in ("whpk_", "whpk_AAAA", "A" * 44, PUBLIC_KEY + "=", "whpk_ä", "whsec_" + "A" * 44)]
    + [{"per_minute": value} for value in ("0", "-1", "many", "1000001")],
)
def test_a_key_with_nonsense_is_not_made(client_of, operator, data):
    assert client_of(operator).post(url(make.make_surface(), "keys/"), data).status_code == 422
    assert not SurfaceKey.objects.exists()


def test_revoking_asks_first(client_of, operator):
    key, client = make.make_key().key, client_of(operator)
    path = url(key.surface, f"keys/{key.public_id}/revoke/")
    asked = client.post(path)
    assert asked.status_code == 200
    assert "cannot be brought back" in asked.content.decode()
    key.refresh_from_db()
    assert key.revoked_at is None
    assert client.post(path, {"sure": "yes"})["Location"] == url(key.surface)
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert AuditEntry.objects.filter(action="surface.key_revoked").count() == 1


def test_a_revoked_key_stays_listed(client_of, operator):
    key = make.make_key().key
    revoke_surface_key(key, actor=make.TESTS)
    assert "Revoked" in text(client_of(operator), url(key.surface))


def test_a_key_is_revoked_under_its_own_surface_only(client_of, operator):
    key, other = make.make_key().key, make.make_surface("/surfaces/other")
    path = url(other, f"keys/{key.public_id}/revoke/")
    assert client_of(operator).post(path, {"sure": "yes"}).status_code == 404


def test_other_methods_roles_and_ids_are_refused(client_of, operator, auditor, reviewer):
    key = make.make_key().key
    moves = [url(key.surface, "keys/"), url(key.surface, f"keys/{key.public_id}/revoke/")]
    for path in ("/surfaces/", url(key.surface)):
        assert client_of(operator).post(path).status_code == 405
        assert client_of(reviewer).get(path).status_code == 403
        assert client_of(auditor).get(path).status_code == 200
    for path in moves:
        assert client_of(operator).get(path).status_code == 405
        assert client_of(auditor).post(path, {"sure": "yes"}).status_code == 403
        assert client_of(operator).post(path.replace(key.surface.public_id, "S-00000000"), {"sure": "yes"}).status_code == 404
    assert client_of(operator).get("/surfaces/S-00000000/").status_code == 404
    assert "Add a key" not in text(client_of(auditor), url(key.surface))
    assert SurfaceKey.objects.valid().count() == 1


def test_a_pasted_id_or_source_leads_to_its_page(client_of, operator):
    surface = make.make_surface()
    for pasted in (surface.public_id, surface.source):
        assert client_of(operator).get("/search/", {"q": pasted})["Location"] == url(surface)
