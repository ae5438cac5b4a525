"""A keyring for tests, named by PYTHON_KEYRING_BACKEND: keeps secrets in the file PRACTICE_KEYRING, as PRACTICE_MANNER says.

    good     keeps and gives          slow-set  takes its time to keep
    silent   never answers            locked    says that it is locked
    forgets  takes and does not keep
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked


class Keyring(KeyringBackend):
    """The one keyring of this session."""

    priority: Any = 9

    def get_password(self, service: str, username: str) -> str | None:
        """What is kept."""
        return self._held().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep it."""
        held = self._held()
        if os.environ["PRACTICE_MANNER"] != "forgets":
            held[f"{service}/{username}"] = password
        Path(os.environ["PRACTICE_KEYRING"]).write_text(json.dumps(held), "utf-8")
        if os.environ["PRACTICE_MANNER"] == "slow-set":
            time.sleep(1.5)

    def delete_password(self, service: str, username: str) -> None:
        """Drop it."""
        held = self._held()
        held.pop(f"{service}/{username}", None)
        Path(os.environ["PRACTICE_KEYRING"]).write_text(json.dumps(held), "utf-8")

    def _held(self) -> dict[str, str]:
        manner, place = os.environ["PRACTICE_MANNER"], Path(os.environ["PRACTICE_KEYRING"])
        if manner == "silent":
            time.sleep(3600)
        if manner == "locked":
            raise KeyringLocked("the collection is locked")
        found: dict[str, str] = json.loads(place.read_text("utf-8")) if place.exists() else {}
        return found
