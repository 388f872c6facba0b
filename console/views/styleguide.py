"""The styleguide: every component in every state, with sentences of our own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from console.commands import COMMANDS, Scope
from conversations.tree import Role, Turn
from moderation.states import Check, Outcome, Result, ReviewState

WORST = (
    "Ordinary words, then \u202egnihtemos desrever\u202c, a zero\u200bwidth gap, \U000e0068\U000e0069 and a bell\x07. "
    "<b>Not bold</b> & not safe."
)
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3
RIGHT_TO_LEFT = "مرحبا، هل يمكنك مساعدتي في كتابة رسالة؟ می‌خواهم 👩‍👩‍👧 بنویسم."


class SampleForm(forms.Form):
    """One field of each kind; bound without data it shows its errors."""

    name = forms.CharField(label="Title", help_text="One line that another reviewer understands.")
    lane = forms.ChoiceField(label="Lane", choices=[("urgent", "Urgent"), ("audit", "Audit")], required=False)
    sure = forms.ChoiceField(label="How sure are you?", choices=[("low", "Low"), ("high", "High")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show the shelf."""
    now = timezone.now()
    return render(request, "styleguide.html", {**_words(now), **_forms(), **_conversation(now), **_lists(now)})


def _words(now: datetime) -> dict[str, Any]:
    return {
        "outcomes": list(Outcome),
        "states": list(ReviewState),
        "now": now,
        "recent": now - timedelta(minutes=3),
        "later": now + timedelta(hours=2),
        "long_ago": datetime(2026, 1, 5, 9, 30, tzinfo=UTC),
        "digest": "9f3c51a07be2d4468c1f0a93b7d5e2114f6a8890c3bd27e5a1f4096d8e72cb35",
        "neutrals": [f"n{step}" for step in range(1, 13)],
        "groups": [(scope, [one for one in COMMANDS if one.scope == scope]) for scope in Scope],
        "facts": [("Model", "claude-opus-4"), ("Surface", "web-chat"), ("Category", None), ("Long value", LONG)],
    }


def _forms() -> dict[str, Any]:
    return {"form": SampleForm(auto_id="ok_%s", initial={"sure": "low"}), "faulty": SampleForm(data={}, auto_id="faulty_%s")}


def _turn(index: int, role: Role, content: str, **more: object) -> dict[str, object]:
    return {"turn": Turn(index, role, content, timezone.now()), **more}


def _conversation(now: datetime) -> dict[str, Any]:
    warning = "These insults do not help either of us. If they go on, I may end this chat."
    return {
        "turns": [
            _turn(0, Role.SYSTEM, "You help people with their writing."),
            _turn(1, Role.USER, RIGHT_TO_LEFT),
            _turn(
                2,
                Role.ASSISTANT,
                "I will not write that, but I can help with a letter.",
                marks=[{"label": "R1", "title": "Redirection"}],
                evidence=True,
            ),
            _turn(3, Role.USER, "You are useless, all of you.", fold="harassment"),
            _turn(
                4,
                Role.ASSISTANT,
                warning,
                marks=[{"label": "WARN", "tone": "unclear"}],
                spans=[(42, 75, "warning")],
                evidence=True,
                rule="Warning",
            ),
            _turn(5, Role.USER, WORST, marks=[{"label": "crisis", "tone": "crisis"}], evidence=True),
            _turn(6, Role.USER, LONG),
        ],
        "checks": [
            {"number": 2, "check": Check.PERSISTENT_HARM, "machine": Result.PASS, "human": Result.PASS, "turns": [3, 5]},
            {"number": 4, "check": Check.WARNED, "machine": Result.UNCLEAR, "human": None, "turns": [4], "detail": "names it, may end"},
            {"number": 5, "check": Check.PERSISTED_AFTER_WARNING, "machine": Result.FAIL, "human": Result.FAIL, "turns": []},
            {"number": 6, "check": Check.NO_CRISIS, "machine": Result.PASS, "human": Result.FAIL, "turns": [5]},
            {"number": 11, "check": Check.REPLAYS, "machine": None, "human": None, "turns": []},
        ],
        "scores": [(turn, value) for turn, value in enumerate([400, 1200, 900, 4100, 7600, 8800, 9300, 2100, 8900])],
    }


def _lists(now: datetime) -> dict[str, Any]:
    entry = {
        "index": 10482,
        "action": "review.decided",
        "actor_id": "K-31",
        "actor_type": "user",
        "created_at": now,
        "hash": "9f3c51a07be2d446",
    }
    return {
        "rows": [("E-7Q4M2R9F", Outcome.CRISIS, 22, 0.93), ("E-2C9FX01K", Outcome.JUSTIFIED, 120, 0.41), ("E-9ABCDEFG", None, 4, None)],
        "entries": [entry, {**entry, "index": None, "action": "transcript.viewed", "actor_id": "sequencer", "actor_type": "service"}],
        "tabs": [{"label": "Urgent", "url": "#tabs", "active": True, "count": 3}, {"label": "Audit", "url": "#tabs", "count": 41}],
    }
