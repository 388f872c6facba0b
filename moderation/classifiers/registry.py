"""The classifiers this installation can use, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Protocol

from conversations.tree import Turn
from moderation.classifiers.base import Classifier
from moderation.classifiers.embedded import EmbeddedClassifier, embedded
from moderation.classifiers.rules import RulesClassifier

MAKERS: Mapping[str, Callable[[], Classifier]] = {EmbeddedClassifier.name: embedded, RulesClassifier.name: RulesClassifier}
DEFAULT = EmbeddedClassifier.name


HOSTED: Mapping[str, tuple[str, str]] = {
    "anthropic": ("anthropic_messages", "AnthropicMessages"),
    "openai": ("openai_compatible", "OpenAIChat"),
    "openai_moderation": ("openai_compatible", "OpenAIModeration"),
}
"""Judges that others run: module and class by name, imported on first use, since their SDKs are extras."""


class Hosted(Classifier, Protocol):
    """A classifier that costs money and may fail: `measure` raises hosted.CallFailed. Without model and key it cannot be asked."""

    model: str
    key: str

    def worst_cost(self, turns: Sequence[Turn]) -> int:
        """Return more than measuring these turns can cost, in millionths of a US dollar."""
        ...


class NotInstalledError(RuntimeError):
    """The SDK of a hosted judge is not there."""


class UnknownClassifierError(LookupError):
    """No classifier goes by this name."""


@cache
def classifier(name: str = DEFAULT) -> Classifier:
    """Return the one instance of a classifier; raises UnknownClassifierError, and BadArtifactError where its trained file is not right."""
    if name not in MAKERS:
        raise UnknownClassifierError(f"no classifier is called {name!r}; there are: {', '.join(sorted(MAKERS))}")
    return MAKERS[name]()


def hosted(name: str) -> Hosted:
    """Return a hosted judge as the settings have it; raises NotInstalledError where its SDK is missing, UnknownClassifierError."""
    if name not in HOSTED:
        raise UnknownClassifierError(f"no judge is called {name!r}; there are: {', '.join(sorted(HOSTED))}")
    module, kind = HOSTED[name]
    try:
        maker: Callable[[], Hosted] = getattr(import_module(f"moderation.classifiers.{module}"), kind)
    except ImportError as error:
        raise NotInstalledError(f"{name} needs the packages of requirements-judges.txt") from error
    return maker()


def offered() -> list[str]:
    """Return what a campaign may judge by: our own classifiers, and hosted judges that have their packages, a model and a key."""
    return [*sorted(MAKERS), *(name for name in HOSTED if is_offered(name))]


def is_offered(name: str) -> bool:
    """Return whether a campaign may judge by this; only for a hosted judge is its package looked at, which takes seconds to import."""
    return name in MAKERS or (name in HOSTED and not list(problems([name])))


def problems(names: Sequence[str]) -> Iterator[str]:
    """Yield in words what keeps a second opinion from being had, for each of these names."""
    for name in names:
        if name in HOSTED:
            try:
                judge = hosted(name)
            except NotInstalledError as error:
                yield str(error)
                continue
            if not judge.model or not judge.key:
                yield f"{name} has no model or no key."
        elif name not in MAKERS:
            yield f"No classifier is called {name}."
