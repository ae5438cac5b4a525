"""Where the secret lies that opens a profile. The only module that may touch the system keyring.

Order of slots: the passphrase in ``LIAISON_PASSPHRASE`` or typed at the lock page, or a recovery code in its place;
the system keyring; the device file. The keyring is asked in a helper process with a limit of five seconds: a Secret Service that never
answers would otherwise block the program for ever.

The device file (mode 0600, outside the profile folder, below the user's data folder) is the last resort for
machines with neither keyring nor passphrase, such as a script on a bare server: a copied profile folder cannot
be opened with it, but whoever can read the user's files can. ``doctor`` says so, the window offers a passphrase,
and ``LIAISON_NO_DEVICE_FILE=1`` forbids it.
"""

from __future__ import annotations

import base64
import contextlib
import os
import subprocess
import sys
from pathlib import Path

from sync import errors, parcel
from sync.keys import DATABASE, HEADER, Header, new_header

SERVICE = "liaison-desk"
KEYRING_SECONDS = 5.0
PASSPHRASE = "LIAISON_PASSPHRASE"  # noqa: S105  the name of the variable, not a secret
FORBID_FILE = "LIAISON_NO_DEVICE_FILE"
RECOVERY = "recovery"  # the slot of a code that is written down
#: what a profile consists of, in the order it is erased in: database, its copies of older versions and backups under way
OURS = ("evidence/**/*", "evidence", f"{Path(DATABASE).stem}*.sqlite*", "backup-*.sqlite*", "sync.lock", f"{HEADER}*")


def data_home() -> Path:
    """The user's data folder of this platform."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData/Local"))
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")


def default_profile() -> Path:
    """The profile folder: ``LIAISON_PROFILE`` or the user's data folder."""
    chosen = os.environ.get("LIAISON_PROFILE")
    return Path(chosen) if chosen else data_home() / "liaison" / "profile"


def unlock(folder: Path, passphrase: str | None = None) -> bytes | None:
    """The data key of a profile; None where there is no profile. ``Locked`` or ``WrongPassphrase`` where it stays shut."""
    header = Header.load(folder)
    return open_header(header, passphrase) if header is not None else None


def open_header(header: Header, passphrase: str | None = None) -> bytes:
    """The data key by whichever slot opens here. ``Locked`` or ``WrongPassphrase`` where none does."""
    phrase = passphrase if passphrase is not None else os.environ.get(PASSPHRASE)
    if phrase is not None:
        key = header.unwrap_passphrase(phrase) or header.unwrap_passphrase(parcel.plain_code(phrase), RECOVERY)
        if key is not None:
            return key
        if "passphrase" in header.slots:
            raise errors.WrongPassphrase
    if "keyring" in header.slots:
        secret = keyring_get(header.profile)
        key = header.unwrap("keyring", secret) if secret is not None else None
        if key is not None:
            return key
    if "device" in header.slots:
        key = _from_file(header)
        if key is not None:
            return key
    raise _locked(header)


def _locked(header: Header) -> errors.Locked:
    """Which secrets would open it, and where they were looked for."""
    places = {"keyring": "系统钥匙串 (keyring)", "passphrase": PASSPHRASE, "device": str(_file(header.profile))}
    failure = errors.Locked("、".join(places.get(one, one) for one in sorted(header.slots)) or "-")
    if set(header.slots) == {"device"}:
        failure.instead = (
            "这个钥匙文件不在或不对。请把它放回原处，或用 liaison restore 和恢复码从备份恢复；资料本身没有动过。",
            "That key file is missing or another one. Put it back, or restore a backup with its code; the data is untouched.",
        )
    return failure


