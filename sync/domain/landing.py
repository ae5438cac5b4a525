"""Landings: the nine routes of the plan's landing standards as rules (L-ENT, L-PLT, L-PRJ, L-DEM-C).

Facts are plain JSON values: ``route`` and what the route asks for, by the names of the landing record, with the
organisations reduced to what matters: ``org_in_dg``, ``entity_in_dg``, ``benefit_org_in_dg``, and for DEM ``buyer``
and ``seller`` as {uscc, name?, in_dg}. Besides: today?, received_at, found_on?, already_landed?, existing?,
``missing_evidence``? (evidence kinds still to attach) and ``paper_days``? ([[kind, day]]) for what is on paper.

A claim may be sent only when its route's row is complete (not_met names what is missing); the two-year limit belongs
to selection and never stops a landing. Amounts and lists are ``parameters``. Must not know records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sync.domain.duplicates import compare
from sync.domain.lists import EVIDENCE_KINDS
from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.values import clean_uscc, same_org_name, town_of
from sync.domain.verdict import Facts, Findings, Verdict, branch_form, day_of, in_dongguan, part_of, today_of, year_of

#: A route's check adds what is missing and returns the days of its required facts (field, day).
Days = list[tuple[str, date | None]]
Route = Callable[[Findings, Facts, Parameters], Days]


def check_landing(facts: Facts, params: Parameters = DEFAULTS) -> Verdict:
    """The verdict on a claimed landing. Raises ValueError on a day that is none."""
    found = Findings()
    route = ROUTES.get(str(facts.get("route") or ""))
    if route is None:
        found.add("not_met", "NOT_A_CHOICE", "route", label="落地路径", label_en="Route", value=facts.get("route"),
                  choices=list(ROUTES))  # fmt: skip
        return found.settle(None, None)
    days = route(found, facts, params)
    for kind in facts.get("missing_evidence") or ():
        label, label_en = EVIDENCE_KINDS.get(kind, (kind, kind))
        found.add("not_met", "EVIDENCE_MISSING", kind, label=label, label_en=label_en)
    today = today_of(facts)
    papers = [(str(kind), day_of(day)) for kind, day in facts.get("paper_days") or ()]
    for field, day in (*days, *papers):
        found.later_than(today, field, "证明日期", "The date of a proof", day)
    known = [day for _, day in days if day is not None]
    if not found.stopped and len(known) < len(days):
        field = next(name for name, day in days if day is None)
        found.required(field, "证明日期", "the date of the proof", "not_met")
    if not known or found.stopped:
        return found.settle(None, None)
    ready = max(known)
    _history(found, facts, ready)
    return found.settle(year_of(found, facts, ready, params, landing=True), ready)


def landing_unit(responsible_unit: str | None, place: str | None) -> str | None:
    """Who gets the landing credit (R-LANDUNIT): the 包干 unit, else the town of the landing place."""
    return responsible_unit or town_of(place)


def _history(found: Findings, facts: Facts, ready: date) -> None:
    """One counted landing per item (R-ONE), after the find (A32), on papers of its own (E-REUSE), by a living body."""
    if facts.get("already_landed"):
        found.add("no_count", "ALREADY_LANDED", "subject")
    found_on = day_of(facts.get("found_on"))
    if found_on is not None and ready < found_on:
        found.add("warn", "LANDED_BEFORE_FOUND", None, ready_on=ready, found_on=found_on)
    likeness = compare({name: facts.get(name) for name in ("id", "sha256", "sha256s")}, facts.get("existing") or ())
    if likeness.reused:
        found.add("review", "EVIDENCE_REUSED", None, count=len(likeness.reused))


def _local(facts: Facts, flag: str, org: str, params: Parameters) -> bool:
    """A flag of the facts, else read off the organisation itself."""
    given = facts.get(flag)
    return bool(given) if given is not None else in_dongguan(part_of(facts, org), params)


def _standing(found: Findings, org: Facts, field: str, params: Parameters, status: Any = None) -> None:
    state = status or org.get("status")
    if state in params.inactive_states:
        found.add("review", "ORG_NOT_ACTIVE", field, name=org.get("name"), status=state)


def _amount(facts: Facts, name: str) -> int:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _enterprise(found: Findings, facts: Facts, params: Parameters) -> Days:
    """Both halves: new or moved in, and tax paid or R&D spent; no amount is named, so anything above zero."""
    org, event_on = part_of(facts, "org"), day_of(facts.get("event_on"))
    if not _local(facts, "org_in_dg", "org", params):
        found.add("not_met", "NOT_IN_DG", "org")
    if facts.get("mode") not in params.entry_modes or event_on is None or event_on < params.plan_start:
        found.add("not_met", "NOT_NEW_OR_MOVED", "event_on", mode=facts.get("mode"), event_on=event_on,
                  start=params.plan_start)  # fmt: skip
    if _amount(facts, "tax_paid_fen") <= 0 and _amount(facts, "rd_spend_fen") <= 0:
        found.add("not_met", "NO_TAX_OR_RD", "tax_paid_fen")
    form = branch_form({"name": org.get("name"), **facts}, params, sole=True)
    if form is not None:
        found.add("review", "BRANCH", "legal_form", name=org.get("name"), form=form)
    _standing(found, org, "org", params, facts.get("org_status"))
    return [("event_on", event_on), ("fact_on", day_of(facts.get("fact_on")))]


def _entity(found: Findings, facts: Facts, params: Parameters) -> None:
    """“在东莞拥有经营实体”."""
    if not _local(facts, "entity_in_dg", "entity_org", params):
        found.add("not_met", "NO_DG_ENTITY", "entity_org")
    _standing(found, part_of(facts, "entity_org"), "entity_org", params, facts.get("org_status"))


def _revenue(found: Findings, facts: Facts, params: Parameters) -> Days:
    """Cumulative service revenue since the plan began, without VAT (A15); the figure itself is enough."""
    _entity(found, facts, params)
    gross, minimum = _amount(facts, "revenue_fen"), params.revenue_min_fen
    rate = _rate(facts.get("vat_rate")) if facts.get("tax_included") else Decimal(0)
    net = gross if rate is None else gross / (1 + rate)
    if net < minimum:
        # Shown rounded down, so that an amount short by part of a fen never prints as the limit.
        found.add("not_met", "REVENUE_BELOW_MIN", "revenue_fen", amount=int(net), minimum=minimum)
    elif facts.get("tax_included"):
        # Without the rate the amount cannot be judged, so the row is not complete.
        found.add("not_met" if rate is None else "warn", "AMOUNT_TAX_INCLUSIVE", "vat_rate", gross=gross,
                  amount=None if rate is None else int(net))  # fmt: skip
    start = day_of(facts.get("revenue_from"))
    if start is not None and start < params.plan_start:
        found.add("hint", "REVENUE_BEFORE_PLAN", "revenue_from", revenue_from=start, start=params.plan_start)
    return [("revenue_to", day_of(facts.get("revenue_to")))]


def _rate(value: Any) -> Decimal | None:
    """A VAT rate written "0.06", 0.06, "6%" or 6; None where it is none."""
    text = str(value if value is not None else "").strip()
    try:
        rate = Decimal(text.rstrip("%"))
    except InvalidOperation:
        return None
    if not rate.is_finite() or not 0 <= rate < 100:
        return None
    return rate / 100 if rate >= 1 or text.endswith("%") else rate


def _approval(found: Findings, facts: Facts, params: Parameters) -> Days:
    """立项 by any authority, with a filed document (A16)."""
    _entity(found, facts, params)
    if not str(facts.get("doc_no") or "").strip():
        found.add("not_met", "NO_DOC", "doc_no")
    return [("doc_on", day_of(facts.get("doc_on")))]


def _title(found: Findings, facts: Facts, params: Parameters) -> Days:
    """特定资质: a formal paper of a municipal authority or above that names a centre, platform or institution."""
    _entity(found, facts, params)
    level, name = str(facts.get("doc_level") or ""), str(facts.get("granted_name") or "").strip()
    said = {level, f"{level}级"}  # "市" for "市级"
    if said & set(params.above_levels):
        found.add("warn", "ISSUER_ABOVE_CITY", "doc_level", level=level)
    elif not said & set(params.city_levels):
        found.add("not_met", "ISSUER_BELOW_CITY", "doc_level", level=level)
    if not name.endswith(params.granted_endings):
        found.add("review", "GRANTED_NAME", "granted_name", name=name)
    return [("doc_on", day_of(facts.get("doc_on")))]


def _trade_proof(found: Findings, facts: Facts, params: Parameters) -> Days:
    """“项目交易方的合同或出具证明”: a contract, or a certificate by a trading party."""
    proof, issuer = facts.get("proof"), facts.get("proof_issuer")
    if proof == "trade_certificate":
        parties = (part_of(facts, "seller"), part_of(facts, "buyer"))
        if issuer not in params.trading_parties and not any(_is(issuer, party) for party in parties):
            found.add("not_met", "PROOF_NOT_BY_PARTY", "proof_issuer", issuer=issuer)
    elif proof != "trade_contract":
        found.add("not_met", "NO_TRADE_PROOF", "proof")
    return [("proof_on", day_of(facts.get("proof_on")))]


def _traded_here(found: Findings, facts: Facts, params: Parameters) -> Days:
    if not facts.get("traded_in_dg"):
        found.add("not_met", "NOT_TRADED_IN_DG", "traded_in_dg")
    return _trade_proof(found, facts, params)


def _sold_from_here(found: Findings, facts: Facts, params: Parameters) -> Days:
    if not _local(facts, "seller_in_dg", "seller", params):
        found.add("not_met", "SELLER_NOT_DG", "seller_in_dg")
    return _trade_proof(found, facts, params)


def _benefit(found: Findings, facts: Facts, params: Parameters) -> Days:
    """Applied in Dongguan and a local body gains; direct and indirect may be added (A17)."""
    if not facts.get("applied_in_dg"):
        found.add("not_met", "NOT_APPLIED_IN_DG", "applied_in_dg")
    minimum = params.benefit_min_fen
    if not _local(facts, "benefit_org_in_dg", "benefit_org", params):
        found.add("not_met", "BENEFIT_NOT_LOCAL", "benefit_org", minimum=minimum)
    parts = ("benefit_fen",) if facts.get("benefit_fen") is not None else ("benefit_direct_fen", "benefit_indirect_fen")
    amount = sum(_amount(facts, name) for name in parts)
    if amount < minimum:
        found.add("not_met", "BENEFIT_BELOW_MIN", "benefit_fen", amount=amount, minimum=minimum)
    return [("proof_on", day_of(facts.get("proof_on")))]


def _team(found: Findings, facts: Facts, params: Parameters) -> Days:
    members = _amount(facts, "core_members")
    if members < params.core_members_min or not facts.get("settle_proof"):
        found.add("not_met", "TEAM_NOT_SETTLED", "core_members", members=members, minimum=params.core_members_min)
    return [("settled_on", day_of(facts.get("settled_on")))]


def _cooperation(found: Findings, facts: Facts, params: Parameters) -> Days:
    """Two parties, one of Dongguan, a technology contract and a payment between them (part payment is enough)."""
    buyer, seller = part_of(facts, "buyer"), part_of(facts, "seller")
    local = [side for side in (buyer, seller) if in_dongguan(side, params)]
    if not local:
        found.add("not_met", "NO_DG_PARTY", "buyer")
    elif all(branch_form(side, params) for side in local):
        found.add("review", "BRANCH", "buyer", name=local[0].get("name"), form=branch_form(local[0], params))
    if _same_party(buyer, seller):
        found.add("not_met", "SAME_PARTY", "seller", uscc=buyer.get("uscc") or buyer.get("name"))
    kind = str(facts.get("contract_kind") or "")
    if kind.removeprefix("技术") not in params.tech_contracts:
        found.add("not_met", "NOT_TECH_CONTRACT", "contract_kind", kind=kind)
    for side, field in ((buyer, "buyer"), (seller, "seller")):
        _standing(found, side, field, params)
    signed_on = day_of(facts.get("signed_on"))
    amount = facts.get("contract_fen")
    if isinstance(amount, int) and amount < params.budget_min_fen:
        found.add("warn", "CONTRACT_BELOW_BUDGET_MIN", "contract_fen", amount=amount, minimum=params.budget_min_fen)
    return [("signed_on", signed_on), *_payment(found, facts, buyer, seller, signed_on)]


def _payment(found: Findings, facts: Facts, buyer: Facts, seller: Facts, signed_on: date | None) -> Days:
    """The first payment above zero between the parties; only others' payments: the centre looks (A19)."""
    given = facts.get("payments") or ()
    paid = [one for one in given if isinstance(one, Mapping) and _amount(one, "amount_fen") > 0]
    if not paid:
        found.add("not_met", "NO_PAYMENT", "payments")
        return []
    between = [one for one in paid if _between(one, buyer, seller)]
    if not between:
        found.add("review", "PAYER_NOT_PARTY", "payments", payer=paid[0].get("payer"), payee=paid[0].get("payee"))
    dated = [day for one in between or paid if (day := day_of(one.get("paid_on"))) is not None]
    first = min(dated, default=None)
    if first is not None and signed_on is not None and first < signed_on:
        found.add("warn", "PAID_BEFORE_CONTRACT", "payments", paid_on=first, signed_on=signed_on)
    return [("payments", first)]


