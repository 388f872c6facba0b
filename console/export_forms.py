"""The forms of exports: which bundle, and for how long a link to it lasts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from console.converters import PUBLIC_ID
from moderation.actions.exports import Asked
from moderation.audit.origins import Origin, newest
from moderation.exports import kinds
from moderation.models import ExportFormat, ExportKind
from moderation.models.exports import RECIPIENT
from moderation.states import (
    Redaction,
)

LONGEST_LINK = 168
"""So many hours a link to an export lasts at most: a week."""


class ExportForm(forms.Form):
    """Which bundle: what for, in which form, of when, what is taken out, for whom."""

    kind = forms.ChoiceField(choices=kinds.choices(), label="What")
    format = forms.ChoiceField(choices=ExportFormat.choices(), label="Format")
    redaction = forms.ChoiceField(choices=[("", "The usual"), *Redaction.choices()], required=False, label="Taken out")
    since = forms.DateField(required=False, label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, label="Before", widget=forms.DateInput(attrs={"type": "date"}))
    first = forms.IntegerField(required=False, min_value=0, label="First entry", help_text="For the log, instead of a window.")
    last = forms.IntegerField(required=False, min_value=0, label="Last entry")
    log = forms.TypedChoiceField(coerce=int, empty_value=None, required=False, label="Log", help_text="For the log: which of them.")
    ending = forms.RegexField(rf"^{PUBLIC_ID}$", required=False, strip=True, label="Ending", help_text="For a case file: E-7Q4M2F9C.")
    recipient = forms.RegexField(
        rf"^{RECIPIENT}$",
        required=False,
        strip=True,
        label="For whom",
        help_text="A short name, such as dsc-ireland. Reviewers are named anew for each, and its bundles continue each other.",
        error_messages={"invalid": "Small letters, digits and dashes."},
    )

    field_order = ("kind", "format", "redaction", "recipient", "since", "until", "log", "first", "last", "ending")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's signature
        super().__init__(*args, **kwargs)
        logs = [Origin(number) for number in range(newest().number, 0, -1)]
        choice = self.fields["log"]
        assert isinstance(choice, forms.TypedChoiceField)  # declared above
        choice.choices = [("", f"{logs[0].name}, the newest"), *((one.number, one.name) for one in logs[1:])]
        if len(logs) == 1:  # nothing to choose from
            del self.fields["log"]

    def clean(self) -> dict[str, Any]:
        """Refuse a window or a range that ends before it begins."""
        data = super().clean() or {}
        if data.get("since") and data.get("until") and data["since"] >= data["until"]:
            self.add_error("until", "Must lie after the beginning.")
        ends = [data.get("first"), data.get("last")]
        if (ends[0] is None) != (ends[1] is None) or (ends[0] is not None and ends[0] > ends[1]):
            self.add_error("last", "Give both, the first not above the last.")
        return data

    def asked(self) -> Asked:
        """Return what is asked for."""
        data = self.cleaned_data
        return Asked(
            kind=ExportKind(data["kind"]),
            form=ExportFormat(data["format"]),
            redaction=Redaction(data["redaction"]) if data["redaction"] else None,
            since=midnight(data["since"]),
            until=midnight(data["until"]),
            recipient=data["recipient"],
            subject=data["ending"],
            leaves=(data["first"], data["last"]) if data["first"] is not None else None,
            log=data.get("log"),
        )


class RangeForm(forms.Form):
    """Which entries of the log somebody wants to check for themselves."""

    first = forms.IntegerField(min_value=0, label="First entry")
    last = forms.IntegerField(min_value=0, label="Last entry")


class LinkForExportForm(forms.Form):
    """For how long an export can be fetched without a sign-in."""

    hours = forms.IntegerField(min_value=1, max_value=LONGEST_LINK, initial=24, label="Hours")


def midnight(day: date | None) -> datetime | None:
    """Return the beginning of a day, UTC."""
    return datetime.combine(day, time(), UTC) if day else None
