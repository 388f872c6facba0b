"""The classifiers this installation can use, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple, Protocol

from django.conf import settings

from conversations.tree import Turn
from moderation.classifiers.base import Classifier
from moderation.classifiers.embedded import EmbeddedClassifier, embedded
from moderation.classifiers.rules import RulesClassifier

MAKERS: Mapping[str, Callable[[], Classifier]] = {EmbeddedClassifier.name: embedded, RulesClassifier.name: RulesClassifier}
DEFAULT = EmbeddedClassifier.name


class Host(NamedTuple):
    """Where a judge that others run is found: our module and class, the package it needs, the settings with its model and its key."""

    module: str
    kind: str
    package: str
    model: str
    key: str


HOSTED: Mapping[str, Host] = {
    "anthropic": Host("anthropic_messages", "AnthropicMessages", "anthropic", "JUDGE_ANTHROPIC_MODEL", "JUDGE_ANTHROPIC_KEY"),
    "openai": Host("openai_compatible", "OpenAIChat", "openai", "JUDGE_OPENAI_MODEL", "JUDGE_OPENAI_KEY"),
    "openai_moderation": Host("openai_compatible", "OpenAIModeration", "openai", "JUDGE_MODERATION_MODEL", "JUDGE_OPENAI_KEY"),
}
"""By name. They are imported on first use: their SDKs are extras, and take seconds."""
NOT_INSTALLED = "{} needs the packages of requirements-judges.txt"


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
    host = HOSTED[name]
    try:
        maker: Callable[[], Hosted] = getattr(import_module(f"moderation.classifiers.{host.module}"), host.kind)
    except ImportError as error:
        raise NotInstalledError(NOT_INSTALLED.format(name)) from error
    return maker()


def offered() -> list[str]:
    """Return what a campaign may judge by: our own classifiers, and hosted judges that have their packages, a model and a key."""
    return [*sorted(MAKERS), *(name for name in HOSTED if is_offered(name))]


def is_offered(name: str) -> bool:
    """Return whether a campaign may judge by this."""
    return name in MAKERS or (name in HOSTED and not list(problems([name])))


def problems(names: Sequence[str]) -> Iterator[str]:
    """Yield in words what keeps a second opinion from being had, for each of these names; imports none of them."""
    for name in names:
        if host := HOSTED.get(name):
            if find_spec(host.package) is None:
                yield NOT_INSTALLED.format(name)
            elif not (getattr(settings, host.model) and getattr(settings, host.key)):
                yield f"{name} has no model or no key."
        elif name not in MAKERS:
            yield f"No classifier is called {name}."
