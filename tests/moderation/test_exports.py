"""Exports as they are written: formats, weights, resumption, redaction; each verified by the file that lies in it."""

import csv
import gc
import hashlib
import io
import json
import random
import re
import shutil
import subprocess
import sys
import tracemalloc
from datetime import timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow.csv as pyarrow_csv
import pyarrow.parquet as pq
import pytest
import rfc8785
from django.db import connection
from django.test import TestCase
from django.utils import timezone

from moderation import leases, work
from moderation.actions import exports as actions
from moderation.actions.exports import Asked, BadOrder, request_export
from moderation.audit import published
from moderation.audit.events import Event
from moderation.evidence import evidence_of
from moderation.exports import building, bundle, packing, parquet, reviewers, sources, staging, verify_bundle
from moderation.exports.csv import unescape
from moderation.exports.designs import design_of
from moderation.exports.kinds import KINDS
from moderation.exports.orders import Order
from moderation.exports.periods import BadPeriod, of_period, span_of
from moderation.exports.sources import Column, Spine, Table, Type
from moderation.models import AuditEntry, Export, ExportFormat, ExportKind, Kind, Label, Review, Unit, WorkItem
from moderation.states import Answer, ExportState, Redaction, Round, WorkState
from moderation.statistics.estimates import post_stratified
from moderation.statistics.strata import Strata
from tests import kept, make
from tests.moderation.logs import acts, many_entries, sequence_all
from tests.moderation.test_bundle import FLIPS, interrupted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_log")]
SHEET, WORDS = (f"{{urn:oasis:names:tc:opendocument:xmlns:{part}:1.0}}" for part in ("table", "text"))
"""Namespaces of a spreadsheet as LibreOffice writes it."""
NASTY = (
    "=1+1",
    "+2",
    "-3",
    "@x",
    "\tx",
    "\rx",
    "\nx",
    "＝1",
    "＋1",
    "－1",
    "＠1",
    "'quoted",
    "''",
    "plain",
    "",
    'with "quotes", and\nlines',
    "ü ☃ 𝄞",
)


def len_of(rows):
    """A beat that only hears how far it is."""
    return rows


def asked(kind, form=ExportFormat.NDJSON, **more):
    return Asked(kind, form, **more)


def built(kind, form=ExportFormat.NDJSON, *, approve=False, **more):
    """Ask for an export, have it built, and return the row with its members, verified."""
    export = request_export(asked(kind, form, **more), actor=make.make_person("compliance"))
    if approve:
        actions.approve_export(export.pk, actor=make.make_approver())
    sequence_all()
    make.judge_all()
    export.refresh_from_db()
    assert export.term is ExportState.READY, export.error
    raw = export.path.read_bytes()
    found = verify_bundle.verify(raw, bundle.policy_text())
    assert found.code == 0, found.lines
    return export, verify_bundle.read_zip(raw)


@pytest.fixture
def forgetful():
    """A connection that keeps no statements: psycopg remembers the latest hundred, which is no memory of an export and soon is full."""
    before, connection.connection.prepare_threshold = connection.connection.prepare_threshold, None
    yield
    connection.connection.prepare_threshold = before


def measured(kind):
    """Build an export here; returns the most memory it had at once, and its rows."""
    export = request_export(asked(kind), actor=make.make_person("compliance"))
    sequence_all()
    actions._fix_leaves(export)
    gc.collect()  # what lies about would be freed at some moment of the build, or not
    tracemalloc.start()
    try:
        found = building.build(export, len_of)
        return tracemalloc.get_traced_memory()[1], found.rows
    finally:
        tracemalloc.stop()


def lying(export):
    """Return what lies on disk of an export."""
    return [path.name for path in export.path.parent.glob(f"{export.public_id}*")]


def rows_of(members, name="data.ndjson"):
    return [json.loads(line) for line in members[name].splitlines()]


@pytest.fixture
def read_world(own_log):
    """A window with labels of both kinds, drawn and not."""
    kept.lay("a window with labels", labelled_window, own_keys=True)
    sequence_all()


