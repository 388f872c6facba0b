"""The notice to the user that an ending was a restriction, with all that Article 17(3) of the Digital Services Act asks for.

It is made from what the statement of reasons is made of, codes and counts alone, and adds what that has no field for: how to have it
decided again. An end that the user asked for restricts nobody and gets none. Whoever runs the surface hands it out; nothing is sent from
here. `notice_words.py` says it; what was issued is kept by `actions/notices.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import translation
from django.utils.formats import date_format

from conversations.models import ConversationEnd
from moderation.exports import dsa_table
from moderation.exports.countries import UNION, names_of
from moderation.exports.notice_words import Wording, wording
from moderation.exports.statements import Restriction, facts_of
from moderation.models import Settlement, Verdict
from moderation.models.verdicts import language_of
from moderation.states import EndReason

LETTERS = "abcef"
"""Of Article 17(3); (d) is for illegal content, which is never the ground here."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that the law asks for: which letter of Article 17(3), a heading, and what is said."""

    letter: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice in its parts; `corrected` says first that the end was found not to be right."""

    language: str
    template: str
    corrected: str
    parts: Sequence[Part]

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        parts = [{"article": f"17(3)({one.letter})", "heading": one.heading, "text": one.text} for one in self.parts]
        return {"language": self.language, "template": self.template, "corrected": self.corrected, "parts": parts}


def notice(ending: ConversationEnd, verdict: Verdict | None, *, as_of: datetime, language: str = "") -> Notice | None:
    """Return the notice of an ending as of a moment, in the conversation's language unless named; None where the user asked for the end."""
    if ending.reason == EndReason.USER_REQUEST or ending.actor == "user":
        return None
    words = wording(language or language_of(ending.branch.conversation.locale))
    parts = [Part(*one) for one in zip(LETTERS, words.headings, _texts(ending, verdict, words), strict=True)]
    return Notice(words.language, words.template, words.corrected if _was_wrong(ending, as_of) else "", parts)


def _texts(ending: ConversationEnd, verdict: Verdict | None, words: Wording) -> Sequence[str]:
    ground = dsa_table.ground(verdict.policy.version if verdict else 1)
    why = f"{words.broke} {ground.get('decision_ground_reference_url', '')}".strip()
    return (
        words.restriction.format(day=_day(words, ending.requested_at.date()), where=_where(words)),
        f"{facts_of(Restriction(ending, verdict), words.facts)} {words.source}",
        words.automated,
        f"{ground['incompatible_content_ground']}. {why}",
        words.redress,
    )


def _day(words: Wording, day: date) -> str:
    """Return a day as people write it."""
    with translation.override(words.language):
        return date_format(day, words.dates[day.day > 1])


def _where(words: Wording) -> str:
    """Return the countries that the end holds in, by name."""
    countries = set(dsa_table.territory())
    return words.union if countries == UNION else ", ".join(names_of(countries, words.language))


def _was_wrong(ending: ConversationEnd, as_of: datetime) -> bool:
    settled = Settlement.objects.filter(unit__branch=ending.branch_id, settled_at__lte=as_of)
    return bool(settled.values_list("wrongful", flat=True).first())
