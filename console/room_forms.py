"""What people fill in about a calibration room."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from console.converters import PUBLIC_ID
from moderation.actions.rooms import LEAST_READERS, MOST_READERS, MOST_UNITS, fit_units
from moderation.models import RoleGrant, RoleName, Unit, User
from moderation.states import Answer

LONGEST = 2_000


def may_read() -> Any:  # noqa: ANN401  # a queryset of people
    """Return everybody who may label, by pseudonym."""
    labels = RoleGrant.objects.in_force().filter(role__in=(RoleName.REVIEWER, RoleName.SENIOR))
    return User.objects.filter(grants__in=labels, is_active=True).distinct().order_by("pseudonym")


class RoomForm(forms.Form):
    """Who reads what: endings by their ids, or else the units that are most worth talking about."""

    title = forms.CharField(max_length=100, label="What is it about?", help_text="The question, such as: when is a hint a warning?")
    readers = forms.ModelMultipleChoiceField(
        User.objects.none(), to_field_name="pseudonym", widget=forms.CheckboxSelectMultiple, label="Who reads?"
    )
    endings = forms.CharField(
        required=False, max_length=200, label="Endings", help_text="Their ids, up to ten. Empty takes those that were adjudicated last."
    )
    count = forms.IntegerField(initial=5, min_value=1, max_value=MOST_UNITS, label="How many, where none are named")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["readers"].queryset = may_read()  # type: ignore[attr-defined]  # a choice of rows

    def clean_readers(self) -> list[User]:
        """Return two readers or more."""
        chosen = list(self.cleaned_data["readers"])
        if not LEAST_READERS <= len(chosen) <= MOST_READERS:
            raise forms.ValidationError(f"Choose {LEAST_READERS} to {MOST_READERS} readers.")
        return chosen

    def clean(self) -> dict[str, Any]:
        """Find the units: those named, or the first that are fit."""
        data = super().clean() or {}
        named = re.findall(PUBLIC_ID, data.get("endings") or "")
        if data.get("endings") and not named:
            self.add_error("endings", "Ids look like E-7Q4M2R9F.")
        units = Unit.objects.filter(branch__ending__public_id__in=named) if named else fit_units()[: data.get("count") or 5]
        data["units"] = [unit.pk for unit in units]
        if named and len(data["units"]) != len(set(named)):
            self.add_error("endings", "One of these is no ending.")
        if not data["units"]:
            self.add_error("endings", "Nothing is settled yet that a room could read.")
        return data


class RoomAnswerForm(forms.Form):
    """The answer of one person, or what a room came to."""

    answer = forms.ChoiceField(choices=Answer.choices(), widget=forms.RadioSelect, label="At the decision point, would ending be right?")
    reason = forms.CharField(max_length=LONGEST, widget=forms.Textarea, label="Why?", help_text="The others read it after the reveal.")


class ConclusionForm(forms.Form):
    """What a room came to, and what the rules text should say."""

    answer = forms.ChoiceField(choices=Answer.choices(), widget=forms.RadioSelect, label="What did you come to?")
    reason = forms.CharField(max_length=LONGEST, widget=forms.Textarea, label="Note to the rules text")


class RemarkForm(forms.Form):
    """Something to say."""

    text = forms.CharField(max_length=LONGEST, widget=forms.Textarea, label="Say something")
