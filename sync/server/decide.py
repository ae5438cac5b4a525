"""What becomes of one laptop's change on one record, given what the platform holds now. Pure but for ids handed in.

    fields      merge field by field; a clash becomes an open conflict that keeps base, mine and theirs
    amended     of an accepted record they wait in its amendment; the accepted values stay in force
    closed      against a deletion: conflict; otherwise refused
    workflow    only moves the life cycle gives a liaison, from the state the platform has
    stage       only steps of the business machine that are a liaison's, with what they need

A refused change never stops others. Where fields fit and only the move does not, the fields are taken: nobody loses
text because a paper could not be sent. The checks of a submission are the caller's (``submission``).
This module must not know tables, HTTP, the rules of counting or the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from sync.core import merge
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import AMENDED, CLOSED, LANDING_STAGE, MACHINES
from sync.domain.problems import Problem
from sync.domain.steps import step_problems
from sync.domain.values import to_day
from sync.messages import Change
from sync.server.held import Actor, Held, What, policy

MOVE = "workflow"  # the pseudo-field of a conflict about the paper state
#: Undoing one's own deletion; not in the life cycle's table because nothing reached the centre in between.
RESTORE = ("deleted", "draft")


@dataclass(slots=True)
class Context:
    """What a decision needs from outside: time, fresh ids, and two questions about the rest of the platform."""

    at: str
    fresh: Callable[[], str]
    touched_since: Callable[[Held, int, str], bool]  # did another device change it after this version?
    ready: Callable[[Held], list[Problem]]  # what stops it from being submitted
    papers: Callable[[Held], frozenset[str]]  # the kinds of evidence attached to it
    requested: Callable[[Held, str, Any, Change], bool]  # is the field's value what this laptop, as it knew, had asked for from there?


@dataclass(slots=True)
class Verdict:
    """``problems`` empty: taken."""

    what: What = "edited"
    problems: list[Problem] = field(default_factory=list)


def decide(held: Held, change: Change, actor: Actor, context: Context) -> Verdict:
    """Apply ``change`` to ``held`` as far as it may be; says what was done and what was refused."""
    fresh = not held.version
    problems = [*_writable(held, change), *_shapes(held.kind, change)]
    if problems:
        return Verdict("refused", problems)
    if fresh and held.flows:
        held.move(MACHINES["workflow"].initial, actor, context.at)
        stage(held)
    if held.workflow in CLOSED and not _undoes(held, change):
        return _closed(held, change, actor, context)
    verdict = Verdict("created" if fresh else "edited")
    before = len(held.conflicts)
    clashing = _fields(held, change, actor, context)
    settled = _resolve(held, change, actor, context)
    for clash in clashing:
        held.conflicts.append(clash)
    if settled or len(held.conflicts) < before:
        verdict.what = "resolved"
    if change.workflow is not None:
        verdict.problems = _move(held, change, actor, context)
        if not verdict.problems and not change.fields:
            verdict.what = "workflow" if not fresh else "created"
    if change.stage is not None and not verdict.problems:
        verdict.problems = _step(held, change, actor, context)
        if not verdict.problems and not change.fields and not fresh:
            verdict.what = "stage"
    if held.kind == "evidence" and fresh:
        verdict.what = "attached"
    if verdict.problems:
        verdict.what = "refused"
    return verdict


# ------------------------------------------------------------------------------------------- may it be written


def _writable(held: Held, change: Change) -> list[Problem]:
    """Platform-owned kinds and fields are never a laptop's to set; what is unknown here is kept untouched."""
    kind = KINDS.get(held.kind)
    if held.version and change.kind != held.kind:
        return [Problem(None, "BAD_REF", "block", {"label": "记录", "label_en": "Record", "value": held.id})]
    if kind is None:
        return []
    if kind.writer == "platform" and not held.version:
        return [Problem(None, "READ_ONLY", "block", {"label": kind.label, "label_en": kind.en})]
    foreign = _foreign(kind.name)
    if foreign.isdisjoint(change.fields):
        return []
    return [
        Problem(name, "READ_ONLY", "block", {"label": kind.fields[name].label, "label_en": kind.fields[name].en})
        for name, (_base, new) in change.fields.items()
        if name in foreign and not merge.equal(held.fields.get(name), new)
    ]


