"""One cell to one field value, the way people fill ledgers: 68万, 2026.3.5, 5月14日, ６８万元, √, a number for a phone.

What cannot be read is a ``BadValue`` with its reason code, never a guess; the two things a ledger leaves to its reader,
the year of "5月14日" and the unit of a bare "10", are handed in by the caller, who says so to the person.
Must not know rows, sheets or the store.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sync.domain.fields import Field
from sync.domain.values import (
    SHANGHAI,
    BadValue,
    check_uscc,
    clean_phone,
    clean_uscc,
    normalise_name,
    parse_day,
    parse_money,
    to_day,
)
from sync.exchange.grids import Cell

ERRORS = frozenset({"#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"})
_FULL_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))}
_UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u2060\ufeff]")
_NO_YEAR = re.compile(r"(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_SHORT_YEAR = re.compile(r"([2-3]\d)(?:年|[./-])(\d{1,2})(?:月|[./-])(\d{1,2})日?")
_MONTH = re.compile(r"(\d{4})(?:年|[-/.])?(\d{1,2})月?")
_CLOCK = re.compile(r"^(.*?\d)[日T\s]+(\d{1,2})[:时点](\d{1,2})?(?:分|:\d{1,2}(?:\.\d+)?)?$")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d{2}")
_YES = frozenset({"是", "有", "√", "✓", "✔", "☑", "y", "yes", "true", "1", "对", "需要", "同意", "已"})
_NO = frozenset({"否", "无", "×", "✗", "✘", "☐", "x", "n", "no", "false", "0", "不", "不需要", "不同意", "未"})
_PLACE_ENDINGS = ("街道", "镇", "园区")


def value_of(target: str, field: Field, cell: Cell, unit: str, year: int | None, places: Mapping[str, str]) -> Any:
    """The JSON value of a cell that is not blank, for the field at ``target``.

    ``unit`` is what bare amounts count in; ``year`` completes dates without one (None: they are refused); ``places``
    maps place names to division codes.

    Raises:
        BadValue: with the code of the reason (NOT_A_DATE, AMOUNT_NOT_NUMBER, USCC_CHECK, ROW_DIGITS_LOST, …).
    """
    part = target.rpartition(".")[2]
    if part == "uscc":
        return _credit_code(cell)
    if part == "contact_phone":
        return _phone(cell)
    if part in ("division", "place") and field.type == "code":
        return _division(said(cell), places)
    if field.type == "text" and field.long:
        return said(cell, lines=True)
    if field.type == "money":
        return parse_money(round(cell, 6) if isinstance(cell, float) else _number_or_text(cell), unit)
    readers = {"date": _date, "month": _month, "time": _time}
    if field.type in readers:
        return readers[field.type](cell, year)
    if field.type in ("set", "list"):
        several = re.split(r"[、,，;；|\n]|\s{2,}", said(cell, lines=True))
        return [one.strip() for one in several if one.strip()]
    if field.type == "choice":
        return _choice(field, said(cell))
    if field.type == "int":
        return _whole(cell)
    return _yes_no(cell) if field.type == "bool" else said(cell)


def said(cell: Cell, lines: bool = False) -> str:
    """A cell as text: digits and letters in one width, nothing invisible; ``lines`` keeps line breaks."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.hour == cell.minute == 0 else cell.isoformat(" ", "minutes")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return _spoken("" if cell is None else str(cell), lines)


@lru_cache(4096)
def _spoken(written: str, lines: bool) -> str:
    """Most cells of a ledger say what the cell above says."""
    text = _UNSEEN.sub("", written).translate(_FULL_WIDTH).replace("\r\n", "\n").replace("\r", "\n")
    if lines:
        return "\n".join(re.sub(r"[^\S\n]+", " ", line).strip() for line in text.split("\n")).strip()
    return re.sub(r"\s+", " ", text).strip()


def without_year(cell: Cell) -> bool:
    """Whether a cell names a day but no year."""
    return isinstance(cell, str) and _NO_YEAR.fullmatch(_narrow(cell)) is not None


def bare(cell: Cell) -> bool:
    """Whether an amount names no unit."""
    return isinstance(cell, (int, float)) or not re.search("[元万亿]", said(cell))


def _narrow(cell: Cell) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", said(cell))).strip()


def _number_or_text(cell: Cell) -> str | int | float:
    return cell if isinstance(cell, (int, float)) and not isinstance(cell, bool) else said(cell)


def _credit_code(cell: Cell) -> str:
    text = said(cell)
    if isinstance(cell, float) or _ROUNDED.fullmatch(text) or (isinstance(cell, int) and abs(cell) >= 10**15):
        raise BadValue("ROW_DIGITS_LOST", text)
    wrong = check_uscc(text)
    if wrong is not None:
        raise BadValue(wrong, text)
    return clean_uscc(text)


