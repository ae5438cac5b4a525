"""Cleaning and checking of single values: credit codes, amounts, names, titles, days, phones, divisions.

Clean first (NFKC, spaces, width), then check; what cannot be read is a ``BadValue`` with a reason code, never a
guess. Money is integer fen, a day is a calendar day in Dongguan (UTC+8 all year, so no zone database is needed).
Credit codes: GB 32100-2015. This module must not know records, rules or the clock.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any

SHANGHAI = timezone(timedelta(hours=8))
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_USCC_AUTHORITIES = "123456789ANY"
_UNITS = {"": 1, "元": 1, "万": 10_000, "万元": 10_000, "亿": 100_000_000, "亿元": 100_000_000}
_AMOUNT = re.compile(
    r"^(?:人民币|RMB|CNY|¥)?([+-]?)(\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(\.\d{1,12})?"
    r"(元|万元?|亿元?)?整?(?:人民币)?$"
)
_EXCEL_DAYS = range(32874, 73051)  # 1990-01-01 to 2099-12-31 as spreadsheet serial numbers
_MOBILE = re.compile(r"^1[3-9]\d{9}$")
_LANDLINE = re.compile(r"^(0(?:10|2\d|[3-9]\d{2}))-?([1-9]\d{6,7})(?:-(\d{1,6}))?$")
_BRACKETS = "()[]{}<>【】〔〕〈〉《》「」『』"
_UNSEEN = {code: None for code in (*range(9), 11, 12, *range(14, 32), 127)}
# line ends and tabs are blanks in one line; marks that turn round what follows are nothing
_BREAKS = {9: " ", 10: " ", 13: " ", 0x85: " ", 0x2028: " ", 0x2029: " ", **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))}
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣ー", "-"))


class BadValue(ValueError):
    """A text that cannot be read as what it should be; ``code`` has its sentence in ``reasons``."""

    def __init__(self, code: str, value: object) -> None:
        super().__init__(code)
        self.code = code
        self.value = str(value)[:40]


def _flat(text: str) -> str:
    """NFKC, dashes unified, outer spaces off."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES).strip()


def storable(value: Any) -> Any:
    """A JSON value whose texts every store and line can carry: halves of characters joined or marked, control marks off.

    Tabs and line ends stay. Pasting from broken programs brings the rest in; nobody can see it or means it.
    """
    if isinstance(value, str):
        if value.isprintable():  # neither control marks nor halves of characters are
            return value
        whole = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return whole.translate(_UNSEEN)
    if isinstance(value, list):
        return [storable(one) for one in value]
    if isinstance(value, dict):
        return {str(storable(name)): storable(one) for name, one in value.items()}
    return value


def one_line(text: str) -> str:
    """A name as it stands in a list or a title: on one line, and without the marks that turn round the words beside it."""
    return text if text.isprintable() else text.translate(_BREAKS).strip()


def clean_uscc(text: str) -> str:
    """A credit code as it is kept: NFKC, spaces and hyphens off, upper case. Not yet checked."""
    return re.sub(r"[\s\-]+", "", _flat(text)).upper()


@lru_cache(8192)
def check_uscc(text: str) -> str | None:
    """The reason code of what is wrong with a credit code, or None. Area digits say nothing about the present seat."""
    code = clean_uscc(text)
    if len(code) != 18:
        return "USCC_LENGTH"
    if any(char not in _USCC_ALPHABET for char in code) or not code[2:8].isdigit():
        return "USCC_CHARSET"
    if code[0] not in _USCC_AUTHORITIES:
        return "USCC_AUTHORITY"
    return None if code[17] == uscc_check_character(code[:17]) else "USCC_CHECK"


