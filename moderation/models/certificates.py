"""What was shown of a policy's promises on a window, and what an objective was resolved to: rows that are added and never changed."""

from __future__ import annotations

from datetime import UTC
from typing import Self

from django.db import models
from django.db.models import F, Window
from django.db.models.functions import RowNumber, TruncMonth
from django.utils import timezone

from moderation.models.people import User
from moderation.models.policies import Policy
from moderation.models.proposals import Seal
from moderation.states import Design, Promise, PromiseState


class CertificateQuerySet(models.QuerySet["Certificate"]):
    """Certificates by what they speak of."""

    def latest_of(self, policy: Policy) -> Self:
        """Return the last one of each promise of a policy, in the order in which promises are shown."""
        newest = self.filter(policy=policy).order_by("promise", "-weighed_at", "-id").distinct("promise")
        return self.filter(pk__in=newest.values("pk"))

    def held(self) -> Self:
        """Return what was certified of policies in force, the newest of each policy, promise and month, the latest window first."""
        ruled = self.filter(state=PromiseState.CERTIFIED, since__gte=F("policy__live_from"))
        newest = Window(
            RowNumber(),
            partition_by=[F("policy"), F("promise"), TruncMonth("until", tzinfo=UTC)],
            order_by=[F("until").desc(), F("id").desc()],
        )
        return ruled.annotate(place=newest).filter(place=1).order_by("-until", "promise")


class Certificate(models.Model):
    """How one promise of one policy stood on one window; a trigger refuses edits.

    `population`, `drawn`, `failures`, `owed` and `hidden` are of the whole of what the policy ends; `p_value` is the largest of its parts,
    on the last step of the path. `more` is how many reviews without a failure would show it, None where no number would. `estimate`, `low`
    and `high` are shares, of `delay` hours; `waiting` units of their domain wait for a label, of whichever draw. `fed` labels gave
    `evidence`, the logarithm of the e-process at its highest. `again` labels were read a second time and give the rate `corrected` for
    label error, and what of it first readers `overlooked`, if they can. `test` is how it was tested, empty where that was not kept;
    `labelled_at_seal` of `drawn_at_seal` units had a final label when its design was sealed, None where nothing was.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="certificates", db_index=False)  # certificate_by_policy serves it too
    seal = models.ForeignKey(Seal, models.PROTECT, null=True, related_name="certificates")
    promise = models.CharField(max_length=10, choices=Promise.choices())
    state = models.CharField(max_length=10, choices=PromiseState.choices())
    since = models.DateTimeField()
    until = models.DateTimeField()
    alpha = models.CharField(max_length=10, blank=True)
    delta = models.CharField(max_length=10, blank=True)
    test = models.CharField(max_length=10, choices=Design.choices(), blank=True)
    drawn_at_seal = models.PositiveIntegerField(null=True)
    labelled_at_seal = models.PositiveIntegerField(null=True)
    steps = models.PositiveIntegerField(default=1)
    shown = models.PositiveIntegerField(default=0)
    population = models.PositiveIntegerField(default=0)
    drawn = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    owed = models.PositiveIntegerField(default=0)
    hidden = models.PositiveIntegerField(default=0)
    p_value = models.FloatField(null=True)
    upper = models.FloatField(null=True)
    more = models.PositiveIntegerField(null=True)
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    evidence = models.FloatField(null=True)
    fed = models.PositiveIntegerField(default=0)
    corrected = models.FloatField(null=True)
    corrected_low = models.FloatField(null=True)
    corrected_high = models.FloatField(null=True)
    overlooked = models.FloatField(null=True)
    overlooked_high = models.FloatField(null=True)
    again = models.PositiveIntegerField(default=0)
    weighed_at = models.DateTimeField(default=timezone.now)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["policy", "promise", "-weighed_at"], name="certificate_by_policy")]

    def __str__(self) -> str:
        return f"{self.promise} {self.state}"

    @property
    def term(self) -> PromiseState:
        """How it stands, with its label and tone."""
        return PromiseState(self.state)

    @property
    def provisional(self) -> bool:
        """Whether drawn units wait for a label: then `low` and `high` hold whatever those will say."""
        return self.estimate is not None and self.waiting > 0

    @property
    def promise_term(self) -> Promise:
        """What it is about, with its label."""
        return Promise(self.promise)


class ResolvedObjective(models.Model):
    """What an objective came to on a window when it was turned into numbers; the numbers stand in the draft. A trigger refuses edits.

    `caught` is the estimated number of endings that were right and came; bounds are those that the objective names, None where it does not.
    """

    policy = models.ForeignKey(Policy, models.PROTECT, related_name="objectives")
    text = models.CharField(max_length=300)
    since = models.DateTimeField()
    until = models.DateTimeField()
    met = models.BooleanField()
    tried = models.PositiveIntegerField()
    caught = models.FloatField(null=True)
    wrongful = models.FloatField(null=True)
    crisis = models.FloatField(null=True)
    numbers = models.JSONField(default=dict)
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-resolved_at", "-id"]

    def __str__(self) -> str:
        return self.text
