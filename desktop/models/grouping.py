"""How a list of records falls into groups: by what has to happen next, by state, by month, or not at all. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop import wording
from sync.records import Row

GROUPINGS: dict[str, tuple[str, str]] = {
    "next": ("处理状态", "What comes next"),
    "state": ("业务状态", "State"),
    "month": ("月份", "Month"),
    "none": ("不分组", "No groups"),
}
_NEXT: dict[str, tuple[str, str, str]] = {
    "you": ("需要你处理", "Needs you", "red"),
    "sending": ("等待上传", "Waiting to be sent", "accent"),
    "platform": ("等平台审核", "With the platform", "accent"),
    "counted": ("已计入", "Counted", "green"),
    "taken": ("已受理，暂不计入", "Accepted, not counted", "text2"),
    "done": ("已了结", "Closed", "text2"),
}
_CLOSED = frozenset({"merged", "rejected", "withdrawn", "revoked", "deleted"})


@dataclass(frozen=True, slots=True)
class Group:
    """A group of rows; ``tint`` is a colour token."""

    key: str
    words: str
    tint: str
    rows: tuple[Row, ...]


def next_of(row: Row) -> str:
    """Which group of ``next`` a row belongs to."""
    if row.sync_state in ("conflict", "refused") or row.workflow in ("returned", "draft"):
        return "you"
    if row.workflow in _CLOSED:
        return "done"
    if row.workflow == "queued" or row.sync_state in ("local", "pending", "files"):
        return "sending"
    if row.workflow == "accepted":
        return "counted" if (row.counted or {}).get("credit") else "taken"
    return "platform"


def group(rows: Sequence[Row], by: str, lang: str = "zh") -> list[Group]:
    """Rows in groups, the order within a group as given; one nameless group for ``none``."""
    if by == "none":
        return [Group("", "", "text2", tuple(rows))]
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(_key(row, by), []).append(row)
    keys = [key for key in _NEXT if key in found] if by == "next" else sorted(found, reverse=by == "month")
    return [Group(key, *_words(key, by, found[key][0], lang), tuple(found[key])) for key in keys]


def _key(row: Row, by: str) -> str:
    if by == "next":
        return next_of(row)
    if by == "month":
        return row.updated_at[:7]
    return wording.business(row.kind, row.workflow, row.stage)[0]


def _words(key: str, by: str, row: Row, lang: str) -> tuple[str, str]:
    if by == "next":
        zh, en, tint = _NEXT[key]
        return (en if lang == "en" else zh), tint
    if by == "month":
        return key, "text2"
    word, tone = wording.business(row.kind, row.workflow, row.stage, lang)
    return word, {"grey": "text2", "blue": "accent"}.get(tone, tone)