@cache
def _foreign(kind_name: str) -> frozenset[str]:
    """The fields of a kind that are not a laptop's to set."""
    kind = KINDS[kind_name]
    return frozenset(
        name for name, known in kind.fields.items()
        if known.owner == "platform" or not known.stored or (kind.writer == "platform" and known.owner == "liaison")
    )  # fmt: skip


def _shapes(kind_name: str, change: Change) -> list[Problem]:
    """Values of the wrong JSON type; what is merely too long or not on a list is a draft's business."""
    kind = KINDS.get(kind_name)
    if kind is None:
        return []
    found = []
    plain = _plain(kind_name)
    for name, (_base, new) in change.fields.items():
        if new is None or plain.get(name) is type(new):
            continue
        known = kind.fields.get(name)
        if known is not None and merge.plain(new) is not None and not _fits(known, new):
            problem = known.check(new)
            found.append(problem or Problem(name, "NOT_A_TEXT", "block", {"label": known.label, "label_en": known.en}))
    return found


@cache
def _plain(kind_name: str) -> dict[str, type]:
    """The fields of a kind that take any text, whole number or truth value."""
    some = (".", 1, True)
    return {name: type(one) for name, known in KINDS[kind_name].fields.items() for one in some if _fits(known, one)}


def _fits(known: Field, value: Any) -> bool:
    if known.type in ("set", "list"):
        row = dict if known.items else str
        return isinstance(value, list) and all(isinstance(one, row) for one in value)
    if known.type in ("money", "int"):
        return isinstance(value, int) and not isinstance(value, bool)
    if known.type == "bool":
        return isinstance(value, bool)
    return known.type in ("auto", "evidence") or isinstance(value, str)


# --------------------------------------------------------------------------------------------- fields, conflicts


def _fields(held: Held, change: Change, actor: Actor, context: Context) -> list[dict[str, Any]]:
    """Merge the change's fields; returns the new conflicts."""
    rest = dict(change.fields)
    for one in held.conflicts:  # the same laptop went on typing where it already disagrees: its side moves on
        name = one["field"]
        if name in rest and one["id"] not in change.resolves and one["device"] == change.device:
            base, new = rest[name]
            if merge.equal(one["mine"], base):
                one.update(mine=merge.plain(new), mine_by=actor.name, mine_at=context.at, change=change.id)
                del rest[name]
    amend = held.workflow in AMENDED
    view = held.view
    if held.amendment:
        view = {**view, **{name: base for name, (base, _new) in rest.items() if _asks_anew(held, name, base, change)}}
    applied = merge.apply(view, rest, policy(held.kind))
    if amend:
        for name, value in applied.values.items():
            held.put(name, value, actor, context.at, amend=True)
    else:
        held.take(applied.values, actor, context.at)
    clashes = dict(applied.clashes)
    own = [name for name, (base, *_) in clashes.items() if _was_asked(held, name, base, change, context) or _typed_before(held, name, change)]
    for name in own:
        held.put(name, clashes.pop(name)[1], actor, context.at, amend=amend)
    if amend and held.amendment and held.workflow == "accepted":
        held.move("amending", actor, context.at)
    _follow(held, actor, context, change)
    return [_clash(held, change, actor, context, name, *three) for name, three in clashes.items()]


def _asks_anew(held: Held, name: str, base: Any, change: Change) -> bool:
    """A laptop's form shows what is in force: whoever types there again replaces his own waiting request."""
    if name not in held.amendment or policy(held.kind)(name) == "union":
        return False
    return held.stamps.get(name, ["", "", ""])[2] == change.device and merge.equal(base, held.fields.get(name))


