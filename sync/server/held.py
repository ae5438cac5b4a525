"""A record as the platform holds it, and the row that tells its unit what happened to it.

``Held`` is the working copy inside one transaction. Whoever changes it (a laptop's change, the centre, an upload
that completes) takes ``picture`` before and calls ``describe`` after: the feed row is the difference, so nothing can
change without being told. Instants and ids are given. This module must not know tables, HTTP or the rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sync.core import merge
from sync.domain.fields import Merge
from sync.domain.kinds import KINDS
from sync.domain.problems import Problem

PLATFORM = "平台"
What = Literal["created", "edited", "workflow", "stage", "review", "resolved", "attached", "refused"]
_ID = re.compile(r"[0-9A-Za-z_-]{1,36}\Z")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does it: the liaison's name and device, or the platform (no device)."""

    name: str
    device: str = ""
    unit: str = ""


@dataclass(slots=True)
class Held:
    """One record. ``stamps``: field -> [name, instant, device] of who set it last; ``conflicts``: the open ones."""

    id: str
    unit: str
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    workflow: str | None = None
    version: int = 0
    facts: dict[str, Any] = field(default_factory=dict)  # number, received_at, remarks, counted, stage …
    amendment: dict[str, Any] = field(default_factory=dict)
    stamps: dict[str, list[str]] = field(default_factory=dict)
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    closed: list[dict[str, Any]] = field(default_factory=list)  # conflicts closed since the last row
    created_at: str = ""
    updated_at: str = ""
    size: int = 0  # characters its fields may take at most, as JSON; grows with every change
    touched: bool = False

    @property
    def flows(self) -> bool:
        """Whether it travels the paper path; a kind this version does not know is taken to."""
        return self.kind not in KINDS or KINDS[self.kind].flow

    @property
    def view(self) -> dict[str, Any]:
        """What edits are made on: the fields in force with a waiting amendment on top."""
        if not self.amendment:
            return self.fields
        view = {**self.fields, **self.amendment}
        return {name: value for name, value in view.items() if merge.plain(value) is not None}

    def take(self, values: Mapping[str, Any], actor: Actor, at: str) -> None:
        """Set many fields in force at once; None removes one."""
        self.fields.update(values)
        for name in [name for name, value in values.items() if value is None]:
            del self.fields[name]
        stamp = [actor.name, at, actor.device]  # one for all: a stamp is replaced, never changed
        self.stamps.update({name: stamp for name in values})

    def put(self, name: str, value: Any, actor: Actor, at: str, *, amend: bool = False) -> None:
        """Set one field (empty removes it), in force or in the amendment."""
        value = merge.plain(value)
        if amend:
            if merge.equal(self.fields.get(name), value):
                self.amendment.pop(name, None)
            else:
                self.amendment[name] = value
        elif value is None:
            self.fields.pop(name, None)
        else:
            self.fields[name] = value
        self.stamps[name] = [actor.name, at, actor.device]

    def move(self, state: str, actor: Actor, at: str) -> None:
        """Change the paper state; the stamp remembers where it came from."""
        self.stamps["workflow"] = [actor.name, at, actor.device, self.workflow or ""]
        self.workflow = state

    def tell(self, **facts: Any) -> None:
        """Set facts of the platform; None removes one."""
        for name, value in facts.items():
            if value is None:
                self.facts.pop(name, None)
            else:
                self.facts[name] = value


@dataclass(frozen=True, slots=True)
class Picture:
    """What a record was before somebody touched it."""

    fields: Mapping[str, Any]
    workflow: str | None
    facts: Mapping[str, Any]
    amendment: Mapping[str, Any]
    conflicts: Sequence[Mapping[str, Any]]

    @property
    def view(self) -> Mapping[str, Any]:
        """As ``Held.view``."""
        return {**self.fields, **self.amendment}


def picture(held: Held) -> Picture:
    """Remember ``held`` as it is now."""
    return Picture(
        dict(held.fields), held.workflow, dict(held.facts), dict(held.amendment), [dict(one) for one in held.conflicts]
    )


def describe(
    held: Held, before: Picture, change: str, actor: Actor, at: str, what: What, *,
    problems: Sequence[Problem] = (), reason: str = "", made_at: str = "",
) -> dict[str, Any]:  # fmt: skip
    """The feed row (without its seq) of what happened to ``held`` since ``before``; raises its version if anything did."""
    parts: dict[str, Any] = {}
    fields = _differing(before.fields, held.fields)
    if held.workflow != before.workflow:
        parts["workflow"] = [before.workflow, held.workflow]
    if held.facts.get("stage") != before.facts.get("stage"):
        parts["stage"] = [before.facts.get("stage"), held.facts.get("stage")]
    facts = sorted(before.facts.keys() | held.facts.keys())
    told = {name: held.facts.get(name) for name in facts if before.facts.get(name) != held.facts.get(name)}
    if told:
        parts["facts"] = told
    if held.amendment != before.amendment:
        parts["amendment"] = dict(held.amendment)
        views = before.view, held.view
        names = sorted((before.amendment.keys() | held.amendment.keys()) - fields.keys())
        amended = {name: [view.get(name) for view in views] for name in names if not _same(*views, name)}
        if amended:
            parts["amended"] = amended
    if held.conflicts != before.conflicts:
        parts["conflicts"] = [dict(one) for one in held.conflicts]
    if held.closed:
        parts["closed"] = held.closed
        held.closed = []
    if fields or parts or not (held.version or problems):
        held.version += 1
        held.touched = True
        held.updated_at = at
    if problems:
        parts["problems"] = [problem.to_json() for problem in problems]
    if reason:
        parts["reason"] = reason
    if made_at:
        parts["made_at"] = made_at
    return {
        "change": change, "record": held.id, "kind": held.kind, "at": at, "by": actor.name, "device": actor.device,
        "what": what, "fields": fields, "version": held.version, **parts,
    }  # fmt: skip


def _differing(old: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Name -> [before, after] of what is not the same."""
    if not old:
        return {name: [None, value] for name, value in now.items()}
    return {name: [old.get(name), now.get(name)] for name in old.keys() | now.keys() if not _same(old, now, name)}


def _same(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return name in one and name in other and (one[name] is other[name] or merge.equal(one[name], other[name]))


def policy(kind: str) -> merge.Policy:
    """The merge policy of a kind's fields; unknown fields and kinds merge as plain values."""
    declared = KINDS.get(kind)

    def of(name: str) -> Merge:
        known = declared.fields.get(name) if declared is not None else None
        return known.merge if known is not None else "value"

    return of


def fit_id(value: str) -> bool:
    """Whether a text may be a record's or a change's id (it becomes part of addresses)."""
    return _ID.match(value) is not None
