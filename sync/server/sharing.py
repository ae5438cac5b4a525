"""What units see of records that are not theirs: items they were made responsible for, and what the centre publishes.

A feed belongs to one unit, so a record that others may see is told to each of them by rows of their own feed, marked
with its owner's ``unit``. What they may see stands in the record's ``shared`` fact ({unit code or "*": "whole" or
"public"}): the responsible unit sees everything it needs to serve the item, the public sees what a showcase shows.
A row tells a newcomer all of it and later only what changed. Such rows are copies: records, counts and papers are the
owner's alone, and a unit that was shown an item may do nothing to it but take the steps of whoever is responsible.
This module must not know tables, HTTP or the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sync.domain.kinds import KINDS
from sync.messages import Change
from sync.server.held import Actor, Held, Picture

ALL = "*"
WHOLE, PUBLIC = "whole", "public"
#: Facts a unit is told of another unit's record; what it counts for and what the centre remarked stay with its owner.
FACTS = ("number", "stage", "supported_on", "responsible", "escalated", "merged_into")
#: What a showcase shows of an item and of its owner; of other kinds it shows all that is not private.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "achievement": (
        "title", "owner_org", "category", "intro", "innovation", "keywords", "tech_field", "industry_dg", "industry", "form", "nature",
        "stage", "trl", "rights", "transfer_modes", "disclosure", "catalogue_ok", "found_on",
    ),
    "demand": ("title", "org", "problem", "indicators", "goal", "keywords", "tech_field", "industry_dg", "industry", "solve_mode",
               "need_from", "need_to", "pilot_need", "disclosure", "found_on"),
    "organisation": ("name", "org_kind", "country", "division", "tags", "is_dg", "status", "disclosure"),
}  # fmt: skip
#: Never shown to another unit, not even to the responsible one: the owner's own opinion of the value.
KEPT = frozenset({"claimed_value_fen"})


def share(held: Held, with_unit: str, how: str) -> None:
    """Let a unit (or all, ``*``) see a record; seeing the whole is never taken back to the public part."""
    now = dict(held.facts.get("shared") or {})
    if now.get(with_unit) != WHOLE:
        now[with_unit] = how
    held.tell(shared=now)


def unshare(held: Held, with_unit: str) -> None:
    """No longer tell a unit of a record; what it was told stays with it."""
    left = {unit: how for unit, how in (held.facts.get("shared") or {}).items() if unit != with_unit}
    held.tell(shared=left or None)


def shown_to(held: Held, unit: str) -> bool:
    """Whether a unit was shown a record of another (or it is its own)."""
    shared = held.facts.get("shared") or {}
    return held.unit == unit or unit in shared or ALL in shared


def serves(held: Held, unit: str) -> bool:
    """Whether the centre has made a unit responsible for another unit's record."""
    return (held.facts.get("responsible") or {}).get("unit") == unit


def only_a_step(change: Change) -> bool:
    """Whether a change is nothing but a move of the business stage."""
    return change.stage is not None and not change.fields and change.workflow is None and not change.resolves


def rows(
    held: Held, before: Picture, body: Mapping[str, Any], actor: Actor, everybody: Callable[[], Sequence[str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(unit, row) for everyone else who sees ``held``, out of the row its owner gets."""
    old, now = (_audience(facts, held.unit, everybody) for facts in (before.facts, held.facts))
    for unit in sorted({**old, **now}):
        how = now.get(unit) or old[unit]
        fresh = unit not in old or (old[unit], how) == (PUBLIC, WHOLE)
        told = _whole(held, how) if fresh else _news(held, before, body, how)
        own = actor.unit == unit and unit != held.unit
        if told or own:
            yield unit, {
                "change": body["change"], "record": held.id, "kind": held.kind, "at": body["at"], "by": actor.name,
                "device": actor.device if own else "", "what": "created" if fresh else body["what"], "unit": held.unit,
                "fields": {}, "version": held.version, **told,
            }  # fmt: skip


def _audience(facts: Mapping[str, Any], owner: str, everybody: Callable[[], Sequence[str]]) -> dict[str, str]:
    shared = facts.get("shared") or {}
    found = dict.fromkeys(everybody(), shared[ALL]) if ALL in shared else {}
    return {unit: how for unit, how in {**found, **shared}.items() if unit not in (ALL, owner)}


def visible(kind: str, name: str, how: str) -> bool:
    """Whether a field is shown to others."""
    declared = KINDS[kind].fields.get(name) if kind in KINDS else None
    if name in KEPT:
        return False
    if how == WHOLE:
        return True
    return name in SHOWN[kind] if kind in SHOWN else declared is not None and not declared.private


def _whole(held: Held, how: str) -> dict[str, Any]:
    facts = {name: held.facts[name] for name in FACTS if name in held.facts}
    found: dict[str, Any] = {"fields": {n: [None, v] for n, v in sorted(held.fields.items()) if visible(held.kind, n, how)}}
    if held.workflow is not None:
        found["workflow"] = [None, held.workflow]
    return found | ({"facts": facts} if facts else {})


def _news(held: Held, before: Picture, body: Mapping[str, Any], how: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    fields = {name: pair for name, pair in body["fields"].items() if visible(held.kind, name, how)}
    facts = {name: held.facts.get(name) for name in FACTS if held.facts.get(name) != before.facts.get(name)}
    if fields:
        found["fields"] = fields
    if facts:
        found["facts"] = facts
    for name in ("workflow", "stage"):
        if name in body:
            found[name] = body[name]
    return found | ({"reason": body["reason"]} if found and how == WHOLE and body.get("reason") else {})
