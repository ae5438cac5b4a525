"""A real platform for every test: SQLite in a folder of its own, served over loopback where HTTP is meant."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sync.messages import Change, Cursor, FeedRow, Page
from sync.sealed import proof, public_jwk
from sync.server import units
from sync.server.app import create_app
from sync.server.held import Actor
from sync.server.service import Service
from sync.server.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
CHANGAN, HUMEN = "441900119", "441900121"



@dataclass
class Desk:
    """A liaison's device working straight on the ledger, remembering what it read."""

    service: Service
    name: str
    unit: str
    device: str
    cursor: Cursor = field(default_factory=Cursor)
    rows: list[FeedRow] = field(default_factory=list)
    want: list[str] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return Actor(self.name, self.device, self.unit)

    def change(self, record: str, fields: dict[str, Any] | None = None, kind: str = "demand", **more: Any) -> dict[str, Any]:
        """A change body; plain values in ``fields`` are new ones (base None), pairs stay pairs."""
        pairs = {name: list(value) if isinstance(value, tuple) else [None, value] for name, value in (fields or {}).items()}
        return {
            "id": secrets.token_hex(16), "record": record, "kind": kind, "device": self.device,
            "at": "2026-03-10T01:02:03Z", "fields": pairs, **more,
        }  # fmt: skip

    def push(self, *changes: dict[str, Any]) -> list[list[Any]]:
        return self.service.ledger.push(self.actor, changes)

    def edit(self, record: str, fields: dict[str, Any] | None = None, kind: str = "demand", **more: Any) -> list[str]:
        """Push one change; the codes of its problems."""
        (answer,) = self.push(self.change(record, fields, kind, **more))
        return [one["code"] for one in answer[2]] if len(answer) == 3 else []

    def pull(self) -> list[FeedRow]:
        """Read on to the head; the new rows, their chain checked as a laptop checks it."""
        page = self.service.ledger.pull(self.unit, self.cursor)
        body = {
            "epoch": page.epoch, "rows": [json.loads(row) for row in page.rows], "more": page.more, "head": list(page.head),
            "want": list(page.want),
        }  # fmt: skip
        read = Page.from_json(body, self.cursor)
        self.cursor = read.cursor(self.cursor)
        self.rows += read.rows
        self.want = list(read.want)
        return list(read.rows) + (self.pull() if read.more else [])

    def see(self, record: str) -> dict[str, Any]:
        """The record as this unit sees it."""
        found = self.service.ledger.record(self.unit, record)
        assert found is not None
        return found

    def deliver(self, sha256: str, data: bytes) -> None:
        """Hand in a file's bytes, past HTTP."""
        place = self.service.uploads.begin(self.unit, self.device, sha256, len(data), "scan.pdf")
        if not place.done:
            self.service.blobs.part(self.unit, sha256).parent.mkdir(exist_ok=True)
            self.service.blobs.part(self.unit, sha256).write_bytes(data)
            self.service.uploads.finish(self.unit, sha256, len(data))


@pytest.fixture(scope="session")
def fresh_platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a platform with the plan's units; copied for every test, because making one takes a while."""
    folder = tmp_path_factory.mktemp("fresh") / "platform"
    made = Service(Settings(folder))
    units.load_units(made.database, ROOT / "resources" / "units.csv")
    made.close()
    return folder


@pytest.fixture
def service(fresh_platform: Path, tmp_path: Path) -> Iterator[Service]:
    """A platform with the plan's units."""
    shutil.copytree(fresh_platform, tmp_path / "platform")
    made = Service(Settings(tmp_path / "platform"))
    yield made
    made.close()


@pytest.fixture
def desk(service: Service) -> Callable[..., Desk]:
    """Devices of liaisons: ``desk("甲")``, ``desk("丙", unit="441900121")``."""

    def make(name: str, unit: str = CHANGAN) -> Desk:
        return Desk(service, name, unit, f"device-{name}")

    return make


# ------------------------------------------------------------------------------------------------ whole papers


LETTER = b"%PDF-1.4 a letter " * 40


def company(**more: Any) -> dict[str, Any]:
    return {
        "name": "东莞市甲科技有限公司", "uscc": "91441900MA0000007J", "org_kind": "企业", "country": "CHN", "division": CHANGAN,
        "contact_name": "王工", "contact_phone": "13800000000", "disclosure": "内部", **more,
    }  # fmt: skip


def demand(org: str, title: str = "高速主轴热误差补偿技术", **more: Any) -> dict[str, Any]:
    return {
        "org": org, "title": title, "problem": "主轴温升造成尺寸漂移，需在线补偿。", "indicators": "热误差不超过 5 μm",
        "tech_field": "先进制造", "industry_dg": "高端装备", "industry": "C34", "budget_fen": 15_000_000, "budget_currency": "CNY",
        "solve_mode": "委托研发", "letter_signed_on": "2026-03-10", "letter_signatory": "王工", "found_on": "2026-03-10",
        "disclosure": "内部", **more,
    }  # fmt: skip


