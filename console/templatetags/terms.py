"""`{{ ending.reason|reason }}`: codes from outside and from rows, in the words of `states`."""

from __future__ import annotations

from functools import lru_cache

from django import template

from moderation.states import (
    AlarmReason,
    AlarmState,
    Assessment,
    Category,
    Check,
    Confidence,
    DiscardReason,
    EmergencyReason,
    EndReason,
    ErasureReason,
    HoldGround,
    HoldScope,
    Lane,
    Outcome,
    Purpose,
    QuarantineState,
    SetAsideReason,
    Term,
    Why,
)

register = template.Library()


@lru_cache(maxsize=1024)
def _in_words(kind: type[Term], value: str) -> str:
    """Return the label of a code; a code we do not know in plain letters, since a surface may send its own."""
    return kind(value).label if value in set(kind) else value.replace("_", " ").capitalize()


@register.filter
def reason(value: str) -> str:
    """Return a stated reason in words."""
    return _in_words(EndReason, value)


@register.filter
def category(value: str) -> str:
    """Return a category in words."""
    return _in_words(Category, value)


@register.filter
def check_name(value: str) -> str:
    """Return a check in words."""
    return _in_words(Check, value)


@register.filter
def confidence(value: str) -> str:
    """Return a confidence in words."""
    return _in_words(Confidence, value)


@register.filter
def purpose(value: str) -> str:
    """Return the purpose of an opening in words."""
    return _in_words(Purpose, value)


@register.filter
def erasure_reason(value: str) -> str:
    """Return why a person is erased in words."""
    return _in_words(ErasureReason, value)


@register.filter
def outcome(value: str) -> str:
    """Return an outcome in words."""
    return _in_words(Outcome, value)


@register.filter
def hold_ground(value: str) -> str:
    """Return why something has to be kept in words."""
    return _in_words(HoldGround, value)


@register.filter
def emergency_reason(value: str) -> str:
    """Return why somebody broke the glass in words."""
    return _in_words(EmergencyReason, value)


@register.filter
def hold_scope(value: str) -> str:
    """Return what a legal hold keeps in words."""
    return _in_words(HoldScope, value)


@register.filter
def why(value: str) -> str:
    """Return a reason to look in words."""
    return _in_words(Why, value)


@register.filter
def assessment(value: str) -> str:
    """Return what a judge says of an ending as a whole, in words."""
    return _in_words(Assessment, value)


@register.filter
def lane(value: str) -> str:
    """Return a lane in words."""
    return _in_words(Lane, value)


@register.filter
def quarantine_state(value: str) -> QuarantineState:
    """Return a state of quarantine with its label and tone."""
    return QuarantineState(value)


@register.filter
def discard_reason(value: str) -> str:
    """Return why something was discarded in words."""
    return _in_words(DiscardReason, value)


@register.filter
def alarm_state(value: str) -> AlarmState:
    """Return the state of an alarm with its label and tone."""
    return AlarmState(value)


@register.filter
def alarm_reason(value: str) -> str:
    """Return why a lock did not hold in words."""
    return _in_words(AlarmReason, value)


@register.filter
def set_aside_reason(value: str) -> str:
    """Return why something was set aside in words."""
    return _in_words(SetAsideReason, value)


@register.filter
def problem(code: str) -> str:
    """Return the code of a problem in words."""
    return code.replace("-", " ").capitalize()


@register.filter
def plain(value: str) -> str:
    """Return a surface's own code as words."""
    return value.replace("_", " ")
