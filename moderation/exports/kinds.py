"""The kinds of export: what each is for, in which forms it comes, what may be taken out of it, and how it is written.

A kind is written from a `source` of rows, or as a few whole `files`. Whatever holds everything (`Redaction.NONE`) or very many rows waits
for a second person. The method note goes into the bundle as `METHOD`, with the lines that recompute what the pages show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from moderation.exports import casefile, decisions, endings, log, ocsf, reviewers, statements, transparency
from moderation.exports.orders import Order
from moderation.exports.parts import Files
from moderation.exports.sources import Source, Spine
from moderation.models.exports import ExportFormat, ExportKind
from moderation.states import Redaction

TABLES = (ExportFormat.NDJSON, ExportFormat.CSV, ExportFormat.PARQUET)
LEVELS = (Redaction.TEXT, Redaction.IDS, Redaction.NONE)
READ = {
    ExportFormat.CSV: 'pd.read_csv("data.csv")',
    ExportFormat.NDJSON: 'pd.read_json("data.ndjson", lines=True, dtype=False)',
    ExportFormat.PARQUET: 'pd.read_parquet("data.parquet")',
}
RATE = """import pandas as pd
d = {read}.dropna(subset="weight").astype({"weight": float})
print({only}.groupby("window").apply(lambda w: (w.weight * w.wrongful).sum() / w.weight.sum()))"""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of export.

    Attributes:
        purpose: what somebody wants it for, in one sentence.
        formats: in which forms it comes, the usual first.
        redactions: what may be taken out, the usual first.
        method: how to read it, for the method note.
        spine: gives what orders and counts the rows of an order.
        source: gives the rows themselves.
        files: gives the members of an order that has no rows.
        recompute: lines of pandas that recompute a figure of the pages; `{read}` is filled in.
        about: it is about one ending, which the order names.
        leaves: it takes a part of the log, which is fixed when it is asked for.
    """

    purpose: str
    formats: tuple[ExportFormat, ...]
    redactions: tuple[Redaction, ...]
    method: str
    spine: Callable[[Order], Spine] | None = None
    source: Callable[[Order], Source] | None = None
    files: Callable[[Order], Files] | None = None
    recompute: str = ""
    about: bool = False
    leaves: bool = False

    def count(self, order: Order) -> int:
        """Return how many rows an order has; what comes as whole files counts as one."""
        return self.spine(order).count() if self.spine else 1

    def lines_for(self, form: ExportFormat) -> str:
        """Return the lines that recompute a figure from a file of this form, empty where there is no such figure."""
        return self.recompute.replace("{read}", READ[form]) if self.recompute else ""


KINDS: Mapping[ExportKind, Recipe] = {
    ExportKind.ENDINGS: Recipe(
        "Researchers and regulators: what was ended, how it was judged, and what people found.",
        TABLES,
        LEVELS,
        "One row for each ending of the window. `outcome` is what the judge concluded and no error rate. Rates come from labels alone:\n"
        "a label that counts weighs `weight`, which makes the post-stratified rate of its window (Holt and Smith 1979), strata with fewer\n"
        "than five labels joined to their neighbours. `pi` is the design probability, for estimators of your own. `weight` is empty where\n"
        "the export holds only part of a window.",
        spine=endings.spine,
        source=endings.endings,
        recompute=RATE.replace("{only}", "d"),
    ),
    ExportKind.DECISIONS: Recipe(
        "Studies of reviewing: every answer, with who could have given it and how its unit was drawn.",
        TABLES,
        LEVELS,
        "One row for each label. Only rows with `counts` enter a rate; amendments, golden readings and second readings are there for\n"
        "studies of agreement. Reviewers are pseudonyms of this recipient and period. Weights are those of the whole window of the draw,\n"
        "so rates need an export that holds all labels of the window.",
        spine=decisions.spine,
        source=decisions.decisions,
        recompute=RATE.replace("{only}", "d[d.counts]"),
    ),
    ExportKind.AUDIT: Recipe(
        "Auditors: everything that anybody did. As NDJSON it is proven entry by entry.",
        TABLES,
        (Redaction.TEXT,),
        "As NDJSON the file is `entries.ndjson`: each entry exactly as it was hashed, with its index, and the tiles of the tree that\n"
        "prove it. The other forms are for reading; what they say is proven only by the leaf hash in each row.",
        spine=log.spine,
        source=log.log,
        leaves=True,
    ),
    ExportKind.CASE: Recipe(
        "A court, a regulator or the user: everything about one ending, to print, with the entries of the log that prove it.",
        (ExportFormat.HTML,),
        (Redaction.NONE, Redaction.TEXT),
        "case.html is the page to print, case.json the same as data. Each entry of the log about the ending is in entries.ndjson with its\n"
        "proof. With the text, openings.ndjson opens the commitment that the log holds of the transcript: verify_bundle.py checks it.",
        files=casefile.files,
        about=True,
    ),
    ExportKind.STATEMENTS: Recipe(
        "Authorities: a statement of reasons for each restricting end, in the form of the DSA transparency database. Nothing is sent.",
        (ExportFormat.NDJSON, ExportFormat.CSV),
        (Redaction.TEXT,),
        "One statement for each ending of the window that the user did not ask for, made of recorded codes and counts alone. Whether a\n"
        "chat service owes such statements is for its operator to say. A later reversal changes no statement, since\n"
        "the database has no way to amend.",
        spine=statements.restricting,
        source=statements.statements,
    ),
    ExportKind.TRANSPARENCY: Recipe(
        "The public and regulators: the harmonised transparency report of a period, in its eleven parts.",
        (ExportFormat.CSV,),
        (Redaction.IDS,),
        "part-01 to part-11 are the parts; 3, 4, 9 and 10 carry headings only. Accuracy and recall of part 8 need labels of conversations\n"
        "that went on, weighed by how surfaces sample them; precision needs none.\n"
        "The parts hold every count as it is; report.json is what the page of transparency shows, where counts below five are left out.\n"
        "Rates are shares from 0 to 1, to be averaged and never summed; a cell that cannot be filled\n"
        "honestly is empty, with the reason beside it.",
        files=transparency.files,
    ),
    ExportKind.OCSF: Recipe(
        "Security monitoring: the audit log as OCSF events, or as syslog, one a line.",
        (ExportFormat.NDJSON, ExportFormat.SYSLOG),
        (Redaction.TEXT,),
        "Sign-ins are Authentication (3002), reading and erasing what was said is Datastore Activity (6005), alarms are Detection\n"
        "Findings (2004), all else is API Activity (6003). `metadata.uid` is the id of the entry,\n"
        "`metadata.sequence` its place in the tree. As syslog (RFC 5424) the same stands in one structured-data element, `c_` before\n"
        "the name of a further code.",
        spine=log.spine,
        source=ocsf.events,
        leaves=True,
    ),
    ExportKind.REVIEWERS: Recipe(
        "Whoever must know who decided: the map from the pseudonyms of one recipient and period to the ids in the log.",
        (ExportFormat.CSV, ExportFormat.NDJSON),
        (Redaction.NONE,),
        "Names and addresses are not in it: the log knows people by random ids only.",
        files=reviewers.files,
    ),
}


def choices() -> list[tuple[str, str]]:
    """Return (value, label) of every kind that can be asked for."""
    return [(kind.value, kind.label) for kind in KINDS]
