"""What somebody finds who copies the disk: every file below the home is searched for what was planted, in every spelling.

Planted: texts of records, names of people, companies and files, the bytes of a scan, codes, tokens and the passphrase.
Searched: profile, data folder, temporary folder, logs, parcel, backup and diagnostics, also after a kill and a bug.
What the person asked to have in the open (exports, reports) is not written here.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import credentials
from sync.workspace import Workspace
from tests.support.commands import PRACTICE, UNITS, Laptop, Platform, demand, paper

TEXTS = {
    "company": "绝不可见之企业甲乙丙有限公司", "person": "隐姓埋名之联系人", "phone": "13977776666", "problem": "PLANTED-MARK-8841 主轴温升",
    "file": "绝密需求书扫描件.jpg", "passphrase": "开锁口令-只有本人知道-7731", "liaison": "联络员-不可见之名",
}  # fmt: skip


def spellings(text: str) -> set[bytes]:
    """How a text could stand in a file."""
    plain = {text.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
    plain |= {json.dumps(text)[1:-1].encode(), text.encode().hex().encode(), text.encode().hex().upper().encode()}
    for shift in range(3):  # base64 wherever it starts; the ends depend on the neighbours
        plain.add(base64.b64encode(bytes(shift) + text.encode())[4:-4])
    return {one for one in plain if len(one) >= 8}


def found(home: Path, wanted: dict[str, set[bytes]]) -> list[str]:
    """Which planted things stand where."""
    hits = []
    for path in sorted(home.rglob("*")):
        hits += [f"{name} in the name {path}" for name, text in TEXTS.items() if text in str(path.relative_to(home))]
        if not path.is_file() or path.is_symlink():
            continue
        data = path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as package:
                data = b"".join(package.read(name) for name in package.namelist())
        hits += [f"{name} in {path.relative_to(home)}" for name, ways in wanted.items() for way in ways if way in data]
    return hits


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    made = Platform(tmp_path_factory.mktemp("platform"))
    made("init", "--units", UNITS)
    made.start()
    yield made
    made.stop()


def body() -> dict[str, object]:
    """A demand made of what must not be found."""
    made = {**demand("高光压铸模具表面纳米涂层工艺"), "problem": TEXTS["problem"]}
    who = {"name": TEXTS["company"], "uscc": "91441900MAL7W74N9F", "contact_name": TEXTS["person"], "contact_phone": TEXTS["phone"]}
    return {**made, "org": {**made["org"], **who}, "letter_signatory": TEXTS["person"]}


@pytest.mark.parametrize("slot", ["device", "passphrase"])
def test_nothing_of_a_profile_can_be_read_off_the_disk(
    slot: str, platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    secret = {"LIAISON_PASSPHRASE": TEXTS["passphrase"]} if slot == "passphrase" else {}
    laptop = Laptop(home, **secret)
    code = platform.code(name=TEXTS["liaison"])
    laptop("enrol", "--server", platform.url, "--code", code)
    scan = tmp_path / TEXTS["file"]
    scan.write_bytes(paper()["path"].read_bytes())
    made = laptop("add", "demand", "--file", "-", stdin=body())["ids"][0]
    laptop("attach", made, scan, "--kind", "demand_letter")
    laptop("import", "demand", PRACTICE / "ledger-gb18030.csv")
    laptop("list", "--search", TEXTS["company"][4:8])
    laptop("submit", made, status=(3,))
    laptop("rescue", "save", "--out", home / "包")
    laptop("sync")
    laptop("edit", made, "--file", "-", stdin={"goal": TEXTS["problem"]})
    backup = laptop("backup", "--out", home / "备份")

    # a kill half way, a bug whose message holds content, and what support is sent
    large = tmp_path / "large.jpg"
    with large.open("wb") as out:
        out.write(scan.read_bytes())
        out.truncate(40_000_000)
    process = laptop.begin("attach", made, large, "--kind", "other")
    until = time.monotonic() + 20
    while process.poll() is None and not list(laptop.profile.rglob("*.part")) and time.monotonic() < until:
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()
    with monkeypatch.context() as patch:
        patch.setattr(Workspace, "rows", lambda *_a, **_k: {}[TEXTS["problem"]])
        assert laptop.call("list").status == 1
    laptop("diagnostics", "--out", home / "诊断.zip")
    laptop("doctor")

    with monkeypatch.context() as patch:
        for name, value in laptop.env.items():
            patch.setenv(name, value)
        key = credentials.unlock(laptop.profile)
        assert key is not None
        opened = Workspace(laptop.profile, key)
        access = opened.access()
        opened.close()
    wanted = {name: spellings(text) for name, text in TEXTS.items()}
    picture = scan.read_bytes()
    wanted |= {"scan": {picture[at : at + 48] for at in range(2_000, 200_000, 9_973)}, "end of the scan": {picture[-48:]}}
    wanted |= {"data key": {key, key.hex().encode(), base64.b64encode(key)}}
    wanted |= {"device key": spellings(access["key"]), "token": spellings(access["token"])}
    wanted |= {"enrolment code": {code.encode(), code.replace("-", "").encode()}, "backup code": {backup["code"].encode()}}
    assert {path.name for path in home.rglob("*")} >= {"包", "备份", "诊断.zip", "bugs.log", "liaison.sqlite"}
    assert found(home, wanted) == []
    assert (home / "run").stat().st_mode & 0o777 == 0o700 and laptop.profile.stat().st_mode & 0o077 == 0, "others may not even look"
    logs = "\n".join(path.read_text("utf-8", "replace") for path in platform.home.glob("*.log"))
    assert not [name for name, text in TEXTS.items() if text in logs], "the platform's log holds no content either"


def test_what_is_planted_would_be_found(tmp_path: Path) -> None:
    wanted = {name: spellings(text) for name, text in TEXTS.items()}
    for number, way in enumerate(sorted(wanted["company"])):
        (tmp_path / str(number)).write_bytes(b"before" + way + b"after")
    with zipfile.ZipFile(tmp_path / "package.zip", "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("log", TEXTS["phone"] * 50)
    hits = found(tmp_path, wanted)
    assert len({hit.split(" in ")[1] for hit in hits}) == len(wanted["company"]) + 1