def uscc_check_character(first17: str) -> str:
    """The 18th character for 17 cleaned ones (mod 31 of the weighted places)."""
    total = sum(_USCC_ALPHABET.index(char) * weight for char, weight in zip(first17, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def uscc_problem_values(text: str) -> dict[str, Any]:
    """What the USCC_* sentences need: the code, its length and the character that cannot be."""
    code = clean_uscc(text)
    area = range(2, 8)
    wrong = [c for place, c in enumerate(code) if c not in _USCC_ALPHABET or (place in area and not c.isdigit())]
    return {"value": code[:40], "length": len(code), "bad": wrong[0] if wrong else code[:1]}


def parse_money(value: str | int | float | Decimal, unit: str = "元") -> int:
    """An amount in fen. A unit in the text (元 万 万元 亿 亿元) wins over ``unit``, the box beside the field.

    Raises:
        BadValue: AMOUNT_NOT_NUMBER (words, ranges, Chinese numerals, other units), AMOUNT_NOT_POSITIVE,
            AMOUNT_PRECISION (finer than a fen).
    """
    text = re.sub(r"(?<=[\d万亿])\s+(?=[元万亿])|(?<=[¥币YB])\s+", "", _flat(str(value)))
    found = None if isinstance(value, bool) else _AMOUNT.match(text)
    if found is None or unit not in _UNITS:
        raise BadValue("AMOUNT_NOT_NUMBER", value)
    sign, whole, fraction, written = found.groups()
    amount = Decimal(sign + whole.replace(",", "") + (fraction or "")) * _UNITS[written or unit] * 100
    if amount <= 0:
        raise BadValue("AMOUNT_NOT_POSITIVE", value)
    if amount != amount.to_integral_value():
        raise BadValue("AMOUNT_PRECISION", value)
    return int(amount)


def normalise_name(name: str) -> str:
    """A name as it is compared (V-NAME): NFKC, brackets and spaces dropped. Case stays: it is part of a name."""
    return "".join(char for char in unicodedata.normalize("NFKC", name) if char not in _BRACKETS and not char.isspace())


def same_org_name(a: str, b: str) -> bool:
    """Whether two written names are one organisation's; an empty name equals nothing."""
    first = normalise_name(a)
    return bool(first) and first == normalise_name(b)


def normalise_title(title: str) -> str:
    """A title as it is compared (R-DUP): NFKC, spaces and punctuation dropped, case folded."""
    kept = (char for char in unicodedata.normalize("NFKC", title) if unicodedata.category(char)[0] not in "PZC")
    return "".join(kept).casefold()


def normalise_number(number: str) -> str:
    """A registration or IP number as it is compared: NFKC, upper case, letters and digits only, patent mark off."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", number).upper() if char.isalnum())
    return re.sub(r"^(?:ZL|CN)(?=\d{8})", "", plain)


def parse_day(value: str | int | float | date) -> date:
    """A day as people and spreadsheets write it: 2026-03-05, 2026.3.5, 2026/3/5, 2026年3月5日, 20260305, 46086.

    An instant with a zone gives its day in Dongguan. Raises BadValue(NOT_A_DATE).
    """
    if isinstance(value, (date, datetime)):
        return to_day(value)
    text = re.sub(r"\s*([年月日])\s*", r"\1", _flat(str(value))).replace("日", " ")
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        try:
            return to_day(text)
        except ValueError:
            raise BadValue("NOT_A_DATE", value) from None
    first = (text.split() or [""])[0]
    if re.fullmatch(r"\d{5}(\.\d+)?", first) and int(first[:5]) in _EXCEL_DAYS:
        return date(1899, 12, 30) + timedelta(days=int(first[:5]))
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})|(\d{4})(\d{2})(\d{2})", first)
    if found is not None:
        try:
            return date(*(int(part) for part in found.groups() if part is not None))
        except ValueError:
            pass
    raise BadValue("NOT_A_DATE", value)


def to_day(value: str | date | datetime) -> date:
    """The calendar day in Dongguan of a day or an instant; text must be ISO. Raises ValueError."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return (value.astimezone(SHANGHAI) if value.tzinfo is not None else value).date()
    return value


def to_instant(value: str | date | datetime) -> datetime:
    """An instant with a zone; a bare day or local time is read as Dongguan's. Raises ValueError."""
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return value if value.tzinfo is not None else value.replace(tzinfo=SHANGHAI)


def add_years(day: date, years: int) -> date:
    """The same day some years later; 29 February becomes 28 February (A7)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def month_end(month: str) -> date:
    """The last day of "YYYY-MM". Raises ValueError."""
    first = date.fromisoformat(f"{month}-01")
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def clean_phone(text: str) -> str | None:
    """A mainland number as it is kept, "13800138000" or "0769-22223333" (with "-801"); None where it is neither."""
    plain = re.sub(r"[转#]", "-", re.sub(r"[\s()]+", "", _flat(text)))
    plain = re.sub(r"^(?:\+86|0086|86(?=1[3-9]\d{9}$))-?", "", plain)
    mobile = plain.replace("-", "")
    if _MOBILE.match(mobile):
        return mobile
    found = _LANDLINE.match(plain)
    if found is None:
        return None
    area, number, extension = found.groups()
    return f"{area}-{number}" + (f"-{extension}" if extension else "")


def mask_phone(text: str) -> str:
    """A number for lists and previews: the middle hidden, "138****8000", "0769-****3333"."""
    number = clean_phone(text) or text.strip()
    area, dash, rest = number.partition("-")
    if dash:
        return f"{area}-{'*' * 4}{rest.split('-')[0][-4:]}"
    return f"{number[:3]}{'*' * 4}{number[-4:]}" if len(number) >= 8 else "*" * len(number)


def clean_division(code: str) -> str:
    """A division code as digits: 6 (GB/T 2260) or 9 (town); 12-digit statistical codes lose their last three."""
    digits = re.sub(r"\D+", "", _flat(code))
    return digits[:9] if len(digits) > 9 else digits


def division_in_dongguan(code: str | None, prefix: str = "4419") -> bool:
    """Whether a division code lies in Dongguan."""
    return bool(code) and clean_division(code or "").startswith(prefix)


def town_of(code: str | None) -> str | None:
    """The 9-digit town or park of a Dongguan code, or None where it names none."""
    digits = clean_division(code or "")
    return digits if len(digits) == 9 and digits.startswith("441900") else None
