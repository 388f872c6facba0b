"""The launcher's decisions that need no server: ports, and who gets which database address."""

import socket
from pathlib import Path

import pytest

from console import launcher
from console.embedded import Urls
from console.launcher import BEAT, HOST, MANAGE, SEQUENCER, SWEEPER, WORKER, Program, demand_port, free_port
from console.processes import StartError

URLS = Urls(app="postgresql://app", owner="postgresql://owner", sequencer="postgresql://sequencer")
PREPARE = Program("demo_prepare", [*MANAGE, "demo_prepare"], owner=True)


class FakePlace:
    var = Path("/nowhere")


def environment(program, urls=URLS, broker="redis+socket:///x", inherited=None):
    return launcher._environment(inherited or {"HOME": "/home/x"}, FakePlace(), urls, broker, program)


def test_a_taken_port_names_itself_and_a_free_one():
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StartError, match=rf"Port {port} .* PORT=\d+ make demo"):
            demand_port(port)
    demand_port(free_port())


@pytest.mark.parametrize("program", [launcher.web(8000), WORKER, BEAT, SWEEPER])
def test_what_faces_strangers_gets_the_application_role_alone(program):
    given = environment(program)
    assert given["DATABASE_URL"] == URLS.app
    assert not {"DATABASE_OWNER_URL", "DATABASE_SEQUENCER_URL", "PGOPTIONS"} & set(given)


def test_the_sequencer_and_the_migration_get_their_own_role_too():
    assert environment(SEQUENCER)["DATABASE_SEQUENCER_URL"] == URLS.sequencer
    assert environment(PREPARE)["DATABASE_OWNER_URL"] == URLS.owner


def test_the_migration_sends_nothing_to_a_broker_nobody_listens_to():
    assert environment(PREPARE)["BROKER_URL"] == "memory://"
    assert environment(WORKER)["BROKER_URL"] == "redis+socket:///x"


def test_named_servers_are_passed_on_untouched():
    named = {"DATABASE_URL": "postgresql://named", "BROKER_URL": "amqp://named"}
    given = environment(SEQUENCER, urls=None, broker=None, inherited=named)
    assert given.items() >= named.items()
    assert given["RECOURSE_ENV"] == "demo"
