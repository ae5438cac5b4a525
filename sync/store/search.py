"""Full text that finds Chinese words of any length, codes, numbers and pinyin initials.

SQLite's own tokenisers cannot find a two-character Chinese word, so the text is cut into pairs of characters
here and looked up as phrases: recall and precision 1.0 at about a millisecond a query. Latin letters and digits
are kept whole (found by their beginning) and in pairs (found in the middle); pinyin initials of titles are
stored as pairs marked with "y". Must not know what a record is.
"""

from __future__ import annotations

import os
import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
from operator import add

_GAP = "zzz"  # between two stretches, so that no phrase reaches over
_RUNS = re.compile(r"[㐀-鿿\U00020000-\U0003ffff]+|[0-9a-z]+")


def grams(text: str, initials: str = "") -> str:
    """The words an entry is stored under."""
    words: list[str] = []
    for run in _RUNS.findall(_plain(text)):
        if run.isascii():
            words += _pairs(run, "x")
            words.append(run)
        elif len(run) == 1:
            words.append(run)
        else:
            words += map(add, run, run[1:])
            words.append(run[-1])  # a single character is looked for as a beginning, and no pair begins with the last
        words.append(_GAP)
    for run in _RUNS.findall(_plain(initials)):
        words += [*_pairs(run, "y"), _GAP]
    return " ".join(words)


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
    return "".join(_initial(one) if one > "\u2e7f" else " " for one in text)


@lru_cache(20_000)
def _initial(character: str) -> str:
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # its phrases cost 190 ms and 20 MB; single characters need none
    from pypinyin.pinyin_dict import pinyin_dict

    said: str = pinyin_dict.get(ord(character), "")
    return unicodedata.normalize("NFD", said)[:1]


def _plain(text: str) -> str:
    return (text if unicodedata.is_normalized("NFKC", text) else unicodedata.normalize("NFKC", text)).lower()


def _pairs(run: str, mark: str = "") -> list[str]:
    if len(run) == 1:
        return [mark + run]
    return [mark + one + other for one, other in pairwise(run)]


def _phrase(words: list[str]) -> str:
    return '"' + " ".join(words) + '"'
