"""Write an export: stage its parts so that a crash costs little, seal them into a bundle, put the bundle in its place whole."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from moderation.exports import sealing, staging
from moderation.exports.csv import row
from moderation.exports.kinds import KINDS, Recipe
from moderation.exports.orders import Order, Refused
from moderation.exports.packing import Members, parts
from moderation.exports.sealing import ENTRIES, Parts
from moderation.exports.sources import Source
from moderation.models import Export
from moderation.models.exports import ExportFormat, ExportKind
from moderation.states import ExportState

Beat = Callable[[int], None]
KEPT = frozenset({ExportState.BUILDING, ExportState.READY})
"""In these states something of an export may lie on disk."""
PARTIAL = ".part"
SUFFIXES = frozenset({".zip", ".parts", PARTIAL})


@dataclass(frozen=True, slots=True)
class Built:
    """A bundle in its place; `tree` is the place, among all logs, of the tree it is proven in."""

    rows: int
    size: int
    sha256: str
    manifest_sha256: str
    tree: int


def build(export: Export, beat: Beat) -> Built:
    """Write the bundle of an export, going on where an earlier try stopped.

    Raises:
        NotYet: its entries are not under a checkpoint that counts yet; what is staged is kept.
        Refused: it cannot be written as asked.
        OSError: it cannot be written here and now.
    """
    recipe, order = KINDS[ExportKind(export.kind)], Order.of(export)
    found = _staged(export, recipe, order, beat)
    sealed = sealing.seal(export, recipe, found)
    size, sha256 = _put(export, sealed.members)
    return Built(found.rows, size, sha256, sealed.manifest_sha256, sealed.tree)


def discard(export: Export) -> None:
    """Delete what was staged."""
    shutil.rmtree(export.folder, ignore_errors=True)


def remove(export: Export) -> None:
    """Delete all that there is of an export on disk: what was staged, a bundle half written, the bundle."""
    discard(export)
    for path in (_partial(export), export.path):
        path.unlink(missing_ok=True)


def leftovers() -> list[Export]:
    """Return the exports of which something lies on disk though nobody builds or may take them; only their names are filled in."""
    lying = {path.stem for path in Path(settings.EXPORTS_DIR).glob("X-*") if path.suffix in SUFFIXES}
    kept = Export.objects.filter(public_id__in=lying, state__in=KEPT).values_list("public_id", flat=True)
    return [Export(public_id=name) for name in sorted(lying - set(kept))]


def _partial(export: Export) -> Path:
    return export.path.with_suffix(PARTIAL)


def _staged(export: Export, recipe: Recipe, order: Order, beat: Beat) -> Parts:
    if recipe.source is not None:
        return _rows(export, recipe.source(order), order, beat)
    if recipe.files is None:
        raise Refused("nothing writes this kind")
    found = recipe.files(order)
    return Parts(dict(found.members), found.rows, about=found.about)


def _rows(export: Export, source: Source, order: Order, beat: Beat) -> Parts:
    """Stage the rows of a source; Parquet is made of CSV that was staged first."""
    form = ExportFormat.CSV if order.form is ExportFormat.PARQUET else order.form
    name = ENTRIES if order.kind is ExportKind.AUDIT and form is ExportFormat.NDJSON else f"data.{form.value}"
    heading = row([column.name for column in source.columns]) if form is ExportFormat.CSV else b""
    plan = staging.write(export.folder / name, source, form, heading=heading, beat=beat)
    if order.form is ExportFormat.PARQUET:
        from moderation.exports import parquet  # noqa: PLC0415  # its library takes 0.3 s and 40 MB, in every process that writes none

        name = "data.parquet"
        about = {
            "export": order.public_id,
            "schema": f"recourse-{order.kind.value}/v1",
            "log_entry": str(export.request_entry),
            "query": source.spine.where,
            "values": json.dumps(source.spine.values, sort_keys=True, default=str),
        }
        parquet.convert(export.folder / "data.csv", export.folder / name, tuple(source.columns), about)
    member = staging.staged(export.folder / name)
    return Parts({name: member}, plan.rows_done, source.columns, source.spine.where)


def _put(export: Export, members: Members) -> tuple[int, str]:
    """Write the bundle under a temporary name, flush it to disk, rename it: a file under its own name is whole."""
    hashed, size, partial = hashlib.sha256(), 0, _partial(export)
    export.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        with closing(parts(members)) as pieces:
            for piece in pieces:
                hashed.update(piece)
                size += file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(export.path)
    return size, hashed.hexdigest()
