"""Sending a paper to the centre: what stops it, and when it has arrived.

A record is queued once kind, organisations and rules find nothing that blocks; it is submitted as soon as the bytes
of every paper attached to it have been delivered by its unit, in the same transaction or when the last upload ends.
The first arrival sets ``received_at``, which no later return or resubmission moves.
"""

from __future__ import annotations

from collections.abc import Iterable

from sync.domain.problems import Problem
from sync.server import judge
from sync.server.decide import arrived
from sync.server.held import PLATFORM, Actor, Held, picture
from sync.server.work import Work


def stops(work: Work, held: Held) -> list[Problem]:
    """What blocks the submission of ``held`` as it stands; empty: it may be queued."""
    found: list[Problem] = []
    if held.conflicts:
        found.append(Problem(None, "CONFLICT_OPEN", "block", {"count": len(held.conflicts)}))
    if held.kind in judge.JUDGED:
        said = judge.verdict(work, held, judge.parameters(work.connection), received_at=held.facts.get("received_at"))
        found += said.problems
    else:
        found += judge.field_problems(work, held, [paper.fields for paper in work.papers(held)])
    return [one for one in found if one.severity == "block"]


def settle(work: Work, touched: Iterable[Held]) -> None:
    """Submit what is queued and complete among the touched records and what touched papers belong to."""
    waiting: dict[str, Held] = {}
    papers = []
    for held in touched:
        if held.workflow == "queued":
            waiting[held.id] = held
        elif held.kind == "evidence":
            papers.append((held.unit, str(held.fields.get("subject") or "")))
    work.load(subject for _unit, subject in papers if subject)
    for unit, subject in papers:
        record = work.get(subject) if subject else None
        if record is not None and record.unit == unit and record.workflow == "queued":
            waiting[record.id] = record
    for held in waiting.values():
        digests = {str(paper.fields.get("sha256")) for paper in work.papers(held)}
        if digests <= work.delivered(held.unit, digests):
            _receive(work, held)


def _receive(work: Work, held: Held) -> None:
    """The platform has everything: the paper is in."""
    before = picture(held)
    arrived(held, Actor(PLATFORM), work.at)
    if not held.facts.get("received_at"):
        held.tell(received_at=work.moment())
    work.platform_row(held, before, "workflow")
