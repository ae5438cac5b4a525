"""Deciding conflicts, outside the window's thread: save what was chosen, remember it, take it back.

What was decided here in the last 30 days is kept beside the records with the value it replaced, so that it can be
taken back; the timeline keeps everything for ever. Must not know widgets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sync.domain.kinds import KINDS
from sync.errors import NoSuch
from sync.workspace import Workspace

DECIDED = "conflicts.decided"
CHOSEN = "conflicts.chosen"  # choices that were not saved yet: {record: {field: [take, value]}}
DAYS = 30


@dataclass(frozen=True, slots=True)
class Decided:
    """One record's decision: when, what the fields held on this laptop before and hold since."""

    record: str
    title: str
    subtitle: str
    at: str
    fields: Mapping[str, list[Any]] = field(default_factory=dict)  # name: [before, after]


def decided(workspace: Workspace) -> list[Decided]:
    """What was decided here in the last 30 days, newest first."""
    held = workspace.recall(DECIDED)
    oldest = (datetime.now(UTC) - timedelta(days=DAYS)).isoformat()
    rows = [Decided(**one) for one in held if isinstance(one, dict)] if isinstance(held, list) else []
    return [one for one in rows if one.at >= oldest]


def decide(workspace: Workspace, record_id: str, choices: Mapping[str, tuple[Any, Any]]) -> Decided:
    """Saves the choices of one record, field by field; each is sent with the next sync."""
    before = workspace.get(record_id)
    for name, (take, value) in choices.items():
        workspace.resolve(record_id, name, take, value)
    after = workspace.get(record_id)
    kind = KINDS.get(before.kind)
    title = str(after.fields.get(kind.title, "")) if kind else ""
    fields = {name: [before.fields.get(name), after.fields.get(name)] for name in choices if name != "workflow"}
    made = Decided(record_id, title, str(after.facts.get("number") or ""), datetime.now(UTC).isoformat(), fields)
    workspace.remember(DECIDED, [asdict(one) for one in (made, *decided(workspace))][:200])
    return made


def take_back(workspace: Workspace, record_id: str, at: str) -> None:
    """Puts back what the fields held before a decision; a later change by anybody shows as a conflict again."""
    rows = decided(workspace)
    found = next((one for one in rows if (one.record, one.at) == (record_id, at)), None)
    if found is None:
        raise NoSuch(record_id)
    workspace.edit(record_id, {name: before for name, (before, _after) in found.fields.items()})
    workspace.remember(DECIDED, [asdict(one) for one in rows if one != found])
