"""Deciding conflicts, outside the window's thread: save what was chosen, list what was decided, take it back.

What was decided, by whom and when, is the workspace's to know: decisions made on other laptops are listed too.
Must not know widgets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sync.domain.kinds import KINDS
from sync.records import Record
from sync.workspace import Workspace

CHOSEN = "conflicts.chosen"  # choices that were not saved yet: {record: {field: [take, value]}}


@dataclass(frozen=True, slots=True)
class Decided:
    """A record's decisions that one person made together and that can be taken back."""

    record: str
    title: str
    subtitle: str
    by: str
    at: str
    fields: tuple[str, ...]


def decided(workspace: Workspace) -> list[Decided]:
    """What was decided in the last 30 days and still stands, newest first: one entry a record and person."""
    together: dict[tuple[str, str], list[Any]] = {}
    for one in workspace.decisions():
        if one.stands:
            together.setdefault((one.conflict.record, one.by), []).append(one)
    return [
        _entry(workspace.get(record), by, made[0].at, tuple(one.conflict.field for one in made))
        for (record, by), made in together.items()
    ]


def decide(workspace: Workspace, record_id: str, choices: Mapping[str, tuple[Any, Any]]) -> Decided:
    """Saves the choices of one record, field by field; each is sent with the next sync."""
    for name, (take, value) in choices.items():
        workspace.resolve(record_id, name, take, value)
    return _entry(workspace.get(record_id), "", "", tuple(choices))


def take_back(workspace: Workspace, record_id: str, fields: Sequence[str]) -> None:
    """Undoes decisions: what was given up comes back; a later change by anybody else shows as a conflict again."""
    for name in fields:
        workspace.undo(record_id, name)


def _entry(record: Record, by: str, at: str, fields: tuple[str, ...]) -> Decided:
    kind = KINDS.get(record.kind)
    title = str(record.fields.get(kind.title, "")) if kind else ""
    return Decided(record.id, title, str(record.facts.get("number") or ""), by, at, fields)
