"""What the embedded classifier is trained on: public rows under licences that allow it, and our own phrasings, in a fixed order."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from moderation.classifiers.fitting import Example
from moderation.classifiers.language import ENGLISH, language
from moderation.classifiers.phrasebook import Phrase, phrases
from moderation.classifiers.reading import read_user
from moderation.states import Act, Category

LICENCES = ("MIT", "Apache-2.0", "CC0", "CC-BY-4.0", "ODC-BY", "ODC-BY/MIT")
KEPT_FOR_MEASURING = frozenset({"xstest", "sgd_test", "counsel_chat", "cssrs_reddit_500", "bailbench"})
CATEGORIES = tuple(category.value for category in Category)
ASSISTANT_HEADS = tuple(act.value for act in (Act.REFUSAL, Act.REDIRECTION, Act.WARNING, Act.CONFIRMATION_QUESTION, Act.CLOSING))
HARMLESS = frozenset({"harmless", "not_abuse", "not_request", "yes", "no", "end_request", "not_crisis"})
HARMFUL = frozenset({"harmful", "abuse"})


class BadDataError(ValueError):
    """The folder does not hold what training needs; the message names the file."""


def public_turns(folder: Path) -> list[Example]:
    """Return the labelled texts we may train on, in the order of their ids."""
    found = []
    for row in read_rows(folder / "turns.jsonl.gz"):
        if row["source"] in KEPT_FOR_MEASURING or row["licence"] not in LICENCES or language(row["text"]) != ENGLISH:
            continue
        labels = {name: value for name, value in row["labels"].items() if value is not None}
        if row["harm"] is not None:
            labels["harm"] = row["harm"]
        found.append(Example(row["text"], row["source"], labels | _crisis_labels(row["source"], labels)))
    return found


def public_chats(folder: Path) -> list[Example]:
    """Return user turns of public dialogues in which the patterns see no danger; they are taken for no crisis."""
    found = []
    for row in read_rows(folder / "conversations.jsonl.gz"):
        if row["licence"] in LICENCES:
            texts = [turn["text"] for turn in row["turns"] if turn["role"] == "user" and language(turn["text"]) == ENGLISH]
            calm = [text for text in texts if not read_user(text).signs]
            found += [Example(text, row["source"], {Act.CRISIS_SELF.value: 0, Act.CRISIS_OTHERS.value: 0}) for text in calm]
    return found


def _crisis_labels(source: str, labels: Mapping[str, int]) -> dict[str, int]:
    """Public prompts are nobody's own crisis, save where content about self-harm or violence might be."""
    known = {Act.END_REQUEST.value: 0, Act.CONFIRMATION.value: 0}
    if not labels.get("self_harm"):
        known[Act.CRISIS_SELF.value] = 0
    if source not in {"hatecheck", "openai_moderation", "surge_toxicity"} or not labels.get("harm"):
        known[Act.CRISIS_OTHERS.value] = 0
    return known


def public_answers(folder: Path) -> list[Example]:
    """Return the labelled answers we may train on; one that complies does no act of an ending either."""
    found = []
    none = dict.fromkeys((Act.WARNING.value, Act.CONFIRMATION_QUESTION.value, Act.CLOSING.value), 0)
    for row in read_rows(folder / "refusals.jsonl.gz"):
        if row["licence"] in LICENCES and row["response"] and row["label"] != "partial":
            refused = int(row["label"] == "refusal")
            labels = none | {Act.REFUSAL.value: refused} | ({} if refused else {Act.REDIRECTION.value: 0})
            model = row.get("meta", {}).get("model")
            found.append(Example(row["response"], f"{row['source']}/{model}" if model else row["source"], labels))
    return found


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a set in the order of their ids; raises BadDataError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            return sorted((json.loads(line) for line in lines), key=lambda row: str(row["id"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise BadDataError(f"{path}: {error}") from error


def our_phrasings(label: Callable[[Phrase], dict[str, int]]) -> list[Example]:
    """Return our phrasings that have a label, in the order of the book."""
    return [Example(phrase.text, phrase.template, labels) for phrase in phrases() if (labels := label(phrase))]


def user_labels(phrase: Phrase) -> dict[str, int]:
    """Return what a phrasing of ours teaches the heads for user turns."""
    said = phrase.labels
    labels: dict[str, int] = {}
    if said & HARMLESS:
        labels |= {"harm": 0} | dict.fromkeys(CATEGORIES, 0)
    if said & HARMFUL:
        labels |= {"harm": 1}
    if "abuse" in said:
        labels |= {Category.HARASSMENT.value: 1}
    user_acts = (Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value, Act.END_REQUEST.value)
    if said & (HARMLESS | HARMFUL | set(user_acts)):
        labels |= {act: int(act in said) for act in user_acts} | {Act.CONFIRMATION.value: int("yes" in said)}
    if said & {Act.CRISIS_SELF.value, Act.CRISIS_OTHERS.value}:  # one danger says nothing of the other
        labels = {name: value for name, value in labels.items() if name not in user_acts[:2] or value}
    return labels


def assistant_labels(phrase: Phrase) -> dict[str, int]:
    """Return what a phrasing of ours teaches the heads for the assistant's turns."""
    said = phrase.labels
    if not said & {*ASSISTANT_HEADS, "hint", "neutral"}:
        return {}
    labels = {name: int(name in said) for name in ASSISTANT_HEADS if f"{name}?" not in said}
    if said & {Act.WARNING.value, "hint"}:  # a warning may well decline or offer something too
        labels = {name: value for name, value in labels.items() if name not in {Act.REFUSAL.value, Act.REDIRECTION.value}}
    return labels
