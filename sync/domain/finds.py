"""Finds: when a demand or an achievement may be sent, counts, or goes to the centre (L-DEM-F, R-INST, R-TERR, E-*).

Facts are plain JSON values:

    common       today, finder_unit, title, org {name, uscc, division, kind, status?}, found_on, received_at, existing
    demand       partner {…} or None, budget {fen, currency?, cny_fen?} or {min_fen, max_fen},
                 letter {signed, stamped, seal_name, seal_kind, signed_on, sha256} or None
    achievement  secrecy, reg_no?, ip [..], co_orgs [..]?, high_quality?, quality_proofs?

``existing`` is what the platform already holds (see ``duplicates``). ``received_at`` None: judged as if received
today. Sources: plan text "技术需求标准", "年度发现目标"; amounts and lists in ``parameters``. Must not know records.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sync.domain.duplicates import compare
from sync.domain.parameters import DEFAULTS, Parameters
from sync.domain.values import BadValue, add_years, parse_money, same_org_name, town_of
from sync.domain.verdict import (
    Facts,
    Findings,
    Verdict,
    branch_form,
    day_of,
    division_of,
    in_dongguan,
    part_of,
    today_of,
    year_of,
)


def check_demand(facts: Facts, params: Parameters = DEFAULTS) -> Verdict:
    """The verdict on a found demand. Raises ValueError on a day that is none."""
    found = Findings()
    org, partner = part_of(facts, "org"), part_of(facts, "partner")
    today, found_on = today_of(facts), day_of(facts.get("found_on"))
    _budget(found, facts.get("budget"), params)
    signed_on = _letter(found, facts.get("letter"), org, found_on, today, params)
    if not org:
        found.required("org", "需求企业", "Company")
    elif org.get("kind") not in params.enterprise_kinds:
        found.add("no_count", "NOT_ENTERPRISE", "org", kind=org.get("kind"))
    party = next((side for side in (org, partner) if in_dongguan(side, params)), None)
    if party is None and org:
        found.add("no_count", "NO_DG_PARTY", "partner_org")
    _active(found, params, org, party)
    if party is not None:
        _branch(found, params, *(side for side in (org, partner) if in_dongguan(side, params)))
        _territory(found, facts, party)
    letter = part_of(facts, "letter")
    scans = [letter.get("sha256"), *(letter.get("sha256s") or ())]
    _likeness(found, {**facts, "kind": "demand", "sha256s": scans})
    if is_institute(facts, params):
        found.add("warn", "INSTITUTE_DEMAND")
        return _settle(found, facts, found_on, signed_on, params, unit_credit=False)
    return _settle(found, facts, found_on, signed_on, params)


def check_achievement(facts: Facts, params: Parameters = DEFAULTS) -> Verdict:
    """The verdict on a found achievement. Raises ValueError on a day that is none."""
    found = Findings()
    org = part_of(facts, "org")
    found_on = day_of(facts.get("found_on"))
    if facts.get("secrecy") in params.secret_levels:
        found.add("block", "SECRET_LEVEL", "secrecy", value=facts.get("secrecy"))
    if not org:
        found.required("owner_org", "第一完成单位", "Owner")
    others = [one for one in facts.get("co_orgs") or () if isinstance(one, Mapping)]
    party = next((side for side in (org, *others) if in_dongguan(side, params)), None)
    _active(found, params, org, None, field="owner_org")
    if org:
        _territory(found, facts, party if party is not None else org, field="owner_org")
    _likeness(found, {**facts, "kind": "achievement"})
    if is_institute(facts, params) and not high_quality(facts, params):
        found.add("warn", "NO_QUALITY_PROOF", "high_quality")
        return _settle(found, facts, found_on, None, params, unit_credit=False)
    return _settle(found, facts, found_on, None, params)


def is_institute(facts: Facts, params: Parameters) -> bool:
    """Whether the finder is a university, laboratory, facility or new institute (its quota is achievements only)."""
    unit = str(facts.get("finder_unit") or "")
    return facts.get("finder_kind") == "institute" or unit.startswith(params.institute_prefixes)


def high_quality(facts: Facts, params: Parameters) -> bool:
    """Declared high quality (not declared otherwise) and proved at least once (A8)."""
    proofs = facts.get("quality_proofs") or 0
    number = proofs if isinstance(proofs, int) else len(proofs)
    return facts.get("high_quality", True) is True and number >= params.quality_proofs_min


def _settle(
    found: Findings, facts: Facts, found_on: date | None, proved_on: date | None, params: Parameters,
    unit_credit: bool = True,
) -> Verdict:  # fmt: skip
    if found_on is None:
        found.required("found_on", "发现日期", "Found on")
        return found.settle(None, None)
    found.later_than(today_of(facts), "found_on", "发现日期", "Found on", found_on)
    ready = max(found_on, proved_on or found_on)
    return found.settle(year_of(found, facts, ready, params), ready, unit_credit)


def _budget(found: Findings, budget: Any, params: Parameters) -> None:
    """One definite amount in yuan, the limit included (大于等于). A bare number is fen, a text is read as it is typed."""
    minimum = params.budget_min_fen
    if not isinstance(budget, Mapping):
        budget = {"text" if isinstance(budget, str) else "fen": budget or None}
    given = {name: value for name, value in budget.items() if value is not None}
    currency = str(given.pop("currency", params.currency)).upper()
    if not given:
        found.add("block", "BUDGET_MISSING", "budget_fen", minimum=minimum)
        return
    if given.get("fen") is None and given.get("min_fen") == given.get("max_fen") is not None:
        given["fen"] = given["min_fen"]
    amount = given.get("fen", _read(given.get("text")))
    if currency != params.currency:
        amount = given.get("cny_fen")
        if amount is None:
            found.add("block", "CURRENCY_NO_CNY", "budget_currency", currency=currency, minimum=minimum)
            return
    if not isinstance(amount, int) or isinstance(amount, bool):
        found.add("block", "BUDGET_NOT_DEFINITE", "budget_fen", minimum=minimum)
    elif amount < minimum:
        found.add("block", "BUDGET_BELOW_MIN", "budget_fen", amount=amount, minimum=minimum)


def _read(text: Any) -> int | None:
    """An amount in words of a letter; None where it is no definite one ("面议", a range)."""
    try:
        return parse_money(text) if isinstance(text, str) else None
    except BadValue:
        return None


def _letter(
    found: Findings, letter: Any, org: Facts, found_on: date | None, today: date | None, params: Parameters
) -> date | None:
    """Signed and stamped, by the company itself, not dated ahead; returns its date."""
    if not isinstance(letter, Mapping) or not letter:
        found.add("block", "LETTER_MISSING", "demand_letter")
        return None
    if not letter.get("signed"):
        found.add("block", "LETTER_UNSIGNED", "demand_letter")
    if letter.get("stamped"):
        _seal(found, letter, org, params)
    else:
        found.add("block", "LETTER_UNSTAMPED", "demand_letter")
    signed_on, doc_on = day_of(letter.get("signed_on")), day_of(letter.get("doc_on"))
    found.later_than(today, "letter_signed_on", "需求书签署日期", "Letter signed on", signed_on)
    if signed_on and doc_on and signed_on != doc_on:
        found.later_than(today, "demand_letter", "需求书日期", "Letter dated", doc_on)
        found.add("hint", "LETTER_DATE_DIFFERS", "letter_signed_on", signed_on=signed_on, doc_on=doc_on)
    if signed_on and found_on and add_years(signed_on, params.letter_years) < found_on:
        found.add("warn", "LETTER_STALE", "letter_signed_on", signed_on=signed_on, found_on=found_on,
                  years=params.letter_years)  # fmt: skip
    return signed_on


def _seal(found: Findings, letter: Facts, org: Facts, params: Parameters) -> None:
    """E-SEAL: the seal bears the written name, and is one that binds the company (A12)."""
    name, seal = str(org.get("name") or ""), str(letter.get("seal_name") or "")
    if not same_org_name(seal, name):
        found.add("review", "SEAL_NAME_MISMATCH", "demand_letter", **_written("seal_name", seal), name=name)
    if letter.get("seal_kind") not in params.seal_kinds or False in (letter.get("seal_valid"), letter.get("valid")):
        found.add("review", "SEAL_KIND", "demand_letter", **_written("seal_kind", letter.get("seal_kind")))


def _active(found: Findings, params: Parameters, org: Facts, party: Facts | None, field: str = "org") -> None:
    """The platform's register, for the owner and for the partner the item rests on."""
    for side, name in ((org, field), (party if party is not org else None, "partner_org")):
        if side and side.get("status") in params.inactive_states:
            found.add("review", "ORG_NOT_ACTIVE", name, name=side.get("name"), status=side.get("status"))


