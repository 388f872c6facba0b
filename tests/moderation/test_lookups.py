"""How a batch looks up what its events name: by index, however small its tables were when PostgreSQL made its plan."""

import json

import pytest
from django.db import connection
from psycopg import sql

from conversations.adapters.cloudevents import read
from conversations.bulk import Naming
from moderation.actions.batches import BY_INDEX, questions
from tests import make

LOOKED_IN = {"conversations_receivedevent", "conversations_conversation", "conversations_subject"}


@pytest.fixture
def asked(ground):
    """The questions of a batch to tables that hold one row each and are known to."""
    make.send(make.ended())
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(sorted(LOOKED_IN))}")
    event = read(json.dumps(make.ended()).encode())
    *of_names, _ground, _later = questions(Naming(make.make_surface(), {0: event}))
    return of_names


def kept_plans(statements):
    """Return the plans that PostgreSQL keeps of statements."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute("SET LOCAL random_page_cost = 10000")  # a table seems to be small, however much other tests left in it
        for number, (statement, _) in enumerate(statements):
            cursor.connection.execute(f"PREPARE lookup_{number} AS {statement}".encode())
        plans = []
        for number, (_, values) in enumerate(statements):
            given = sql.SQL(", ").join(sql.Literal(one) for one in values)
            rows = cursor.connection.execute(sql.SQL("EXPLAIN EXECUTE {} ({})").format(sql.Identifier(f"lookup_{number}"), given))
            plans.append("\n".join(line for (line,) in rows))
        for number in range(len(statements)):
            cursor.execute(f"DEALLOCATE lookup_{number}")
    return "\n".join(plans)


def read_whole(plans):
    return {table for table in LOOKED_IN if f"Seq Scan on {table}" in plans}


def test_left_to_itself_a_plan_for_small_tables_reads_all_of_them(asked):
    assert read_whole(kept_plans(asked)) == LOOKED_IN


def test_names_are_looked_up_in_the_index_that_tells_them_apart(asked):
    with connection.cursor() as cursor:
        cursor.execute(BY_INDEX[0])
    plans = kept_plans(asked)
    assert read_whole(plans) == set()
    assert {"event_identity", "conversation_identity", "subject_identity"} <= set(plans.replace(" on ", " ").split())
