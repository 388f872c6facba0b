"""The index of what transcripts say: keyed lexemes, so that neither the table nor its backups hold a word."""

from __future__ import annotations

from typing import Any, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.expressions import Func

from conversations.models import Branch


class AsVector(Func):
    """A `tsvector` literal, taken as it is: no parser of PostgreSQL's reads it."""

    template = "%(expressions)s::tsvector"
    output_field = SearchVectorField()


@SearchVectorField.register_lookup
class Holds(models.Lookup):
    """`vector__holds=literal`: a `tsquery` literal, taken as it is too."""

    lookup_name = "holds"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:  # noqa: ANN401  # Django's signature
        """Return the match, which the index serves."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} @@ %s::tsquery", [*params, self.rhs]


class WordsQuerySet(models.QuerySet["Words"]):
    """The index in the words of who keeps it."""

    def of_subject(self, subject: Any) -> Self:  # noqa: ANN401  # a Subject or its key
        """Return all that was indexed of one person's conversations: what an erasure takes away."""
        return self.filter(branch__conversation__subject=subject)


class Words(models.Model):
    """The lexemes of the transcript that a branch was decided on, with their positions; derived, and made again from it at any time."""

    branch = models.OneToOneField(Branch, models.CASCADE, primary_key=True, related_name="words")
    vector = SearchVectorField()
    scheme = models.PositiveSmallIntegerField()

    objects = WordsQuerySet.as_manager()

    class Meta:
        indexes = [GinIndex(fields=["vector"], name="words_vector")]

    def __str__(self) -> str:
        return str(self.branch_id)
