"""The plan between platform and laptops: a real platform over loopback, real workspaces, and the centre's own commands.

The platform's clock is the test's to set; the laptops' day follows it. Commands of the centre run as an administrator
types them, on the platform that is open.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desktop import operations
from sync import engine
from sync.client import Platform
from sync.domain.values import SHANGHAI, uscc_check_character
from sync.records import Identity
from sync.server import commands, units
from sync.server.app import create_app
from sync.server.service import Service
from sync.server.settings import Settings
from sync.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
CHANGAN, HUMEN, QINGXI, PARK, DGUT = "441900119", "441900121", "441900115", "441900401", "INS-DGUT"
SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" \
       b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n"  # fmt: skip


class Centre:
    """The platform: its service, address and clock, and the commands of whoever runs it."""

    def __init__(self, service: Service, url: str, folder: Path) -> None:
        self.service, self.url, self.folder = service, url, folder
        self.at = datetime(2026, 3, 20, 1, tzinfo=UTC)
        service.ledger.clock = self._clock
        self.laptops: list[Workspace] = []

    def _clock(self) -> str:
        self.at += timedelta(milliseconds=5)
        return self.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def day(self, text: str, hour: int = 10) -> None:
        """Set the platform's clock and the laptops' day: ``2026-07-01``, Dongguan time."""
        self.at = datetime.fromisoformat(text).replace(hour=hour, tzinfo=SHANGHAI).astimezone(UTC)
        os.environ["LIAISON_TODAY"] = text

    def __call__(self, *words: Any) -> Any:
        """``liaison-server WORDS``: its JSON answer."""
        arguments = commands.parser().parse_args([str(word) for word in words])
        return arguments.act(self.service.settings, arguments)

    def laptop(self, unit: str = CHANGAN, name: str = "李敏") -> Laptop:
        """A newly enrolled laptop of a unit."""
        code = self("liaison", "add", "--unit", unit, "--name", name)["code"]
        return self.enrolled(code)

    def enrolled(self, code: str) -> Laptop:
        """A laptop enrolled with a code, over the wire."""
        key = Ed25519PrivateKey.generate()
        line = Platform(self.url, key)
        answer = line.enrol(code, "测试")
        who = Identity(answer["unit"]["code"], answer["unit"]["name"], answer["unit"]["kind"], answer["liaison"]["id"],
                       answer["liaison"]["name"], answer["device"], self.url)  # fmt: skip
        made = Workspace(self.folder / f"profile-{len(self.laptops)}", os.urandom(32))
        self.laptops.append(made)
        access = {"key": key.private_bytes_raw().hex(), "token": answer["token"], "pinned": answer["platform"]["key"]["x"]}
        made.enrolled(who, access)
        made.keep_nonce(line.nonce)
        line.close()
        return Laptop(self, made)

    def verify(self) -> None:
        """Everything recounted, replayed and hashed again must be right."""
        found = self("verify")
        assert found["ok"], found["problems"]


class Laptop:
    """A liaison at work; everything the workspace has is at hand as ``w``."""

    def __init__(self, centre: Centre, workspace: Workspace) -> None:
        self.centre, self.w = centre, workspace
        self.folder = workspace.directory

    def sync(self) -> Any:
        """A round; whether a record refused or not, it went through."""
        line = operations.connect(self.w)
        try:
            return engine.sync_round(self.w, line)
        finally:
            line.close()

    def paper(self, record: str, kind: str, text: str = "", **facts: Any) -> str:
        """Attach a scan of its own content; its digest."""
        file = self.folder.parent / f"{kind}-{record[-6:]}-{text or '1'}.pdf"
        file.write_bytes(SCAN + f"%{kind} {record} {text}\n%%EOF\n".encode())
        return self.w.attach(record, file, kind, {"doc_on": "2026-03-10", **facts}).sha256

    def demand(self, title: str = "高速主轴热误差补偿技术", org: Mapping[str, Any] | None = None, **more: Any) -> str:
        """A demand that lacks nothing, submitted; its id."""
        made = self.w.add("demand", [demand(title, org, self.w.required().unit, **more)])[0]
        signed = {"signed": True, "stamped": True, "seal_kind": "公章", "seal_name": company(org)["name"], "signed_by": "王工"}
        self.paper(made, "demand_letter", **signed, doc_on=more.get("letter_signed_on", "2026-03-10"))
        self.sent(made)
        return made

    def achievement(self, title: str = "固态电解质薄膜连续制备工艺", org: Mapping[str, Any] | None = None, **more: Any) -> str:
        """An achievement that lacks nothing, submitted; its id."""
        made = self.w.add("achievement", [achievement(title, org, self.w.required().unit, **more)])[0]
        if more.get("high_quality"):
            self.paper(made, "acceptance_report")
        self.sent(made)
        return made

    def log(self, subject: str, day: str = "2026-03-18", **more: Any) -> str:
        """A service log, submitted; its id."""
        values = {"subject": subject, "done_on": day, "mode": "走访", "content": "与企业技术负责人对接，确认中试条件和排期。", **more}
        made = self.w.add("service_log", [values])[0]
        self.sent(made)
        return made

    def landing(self, subject: str, place: str = CHANGAN, title: str = "合作落地", **more: Any) -> str:
        """A cooperation that was made (contract and payment), submitted; its id."""
        other = company({"name": "东莞市乙科技有限公司", "uscc": "91441900MA1111111"})
        pay = {"paid_on": "2026-05-10", "amount_fen": 100, "payer": company()["name"], "payee": other["name"], "doc": "1"}
        made = self.w.add("landing", [{
            "title": title, "subject": subject, "route": "DEM", "place": place, "contract_title": "技术开发合同", "contract_kind": "委托开发",
            "buyer": company(), "seller": other, "contract_fen": 20_000_000, "signed_on": "2026-05-01", "payments": [pay], **more,
        }])[0]  # fmt: skip
        for kind in ("tech_contract", "payment_proof"):
            self.paper(made, kind, doc_on="2026-05-10")
        self.sent(made)
        return made

    def sent(self, record: str) -> None:
        """Submit; the rules must have nothing against it."""
        (outcome,) = self.w.submit([record])
        assert outcome.workflow == "queued", [(one.field, one.code) for one in outcome.problems]

    def duties(self, *what: str) -> list[Any]:
        """The to-do lines of these kinds."""
        return [one for one in self.w.todo() if one.what in what]

    def official(self, year: int = 2026, metric: str = "discovery") -> float:
        """The figure the platform counts for this unit, as this laptop was told."""
        return float(self.w.quota(year)[metric]["counted"])


def company(given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A company of 长安, or another: a code of 17 characters gets its check character."""
    made = {"name": "东莞市甲科技有限公司", "uscc": "91441900MA0000007J", "org_kind": "企业", "division": CHANGAN,
            "contact_name": "王工", "contact_phone": "13800000000", **(given or {})}  # fmt: skip
    if len(made["uscc"]) == 17:
        made["uscc"] += uscc_check_character(made["uscc"])
    return made


