"""Keeping work safe without the platform: rescue parcels, backups, and what support may see. No Qt.

A rescue parcel carries everything unsent, files included, to another laptop of the unit or to the platform. A
backup carries the whole profile; restoring never overwrites a profile, it is moved aside first. Neither is
readable without the unit's key, the profile's slots or the code shown when it was made.
"""

from __future__ import annotations

import json
import platform as machine
import uuid
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop import credentials, operations
from sync import errors, parcel
from sync.domain.problems import Problem
from sync.keys import HEADER, Header
from sync.messages import BadMessage, Change
from sync.vault import derive
from sync.workspace import Workspace, now

DATABASE = "liaison.sqlite"


def rescue_save(workspace: Workspace, out: Path) -> dict[str, Any]:
    """Everything the platform has not confirmed, into one encrypted file: {"records", "files", "bytes", "file"}."""
    who, key = workspace.required(), _unit_key(workspace)
    changes = workspace.feed.bodies()
    papers = [one for one in workspace.local.files() if one["state"] != "complete" and workspace.vault.has(one["sha256"])]
    index = {
        "unit": who.unit, "liaison": who.liaison_name, "device": who.device, "at": now(), "changes": changes,
        "files": [{name: one[name] for name in ("sha256", "bytes", "mime", "pages")} for one in papers],
    }  # fmt: skip
    head = {"kind": "rescue", "unit": who.unit, "from": who.device}
    size = parcel.write(out, head, key, index, (workspace.read(one["sha256"]) for one in papers), len(papers))
    return {"records": len({one["record"] for one in changes}), "files": len(papers), "bytes": size, "file": str(out)}


def rescue_load(workspace: Workspace, source: Path) -> dict[str, Any]:
    """Take a rescue parcel in; again changes nothing: {"records", "files", "bytes"} that were new here."""
    who, key = workspace.required(), _unit_key(workspace)
    try:
        opened = source.open("rb")
    except OSError as error:
        raise errors.Refused([Problem("file", "PAPER_NOT_THERE", "block", {"name": source.name})]) from error
    with opened:
        head = parcel.head(opened)
        if head["kind"] != "rescue" or head.get("unit") != who.unit:
            raise errors.Refused([Problem("file", "PARCEL_OTHER_UNIT", "block", {"unit": str(head.get("unit"))[:40]})])
        parts = parcel.sections(opened, key)
        index = json.loads(next(parts))
        files = size = 0
        for one, data in zip(index["files"], parts, strict=True):
            if not workspace.vault.has(one["sha256"]):
                workspace.vault.take_in(one["sha256"], data)
                files, size = files + 1, size + len(data)
            workspace.local.add_file(one["sha256"], one["bytes"], one["mime"], one["pages"], now())
    try:
        changes = [Change.from_json(body) for body in index["changes"]]
    except BadMessage as error:
        raise errors.DamagedFile(source.name) from error
    fresh = workspace.take_in(changes)
    return {"records": fresh, "files": files, "bytes": size}


def backup(profile: Path, workspace: Workspace, out: Path) -> dict[str, Any]:
    """The whole profile into one file: {"records", "files", "bytes", "code"}; the code opens it on any computer."""
    key = credentials.unlock(profile)
    header = Header.load(profile)
    if key is None or header is None:
        raise errors.NotEnrolled
    code = parcel.new_code()
    header.wrap_passphrase(key, parcel.plain_code(code), "code")
    copy = out.with_name(f".{out.name}.{uuid.uuid4().hex}.sqlite")
    digests = workspace.vault.digests()
    try:
        workspace.database.copy(copy)
        database = copy.read_bytes()
    finally:
        copy.unlink(missing_ok=True)

    def files() -> Iterator[bytes]:
        yield database
        for sha256 in digests:
            yield workspace.vault.sealed(sha256)

    head = {"kind": "backup", "unit": workspace.required().unit, "profile": header.profile, "slots": header.slots}
    index = {"at": now(), "files": digests, "version": operations.VERSION}
    size = parcel.write(out, head, derive(key, b"backup"), index, files(), len(digests) + 1)
    return {"records": len(workspace.dump()), "files": len(digests), "bytes": size, "code": code, "file": str(out)}