def _phone(cell: Cell) -> str:
    """The first number of a cell: ledgers write several, and a phone kept as a number has lost nothing but its zero."""
    text = said(cell)
    for one in (text, *re.split(r"[/、,;]|\s*或\s*", unicodedata.normalize("NFKC", text))):
        number = clean_phone(one)
        if number is not None:
            return number
    raise BadValue("BAD_PHONE", text)


def _division(text: str, places: Mapping[str, str]) -> str:
    """A code as it stands, or the code of a place name with or without its 镇 or 街道."""
    if text.isdigit():
        return text
    wanted = re.sub(r"\s+", "", text).removeprefix("广东省").removeprefix("东莞市").removeprefix("东莞")
    for name in (wanted, *(wanted + ending for ending in _PLACE_ENDINGS)):
        if name in places:
            return places[name]
    near = {code for name, code in places.items() if len(wanted) > 1 and name.startswith(wanted)}
    if len(near) != 1:
        raise BadValue("BAD_DIVISION", text)
    return near.pop()


def _date(cell: Cell, year: int | None) -> str:
    if isinstance(cell, bool) or not isinstance(cell, (str, int, float, date)):
        raise BadValue("NOT_A_DATE", cell)
    if isinstance(cell, str):
        text = _narrow(cell)
        short, partial = _SHORT_YEAR.fullmatch(text), _NO_YEAR.fullmatch(text)
        if short is not None:
            cell = f"20{short.group(1)}-{short.group(2)}-{short.group(3)}"
        elif partial is not None and year is not None:
            cell = f"{year}-{partial.group(1)}-{partial.group(2)}"
    return parse_day(cell).isoformat()


def _month(cell: Cell, _year: int | None) -> str:
    if isinstance(cell, (date, datetime)):
        return to_day(cell).isoformat()[:7]
    found = _MONTH.fullmatch(_narrow(cell).replace(" ", ""))
    if found is None or not 1 <= int(found.group(2)) <= 12:
        raise BadValue("NOT_A_MONTH", said(cell))
    return f"{found.group(1)}-{int(found.group(2)):02d}"


def _time(cell: Cell, year: int | None) -> str:
    """An instant; ledgers write the clock of Dongguan. A day without a time of day is no instant: NOT_A_TIME."""
    if isinstance(cell, datetime) and (cell.hour or cell.minute):
        local = cell.replace(tzinfo=SHANGHAI)
    else:
        found = _CLOCK.match(_narrow(cell)) if isinstance(cell, str) else None
        if found is None or int(found.group(2)) > 23 or int(found.group(3) or 0) > 59:
            raise BadValue("NOT_A_TIME", said(cell))
        day = date.fromisoformat(_date(found.group(1), year))
        local = datetime(day.year, day.month, day.day, int(found.group(2)), int(found.group(3) or 0), tzinfo=SHANGHAI)
    return (local.replace(tzinfo=None) - timedelta(hours=8)).isoformat(timespec="seconds") + "Z"


def _choice(field: Field, text: str) -> str:
    plain = {re.sub(r"\s+", "", unicodedata.normalize("NFKC", one)).casefold(): one for one in field.choices}
    return plain.get(re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold(), text)


def _whole(cell: Cell) -> int:
    text = said(cell).replace(",", "")
    if not re.fullmatch(r"-?\d{1,15}", text):
        raise BadValue("NOT_AN_INT", said(cell))
    return int(text)


def _yes_no(cell: Cell) -> bool:
    text = said(cell).casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise BadValue("NOT_A_BOOL", text)


_NATURES = (
    ("高校", ("大学", "学院", "学校")),
    ("医院", ("医院", "卫生院", "疾病预防")),
    ("省实验室", ("松山湖材料实验室",)),
    ("科研院所", ("研究院", "研究所", "研究中心", "实验室", "科学院")),
    ("农村集体", ("经济联合社", "经联社", "股份经济", "村民委员会", "村委会")),
    ("社团", ("协会", "学会", "商会", "促进会", "联合会")),
    ("机关", ("人民政府", "管理委员会", "管委会", "办事处", "局")),
)


def nature(name: str, uscc: str = "") -> str:
    """The kind of organisation its name and the first places of its credit code tell; a company where nothing does."""
    plain = normalise_name(name)
    if plain.endswith(("公司", "厂", "集团", "合伙企业")) or uscc[:2] in ("91", "92", "93"):
        return "企业"
    if uscc[:1] == "N":
        return "农村集体"
    for kind, marks in _NATURES:
        if any(plain.endswith(mark) if mark == "局" else mark in plain for mark in marks):
            return kind
    return {"11": "机关", "51": "社团"}.get(uscc[:2], "企业")
