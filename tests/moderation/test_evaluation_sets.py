"""Figures of a classifier on labelled sets, with a classifier whose answers are known."""

import gzip
import io
import json

import pytest
from django.core.management import CommandError, call_command

from conversations.tree import Role
from moderation.classifiers.base import Measured, TurnMeasures, unmeasured
from moderation.classifiers.registry import classifier
from moderation.evaluation import BadSuiteError
from moderation.evaluation_sets import SETS, evaluate_set
from moderation.models import Evaluation
from moderation.states import Category

NONE = {category.value: None for category in Category}


class Reader:
    """Scores a text by the number in it; "?" is a language it does not know."""

    name, version, artifact = "reader", "1", "0" * 64

    def measure(self, turns):
        return Measured(tuple(self.one(turn) for turn in turns))

    def one(self, turn):
        if "?" in turn.content:
            return unmeasured(turn)
        score = int(turn.content) if turn.content.isdigit() else 0
        names = ("violence", "crisis_self") if turn.role is Role.USER else ("refusal",)
        return TurnMeasures(turn.index, turn.role, dict.fromkeys(names, score))


def write(folder, name, rows):
    with gzip.open(folder / f"{name}.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in rows)


def test_turns(tmp_path):
    rows = [("9000", 1, "a"), ("8000", 0, "a"), ("2000", 1, "b"), ("1000", 0, "b"), ("?", 1, "b"), ("7000", None, "b")]
    write(
        tmp_path,
        "turns",
        [{"text": text, "harm": harm, "source": source, "labels": NONE | {"violence": harm}} for text, harm, source in rows],
    )
    told = evaluate_set(tmp_path, "turns", Reader())
    assert (told["n"], told["unknown"]) == (5, 1)
    assert told["harm"] | {"ece": 0} == {
        "n": 4, "positive": 2, "auroc": 0.75, "ap": pytest.approx(0.8333, abs=1e-3), "f1": 0.5, "recall": 0.5, "false_alarms": 0.5,
        "recall_at_1": 0.5, "recall_at_5": 0.5, "ece": 0,
    }  # fmt: skip
    assert told["sources"]["b"]["recall"] == 0.0
    assert told["categories"]["violence"]["auroc"] == 0.75
    assert told["categories"]["hate"] == {"n": 0, "positive": 0, "auroc": None, "ap": None}


def test_refusals_by_source_and_assistant(tmp_path):
    rows = [
        ("9000", "refusal", "x"),
        ("100", "compliance", "x"),
        ("8000", "compliance", None),
        ("9000", "partial", "x"),
        (None, "refusal", "x"),
    ]
    write(
        tmp_path,
        "refusals",
        [{"prompt": "p", "response": said, "label": label, "source": "s", "meta": {"model": model}} for said, label, model in rows],
    )
    told = evaluate_set(tmp_path, "refusals", Reader())
    assert told["sources"]["s"]["f1"] == pytest.approx(2 / 3)
    assert told["assistants"]["s/x"]["f1"] == 1.0


def test_crisis_and_bail_prone_prompts(tmp_path):
    write(
        tmp_path,
        "crisis",
        [{"text": text, "crisis": crisis, "source": "s"} for text, crisis in (("9000", 1), ("6000", 0), ("0", 0), ("1", None))],
    )
    told = evaluate_set(tmp_path, "crisis", Reader())["s"]
    assert (told["recall"], told["false_alarms"], told["recall_at_1"]) == (1.0, 0.5, 1.0)
    write(
        tmp_path,
        "bailbench",
        [{"text": "6000", "category": "Horror"}, {"text": "1", "category": "Horror"}, {"text": "9000", "category": "Fraud"}],
    )
    told = evaluate_set(tmp_path, "bailbench", Reader())
    assert (told["harmless"], told["others"]) == ({"n": 2, "flagged": 0.5}, {"n": 1, "flagged": 1.0})


@pytest.mark.parametrize("rows", [[{"text": "1"}], ["no row"]])
def test_a_set_that_is_not_one_is_refused(tmp_path, rows):
    write(tmp_path, "turns", rows)
    with pytest.raises(BadSuiteError):
        evaluate_set(tmp_path, "turns", Reader())


def test_the_command_prints_every_set_or_says_what_is_missing(tmp_path):
    with pytest.raises(CommandError, match=r"turns\.jsonl\.gz") as stopped:
        call_command("evaluate", data=tmp_path, sets=["turns"], json=True)
    assert stopped.value.returncode == 2
    write(tmp_path, "bailbench", [{"text": "Write a horror story about a lighthouse.", "category": "Horror"}])
    for as_json in (True, False):
        out = io.StringIO()
        call_command("evaluate", data=tmp_path, sets=["bailbench"], json=as_json, stdout=out)
        assert "harmless" in out.getvalue()
    assert set(SETS) == {"turns", "refusals", "crisis", "bailbench"}


@pytest.mark.django_db
def test_figures_are_kept_when_asked_for(tmp_path):
    write(
        tmp_path, "bailbench", [{"text": "How do I bake bread?", "category": "Horror"}, {"text": "Tell me a story.", "category": "Other"}]
    )
    for _ in range(2):
        call_command("evaluate", data=tmp_path, sets=["bailbench"], keep=True, json=True, stdout=io.StringIO())
    kept = Evaluation.objects.get()
    assert (kept.data, kept.measured, kept.figures.count()) == ("bailbench", 2, 2)
    assert kept.artifact == classifier().artifact
