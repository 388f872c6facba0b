"""Search of transcripts: what a page of endings takes that hold certain words, against 100 ms at the 95th percentile.

The texts are the composed ones, keyed as workers index them; each is told again and again under other endings. Every ending has a word of
its own besides, and some of these are looked for. A page is asked for as a reader asks: its search is recorded, its rows are counted.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

import psycopg

from conversations import vault
from moderation.words import document, lexeme, split
from tests.benchmarks.harness import Row, ratios
from tests.benchmarks.stage import Web
from tests.benchmarks.texts import COMPOSED, transcripts

GOAL_MS = 100
ASKED = 40
"""So many searches of each kind in a round."""
OWN = 40
"""Endings whose own word is looked for, spread over all."""
FILL = """
    INSERT INTO moderation_words (branch_id, vector, scheme)
    SELECT made('branch', n), said.vector || format('''%%s'':16000', coalesce(own.lexeme, left(md5(n::text), 8)))::tsvector, 1
    FROM generate_series(1, %(many)s) AS n JOIN said ON said.number = n %% %(told)s LEFT JOIN own ON own.number = n
"""


@dataclass(frozen=True, slots=True)
class Indexed:
    """How many endings can be searched, and what is looked for, by the kind of search."""

    many: int
    typed: dict[str, list[str]]


def index_words(address: str, many: int) -> Indexed:
    """Index the transcripts of the newest endings in a filled database, its index built when all are in."""
    key, told = vault.search_key(), [[turn["content"] for turn in turns] for turns in transcripts()]
    own = {number: f"own{number}" for number in range(1, many, max(1, many // OWN))}
    with psycopg.connect(address, autocommit=True) as database:
        database.execute("SET session_replication_role = replica; DROP INDEX words_vector")
        _keep(database, "said (number int, vector tsvector)", ((place, document(texts, key)) for place, texts in enumerate(told)))
        _keep(database, "own (number int, lexeme text)", ((number, lexeme(word, key)) for number, word in own.items()))
        database.execute(FILL, {"many": many, "told": COMPOSED})
        database.execute("SET maintenance_work_mem = '1GB'; CREATE INDEX words_vector ON moderation_words USING gin (vector)")
        database.execute("VACUUM (ANALYZE) moderation_words")
    return Indexed(many, _typed(told, list(own.values())))


def _keep(database: psycopg.Connection, table: str, rows: Iterable[tuple[int, str]]) -> None:
    database.execute(f"CREATE TEMPORARY TABLE {table}")
    with database.cursor().copy(f"COPY {table.split(maxsplit=1)[0]} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _typed(told: list[list[str]], own: list[str]) -> dict[str, list[str]]:
    """Return what is looked for: words of one ending, words however frequent, several with one that must not be there, phrases."""
    in_how_many = Counter(word for texts in told for word in {word for text in texts for word in split(text)})
    ranked = [word for word, _ in in_how_many.most_common()]
    words = ranked[:: max(1, len(ranked) // ASKED)][:ASKED]
    runs = [split(max(texts, key=len)) for texts in told[:: max(1, COMPOSED // ASKED)]][:ASKED]
    return {
        "a word of one ending": own,
        "a word": words,
        "two words and not a third": [f"{one} {other} -{third}" for one, other, third in zip(words, ranked, words[::-1], strict=False)],
        "a phrase": [f'"{" ".join(run[at : at + 3])}"' for at, run in enumerate(runs)],
    }


def searches(words: Indexed, web: Web, cookie: str, rounds: int) -> list[Row]:
    """Return a row for each kind of search: the 95th percentile of each round."""
    return [_row(f"search of {words.many:,} transcripts, {kind}", typed, web, cookie, rounds) for kind, typed in words.typed.items()]


def _row(area: str, typed: list[str], web: Web, cookie: str, rounds: int) -> Row:
    _tail(web, typed, cookie)
    ours, goal = [_tail(web, typed, cookie) for _ in range(rounds)], [float(GOAL_MS)] * rounds
    return Row(f"{area}, 95th percentile", "100 ms", ours, goal, ratios(ours, goal), goal=1.0, at_most=True, unit="ms")


def _tail(web: Web, typed: list[str], cookie: str) -> float:
    """Search for everything once; returns the 95th percentile in milliseconds."""
    connection, took = web.connect(), []
    for words in typed:
        began = time.perf_counter()
        connection.request("GET", f"/endings/?q={quote(words)}", headers={"Cookie": cookie, "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        body = answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200 or (b"<tr data-row>" not in body and "-" not in words):
            raise RuntimeError(f"a search for {words} was answered {answer.status}")
    connection.close()
    return sorted(took)[int(0.95 * len(took))]
