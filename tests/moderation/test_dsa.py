"""Statements of reasons: every one is valid, nothing personal is in any, and nothing is sent unless an operator set all of it."""

import json
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from uuid import UUID

import jsonschema
import pytest

from moderation.actions.submissions import submit_statements
from moderation.exports import dsa, dsa_table
from moderation.exports.dsa import NotSent
from moderation.exports.dsa_fields import CATEGORIES, personal_data, problems
from moderation.exports.orders import Refused
from moderation.exports.statements import ulid
from moderation.models import AuditEntry, Export, ExportFormat, ExportKind
from moderation.states import Category, ExportState
from tests import kept, make
from tests.moderation.test_exports import asked, built, request_export, rows_of, sequence_all

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
SCHEMA = Path(__file__).resolve().parents[3] / "shared/dsa/dsa_sor_v2.schema.json"
needs_schema = pytest.mark.skipif(not SCHEMA.exists(), reason="the published schema of statements is not here")


@pytest.fixture
def world(own_log):
    """Endings of each category, one at the user's wish, one in another language."""
    kept.lay("each category", each_category, own_keys=True)


def each_category():
    make.make_ground()
    for category in Category:
        make.send(make.ended(category=category.value))
    make.send(make.ended(reason="persistent_abuse", category=None))
    make.send(make.ended(reason="user_request", category=None))
    make.send(make.ended(conversation=make.a_conversation(locale="el-GR", user="maria.papadopoulou@mail.example")))
    make.judge_all()


@pytest.fixture
def statements(world):
    return rows_of(built(ExportKind.STATEMENTS)[1])


def valid(statement):
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).is_valid(statement)


@needs_schema
def test_every_statement_is_valid_against_the_published_schema(statements):
    assert len(statements) == len(Category) + 2
    assert all(valid(one) for one in statements)


@needs_schema
def test_our_own_example_of_the_published_form_is_found_good():
    example = json.loads((SCHEMA.parent / "dsa_sor_example.json").read_text())
    known = {name: value for name, value in example.items() if value is not None and name != "account_type"}
    known["decision_facts"] = "Ending code PERSISTENT_ABUSE."
    assert problems(known) == []


def test_each_category_has_its_row_and_a_wish_has_no_statement(statements):
    found = Counter(one["category"] for one in statements)
    assert found["STATEMENT_CATEGORY_PROTECTION_OF_MINORS"] == 1
    assert found["STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"] == 1
    assert sum(one.get("category_specification_other") == "Persistent abuse of an AI system" for one in statements) == 2
    assert {one["automated_decision"] for one in statements} == {"AUTOMATED_DECISION_FULLY"}
    assert {one.get("content_language") for one in statements} == {"EN", "EL"}
    assert len({one["puid"] for one in statements}) == len(statements)


def test_nothing_personal_is_in_any(statements):
    raw = json.dumps(statements)
    assert "papadopoulou" not in raw
    assert "user-" not in raw
    assert "bomb" not in raw


def test_csv_holds_the_same(world):
    _, members = built(ExportKind.STATEMENTS, ExportFormat.CSV)
    assert members["data.csv"].count(b"\r\n") == len(Category) + 3


