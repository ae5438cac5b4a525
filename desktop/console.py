"""How a command talks: the profile it opens, the JSON and values it is given, what it prints.

One JSON document on standard output with ``--json``, everything else on standard error. Must not know any command.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from sync import errors
from sync.domain.fields import Field
from sync.domain.kinds import KINDS

MOST_INPUT = 64_000_000  # bytes of JSON one command takes
MOST_ROWS = 1_000_000


class Usage(Exception):
    """The call itself is wrong (exit status 2)."""


class opened:
    """The profile's workspace for one command."""

    def __init__(self, args: Any) -> None:
        from desktop import operations

        self.workspace = operations.open_workspace(args.profile)
        self.workspace.required()

    def __enter__(self) -> Any:
        return self.workspace

    def __exit__(self, *_: object) -> None:
        self.workspace.close()


def this_day() -> date:
    """The calendar day in Dongguan."""
    from sync.workspace import today

    return today()


def read_json(args: Any, source: str) -> Any:
    """The JSON in a file, or on standard input for "-": UTF-8 (with or without a mark), whole, unambiguous."""
    name = say(args, "标准输入", "standard input") if source == "-" else source
    try:
        data = _bytes(source)
    except OSError as error:
        raise Usage(say(args, f"读不了 {name}：{error.strerror}", f"{name} cannot be read: {error.strerror}")) from error
    if len(data) > MOST_INPUT:
        most = MOST_INPUT // 1_000_000
        raise Usage(say(args, f"{name} 超过 {most} MB，请分成几份", f"{name} is larger than {most} MB; split it"))
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once_each, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Usage(say(args, f"{name} 不是 UTF-8 文字（第 {error.start} 字节）", f"{name} is not UTF-8 (byte {error.start})")) from error
    except RecursionError as error:
        raise Usage(say(args, f"{name} 的 JSON 嵌套太深", f"{name}: JSON nested too deeply")) from error
    except ValueError as error:
        raise Usage(say(args, f"{name} 不是可用的 JSON：{error}", f"{name} is no usable JSON: {error}")) from error


def _bytes(source: str) -> bytes:
    """What lies there, at most a little more than is taken."""
    if source != "-":
        with Path(source).open("rb") as opened:
            return opened.read(MOST_INPUT + 1)
    return sys.stdin.buffer.read(MOST_INPUT + 1) if sys.stdin is not None else b""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: which of two values was meant nobody can tell."""
    body = dict(pairs)
    if len(body) != len(pairs):
        names = [name for name, _value in pairs]
        raise ValueError(f'"{next(name for name in names if names.count(name) > 1)[:40]}" ×2')
    return body


def _no_number(text: str) -> Any:
    raise ValueError(text)


def setting(args: Any, text: str) -> tuple[str, Any]:
    """A ``name=value`` of an evidence record, by its field's type. ``Usage`` where there is no such field."""
    from sync.workspace import FIXED

    name, sign, value = text.partition("=")
    field = KINDS["evidence"].fields.get(name)
    if not sign or field is None or field.owner != "liaison" or name in {*FIXED, "kind"}:
        raise Usage(f"--set {text}")
    return name, parsed(args, field, value)


def parsed(args: Any, field: Field, text: str) -> Any:
    """A value typed on the command line, by its field's type."""
    try:
        if field.type == "bool":
            return {
                "true": True,
                "1": True,
                "yes": True,
                "是": True,
                "false": False,
                "0": False,
                "no": False,
                "否": False,
            }[text.lower()]
        if field.type in ("int", "money"):
            return int(text)
        if field.type in ("set", "list"):
            return (
                json.loads(text) if text.startswith("[") else [one for one in text.replace("，", ",").split(",") if one]
            )
    except (KeyError, ValueError) as error:
        raise Usage(say(args, f"{field.label}：{text}？", f"{field.en}: {text}?")) from error
    return text


def lines_of(found: Iterable[Any], lang: str) -> str:
    """Problems as lines for a person."""
    from desktop import wording

    return "\n".join(f"  {one.field or ''}: {wording.problem(one, lang)}" for one in found)


def show(args: Any, body: Mapping[str, Any], text: str) -> None:
    """The one JSON document, or the text for a person."""
    if args.json:
        out(json.dumps(body, ensure_ascii=False))
    elif text:
        out(text)


def out(text: str) -> None:
    """A line on standard output; empty: what was written so far leaves the program."""
    if sys.stdout is None:
        return
    try:
        if text:
            sys.stdout.write(text + "\n")
        else:
            sys.stdout.flush()
    except OSError as error:
        with open(os.devnull, "wb") as nowhere:  # or it would fail once more when the program ends
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise
        raise errors.CannotWrite(error.strerror or "") from error


def last(text: str) -> None:
    """What a command that failed says on standard output: nobody may be reading, and its exit status stays."""
    with contextlib.suppress(BrokenPipeError, errors.CannotWrite):
        out(text)
        out("")


def err(text: str) -> None:
    """A line on standard error; that it cannot be written stops no work."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text + "\n")


def speak_utf8() -> None:
    """Scripts read UTF-8, whatever the console's code page; a file name of broken bytes must not stop the answer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def say(args: Any, chinese: str, english: str) -> str:
    """The sentence in the language asked for."""
    return english if args.lang == "en" else chinese
