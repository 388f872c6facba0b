"""What strangers cause is counted by the hour, one row an hour and reason: whoever knocks how often can make none grow but a number."""

from __future__ import annotations


def counting(table: str, *keys: str) -> str:
    """Return the statement that adds to a count of this hour; its values are the keys in their order, then how many more."""
    names, places = ", ".join(keys), ", ".join(f"${place}" for place in range(1, len(keys) + 1))
    return f"""
        INSERT INTO {table} AS kept (hour, {names}, n, last_at)
        VALUES (date_trunc('hour', clock_timestamp(), 'UTC'), {places}, ${len(keys) + 1}, clock_timestamp())
        ON CONFLICT (hour, {names}) DO UPDATE SET n = kept.n + excluded.n, last_at = greatest(kept.last_at, excluded.last_at)
    """  # noqa: S608  # names of ours
