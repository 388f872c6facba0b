"""Pure: what the countries of the European Economic Area are called in each language that a notice speaks.

2026-11: thirty names in three languages are written out here, since no library that we keep knows them and they hardly ever change.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

LANGUAGES = ("en", "de", "fr")
NAMES = {
    "AT": ("Austria", "Österreich", "Autriche"),
    "BE": ("Belgium", "Belgien", "Belgique"),
    "BG": ("Bulgaria", "Bulgarien", "Bulgarie"),
    "CY": ("Cyprus", "Zypern", "Chypre"),
    "CZ": ("Czechia", "Tschechien", "Tchéquie"),
    "DE": ("Germany", "Deutschland", "Allemagne"),
    "DK": ("Denmark", "Dänemark", "Danemark"),
    "EE": ("Estonia", "Estland", "Estonie"),
    "ES": ("Spain", "Spanien", "Espagne"),
    "FI": ("Finland", "Finnland", "Finlande"),
    "FR": ("France", "Frankreich", "France"),
    "GR": ("Greece", "Griechenland", "Grèce"),
    "HR": ("Croatia", "Kroatien", "Croatie"),
    "HU": ("Hungary", "Ungarn", "Hongrie"),
    "IE": ("Ireland", "Irland", "Irlande"),
    "IS": ("Iceland", "Island", "Islande"),
    "IT": ("Italy", "Italien", "Italie"),
    "LI": ("Liechtenstein", "Liechtenstein", "Liechtenstein"),
    "LT": ("Lithuania", "Litauen", "Lituanie"),
    "LU": ("Luxembourg", "Luxemburg", "Luxembourg"),
    "LV": ("Latvia", "Lettland", "Lettonie"),
    "MT": ("Malta", "Malta", "Malte"),
    "NL": ("the Netherlands", "Niederlande", "Pays-Bas"),
    "NO": ("Norway", "Norwegen", "Norvège"),
    "PL": ("Poland", "Polen", "Pologne"),
    "PT": ("Portugal", "Portugal", "Portugal"),
    "RO": ("Romania", "Rumänien", "Roumanie"),
    "SE": ("Sweden", "Schweden", "Suède"),
    "SI": ("Slovenia", "Slowenien", "Slovénie"),
    "SK": ("Slovakia", "Slowakei", "Slovaquie"),
}
UNION = frozenset(NAMES) - {"IS", "LI", "NO"}


def names_of(codes: Collection[str], language: str) -> list[str]:
    """Return the names of countries in the alphabetical order of a language; a code that has none stands for itself."""
    place = LANGUAGES.index(language)
    return sorted((NAMES[code][place] if code in NAMES else code for code in codes), key=_plain)


def _plain(name: str) -> str:
    """Return a name without accents and article, as dictionaries order it."""
    letters = unicodedata.normalize("NFKD", name.removeprefix("the "))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