def labelled_window():
    make.make_ground()
    for number in range(8):
        make.send(
            make.ended(reason="persistent_abuse" if number % 3 else "persistent_harm", category="harassment" if number % 3 else "violence")
        )
    make.judge_all()
    readers = [make.make_person("reviewer") for _ in range(2)]
    for number, review in enumerate(Review.objects.filter(round=Round.FIRST).order_by("opened_at")[:7]):
        make.answer(review, readers[number % 2], make.statement(Answer.NO if number % 4 == 0 else Answer.YES))
    make.agree()


def opened_in_a_spreadsheet(path, column):
    """Open a CSV file of UTF-8 in LibreOffice; returns a column's cells as (text, whether it is a formula), a line's end as a newline."""
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    command = ["soffice", profile, "--headless", "--infilter=CSV:44,34,76", "--convert-to", "fods", "--outdir", path.parent, path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    rows = ET.parse(path.with_suffix(".fods")).iter(f"{SHEET}table-row")
    return [(seen(cells[column]), f"{SHEET}formula" in cells[column].attrib) for row in rows if len(cells := list(row)) > column]


def seen(cell):
    """Return what stands in a cell of a spreadsheet."""
    for element in cell.iter():
        whitespace = {f"{WORDS}tab": "\t", f"{WORDS}s": " "}.get(element.tag, "")
        element.text = whitespace + (element.text or "")
    return "\n".join("".join(line.itertext()) for line in cell.findall(f"{WORDS}p"))


class TestFormats:
    @pytest.fixture
    def table(self):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE nasty (n bigint, at timestamptz, said text, flag boolean, share numeric)")
            for number, said in enumerate(NASTY):
                at = timezone.now() - timedelta(days=3 - number % 3)
                cursor.execute("INSERT INTO nasty VALUES (%s, %s, %s, %s, %s)", [number, at, said, number % 2 == 0, "0.1"])
            cursor.execute("INSERT INTO nasty VALUES (99, now(), NULL, NULL, NULL)")
        columns = (
            Column("n", "nasty.n", Type.NUMBER, "a number"),
            Column("at", "nasty.at", Type.TIME, "a moment"),
            Column("said", "nasty.said", Type.TEXT, "what a stranger wrote"),
            Column("flag", "nasty.flag", Type.FLAG, "yes or no"),
            Column("share", "nasty.share", Type.DECIMAL, "a share"),
        )
        return Table(Spine("nasty", "true", "nasty.n", "nasty.n", "bigint"), columns)

    def write(self, table, form, folder, every=4):
        heading = b"n,at,said,flag,share\r\n" if form is ExportFormat.CSV else b""
        path = folder / f"data.{form.value}"
        staging.write(path, table, form, heading=heading, beat=len_of, every=every)
        return path

    def test_csv_is_rfc_4180_and_no_cell_is_a_formula(self, table, tmp_path):
        raw = self.write(table, ExportFormat.CSV, tmp_path).read_bytes()
        assert raw.endswith(b"\r\n")
        rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
        assert [unescape(row["said"]) for row in rows] == [*NASTY, ""]
        assert not [row for row in rows if row["said"][:1] in {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}]
        assert {row["flag"] for row in rows} == {"true", "false", ""}
        assert raw.count(b"\r\n") == len(rows) + 1

    def test_another_reader_of_csv_finds_the_same(self, table, tmp_path):
        whole = pyarrow_csv.read_csv(
            self.write(table, ExportFormat.CSV, tmp_path),
            parse_options=pyarrow_csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow_csv.ConvertOptions(strings_can_be_null=False),
        )
        assert [unescape(said) for said in whole.column("said").to_pylist()] == [*NASTY, ""]
        assert whole.column("n").to_pylist() == [*range(len(NASTY)), 99]

    @pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed: apt-get install -y libreoffice-calc")
    def test_a_spreadsheet_reads_the_same_and_no_cell_is_a_formula(self, table, tmp_path):
        cells = opened_in_a_spreadsheet(self.write(table, ExportFormat.CSV, tmp_path), column=2)
        assert [unescape(said) for said, _ in cells] == [said.replace("\r", "\n") for said in ("said", *NASTY, "")]
        assert not any(formula for _, formula in cells)
        bare = tmp_path / "bare.csv"
        bare.write_text("said\r\n=1+1\r\n")
        assert opened_in_a_spreadsheet(bare, column=0)[1] == ("2", True), "one that is not escaped would be a formula"

    def test_ndjson_is_canonical_line_by_line(self, table, tmp_path):
        lines = self.write(table, ExportFormat.NDJSON, tmp_path).read_bytes().split(b"\n")
        assert lines.pop() == b""
        for line in lines:
            assert rfc8785.dumps(json.loads(line)) == line
        assert [json.loads(line)["said"] for line in lines] == [*NASTY, None]

    def test_parquet_has_a_group_for_each_day_and_the_words_as_they_were(self, table, tmp_path):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE nasty SET at = '2026-03-01T12:00Z'::timestamptz + n / 6 * interval '1 day'")
        staged = self.write(table, ExportFormat.CSV, tmp_path)
        parquet.convert(staged, tmp_path / "data.parquet", table.columns, {"export": "X-1"})
        file = pq.ParquetFile(tmp_path / "data.parquet")
        assert file.read().column("said").to_pylist() == [*NASTY, None]
        assert file.num_row_groups == 4
        assert parquet.described(tmp_path / "data.parquet")["recourse:export"] == "X-1"
        assert str(file.schema_arrow.field("at").type) == "timestamp[us, tz=UTC]"

    @pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.NDJSON])
    def test_segments_make_the_same_file_as_one_go(self, table, form, tmp_path):
        files = [self.write(table, form, tmp_path / str(every), every).read_bytes() for every in (1, 5, 1000)]
        assert len(set(files)) == 1

    def test_a_writer_that_dies_at_60_percent_goes_on_where_it_stopped(self, table, tmp_path):
        whole = self.write(table, ExportFormat.CSV, tmp_path / "whole").read_bytes()
        path, seen = tmp_path / "cut" / "data.csv", []

        def dies(rows):
            seen.append(rows)
            if rows >= 0.6 * (len(NASTY) + 1):
                raise KeyboardInterrupt

        heading = whole.partition(b"\r\n")[0] + b"\r\n"
        with pytest.raises(KeyboardInterrupt):
            staging.write(path, table, ExportFormat.CSV, heading=heading, beat=dies, every=4)
        with path.open("ab") as file:
            file.write(b"half a line that was never noted")
        again = []
        staging.write(path, table, ExportFormat.CSV, heading=heading, beat=again.append, every=4)
        assert path.read_bytes() == whole
        assert again[0] == seen[-1] >= 11

    def test_the_container_is_the_one_that_is_verified(self, tmp_path):
        (tmp_path / "large").write_bytes(b"x" * 3_000_000)
        members = {"a": b"1", "large": staging.staged(tmp_path / "large", b"tail"), "z": b""}
        packed = b"".join(packing.parts(members))
        plain = {"a": b"1", "large": b"x" * 3_000_000 + b"tail", "z": b""}
        assert packed == b"".join(verify_bundle.zip_parts(plain.items()))
        assert verify_bundle.read_zip(packed) == plain

    def test_tiles_come_in_the_order_of_their_names(self, monkeypatch):
        """Past the thousandth too, where indexes get a group of digits more."""
        monkeypatch.setattr(published, "read_tile", lambda *_: b"")
        for first, last, size in ((0, 299, 300), (255_000, 300_000, 400_001), (0, 1_100_000, 1_100_001), (7, 7, 8)):
            names = [name for name, _ in bundle.tiles_over(first, last, size, "default", 1)]
            assert names == sorted(set(names))

    def test_a_run_is_written_and_listed_among_the_others(self):
        members = {"z": b"1", "run/": packing.Run(lambda: iter([("b", b"2"), ("c", b"3")])), "a": b""}
        plain = {"z": b"1", "b": b"2", "c": b"3", "a": b""}
        assert verify_bundle.read_zip(b"".join(packing.parts(members))) == plain
        assert list(packing.by_name(members)) == sorted(plain.items())

    def test_more_members_than_a_container_counts_are_refused(self):
        many = packing.Run(lambda: ((f"{number:06}", b"") for number in range(1 << 16)))
        with pytest.raises(packing.TooLarge):
            list(packing.parts({"many/": many}))

    def test_what_is_interrupted_leaves_no_file_open(self, monkeypatch, settings, tmp_path):
        settings.EXPORTS_DIR = tmp_path
        begun = interrupted(monkeypatch, building)
        with pytest.raises(OSError, match="No space") as refused:
            building._put(Export(public_id="X-1"), {"a": b"1", "b": b"2"})
        assert [one.closed for one in begun] == [True], refused  # whose traceback holds on to all that is left


