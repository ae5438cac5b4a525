"""Sending a paper to the centre: what stops it, and when it has arrived.

A record is queued once kind, organisations and rules find nothing that blocks; it is submitted as soon as the bytes
of every paper attached to it have been delivered by its unit, in the same transaction or when the last upload ends.
The first arrival sets ``received_at``, which no later return or resubmission moves.
"""

from __future__ import annotations

from collections.abc import Iterable

from sync.domain.lifecycle import MACHINES
from sync.domain.problems import Problem
from sync.domain.steps import frozen, step_problems, told_stage
from sync.server import judge, sharing
from sync.server.database import RECEIVED, Database
from sync.server.decide import arrived, reach
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
    if held.kind == "ledger_row" and held.workflow == "draft":
        closed = frozen(held.view.get("month"), judge.today(work), judge.parameters(work.connection))
        found += [closed] if closed is not None else []
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
    Database.count_up(work.connection, RECEIVED)
    if held.kind == "service_log":
        _served(work, held)


def _served(work: Work, log: Held) -> None:
    """A service log moves what it is about: the first one of an assigned item, and the stage it names if it may."""
    subject = work.get(str(log.fields.get("subject") or ""))
    if subject is None or subject.kind not in MACHINES or not (subject.unit == log.unit or sharing.serves(subject, log.unit)):
        return
    steps = ["advancing"] if subject.facts.get("stage") == "assigned" else []
    named = told_stage(subject.kind, log.fields.get("stage_after"))
    steps += [named] if named and named not in steps else []
    papers = frozenset(str(paper.fields.get("kind")) for paper in work.papers(subject))
    for target in steps:
        note = str(log.fields.get("content") or "")
        if not step_problems(subject.kind, subject.facts.get("stage"), subject.workflow, target, subject.view, papers, note):
            before = picture(subject)
            reach(subject, target, Actor(PLATFORM), work.at)
            work.platform_row(subject, before, "stage")
