"""What a code stands for: towns of Dongguan, industries, currencies and countries: nobody has to know them by heart.

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
#: ISO 4217 and 3166 codes that are met here
_MONEY_AND_COUNTRIES = {
    "CNY": ("人民币", "Chinese yuan"), "USD": ("美元", "US dollar"), "EUR": ("欧元", "Euro"), "HKD": ("港元", "Hong Kong dollar"),
    "JPY": ("日元", "Japanese yen"), "GBP": ("英镑", "Pound sterling"), "MOP": ("澳门元", "Macau pataca"),
    "TWD": ("新台币", "New Taiwan dollar"), "KRW": ("韩元", "Korean won"), "SGD": ("新加坡元", "Singapore dollar"),
    "CHN": ("中国", "China"), "HKG": ("中国香港", "Hong Kong, China"), "MAC": ("中国澳门", "Macau, China"),
    "TWN": ("中国台湾", "Taiwan, China"), "USA": ("美国", "United States"), "JPN": ("日本", "Japan"), "KOR": ("韩国", "South Korea"),
    "DEU": ("德国", "Germany"), "GBR": ("英国", "United Kingdom"), "FRA": ("法国", "France"), "SGP": ("新加坡", "Singapore"),
}  # fmt: skip


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


def name_of(source: str, code: str, lang: str = "zh") -> str:
    """The name of a code, "长安镇"; "" for a code without one. A finer industry has the name of its division."""
    if source in ("divisions", "units"):
        return units(lang).get(code, "")
    if source == "industry":
        return names(source, lang).get(code) or names(source, lang).get(code[:3], "")
    return _MONEY_AND_COUNTRIES[code][lang == "en"] if code in _MONEY_AND_COUNTRIES else ""


def named(source: str, code: str, lang: str = "zh") -> str:
    """The code with its name, "441900119 长安镇"; a code without one alone."""
    return f"{code} {name_of(source, code, lang)}".strip()