def _between(payment: Facts, buyer: Facts, seller: Facts) -> bool:
    """From one party to the other; a slip that does not name the payee is taken as paid to the other party."""
    payer, payee = payment.get("payer"), payment.get("payee")
    for one, other, word in ((buyer, seller, "seller"), (seller, buyer, "buyer")):
        names_one = _is(payer, one) or payer == ("buyer" if word == "seller" else "seller")
        if names_one and (not payee or payee == word or _is(payee, other)):
            return True
    return False


def _is(written: Any, party: Facts) -> bool:
    """Whether a written payer, payee or issuer is this party: by credit code, name or record id."""
    if not written or not party:
        return False
    text = str(written)
    code = clean_uscc(str(party.get("uscc") or ""))
    return (
        (bool(code) and clean_uscc(text) == code)
        or same_org_name(text, str(party.get("name") or ""))
        or text == party.get("id")
    )


def _same_party(buyer: Facts, seller: Facts) -> bool:
    first, second = clean_uscc(str(buyer.get("uscc") or "")), clean_uscc(str(seller.get("uscc") or ""))
    if first and second:
        return first == second
    return same_org_name(str(buyer.get("name") or ""), str(seller.get("name") or ""))


ROUTES: dict[str, Route] = {
    "ENT": _enterprise,
    "PLT-A": _revenue,
    "PLT-B": _approval,
    "PLT-C": _title,
    "PRJ-1A": _traded_here,
    "PRJ-1B": _sold_from_here,
    "PRJ-2": _benefit,
    "PRJ-3": _team,
    "DEM": _cooperation,
}