class TestRates:
    @pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.NDJSON, ExportFormat.PARQUET])
    def test_the_lines_in_the_manifest_give_the_rate_of_the_pages(self, read_world, form, tmp_path):
        _, members = built(ExportKind.ENDINGS, form)
        window = Unit.objects.values_list("window", flat=True).first()
        evidence = evidence_of(window)
        lines = json.loads(members["manifest.json"])["recompute"]
        assert lines in members["METHOD"].decode()
        (tmp_path / f"data.{form.value}").write_bytes(members[f"data.{form.value}"])
        program = "import pandas as pd; pd.set_option('display.precision', 17)\n" + lines
        done = subprocess.run(
            [sys.executable, "-W", "error::DeprecationWarning", "-W", "error::FutureWarning", "-c", program],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=True,
        )
        found = float(re.search(rf"{window}\s+([\d.e-]+)", done.stdout)[1])
        assert abs(found - evidence.rate(evidence.wrongful).value) < 1e-12

    def test_decisions_carry_the_same_design(self, read_world):
        _, members = built(ExportKind.DECISIONS)
        rows = rows_of(members)
        assert len(rows) == Label.objects.count()
        counting = [row for row in rows if row["counts"]]
        window = Unit.objects.values_list("window", flat=True).first()
        weights = np.array([float(row["weight"]) for row in counting])
        wrongful = np.array([row["wrongful"] for row in counting])
        evidence = evidence_of(window)
        assert abs((weights @ wrongful) / weights.sum() - evidence.rate(evidence.wrongful).value) < 1e-12

    def test_weights_know_at_which_rate_a_unit_was_drawn(self, read_world):
        window = Unit.objects.values_list("window", flat=True).first()
        half = Unit.objects.filter(kind="ended").order_by("pk").values_list("pk", flat=True)
        Unit.objects.filter(pk__in=list(half)[::2]).update(base_rate="0.50")
        evidence = evidence_of(window)
        assert len(evidence.strata) > 1
        _, members = built(ExportKind.ENDINGS)
        rows = [row for row in rows_of(members) if row["weight"] is not None]
        weights, wrongful = (np.array([float(row[name]) for row in rows]) for name in ("weight", "wrongful"))
        assert abs((weights @ wrongful) / weights.sum() - evidence.rate(evidence.wrongful).value) < 1e-12

    def test_part_of_a_window_gets_no_weights(self, read_world):
        since = timezone.now() - timedelta(minutes=6)
        first = Unit.objects.order_by("decided_at").first()
        Unit.objects.filter(pk=first.pk).update(decided_at=since - timedelta(hours=1))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE conversations_conversationend SET requested_at = %s WHERE branch_id = %s",
                [since - timedelta(hours=1), first.branch_id],
            )
        _, members = built(ExportKind.ENDINGS, since=since)
        assert {row["weight"] for row in rows_of(members)} == {None}

    def test_weights_are_those_of_the_estimate_for_any_strata(self):
        rng = np.random.default_rng(7)
        for _ in range(200):
            size = rng.integers(1, 60, 6)
            read = np.minimum(size, rng.integers(0, 12, 6))
            hits = rng.binomial(read, 0.3)
            strata = Strata.counted(size, read, hits)
            try:
                whole = post_stratified(strata).value
            except Exception:  # noqa: BLE001  # no estimate, so no weights either
                continue
            weight = strata.weights(5)
            assert abs((weight @ hits) / (weight @ read) - whole) < 1e-12
            assert abs(weight @ read - size.sum()) < 1e-9

    def test_no_count_by_stratum_grows_with_the_rows(self, read_world):
        export = Export(kind="endings", format="csv", as_of=timezone.now())
        assert len(design_of(Order.of(export)).values["weights"]) <= 2