def _was_asked(held: Held, name: str, base: Any, change: Change, context: Context) -> bool:
    """The same where the request was granted meanwhile: what he typed on top of it is no disagreement with himself."""
    return held.stamps.get(name, ["", "", ""])[2] == change.device and context.requested(held, name, base, change)


def _typed_before(held: Held, name: str, change: Change) -> bool:
    """A decision that comes after somebody else's: what its laptop typed before it went on top of that one, and is known to it."""
    open_still = any(one["field"] == name and one["id"] in change.resolves for one in held.conflicts)
    return bool(change.resolves) and not open_still and held.stamps.get(name, ["", "", ""])[2] == change.device


def _clash(
    held: Held, change: Change, actor: Actor, context: Context, name: str, base: Any, mine: Any, theirs: Any
) -> dict[str, Any]:
    by, at = (held.stamps.get(name) or ["", held.created_at])[:2]
    return {
        "id": context.fresh(), "record": held.id, "field": name, "base": base, "mine": mine, "theirs": theirs,
        "by": by, "at": at, "mine_by": actor.name, "mine_at": context.at, "device": change.device, "change": change.id,
    }  # fmt: skip


def _follow(held: Held, actor: Actor, context: Context, change: Change) -> None:
    """Open conflicts show what the platform holds now; where both sides have become equal they close."""
    if not held.conflicts:
        return
    view = held.view
    for one in list(held.conflicts):
        name = one["field"]
        if name == MOVE or one["id"] in change.resolves:
            continue
        current = view.get(name)
        if not merge.equal(one["theirs"], current):
            one.update(theirs=merge.plain(current), by=actor.name, at=context.at)
        if merge.equal(one["mine"], current):
            _close(held, one, kept=current, lost=None)


def _resolve(held: Held, change: Change, actor: Actor, context: Context) -> bool:
    """Close the conflicts a person decided; the value itself came as a field of the change."""
    settled = False
    for one in list(held.conflicts):
        if one["id"] not in change.resolves:
            continue
        settled = True
        if one["field"] == MOVE:
            _decide_move(held, one, change, actor, context)
            continue
        decided = change.fields.get(one["field"], (None, one["theirs"]))[1]
        takes_mine, takes_theirs = merge.equal(decided, one["mine"]), merge.equal(decided, one["theirs"])
        lost = one["theirs"] if takes_mine else one["mine"] if takes_theirs else {"mine": one["mine"], "theirs": one["theirs"]}
        _close(held, one, kept=decided, lost=lost)
    return settled


def _decide_move(held: Held, one: dict[str, Any], change: Change, actor: Actor, context: Context) -> None:
    """Deleted or not: with the deletion its waiting values are given up, without it they are taken."""
    wanted = change.workflow[1] if change.workflow is not None else held.workflow
    _close(held, one, kept=wanted, lost=one["mine"] if wanted == one["theirs"] else one["theirs"])
    stays = wanted == "deleted"
    for other in [each for each in held.conflicts if each["field"] != MOVE and each.get("against") == "deleted"]:
        name, current = other["field"], held.view.get(other["field"])
        if stays:
            _close(held, other, kept=current, lost=other["mine"])
        elif merge.equal(other["base"], current):
            held.put(name, other["mine"], actor, context.at)
            _close(held, other, kept=other["mine"], lost=None)


def _close(held: Held, one: Mapping[str, Any], kept: Any, lost: Any) -> None:
    held.conflicts = [other for other in held.conflicts if other["id"] != one["id"]]
    held.closed.append({"id": one["id"], "field": one["field"], "kept": merge.plain(kept), "lost": merge.plain(lost)})


# --------------------------------------------------------------------------------------------------- paper state


def _undoes(held: Held, change: Change) -> bool:
    """Taking a deletion back, or deciding about it, is the one thing a deleted record takes."""
    if held.workflow != RESTORE[0]:
        return False
    about = any(one["field"] == MOVE and one["id"] in change.resolves for one in held.conflicts)
    return about or (change.workflow is not None and change.workflow[1] == RESTORE[1])