def create(folder: Path, passphrase: str | None = None) -> bytes:
    """Make a profile's data key and put it into the best slot there is. ``Locked`` where there is none."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise errors.ReadOnly(str(folder)) from error
    header, key = new_header()
    adopt(folder, header, key, passphrase)
    return key


def adopt(folder: Path, header: Header, key: bytes, passphrase: str | None = None) -> None:
    """Put ``key`` into the best slot of this computer and write the header. ``Locked`` where there is no slot."""
    phrase = passphrase if passphrase is not None else os.environ.get(PASSPHRASE)
    if phrase:
        header.wrap_passphrase(key, phrase)
    else:
        secret = keyring_secret(header.profile)
        if secret is not None:
            header.wrap("keyring", key, secret)
        elif not os.environ.get(FORBID_FILE):
            header.wrap("device", key, _device_secret(header.profile))
        else:
            raise errors.Locked("keyring")
    header.save(folder)


def set_passphrase(folder: Path, key: bytes, passphrase: str) -> None:
    """Open the profile by passphrase from now on; the device file goes, a keyring slot stays."""
    header = Header.load(folder)
    if header is None:
        raise errors.NotEnrolled
    header.wrap_passphrase(key, passphrase)
    header.slots.pop("device", None)
    header.save(folder)
    _file(header.profile).unlink(missing_ok=True)


def new_recovery_code(folder: Path, key: bytes) -> str:
    """A code that opens the profile where its passphrase is forgotten or its keyring lost, kept nowhere; an earlier one opens it no more."""
    header = Header.load(folder)
    if header is None:
        raise errors.NotEnrolled
    code = parcel.new_code()
    header.wrap_passphrase(key, parcel.plain_code(code), RECOVERY)
    header.save(folder)
    return code


def in_use(folder: Path) -> None:
    """Note that somebody is enrolled: an empty database is damage from now on, not a beginning."""
    header = Header.load(folder)
    if header is not None and not header.used:
        header.used = True
        header.save(folder)


def erase(folder: Path) -> None:
    """What opens a profile goes first, then what it holds: the platform says that this laptop is lost.

    Only our own files go, whatever else lies in the folder. What cannot be deleted now (another program has it open)
    is unreadable all the same.
    """
    header = Header.load(folder)
    if header is not None:
        Header(header.profile, {}).save(folder)
        _file(header.profile).unlink(missing_ok=True)
        if "keyring" in header.slots:
            with contextlib.suppress(_Silent):
                _ask("delete", header.profile)
    for pattern in OURS:
        for one in sorted(folder.glob(pattern), reverse=True):
            with contextlib.suppress(OSError):
                one.rmdir() if one.is_dir() else one.unlink()


def slots(folder: Path) -> list[str]:
    """Names of the slots a profile can be opened from."""
    header = Header.load(folder)
    return sorted(header.slots) if header is not None else []


def keyring_available() -> bool:
    """Whether a system keyring can be asked at all (answered without touching it)."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DBUS_SESSION_BUS_ADDRESS")) or Path(f"/run/user/{os.getuid()}/bus").exists()


def keyring_answers() -> str:
    """The name of the keyring that answers; empty where none does in time."""
    try:
        return _ask("ping", "ping")
    except _Silent:
        return ""


def keyring_get(profile: str) -> bytes | None:
    """The secret kept for a profile, or None: absent, locked, or no answer in time."""
    try:
        return _get(profile)
    except _Silent:
        return None


def keyring_secret(profile: str) -> bytes | None:
    """The secret kept for a profile, a new one where there is none; None where the keyring did not take it and give it back.

    A keyring that says nothing costs its time limit once.
    """
    try:
        secret = _get(profile) or os.urandom(32)  # a restored profile may have one here already
        text = base64.b64encode(secret).decode()  # 44 characters: Windows items hold 1,280
        return secret if _ask("set", profile, text) == "ok" and _get(profile) == secret else None
    except _Silent:
        return None


class _Silent(Exception):
    """The keyring did not answer in time."""


def _get(profile: str) -> bytes | None:
    answer = _ask("get", profile)
    try:
        return base64.b64decode(answer, validate=True) if answer else None
    except ValueError:
        return None


def _ask(verb: str, profile: str, secret: str = "") -> str:
    """Talk to the keyring in a helper process; the secret goes through its standard input, never its arguments."""
    if not keyring_available():
        return ""
    frozen = getattr(sys, "frozen", False)
    command = [sys.executable, "--keyring-helper"] if frozen else [sys.executable, "-m", "desktop.credentials"]
    try:
        done = subprocess.run(  # noqa: S603  our own program with fixed arguments
            [*command, verb, profile],
            input=secret,
            capture_output=True,
            text=True,
            timeout=KEYRING_SECONDS,
            check=False,
            env={name: value for name, value in os.environ.items() if name != PASSPHRASE},  # others may read it there
        )
    except subprocess.TimeoutExpired as error:
        raise _Silent from error
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def helper(arguments: list[str]) -> int:
    """The helper process: one question to the keyring, the answer on standard output."""
    import keyring
    from keyring.errors import KeyringError

    verb, profile = arguments
    service = f"{SERVICE}-{profile}"  # one item a service: Windows stores a second account by moving the first
    try:
        backend = keyring.get_keyring()
        if backend.priority < 1:
            return 1
        if verb == "delete":
            backend.delete_password(service, profile)
        elif verb == "set":
            backend.set_password(service, profile, sys.stdin.read())
            sys.stdout.write("ok")
        else:
            found = backend.get_password(service, profile)
            sys.stdout.write(type(backend).__module__ if verb == "ping" else found or "")
    except (KeyringError, RuntimeError, OSError):
        return 1
    return 0


def _file(profile: str) -> Path:
    return data_home() / "liaison-device" / f"{profile}.key"


def _device_secret(profile: str) -> bytes:
    """The device file's secret; made where there is none."""
    path = _file(profile)
    try:
        if path.exists():
            return path.read_bytes()
        secret = os.urandom(32)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(secret)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise errors.ReadOnly(str(path.parent)) from error
    return secret


def _from_file(header: Header) -> bytes | None:
    try:
        return header.unwrap("device", _file(header.profile).read_bytes())
    except OSError:
        return None


if __name__ == "__main__":
    raise SystemExit(helper(sys.argv[1:]))