class TestReviewers:
    def test_they_are_pseudonyms_of_recipient_and_period(self, read_world, monkeypatch):
        monkeypatch.setattr(reviewers, "FEWEST", 2)
        _, first = built(ExportKind.DECISIONS, recipient="court")
        _, again = built(ExportKind.DECISIONS, recipient="court")
        _, other = built(ExportKind.DECISIONS, recipient="press")
        names = [{row["reviewer"] for row in rows_of(members)} for members in (first, again, other)]
        assert names[0] == names[1]
        assert not names[0] & names[2]
        assert all(re.fullmatch(r"r_[A-Z2-7]{16}", name) for name in names[0] | names[2])

    def test_fewer_than_five_are_not_told_apart(self, read_world):
        _, members = built(ExportKind.DECISIONS)
        assert {row["reviewer"] for row in rows_of(members)} == {None}

    def test_who_is_who_takes_two_people(self, read_world):
        with pytest.raises(BadOrder, match="two people"):
            request_export(asked(ExportKind.REVIEWERS, ExportFormat.CSV, recipient="court"), actor=None)
        _, members = built(ExportKind.REVIEWERS, approve=True, recipient="court")
        labels = Label.objects.select_related("reviewer")
        assert {row["actor_id"] for row in rows_of(members)} == {str(label.reviewer.audit_id) for label in labels}

    def test_no_name_leaves(self, read_world):
        people = {value for label in Label.objects.select_related("reviewer") for value in (label.reviewer.name, label.reviewer.email)}
        for kind in (ExportKind.DECISIONS, ExportKind.ENDINGS):
            _, members = built(kind)
            assert not [one for one in people if one.encode() in b"".join(members.values())]


