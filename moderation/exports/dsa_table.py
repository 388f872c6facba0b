"""What an operator may set of the statements: the category of each of ours, the clause they rest on, the countries they hold in.

`DSA_TABLE` names a JSON file with a row for some of our categories, `{"hate": ["STATEMENT_CATEGORY_…", ["KEYWORD_…"], "…"]}`; the others
keep the rows below. Grouping of keywords by category is guidance there, so it is not checked.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from moderation.exports.dsa_fields import CATEGORIES
from moderation.exports.orders import Refused
from moderation.states import Category, EndReason

Row = tuple[str, list[str], str]

BROKE = "The model held that the user went on after refusals, redirections and a warning, which the clause does not allow."
"""What was relied on; the facts say what was found afterwards, which may be otherwise."""
OTHER = "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"
SECURITY = "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY"
ROWS: dict[str, Row] = {
    Category.SEXUAL: (OTHER, ["KEYWORD_ADULT_SEXUAL_MATERIAL"], ""),
    Category.SEXUAL_MINORS: ("STATEMENT_CATEGORY_PROTECTION_OF_MINORS", ["KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL"], ""),
    Category.VIOLENCE: ("STATEMENT_CATEGORY_VIOLENCE", ["KEYWORD_OTHER"], "Persistent requests for help with violence"),
    Category.MASS_VIOLENCE_TERROR: (SECURITY, ["KEYWORD_TERRORIST_CONTENT"], ""),
    Category.CBRN: (SECURITY, ["KEYWORD_OTHER"], "Persistent requests for help with weapons of mass destruction"),
    Category.CYBER: (OTHER, ["KEYWORD_OTHER"], "Persistent requests for help with attacks on computers"),
    Category.HATE: ("STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH", ["KEYWORD_HATE_SPEECH"], ""),
    Category.HARASSMENT: (OTHER, ["KEYWORD_OTHER"], "Persistent abuse of an AI system"),
    Category.SELF_HARM: ("STATEMENT_CATEGORY_SELF_HARM", ["KEYWORD_OTHER"], "Persistent requests that concern self-harm"),
    Category.CRIME_OTHER: (OTHER, ["KEYWORD_OTHER"], "Persistent requests for help with a crime"),
}
ELSE: Row = (OTHER, ["KEYWORD_OTHER"], "Conversation ended under the usage policy")


def row_for(category: str, reason: str) -> Row:
    """Return category, keywords and free text of a statement; raises Refused for a table that cannot be read."""
    if not category and reason == EndReason.PERSISTENT_ABUSE:
        category = Category.HARASSMENT.value
    return (ROWS | (_own(settings.DSA_TABLE) if settings.DSA_TABLE else {})).get(category, ELSE)


@lru_cache(maxsize=2)
def _own(path: str) -> dict[str, Row]:
    try:
        rows = json.loads(Path(path).read_text())
        table = {str(Category(name)): (str(one[0]), [str(word) for word in one[1]], str(one[2])) for name, one in rows.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise Refused("the table of DSA categories cannot be read") from error
    if any(row[0] not in CATEGORIES for row in table.values()):
        raise Refused("the table of DSA categories names one that does not exist")
    return table


def ground(version: int) -> dict[str, str]:
    """Return the contractual ground, pinned to the policy's version."""
    given = {
        "incompatible_content_ground": settings.DSA_CLAUSE.format(version=version),
        "incompatible_content_explanation": BROKE,
        "incompatible_content_illegal": "No",
    }
    address = settings.DSA_CLAUSE_URL.format(version=version)
    return given | ({"decision_ground_reference_url": address} if address else {})


def territory() -> list[str]:
    """Return the countries the statements hold in."""
    return sorted(settings.DSA_TERRITORY)
