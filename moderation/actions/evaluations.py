"""Keep how a version of a classifier did on a labelled set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from moderation.audit.events import Event, Target, service
from moderation.audit.log import record
from moderation.classifiers.base import FULL, Classifier
from moderation.headlines import headlines
from moderation.models import Evaluation, Figure


@transaction.atomic
def keep_evaluation(chosen: Classifier, data: str, path: Path, result: Mapping[str, Any]) -> Evaluation:
    """Store the headline figures of a result, once for an artifact and the bytes of a set; the first ones stay."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    kept, made = Evaluation.objects.get_or_create(
        artifact=chosen.artifact,
        data=data,
        data_sha256=digest,
        defaults={
            "classifier": chosen.name,
            "classifier_version": chosen.version,
            "measured": result["n"],
            "unknown": result.get("unknown", 0),
        },
    )
    if made:
        found = headlines(data, result)
        Figure.objects.bulk_create(Figure(evaluation=kept, name=name, value=round(FULL * value)) for name, value in found.items())
        record(
            Event.EVALUATION_KEPT,
            Target("evaluation", kept.public_id),
            actor=service("evaluate"),
            classifier={"name": chosen.name, "version": chosen.version},
            artifact=chosen.artifact,
            data=digest,
        )
    return kept