class TestRedaction:
    def test_ids_and_times_go_where_they_are_taken_out(self, read_world):
        ending = make.make_ending()
        _, members = built(ExportKind.ENDINGS, redaction=Redaction.IDS)
        raw = members["data.ndjson"].decode()
        assert ending.public_id not in raw
        assert f"{ending.requested_at:%H:%M:%S}" not in raw
        assert {"ended_on"} == {name for name in rows_of(members)[0] if name.startswith("ended")}

    def test_the_surfaces_own_ids_take_two_people(self, read_world):
        ending = make.make_ending()
        own = ending.branch.conversation.external_id
        assert own not in built(ExportKind.ENDINGS)[1]["data.ndjson"].decode()
        export, members = built(ExportKind.ENDINGS, redaction=Redaction.NONE, approve=True)
        assert export.needs_two
        assert own in members["data.ndjson"].decode()


class TestLog:
    @pytest.mark.parametrize("form", [ExportFormat.CSV, ExportFormat.NDJSON, ExportFormat.PARQUET])
    def test_it_holds_the_log_up_to_the_request(self, read_world, form):
        before = AuditEntry.objects.sequenced().count()
        export, members = built(ExportKind.AUDIT, form)
        assert before <= export.rows <= AuditEntry.objects.sequenced().count()
        if form is ExportFormat.NDJSON:
            assert members["entries.ndjson"].count(b"\n") == export.rows + 1

    def test_what_has_no_leaf_yet_when_it_is_asked_for_is_in_it(self, read_world):
        ids = acts(5)
        _, members = built(ExportKind.AUDIT)
        assert all(str(one).encode() in members["entries.ndjson"] for one in ids)

    def test_a_window_is_proven_by_its_tiles(self, own_log):
        make.make_ground()
        acts(700)
        sequence_all()
        _, members = built(ExportKind.AUDIT)
        assert "tile/1/000.p/2" in members

    def test_its_manifest_is_canonical_and_its_tiles_are_those_of_the_tree(self, own_log):
        make.make_ground()
        acts(1)
        many_entries(1500)
        _, members = built(ExportKind.AUDIT)
        manifest = members.pop("manifest.json")
        assert manifest == verify_bundle.canonical(json.loads(manifest))
        signature = members.pop("manifest.sig")
        tiles = dict(bundle.tiles_over(0, 1500, bundle.head_over(1).size, "default", 1))
        assert {name: content for name, content in members.items() if name.startswith("tile/")} == tiles
        assert signature == bundle.manifest_signature(hashlib.sha256(manifest).hexdigest())

    def test_memory_does_not_grow_with_its_entries(self, own_log, forgetful):
        make.make_ground()
        acts(1)
        many_entries(4_000)
        measured(ExportKind.AUDIT)  # what is imported and remembered once and for all
        small, few = measured(ExportKind.AUDIT)
        many_entries(24_000)
        large, many = measured(ExportKind.AUDIT)
        assert many > few + 24_000 > 28_000
        assert large < small + 64 * 1024, large - small  # the tiles of the further entries alone have 768 kB

    def test_the_next_bundle_of_a_recipient_continues_the_one_before(self, read_world):
        _, first = built(ExportKind.ENDINGS, recipient="court")
        make.make_ending()
        _, second = built(ExportKind.ENDINGS, recipient="court")
        assert "earlier" not in first
        assert second["earlier"] == first["checkpoint"]
        assert "earlier" not in built(ExportKind.ENDINGS, recipient="press")[1]