def _branch(found: Findings, params: Parameters, *parties: Facts) -> None:
    """A26: a branch alone does not settle that there is a Dongguan entity."""
    forms = [branch_form(side, params) for side in parties]
    if all(forms):
        found.add("review", "BRANCH", "org", name=parties[0].get("name"), form=forms[0])


def _territory(found: Findings, facts: Facts, party: Facts, field: str = "org") -> None:
    """R-TERR: a town finds in its own area; city units and institutes have none."""
    unit = town_of(str(facts.get("finder_unit") or ""))
    if unit is not None and division_of(party) != unit:
        found.add("review", "OUT_OF_TERRITORY", field, division=division_of(party), unit=unit)


def _likeness(found: Findings, item: Facts) -> None:
    likeness = compare(item, item.get("existing") or ())
    if likeness.same:
        first = likeness.same[0]
        found.add("no_count", "DUPLICATE", "title", title=first.get("title"), unit=first.get("finder_unit"))
    if likeness.shared_ip:
        entry, number = likeness.shared_ip[0]
        found.add("review", "IP_SHARED", "ip", number=number, title=entry.get("title"))
    if likeness.reused:
        found.add("review", "EVIDENCE_REUSED", "demand_letter" if item["kind"] == "demand" else None,
                  count=len(likeness.reused))  # fmt: skip
    for entry in likeness.near[:3]:
        found.add("hint", "TITLE_NEAR", "title", title=entry.get("title"))


def _written(name: str, value: Any) -> dict[str, str]:
    """What a liaison wrote of a seal, for a sentence in both languages; that nothing was written is said too."""
    said = (f"“{value}”",) * 2 if value else ("还没有填写", "not stated yet")
    return {name: said[0], f"{name}_en": said[1]}
