"""The forms of one's own desk: comfort, and saved views; and a senior's override of somebody's budget."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from moderation.actions.wellbeing import Wish
from moderation.models import User
from moderation.states import (
    Category,
    OverrideReason,
)


class ComfortForm(forms.Form):
    """How somebody wants to read. Caps lie below the organisation's."""

    fold = forms.BooleanField(required=False, label="Fold", help_text="User turns are folded while you label; r opens one.")
    blur = forms.BooleanField(
        required=False, label="Blur", help_text="User turns are blurred until you point at them or they have the focus."
    )
    monochrome = forms.BooleanField(required=False, label="Monochrome", help_text="Transcripts are shown without colour.")
    opted_out = forms.MultipleChoiceField(
        required=False,
        choices=Category.choices(),
        widget=forms.CheckboxSelectMultiple,
        label="Rather not",
        help_text="You are not served these. Somebody else reads them in your place.",
    )
    ceiling = forms.TypedChoiceField(
        required=False,
        choices=[("", "Any"), ("0", "0, light"), ("1", "Up to 1"), ("2", "Up to 2")],
        coerce=int,
        empty_value=None,
        label="Highest severity",
        help_text="As expected by the classifier, from 0 to 3.",
    )
    sitting_cap = forms.IntegerField(required=False, min_value=0, label="My limit for a sitting")
    day_cap = forms.IntegerField(required=False, min_value=0, label="My limit for a day")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        for name, cap in (("sitting_cap", settings.EXPOSURE_SITTING), ("day_cap", settings.EXPOSURE_DAY)):
            self.fields[name].help_text = f"Units, at most {cap}. Empty means {cap}."

    def clean(self) -> dict[str, Any]:
        """Refuse a limit above the organisation's."""
        data = super().clean() or {}
        for name, cap in (("sitting_cap", settings.EXPOSURE_SITTING), ("day_cap", settings.EXPOSURE_DAY)):
            if (data.get(name) or 0) > cap:
                self.add_error(name, f"You can lower it, not raise it: at most {cap}.")
        return data

    def wish(self) -> Wish:
        """Return what was wished, for the action."""
        data = self.cleaned_data
        return Wish(**data | {"opted_out": tuple(Category(one) for one in data["opted_out"])})


class OverrideForm(forms.Form):
    """Whom a senior lets read on, by how much and why."""

    user = forms.ModelChoiceField(
        queryset=User.objects.filter(is_active=True), to_field_name="pseudonym", widget=forms.TextInput, label="Who (pseudonym)"
    )
    units = forms.IntegerField(min_value=1, max_value=500, label="Units more today")
    reason = forms.TypedChoiceField(choices=OverrideReason.choices(), coerce=OverrideReason, label="Why")


class ViewForm(forms.Form):
    """A name for the filters of a list."""

    PAGES = (
        ("reviews", "Queue"),
        ("endings", "Endings"),
        ("endings/refused", "Refused requests"),
        ("endings/continued", "Went on"),
    )
    NAME, QUERY = 60, 4_000

    page = forms.ChoiceField(choices=PAGES)
    name = forms.CharField(max_length=NAME)
    query = forms.CharField(required=False, max_length=QUERY)