GOOD = {
    "puid": "end-01JD3W8K2M9Q",
    "decision_provision": "DECISION_PROVISION_PARTIAL_TERMINATION",
    "decision_facts": "Ending code PERSISTENT_HARM. Not judged afterwards yet.",
    "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
    "incompatible_content_ground": "Usage policy",
    "incompatible_content_explanation": "Went on.",
    "content_type": ["CONTENT_TYPE_TEXT"],
    "category": "STATEMENT_CATEGORY_OTHER_VIOLATION_TC",
    "content_date": "2026-11-20",
    "application_date": "2026-11-20",
    "territorial_scope": ["IE"],
    "source_type": "SOURCE_VOLUNTARY",
    "automated_detection": "Yes",
    "automated_decision": "AUTOMATED_DECISION_FULLY",
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"incompatible_content_explanation": None}, "incompatible_content_explanation"),
        ({"decision_provision": None}, "decision"),
        ({"source_identity": "Somebody"}, "source_identity"),
        ({"content_date": "2026-02-30"}, "content_date"),
        ({"content_date": "1999-12-31"}, "content_date"),
        ({"application_date": "2038-01-01"}, "application_date"),
        ({"application_date": "2026-11-20\n"}, "application_date"),
        ({"puid": "end-1\n"}, "puid"),
        ({"puid": "end 1"}, "puid"),
        ({"puid": "e" * 501}, "puid"),
        ({"incompatible_content_ground": "g" * 501}, "incompatible_content_ground"),
        ({"decision_facts": ""}, "decision_facts"),
        ({"category": "STATEMENT_CATEGORY_NONE"}, "category"),
        ({"content_type": []}, "content_type"),
        ({"territorial_scope": ["GB"]}, "territorial_scope"),
        ({"territorial_scope": ["IE", "IE"]}, "territorial_scope"),
        ({"content_language": "XX"}, "content_language"),
        ({"decision_ground_reference_url": "javascript:alert(1)"}, "decision_ground_reference_url"),
        ({"decision_ground": "DECISION_GROUND_ILLEGAL_CONTENT"}, "illegal_content_legal_ground"),
        ({"decision_visibility": ["DECISION_VISIBILITY_OTHER"]}, "decision_visibility_other"),
        ({"account": "user-1"}, "account"),
    ],
)
def test_a_bad_statement_is_named(change, named):
    assert problems(GOOD) == []
    assert [one for one in problems(GOOD | change) if one.startswith(f"{named}: ")]


@pytest.mark.parametrize(
    "planted",
    ["maria@mail.example", "+353 1 234 5678", "0049-30-1234567", "Maria", "user-0a1b2c", "conv-4f", "ended by Papadopoulou", "Θεσσαλονίκη"],
)
def test_planted_personal_data_is_caught(planted):
    facts = f"Ending code PERSISTENT_HARM. {planted} Not judged afterwards yet."
    assert [one for one in problems(GOOD | {"decision_facts": facts}, ("user-0a1b2c", "conv-4f")) if one.startswith("decision_facts: ")]


def test_an_operators_own_words_are_searched_too():
    assert personal_data("Ask legal@company.example") == ["an e-mail address"]
    assert problems(GOOD | {"incompatible_content_ground": "Call +353 1 234 5678"})


def test_one_bad_statement_refuses_the_file_and_says_which(world, settings):
    settings.DSA_CLAUSE = "Usage policy, questions to legal@company.example, revision {version}"
    export = request_export(asked(ExportKind.STATEMENTS), actor=make.make_person("compliance"))
    sequence_all()
    make.judge_all()
    export.refresh_from_db()
    assert export.term is ExportState.FAILED
    assert export.error.startswith("statement of E-")
    assert "incompatible_content_ground: an e-mail address" in export.error
    assert not export.path.exists()


class TestTable:
    def test_an_operator_sets_a_row_and_keeps_the_others(self, settings, tmp_path):
        (tmp_path / "table.json").write_text('{"cyber": ["STATEMENT_CATEGORY_SCAMS_AND_FRAUD", ["KEYWORD_PHISHING"], ""]}')
        settings.DSA_TABLE = str(tmp_path / "table.json")
        assert dsa_table.row_for("cyber", "persistent_harm")[0] == "STATEMENT_CATEGORY_SCAMS_AND_FRAUD"
        assert dsa_table.row_for("hate", "persistent_harm")[1] == ["KEYWORD_HATE_SPEECH"]

    @pytest.mark.parametrize(
        "text", ["{", '{"cyber": ["NONE", [], ""]}', '{"other": ["STATEMENT_CATEGORY_VIOLENCE", [], ""]}', '{"cyber": []}']
    )
    def test_a_table_that_cannot_be_read_refuses(self, text, settings, tmp_path):
        (tmp_path / "bad.json").write_text(text)
        settings.DSA_TABLE = str(tmp_path / "bad.json")
        with pytest.raises(Refused):
            dsa_table.row_for("cyber", "persistent_harm")

    def test_there_are_sixteen_categories_and_ten_rows(self):
        assert (len(CATEGORIES), len(dsa_table.ROWS)) == (16, len(Category))


def test_a_puid_says_when_and_nothing_of_whom():
    moment = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1000)
    one = ulid(moment, UUID(int=7))
    assert len(one) == 26
    assert one < ulid(moment + 1, UUID(int=0))
    assert one == ulid(moment, UUID(int=7))


