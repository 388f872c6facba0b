"""Goals: which figure stands for which, where it comes from, and the command's table."""

import gzip
import io
import json

import pytest
from django.core.management import CommandError, call_command

from moderation.classifiers.embedded import EmbeddedClassifier
from moderation.evaluation_goals import goals
from moderation.goals import GOALS, NEVER_TRAINED_ON, How, standings
from moderation.headlines import HEADLINES

CARD = {"harm, AUROC": 0.971, "XSTest, AUROC": 0.5, "Arena-Hard, false alarms": 0.03}
MEASURED = {"turns": {"harm, AUROC": 0.999, "XSTest, AUROC": 0.79, "harm, calibration error": 0.02}}


def rows(measured=MEASURED, trained_on=frozenset(), *, vectors=False):
    return {row.figure: row for row in standings(measured, CARD, trained_on, vectors=vectors)}


def test_every_goal_has_a_row_and_a_figure_to_look_up():
    assert [*rows()] == [goal.figure for goal in GOALS]
    extra = {"worst assistant left out, F1", "explicit crisis, recall at 1 % false alarms", "turns a CPU second"}
    assert {goal.figure for goal in GOALS} - {name for names in HEADLINES.values() for name in names} == extra
    assert {goal.figure for goal in GOALS} >= NEVER_TRAINED_ON


def test_what_was_trained_on_is_not_measured_there():
    assert (rows()["harm, AUROC"].value, rows()["harm, AUROC"].how) == (0.999, How.MEASURED)
    seen = rows(trained_on=frozenset({"turns"}))
    assert (seen["harm, AUROC"].value, seen["harm, AUROC"].how) == (0.971, How.LEFT_OUT)
    assert (seen["XSTest, AUROC"].value, seen["XSTest, AUROC"].how) == (0.79, How.MEASURED)
    assert seen["harm, calibration error"].value is None


def test_what_is_reached():
    found = rows()
    assert [found[name].reached for name in ("harm, AUROC", "Arena-Hard, false alarms", "harm, calibration error")] == [True, False, True]
    assert found["verdict right"].reached is None
    assert found["verdict right"].how is How.NOT_MEASURED
    assert rows(trained_on=frozenset({"turns"}), vectors=True)["harm, AUROC"].reached is False


def test_a_folder_that_was_trained_on_is_known_by_its_hash(tmp_path):
    texts = [("how do i bake bread", 0), ("you stupid worthless bot", 1)] * 60
    lines = [{"text": text, "harm": harm, "source": "x", "kind": "prompt", "labels": {}} for text, harm in texts]
    (tmp_path / "sets").mkdir()
    path = tmp_path / "sets" / "bailbench.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(line | {"category": "Horror"}) for line in lines).encode()))
    found = {row.figure: row for row in goals(tmp_path, EmbeddedClassifier(), vectors=False, progress=lambda every, _: every)}
    assert found["harmless, taken for harm"].how is How.MEASURED
    assert found["harmless, taken for harm"].value == pytest.approx(0.5)
    assert found["harm, AUROC"].how is How.LEFT_OUT
    assert found["verdict right"].how is How.NOT_MEASURED


def test_the_command_prints_every_goal(tmp_path):
    out = io.StringIO()
    call_command("evaluate", goals=tmp_path, json=True, stdout=out)
    told = json.loads(out.getvalue())["default"]
    assert [row["figure"] for row in told] == [goal.figure for goal in GOALS]
    call_command("evaluate", goals=tmp_path, stdout=out)
    assert "worst assistant left out" in out.getvalue()


@pytest.mark.parametrize(
    ("options", "told"),
    [({"keep": True}, "--keep goes with"), ({"sets": ["turns"]}, "--set goes with"), ({"classifier": "rules"}, "those of the embedded")],
)
def test_what_does_not_go_with_goals_is_refused(tmp_path, options, told):
    with pytest.raises(CommandError, match=told):
        call_command("evaluate", goals=tmp_path, **options)
