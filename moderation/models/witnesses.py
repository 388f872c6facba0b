"""What others said of the log: made by SQL, read here, written by the sequencer's role alone. Sizes are places (`audit/origins.py`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models.functions import Now

from moderation.audit.origins import current


class AuditCosignatureQuerySet(models.QuerySet["AuditCosignature"]):
    """Cosignatures in the words of the log."""

    def lines_of(self, size: int) -> list[str]:
        """Return the signature lines under the checkpoint of a size, by name of the witness."""
        return list(self.filter(size=current().base + size).order_by("witness").values_list("line", flat=True))

    def of_log(self) -> Self:
        """Return those over trees of the log."""
        return self.filter(size__gte=current().base, size__lt=current().end)

    def by(self, witnesses: Iterable[str]) -> Self:
        """Return those that these witnesses made."""
        return self.filter(witness__in=list(witnesses))


class AuditCosignature(models.Model):
    """One witness's signature over the checkpoint of a size, as its line stands in the note."""

    pk = models.CompositePrimaryKey("size", "witness")
    size = models.BigIntegerField()
    witness = models.TextField()
    line = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    objects = AuditCosignatureQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "audit_cosignature"


class AuditTimestampQuerySet(models.QuerySet["AuditTimestamp"]):
    """Tokens in the words of the log."""

    def of_log(self) -> Self:
        """Return those over trees of the log."""
        return self.filter(size__gte=current().base, size__lt=current().end)


class AuditTimestamp(models.Model):
    """An authority's RFC 3161 token over the checkpoint of a size, and the certificates it takes to verify it, in PEM."""

    size = models.BigIntegerField(primary_key=True)
    token = models.BinaryField()
    chain = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    objects = AuditTimestampQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "audit_timestamp"


class AuditWitness(models.Model):
    """Where a witness stands: the size it last cosigned, its last answer, and the size it refused, if it ever did."""

    name = models.TextField(primary_key=True)
    size = models.BigIntegerField(default=0)
    status = models.SmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    agreed_at = models.DateTimeField(null=True)
    refused_at = models.DateTimeField(null=True)
    refused_size = models.BigIntegerField(null=True)

    objects = models.Manager()

    class Meta:
        managed = False
        db_table = "audit_witness"

    @property
    def seen(self) -> int:
        """Return the size of the tree of the log that it last cosigned, 0 before the first."""
        return max(0, self.size - current().base)

    @property
    def refused(self) -> int | None:
        """Return the size of the tree of the log that it refused, None where it refused none."""
        return self.refused_size - current().base if self.refused_size is not None and self.refused_size >= current().base else None