class StandIn(BaseHTTPRequestHandler):
    """A database of statements as its interface is documented."""

    kept: set[str] = set()
    seen: list[tuple[str, str | None]] = []
    refuses_after: int | None = None

    def do_GET(self):
        puid = self.path.rpartition("/")[2]
        type(self).seen.append(("GET", self.headers["Authorization"]))
        self.send_response(302 if puid in self.kept else 404)
        self.send_header("Location", "http://127.0.0.1:1/never-follow")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_POST(self):
        statements = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["statements"]
        type(self).seen.append((self.path, self.headers["Authorization"]))
        puids = [one["puid"] for one in statements]
        full = self.refuses_after is not None and len(self.kept) >= self.refuses_after
        good = 1 <= len(puids) <= 100 and not self.kept & set(puids) and not full
        if good:
            type(self).kept |= set(puids)
        self.send_response(201 if good else 422)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *given):
        """Say nothing."""


@pytest.fixture
def database(settings):
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    StandIn.kept, StandIn.seen, StandIn.refuses_after = set(), [], None
    Thread(target=server.serve_forever, daemon=True).start()
    settings.DSA_URL, settings.DSA_TOKEN = f"http://127.0.0.1:{server.server_port}", "token-1"
    settings.DSA_PLATFORM, settings.DSA_LEGAL_BASIS = "chat", "counsel of 3 March"
    yield StandIn
    server.shutdown()
    server.server_close()


class TestSubmission:
    def test_it_is_off_until_an_operator_sets_all_of_it(self, settings):
        with pytest.raises(NotSent, match="DSA_LEGAL_BASIS"):
            dsa.door()
        settings.DSA_URL = "https://transparency.example"
        settings.DSA_TOKEN, settings.DSA_PLATFORM = "t", "chat"
        with pytest.raises(NotSent):
            dsa.door()
        settings.DSA_LEGAL_BASIS, settings.DSA_URL = "yes", "http://transparency.example"
        with pytest.raises(NotSent, match="HTTPS"):
            dsa.door()

    def test_batches_hold_up_to_a_hundred_and_what_is_there_is_not_sent_again(self, database):
        made = [GOOD | {"puid": f"end-{number}"} for number in range(230)]
        database.kept = {"end-5"}
        assert list(dsa.send(made, dsa.door())) == [99, 100, 30]
        assert len(database.kept) == 230
        assert list(dsa.send(made, dsa.door())) == [0, 0, 0]
        assert {token for _, token in database.seen} == {"Bearer token-1"}

    def test_what_is_refused_stops_the_rest(self, database):
        database.refuses_after = 100
        sent = dsa.send([GOOD | {"puid": f"end-{number}"} for number in range(230)], dsa.door())
        assert next(sent) == 100
        with pytest.raises(NotSent, match="answered 422: none of it was taken"):
            next(sent)

    def test_a_database_that_is_away_is_said_to_be(self, settings, database):
        settings.DSA_URL = "http://127.0.0.1:1"
        with pytest.raises(NotSent, match="could not be reached"):
            list(dsa.send([GOOD], dsa.door()))

    def test_a_finished_export_is_sent_and_recorded(self, world, database):
        export, members = built(ExportKind.STATEMENTS)
        assert submit_statements(export.public_id) == len(rows_of(members))
        assert database.kept == {one["puid"] for one in rows_of(members)}
        assert AuditEntry.objects.get(action="export.submitted").entry["codes"] == {"statements": len(rows_of(members))}

    @pytest.mark.parametrize("public_id", ["X-00000000", "endings"])
    def test_only_finished_statements_are_sent(self, world, database, public_id):
        name = built(ExportKind.ENDINGS)[0].public_id if public_id == "endings" else public_id
        with pytest.raises(NotSent):
            submit_statements(name)
        assert not database.seen

    def test_a_file_that_was_changed_is_not_sent(self, world, database):
        export, _ = built(ExportKind.STATEMENTS)
        raw = bytearray(export.path.read_bytes())
        raw[5000] ^= 1
        export.path.write_bytes(raw)
        with pytest.raises(NotSent, match="not the one that was built"):
            submit_statements(export.public_id)
        assert Export.objects.get(pk=export.pk).term is ExportState.READY
