"""Rows written the quick way are the rows that `save()` would write."""

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction
from django.utils import timezone

from conversations.copying import FEW, made, write
from conversations.models import Conversation, Subject
from moderation.models import Kind as WorkKind
from moderation.models import WorkItem
from tests import make

pytestmark = pytest.mark.django_db
OURS = [model for app in ("conversations", "moderation") for model in apps.get_app_config(app).get_models()]


def plain(row):
    """Return a row's values; of what is made anew for each row, only the type."""
    anew = {field.attname for field in row._meta.concrete_fields if callable(field.default)}
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.generated}
    return {name: type(value) if name in anew or type(value).__name__ == "DatabaseDefault" else value for name, value in values.items()}


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_a_made_row_begins_like_any_other(model):
    assert plain(made(model)) == plain(model())
    assert made(model)._state.adding


def test_a_made_row_knows_its_relations_and_can_be_saved():
    surface = make.make_surface()
    subject = made(Subject, surface=surface, pseudonym="u-1")
    assert (subject.surface, subject.surface_id) == (surface, surface.pk)
    subject.save()
    assert Subject.objects.get(pseudonym="u-1") == subject


@pytest.mark.parametrize("many", [1, FEW - 1, FEW, 20])
def test_all_rows_are_there_whichever_way_they_went(many):
    surface = make.make_surface()
    subjects = [made(Subject, surface=surface, pseudonym=f"u-{number}") for number in range(many)]
    conversations = [made(Conversation, surface=surface, subject=one, external_id=one.pseudonym) for one in subjects]
    items = [made(WorkItem, kind=WorkKind.JUDGE, subject=one.id, version="1", tenant=surface.id) for one in subjects]
    write(subjects, conversations, [], items)
    assert set(Conversation.objects.values_list("subject__pseudonym", "external_id")) == {(one.pseudonym,) * 2 for one in subjects}
    assert [one.state for one in WorkItem.objects.all()] == ["ready"] * many
    assert all(one.created_at <= timezone.now() for one in WorkItem.objects.all())


@pytest.mark.parametrize("many", [1, FEW])
def test_a_row_that_is_not_new_takes_its_transaction_with_it(many):
    surface = make.make_surface()
    write([made(Subject, surface=surface, pseudonym="u-0")])
    with pytest.raises(IntegrityError), transaction.atomic():
        write([made(Subject, surface=surface, pseudonym=f"u-{number}") for number in range(many)])
    assert Subject.objects.count() == 1


class Diary:
    """What is done while PostgreSQL takes rows in: so many small things, or one that goes wrong."""

    def __init__(self, things, error=None):
        self.things, self.error, self.done = things, error, 0

    def __call__(self):
        if self.error:
            raise self.error
        self.done += 1
        return self.done < self.things


def people(count, surface):
    return [made(Subject, surface=surface, pseudonym=f"u-{number}") for number in range(count)]


def test_other_work_is_done_while_rows_are_taken_in_and_none_of_them_is_lost():
    diary, surface = Diary(10**6), make.make_surface()
    subjects = people(2000, surface)
    write(
        subjects, [made(Conversation, surface=surface, subject=one, external_id="c-" + one.pseudonym) for one in subjects], meanwhile=diary
    )
    assert diary.done > 0
    assert Conversation.objects.filter(subject__surface=surface).count() == 2000


@pytest.mark.parametrize("diary", [Diary(10), Diary(10, ValueError("other work failed"))], ids=["rows fail", "other work fails"])
def test_what_goes_wrong_meanwhile_leaves_nothing_and_the_connection_goes_on(diary):
    surface = make.make_surface()
    write(people(1, surface))
    with pytest.raises((IntegrityError, ValueError)) as raised, transaction.atomic():
        write(people(50, surface), meanwhile=diary)
    assert isinstance(raised.value, ValueError if diary.error else IntegrityError)
    assert Subject.objects.count() == 1


def test_a_reference_to_nothing_is_found_at_once():
    surface = make.make_surface()
    orphans = [made(Conversation, surface=surface, subject=one, external_id=one.pseudonym) for one in people(20, surface)]
    with pytest.raises(IntegrityError), transaction.atomic():
        write(orphans, meanwhile=Diary(3))
    assert not Conversation.objects.exists()
