"""From stored records to the facts the rules read, so that form, command line and server ask the same question.

``record`` and the organisations are stored field values (names of the kinds), ``evidence`` the evidence records'
fields of the record; papers marked ``removed`` prove nothing. Everything returned is plain JSON and may be sent to
``check_demand``, ``check_achievement`` or ``check_landing`` as it is. Must not know the store, the wire or the clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sync.domain.parameters import DEFAULTS, Parameters

Values = Mapping[str, Any]


def demand_facts(
    record: Values, org: Values | None, partner: Values | None, evidence: Iterable[Values], finder_unit: str,
    today: date, received_at: str | None = None, existing: Sequence[Values] = (), record_id: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Facts of a demand; ``org`` and ``partner`` are the organisations it refers to (None: not chosen yet)."""
    return {
        **_common(record, evidence, finder_unit, today, received_at, existing, record_id),
        "org": organisation(org),
        "partner": organisation(partner),
        "budget": _budget(record),
        "letter": _letter(record, evidence),
    }


def achievement_facts(
    record: Values, org: Values | None, evidence: Iterable[Values], finder_unit: str, today: date,
    received_at: str | None = None, existing: Sequence[Values] = (), record_id: str | None = None,
    co_orgs: Iterable[Values] = (), params: Parameters = DEFAULTS,
) -> dict[str, Any]:  # fmt: skip
    """Facts of an achievement; quality proofs are its attached papers of the kinds that prove quality."""
    proofs = [paper for paper in _kept(evidence) if _proves_quality(paper, params)]
    return {
        **_common(record, evidence, finder_unit, today, received_at, existing, record_id),
        "org": organisation(org),
        "co_orgs": [organisation(one) for one in co_orgs],
        "secrecy": record.get("secrecy"),
        "reg_no": record.get("reg_no"),
        "ip": [one for one in record.get("ip") or () if one],
        "high_quality": record.get("high_quality") is True,
        "quality_proofs": len(proofs),
    }


def landing_facts(
    record: Values, orgs: Mapping[str, Values], evidence: Iterable[Values], today: date,
    received_at: str | None = None, found_on: str | None = None, already_landed: bool = False,
    existing: Sequence[Values] = (), record_id: str | None = None, missing_evidence: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Facts of a landing.

    Args:
        record: the landing's fields.
        orgs: organisation fields by record id, at least those the landing refers to.
        evidence: its papers; a team proof among them is the proof that the team settled.
        today: the platform's day, or the laptop's.
        received_at: first receipt, None for what was never sent.
        found_on: find date of the achievement or demand it is a landing of.
        already_landed: whether that item has another counted landing.
        existing: other records' papers, for scans used twice; leave out those of the item itself.
        record_id: its own id.
        missing_evidence: evidence kinds its fields still ask for.
    """
    papers = _kept(evidence)
    roles = ("org", "entity_org", "benefit_org", "buyer", "seller")
    return {
        **{name: value for name, value in record.items() if name not in roles},
        **{role: organisation(orgs.get(str(record[role]))) for role in roles if record.get(role)},
        "id": record_id,
        "today": today.isoformat(),
        "received_at": received_at,
        "found_on": found_on,
        "already_landed": already_landed,
        "existing": list(existing),
        "sha256s": _digests(papers),
        "paper_days": [[paper.get("kind"), paper["doc_on"]] for paper in papers if paper.get("doc_on")],
        "settle_proof": any(paper.get("kind") == "team_proof" for paper in papers),
        "missing_evidence": list(missing_evidence),
    }


def known_item(
    record_id: str, kind: str, record: Values, org: Values | None, evidence: Iterable[Values], finder_unit: str,
    received_at: str | None, workflow: str,
) -> dict[str, Any]:  # fmt: skip
    """A stored record as an entry of ``existing``: what duplicates and reused scans are found by."""
    return {
        "id": record_id, "kind": kind, "title": record.get("title"), "reg_no": record.get("reg_no"),
        "ip": [one for one in record.get("ip") or () if one], "sha256s": _digests(_kept(evidence)),
        "org": organisation(org), "finder_unit": finder_unit, "received_at": received_at, "workflow": workflow,
    }  # fmt: skip


def organisation(fields: Values | None) -> dict[str, Any]:
    """An organisation as the rules see it; empty where none is chosen."""
    if not fields:
        return {}
    same = ("name", "uscc", "division", "status", "is_dg", "legal_form")
    return {name: fields[name] for name in same if fields.get(name) is not None} | {"kind": fields.get("org_kind")}


def _common(
    record: Values, evidence: Iterable[Values], finder_unit: str, today: date, received_at: str | None,
    existing: Sequence[Values], record_id: str | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": record_id, "today": today.isoformat(), "finder_unit": finder_unit, "title": record.get("title"),
        "found_on": record.get("found_on"), "received_at": received_at, "existing": list(existing),
        "sha256s": _digests(_kept(evidence)),
    }  # fmt: skip


def _budget(record: Values) -> dict[str, Any] | None:
    """``budget_fen`` is yuan; beside a foreign currency it stands only with the original amount, rate and rate date."""
    amount, currency = record.get("budget_fen"), record.get("budget_currency") or "CNY"
    if amount is None:
        return None
    if currency == "CNY":
        return {"fen": amount, "currency": currency}
    converted = all(record.get(name) for name in ("budget_original", "budget_rate", "budget_rate_on"))
    return {
        "fen": record.get("budget_original") or amount,
        "currency": currency,
        "cny_fen": amount if converted else None,
    }


def _letter(record: Values, evidence: Iterable[Values]) -> dict[str, Any] | None:
    """One letter, however many scans it has: signed where any page is, sealed by the newest page that is."""
    pages = sorted(
        (p for p in _kept(evidence) if p.get("kind") == "demand_letter"), key=lambda p: p.get("doc_on") or ""
    )
    if not pages:
        return None
    newest = next((page for page in reversed(pages) if page.get("stamped")), pages[-1])
    return {
        "signed": any(page.get("signed") is True for page in pages),
        "stamped": newest.get("stamped") is True,
        "seal_name": newest.get("seal_name"),
        "seal_kind": newest.get("seal_kind"),
        "signed_on": record.get("letter_signed_on") or newest.get("doc_on"),
        "doc_on": newest.get("doc_on"),
        "sha256s": _digests(pages),
    }


def _proves_quality(paper: Values, params: Parameters) -> bool:
    return paper.get("kind") in params.quality_papers or "high_quality" in (paper.get("covers") or ())


def _kept(evidence: Iterable[Values]) -> list[Values]:
    return [paper for paper in evidence if not paper.get("removed")]


def _digests(papers: Iterable[Values]) -> list[str]:
    return sorted({str(paper["sha256"]) for paper in papers if paper.get("sha256")})
