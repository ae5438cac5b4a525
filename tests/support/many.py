"""Runs many commands in one process, each as a person would start it: ``python -m tests.support.many CALLS ANSWERS``.

CALLS is a JSON list of [program, words, stdin]; ANSWERS becomes a list of {status, out, err, qt}. Standard input is
closed where ``stdin`` is null, as under a service manager. Words "$1", "$2.ids.0" … stand for earlier answers' JSON.
One interpreter for all of them, because starting one takes longer than most commands.
"""

from __future__ import annotations

import io
import json
import re
import sys
import traceback
from pathlib import Path
from typing import Any


def main(calls: str, answers: str) -> None:
    """Run them one after the other."""
    found: list[dict[str, Any]] = []
    for program, words, stdin in json.loads(Path(calls).read_text("utf-8")):
        given = [_filled(str(word), found) for word in words]
        text = (
            None if stdin is None else _filled(stdin if isinstance(stdin, str) else json.dumps(stdin, ensure_ascii=False), found)
        )
        status, out, err = inside(program, given, None if text is None else text.encode())
        qt = sorted(name for name in sys.modules if name.split(".")[0] in ("PySide6", "shiboken6"))
        found.append({"words": given, "status": status, "out": out, "err": err, "qt": qt[:3]})
        Path(answers).write_text(json.dumps(found, ensure_ascii=False), "utf-8")


def inside(program: str, words: list[str], stdin: bytes | None) -> tuple[int, str, str]:
    """A command in this very process: its status and what it wrote. ``stdin`` None is closed."""
    real = sys.stdin, sys.stdout, sys.stderr
    streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
    sys.stdin = None if stdin is None else io.TextIOWrapper(io.BytesIO(stdin), "utf-8")  # type: ignore[assignment]
    sys.stdout, sys.stderr = streams
    try:
        status = _run(program, words)
    finally:
        sys.stdin, sys.stdout, sys.stderr = real
    out, err = (one.buffer.getvalue().decode("utf-8") for one in streams)  # type: ignore[attr-defined]
    return status, out, err


def _run(program: str, words: list[str]) -> int:
    if program == "liaison":
        from desktop.command_line import main as run
    else:
        from sync.server.__main__ import main as run
    try:
        return run(words)
    except SystemExit as ended:
        return int(ended.code or 0)
    except Exception:  # noqa: BLE001  as an interpreter of its own would end
        traceback.print_exc()
        return 1


def _filled(text: str, found: list[dict[str, Any]]) -> str:
    """``$3.ids.0``: what stands there in the JSON of answer 3 (counted from 0); the end of the list where it is "$-1"."""

    def look(match: re.Match[str]) -> str:
        value: Any = json.loads(found[int(match[1])]["out"])
        for part in match[2].split(".")[1:]:
            value = value[int(part)] if isinstance(value, list) else value[part]
        return str(value)

    return re.sub(r"\$(-?\d+)((?:\.\w+)*)", look, text)


if __name__ == "__main__":
    main(*sys.argv[1:])