def demand(title: str, org: Mapping[str, Any] | None, unit: str, **more: Any) -> dict[str, Any]:
    place = {"division": unit} if unit.startswith("4419") else {}
    return {
        "org": company({**place, **(org or {})}), "title": title, "problem": "主轴温升造成尺寸漂移，需在线补偿。",
        "indicators": "热误差不超过 5 μm", "tech_field": "先进制造", "industry_dg": "高端装备", "industry": "C34", "budget_fen": 15_000_000,
        "solve_mode": "委托研发", "letter_signed_on": "2026-03-10", "letter_signatory": "王工", "found_on": "2026-03-10", **more,
    }  # fmt: skip


def achievement(title: str, org: Mapping[str, Any] | None, unit: str, **more: Any) -> dict[str, Any]:
    place = {"division": unit} if unit.startswith("4419") else {}
    return {
        "title": title, "owner_org": company({**place, **(org or {})}), "category": "项目类", "source_channel": "属地企业",
        "intro": "卷对卷连续成膜，已在中试线跑通。", "tech_field": "新材料", "industry_dg": "新能源", "stage": "中期", "fund_source": "自筹",
        "transfer_modes": ["合作"], "found_on": "2026-03-12", "completed_ym": "2025-12", "secrecy": "非密", **more,
    }  # fmt: skip


@pytest.fixture(scope="session")
def fresh_platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a platform with the plan's units; copied for every test."""
    folder = tmp_path_factory.mktemp("fresh") / "platform"
    made = Service(Settings(folder))
    units.load_units(made.database, ROOT / "resources" / "units.csv")
    made.close()
    return folder


@contextmanager
def serving(fresh: Path, folder: Path) -> Iterator[Centre]:
    """A platform that serves from ``folder``, in March 2026."""
    shutil.copytree(fresh, folder / "platform")
    service = Service(Settings(folder / "platform"))
    config = uvicorn.Config(create_app(service), port=0, log_level="error", access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]

    @contextmanager
    def opened(_chosen: Settings) -> Iterator[Service]:
        yield service

    made = Centre(service, f"http://127.0.0.1:{port}", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "opened", opened)
        patch.setenv("LIAISON_TODAY", "2026-03-20")
        yield made
    for workspace in made.laptops:
        workspace.close()
    server.should_exit = True
    thread.join(20)
    service.close()


@pytest.fixture
def centre(fresh_platform: Path, tmp_path: Path) -> Iterator[Centre]:
    """A platform of the test's own."""
    with serving(fresh_platform, tmp_path) as made:
        yield made


@pytest.fixture
def accepted(centre: Centre) -> Callable[..., str]:
    """``accepted(laptop, "demand", …)``: a find the centre has accepted and the laptop knows of; its id."""

    def make(laptop: Laptop, kind: str = "achievement", *words: Any, **more: Any) -> str:
        made: str = getattr(laptop, kind)(*words, **more)
        laptop.sync()
        centre("review", made, "accept")
        laptop.sync()
        return made

    return make
