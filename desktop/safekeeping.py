"""Keeping work safe without the platform: rescue parcels, backups, and what support may see. No Qt.

A rescue parcel carries everything unsent, files included, to another laptop of the unit or to the platform. A
backup carries the whole profile; restoring never overwrites a profile, it is moved aside first. Neither is
readable without the unit's key, the profile's slots or the code shown when it was made.
"""

from __future__ import annotations

import json
import platform as machine
import shutil
import time
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from desktop import credentials, operations
from sync import errors, parcel
from sync.domain.problems import Problem
from sync.keys import DATABASE, HEADER, Header
from sync.messages import BadMessage, Change, Cursor, Page, head_text
from sync.sealed import signed
from sync.vault import derive
from sync.workspace import Workspace, now

LEFT_SECONDS = 3600  # after that nobody is still writing it


def rescue_save(workspace: Workspace, out: Path) -> dict[str, Any]:
    """Everything the platform has not confirmed, into one encrypted file: {"records", "files", "bytes", "file"}."""
    who, key = workspace.required(), _unit_key(workspace)
    changes = workspace.feed.hand_out()
    papers = [one for one in workspace.local.unsent_files() if not workspace.vault.problem(one["sha256"])]
    index = {
        "unit": who.unit, "liaison": who.liaison_name, "device": who.device, "at": now(),
        "cursor": workspace.feed.cursor().to_json(), "changes": changes,
        "files": [{name: one[name] for name in ("sha256", "bytes", "mime", "pages")} for one in papers],
    }  # fmt: skip
    head = {"kind": "rescue", "unit": who.unit, "from": who.device}
    size = parcel.write(out, head, key, index, (workspace.read(one["sha256"]) for one in papers), len(papers))
    return {"records": len({one["record"] for one in changes}), "files": len(papers), "bytes": size, "file": str(out)}


def rescue_load(workspace: Workspace, source: Path) -> dict[str, Any]:
    """Take a rescue parcel or the platform's reply in; again changes nothing: {"records", "files", "bytes"} that were new here."""
    who, key = workspace.required(), _unit_key(workspace)
    with _parcel(source) as (opened, head):
        if head["kind"] not in ("rescue", "reply") or head.get("unit") != who.unit:
            raise errors.Refused([Problem("file", "PARCEL_OTHER_UNIT", "block", {"unit": str(head.get("unit"))[:40]})])
        parts = parcel.sections(opened, key)
        index = json.loads(next(parts))
        if head["kind"] == "reply":
            return {"records": _take_reply(workspace, index), "files": 0, "bytes": 0}
        changes = [Change.from_json(body) for body in index["changes"]]
        files = size = 0
        for one, data in zip(index["files"], parts, strict=True):
            if not workspace.vault.has(one["sha256"]):
                workspace.vault.take_in(one["sha256"], data)
                files, size = files + 1, size + len(data)
            workspace.local.add_file(one["sha256"], one["bytes"], one["mime"], one["pages"], now())
    fresh = workspace.take_in(changes)
    return {"records": fresh, "files": files, "bytes": size}


def _take_reply(workspace: Workspace, index: dict[str, Any]) -> int:
    """Save the platform's pages as a pull would have; how many records they were about. Nothing unsigned is believed."""
    who, public = workspace.required(), str(workspace.access().get("pinned") or "")
    start = after = Cursor.from_json(index["after"])
    pages, want_after = [], ""
    for body in index["pages"]:
        page = Page.from_json(body, after, want_after)
        if not signed(public, page.head[2], head_text(who.unit, page.epoch, page.head[0], page.head[1])):
            raise errors.DamagedParcel("signature")
        after, want_after = page.cursor(after), page.want[-1] if page.want_more else ""
        pages.append(page)
    here = workspace.feed.cursor()
    if here.epoch == pages[-1].epoch and here.seq > after.seq:
        return 0  # an older reply: all of it was read before
    common = _joint(workspace, start, pages)
    told: set[str] = set()
    for page in pages:
        rest = [row for row in page.rows if row.seq > common]
        workspace.save_page(replace(page, rows=rest))
        told.update(row.record for row in rest)
    return len(told)


def _joint(workspace: Workspace, start: Cursor, pages: list[Page]) -> int:
    """The place up to which this laptop has read what the pages say; it goes back to it where its own history is another."""
    here = workspace.feed.cursor()
    chains = {start.seq: start.chain, **{row.seq: row.chain for page in pages for row in page.rows}}
    epoch = pages[-1].epoch
    if here.epoch in ("", epoch) and chains.get(here.seq) == here.chain:
        return here.seq
    if start.seq > here.seq:
        raise errors.Refused([Problem("file", "REPLY_TOO_NEW", "block", {"after": start.seq, "seq": here.seq})])
    if start.seq > 0:
        raise errors.Refused([Problem("file", "REPLY_OTHER_HISTORY", "block", {})])
    ours = workspace.feed.chains([seq for seq in chains if seq <= here.seq])
    common = max((seq for seq, chain in ours.items() if chains[seq] == chain), default=0)
    return workspace.rewind(common, epoch).seq


