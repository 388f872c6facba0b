"""Pure: the fields of a statement of reasons (schema v2 of the DSA transparency database), and what keeps one from being filed.

What the published schema leaves open is checked here too: real dates within their ranges, the whole of a `puid`, addresses, and personal
data: every word of the facts has to be one of ours, so that neither a name nor an address from a conversation can be among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from moderation.states import EndReason, Outcome

Problems = list[str]
Rule = Callable[[Any], bool]

EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
PHONE = re.compile(r"(?:\+|\b00)?\d(?:[\s().\-/]?\d){6,}")
PUID = re.compile(r"[a-zA-Z0-9_-]+")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
KEYWORD = re.compile(r"KEYWORD_[A-Z_]+", re.ASCII)

CATEGORIES = tuple(
    f"STATEMENT_CATEGORY_{name}"
    for name in (
        "ANIMAL_WELFARE", "CONSUMER_INFORMATION", "CYBER_VIOLENCE", "CYBER_VIOLENCE_AGAINST_WOMEN",
        "DATA_PROTECTION_AND_PRIVACY_VIOLATIONS", "ILLEGAL_OR_HARMFUL_SPEECH", "INTELLECTUAL_PROPERTY_INFRINGEMENTS",
        "NEGATIVE_EFFECTS_ON_CIVIC_DISCOURSE_OR_ELECTIONS", "NOT_SPECIFIED_NOTICE", "OTHER_VIOLATION_TC", "PROTECTION_OF_MINORS",
        "RISK_FOR_PUBLIC_SECURITY", "SCAMS_AND_FRAUD", "SELF_HARM", "UNSAFE_AND_PROHIBITED_PRODUCTS", "VIOLENCE",
    )
)  # fmt: skip
LANGUAGE_CODES = (
    "AA AB AE AF AK AM AN AR AS AV AY AZ BA BE BG BI BM BN BO BR BS CA CE CH CO CR CS CU CV CY DA DE DV DZ EE EL EN EO ES ET"
    " EU FA FF FI FJ FO FR FY GA GD GL GN GU GV HA HE HI HO HR HT HU HY HZ IA ID IE IG II IK IO IS IT IU JA JV KA KG KI KJ KK"
    " KL KM KN KO KR KS KU KV KW KY LA LB LG LI LN LO LT LU LV MG MH MI MK ML MN MR MS MT MY NA NB ND NE NG NL NN NO NR NV NY"
    " OC OJ OM OR OS PA PI PL PS PT QU RM RN RO RU RW SA SC SD SE SG SI SK SL SM SN SO SQ SR SS ST SU SV SW TA TE TG TH TI TK"
    " TL TN TO TR TS TT TW TY UG UK UR UZ VE VI VO WA WO XH YI YO ZA ZH ZU"
)
LANGUAGES = frozenset(LANGUAGE_CODES.split())
COUNTRY_CODES = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"
EEA = frozenset(COUNTRY_CODES.split())


def one_of(*values: str) -> Rule:
    """Return the rule that a value is one of these."""
    return lambda value: value in values


def some_of(rule: Rule) -> Rule:
    """Return the rule that a value is a list without repetition of at least one, each of which follows a rule."""
    return lambda value: isinstance(value, list) and len(value) == len(set(value)) >= 1 and all(rule(one) for one in value)


def text(longest: int) -> Rule:
    """Return the rule of free text."""
    return lambda value: isinstance(value, str) and 1 <= len(value) <= longest and "\n" not in value


def day(first: date, last: date) -> Rule:
    """Return the rule of a real day within a range."""

    def holds(value: object) -> bool:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            return False
        try:
            return first <= date.fromisoformat(value) < last
        except ValueError:
            return False

    return holds


def url(value: object) -> bool:
    """Return whether a value is an address on the web."""
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable() or " " in value:
        return False
    parts = urlsplit(value)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


LAST = date(2038, 1, 1)
FIELDS: Mapping[str, Rule] = {
    "puid": lambda value: isinstance(value, str) and len(value) <= 500 and PUID.fullmatch(value) is not None,
    "decision_visibility": some_of(one_of("DECISION_VISIBILITY_OTHER")),
    "decision_visibility_other": text(500),
    "decision_provision": one_of(
        *(f"DECISION_PROVISION_{how}_{what}" for how in ("PARTIAL", "TOTAL") for what in ("SUSPENSION", "TERMINATION"))
    ),
    "end_date_service_restriction": day(date(2020, 1, 1), LAST),
    "decision_facts": text(5000),
    "decision_ground": one_of("DECISION_GROUND_ILLEGAL_CONTENT", "DECISION_GROUND_INCOMPATIBLE_CONTENT"),
    "decision_ground_reference_url": url,
    "illegal_content_legal_ground": text(500),
    "illegal_content_explanation": text(2000),
    "incompatible_content_ground": text(500),
    "incompatible_content_explanation": text(2000),
    "incompatible_content_illegal": one_of("Yes", "No"),
    "content_type": some_of(one_of("CONTENT_TYPE_TEXT")),
    "category": one_of(*CATEGORIES),
    "category_specification": some_of(lambda value: isinstance(value, str) and KEYWORD.fullmatch(value) is not None),
    "category_specification_other": text(500),
    "content_language": one_of(*LANGUAGES),
    "content_date": day(date(2000, 1, 1), LAST),
    "application_date": day(date(2020, 1, 1), LAST),
    "territorial_scope": some_of(one_of(*EEA)),
    "source_type": one_of("SOURCE_ARTICLE_16", "SOURCE_TRUSTED_FLAGGER", "SOURCE_TYPE_OTHER_NOTIFICATION", "SOURCE_VOLUNTARY"),
    "source_identity": text(500),
    "automated_detection": one_of("Yes", "No"),
    "automated_decision": one_of(*(f"AUTOMATED_DECISION_{how}" for how in ("FULLY", "PARTIALLY", "NOT_AUTOMATED"))),
}
REQUIRED = (
    "puid", "decision_facts", "decision_ground", "content_type", "category", "content_date", "application_date", "territorial_scope",
    "source_type", "automated_detection", "automated_decision",
)  # fmt: skip
DECISIONS = ("decision_visibility", "decision_monetary", "decision_provision", "decision_account")
NEEDED_WITH: Mapping[str, tuple[str, ...]] = {
    "DECISION_GROUND_ILLEGAL_CONTENT": ("illegal_content_legal_ground", "illegal_content_explanation"),
    "DECISION_GROUND_INCOMPATIBLE_CONTENT": ("incompatible_content_ground", "incompatible_content_explanation"),
}
FREE = ("decision_visibility_other", "incompatible_content_ground", "incompatible_content_explanation", "category_specification_other")

FACTS = (
    "Ending code {reason}. {harmful} harmful user turns after {turned_down} refusals or redirections; {warned} explicit warning before"
    " the end; ended at turn {at_turn} of {turns}. {crisis} {outcome}"
)
CRISIS = {True: "A sign of crisis was found afterwards.", False: "No sign of crisis was found."}
WARNED = {True: "an", False: "no"}
JUDGED = "Judged afterwards under policy {version}: {outcome}."
UNJUDGED = "Not judged afterwards yet."
WORDS = frozenset(
    word.lower()
    for sentence in (FACTS, JUDGED, UNJUDGED, *CRISIS.values(), *WARNED.values(), *Outcome, *EndReason, *(one.label for one in Outcome))
    for word in re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", sentence))
)


def personal_data(said: str, names: Collection[str] = ()) -> Problems:
    """Return what in a text looks like somebody's: an e-mail address, a telephone number, or one of these names."""
    found = ["an e-mail address"] if EMAIL.search(said) else []
    found += ["a telephone number"] if PHONE.search(said) else []
    folded = said.casefold()
    return found + ["an account"] * any(name.casefold() in folded for name in names if name)