class TestWorkers:
    def test_equal_requests_give_equal_rows_whenever_they_are_built(self, read_world):
        export = request_export(asked(ExportKind.ENDINGS), actor=make.make_person("compliance"))
        expected = rows_of(built(ExportKind.ENDINGS)[1])
        make.make_ending()
        export.refresh_from_db()
        sequence_all()
        WorkItem.objects.update(not_before=timezone.now())
        make.judge_all()
        export.refresh_from_db()
        assert rows_of(verify_bundle.read_zip(export.path.read_bytes())) == expected

    def test_long_work_is_done_in_slices(self, read_world, monkeypatch):
        monkeypatch.setattr(actions, "SLICE_SECONDS", -1)
        monkeypatch.setattr(staging.plan_of, "__defaults__", (2,))
        monkeypatch.setitem(staging.write.__kwdefaults__, "every", 2)
        export, members = built(ExportKind.ENDINGS)
        assert len(rows_of(members)) == 8
        assert WorkItem.objects.get(kind=Kind.EXPORT, subject=export.pk).attempts == 1

    def test_what_no_worker_finishes_is_said_to_have_failed(self, read_world):
        export = request_export(asked(ExportKind.ENDINGS), actor=make.make_person("compliance"))
        Export.objects.update(state=ExportState.BUILDING)
        WorkItem.objects.filter(kind=Kind.EXPORT).update(attempts=leases.MAX_ATTEMPTS)
        work.sweep()
        assert actions.fail_abandoned() == 1
        export.refresh_from_db()
        assert (export.term, export.error) == (ExportState.FAILED, "abandoned")
        assert AuditEntry.objects.filter(action="export.failed", target_id=export.public_id).exists()

    def test_a_disk_that_is_full_fails_it_and_leaves_nothing(self, read_world, monkeypatch):
        def full(*given):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(building, "_put", full)
        export = request_export(asked(ExportKind.ENDINGS), actor=make.make_person("compliance"))
        sequence_all()
        make.judge_all()
        export.refresh_from_db()
        assert (export.term, export.error) == (ExportState.FAILED, "OSError")
        assert not export.path.exists()

    @pytest.mark.parametrize("late", [building._staged, building._put], ids=["before it is put in its place", "after"])
    def test_nothing_is_left_of_what_is_withdrawn_while_it_is_built(self, read_world, monkeypatch, late):
        def withdrawn_meanwhile(*given):
            found = late(*given)
            with TestCase.captureOnCommitCallbacks(execute=True):
                actions.withdraw_exports(Export.objects.all())
            return found

        monkeypatch.setattr(building, late.__name__, withdrawn_meanwhile)
        export = request_export(asked(ExportKind.ENDINGS), actor=make.make_person("compliance"))
        sequence_all()
        with TestCase.captureOnCommitCallbacks(execute=True):
            make.judge_all()
        export.refresh_from_db()
        assert (export.term, export.error) == (ExportState.FAILED, "withdrawn")
        assert WorkItem.objects.get(kind=Kind.EXPORT).state == WorkState.DONE
        assert lying(export) == []

    def test_what_fails_half_written_leaves_nothing(self, read_world, monkeypatch):
        def full(members):
            yield b"half of it"
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(building, "parts", full)
        export = request_export(asked(ExportKind.ENDINGS), actor=make.make_person("compliance"))
        sequence_all()
        with TestCase.captureOnCommitCallbacks(execute=True):
            make.judge_all()
        export.refresh_from_db()
        assert (export.term, export.error) == (ExportState.FAILED, "OSError")
        assert lying(export) == []

    def test_what_a_worker_that_died_left_behind_goes_and_what_may_be_taken_stays(self, read_world):
        ready, _ = built(ExportKind.ENDINGS)
        ended, gone = Export.objects.create(kind="endings", format="csv", state="failed"), Export(public_id="X-00000000")
        for export in (ended, gone):
            export.folder.mkdir(parents=True)
            (export.folder / "data.csv").write_text("said")
            export.path.write_bytes(b"zip")
            export.path.with_suffix(".part").write_bytes(b"half")
        actions.remove_leftovers()
        assert [lying(one) for one in (ended, gone)] == [[], []]
        assert ready.path.is_file()

    def test_it_waits_for_the_log(self, read_world):
        export = request_export(asked(ExportKind.ENDINGS), actor=make.make_person("compliance"))
        make.judge_all()
        export.refresh_from_db()
        assert export.term is ExportState.BUILDING
        assert WorkItem.objects.get(kind=Kind.EXPORT).last_error == "not_in_the_log_yet"

    def test_it_expires(self, read_world):
        export, _ = built(ExportKind.ENDINGS)
        Export.objects.update(expires_at=timezone.now() - timedelta(days=1))
        assert actions.expire_exports() == 1
        assert Export.objects.get(pk=export.pk).term is ExportState.EXPIRED


