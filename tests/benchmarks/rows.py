"""Endings by the million, made by SQL in databases of their own: with people's reviews, from two surfaces, over months.

Each is numbered from the newest back, so that a larger table is the same one with more history behind it. A tenth of the newest waits for
people, as many at either size; all else is decided. Names of rows follow from their number, scattered like random ones.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import psycopg
from django.db import connections
from psycopg import sql

from console.embedded_roles import DATABASE, OWNER
from conversations.models import Surface
from moderation.models import Unit, User
from tests.benchmarks.stage import Stage

BACKLOG = 10
"""One of so many of the newest waits."""
CARELESS = {"fsync": "off", "full_page_writes": "off", "max_wal_size": "16GB", "checkpoint_timeout": "1h"}
"""How the server is set while rows are made."""
NAMES = """
    CREATE FUNCTION made(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN md5(kind || n)::uuid;
    CREATE FUNCTION named(letter text, n bigint) RETURNS text LANGUAGE sql IMMUTABLE RETURN letter || '-' || upper(lpad(to_hex(n), 8, '0'));
    CREATE FUNCTION ended(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN timestamptz '{newest}' - n * interval '7 seconds';
    CREATE FUNCTION surface(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN CASE n % 3 WHEN 0 THEN uuid '{one}' ELSE uuid '{other}' END;
    CREATE FUNCTION waits(n bigint) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN n <= {recent} AND n % {backlog} = 0
"""
SUBJECTS = """
    INSERT INTO conversations_subject (id, public_id, surface_id, pseudonym)
    SELECT made('subject', n), named('U', n), surface(n), 'user-' || n FROM generate_series({first} / 20, {last} / 20) AS n
    ON CONFLICT DO NOTHING
"""
FILLS = {
    "conversations_conversation": """
        (id, public_id, surface_id, subject_id, external_id, model_name, model_version, locale, started_at, received_at)
        SELECT made('conversation', n), named('C', n), surface(n / 20), made('subject', n / 20), 'conv-' || n,
            (ARRAY['claude-opus-4', 'claude-opus-4-1'])[1 + n % 2], '20250514', (ARRAY['en', 'en-GB', 'de', 'fr', 'pt-BR'])[1 + n % 5],
            ended(n) - interval '1 hour', ended(n)""",
    "conversations_branch": """
        (id, public_id, conversation_id, external_id, parent_external_id, created_at, began_at, placed_at)
        SELECT made('branch', n), named('B', n), made('conversation', n), 'br-' || n, '', ended(n), ended(n) - interval '1 hour', ended(n)""",
    "conversations_transcript": """
        (id, branch_id, version, sealed, commitment, turn_count, received_at)
        SELECT made('transcript', n), made('branch', n), 1, '\\x00', sha256(n::text::bytea), 6 + n % 20, ended(n)""",
    "conversations_conversationend": """
        (id, public_id, branch_id, surface_id, transcript_id, actor, reason, category, at_turn, surface_policy, reported_scores,
            requested_at, received_at)
        SELECT made('ending', n), named('E', n), made('branch', n), surface(n / 20), made('transcript', n), 'model', {reason}, {category},
            5 + n % 20, '', '{{}}', ended(n), ended(n)""",
    "moderation_standing": """
        (ending_id, surface_id, ended_at, reason, category, model, language, outcome, answer, has_feedback, has_appeal)
        SELECT made('ending', n), surface(n / 20), ended(n), {reason}, {category}, (ARRAY['claude-opus-4', 'claude-opus-4-1'])[1 + n % 2],
            (ARRAY['en', 'en', 'de', 'fr', 'pt'])[1 + n % 5],
            CASE n % 20 WHEN 7 THEN 'premature' WHEN 11 THEN 'unwarranted' WHEN 13 THEN 'unclear' ELSE 'justified' END,
            CASE WHEN n <= {recent} THEN '' WHEN n % 20 IN (7, 11) THEN 'no' ELSE 'yes' END, n % 15 = 4, n % 150 = 4""",
    "moderation_unit": """
        (id, branch_id, surface_id, kind, name, u, sampling_rate, base_rate, stratum, in_base, plan_id, period_id, "window",
            decided_at, drawn_at)
        SELECT made('unit', n), made('branch', n), surface(n / 20), 'ended', 'unit-' || n, sha256(n::text::bytea), '1', '0.1', 'ended',
            n % 4 > 0, {plan}, {period}, to_char(ended(n), 'YYYY-MM'), ended(n), ended(n)""",
    "moderation_contentnote": "(unit_id, topics, severity) SELECT made('unit', n), ARRAY['violence', 'harassment'], n % 4",
    "moderation_review": """
        (id, public_id, unit_id, surface_id, lane, reasons, round, state, due_at, opened_at, senior_only, reviewer_id, decided_at)
        SELECT made('review', n), named('R', n), made('unit', n), surface(n / 20),
            (ARRAY['urgent', 'audit', 'audit', 'audit', 'audit', 'audit', 'audit', 'audit', 'second', 'dispute'])[1 + n / {backlog} % 10],
            ARRAY['drawn'], 'first', CASE WHEN waits(n) THEN 'open' ELSE 'decided' END, ended(n) + interval '3 days', ended(n), false,
            CASE WHEN NOT waits(n) THEN uuid '{reader}' END, CASE WHEN NOT waits(n) THEN ended(n) + interval '1 day' END""",
}
REASON = "(ARRAY['persistent_harm', 'persistent_abuse', 'persistent_abuse', 'user_request'])[1 + n % 4]"
CATEGORY = "(ARRAY['violence', 'harassment', 'hate', 'sexual', 'cyber', ''])[1 + n % 6]"


@dataclass(frozen=True, slots=True)
class Tables:
    """What the rows of two databases hang on: their numbers, the day of the newest, who decided, on which surfaces."""

    less: int
    more: int
    newest: datetime
    reader: User
    surfaces: tuple[Surface, Surface]

    @contextlib.contextmanager
    def filled(self, stage: Stage) -> Iterator[tuple[str, str]]:
        """Make the two databases; gives their names, the smaller first, and leaves neither behind."""
        names, words = ("lists_less", "lists_more"), self._words()
        connections.close_all()  # a database that is copied must be nobody's
        with psycopg.connect(stage.superuser("postgres"), autocommit=True) as server:
            try:
                with _nothing_to_lose(server):
                    _copy(server, DATABASE, names[0])
                    _fill(stage.superuser(names[0]), words | {"first": 1, "last": self.less}, NAMES.format(**words))
                    _copy(server, *names)
                    _fill(stage.superuser(names[1]), words | {"first": self.less + 1, "last": self.more})
                yield names
            finally:
                for name in names:
                    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _words(self) -> dict[str, object]:
        unit = Unit.objects.latest("drawn_at")
        return {
            "newest": self.newest.isoformat(),
            "recent": self.less // 2,
            "backlog": BACKLOG,
            "reader": self.reader.pk,
            "one": self.surfaces[0].pk,
            "other": self.surfaces[1].pk,
            "plan": unit.plan_id,
            "period": unit.period_id,
            "reason": REASON,
            "category": CATEGORY,
        }


@contextlib.contextmanager
def _nothing_to_lose(server: psycopg.Connection) -> Iterator[None]:
    """Let the server forget the rows should it fall over while they are made: they would be made anew."""
    for name, value in CARELESS.items():
        server.execute(f"ALTER SYSTEM SET {name} = '{value}'")
    server.execute("SELECT pg_reload_conf()")
    yield
    for name in CARELESS:
        server.execute(f"ALTER SYSTEM RESET {name}")
    server.execute("SELECT pg_reload_conf()")
    server.execute("CHECKPOINT")


def _copy(server: psycopg.Connection, source: str, name: str) -> None:
    query = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy")
    server.execute(query.format(sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(source)))


def _fill(address: str, words: dict[str, object], before: str = "") -> None:
    """Write the rows of a range of numbers, past triggers and the checks of foreign keys: they are valid by the way they are made."""
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("SET session_replication_role = replica")
        database.execute(before)
        database.execute(SUBJECTS.format(**words))
        for table, row in FILLS.items():
            database.execute(f"INSERT INTO {table} {row} FROM generate_series({{first}}, {{last}}) AS n".format(**words))
        database.execute("VACUUM (ANALYZE)")
