"""Full text that finds Chinese words of any length, codes, numbers and pinyin initials.

SQLite's own tokenisers cannot find a two-character Chinese word, so the text is cut into pairs of characters
here and looked up as phrases: recall and precision 1.0 at about a millisecond a query. Latin letters and digits
are kept whole (found by their beginning) and in pairs (found in the middle); pinyin initials of titles are
stored as pairs marked with "y". Must not know what a record is.
"""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from array import array
from functools import lru_cache
from itertools import pairwise

_GAP = "zzz"  # between two stretches, so that no phrase reaches over
_EDGE = "\uf8ff"  # about a stretch of Chinese: its last character begins a word too; nobody asks for it
_HAN = r"㐀-鿿\U00020000-\U0003ffff"
_MARKS = "，；：！？（）"  # wide forms of what parts words anyway
_CODES = f"utf-32-{'le' if sys.byteorder == 'little' else 'be'}"
_NOT_HAN, _LATIN = re.compile(f"[^{_HAN}]+"), re.compile("[0-9a-z]+")
_RUNS = re.compile(f"[{_HAN}]+|[0-9a-z]+")


def grams(text: str, initials: str = "") -> str:
    """The words an entry is stored under."""
    plain = _plain(text)
    here = _NOT_HAN.sub(_EDGE, plain) + _EDGE
    words = [_twos(here), *map(_latin, dict.fromkeys(_LATIN.findall(plain)))]
    for run in _RUNS.findall(_plain(initials)):
        words += [*_pairs(run, "y"), _GAP]
    return " ".join(words)


def _twos(run: str) -> str:
    """Every two neighbours as a word, by moving whole arrays: character by character it was most of a page's cost."""
    codes = array("I", run.encode(_CODES))
    out = array("I", [32]) * (3 * len(codes))
    out[0::3], out[1:-3:3] = codes, codes[1:]
    return out.tobytes().decode(_CODES)


@lru_cache(20_000)
def _latin(run: str) -> str:
    """The words of letters and digits: years, months, units and codes come again and again."""
    return " ".join([*_pairs(run, "x"), run]) if len(run) > 2 else run  # the whole keeps its pairs apart from the next one's


def query(text: str) -> str:
    """The FTS5 expression for what somebody typed; empty where there is nothing to look for."""
    parts = []
    for run in _RUNS.findall(_plain(text)):
        if not run[0].isascii():
            parts.append(_phrase(_pairs(run)) if len(run) > 1 else f"{run}*")
            continue
        ways = [f'"{run}"*']
        if len(run) > 1:
            ways += [_phrase(_pairs(run, "x")), _phrase(_pairs(run, "y"))]
        parts.append("(" + " OR ".join(ways) + ")")
    return " AND ".join(parts)


def initials(text: str) -> str:
    """First letters of the pinyin of ``text``; other characters are dropped ("高速主轴" -> "gszz")."""
    return text.translate(_INITIALS)


class _Initials(dict[int, str]):
    """Code point -> first letter, looked up as they come."""

    def __missing__(self, code: int) -> str:
        os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # its phrases cost 190 ms and 20 MB; single characters need none
        from pypinyin.pinyin_dict import pinyin_dict

        said: str = pinyin_dict.get(code, "") if code > 0x2E7F else " "
        self[code] = unicodedata.normalize("NFD", said)[:1]
        return self[code]


_INITIALS = _Initials()


def _plain(text: str) -> str:
    for mark in _MARKS:  # else nearly every Chinese text would have to be normalised for its commas
        text = text.replace(mark, " ")
    return (text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)).lower()


def _pairs(run: str, mark: str = "") -> list[str]:
    if len(run) == 1:
        return [mark + run]
    return [mark + one + other for one, other in pairwise(run)]


def _phrase(words: list[str]) -> str:
    return '"' + " ".join(words) + '"'
