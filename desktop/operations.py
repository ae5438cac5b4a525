"""One function per intention of a person, over the workspace: what pages and commands call. No Qt, no SQL.

Opening and enrolling, syncing, moving data in and out, looking after the profile. What is one line on the
workspace (add, edit, submit …) is called there directly.
"""

from __future__ import annotations

import contextlib
import json
import platform as machine
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop import credentials
from sync import errors
from sync.records import Identity, Progress, RoundReport
from sync.workspace import Workspace

VERSION = "0.1.0"
GONE = (
    "登记过的扫描件不在本机，平台也没有确认；请从原件重新添加",
    "A scan is neither here nor confirmed by the platform; attach it again from the original",
)
ENROL_AGAIN = (
    "登记还没有完成，本机原有资料没有变化。请核对平台地址和网络，再用同一个登记码试一次。",
    "Not enrolled yet; what was on this computer is unchanged. Check address and network and try the same code again.",
)


def open_workspace(profile: Path, passphrase: str | None = None) -> Workspace:
    """Open a profile. ``NotEnrolled`` where there is none, ``Locked`` or ``WrongPassphrase`` where it stays shut."""
    key = credentials.unlock(profile, passphrase)
    if key is None:
        raise errors.NotEnrolled
    return Workspace(profile, key)


def enrol(
    profile: Path, server: str, code: str, passphrase: str | None = None, pinned: str = "", authorities: str = ""
) -> tuple[Workspace, Identity]:
    """Enrol this computer with a one-time code; the open workspace and who it now belongs to.

    The device key is kept before the code is sent, so an answer that was lost can be asked for again. An enrolled
    profile may be enrolled anew for the same unit (a closed device, a successor); its records stay.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from sync.client import Platform

    key = credentials.unlock(profile, passphrase) or credentials.create(profile, passphrase)
    workspace = Workspace(profile, key)
    try:
        asked = workspace.local.recall("enrolling") or {}
        device_key = (
            bytes.fromhex(asked["key"])
            if asked.get("code") == code
            else Ed25519PrivateKey.generate().private_bytes_raw()
        )
        workspace.local.remember({"enrolling": {"code": code, "key": device_key.hex()}})
        with_platform = Platform(server, Ed25519PrivateKey.from_private_bytes(device_key), authorities=authorities)
        hello = with_platform.hello()
        if pinned and hello.get("platform") != pinned:
            raise errors.CertificateRefused("platform key")
        answer = with_platform.enrol(code, machine.node()[:60])
        identity = _identity(answer, with_platform.url)
        held = workspace.identity
        if held is not None and held.unit != identity.unit:
            raise errors.CodeRefused(f"{held.unit_name} ≠ {identity.unit_name}")
        seal = (answer.get("platform") or {}).get("key") or {}
        access = {
            "key": device_key.hex(),
            "token": answer["token"],
            "pinned": seal.get("x", ""),
            "authorities": authorities,
        }
        workspace.enrolled(identity, access)
        workspace.local.remember({"enrolling": None})
        credentials.in_use(profile)
        workspace.keep_nonce(with_platform.nonce)
        with_platform.close()
        _first_pull(workspace)
    except BaseException as error:
        if isinstance(error, errors.Temporary):
            error.instead = ENROL_AGAIN
        workspace.close()
        raise
    return workspace, identity


def _first_pull(workspace: Workspace) -> None:
    """Fetch targets, lists and the unit's records right away; if the line breaks now, the next sync does it."""
    with contextlib.suppress(errors.Temporary):
        sync_now(workspace, files=False)


def enrolment_file(path: Path) -> dict[str, str]:
    """What an enrolment file says: server, code, unit, liaison, platform. ``NoEnrolmentFile`` where it is none."""
    try:
        body = json.loads(path.read_text("utf-8-sig"))
        return {name: str(body.get(name, "")) for name in ("server", "code", "unit", "liaison", "platform")} | {
            "code": str(body["code"])
        }
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise errors.NoEnrolmentFile(path.name) from error


