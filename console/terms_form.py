"""The numbers of a draft as a form: scores between 0 and 1, guard rails in words beside the field that left them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from django import forms

from moderation import guard_rails
from moderation.guard_rails import CUTS, KNOBS, OutOfRails, Rail
from moderation.judge import Terms
from moderation.models import Policy
from moderation.objectives import Unclear, parse
from moderation.states import Category

FULL = 10_000
SCORES = ("crisis", "acts", "margin")
WHOLE = ("harmful_turns", "redirections")
KNOB_LABELS: Mapping[str, str] = {
    "crisis": "Crisis threshold",
    "acts": "Threshold of acts",
    "margin": "Margin of uncertainty",
    "harmful_turns": "Harmful turns",
    "redirections": "Redirections before the warning",
}
KNOB_HELP: Mapping[str, str] = {
    "crisis": "A sign from this score on stops every ending. Lower protects more; raising it needs compliance.",
    "acts": "From this score on a turn counts as a refusal, a warning or a confirmation.",
    "margin": "So near a threshold a check is unclear.",
    "harmful_turns": "So many user turns at or above their threshold.",
    "redirections": "So many refusals or redirections before the warning.",
}


class ScoreInput(forms.NumberInput):
    """A score with a point as its decimal sign, whatever the language."""

    def format_value(self, value: Any) -> str:  # noqa: ANN401  # Django's own signature
        """Return the value as the browser wants it."""
        return "" if value is None else f"{value}"


class TermsForm(forms.Form):
    """Every number of a policy, what it is called, why, and the objective that it came from."""

    title = forms.CharField(max_length=120)
    why = forms.CharField(max_length=4_000, required=False, widget=forms.Textarea, label="Why", help_text="For whoever approves it.")
    objective = forms.CharField(max_length=300, required=False, help_text="Kept with the numbers. Leave it empty where you chose them.")
    eligible_models = forms.CharField(widget=forms.Textarea, label="Eligible models", help_text="One a line.")
    eligible_surfaces = forms.CharField(widget=forms.Textarea, label="Eligible surfaces", help_text="Their event sources, one a line.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # Django's own signature
        super().__init__(*args, **kwargs)
        for category in Category:
            self.fields[category.value] = _score(category.label, CUTS[category.value], f"{category.label} has no threshold.")
        for name in SCORES:
            self.fields[name] = _score(KNOB_LABELS[name], KNOBS[name][1], f"{KNOB_LABELS[name]} has no value.")
            self.fields[name].help_text = KNOB_HELP[name]
        for name in WHOLE:
            rail = KNOBS[name][1]
            self.fields[name] = forms.IntegerField(
                label=KNOB_LABELS[name], help_text=KNOB_HELP[name], widget=forms.NumberInput(attrs={"min": rail.low, "max": rail.high})
            )

    @classmethod
    def of(cls, policy: Policy) -> TermsForm:
        """Return the form filled in with a policy."""
        return cls(initial=initial(policy))

    def clean_objective(self) -> str:
        """Check that it can be read."""
        text = str(self.cleaned_data["objective"]).strip()
        if text:
            try:
                parse(text)
            except Unclear as unclear:
                raise forms.ValidationError(str(unclear)) from None
        return text

    def clean(self) -> dict[str, Any]:
        """Hold the numbers against the guard rails; each problem stands beside its field."""
        data = super().clean() or {}
        if not self.errors:
            try:
                guard_rails.check(self.terms())
            except OutOfRails as beyond:
                for name, sentence in beyond.problems.items():
                    self.add_error(name if name in self.fields else None, sentence)
        return data

    def terms(self) -> Terms:
        """Return the numbers in ten-thousandths; the version is not theirs to say."""
        data = self.cleaned_data
        return Terms(
            version=0,
            thresholds={category.value: _parts(data[category.value]) for category in Category},
            **{name: _parts(data[name]) for name in SCORES},
            **{name: data[name] for name in WHOLE},
            eligible_models=frozenset(_lines(data["eligible_models"])),
            eligible_surfaces=frozenset(_lines(data["eligible_surfaces"])),
        )

    def words(self) -> dict[str, str]:
        """Return title, reason and objective, as the action takes them."""
        return {name: self.cleaned_data[name] for name in ("title", "why", "objective")}

    def knobs(self) -> Iterator[forms.BoundField]:
        """Yield what all categories share."""
        for name in ("crisis", *WHOLE, "acts", "margin"):
            yield self[name]


def initial(policy: Policy) -> dict[str, Any]:
    """Return a policy as the form shows it."""
    terms = policy.terms()
    return {
        "title": policy.title,
        "why": policy.why,
        "objective": policy.objective,
        "eligible_models": "\n".join(sorted(terms.eligible_models)),
        "eligible_surfaces": "\n".join(sorted(terms.eligible_surfaces)),
        **{name: as_score(cut) for name, cut in terms.thresholds.items()},
        **{name: as_score(getattr(terms, name)) for name in SCORES},
        **{name: getattr(terms, name) for name in WHOLE},
    }


def as_score(value: int) -> str:
    """Return ten-thousandths without a digit too many, two at least: `0.84`, `0.8425`."""
    text = f"{value / FULL:.4f}".rstrip("0")
    return text + "0" * max(0, 4 - len(text))


def _score(label: str, rail: Rail, missing: str) -> forms.DecimalField:
    low, high = (as_score(one) for one in (rail.low, rail.high))
    return forms.DecimalField(
        label=label,
        max_digits=6,
        decimal_places=4,
        widget=ScoreInput(attrs={"min": low, "max": high, "step": "0.01", "inputmode": "decimal"}),
        error_messages={"required": missing, "invalid": f"{label} is a number between {low} and {high}."},
    )


def _parts(value: Decimal) -> int:
    return int(value * FULL)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
