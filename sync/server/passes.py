"""Upload passes: how a plain tus client, which cannot sign requests, brings the bytes of one file.

Whoever has begun an upload with the device's proof is given a pass for it. It names the device, the file's digest and
length and the hour it ends, under a keyed hash of the platform, so nothing is stored and nothing in it can be altered.
It opens the upload of exactly that file and nothing else: not reading, not another digest. The device is looked up
each time, so closing the device closes its passes. This module must not know HTTP or files.
"""

from __future__ import annotations

import hmac
import time
from dataclasses import dataclass

from sync.server.seal import Seal, b64, unb64

LIVES = 24 * 3600  # seconds


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass is good for."""

    device: str
    sha256: str
    length: int
    until: int  # seconds since 1970

    def text(self, seal: Seal) -> str:
        """The pass as it travels, in an address or as a bearer token."""
        body = f"{self.device}.{b64(bytes.fromhex(self.sha256))}.{self.length}.{self.until}"
        return f"{body}.{seal.mark_of('upload', body)}"


def issue(device: str, sha256: str, length: int) -> Pass:
    """A pass for one file of one device, good for a day."""
    return Pass(device, sha256, length, int(time.time()) + LIVES)


def read(text: str, seal: Seal) -> Pass | None:
    """The pass of this text, or None: not of this platform, altered or over."""
    body, _, mark = text.rpartition(".")
    if not hmac.compare_digest(seal.mark_of("upload", body).encode(), mark.encode()):
        return None
    device, digest, length, until = body.split(".")
    found = Pass(device, unb64(digest).hex(), int(length), int(until))
    return found if found.until > time.time() else None
