"""The form of a change of the sampling plan: a rate for each kind of unit, and for strata that are read more often than their kind."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from moderation.actions.plans import Change, open_windows
from moderation.states import UnitKind
from moderation.strata import all_strata


class RateField(forms.DecimalField):
    """A rate between 0 and 1."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own
        super().__init__(min_value=0, max_value=1, max_digits=8, decimal_places=6, **kwargs)


class PlanForm(forms.Form):
    """Rates as they should be; a stratum without one is read at the rate of its kind."""

    why = forms.CharField(max_length=500, label="Why", widget=forms.Textarea(attrs={"rows": 2}))
    window = forms.ChoiceField(
        required=False,
        label="Also raise an open month",
        help_text="Units that came before are drawn at the higher of both rates. Nobody is let go.",
    )

    def __init__(self, *args: Any, rates: Mapping[str, str], **kwargs: Any) -> None:  # noqa: ANN401  # Django's own
        super().__init__(*args, **kwargs)
        months = [(month, month) for month in open_windows()]
        self.fields["window"].choices = [("", "No, only units to come"), *months]  # type: ignore[attr-defined]  # a ChoiceField
        for kind in UnitKind:
            self.fields[kind.value] = RateField(label=kind.label, initial=rates.get(kind.value, "1"))
        for name in all_strata():
            self.fields[name] = RateField(label=name, required=False, initial=rates.get(name))

    def kinds(self) -> list[forms.BoundField]:
        """Return the fields of the base draw."""
        return [self[kind.value] for kind in UnitKind]

    def strata(self) -> list[forms.BoundField]:
        """Return the fields of the enriched draw."""
        return [self[name] for name in all_strata()]

    def change(self) -> Change:
        """Return what was asked for."""
        said = self.cleaned_data
        strata = {name: plain(said[name]) for name in all_strata() if said[name] is not None}
        return Change({kind: plain(said[kind.value]) for kind in UnitKind}, strata, said["window"])


def plain(rate: Decimal) -> str:
    """Return a rate as the shortest decimal string: `0.2`, so that the same rate is always written the same."""
    return f"{rate.normalize():f}"
