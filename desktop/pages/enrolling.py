"""What enrolling does, step by step, outside the window's thread; and why a code was refused, in words. No Qt.

The window shows; ``Enroller`` holds the operations it calls: greet the platform, enrol, fetch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sync.errors import CertificateRefused, CodeRefused
from sync.records import Identity, Progress
from sync.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Greeting:
    """A platform that answered. ``matches``: it is the one the enrolment file names."""

    url: str
    host: str
    matches: bool


class Enroller:
    """Enrolment into ``profile``; every method but the constructor runs beside the window."""

    def __init__(self, profile: Path) -> None:
        self.profile = profile

    def read_file(self, path: Path) -> Mapping[str, str]:
        """What an enrolment file says. Raises NoEnrolmentFile where it is none."""
        from desktop.operations import enrolment_file

        return enrolment_file(path)

    def greet(self, server: str, pinned: str) -> Greeting:
        """Asks who is there, before the code is spent; the certificate is checked by connecting.

        Raises:
            sync.errors.Failure: nobody there, not the platform, or not the one the file names.
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from sync.client import Platform

        platform = Platform(server, Ed25519PrivateKey.generate())  # a key for this question only
        try:
            hello = platform.hello()
        finally:
            platform.close()
        if pinned and hello.get("platform") != pinned:
            raise CertificateRefused("platform key")
        return Greeting(platform.url, urlsplit(platform.url).netloc, bool(pinned))

    def needs_passphrase(self) -> bool:
        """Whether there is no keyring that could keep the key."""
        from desktop.credentials import keyring_available

        return not keyring_available()

    def enrol(self, server: str, code: str, phrase: str | None, pinned: str) -> tuple[Workspace, Identity]:
        """Spends the code. Raises what ``operations.enrol`` raises."""
        from desktop.operations import enrol

        return enrol(self.profile, server, code, phrase, pinned)

    def fetch(self, workspace: Workspace, progress: Callable[[Progress], None]) -> object:
        """The first round."""
        from desktop.operations import sync_now

        return sync_now(workspace, progress)

    def fingerprint(self, workspace: Workspace) -> str:
        """Sixteen hexadecimal digits of the device key's public half, four by four."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(workspace.access()["key"]))
        digest = hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16].upper()
        return " ".join(digest[place : place + 4] for place in range(0, 16, 4))


#: A word of the platform's answer -> (what happened, what to do), Chinese and English.
_REASONS: tuple[tuple[tuple[str, ...], tuple[str, str], tuple[str, str]], ...] = (
    (("≠",), ("这个登记码是给另一个单位的", "This code belongs to another unit"),
     ("这台电脑已登记为别的单位。请用本单位的登记码；要换单位，请先请管理员停用这台电脑。",
      "This computer is enrolled for another unit. Use a code of your own unit, or have this computer closed first.")),
    (("过期", "expired"), ("登记码已过期", "The code has expired"),
     ("请管理员重发一个，几天内有效。", "Ask for a new one; it is valid for some days.")),
    (("用过", "used"), ("登记码已经用过", "The code was used before"),
     ("一个登记码只登记一台电脑。请管理员再发一个。", "One code enrols one computer. Ask for another.")),
    (("作废", "void"), ("登记码已作废", "The code is void"),
     ("输错的次数太多了。请管理员重发一个。", "It was typed wrong too often. Ask for a new one.")),
    (("稍后", "wait"), ("输错多次，要等一会儿", "Too many wrong codes; wait a little"),
     ("请核对登记码，一分钟后再试。", "Check the code and try again in a minute.")),
)  # fmt: skip
_WRONG = (("登记码不对", "The code is not valid"),
          ("请对着管理员发来的登记码再输一遍；0 和 O、1 和 I 容易看错。",
           "Type it again as it was sent; 0 and O, 1 and I look alike."))  # fmt: skip


def why_refused(error: CodeRefused, lang: str = "zh") -> tuple[str, str]:
    """(what happened, what to do) for a refused code: wrong, expired, used, void, foreign, or wait."""
    english = lang == "en"
    for marks, what, remedy in _REASONS:
        if any(mark in error.detail for mark in marks):
            return what[english], remedy[english]
    return _WRONG[0][english], _WRONG[1][english]