def backup(profile: Path, workspace: Workspace, out: Path) -> dict[str, Any]:
    """The whole profile into one file: {"ok", "records", "files", "bytes", "code", "problems"}; the code opens it anywhere.

    A damaged scan is left out and named; it keeps nothing else from being safe.
    """
    key = credentials.unlock(profile)
    header = Header.load(profile)
    if key is None or header is None:
        raise errors.NotEnrolled
    code = parcel.new_code()
    header.wrap_passphrase(key, parcel.plain_code(code), "code")
    copy = profile / f"backup-{uuid.uuid4().hex}.sqlite"  # still encrypted
    digests = workspace.vault.digests()
    try:
        _sweep(profile)
        workspace.database.copy(copy)
        database = copy.read_bytes()
    finally:
        copy.unlink(missing_ok=True)

    problems: list[dict[str, str]] = []

    def files() -> Iterator[bytes]:
        yield database
        for sha256 in digests:
            try:
                yield workspace.vault.sealed(sha256)
            except errors.DamagedFile as error:
                problems.append({"what": "file", "detail": f"{sha256}: {error.message()}"})
                yield b""

    head = {"kind": "backup", "unit": workspace.required().unit, "profile": header.profile, "slots": header.slots}
    index = {"at": now(), "files": digests, "version": operations.VERSION}
    size = parcel.write(out, head, derive(key, b"backup"), index, files(), len(digests) + 1)
    return {
        "ok": not problems, "records": len(workspace.dump()), "files": len(digests) - len(problems), "bytes": size, "code": code,
        "file": str(out), "problems": problems,
    }  # fmt: skip


def _sweep(profile: Path) -> None:
    """What a killed backup left behind."""
    for left in profile.glob("backup-*.sqlite"):
        if time.time() - left.stat().st_mtime > LEFT_SECONDS:
            left.unlink(missing_ok=True)


def restore(profile: Path, source: Path, code: str | None = None) -> dict[str, Any]:
    """Make a profile from a backup; a profile that is there is moved aside and named.

    Answers {"ok", "records", "files", "aside", "problems"}. It is checked before anything is moved.
    """
    staged = profile.with_name(f"{profile.name}.restoring-{uuid.uuid4().hex[:8]}")
    try:
        key = _staged(staged, source, code)
        with closing(Workspace(staged, key)) as workspace:
            found = operations.verify(workspace)
            if any(one["what"] == "database" for one in found["problems"]):
                raise errors.DamagedParcel(source.name)
        aside = None
        if profile.exists() and any(profile.iterdir()):
            aside = profile.with_name(f"{profile.name}.before-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}")
            profile.rename(aside)
        elif profile.exists():
            profile.rmdir()
        staged.rename(profile)
    except OSError as error:
        raise errors.of_system(error) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return {**found, "aside": str(aside) if aside else None}


def _staged(staged: Path, source: Path, code: str | None) -> bytes:
    """A backup unpacked into ``staged``; its key."""
    with _parcel(source) as (opened, head):
        if head["kind"] != "backup":
            raise errors.DamagedParcel(source.name)
        header = Header.read({**head, "used": True})
        key, by_code = _opened(header, code)
        parts = parcel.sections(opened, derive(key, b"backup"))
        digests = json.loads(next(parts))["files"]
        (staged / "evidence").mkdir(parents=True)
        staged.chmod(0o700)
        (staged / DATABASE).write_bytes(next(parts))
        for sha256, data in zip(digests, parts, strict=True):
            if len(sha256) != 64 or not sha256.isalnum():
                raise errors.DamagedParcel(source.name)
            if data:  # else it was damaged already when the backup was made
                target = staged / "evidence" / sha256[:2] / sha256
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(data)
    header.slots.pop("code", None)
    if by_code:
        credentials.adopt(staged, header, key)
    else:
        header.save(staged)
    return key


@contextmanager
def _parcel(source: Path) -> Iterator[tuple[IO[bytes], dict[str, Any]]]:
    """A parcel, opened, and its head. ``Refused`` where there is no such file, ``DamagedParcel`` where it is not whole."""
    try:
        if not source.is_file():  # a folder, or a pipe nobody would ever write to
            raise errors.Refused([Problem("file", "PAPER_NOT_THERE", "block", {"name": source.name})])
        opened = source.open("rb")
    except OSError as error:
        raise errors.Refused([Problem("file", "PAPER_UNREADABLE", "block", {"name": source.name})]) from error
    try:
        with opened:
            yield opened, parcel.head(opened)
    except (BadMessage, KeyError, TypeError, AttributeError, ValueError, StopIteration) as error:
        raise errors.DamagedParcel(source.name) from error


def diagnostics(profile: Path, out: Path) -> dict[str, Any]:
    """Logs and facts about this computer, without anything a person wrote: {"file"}."""
    checks = operations.doctor(profile)
    try:
        slots = credentials.slots(profile)
    except errors.Failure:
        slots = []  # among the checks
    facts = {
        "made_at": datetime.now(UTC).isoformat(), "version": operations.VERSION, "python": machine.python_version(),
        "system": machine.platform(), "slots": slots,
        "checks": [{"name": one["name"], "ok": one["ok"]} for one in checks],
    }  # fmt: skip
    log = credentials.data_home() / "liaison-logs" / "bugs.log"
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr("facts.json", json.dumps(facts, ensure_ascii=False, indent=1))
            if log.exists():
                package.writestr("bugs.log", log.read_bytes()[-1_000_000:])
            if profile.exists() and (profile / HEADER).exists():
                package.writestr("rounds.json", json.dumps(_rounds(profile), indent=1))
    except OSError as error:
        raise errors.CannotWrite(str(out)) from error
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
