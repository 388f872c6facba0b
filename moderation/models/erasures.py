"""Erasures of people, and legal holds that stop them.

An Erasure is asked for by one person and approved by another; a worker carries it out. Its certificate is kept with it, so that it can be
handed out again. A LegalHold names what it keeps by kind and id, with no foreign key: one on a surface keeps people who are still to come,
and so does one by query, which names endings by what never changes of them, so that judging again frees nothing.
"""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from conversations import public_ids
from conversations.models import ConversationEnd, Subject
from moderation.audit.events import NIL
from moderation.models.people import User
from moderation.states import (
    ERASURE_MOVES,
    HOLD_MOVES,
    HOLDING,
    Category,
    ErasureReason,
    ErasureState,
    HoldGround,
    HoldScope,
    HoldState,
    check_move,
)


def erasure_id() -> str:
    """Return a public id for an erasure."""
    return public_ids.new("Y")


def hold_id() -> str:
    """Return a public id for a legal hold."""
    return public_ids.new("K")


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    """Holds in the words of who must respect them."""

    def holding(self) -> Self:
        """Return those that keep what they name."""
        return self.filter(state__in=HOLDING)

    def overdue(self, today: date) -> Self:
        """Return those whose day of review has passed; nothing is released by that."""
        return self.holding().filter(review_on__lt=today)

    def by_query(self) -> Self:
        """Return those in force that keep whatever ended at a time; there are few."""
        return self.holding().filter(scope=HoldScope.QUERY)

    def on_person(self, subject: Subject) -> Self:
        """Return those that keep a person, any of their conversations, or their whole surface."""
        conversations = subject.conversations.values("pk")
        theirs = models.Q(branch__conversation__subject=subject)
        queries = [one.pk for one in self.by_query() if one.endings().filter(theirs).exists()]
        scope = models.Q(scope=HoldScope.SUBJECT, about=subject.pk) | models.Q(scope=HoldScope.SURFACE, about=subject.surface_id)
        return self.holding().filter(scope | models.Q(scope=HoldScope.CONVERSATION, about__in=conversations) | models.Q(pk__in=queries))


class LegalHold(models.Model):
    """An order to keep something: neither erased nor retired while it holds; it never stops a reading.

    One by query keeps the conversations of endings from `since` on and before `until`, of one stated category or any, of one surface or,
    where `about` is the nil UUID, all of them. `too_late` are the erasures in its scope that had begun when it was placed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=hold_id)
    scope = models.CharField(max_length=12, choices=HoldScope.choices())
    about = models.UUIDField()
    about_name = models.CharField(max_length=10, blank=True)
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    category = models.CharField(max_length=30, choices=Category.choices(), blank=True)
    ground = models.CharField(max_length=15, choices=HoldGround.choices())
    state = models.CharField(max_length=10, choices=HoldState.choices(), default=HoldState.ACTIVE)
    review_on = models.DateField()
    overdue_noted = models.DateField(null=True)
    too_late = ArrayField(models.CharField(max_length=10), default=list)
    placed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now)
    release_asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-id"]
        indexes = [
            models.Index(fields=["scope", "about"], condition=~models.Q(state=HoldState.RELEASED.value), name="hold_in_force"),
            models.Index(fields=["-placed_at", "-id"], name="hold_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(scope=HoldScope.QUERY.value, since=None, until=None), name="hold_by_query_has_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def term(self) -> HoldState:
        """The state with its label and tone."""
        return HoldState(self.state)

    def endings(self) -> models.QuerySet[ConversationEnd]:
        """Return the endings that one by query keeps by now."""
        found = ConversationEnd.objects.all() if self.about == NIL else ConversationEnd.objects.filter(surface=self.about)
        found = found.filter(category=self.category) if self.category else found
        found = found.filter(requested_at__gte=self.since) if self.since else found
        return found.filter(requested_at__lt=self.until) if self.until else found

    @property
    def is_overdue(self) -> bool:
        """Return whether somebody should have looked at it again by now."""
        return self.term in HOLDING and self.review_on < timezone.now().date()

    def move_to(self, state: HoldState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(HOLD_MOVES, self.term, state)
        self.state = state


class Erasure(models.Model):
    """One request to erase a person, how far it is, and what it erased.

    `asked_by` is None where a command asked before it had to say for whom: nobody can approve that, and the
    database lets nobody. `records` counts what was destroyed, by kind; `certificate` is as it was signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    public_id = models.CharField(max_length=10, unique=True, default=erasure_id)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="erasures")
    reason = models.CharField(max_length=12, choices=ErasureReason.choices())
    state = models.CharField(max_length=10, choices=ErasureState.choices(), default=ErasureState.REQUESTED)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    hold = models.ForeignKey(LegalHold, models.PROTECT, null=True, related_name="deferred")
    deferrals = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    records: Any = models.JSONField(default=dict)
    certificate: Any = models.JSONField(default=dict)

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [models.Index(fields=["-asked_at", "-id"], name="erasure_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"],
                condition=~models.Q(state__in=[ErasureState.DONE.value, ErasureState.REFUSED.value]),
                name="one_erasure_at_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | (models.Q(asked_by__isnull=False) & ~models.Q(approved_by=models.F("asked_by"))),
                name="erased_by_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def tenant_id(self) -> uuid.UUID:
        """The surface it belongs to."""
        return self.subject.surface_id

    @property
    def term(self) -> ErasureState:
        """The state with its label and tone."""
        return ErasureState(self.state)

    def move_to(self, state: ErasureState) -> None:
        """Change the state if the table allows it; raises IllegalMove."""
        check_move(ERASURE_MOVES, self.term, state)
        self.state = state
