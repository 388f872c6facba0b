"""What a page says, without what differs from one request to the next."""

import re

PASSING = re.compile(r"value=\"\w{64}\"|nonce=\"[^\"]*\"|<time.*?</time>|<code>[0-9a-f]{12}</code>|\"(?:instance|incident)\": ?\"[^\"]*\"")
"""Tokens, moments, and the number under which an answer is found in the log."""


def plain(answer):
    """Return the main part of a page, or all of any other body."""
    body = answer.content.decode()
    return PASSING.sub("", body.split("<main", 1)[1].split("</main>", 1)[0] if "<main" in body else body)
