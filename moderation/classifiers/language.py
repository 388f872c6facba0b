"""Which language a text is in, far as the classifier must know: whether it is surely none that it reads.

py3langid (a kept fork of langid.py, Lui and Baldwin 2012) names the language, restricted to the languages that people chat in. It is only
asked where common English words are rare, since it costs more than all heads together and guesses a few words. A short text is read on:
nothing can be said of the language of "lol" or "ok", and insult one word should not pass for foreign. Long noise without
words is in language.
"""

from __future__ import annotations

import re
from functools import cache

from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

LANGUAGES = (
    "en ar bg bn ca cs da de el es et fa fi fr he hr hu id it ja ko lt lv ms nl no pl pt ro ru sk sl sr sv sw ta th tl tr uk ur vi zh"
)
COMMON_WORDS = (
    "the be to of and in that have i it for not on with he as you at this but his by from they we say her she or an my one all "
    "would there their what up out if about who get which go when make can like time no just him know take people into year your "
    "good some could them see other than then now look only come its over think back after use how our work first well way even new "
    "want because any these give day most us is are were been has had did does i'm you're don't it's can't please hi yes "
    "ok thanks why where should write tell more very too much here let's ur im dont cant fuck shit stupid hate love"
)
COMMON = frozenset(COMMON_WORDS.split())
WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
LETTERS = 10
"""Fewer letters than this say nothing about a language, in Latin script."""
FEW_WORDS = 3
ENGLISH_SHARE = 0.15
SURE = 0.65
READ = 600
"""Characters looked at."""
NOISE = 200
"""So many characters with hardly a letter among them are noise."""
LETTER_SHARE = 0.2
ENGLISH = "en"
NONE = "zxx"
"""ISO 639-2 for what is no language."""


def language(text: str) -> str:
    """Return the code of the language that a text is surely in, "zxx" for noise, and "en" for all that may be English."""
    sample = text[:READ].lower()
    words = WORDS.findall(sample)
    letters = sum(map(len, words))
    if len(sample) >= NOISE and letters < LETTER_SHARE * len(sample):
        return NONE
    if not words or sum(map(COMMON.__contains__, words)) >= ENGLISH_SHARE * len(words):
        return ENGLISH
    foreign_script = sum(not word.isascii() for word in words) > len(words) / 2
    if (letters < LETTERS or len(words) < FEW_WORDS) and not foreign_script:
        return ENGLISH
    found, likelihood = _identifier().classify(" ".join(words))
    return str(found) if likelihood >= SURE or foreign_script else ENGLISH


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_modelpath(MODEL_DIR / MODEL_FILE, norm_probs=True)
    identifier.set_languages(LANGUAGES.split())
    return identifier
