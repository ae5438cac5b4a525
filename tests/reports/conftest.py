"""A town's year as a real workspace holds it: what the platform took, what waits, and what was only written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sync.records import Identity
from sync.workspace import Workspace
from tests.desktop.platform_rows import PlatformRows

TODAY = "2026-09-16"
COMPANY = {
    "name": "东莞市禾微光学有限公司", "uscc": "91441900MA0000007J", "org_kind": "企业", "country": "CHN", "division": "441900119",
    "contact_name": "王工", "contact_phone": "13862106210", "disclosure": "内部",
}  # fmt: skip
INSTITUTE = {"name": "莞湖先进材料研究院", "org_kind": "科研院所", "country": "CHN", "division": "441900128"}
COUNTED = {"year": 2026, "credit": 1, "codes": []}


@dataclass
class Year:
    """The workspace and the ids a test asks for."""

    workspace: Workspace
    platform: PlatformRows
    company: str
    institute: str
    coating: str  # an achievement in the service library
    etching: str  # a demand that counts
    joint: str  # an achievement that landed
    spatter: str  # a demand under review


@pytest.fixture(autouse=True)
def fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_TODAY", TODAY)


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(tmp_path / "profile", bytes(range(32)))
    made.enrolled(Identity("441900119", "长安镇", "town", "L1", "李敏", "7f3a91c40b7e55d2", "http://127.0.0.1:1"), {})
    yield made
    made.close()


@pytest.fixture
def year(workspace: Workspace) -> Year:
    rows = PlatformRows(workspace)
    company, institute = rows.say("organisation", COMPANY), rows.say("organisation", INSTITUTE)

    def achievement(title: str, day: str, stage: str, **more: Any) -> str:
        values = {"title": title, "owner_org": institute, "industry_dg": "新材料", "found_on": day, "category": "项目类", "stage": "中期",
                  "trl": 6, "transfer_modes": ["转让", "合作"], **more}  # fmt: skip
        return rows.say("achievement", values, (None, "accepted"), number=f"CG26-{day[5:7]}", counted=COUNTED, stage=stage)

    coating = achievement("低介电改性环氧树脂", "2026-03-07", "in_service")
    joint = achievement("柔性应变阵列封装", "2026-06-09", "landed")
    demand = {"org": company, "industry_dg": "新一代电子信息", "budget_fen": 96_000_000, "goal": "良率 98% 以上"}
    etching = rows.say(
        "demand", {**demand, "title": "玻璃基板激光诱导刻蚀", "found_on": "2026-07-02", "letter_signed_on": "2026-07-03"},
        (None, "accepted"), number="XQ26-0203", counted=COUNTED, stage="registered",
    )  # fmt: skip
    spatter = rows.say(
        "demand", {**demand, "title": "激光焊接飞溅在线检测", "found_on": "2026-09-10", "letter_signed_on": "2026-09-10"},
        (None, "submitted"),
    )  # fmt: skip
    rows.say("landing", {
        "title": "柔性阵列授权", "subject": joint, "route": "PRJ-1A", "place": "441900119", "proof_on": "2026-08-20", "tags": ["首台套"],
    }, (None, "accepted"), number="LD26-0003", counted=COUNTED, stage="verified")  # fmt: skip
    rows.say("landing", {
        "title": "刻蚀工艺委托开发", "subject": etching, "route": "DEM", "place": "441900119", "contract_kind": "委托开发", "buyer": company,
        "seller": institute, "contract_fen": 68_000_000, "signed_on": "2026-08-01",
        "payments": [{"paid_on": "2026-08-22", "amount_fen": 20_000_000}],
    }, (None, "accepted"), number="LD26-0004", counted=COUNTED, stage="verified")  # fmt: skip
    rows.say("evaluation", {"subject": coating, "kind": "常规入库", "verdict": "入服务库", "report_on": "2026-08-05"})
    rows.say("evaluation", {"subject": joint, "kind": "公允价值", "value_fen": 12_000_000_000, "report_on": "2026-07-05"})
    log = {"subject": coating, "done_on": "2026-09-04", "mode": "对接", "content": "带企业看小试线，商定试样尺寸", "next_step": "下旬送样"}
    rows.say("service_log", log, (None, "accepted"))
    rows.say("blocker", {
        "subject": etching, "kind": "安全", "description": "试装场地的安全评估没有承接单位", "since": "2026-08-28",
        "help_wanted": "请应急部门指定机构",
    }, (None, "accepted"), stage="open")  # fmt: skip
    rows.tell(
        targets=[{"unit": "441900119", "year": 2026, "metric": "发现", "target": 25}],
        counted={"as_of": "2026-09-16T01:12:00Z", "years": {"2026": {"discovery": {"counted": 3}, "landing": {"counted": 2}}}},
    )
    return Year(workspace, rows, company, institute, coating, etching, joint, spatter)
