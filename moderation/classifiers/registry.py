"""The classifiers this installation can use, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from moderation.classifiers.base import Classifier
from moderation.classifiers.rules import RulesClassifier

MAKERS: Mapping[str, Callable[[], Classifier]] = {RulesClassifier.name: RulesClassifier}
DEFAULT = RulesClassifier.name


class UnknownClassifierError(LookupError):
    """No classifier goes by this name."""


@cache
def classifier(name: str = DEFAULT) -> Classifier:
    """Return the one instance of a classifier; raises UnknownClassifierError."""
    if name not in MAKERS:
        raise UnknownClassifierError(f"no classifier is called {name!r}; there are: {', '.join(sorted(MAKERS))}")
    return MAKERS[name]()
