"""The Celery app: workers that are woken, and a beat that settles what time decides.

PostgreSQL owns the work (`moderation/work.py`); messages only wake. Time limits stay under the lease, the lease under the visibility
timeout.
"""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import worker_init
from django.conf import settings

from moderation.classifiers.artifact import load
from moderation.classifiers.base import BadArtifactError
from moderation.classifiers.gates import compile_all
from moderation.classifiers.vectors import refuse_changed

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

app = Celery("recourse")
app.set_default()
app.conf.update(
    broker_url=settings.BROKER_URL,
    task_ignore_result=True,
    result_backend=None,
    accept_content=["json"],
    task_serializer="json",
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_acks_on_failure_or_timeout=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=90,
    task_time_limit=120,
    task_publish_retry=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    worker_soft_shutdown_timeout=30,
    worker_eta_task_limit=1000,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    task_default_queue=settings.BROKER_QUEUE,
    timezone="UTC",
    imports=["moderation.tasks"],
    task_always_eager=getattr(settings, "CELERY_EAGER", False),
    task_eager_propagates=True,
    beat_schedule={"settle": {"task": "moderation.settle", "schedule": 5.0, "options": {"expires": 5.0}}},
    beat_schedule_filename=str(settings.VAR_DIR / "beat-schedule"),
)

# A web process that cannot reach the broker gives up at once: the sweeper will knock.
GIVE_UP = {"max_retries": 0, "interval_start": 0, "interval_step": 0, "interval_max": 0}
if settings.BROKER_URL.startswith(("redis", "rediss")):
    timeouts = {"visibility_timeout": 300, "unacked_restore_interval": 5, "unacked_restore_throttle": 1, "socket_connect_timeout": 1}
    app.conf.broker_transport_options = timeouts | GIVE_UP
    app.conf.visibility_timeout = 300
    app.conf.task_default_exchange_type = "direct"  # by the queue's name: a table of bindings would go with an emptied broker
else:
    app.conf.task_default_queue_type, app.conf.task_default_exchange_type = "quorum", "topic"
    app.conf.broker_transport_options = {"confirm_publish": True} | GIVE_UP


@worker_init.connect
def refuse_changed_heads(**kwargs: object) -> None:
    """Let no worker start with a trained classifier, or with sentence vectors, other than the released.

    Celery logs what a receiver raises and goes on, so this leaves the process.
    """
    try:
        load()
        refuse_changed()
    except BadArtifactError as error:
        raise SystemExit(str(error)) from error


@worker_init.connect
def compile_patterns(**kwargs: object) -> None:
    """Compile what judging searches once, before the worker's processes part."""
    compile_all()
