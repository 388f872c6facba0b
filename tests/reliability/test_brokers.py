"""A real worker on a real broker: an event committed here is judged there. Brokers that do not answer are skipped by name."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import kombu
import pytest
from django.db import connection

from console.embedded_broker import Broker
from console.embedded_files import Place
from moderation import tasks
from moderation.models import Kind, Verdict, WorkItem
from moderation.states import WorkState
from tests import make
from tests.reliability.servers import folder_for_servers

pytestmark = [pytest.mark.system, pytest.mark.django_db(transaction=True)]
ROOT = Path(__file__).resolve().parents[2]
REAL = {"rabbitmq": "amqp://guest:guest@127.0.0.1:5672//", "redis": "redis://127.0.0.1:6379/9"}


@pytest.fixture
def embedded():
    var = folder_for_servers()
    place = Place.open(var)
    broker = Broker(place)
    yield broker.start()
    broker.stop()
    place.close()
    shutil.rmtree(var)


@pytest.fixture(params=["embedded", *REAL])
def broker_url(request):
    if request.param == "embedded":
        return request.getfixturevalue("embedded")
    url = REAL[request.param]
    try:
        with kombu.Connection(url, connect_timeout=2, transport_options={"socket_connect_timeout": 2}) as tried:
            tried.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:  # noqa: BLE001  # whatever a broker that is away raises
        pytest.skip(f"no {request.param} answers at {url}: {type(error).__name__}")
    return url


@pytest.fixture
def env(broker_url, settings):
    """The environment of processes on this broker and this database, with a queue of their own."""
    parts = urlsplit(os.environ["TEST_DATABASE_URL"])
    url = urlunsplit(parts._replace(path=f"/{connection.settings_dict['NAME']}"))
    queue = f"recourse-test-{secrets.token_hex(4)}"
    yield os.environ | {
        "DJANGO_SETTINGS_MODULE": "console.settings",
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": url,
        "DATABASE_SEQUENCER_URL": url,
        "BROKER_URL": broker_url,
        "BROKER_QUEUE": queue,
        "RECOURSE_VAR": str(settings.VAR_DIR),
        "RECOURSE_KEYS": str(settings.KEYS_DIR),
        "RECOURSE_ENV": "test",
    }
    with kombu.Connection(broker_url) as link:
        kombu.Queue(queue, channel=link.default_channel).delete()


@pytest.fixture
def worker(env, tmp_path):
    """A Celery worker, ready."""
    log = tmp_path / "worker.log"
    command = [sys.executable, "-m", "celery", "--app", "console", "worker", "--concurrency", "1", "--loglevel", "INFO"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
    try:
        await_true(lambda: " ready." in log.read_text(), 120, log)
        yield log
    finally:
        process.terminate()
        process.wait(timeout=40)


def await_true(condition, seconds, log):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.1)


def manage(env, *arguments):
    result = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_message_wakes_a_worker_and_a_lost_one_costs_a_sweep(worker, env, tmp_path, monkeypatch):
    make.make_ground()
    file = tmp_path / "events.ndjson"
    file.write_text(json.dumps(make.ended()) + "\n")
    assert json.loads(manage(env, "ingest", str(file), "--json"))["accepted"] == 1
    await_true(Verdict.objects.exists, 30, worker)
    assert WorkItem.objects.get(kind=Kind.JUDGE).state == WorkState.DONE
    first = Verdict.objects.get()
    assert first.outcome == "justified"

    monkeypatch.setattr(tasks.Knock, "knock", lambda *_: None)
    make.send(make.ended())
    assert Verdict.objects.get() == first
    manage(env, "work_sweep", "--once")
    await_true(Verdict.objects.exclude(pk=first.pk).exists, 30, worker)


@pytest.fixture
def sweeper(env, tmp_path):
    """A sweeper that goes on, as in production, with the connection that it opened first."""
    with (tmp_path / "sweeper.log").open("w") as out:
        command = [sys.executable, "manage.py", "work_sweep", "--interval", "0.5"]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT)
    yield process
    process.terminate()
    process.wait(timeout=20)


@pytest.mark.parametrize("broker_url", ["embedded"], indirect=True)  # others hold more than ours
def test_an_emptied_broker_costs_a_sweep(worker, sweeper, broker_url, monkeypatch):
    monkeypatch.setattr(tasks.Knock, "knock", lambda *_: None)
    make.make_ground()
    make.send(make.ended())
    await_true(Verdict.objects.exists, 30, worker)
    with kombu.Connection(broker_url) as link:
        link.default_channel.client.flushall()
    make.send(make.ended())
    await_true(lambda: Verdict.objects.count() == 2, 15, worker)


def test_without_a_broker_the_event_is_taken_and_work_run_drains(monkeypatch):
    make.make_ground()
    sent = []

    def refuse(self, *args, **kwargs):
        sent.append(args)
        raise ConnectionRefusedError

    monkeypatch.setattr(tasks.Knock, "apply_async", refuse)
    make.send(make.ended())
    assert sent
    assert WorkItem.objects.get(kind=Kind.JUDGE).state == WorkState.READY
    make.judge_all()
    assert Verdict.objects.exists()
