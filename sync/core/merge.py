"""Three-way merge, field by field: what becomes of a change when somebody else was there too.

``apply`` is what the platform does with a change: for each field, base is the value the person saw, new the one
he made, current what the platform holds now.

    new = current                  same      nothing to do, both agree
    base = current                 applied   only this side changed
    union field (sets, word lists) applied   additions of both stay, removals of both hold
    last field (program's own)     applied   nobody typed it: what was said last holds
    otherwise                      clash     base, mine and theirs are kept until a person decides

``overlay`` is what a laptop shows: the platform's values with its own unseen changes on top, so that own text
stays until it is decided. Laws (tests/core): a one-sided change wins; equal changes agree; which fields clash
does not depend on who came first; applying twice changes nothing; every change ends in the result or in a clash.
No clock, no counter and no device decides anything here. Empty is one value: None, "" and [] are equal.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sync.domain.fields import Merge

Pair = tuple[Any, Any]  # (base, new)
Policy = Callable[[str], Merge]


@dataclass(frozen=True, slots=True)
class Applied:
    """The outcome of a change: values to set, fields both sides agree on, and clashes (base, mine, theirs)."""

    values: Mapping[str, Any]
    same: frozenset[str]
    clashes: Mapping[str, tuple[Any, Any, Any]]


def plain(value: Any) -> Any:
    """One value for every kind of nothing."""
    return value if value or (value != "" and value != []) else None


def equal(one: Any, other: Any) -> bool:
    """Equality of JSON values: all empties are equal, 1 is not True."""
    if one is other:
        return True
    if not (one and other):
        one, other = plain(one), plain(other)
    return type(one) is type(other) and bool(one == other)


def apply(current: Mapping[str, Any], fields: Mapping[str, Pair], policy: Policy) -> Applied:
    """Merge a change's ``fields`` into ``current``; ``policy`` tells a field's merge."""
    values: dict[str, Any] = {}
    same: set[str] = set()
    clashes: dict[str, tuple[Any, Any, Any]] = {}
    for name, (base, new) in fields.items():
        held = current.get(name)
        if held is None and base is None and new:  # most changes fill what was empty
            values[name] = new
        elif equal(held, new):
            same.add(name)
        elif equal(held, base) or policy(name) == "last":
            values[name] = plain(new)
        elif policy(name) == "union" and all(_is_words(value) for value in (base, new, held)):
            values[name] = plain(union(base or [], new or [], held or []))
        else:
            clashes[name] = (plain(base), plain(new), plain(held))
    return Applied(values, frozenset(same), clashes)


def union(base: Iterable[str], mine: Iterable[str], theirs: Iterable[str]) -> list[str]:
    """Both sides' additions stay, both sides' removals hold; theirs first, in their order."""
    before, here, there = list(base), list(mine), list(theirs)
    kept = [word for word in there if word in here or word not in before]
    return kept + [word for word in here if word not in there and word not in before]


def overlay(values: Mapping[str, Any], unseen: Iterable[Mapping[str, Pair]], policy: Policy) -> dict[str, Any]:
    """``values`` with own unseen changes on top, oldest first; empties are dropped."""
    view = {name: value for name, value in values.items() if value or plain(value) is not None}
    for fields in unseen:
        for name, (base, new) in fields.items():
            words = policy(name) == "union" and all(_is_words(value) for value in (base, new, view.get(name)))
            value = plain(union(base or [], new or [], view.get(name) or []) if words else new)
            if value is None:
                view.pop(name, None)
            else:
                view[name] = value
    return view


def fold(older: Mapping[str, Pair], newer: Mapping[str, Pair], policy: Policy) -> dict[str, Pair]:
    """Two changes of one record as one that does the same as both in turn, whatever the platform holds by then.

    Of a single value: the older base, the newer value; what was taken back disappears. Of words: the additions and
    removals of both, the newer ones last, because what was removed may have been somebody else's word.
    """
    folded = dict(older)
    for name, (base, new) in newer.items():
        first = folded.get(name)
        if first is None:
            folded[name] = (base, new)
        elif policy(name) == "union" and all(_is_words(value) for value in (*first, base, new)):
            folded[name] = _fold_words(first[0] or [], first[1] or [], base or [], new or [])
        else:
            folded[name] = (first[0], new)
    return {name: pair for name, pair in folded.items() if not equal(*pair)}


def _fold_words(before: list[str], then: list[str], seen: list[str], now: list[str]) -> Pair:
    added = [word for word in now if word not in seen]
    removed = [word for word in seen if word not in now]
    kept = [word for word in now if word in then or word in added]
    kept += [word for word in then if word not in now and word not in removed]
    base = [word for word in before if word not in added] + [word for word in removed if word not in before]
    return plain(base), plain(kept)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Pair]:
    """What turns ``before`` into ``after``, for the fields named in ``after``."""
    return {
        name: (plain(before.get(name)), plain(value))
        for name, value in after.items()
        if not equal(before.get(name), value)
    }


def _is_words(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(word, str) for word in value))


def combine(base: str, mine: str, theirs: str) -> tuple[str, bool]:
    """A combined version of a long text both sides changed, and whether it is clean.

    Clauses changed by one side only are taken from it; where both changed the same stretch, both versions stand
    one after the other and the text is not clean. It is an offer: a person adopts or rewrites it.
    """
    before, here, there = (_clauses(text) for text in (base, mine, theirs))
    edits = sorted([(*edit, 0) for edit in _edits(before, here)] + [(*edit, 1) for edit in _edits(before, there)])
    out: list[str] = []
    clean, at = True, 0
    while edits:
        start, end = edits[0][:2]
        region = []
        while edits and (edits[0][0] < end or edits[0][0] == start):
            end = max(end, edits[0][1])
            region.append(edits.pop(0))
        sides = [_replay(before, start, end, [edit for edit in region if edit[3] == side]) for side in (0, 1)]
        touched = {edit[3] for edit in region}
        out += before[at:start]
        if len(touched) == 1 or sides[0] == sides[1]:
            out += sides[min(touched)]
        else:
            clean = False
            more = [clause for clause in sides[1] if clause not in sides[0]]
            apart = ["；"] if more and sides[0] and sides[0][-1][-1] not in _MARKS else []
            out += sides[0] + apart + more
        at = end
    return "".join(out + before[at:]), clean


_MARKS = "，。；、！？,.;!?\n"
_CLAUSE = re.compile(rf"[^{_MARKS}]*[{_MARKS}]?")


def _clauses(text: str) -> list[str]:
    return [clause for clause in _CLAUSE.findall(text) if clause]


def _edits(base: list[str], side: list[str]) -> list[tuple[int, int, list[str]]]:
    """Replaced stretches of ``base``: (start, end, new clauses)."""
    codes = difflib.SequenceMatcher(None, base, side, autojunk=False).get_opcodes()
    return [(i1, i2, side[j1:j2]) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _replay(base: list[str], start: int, end: int, edits: list[tuple[int, int, list[str], int]]) -> list[str]:
    """``base[start:end]`` after one side's edits."""
    out: list[str] = []
    for first, last, clauses, _side in edits:
        out += base[start:first] + clauses
        start = last
    return out + base[start:end]
