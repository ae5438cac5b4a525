"""What a code stands for: towns of Dongguan and industries, so that nobody has to know them by heart.

From ``resources/units.csv`` (the plan's units) and ``resources/industries.csv`` (GB/T 4754-2017 divisions, names in
short). A code without a name shows as itself. Must not know fields or records.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache

from desktop import assets

#: name of a platform list: file of the names
FILES = {"divisions": "units.csv", "industry": "industries.csv"}
_TOWNS = "441900"  # other rows of the units are bureaus and institutes


@lru_cache(maxsize=4)
def names(source: str, lang: str = "zh") -> Mapping[str, str]:
    """Code to name for a list, in the order of the file; empty where there is no such list."""
    if source not in FILES:
        return {}
    if source == "divisions":
        return {code: name for code, name in units(lang).items() if code.startswith(_TOWNS)}
    column = "name_en" if lang == "en" else "name_zh"
    with assets.resource(FILES[source]).open(encoding="utf-8-sig", newline="") as table:
        return {row["code"]: row[column] for row in csv.DictReader(table)}


@lru_cache(maxsize=2)
def units(lang: str = "zh") -> Mapping[str, str]:
    """Code to name of every unit of the plan: towns, bureaus and institutes."""
    with assets.resource(FILES["divisions"]).open(encoding="utf-8-sig", newline="") as table:
        return {row["code"]: row["name_en" if lang == "en" else "name_zh"] for row in csv.DictReader(table)}


def named(source: str, code: str, lang: str = "zh") -> str:
    """The code with its name, "441900119 长安镇"; a code without one alone."""
    name = names(source, lang).get(code) or (names(source, lang).get(code[:3]) if source == "industry" else None)
    return f"{code} {name}" if name else code
