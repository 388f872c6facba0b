"""Notices to users: worded in one place, issued in versions that never change, provable from the log."""

import hashlib
import hmac
import json
import re
from datetime import UTC, datetime
from string import Formatter

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from conversations import vault
from conversations.models import Conversation
from moderation.actions.notices import NoNotice, issue_notice
from moderation.actions.reviews import Labelling
from moderation.exports import bundle, verify_bundle
from moderation.exports.countries import LANGUAGES, NAMES
from moderation.exports.dsa_fields import EEA, personal_data
from moderation.exports.notice_words import ENGLISH, WORDINGS, FactWords, Wording
from moderation.exports.notices import notice
from moderation.models import AuditEntry, ExportFormat, ExportKind, IssuedNotice, Label, Settlement
from moderation.states import Outcome, Redaction, ReviewState
from tests import make
from tests.moderation.test_bundle import repack
from tests.moderation.test_exports import built

pytestmark = pytest.mark.django_db
SAID = "a sentence of the user that no notice holds"


@pytest.fixture
def ending(ground):
    return make.make_ending(("user", SAID), *make.LADDER[1:])


def speaking(ending, locale):
    Conversation.objects.filter(pk=ending.branch.conversation_id).update(locale=locale)
    ending.branch.conversation.refresh_from_db()
    return ending