def restore(profile: Path, source: Path, code: str | None = None) -> dict[str, Any]:
    """Make a profile from a backup; a profile that is there is moved aside and named: {"records", "files", "aside"}."""
    try:
        opened = source.open("rb")
    except OSError as error:
        raise errors.Refused([Problem("file", "PAPER_NOT_THERE", "block", {"name": source.name})]) from error
    with opened:
        head = parcel.head(opened)
        if head["kind"] != "backup":
            raise errors.DamagedFile(source.name)
        header = Header(str(head["profile"]), dict(head["slots"]))
        key, by_code = _opened(header, code)
        parts = parcel.sections(opened, derive(key, b"backup"))
        digests = json.loads(next(parts))["files"]
        staged = profile.with_name(f"{profile.name}.restoring-{uuid.uuid4().hex[:8]}")
        (staged / "evidence").mkdir(parents=True)
        (staged / DATABASE).write_bytes(next(parts))
        for sha256, data in zip(digests, parts, strict=True):
            target = staged / "evidence" / sha256[:2] / sha256
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(data)
    header.slots.pop("code", None)
    if by_code:
        credentials.adopt(staged, header, key)
    else:
        header.save(staged)
    aside = None
    if profile.exists() and any(profile.iterdir()):
        aside = profile.with_name(f"{profile.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}")
        profile.rename(aside)
    elif profile.exists():
        profile.rmdir()
    staged.rename(profile)
    workspace = Workspace(profile, key)
    try:
        return {"records": len(workspace.dump()), "files": len(digests), "aside": str(aside) if aside else None}
    finally:
        workspace.close()


def diagnostics(profile: Path, out: Path) -> dict[str, Any]:
    """Logs and facts about this computer, without anything a person wrote: {"file"}."""
    checks = operations.doctor(profile)
    facts = {
        "made_at": datetime.now(UTC).isoformat(), "version": operations.VERSION, "python": machine.python_version(),
        "system": machine.platform(), "slots": credentials.slots(profile),
        "checks": [{"name": one["name"], "ok": one["ok"]} for one in checks],
    }  # fmt: skip
    log = credentials.data_home() / "liaison-logs" / "bugs.log"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("facts.json", json.dumps(facts, ensure_ascii=False, indent=1))
        if log.exists():
            package.writestr("bugs.log", log.read_bytes()[-1_000_000:])
        if profile.exists() and (profile / HEADER).exists():
            package.writestr("rounds.json", json.dumps(_rounds(profile), indent=1))
    return {"file": str(out)}


def _rounds(profile: Path) -> list[dict[str, Any]]:
    """The last rounds as counts; empty where the profile stays shut."""
    try:
        workspace = operations.open_workspace(profile)
    except errors.Failure:
        return []
    try:
        return workspace.local.rounds(100)
    finally:
        workspace.close()


def _opened(header: Header, code: str | None) -> tuple[bytes, bool]:
    """The key of a backup, by its code or by a slot of this computer; whether it was the code."""
    if code:
        key = header.unwrap_passphrase(parcel.plain_code(code), "code")
        if key is None:
            raise errors.WrongPassphrase
        return key, True
    return credentials.open_header(header), False


def _unit_key(workspace: Workspace) -> bytes:
    """The key the unit's laptops and the platform share; known since the first sync."""
    text = (workspace.feed.facts("unit") or {}).get("parcel_key")
    if not isinstance(text, str) or len(text) != 64:
        raise errors.Refused([Problem(None, "PARCEL_NO_KEY", "block", {})])
    return bytes.fromhex(text)
