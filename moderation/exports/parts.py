"""What a kind that comes as whole files gives: the members, how many rows they count as, and which entries of the log they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Files:
    """Members of a bundle, small enough to be held in memory."""

    members: Mapping[str, bytes]
    rows: int
    about: tuple[UUID, ...] = ()
