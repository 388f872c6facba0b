"""The explorer of the log: bars over time that filter, differences to the entry before, the sampling ledger."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

import pytest
from django.http import QueryDict
from django.utils import timezone

from console import keyset
from console.audit_brush import MOST_BARS, brush
from moderation.audit.entries import earliest_id, made_at, uuid7
from moderation.models import AuditEntry, Review
from tests import make
from tests.moderation.conftest import log_keys, own_log  # noqa: F401  # fixtures, found by name
from tests.moderation.logs import act, sequence_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]


def text(client, path="/audit/"):
    return client.get(path).content.decode()


def acted(monkeypatch, *days_ago):
    """Record an act on each of some days, the oldest first, and give all their leaves."""
    for number, ago in enumerate(days_ago):
        then = timezone.now() - timedelta(days=ago)
        with monkeypatch.context() as past:
            identity = type(uuid7())(int=earliest_id(then).int | 7 << 76 | 2 << 62 | number)
            past.setattr("moderation.audit.entries.uuid7", lambda identity=identity: identity)
            act(f"{number:08}")
    sequence_all()


def test_an_id_says_when_it_was_made():
    before, identity, after = datetime.now(UTC), uuid7(), datetime.now(UTC)
    assert before - timedelta(milliseconds=1) <= made_at(identity) <= after
    assert earliest_id(before - timedelta(milliseconds=1)) <= identity < earliest_id(after + timedelta(milliseconds=2))
    assert made_at(earliest_id(before)) <= before
    assert earliest_id(datetime(1960, 1, 1, tzinfo=UTC)).int == 0


def test_bars_count_the_whole_log_by_its_leaves_and_a_filtered_one_by_its_ids(monkeypatch):
    acted(monkeypatch, 30, 30, 20, 3, 3, 3)
    act("00000099")
    rows = AuditEntry.objects.all()
    for whole in (True, False):
        found = brush(rows, asked(), whole=whole)
        assert found.total == AuditEntry.objects.count()
        assert 1 < len(found.bars) <= MOST_BARS
        counts = [bar.count for bar in found.bars if bar.count]
        assert counts[:3] == [2, 1, 3]
    assert brush(rows.filter(target_id="R-00000005"), asked(), whole=False).total == 1
    assert brush(rows.filter(target_id="nothing"), asked(), whole=False) is None


def asked():
    return QueryDict("action=review.claimed&after=x")


def test_a_bar_is_a_filter_and_what_it_says_is_what_it_shows(monkeypatch, client_of, senior):
    acted(monkeypatch, 30, 30, 20, 3)
    client = client_of(senior)
    page = text(client, "/audit/?action=review.claimed")
    table = page[page.index("Entries over time") :]
    link, count = re.search(r'<a href="\?([^"]+)">[^<]+</a></th><td class="number">(\d+)', table).groups()
    link = unquote(link.replace("&amp;", "&"))
    assert "action=review.claimed" in link
    shown = text(client, f"/audit/?{link}")
    assert shown.count("<tr data-row") == int(count) == 2
    assert "All time" in shown
    assert "All time" not in page
    assert client.get(f"/api/v1/audit/?{link}").json()["results"][1:]


def test_an_entry_shows_how_it_differs_from_the_one_before(client_of, auditor):
    make.make_review("submitted")
    sequence_all()
    review = Review.objects.get().public_id
    entries = list(AuditEntry.objects.about("review", review).order_by("leaf_index"))
    page = text(client_of(auditor), f"/audit/{entries[1].leaf_index}/")
    assert f"Against entry {entries[0].leaf_index}, {entries[0].action}" in " ".join(page.split())
    assert f"<del>{entries[0].action}</del>" in page
    assert f"<ins>{entries[1].action}</ins>" in page
    assert "the first about this object" in text(client_of(auditor), f"/audit/{entries[0].leaf_index}/")


def test_the_ledger_names_who_was_not_read(client_of, senior):
    assert "Nothing was drawn yet" in text(client_of(senior), "/audit/sampling/")
    make.make_review()
    page = text(client_of(senior), "/audit/sampling/?window=nonsense")
    assert "The draw was kept" in page
    review = Review.objects.get()
    unit = review.unit.public_id
    review.delete()
    page = text(client_of(senior), "/audit/sampling/")
    assert "The draw was not kept" in page
    assert unit in page


def test_a_month_that_is_too_much_for_a_page_names_the_command(client_of, senior, monkeypatch):
    make.make_review()
    monkeypatch.setattr("console.views.ledger.MOST_UNITS", 0)
    assert "manage.py verify_draw --window" in text(client_of(senior), "/audit/sampling/")


def test_a_page_is_the_same_whether_its_keys_or_its_rows_are_looked_up_first(monkeypatch):
    acted(monkeypatch, 9, 8, 7, 6, 5)
    rows, order = AuditEntry.objects.filter(action="review.claimed"), ("-id",)
    first = keyset.page(rows, order, size=2)
    for cursors in ({}, {"after": first.after}, {"before": keyset.page(rows, order, size=2, after=first.after).before}):
        pages = [keyset.page(rows, order, **cursors, size=2, keys_first=keys_first) for keys_first in (False, True)]
        assert pages[0] == pages[1]
        assert len(pages[0].rows) == 2
