"""Forms around a draft that are not its numbers: an objective in their place, and on what its impact is shown."""

from __future__ import annotations

from typing import Any

from django import forms

from moderation.models import Policy
from moderation.objectives import EXAMPLE, Unclear, parse
from moderation.proposals import month
from moderation.states import Flip


class ObjectiveForm(forms.Form):
    """What a draft is to reach, in place of numbers."""

    objective = forms.CharField(max_length=300, help_text=f"Such as: {EXAMPLE}")

    def clean_objective(self) -> str:
        """Check that it can be read."""
        try:
            parse(self.cleaned_data["objective"])
        except Unclear as unclear:
            raise forms.ValidationError(str(unclear)) from None
        return str(self.cleaned_data["objective"])


class ImpactForm(forms.Form):
    """On which month a policy is tried, which flips are listed, and what a wrongful ending weighs against missed ones."""

    window = forms.CharField(required=False, max_length=7, label="Month", widget=forms.TextInput({"placeholder": "2026-09"}))
    against = forms.ModelChoiceField(
        Policy.objects.none(), required=False, to_field_name="version", label="Compare with", empty_label="The one in force"
    )
    at_once = forms.BooleanField(required=False, label="Intervals for all steps at once")
    show = forms.ChoiceField(required=False, choices=[*Flip.choices(), ("same", "Do not change")])
    page = forms.IntegerField(required=False, min_value=1, max_value=100_000)
    cost = forms.FloatField(required=False, min_value=0, max_value=1_000, label="Missed endings to a wrongful one")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        self.fields["against"].queryset = Policy.objects.order_by("-version")  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean_window(self) -> str:
        """Check that it is a month."""
        text = str(self.cleaned_data["window"])
        if text:
            try:
                month(text)
            except ValueError as error:
                raise forms.ValidationError(str(error)) from None
        return text
