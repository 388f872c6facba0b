"""The forms of erasures, legal holds, retention and alarms about reading, for their pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from console.moments import DayField
from conversations.models import Subject
from moderation.actions.holds import Query
from moderation.actions.retention import Rule
from moderation.states import Category, EmergencyReason, ErasureReason, HoldGround, HoldScope, Outcome, ReadingFinding

RETENTION_ROWS = 8
RULE = ("category", "outcome", "days", "unlink_days")


class EmergencyForm(forms.Form):
    """Why somebody breaks the glass."""

    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *EmergencyReason.choices()], label="Why")


class FindingForm(forms.Form):
    """What was found of an alarm about reading."""

    finding = forms.ChoiceField(choices=[("", "Choose"), *ReadingFinding.choices()], label="What did you find?")


class ErasureForm(forms.Form):
    """Who is to be erased, and why."""

    subject = forms.CharField(max_length=200, strip=True, label="Person", help_text="Our id, such as U-7Q4M2F9C, as pages show it.")
    reason = forms.ChoiceField(choices=[("", "Choose a reason"), *ErasureReason.choices()], label="Why")

    def clean_subject(self) -> Subject:
        """Return the person; raises ValidationError for a name that nobody has."""
        found = Subject.objects.filter(public_id=self.cleaned_data["subject"].upper()).first()
        if found is None:
            raise forms.ValidationError("There is nobody of this id. Nothing was changed.")
        return found


class ReviewDayForm(forms.Form):
    """When somebody looks at a legal hold again."""

    review_on = DayField(label="Review on", help_text="Nothing is released on this day: an alarm rings.")

    def clean_review_on(self) -> date:
        """Return a day to come."""
        day: date = self.cleaned_data["review_on"]
        if day <= timezone.now().date():
            raise forms.ValidationError("Choose a day that is still to come.")
        return day


def wrong_hold(said: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return which field of a hold to be placed does not go with the others, and why; None where they do."""
    timed = [name for name in ("since", "until", "category") if said.get(name)]
    if said["scope"] != HoldScope.QUERY:
        if not said.get("about"):
            return "about", "Say what is kept: its id."
        return (timed[0], "Only a hold on all endings of a time has one.") if timed else None
    since, until = said.get("since"), said.get("until")
    if not since and not until:
        return "since", "Say from when on, before when, or both."
    return ("until", "It ends before it begins.") if since and until and since >= until else None


def query_of(said: Mapping[str, Any]) -> Query:
    """Return which endings a hold by query keeps, from midnight to midnight in UTC."""
    since, until = (datetime.combine(said[name], time(), UTC) if said.get(name) else None for name in ("since", "until"))
    return Query(since, until, Category(said["category"]) if said.get("category") else None)


class HoldForm(ReviewDayForm):
    """What is kept, why, and until when nobody has to look again."""

    scope = forms.ChoiceField(choices=HoldScope.choices(), label="What is kept")
    about = forms.CharField(
        max_length=10,
        strip=True,
        required=False,
        label="Its id",
        help_text="U-… of a person, C-… of a conversation, S-… of a surface. For all endings of a time: a surface, or empty for all.",
    )
    since = DayField(required=False, label="Ended from", help_text="For all endings of a time only; UTC.")
    until = DayField(required=False, label="Ended before")
    category = forms.ChoiceField(required=False, choices=[("", "Any"), *Category.choices()], label="Stated category")
    ground = forms.ChoiceField(choices=[("", "Choose a ground"), *HoldGround.choices()], label="Ground")
    field_order = ("scope", "about", "since", "until", "category", "ground", "review_on")

    def clean_about(self) -> str:
        """Return an id as it is written."""
        return str(self.cleaned_data["about"]).upper()

    def clean(self) -> dict[str, Any]:
        """Refuse what names nothing, and a time where something else is kept; a day that is none has been refused already."""
        said = super().clean() or {}
        if not {"scope", "about", "since", "until"} & self.errors.keys() and (wrong := wrong_hold(said)):
            self.add_error(*wrong)
        return said


class RetentionForm(forms.Form):
    """Rules of retention: days for any conversation, and for up to eight kinds of ending; the rest of a row is ignored without its days."""

    days = forms.IntegerField(label="Days for the text of everything else")
    unlink_days = forms.IntegerField(required=False, label="Days for the names of everything else")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's signature
        super().__init__(*args, **kwargs)
        self.fields["days"].help_text = f"At least {settings.RETENTION_DAYS}, counted from the end or the last step of an appeal."
        self.fields["days"].initial = settings.RETENTION_DAYS
        self.fields["unlink_days"].help_text = f"Not fewer than those of the text; {settings.UNLINK_DAYS} where it is left empty."
        for row in range(RETENTION_ROWS):
            self.fields[f"category{row}"] = forms.ChoiceField(choices=[("", "Any"), *Category.choices()], required=False)
            self.fields[f"outcome{row}"] = forms.ChoiceField(choices=[("", "Any"), *Outcome.choices()], required=False)
            self.fields[f"days{row}"] = forms.IntegerField(required=False)
            self.fields[f"unlink_days{row}"] = forms.IntegerField(required=False)

    def rows(self) -> list[list[forms.BoundField]]:
        """Return the fields row by row."""
        return [[self[f"{name}{row}"] for name in RULE] for row in range(RETENTION_ROWS)]

    def rules(self) -> list[Rule]:
        """Return the rules that were filled in."""
        said = self.cleaned_data
        rows = (Rule(*(said[f"{name}{row}"] for name in RULE)) for row in range(RETENTION_ROWS))
        return [Rule("", "", said["days"], said["unlink_days"]), *(rule for rule in rows if rule.days is not None)]