def _move(held: Held, change: Change, actor: Actor, context: Context) -> list[Problem]:
    """The change's paper move, from the state the platform has."""
    assert change.workflow is not None  # noqa: S101  the caller asked
    source, target = held.workflow, change.workflow[1]
    if source == target or (source, target) == ("submitted", "queued"):
        return []  # there already; "submitted" is what "queued" asks for
    if (source, target) == RESTORE:
        held.move(target, actor, context.at)
        return []
    if source is None or not MACHINES["workflow"].allows(source, target, "liaison"):
        return [Problem(None, "BAD_TRANSITION", "block", MACHINES["workflow"].told(source=source, target=target))]
    if target == "withdrawn" and not change.reason.strip():
        return [Problem(None, "REASON_MISSING", "block")]
    if target == "deleted" and not change.resolves and context.touched_since(held, change.seen_version, change.device):
        held.conflicts.append(_clash(held, change, actor, context, MOVE, change.workflow[0], target, source))
        return []
    if target == "queued":
        stops = context.ready(held)
        if stops:
            return stops
    held.move(target, actor, context.at)
    stage(held)
    return []


def _step(held: Held, change: Change, actor: Actor, context: Context) -> list[Problem]:
    """The change's business step, from the stage the platform has."""
    assert change.stage is not None  # noqa: S101  the caller asked
    source, target = held.facts.get("stage"), change.stage[1]
    if source == target:
        return []
    problems = step_problems(held.kind, source, held.workflow, target, held.view, context.papers(held), change.reason)
    if not problems:
        reach(held, target, actor, context.at)
    return problems


def reach(held: Held, target: str, actor: Actor, at: str) -> None:
    """Put a record into a stage; a kind that shows its stage as a field shows the new one."""
    held.tell(stage=target)
    kind = KINDS[held.kind]
    if (held.kind, target) == ("pilot_platform", "supported") and not held.facts.get("supported_on"):
        held.tell(supported_on=to_day(at).isoformat())
    if "status" in kind.fields and kind.machine:
        held.put("status", MACHINES[kind.machine].states[target][0], actor, at)


def arrived(held: Held, actor: Actor, at: str) -> None:
    """A queued paper is complete on the platform: it is submitted."""
    held.move("submitted", actor, at)
    stage(held)


def stage(held: Held) -> None:
    """A landing's business stage follows its paper; other kinds begin theirs when they are accepted."""
    if held.kind == "landing" and held.workflow in LANDING_STAGE:
        held.tell(stage=LANDING_STAGE[held.workflow])


def _closed(held: Held, change: Change, actor: Actor, context: Context) -> Verdict:
    """A change that met a closed record."""
    view = held.view
    news = {name: pair for name, pair in change.fields.items() if not merge.equal(view.get(name), pair[1])}
    move = change.workflow is not None and change.workflow[1] != held.workflow
    if not news and not move:
        _resolve(held, change, actor, context)
        return Verdict("edited")
    stamp = [*held.stamps.get(MOVE, []), "", "", "", ""]
    if held.workflow == "deleted" and stamp[2] != change.device:
        if not any(one["field"] == MOVE and one["device"] == change.device for one in held.conflicts):
            held.conflicts.append(_clash(held, change, actor, context, MOVE, stamp[3], stamp[3] or "draft", "deleted"))
        for name, (base, new) in news.items():
            same = [one for one in held.conflicts if one["field"] == name and one["device"] == change.device]
            for one in same:
                one.update(mine=merge.plain(new), mine_by=actor.name, mine_at=context.at, change=change.id)
            if not same:
                clash = _clash(held, change, actor, context, name, merge.plain(base), merge.plain(new), view.get(name))
                held.conflicts.append({**clash, "against": "deleted"})
        return Verdict("edited")
    return Verdict("refused", [Problem(None, "RECORD_CLOSED", "block", MACHINES["workflow"].told(state=held.workflow))])
