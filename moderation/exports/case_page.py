"""A case file as one page of HTML that needs nothing else: no script, no image, no font from elsewhere. Everything in it is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from moderation.exports.orders import Order
from moderation.states import Answer, Check, Outcome, Result

STYLE = """
body{font:14px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #999}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #ddd}
.turn{margin:.8rem 0;break-inside:avoid}.turn p{white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0}
.who{font-weight:600}.quiet{color:#555}.mono{font-family:ui-monospace,monospace;overflow-wrap:anywhere;font-size:.85em}
@media print{body{margin:0;max-width:none}}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(case: Mapping[str, Any], order: Order) -> str:
    """Return the page of a case."""
    ending = case["ending"]
    title = f"Case file {ending['id']}"
    parts = [
        f"<h1>{escape(title)}</h1>",
        _head(order),
        _section("Facts", _table(("", ""), [(name.replace("_", " "), value) for name, value in ending.items()])),
        _section("Checks", _checks(case["verdicts"])),
        _section("Transcript", _transcript(case["transcript"], ending["at_turn"])),
        _section("Decisions of people", _decisions(case["decisions"])),
        _section("Feedback", _rows(case["feedback"], ("given_at", "thumbs", "kind", "text"), "No feedback was given.")),
        _section("Appeals", _rows(case["appeals"], ("filed_at", "state", "decided_at", "decided_by", "text"), "No appeal was filed.")),
        _section("Who has seen this", _rows(case["seen_by"], ("at", "who", "purpose"), "Nobody opened the transcript.")),
        _section("Notice to the user, as it is due now", _notice(case["notice"])),
        _section("Notices that were issued", _issued(case["notices_issued"])),
        _section(
            "Trail in the audit log", _rows(case["trail"], ("log", "index", "at", "action", "leaf_hash"), "No entry has its place yet.")
        ),
    ]
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _head(order: Order) -> str:
    said = f"Export {order.public_id}, as of {order.as_of.isoformat()}. Taken out: {order.redaction.label}."
    return f'<p class="quiet">{escape(said)} This page is one member of a signed bundle: verify the bundle, then read on.</p>'


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _text(value: object) -> str:
    return "–" if value is None or value == "" else escape(str(value))


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    head = "".join(f'<th scope="col">{escape(one)}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{_text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str], nothing: str) -> str:
    if not rows:
        return f"<p>{escape(nothing)}</p>"
    return _table([name.replace("_", " ") for name in names], [[row[name] for name in names] for row in rows])


def _checks(verdicts: Sequence[Mapping[str, Any]]) -> str:
    if not verdicts:
        return "<p>Not judged yet.</p>"
    last = verdicts[-1]
    told = (
        f"<p><strong>{escape(Outcome(last['outcome']).label)}</strong> under policy {last['policy']}, by {escape(last['classifier'])}.</p>"
    )
    rows = [(Check(one["check"]).label, Result(one["result"]).label, _turns(one["turns"])) for one in last["findings"]]
    earlier = [(one["at"], one["policy"], Outcome(one["outcome"]).label) for one in verdicts[:-1]]
    before = "<h3>Judged before</h3>" + _table(("When", "Policy", "Verdict"), earlier) if earlier else ""
    return told + f"<p>{escape(last['in_words'])}</p>" + _table(("Check", "Finding", "Turns"), rows) + before


def _decisions(decisions: Sequence[Mapping[str, Any]]) -> str:
    if not decisions:
        return "<p>Nobody has labelled it.</p>"
    parts = []
    for one in decisions:
        answer = Answer(one["answer"]).label
        checks = _table(
            ("Check", "Says", "Turns"), [(Check(c["check"]).label, Result(c["result"]).label, _turns(c["turns"])) for c in one["checks"]]
        )
        note = f"<p>{escape(one['note'])}</p>" if one["note"] else ""
        parts.append(
            f'<div class="turn"><p><span class="who">{escape(answer)}</span>, {escape(one["round"])} reading by '
            f'<span class="mono">{escape(one["reviewer"])}</span>, {escape(one["at"])}</p>{note}{checks if one["checks"] else ""}</div>'
        )
    return "".join(parts)


def _notice(notice: Mapping[str, Any] | None) -> str:
    if notice is None:
        return "<p>The user asked for the end: none is due.</p>"
    rows = [(one["article"], one["heading"], one["text"]) for one in notice["parts"]]
    corrected = f"<p><strong>{escape(notice['corrected'])}</strong></p>" if notice["corrected"] else ""
    return f'{corrected}<p class="quiet">Wording {escape(notice["template"])}.</p>' + _table(("DSA", "", ""), rows)


def _issued(issued: Sequence[Mapping[str, Any]]) -> str:
    if not issued:
        return "<p>None was issued.</p>"
    return "".join(_given(one) for one in issued)


def _given(one: Mapping[str, Any]) -> str:
    head = f"<h3>Version {one['version']}, {escape(one['at'])}</h3>"
    by = f'<p>Issued by <span class="mono">{escape(one["issued_by"])}</span>. Commitment <span class="mono">{one["commitment"]}</span>.</p>'
    return head + by + ("<p>Erased. The commitment remains.</p>" if one["text"] == "erased" else _notice(one["text"]))


def _turns(turns: Sequence[int]) -> str:
    return ", ".join(f"t{turn}" for turn in turns)


def _transcript(transcript: Mapping[str, Any], at_turn: int) -> str:
    if transcript["state"] == "erased":
        return "<p>Erased. Commitments and labels remain.</p>"
    parts = []
    for turn in transcript["turns"]:
        said = f"<p>{escape(turn['text'])}</p>" if turn["text"] is not None else '<p class="quiet">text taken out</p>'
        end = ' <span class="who">· ended here</span>' if turn["index"] == at_turn else ""
        parts.append(
            f'<div class="turn"><span class="quiet">{turn["index"]}</span> <span class="who">{escape(turn["role"])}</span>{end}{said}</div>'
        )
    why = transcript["explanation"]
    return "".join(parts) + (f"<p><strong>Explanation given:</strong> {escape(why)}</p>" if why else "")