class TestVerifying:
    @pytest.mark.fuzz
    def test_any_flipped_bit_of_an_export_is_refused(self, read_world):
        export, _ = built(ExportKind.ENDINGS, ExportFormat.CSV)
        content, policy, chance = bytearray(export.path.read_bytes()), bundle.policy_text(), random.Random(5424)
        for _ in range(FLIPS // 10):
            at, bit = chance.randrange(len(content)), 1 << chance.randrange(8)
            content[at] ^= bit
            assert verify_bundle.verify(bytes(content), policy).code == 1, at
            content[at] ^= bit

    def test_every_kind_has_a_recipe(self):
        assert set(KINDS) == set(ExportKind)

    def test_a_bundle_of_another_request_is_refused(self, read_world):
        export, members = built(ExportKind.ENDINGS)
        changed = members | {"manifest.json": members["manifest.json"].replace(export.public_id.encode(), b"X-00000000")}
        changed["manifest.sig"] = bundle.manifest_signature(hashlib.sha256(changed["manifest.json"]).hexdigest())
        packed = b"".join(verify_bundle.zip_parts(changed.items()))
        found = verify_bundle.verify(packed, bundle.policy_text())
        assert (found.code, found.lines) == (1, ["entries.ndjson: it does not hold the export.requested of this export"])


def test_a_parquet_file_says_by_which_query_it_was_made(read_world):
    export, members = built(ExportKind.ENDINGS, ExportFormat.PARQUET)
    spine, said = KINDS[ExportKind.ENDINGS].source(Order.of(export)).spine, pq.read_schema(io.BytesIO(members["data.parquet"])).metadata
    assert said[b"recourse:query"].decode() == spine.where
    assert json.loads(said[b"recourse:values"]) == json.loads(json.dumps(spine.values, default=str))
    assert json.loads(members["manifest.json"])["query"]["sha256"] == hashlib.sha256(said[b"recourse:query"]).hexdigest()


class TestOrder:
    """What was asked for and approved is what is built, and what a reader is told."""

    @pytest.mark.parametrize(
        "changed",
        [
            {"kind": "decisions"},
            {"format": "csv"},
            {"redaction": "text"},
            {"since": timezone.now() - timedelta(days=900)},
            {"until": timezone.now() + timedelta(days=1)},
            {"recipient": "somebody-else"},
            {"as_of": timezone.now() + timedelta(days=1)},
            {"needs_two": False},
            {"approval_entry": None},
        ],
        ids=lambda changed: next(iter(changed)),
    )
    def test_a_row_that_was_changed_is_not_built(self, read_world, changed):
        export = request_export(asked(ExportKind.ENDINGS, redaction=Redaction.NONE), actor=make.make_person("compliance"))
        actions.approve_export(export.pk, actor=make.make_approver())
        Export.objects.filter(pk=export.pk).update(**changed)
        sequence_all()
        make.judge_all()
        export.refresh_from_db()
        assert (export.term, export.error) == (ExportState.FAILED, "order_changed")
        assert not export.path.exists()
        assert AuditEntry.objects.naming(Event.EXPORT_FAILED).about("export", export.public_id).get().entry["reason"] == "order_changed"

    def test_what_was_changed_before_it_was_approved_is_not_built(self, read_world):
        export = request_export(asked(ExportKind.ENDINGS, redaction=Redaction.NONE), actor=make.make_person("compliance"))
        Export.objects.filter(pk=export.pk).update(recipient="somebody-else")
        actions.approve_export(export.pk, actor=make.make_approver())
        make.judge_all()
        assert Export.objects.get(pk=export.pk).error == "order_changed"

    @pytest.mark.parametrize(
        ("change", "why"),
        [
            (lambda manifest: manifest.pop("order"), "its order is not the one of the export.requested"),
            (lambda manifest: manifest["order"].update(recipient="x"), "its order is not the one of the export.requested"),
            (lambda manifest: manifest.update(recipient="x"), "it tells of something else than its order"),
            (lambda manifest: manifest["query"].update(since="2020-01-01T00:00:00+00:00"), "it tells of something else than its order"),
            (lambda manifest: manifest.update(two_people=False), "whether it takes two people is not as it was asked for"),
        ],
    )
    def test_a_manifest_that_tells_of_something_else_is_refused(self, read_world, change, why):
        """Signed anew, with the key of exports."""
        _, members = built(ExportKind.ENDINGS, redaction=Redaction.NONE, approve=True)
        manifest = json.loads(members["manifest.json"])
        change(manifest)
        changed = members | {"manifest.json": verify_bundle.canonical(manifest)}
        changed["manifest.sig"] = bundle.manifest_signature(hashlib.sha256(changed["manifest.json"]).hexdigest())
        found = verify_bundle.verify(b"".join(verify_bundle.zip_parts(changed.items())), bundle.policy_text())
        assert (found.code, found.lines) == (1, [f"manifest.json: {why}"])

    def test_entries_of_before_orders_were_recorded_say_only_the_kind(self, read_world, monkeypatch):
        monkeypatch.setattr(actions, "record", unordered(actions.record))
        assert built(ExportKind.ENDINGS, redaction=Redaction.NONE, approve=True)[0].term is ExportState.READY


def unordered(record):
    """What recorded exports before it recorded their orders."""

    def recording(*said, **codes):
        return record(*said, **{name: value for name, value in codes.items() if name not in {"order_sha256", "two_people"}})

    return recording


@pytest.mark.parametrize(
    ("period", "span"),
    [
        ("2026", ("2026-01", "2027-01")),
        ("2026H2", ("2026-07", "2027-01")),
        ("2026Q1", ("2026-01", "2026-04")),
        ("2026-12", ("2026-12", "2027-01")),
    ],
)
def test_periods(period, span):
    assert tuple(f"{moment:%Y-%m}" for moment in of_period(period)) == span


@pytest.mark.parametrize("given", [("2026H3", None, None), ("26", None, None), (None, "yesterday", None), ("2026", "2026-01-01", None)])
def test_what_is_no_period(given):
    with pytest.raises(BadPeriod):
        span_of(*given)


def test_segments_are_counted_in_one_pass(read_world):
    order = Order.of(Export(kind="endings", format="csv", as_of=timezone.now()))
    rows, bounds = KINDS[ExportKind.ENDINGS].spine(order).bounds(every=3)
    assert (rows, len(bounds)) == (8, 3)
    assert sources.SEGMENT == 50_000
