"""How bodies are packed on the wire: zstd where both sides have it, else gzip; unpacked piece by piece within a limit.

zstd at its usual level makes the same bytes as gzip in a fifth of the time: packing was a third of what a page costs
the platform. Whoever knows only gzip (an older laptop, a platform on a system without it) is answered in gzip. What
unpacks to more than was agreed is given up before it fills the memory, and so is a frame that asks for a large window.
"""

from __future__ import annotations

import gzip
import zlib
from typing import Any

try:
    from backports import zstd as _found

    zstd: Any = _found
except ImportError:  # pragma: no cover  no wheel for this system
    zstd = None
LEVEL, GZIP_LEVEL = 3, 6
WINDOW = 23  # 8 MiB, what RFC 9659 lets a sender of this coding ask for
CODINGS = ("zstd", "gzip") if zstd is not None else ("gzip",)
OFFERED = ", ".join(CODINGS)
DAMAGED: tuple[type[Exception], ...] = (zlib.error,) if zstd is None else (zlib.error, zstd.ZstdError)


class BadCoding(ValueError):
    """Not packed as it says, or in no way known here."""


class TooLarge(ValueError):
    """It unpacks to more than was agreed."""


def chosen(header: str) -> str:
    """The coding to answer in, of an ``Accept-Encoding``; empty where none of ours is taken."""
    taken = {}
    for part in header.lower().split(","):
        name, _, weight = part.strip().partition(";")
        taken[name.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return next((one for one in CODINGS if taken.get(one, one == "gzip" and taken.get("*", False))), "")


def pack(data: bytes, coding: str) -> bytes:
    """``data`` packed."""
    if coding == "zstd":
        return bytes(zstd.compress(data, LEVEL))
    return gzip.compress(data, GZIP_LEVEL, mtime=0)


class Unpacking:
    """Takes a body's pieces as they come; ``out`` grows to ``most`` bytes. ``whole``: the end was reached."""

    def __init__(self, coding: str, most: int) -> None:
        """``coding`` as ``Content-Encoding`` says it. Raises ``BadCoding`` for one that is not known here."""
        self.out, self._most = bytearray(), most
        self._gzip = zlib.decompressobj(31) if coding == "gzip" else None
        self._zstd: Any = None
        if coding == "zstd" and zstd is not None:
            self._zstd = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW})
        elif coding not in ("", "gzip", "identity"):
            raise BadCoding(coding[:20])

    def take(self, piece: bytes) -> None:
        """The next piece. Raises ``BadCoding``, ``TooLarge``."""
        try:
            if self._gzip is not None:
                self.out += self._gzip.decompress(piece, self._room())
                over = bool(self._gzip.unconsumed_tail)
            elif self._zstd is not None:
                self.out += b"" if self._zstd.eof else self._zstd.decompress(piece, self._room())
                over = not (self._zstd.needs_input or self._zstd.eof)
            else:
                self.out += piece
                over = False
        except DAMAGED as error:
            raise BadCoding("damaged") from error
        if over or len(self.out) > self._most:
            raise TooLarge

    @property
    def whole(self) -> bool:
        """Whether nothing is missing at the end."""
        unpacker = self._gzip or self._zstd
        return unpacker is None or bool(unpacker.eof)

    def _room(self) -> int:
        return self._most + 1 - len(self.out)