def foreign_words(facts: str) -> Problems:
    """Return an entry where the facts hold a word that is not ours: they are made of codes and counts, so whatever else is somebody's."""
    words = re.findall(r"[^\W\d_]+", facts)
    return ["a word that is no code"] if any(word.lower() not in WORDS for word in words) else []


def problems(one: Mapping[str, Any], names: Collection[str] = ()) -> Problems:
    """Return what keeps a statement from being filed, as `field: what is wrong`; empty for a good one."""
    found = [f"{name}: unknown" for name in one if name not in FIELDS]
    found += [f"{name}: missing" for name in REQUIRED if one.get(name) is None]
    found += [f"{name}: not allowed" for name, value in one.items() if name in FIELDS and value is not None and not FIELDS[name](value)]
    if not any(one.get(name) for name in DECISIONS):
        found.append("decision: missing")
    needed = NEEDED_WITH.get(str(one.get("decision_ground")), ())
    found += [f"{name}: missing" for name in needed if not one.get(name)]
    if "DECISION_VISIBILITY_OTHER" in (one.get("decision_visibility") or ()) and not one.get("decision_visibility_other"):
        found.append("decision_visibility_other: missing")
    if one.get("source_type") == "SOURCE_VOLUNTARY" and "source_identity" in one:
        found.append("source_identity: nobody is named where nobody notified")
    facts = str(one.get("decision_facts") or "")
    found += [f"decision_facts: {what}" for what in (*personal_data(facts, names), *foreign_words(facts))]
    return found + [f"{name}: {what}" for name in FREE for what in personal_data(str(one.get(name) or ""), names)]