def letter(subject: str, data: bytes = LETTER, **more: Any) -> dict[str, Any]:
    return {
        "subject": subject, "kind": "demand_letter", "file": "需求书.pdf", "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data), "mime": "application/pdf", "pages": 1, "doc_on": "2026-03-10", "signed": True, "stamped": True,
        "seal_kind": "公章", "seal_name": "东莞市甲科技有限公司", "covers": ["budget_fen"], **more,
    }  # fmt: skip


@pytest.fixture
def submitted(desk: Callable[..., Desk]) -> Callable[..., str]:
    """A complete demand on the platform, submitted: ``submitted(desk)`` gives its id."""

    def make(by: Desk, name: str = "d1", title: str = "高速主轴热误差补偿技术", data: bytes = LETTER, **more: Any) -> str:
        org, sha256 = f"o-{by.unit}-{name}", hashlib.sha256(data).hexdigest()
        answers = by.push(
            by.change(org, company(), "organisation"), by.change(name, demand(org, title, **more)),
            by.change(f"e-{name}", letter(name, data), "evidence"), by.change(name, workflow=["draft", "queued"]),
        )  # fmt: skip
        assert all(len(answer) == 2 for answer in answers), answers
        by.deliver(sha256, data)
        assert by.see(name)["workflow"] == "submitted"
        return name

    return make


# ------------------------------------------------------------------------------------------------------- HTTP


@dataclass
class Caller:
    """A device over HTTP, with every part of a request open to tampering."""

    url: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    token: str = ""
    nonce: str = ""
    device: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **more: Any) -> requests.Response:
        """A signed request; a stale nonce is renewed once, as a laptop does."""
        given = dict(headers or {})
        data = more.pop("data", None)
        if body is not None:
            data = json.dumps(body).encode()
            given.setdefault("Content-Type", "application/json")
        for _ in range(2):
            signed = {"DPoP": proof(self.key, method, self.url + path, self.nonce, self.token), **given}
            if self.token:
                signed.setdefault("Authorization", f"DPoP {self.token}")
            answer = self.session.request(method, self.url + path, data=data, headers=signed, timeout=30, **more)
            self.nonce = answer.headers["DPoP-Nonce"]
            if not (answer.status_code == 401 and "use_dpop_nonce" in answer.headers.get("WWW-Authenticate", "")):
                break
        return answer

    def enrol(self, code: str) -> requests.Response:
        answer = self.ask("POST", "/v1/enrol", {"code": code, "key": public_jwk(self.key), "laptop": "测试"})
        if answer.status_code == 201:
            self.token, self.device = answer.json()["token"], answer.json()["device"]
        return answer

    def push(self, *changes: Change) -> requests.Response:
        return self.ask("POST", "/v1/sync/push", {"changes": [one.to_json() for one in changes]})

    def change(self, record: str, fields: dict[str, Any], kind: str = "demand") -> Change:
        pairs = {name: (None, value) for name, value in fields.items()}
        return Change(secrets.token_hex(16), record, kind, self.device, "2026-03-10T01:02:03Z", pairs)


@dataclass
class Site:
    """A platform that serves on loopback, in this process."""

    url: str
    service: Service

    def newcomer(self) -> Caller:
        return Caller(self.url)

    def laptop(self, unit: str = CHANGAN, name: str = "甲", role: str = "liaison") -> Caller:
        """An enrolled device."""
        caller = Caller(self.url)
        assert caller.enrol(self.service.accounts.add(unit, name, role)[1]).status_code == 201
        return caller


@pytest.fixture
def site(service: Service) -> Iterator[Site]:
    """The platform over HTTP."""
    config = uvicorn.Config(create_app(service), port=0, log_level="error", access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started and time.monotonic() < until:
        time.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Site(f"http://127.0.0.1:{port}", service)
    server.should_exit = True
    thread.join(20)


@dataclass
class Served:
    """``serve`` as a process of its own, to be killed."""

    data: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    url: str = ""

    def command(self, *words: str) -> Any:
        """One of the other commands, beside it; its JSON answer."""
        argv = [sys.executable, "-m", "sync.server", "--data", str(self.data), *words, "--json"]
        done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, timeout=60, check=True)
        return json.loads(done.stdout)

    def start(self) -> Served:
        ready = self.data.parent / "ready.json"
        ready.unlink(missing_ok=True)
        argv = [sys.executable, "-m", "sync.server", "serve", "--data", str(self.data), "--port", str(self.port), "--ready-file", str(ready)]
        self.process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 40
        while not ready.exists():
            assert self.process.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        self.url = json.loads(ready.read_text())["url"]
        self.port = int(self.url.rsplit(":", 1)[1])
        return self

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)


@pytest.fixture
def served(fresh_platform: Path, tmp_path: Path) -> Iterator[Served]:
    """A platform with units, not yet started."""
    shutil.copytree(fresh_platform, tmp_path / "platform")
    made = Served(tmp_path / "platform")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.kill()
