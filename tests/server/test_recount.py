"""The running figures against a reckoning of their own: whatever happens, in whatever order, over three years.

A history is a list of moves (finds of four units, decisions of the centre, joint finds, merges undone, landings and their
revocation in a later year, targets that change, liaisons who are replaced), made on a real platform. ``Book`` keeps what
happened in plain words and reckons every figure anew from the plan's rules, without the product's rules or counters.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sync.domain.values import uscc_check_character
from sync.errors import Refused
from sync.server import counting, responsibility, review, units
from sync.server.publishing import retarget
from sync.server.service import Service
from sync.server.settings import Settings
from sync.server.upkeep import verify
from tests.server.conftest import Desk, company, demand, letter

CHANGAN, HUMEN, BUREAU, DGUT = "441900119", "441900121", "BUR-GX", "INS-DGUT"
UNITS = (CHANGAN, HUMEN, BUREAU, DGUT)
YEARS = (2025, 2026, 2027)
TITLES = ("高速主轴热误差补偿技术", "高速主轴 热误差补偿技术。", "压铸模具寿命提升技术")
STANDING, GONE = ("accepted", "amending"), ("rejected", "withdrawn", "revoked", "merged")


def code(start: str) -> str:
    return start[:17] + uscc_check_character(start[:17])


COMPANIES = (code("91441900MA0000007J"), code("91441900MA5550000X"))


@dataclass
class Find:
    """An achievement or demand, as its finder and the centre know it."""

    name: str
    unit: str
    kind: str
    org: int
    title: str
    found: date
    received: datetime
    proved: bool
    workflow: str = "submitted"
    waiting: str = ""  # the title asked for by a change that is not decided
    shares: dict[str, Fraction] = field(default_factory=dict)
    responsible: str = ""

    def key(self) -> tuple[str, int, str]:
        return self.kind, self.org, "".join(sign for sign in self.title if sign.isalnum())


@dataclass
class Landing:
    """A claimed landing."""

    name: str
    subject: Find
    day: date
    received: datetime
    workflow: str = "submitted"
    unit: str = ""


def year_of(ready: date, received: datetime, landing: bool) -> int | None:
    """R-YEAR in plain words."""
    day = (received + timedelta(hours=8)).date()
    if ready < date(2025, 1, 1):
        year = None if landing else day.year
    else:
        year = ready.year if day <= date(ready.year + 1, 1, 15) else day.year
    return year if year in YEARS else None


@dataclass
class Book:
    """What happened, and what it comes to."""

    finds: list[Find] = field(default_factory=list)
    landings: list[Landing] = field(default_factory=list)
    targets: dict[tuple[str, int], int] = field(default_factory=dict)

    def first(self, one: Find) -> bool:
        """R-DUP: whether nobody who still stands was received earlier with the same item."""
        rivals = [other for other in self.finds if other.key() == one.key() and other.workflow not in GONE]
        return min(rivals, key=lambda other: other.received) is one

    def found(self, year: int) -> list[Find]:
        return [
            one for one in self.finds
            if one.workflow in STANDING and self.first(one) and year_of(one.found, one.received, False) == year
        ]  # fmt: skip

    def landed(self, year: int) -> list[Landing]:
        counted = []
        for subject in self.finds:
            own = [one for one in self.landings if one.subject is subject and one.workflow in STANDING]
            good = [one for one in own if year_of(one.day, one.received, True) is not None]
            counted += sorted(good, key=lambda one: one.received)[:1]
        return [one for one in counted if year_of(one.day, one.received, True) == year]

    def credit(self, unit: str, one: Find) -> Fraction:
        if unit.startswith("INS-") and not (one.kind == "achievement" and one.proved):
            return Fraction(0)  # R-INST binds the institute; what the centre gave a joint finder stays his
        if one.shares:
            return one.shares.get(unit, Fraction(0))
        return Fraction(int(one.unit == unit))

    def figures(self, unit: str, year: int) -> dict[str, Any]:
        return {
            "discovery": float(sum((self.credit(unit, one) for one in self.found(year)), Fraction(0))),
            "landing": float(sum(one.unit == unit for one in self.landed(year))),
            "city_discovery": float(len(self.found(year))), "city_landing": float(len(self.landed(year))),
            "target": self.targets.get((unit, year), {CHANGAN: 5, HUMEN: 5, BUREAU: 25, DGUT: 5}[unit]),
        }  # fmt: skip


class History:
    """Moves made on the platform and written into the book."""

    def __init__(self, service: Service) -> None:
        self.service, self.book = service, Book()
        self.now = datetime(2025, 1, 8, 1, 0, tzinfo=UTC)
        service.ledger.clock = lambda: self.now.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        self.desks = {unit: Desk(service, "甲", unit, f"device-{unit}") for unit in UNITS}
        for unit, desk in self.desks.items():
            service.accounts.add(unit, "李敏")
            for number, uscc in enumerate((*COMPANIES, code("91441900MA11111118"))):
                fields = company(uscc=uscc, name=f"东莞市第{number}科技有限公司")
                assert desk.edit(f"o{number}-{unit}", fields, "organisation") == []
        self.made = 0

    def name(self, letter_: str) -> str:
        self.made += 1
        self.now += timedelta(minutes=1)
        return f"{letter_}{self.made}"

    def day(self) -> date:
        return (self.now + timedelta(hours=8)).date()

    def send(self, desk: Desk, name: str, fields: dict[str, Any], kind: str, papers: list[str]) -> None:
        """A complete record with its papers, submitted."""
        changes = [desk.change(name, fields, kind)]
        scans = {f"{name}-{what}": (what, f"%PDF {name} {what} ".encode() * 9) for what in papers}
        for paper, (what, data) in scans.items():
            body = {**letter(name, data), "kind": what, "doc_on": self.day().isoformat(), "seal_name": "东莞市第0科技有限公司"}
            changes.append(desk.change(paper, body, "evidence"))
        answers = desk.push(*changes, desk.change(name, kind=kind, workflow=["draft", "queued"]))
        assert all(len(answer) == 2 for answer in answers), answers
        for _what, data in scans.values():
            desk.deliver(hashlib.sha256(data).hexdigest(), data)
        assert desk.see(name)["workflow"] == "submitted"

    # -- moves -------------------------------------------------------------------------------------------------

    def find(self, who: int, kind: int, org: int, title: int, ago: int, proved: bool) -> None:
        unit, name = UNITS[who], self.name("f")
        found = self.day() - timedelta(days=ago)
        what = ("achievement", "demand")[kind]
        day = {"found_on": found.isoformat(), "letter_signed_on": found.isoformat()}
        fields = demand(f"o{org}-{unit}", TITLES[title], **day)
        if what == "achievement":
            kept = ("title", "tech_field", "industry_dg", "industry", "found_on", "disclosure")
            fields = {key: fields[key] for key in kept} | {
                "owner_org": f"o{org}-{unit}", "category": "项目类", "intro": "在线补偿主轴的热误差。", "stage": "中期", "secrecy": "非密",
                "fund_source": "自筹", "source_channel": "走访", "transfer_modes": ["合作"], "high_quality": proved,
            }  # fmt: skip
        papers = ["demand_letter"] if what == "demand" else ["ip_certificate"] if proved else []
        self.send(self.desks[unit], name, fields, what, papers)
        self.book.finds.append(Find(name, unit, what, org, TITLES[title], found, self.now, proved))

    def decide(self, which: int, action: str, other: int) -> None:
        every: list[Find | Landing] = [*self.book.finds, *self.book.landings]
        one = every[which % len(every)]
        self.now += timedelta(minutes=1)
        into = ""
        if action == "merge":
            alike = [find for find in self.book.finds if isinstance(one, Find) and find.kind == one.kind and find is not one]
            if not alike:
                return
            into = alike[other % len(alike)].name
        try:
            said = review.act(self.service, one.name, action, "REVOKED" if action != "accept" else "", into=into)
        except Refused:
            return
        if isinstance(one, Find) and one.workflow == "amending":
            one.title, one.waiting = (one.waiting if action == "accept" else one.title), ""
        one.workflow = said["workflow"]
        if isinstance(one, Landing) and one.workflow == "accepted":
            one.unit = one.subject.responsible or CHANGAN

    def share(self, which: int, half: bool) -> None:
        one = self.book.finds[which % len(self.book.finds)]
        shares = {one.unit: Fraction(1, 2), BUREAU: Fraction(1, 2)} if half and one.unit != BUREAU else {}
        review.share_out(self.service, one.name, shares)
        one.shares = shares

    def rename(self, which: int, title: int) -> None:
        one = self.book.finds[which % len(self.book.finds)]
        desk = self.desks[one.unit]
        self.now += timedelta(minutes=1)
        shown = desk.see(one.name)["fields"]["title"]
        if one.workflow in GONE or TITLES[title] == shown:
            return
        assert desk.edit(one.name, {"title": (shown, TITLES[title])}, one.kind) == []
        if one.workflow in STANDING:
            one.workflow, one.waiting = "amending", TITLES[title]
        else:
            one.title = TITLES[title]

    def withdraw(self, which: int) -> None:
        one = self.book.finds[which % len(self.book.finds)]
        if one.workflow in ("submitted", "returned"):
            move = [one.workflow, "withdrawn"]
            assert self.desks[one.unit].edit(one.name, kind=one.kind, workflow=move, reason="企业改了主意") == []
            one.workflow = "withdrawn"

    def send_again(self, which: int) -> None:
        one = self.book.finds[which % len(self.book.finds)]
        self.now += timedelta(minutes=1)
        if one.workflow == "returned":
            assert self.desks[one.unit].edit(one.name, kind=one.kind, workflow=["returned", "queued"]) == []
            one.workflow = "submitted"  # and the first receipt stands

    def land(self, which: int, ago: int) -> None:
        demands = [one for one in self.book.finds if one.kind == "demand" and one.workflow in STANDING]
        if not demands:
            return
        subject, name = demands[which % len(demands)], self.name("l")
        day = self.day() - timedelta(days=ago)
        names = {"buyer": f"o{subject.org}-{subject.unit}", "seller": f"o2-{subject.unit}"}
        paid = {"paid_on": day.isoformat(), "amount_fen": 100, "payer": "buyer", "payee": "seller"}
        self.send(self.desks[subject.unit], name, {
            "title": "主轴补偿合作落地", "subject": subject.name, "route": "DEM", "place": CHANGAN, "disclosure": "内部", **names,
            "contract_title": "合同", "contract_kind": "委托开发", "contract_fen": 20_000_000, "signed_on": day.isoformat(), "payments": [paid],
        }, "landing", ["tech_contract", "payment_proof"])  # fmt: skip
        self.book.landings.append(Landing(name, subject, day, self.now))

    def assign(self, which: int, who: int) -> None:
        one = self.book.finds[which % len(self.book.finds)]
        if one.workflow not in STANDING:
            return
        try:
            responsibility.assign(self.service, one.name, UNITS[who], {})
        except Refused:
            return
        one.responsible = UNITS[who]

    def target(self, who: int, year: int, value: int) -> None:
        retarget(self.service, UNITS[who], YEARS[year], "发现", value)
        self.book.targets[UNITS[who], YEARS[year]] = value

    def replace(self, who: int) -> None:
        review.hand_over(self.service, UNITS[who], f"新联络员{self.made}")

    def wait(self, days: int) -> None:
        self.now = min(self.now + timedelta(days=days), datetime(2028, 2, 1, tzinfo=UTC))


def move(name: str, *parts: Any) -> Any:
    return st.tuples(st.just(name), *parts)


small, ago = st.integers(0, 5), st.sampled_from([0, 1, 30, 200])
FIND = move("find", st.integers(0, 3), st.integers(0, 1), st.integers(0, 1), st.integers(0, 2), ago, st.booleans())
MOVES = st.one_of(
    FIND, FIND, FIND,
    move("decide", small, st.just("accept"), small), move("decide", small, st.just("accept"), small),
    move("decide", small, st.sampled_from(["accept", "return", "reject", "merge", "revoke"]), small),
    move("decide", small, st.sampled_from(["accept", "return", "merge", "revoke"]), small),
    move("share", small, st.booleans()), move("rename", small, st.integers(0, 2)), move("withdraw", small), move("send_again", small),
    move("land", small, ago), move("land", small, ago), move("assign", small, st.integers(0, 1)),
    move("target", st.integers(0, 3), st.integers(0, 2), st.sampled_from([5, 7, 25])), move("replace", st.integers(0, 1)),
    move("wait", st.sampled_from([3, 40, 150])),
)  # fmt: skip


def told(service: Service, unit: str, year: int) -> dict[str, Any]:
    """The running figures, as laptops are told them."""
    said = service.tables(unit)["counted"]["years"][str(year)]
    return {
        "discovery": said["discovery"]["counted"], "landing": said["landing"]["counted"],
        "city_discovery": said["city"]["discovery"]["counted"], "city_landing": said["city"]["landing"]["counted"],
        "target": said["discovery"]["target"],
    }  # fmt: skip


@settings(max_examples=12, deadline=None, derandomize=True, database=None, phases=(Phase.explicit, Phase.generate),
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(moves=st.lists(MOVES, min_size=14, max_size=34))
def test_running_figures_are_a_reckoning_from_scratch(fresh_platform: Path, tmp_path: Path, moves: list[tuple[Any, ...]]) -> None:
    folder = tmp_path / hashlib.sha256(json.dumps(moves).encode()).hexdigest()
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(fresh_platform, folder)
    service = Service(Settings(folder))
    try:
        history = History(service)
        history.find(0, 1, 0, 0, 30, True)
        for name, *given_ in [("decide", 0, "accept", 0), *moves]:
            getattr(history, name)(*given_)
            for unit in UNITS:
                for year in YEARS:
                    assert told(service, unit, year) == history.book.figures(unit, year), (unit, year, name, given_)
        with service.database.read() as connection:
            rows = counting.statistics(connection, 2026, units.names(connection))["units"]
        assert {one["unit"]: one["discovery"]["counted"] for one in rows if one["unit"] in UNITS} == {
            unit: history.book.figures(unit, 2026)["discovery"] for unit in UNITS
        }
        assert verify(service)["ok"]
    finally:
        service.close()