def places(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def texts(words):
    """Every text of a wording by name."""
    named = {name: getattr(words, name) for name in Wording.__slots__ if isinstance(getattr(words, name), str)}
    return named | {name: getattr(words.facts, name) for name in FactWords.__slots__ if isinstance(getattr(words.facts, name), str)}


class TestWording:
    @pytest.mark.parametrize("words", WORDINGS.values(), ids=list(WORDINGS))
    def test_each_language_says_everything_with_the_same_places(self, words):
        assert {name: places(text) for name, text in texts(words).items()} == {name: places(text) for name, text in texts(ENGLISH).items()}
        assert all(texts(words).values())
        assert all(words.headings)
        assert set(words.facts.outcomes) == set(Outcome)
        assert all({*words.facts.warned, *words.facts.crisis} == {True, False} for words in WORDINGS.values())
        assert words.template.startswith(f"{words.language}-")
        assert re.search(r"\b21\b", words.redress)

    def test_no_wording_changes_without_its_revision(self):
        """Whoever changes a word raises `template`, and writes the new digest here."""
        said = {one.template: hashlib.sha256(repr(one).encode()).hexdigest()[:16] for one in WORDINGS.values()}
        assert said == {"en-2": "bd391f3be7bd2b9b", "de-2": "53f7e46aa5bc4e48", "fr-2": "10766cd7507e6ee7"}

    @pytest.mark.parametrize(
        ("language", "first", "where"),
        [
            ("en", "On 1 March 2026 this", "in France, Germany, the Netherlands, Norway."),
            ("de", "Am 1. März 2026 wurde", ": Deutschland, Frankreich, Niederlande, Norwegen."),
            ("fr", "Le 1er mars 2026, il", ": Allemagne, France, Norvège, Pays-Bas."),
        ],
    )
    def test_days_and_countries_are_written_as_people_of_that_language_do(self, ending, settings, language, first, where):
        settings.DSA_TERRITORY = ["NO", "FR", "NL", "DE"]
        ending.requested_at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        said = notice(ending, None, as_of=timezone.now(), language=language).parts[0].text
        assert said.startswith(first)
        assert said.endswith(where)

    def test_every_country_that_a_statement_can_name_has_a_name_in_every_language(self):
        assert set(NAMES) == set(EEA)
        assert set(LANGUAGES) == set(WORDINGS)

    @pytest.mark.parametrize("language", WORDINGS)
    def test_the_whole_union_is_called_that(self, ending, language):
        assert notice(ending, None, as_of=timezone.now(), language=language).parts[0].text.endswith(f"{WORDINGS[language].union}.")

    @pytest.mark.parametrize(("locale", "language"), [("de-AT", "de"), ("fr", "fr"), ("en_GB", "en"), ("pt-BR", "en"), ("", "en")])
    def test_it_speaks_the_language_of_the_conversation_or_english(self, ending, locale, language):
        assert notice(speaking(ending, locale), None, as_of=timezone.now()).language == language

    @pytest.mark.parametrize("language", WORDINGS)
    def test_no_place_stays_open_and_nothing_of_the_user_slips_in(self, ending, language):
        verdict = ending.verdicts.select_related("policy").prefetch_related("findings").first()
        found = notice(ending, verdict, as_of=timezone.now(), language=language)
        said = " ".join(part.text for part in found.parts)
        assert not re.search(r"[{}]", said)
        assert WORDINGS[language].facts.outcomes[Outcome(verdict.outcome)] in said
        names = (ending.branch.conversation.subject.pseudonym, ending.branch.conversation.external_id)
        assert not personal_data(said, names)
        assert SAID not in said


class TestIssuing:
    def test_it_keeps_the_text_and_the_log_commits_to_it(self, ending, compliance):
        made = issue_notice(ending.pk, actor=compliance)
        entry = AuditEntry.objects.get(pk=made.entry)
        assert (entry.action, entry.target_id, entry.actor_id) == ("notice.issued", ending.public_id, str(compliance.audit_id))
        salt, text = IssuedNotice.objects.get().opening()
        assert entry.entry["codes"] == {
            "version": 1,
            "language": "en",
            "template": "en-2",
            "commitment": hmac.new(salt, text, "sha256").hexdigest(),
        }
        assert json.loads(text) == made.said()
        assert SAID not in text.decode()

    def test_a_second_one_is_another_version(self, ending, compliance):
        first, second = issue_notice(ending.pk, actor=compliance), issue_notice(ending.pk, actor=compliance, language="de")
        assert [(one.version, one.language) for one in ending.notices.all()] == [(2, "de"), (1, "en")]
        assert first.said() != second.said()
        assert bytes(first.commitment) != bytes(issue_notice(ending.pk, actor=compliance).commitment)  # a salt of its own each time

    def test_a_correction_is_issued_beside_what_was_said_before(self, ground, compliance):
        review = make.make_review(ReviewState.DECIDED)
        ending = review.unit.branch.ending
        before = issue_notice(ending.pk, actor=compliance)
        Settlement.objects.create(unit=review.unit, label=Label.objects.get(), wrongful=True)
        after = issue_notice(ending.pk, actor=compliance)
        assert (before.corrected, after.corrected) == (False, True)
        assert before.said()["corrected"] == ""
        assert "not right" in after.said()["corrected"]

    @pytest.mark.parametrize("change", ["UPDATE moderation_issuednotice SET version = 9", "DELETE FROM moderation_issuednotice"])
    def test_the_database_refuses_any_edit(self, ending, compliance, change):
        issue_notice(ending.pk, actor=compliance)
        with pytest.raises(DatabaseError, match="versions, not edits"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)

    def test_none_without_its_entry(self, ending, compliance, monkeypatch):
        def fails(*given, **more):
            raise OSError("the log is full")

        monkeypatch.setattr("moderation.actions.notices.record", fails)
        with pytest.raises(OSError, match="the log is full"):
            issue_notice(ending.pk, actor=compliance)
        assert not IssuedNotice.objects.exists()

    def test_none_where_the_user_asked_for_the_end(self, ground, compliance):
        asked = make.make_ending(reason="user_request")
        with pytest.raises(NoNotice):
            issue_notice(asked.pk, actor=compliance)

    def test_none_by_who_labels_it_just_now(self, ground):
        reader = make.make_person("reviewer")
        review = make.make_review(ReviewState.CLAIMED, reviewer=reader)
        with pytest.raises(Labelling):
            issue_notice(review.unit.branch.ending.pk, actor=reader)

    def test_none_about_who_was_erased_and_what_was_said_is_gone(self, ending, compliance):
        made = issue_notice(ending.pk, actor=compliance)
        vault.store().destroy(ending.branch.conversation.subject_id)
        with pytest.raises(vault.Erased):
            issue_notice(ending.pk, actor=compliance)
        with pytest.raises(vault.Erased):
            made.said()
        assert ending.notices.count() == 1

    def test_the_text_of_another_is_noticed(self, ending, compliance):
        first, second = issue_notice(ending.pk, actor=compliance), issue_notice(ending.pk, actor=compliance, language="fr")
        first.sealed = second.sealed
        with pytest.raises(vault.Tampered):
            first.said()
        second.commitment = first.commitment
        with pytest.raises(vault.Tampered):
            second.said()


class TestCaseFile:
    @pytest.fixture(autouse=True)
    def log(self, own_log):
        return own_log

    def test_it_holds_what_was_issued_and_opens_the_commitment(self, ending, compliance):
        issue_notice(ending.pk, actor=compliance, language="de")
        export, members = built(ExportKind.CASE, ExportFormat.HTML, redaction=Redaction.TEXT, subject=ending.public_id)
        (given,) = json.loads(members["case.json"])["notices_issued"]
        assert (given["version"], given["language"], given["wording"]) == (1, "de", "de-2")
        assert "Streitbeilegungsstelle" in members["case.html"].decode()
        assert "1 openings match" in verify_bundle.verify(export.path.read_bytes(), bundle.policy_text()).lines[0]

        def swap(held):
            line = json.loads(held["openings.ndjson"])
            held["openings.ndjson"] = json.dumps(line | {"plaintext": "AAAA"}).encode() + b"\n"

        found = verify_bundle.verify(repack(export.path.read_bytes(), swap), bundle.policy_text())
        assert (found.code, found.lines[0][:16]) == (1, "openings.ndjson:")

    def test_of_an_erased_person_it_says_that_it_was_issued(self, ending, compliance):
        made = issue_notice(ending.pk, actor=compliance)
        vault.store().destroy(ending.branch.conversation.subject_id)
        _, members = built(ExportKind.CASE, ExportFormat.HTML, redaction=Redaction.TEXT, subject=ending.public_id)
        (given,) = json.loads(members["case.json"])["notices_issued"]
        assert (given["text"], given["commitment"]) == ("erased", bytes(made.commitment).hex())
        assert "openings.ndjson" not in members


class TestDoors:
    def test_compliance_issues_on_the_page(self, ending, client_of, compliance):
        client, url = client_of(compliance), f"/endings/{ending.public_id}/notice/"
        assert "Issue this notice" in client.get(url).content.decode()
        assert 'lang="fr"' in client.get(f"{url}?language=fr").content.decode()
        answer = client.post(f"{url}issue/", {"language": "fr"})
        assert (answer.status_code, answer["Location"]) == (302, f"{url}1/")
        page = client.get(f"{url}1/").content.decode()
        assert "règlement extrajudiciaire" in page
        assert bytes(IssuedNotice.objects.get().commitment).hex() in page
        assert "Version 1" in client.get(f"/endings/{ending.public_id}/").content.decode()
        assert client.get(f"{url}2/").status_code == 404
        assert client.post(f"{url}issue/", {"language": "tlh"}).status_code == 302
        assert IssuedNotice.objects.count() == 1

    def test_a_program_does_the_same(self, ending, client_of, compliance, auditor):
        client, url = client_of(compliance), f"/api/v1/endings/{ending.public_id}/"
        assert client.post(f"{url}notice/issue/", {"language": "tlh"}, content_type="application/json").status_code == 422
        assert client.post(f"{url}notice/issue/", {"language": "de"}, content_type="application/json").status_code == 201
        made = client.post(f"{url}notice/issue/", content_type="application/json")
        assert (made.status_code, made.json()["version"], made.json()["language"]) == (201, 2, "en")
        listed = client_of(auditor).get(f"{url}notices/").json()
        assert listed[0] == made.json()
        assert listed[0]["notice"] == client.get(f"{url}notice/").json()
        assert client.get(f"{url}notice/?language=de").json() == listed[1]["notice"]

    @pytest.mark.parametrize("role", ["reviewer", "senior", "policy_owner", "operator", "auditor"])
    def test_only_compliance_may(self, ending, client_of, role):
        client = client_of(make.make_person(role))
        for path in (f"/endings/{ending.public_id}/notice/issue/", f"/api/v1/endings/{ending.public_id}/notice/issue/"):
            assert client.post(path).status_code == 403
        assert not IssuedNotice.objects.exists()

    def test_an_erased_person_gets_none(self, ending, client_of, compliance):
        issue_notice(ending.pk, actor=compliance)
        vault.store().destroy(ending.branch.conversation.subject_id)
        client, url = client_of(compliance), f"/endings/{ending.public_id}/notice/"
        assert "This person was erased" in client.get(f"{url}1/").content.decode()
        assert client.post(f"{url}issue/").status_code == 409
        assert client.post(f"/api/v1{url}issue/", content_type="application/json").status_code == 409
        assert client.get(f"/api/v1/endings/{ending.public_id}/notices/").json()[0]["notice"] is None

    def test_nothing_of_it_for_who_may_still_label_it_blind(self, ground, client_of, compliance):
        review, reviewer = make.make_review(), make.make_person("reviewer")
        ending = review.unit.branch.ending
        issue_notice(ending.pk, actor=compliance)
        for path in (f"/endings/{ending.public_id}/notice/1/", f"/api/v1/endings/{ending.public_id}/notices/"):
            assert client_of(reviewer).get(path).status_code == 404
