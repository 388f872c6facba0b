"""How ids stand in addresses: anything else is no page, before a view or the database sees it."""

from __future__ import annotations

PUBLIC_ID = "[A-Z]-[0-9A-HJKMNP-TV-Z]{8}"


class PublicId:
    """A letter, a dash and eight characters."""

    regex = PUBLIC_ID

    def to_python(self, value: str) -> str:
        """Return the id as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the id as it is."""
        return value
