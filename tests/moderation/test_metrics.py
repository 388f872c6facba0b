"""Figures of scores against truth, beside scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as oracle

from moderation.statistics import metrics

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 12)), min_size=2, max_size=60).filter(
    lambda rows: len({truth for truth, _ in rows}) == 2
)


def arrays(rows):
    return np.array([truth for truth, _ in rows]), np.array([score / 12 for _, score in rows])


@given(ROWS)
def test_ranking_agrees_with_scikit_learn(rows):
    truth, scores = arrays(rows)
    assert metrics.auroc(truth, scores) == pytest.approx(oracle.roc_auc_score(truth, scores))
    assert metrics.average_precision(truth, scores) == pytest.approx(oracle.average_precision_score(truth, scores))
    assert metrics.f1(truth, scores >= 0.5) == pytest.approx(oracle.f1_score(truth, scores >= 0.5, zero_division=0))


@given(ROWS, st.sampled_from([0.0, 0.01, 0.05, 0.5]))
def test_recall_at_false_alarms_is_the_best_point_of_the_curve(rows, allowed):
    truth, scores = arrays(rows)
    alarms, recall, _ = oracle.roc_curve(truth, scores, drop_intermediate=False)
    assert metrics.recall_at(truth, scores, allowed) == pytest.approx(recall[alarms <= allowed].max())


def test_calibration_error_by_hand():
    truth, likelihoods = np.array([1, 0, 1, 1]), np.array([0.9, 0.9, 0.1, 0.1])
    assert metrics.calibration_error(truth, likelihoods, bins=2) == pytest.approx((abs(1 - 1.8) + abs(2 - 0.2)) / 4)
    assert metrics.calibration_error(np.ones(5, int), np.ones(5)) == 0


def test_undefined_figures_are_none():
    nothing, same = np.zeros(0, int), np.ones(3, int)
    assert metrics.auroc(same, np.ones(3)) is None
    assert metrics.recall_at(same, np.ones(3), 0.1) is None
    assert metrics.average_precision(np.zeros(3, int), np.ones(3)) is None
    assert metrics.f1(nothing, nothing == 1) is None
    assert metrics.share(nothing == 1) is None
    assert metrics.calibration_error(nothing, np.zeros(0)) is None