def _identity(answer: Mapping[str, Any], server: str) -> Identity:
    try:
        unit, person = answer["unit"], answer["liaison"]
        return Identity(
            unit["code"], unit["name"], unit.get("kind", ""), person["id"], person["name"], answer["device"], server
        )
    except (KeyError, TypeError) as error:
        raise errors.NotThePlatform(server) from error


def connect(workspace: Workspace) -> Any:
    """A ``sync.client.Platform`` for the profile's platform, with the device's key and token."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from sync.client import Platform

    who, access = workspace.required(), workspace.access()
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(access["key"]))
    return Platform(
        who.server,
        key,
        access["token"],
        access.get("nonce", ""),
        access.get("authorities", ""),
        access.get("pinned", ""),
    )


def sync_now(
    workspace: Workspace, progress: Callable[[Progress], None] | None = None, stop: Callable[[], bool] | None = None,
    *, files: bool = True, limit: int = 0, deletions: bool = False,
) -> RoundReport:  # fmt: skip
    """One full round; files at no more than ``limit`` bytes a second. ``Offline`` and its kin leave everything saved.

    ``deletions``: a person agreed to ``ManyDeletions``.
    """
    from sync import engine

    platform = connect(workspace)
    try:
        return engine.sync_round(workspace, platform, progress, stop, files=files, limit=limit, deletions=deletions)
    except errors.WipeOrdered:
        credentials.erase(workspace.directory)
        raise
    finally:
        platform.close()


def dry_run(workspace: Workspace) -> dict[str, Any]:
    """What a round would move now, both ways; see ``engine.dry_run``."""
    from sync import engine

    platform = connect(workspace)
    try:
        return engine.dry_run(workspace, platform)
    finally:
        platform.close()


def verify(workspace: Workspace, lang: str = "zh") -> dict[str, Any]:
    """Re-hash every file, check the database and every reference to a file: {"ok", "records", "files", "problems"}."""
    problems = [{"what": "database", "detail": text} for text in workspace.database.problems()]
    digests = workspace.vault.digests()
    for sha256 in digests:
        wrong = workspace.vault.problem(sha256, lang)
        if wrong:
            problems.append({"what": "file", "detail": f"{sha256}: {wrong}"})
    problems += [{"what": "file", "detail": f"{one}: {GONE[lang == 'en']}"} for one in _gone(workspace)]
    return {"ok": not problems, "records": len(workspace.dump()), "files": len(digests), "problems": problems}


def _gone(workspace: Workspace) -> list[str]:
    """Digests of files that are neither here nor confirmed by the platform."""
    return [one["sha256"] for one in workspace.local.unsent_files() if not workspace.vault.has(one["sha256"])]


def unsendable(workspace: Workspace) -> list[dict[str, str]]:
    """Files a round could not send because of what they are here: [{"sha256", "problem", "message", "message_en"}]."""
    gone = set(_gone(workspace))
    found = []
    for one in workspace.local.unsent_files():
        failure = errors.DamagedFile(one["sha256"][:12])
        if one["sha256"] in gone:
            found.append({"sha256": one["sha256"], "problem": "missing", "message": GONE[0], "message_en": GONE[1]})
        elif one["problem"] == failure.code:
            said = [f"{failure.message(lang)} {failure.remedy(lang)}" for lang in ("zh", "en")]
            found.append({"sha256": one["sha256"], "problem": failure.code, "message": said[0], "message_en": said[1]})
    return found


def doctor(profile: Path, lang: str = "zh") -> list[dict[str, Any]]:
    """What this computer and profile look like: [{"name", "ok", "detail", "remedy"}]."""
    import os
    import sys

    from sync.store.database import SOUND, sqlite_version

    checks: list[dict[str, Any]] = []

    def add(name: str, ok: bool, detail: str, remedy: tuple[str, str] = ("", "")) -> None:
        checks.append({"name": name, "ok": ok, "detail": detail, "remedy": "" if ok else remedy[lang == "en"]})

    add("version", True, f"liaison {VERSION}, Python {machine.python_version()}, {machine.platform()}")
    version = sqlite_version()
    add(
        "sqlite", version >= SOUND, f"SQLite {'.'.join(map(str, version))}",
        ("需要 3.51.3 以上的 SQLite，请重新安装程序", "SQLite 3.51.3 or newer is needed: install the program again"),
    )
    where = profile if profile.exists() else next((one for one in profile.parents if one.exists()), Path("/"))
    free = shutil.disk_usage(where).free
    add("disk", free > 200_000_000, f"{profile}: {free / 1e6:.0f} MB", ("请腾出至少 200 MB 空间", "Free at least 200 MB"))
    try:
        slots = credentials.slots(profile)
    except errors.Failure:
        slots = []  # said below, where the profile is opened
    answering = credentials.keyring_answers()
    no_keyring = ("系统钥匙串没有应答或没有：请设置开锁口令（LIAISON_PASSPHRASE）", "No keyring answers: set a passphrase (LIAISON_PASSPHRASE)")
    add("keyring", bool(answering), answering or "-", no_keyring)
    if "device" in slots:
        add(
            "key",
            False,
            f"{', '.join(slots)}" + ("：钥匙只由文件权限保护", ": only file permissions guard the key")[lang == "en"],
            ("请在“设置”里设开锁口令，或设 LIAISON_PASSPHRASE 后运行 liaison passphrase",
             "Set a passphrase in the preferences, or set LIAISON_PASSPHRASE and run liaison passphrase"),
        )
    method = os.environ.get("QT_IM_MODULE") or os.environ.get("XMODIFIERS") or "-"
    add("input", sys.platform == "win32" or method != "-", method,
        ("没有发现中文输入法（ibus 或 fcitx）", "No Chinese input method found (ibus or fcitx)"))
    fonts = _chinese_font()
    add("fonts", bool(fonts), fonts or "-",
        ("请安装中文字体，例如 apt-get install fonts-noto-cjk", "Install a Chinese font, such as apt-get install fonts-noto-cjk"))
    try:
        workspace = open_workspace(profile)
    except errors.Failure as error:
        add("profile", False, error.message(lang), (error.remedy(), error.remedy("en")))
        return checks
    try:
        add("profile", True, f"{workspace.required().unit_name} {workspace.required().liaison_name}")
        add(
            "database",
            not workspace.database.problems(),
            str(profile / "liaison.sqlite"),
            ("请用 liaison verify 查看，并从备份恢复", "Look with liaison verify and restore a backup"),
        )
        _ask_platform(workspace, add)
    except errors.Failure as error:
        add("platform", False, error.message(lang), (error.remedy(), error.remedy("en")))
    finally:
        workspace.close()
    return checks


def _ask_platform(workspace: Workspace, add: Callable[..., None]) -> None:
    platform = connect(workspace)
    try:
        hello = platform.hello()
    finally:
        platform.close()
    add("platform", True, platform.url)
    try:
        theirs = datetime.fromisoformat(str(hello.get("time")))
        skew = abs((datetime.now(UTC) - theirs).total_seconds())
    except (ValueError, TypeError) as error:
        raise errors.NotThePlatform(platform.url) from error
    add("clock", skew < 120, f"{skew:.0f} s",
        ("本机时间与平台相差较大，请校准日期和时间（不影响同步结果）",
         "This computer's clock is off: set date and time (syncing is not affected)"))  # fmt: skip


def _chinese_font() -> str:
    """A font file that has Han glyphs, or "" (fontconfig where there is one, else the system's font folder)."""
    import subprocess
    import sys

    if sys.platform == "win32":
        found = [one for one in ("msyh.ttc", "simsun.ttc") if Path("C:/Windows/Fonts", one).exists()]
        return found[0] if found else ""
    tool = shutil.which("fc-list")
    if tool is None:
        return ""
    done = subprocess.run([tool, ":lang=zh-cn", "family"], capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else ""
