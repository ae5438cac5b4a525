"""``liaison …``: the same intentions as the window, as commands, for scripts, administrators and tests.

Thin over ``operations`` and the workspace; Qt is loaded only to open the window or walk the demo. With ``--json``
exactly one JSON document goes to standard output; messages and progress go to standard error. Nothing is ever
asked when standard input is no terminal. Exit status: 0 done, 1 a bug, 2 wrong usage, 3 refused by a rule,
4 not enrolled, locked or signed out, 5 platform not reachable, 6 done but conflicts wait, 7 local damage.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from desktop import credentials
from sync import errors
from sync.domain import lifecycle
from sync.domain.fields import Field
from sync.domain.kinds import KINDS
from sync.domain.lists import EVIDENCE_KINDS
from sync.records import SYNC_STATES

CONFLICTS_WAIT = 6
MOST_INPUT = 64_000_000  # bytes of JSON one command takes
MOST_ROWS = 1_000_000


class Usage(Exception):
    """The call itself is wrong (exit status 2)."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _speak_utf8()
    if given[:1] == ["--keyring-helper"]:
        return credentials.helper(given[1:])
    if given[:1] == ["--self-check"]:
        from desktop.app import self_check

        return self_check()
    args = _Parser.build("--json" in given).parse_args(given)
    args.profile = Path(args.profile) if getattr(args, "profile", None) else credentials.default_profile()
    args.json, args.lang = getattr(args, "json", False), getattr(args, "lang", "zh")
    try:
        status = int(args.run(args))
        _out("")  # flushed here, where a full disk can still be told
        return status
    except errors.Failure as failure:
        return _failed(
            args,
            failure.code,
            failure.message(args.lang),
            failure.remedy(args.lang),
            failure.exit_status,
            getattr(failure, "problems", ()),
        )
    except Usage as usage:
        return _failed(args, "usage", str(usage), "", 2)
    except BrokenPipeError:
        return 0  # nobody reads on, as with head
    except OSError as error:
        trouble = errors.of_system(error)
        return _failed(args, trouble.code, trouble.message(args.lang), trouble.remedy(args.lang), trouble.exit_status)
    except KeyboardInterrupt:
        return _failed(args, "stopped", _say(args, "已停止，已保存的都在", "Stopped; what was saved is safe"), "", 130)
    except Exception as bug:  # noqa: BLE001  the last door: logged, said, and the work is saved
        from desktop.diagnostics import record_bug

        where = record_bug(args.profile, bug)
        return _failed(
            args,
            "bug",
            _say(args, f"程序出错，已记录在 {where}", f"A bug, recorded in {where}"),
            _say(args, "已保存的都在。", "What was saved is safe."),
            1,
        )


def _failed(args: Any, code: str, message: str, remedy: str, status: int, problems: Iterable[Any] = ()) -> int:
    """Say what went wrong in the way that was asked for."""
    from desktop import shapes
    from sync.domain.problems import sentence

    if args.json:
        _out(json.dumps(shapes.failure(code, message, remedy, problems, args.lang), ensure_ascii=False))
    _err(f"{message}。{remedy}" if args.lang == "zh" and remedy else f"{message} {remedy}".strip())
    for problem in problems:
        _err(f"  {problem.field or ''}: {sentence(problem, args.lang)}")
    return status


class _Parser(argparse.ArgumentParser):
    """Global options before or after the command; usage errors as JSON too."""

    as_json = False

    def error(self, message: str) -> Any:
        if self.as_json:
            _out(json.dumps({"error": {"code": "usage", "message": message, "problems": []}}, ensure_ascii=False))
        super().error(message)

    @classmethod
    def build(cls, as_json: bool) -> _Parser:
        cls.as_json = as_json
        shared = cls(add_help=False, argument_default=argparse.SUPPRESS)
        shared.add_argument("--profile", metavar="DIR", help="资料夹（默认在用户数据目录）")
        shared.add_argument("--json", action="store_true", help="只输出一个 JSON 文档")
        shared.add_argument("--lang", choices=("zh", "en"), help="界面与提示语言")
        parser = cls(prog="liaison", description="成果联络员工作台", parents=[shared])
        parser.set_defaults(run=_window)
        commands = parser.add_subparsers(metavar="命令", parser_class=cls)
        for name, (help_text, run, options) in COMMANDS.items():
            one = commands.add_parser(name, help=help_text, description=help_text, parents=[shared])
            for flags, settings in options:
                one.add_argument(*flags, **settings)
            one.set_defaults(run=run)
        return parser


# -- the commands ------------------------------------------------------------------------------------------------


def _window(args: Any) -> int:
    from desktop.app import run

    return run(args.profile, args.lang)


def _demo(args: Any) -> int:
    from desktop.demo import run

    return run(headless=args.headless, out=Path(args.out), lang=args.lang, as_json=args.json)


def _enrol(args: Any) -> int:
    from desktop import operations

    server, code, pinned = args.server, args.code, ""
    if args.file:
        said = operations.enrolment_file(Path(args.file))
        server, code, pinned = server or said["server"], said["code"], said["platform"]
    if not server or not code:
        raise Usage("--server URL --code CODE | --file F")
    workspace, who = operations.enrol(args.profile, server, code, pinned=pinned, authorities=args.ca or "")
    workspace.close()
    _print(args, {"unit": who.unit, "unit_name": who.unit_name, "liaison": who.liaison, "liaison_name": who.liaison_name, "device": who.device},
           f"已登记：{who.unit_name} {who.liaison_name}")  # fmt: skip
    return 0


def _kinds(args: Any) -> int:
    from desktop import shapes

    body = shapes.kinds(args.lang)
    _print(args, body, "\n".join(f"{name}\t{kind['label']}" for name, kind in body["kinds"].items()))
    return 0


def _rules(args: Any) -> int:
    from sync.domain.rules import evaluate_case

    body = _json(args, args.file)
    cases = body.get("cases") if isinstance(body, dict) else None
    if not isinstance(cases, list):
        raise Usage('{"cases": [{"id", "area", "input"}]}')
    try:
        results = [evaluate_case(case) for case in cases if isinstance(case, dict)]
    except ValueError as error:
        raise Usage(str(error)) from error
    if len(results) != len(cases):
        raise Usage('{"cases": [{"id", "area", "input"}]}')
    _print(args, {"results": results}, "")
    return 0


def _add(args: Any) -> int:
    if args.kind not in KINDS:
        raise Usage(
            _say(
                args,
                f"没有名为“{args.kind}”的记录类型，可用：{'、'.join(KINDS)}",
                f"no kind {args.kind}: {', '.join(KINDS)}",
            )
        )
    body = _json(args, args.file)
    rows = body if isinstance(body, list) else [body]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise Usage(_say(args, "需要一个 JSON 对象或对象数组", "one JSON object or an array of objects"))
    with _opened(args) as workspace:
        ids = workspace.add(args.kind, rows)
    _print(args, {"ids": ids}, "\n".join(ids))
    return 0


def _edit(args: Any) -> int:
    from desktop import shapes

    body = _json(args, args.file)
    if not isinstance(body, dict):
        raise Usage(_say(args, "需要一个 JSON 对象", "one JSON object"))
    with _opened(args) as workspace:
        left = workspace.edit(args.id, body, strict=True)
    _print(args, {"id": args.id, "problems": shapes.problems(left, args.lang)}, _lines(left, args.lang) or "已保存")
    return 0


def _show(args: Any) -> int:
    from desktop import shapes

    with _opened(args) as workspace:
        body = shapes.record(workspace.get(args.id), workspace.timeline(args.id), args.lang)
    _print(args, body, json.dumps(body, ensure_ascii=False, indent=1))
    return 0


def _list(args: Any) -> int:
    from desktop import shapes

    with _opened(args) as workspace:
        found = workspace.rows((args.kind,) if args.kind else (), workflow=args.workflow or "", sync=args.sync or "",
                               search=args.search or "", limit=args.limit)  # fmt: skip
    lines = [
        f"{row.id}  {row.number or '待编号'}  {row.title}  {row.subtitle}  {row.workflow or '-'}  {row.sync_state}"
        for row in found.rows
    ]
    _print(args, {"total": found.total, "rows": [shapes.row(row) for row in found.rows]}, "\n".join(lines))
    return 0


def _attach(args: Any) -> int:
    facts = dict(_setting(args, text) for text in args.set)
    if args.kind not in EVIDENCE_KINDS:
        raise Usage(
            _say(
                args,
                f"没有这种证据：{args.kind}；可用：{'、'.join(EVIDENCE_KINDS)}",
                f"no such kind of paper: {args.kind}; known: {', '.join(EVIDENCE_KINDS)}",
            )
        )
    with _opened(args) as workspace:
        papers = [workspace.attach(args.id, Path(file), args.kind, facts) for file in args.files]
    body = [
        {"id": one.id, "sha256": one.sha256, "bytes": one.bytes, "pages": one.pages, "mime": one.mime} for one in papers
    ]
    _print(args, {"evidence": body}, "\n".join(f"{one.id}  {one.name}  {one.bytes}" for one in papers))
    return 0


def _check(args: Any) -> int:
    from desktop import shapes

    with _opened(args) as workspace:
        said = workspace.check(args.id)
    _print(args, shapes.checked(said, args.lang), f"{said.verdict}\n{_lines(said.problems, args.lang)}".strip())
    return 0


def _moves(act: Callable[[Any, Any], list[Any]]) -> Callable[[Any], int]:
    """A command that moves records; 3 where a rule said no to one of them."""

    def run(args: Any) -> int:
        from desktop import shapes

        with _opened(args) as workspace:
            results = act(workspace, args)
        lines = [f"{one.id}  {one.workflow}\n{_lines(one.problems, args.lang)}".strip() for one in results]
        _print(args, shapes.outcomes(results, args.lang), "\n".join(lines))
        stopped = [one for one in results if any(p.severity == "block" for p in one.problems)]
        for one in stopped if args.json else ():
            _err(f"{one.id}: {_lines(one.problems, args.lang)}")
        return errors.Refused.exit_status if stopped else 0

    return run


def _sync(args: Any) -> int:
    from desktop import operations, shapes, wording
    from sync import engine

    with _opened(args) as workspace:
        if args.dry_run:
            plan = engine.dry_run(workspace)
            _print(args, plan, f"待传 {plan['records']} 条记录、{plan['files']} 个文件 {plan['bytes']} 字节")
            return 0
        told: list[str] = []

        def progress(now: Any) -> None:
            text = wording.progress(now, args.lang)
            if not told or told[-1] != text:
                told.append(text)
                _err(text)

        report = operations.sync_now(workspace, progress)
        body = shapes.round_report(report, workspace.pending())
        _print(
            args,
            body,
            f"取回 {report.pulled} 条，上传 {report.pushed} 条、{report.uploaded_files} 个文件；待处理冲突 {report.conflicts} 处",
        )
        return CONFLICTS_WAIT if report.conflicts else 0


def _conflicts(args: Any) -> int:
    from desktop import shapes

    with _opened(args) as workspace:
        found = [shapes.conflict(one) for one in workspace.conflicts()]
    _print(
        args,
        {"conflicts": found},
        "\n".join(f"{one['id']}  {one['field']}  本机：{one['mine']}  平台：{one['theirs']}" for one in found),
    )
    return 0


def _resolve(args: Any) -> int:
    from desktop import shapes

    if (args.take is None) == (args.value is None):
        raise Usage("--take mine|theirs|both | --value V")
    with _opened(args) as workspace:
        kind = KINDS.get(workspace.get(args.id).kind)
        field = kind.fields.get(args.field) if kind else None
        value = _parsed(args, field, args.value) if args.value is not None and field else args.value
        workspace.resolve(args.id, args.field, args.take or "value", value)
        left = [shapes.conflict(one) for one in workspace.conflicts()]
    _print(args, {"conflicts": left}, f"已选定，还有 {len(left)} 处")
    return 0


def _quota(args: Any) -> int:
    with _opened(args) as workspace:
        body = workspace.quota(args.year or _today().year)
    found = body["discovery"]
    target = found["target"] if found["target"] is not None else "未下达"
    _print(
        args,
        body,
        f"{body['year']} 年发现任务 {found['counted']}/{target}，审核中 {found['in_review']}，已退回 {found['returned']}，未提交 {found['unsent']}",
    )
    return 0


def _import(args: Any) -> int:
    from desktop import transfer

    with _opened(args) as workspace:
        mapping = _json(args, args.map) if args.map else None
        body = transfer.bring_in(workspace, args.kind, Path(args.file), mapping, dry_run=args.dry_run, lang=args.lang)
    lines = [f"第 {one['row']} 行 {one['field'] or ''}：{one['message']}" for one in body["problems"]]
    _print(args, body, "\n".join([f"可导入 {body['added']} 条，跳过 {body['skipped']} 行", *lines]))
    return 0


def _undo_import(args: Any) -> int:
    from desktop import transfer

    with _opened(args) as workspace:
        body = transfer.undo(workspace, args.batch)
    _print(args, body, f"已撤销 {len(body['removed'])} 条")
    return 0


def _export(args: Any) -> int:
    from desktop import transfer

    with _opened(args) as workspace:
        body = transfer.write_out(workspace, args.kind, Path(args.out))
    _print(args, body, f"{body['rows']} 行 → {body['file']}")
    return 0


def _report(args: Any) -> int:
    from desktop import reporting

    body, text = reporting.command(args, _opened, Usage)
    _print(args, body, text)
    return 0


def _dump(args: Any) -> int:
    with _opened(args) as workspace:
        for line in workspace.dump():
            _out(json.dumps(line, ensure_ascii=False))
    return 0


def _verify(args: Any) -> int:
    from desktop import operations

    with _opened(args) as workspace:
        body = operations.verify(workspace)
    _print(args, body, "完好" if body["ok"] else "\n".join(one["detail"] for one in body["problems"]))
    return 0 if body["ok"] else 7


def _doctor(args: Any) -> int:
    from desktop import operations

    checks = operations.doctor(args.profile)
    _print(
        args,
        {"checks": checks},
        "\n".join(
            f"{'好' if one['ok'] else '注意'}  {one['name']}  {one['detail']}  {one['remedy']}" for one in checks
        ),
    )
    return 0


def _rescue(args: Any) -> int:
    from desktop import safekeeping

    with _opened(args) as workspace:
        if args.what == "save":
            if not args.out:
                raise Usage("rescue save --out F")
            body = safekeeping.rescue_save(workspace, Path(args.out))
        else:
            if not args.source:
                raise Usage("rescue load F")
            body = safekeeping.rescue_load(workspace, Path(args.source))
    _print(args, body, f"{body['records']} 条记录、{body['files']} 个文件")
    return 0


def _backup(args: Any) -> int:
    from desktop import safekeeping

    with _opened(args) as workspace:
        body = safekeeping.backup(args.profile, workspace, Path(args.out))
    _print(args, body, f"{body['records']} 条记录、{body['files']} 个文件 → {body['file']}\n恢复码（只显示一次，请抄下）：{body['code']}")
    return 0


def _restore(args: Any) -> int:
    """``restore ID`` brings a deleted draft back; ``restore F`` makes a profile from a backup file."""
    from desktop import safekeeping

    if not os.path.isfile(args.id):  # unlike Path.is_file it bears any text
        return _moves(lambda w, a: [w.restore(a.id)])(args)
    body = safekeeping.restore(args.profile, Path(args.id), args.code)
    _print(args, body, f"已恢复 {body['records']} 条记录、{body['files']} 个文件" + (f"；原来的资料在 {body['aside']}" if body["aside"] else ""))
    return 0


def _diagnostics(args: Any) -> int:
    from desktop import safekeeping

    body = safekeeping.diagnostics(args.profile, Path(args.out))
    _print(args, body, body["file"])
    return 0


def _passphrase(args: Any) -> int:
    """Set the passphrase from ``LIAISON_PASSPHRASE`` or, at a terminal, typed twice."""
    import getpass

    key = credentials.unlock(args.profile)
    if key is None:
        raise errors.NotEnrolled
    phrase = os.environ.get(credentials.PASSPHRASE)
    if phrase is None and sys.stdin.isatty():
        phrase = getpass.getpass("口令：")
        if phrase != getpass.getpass("再输一遍："):
            raise errors.WrongPassphrase
    if not phrase:
        raise Usage(credentials.PASSPHRASE)
    credentials.set_passphrase(args.profile, key, phrase)
    _print(args, {"slots": credentials.slots(args.profile)}, "已设置开锁口令")
    return 0


# -- in and out --------------------------------------------------------------------------------------------------


class _opened:
    """The profile's workspace for one command."""

    def __init__(self, args: Any) -> None:
        from desktop import operations

        self.workspace = operations.open_workspace(args.profile)
        self.workspace.required()

    def __enter__(self) -> Any:
        return self.workspace

    def __exit__(self, *_: object) -> None:
        self.workspace.close()


def _today() -> date:
    from sync.workspace import today

    return today()


def _json(args: Any, source: str) -> Any:
    """The JSON in a file, or on standard input for "-": UTF-8 (with or without a mark), whole, unambiguous."""
    name = _say(args, "标准输入", "standard input") if source == "-" else source
    try:
        data = _bytes(source)
    except OSError as error:
        raise Usage(_say(args, f"读不了 {name}：{error.strerror}", f"{name} cannot be read: {error.strerror}")) from error
    if len(data) > MOST_INPUT:
        most = MOST_INPUT // 1_000_000
        raise Usage(_say(args, f"{name} 超过 {most} MB，请分成几份", f"{name} is larger than {most} MB; split it"))
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once_each, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise Usage(_say(args, f"{name} 不是 UTF-8 文字（第 {error.start} 字节）", f"{name} is not UTF-8 (byte {error.start})")) from error
    except RecursionError as error:
        raise Usage(_say(args, f"{name} 的 JSON 嵌套太深", f"{name}: JSON nested too deeply")) from error
    except ValueError as error:
        raise Usage(_say(args, f"{name} 不是可用的 JSON：{error}", f"{name} is no usable JSON: {error}")) from error


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


def _setting(args: Any, text: str) -> tuple[str, Any]:
    from sync.workspace import FIXED

    name, sign, value = text.partition("=")
    field = KINDS["evidence"].fields.get(name)
    if not sign or field is None or field.owner != "liaison" or name in {*FIXED, "kind"}:
        raise Usage(f"--set {text}")
    return name, _parsed(args, field, value)


def _parsed(args: Any, field: Field, text: str) -> Any:
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
        raise Usage(_say(args, f"{field.label}：{text}？", f"{field.en}: {text}?")) from error
    return text


def _lines(found: Iterable[Any], lang: str) -> str:
    from sync.domain.problems import sentence

    return "\n".join(f"  {one.field or ''}: {sentence(one, lang)}" for one in found)


def _print(args: Any, body: Mapping[str, Any], text: str) -> None:
    if args.json:
        _out(json.dumps(body, ensure_ascii=False))
    elif text:
        _out(text)


def _out(text: str) -> None:
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


def _err(text: str) -> None:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")


def _speak_utf8() -> None:
    """Scripts read UTF-8, whatever the console's code page; a file name of broken bytes must not stop the answer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _say(args: Any, chinese: str, english: str) -> str:
    return english if args.lang == "en" else chinese


Option = tuple[tuple[str, ...], dict[str, Any]]


def _o(*flags: str, **settings: Any) -> Option:
    return flags, settings


def _number(least: int, most: int) -> Callable[[str], int]:
    """A whole number between two others."""

    def read(text: str) -> int:
        number = int(text) if len(text) < 20 else most + 1
        if not least <= number <= most:
            raise argparse.ArgumentTypeError(f"{text[:20]}: {least}–{most}")
        return number

    return read


def _states(text: str) -> str:
    """Workflow states, one or several with commas."""
    known = lifecycle.WORKFLOW.states
    wrong = [one for one in text.split(",") if one and one not in known]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0][:40]}: {', '.join(known)}")
    return text


_ID, _FILE, _KIND = _o("id", metavar="ID"), _o("--file", required=True, metavar="F|-"), _o("--kind", choices=tuple(KINDS))
COMMANDS: dict[str, tuple[str, Callable[[Any], int], tuple[Option, ...]]] = {
    "demo": ("在本机起一个练习平台，走一遍全流程", _demo, (_o("--headless", action="store_true"), _o("--out", default="build/demo"))),
    "enrol": ("用登记码或登记文件登记这台电脑", _enrol, (_o("--server"), _o("--code"), _o("--file"), _o("--ca", metavar="PEM"))),
    "kinds": ("列出记录类型和字段", _kinds, ()),
    "rules": ("用规则判断一组案例", _rules, (_FILE,)),
    "add": ("新建草稿", _add, (_o("kind"), _FILE)),
    "edit": ("修改记录的若干字段", _edit, (_ID, _FILE)),
    "show": ("显示一条记录", _show, (_ID,)),
    "list": ("列出和搜索记录", _list, (_KIND, _o("--workflow", type=_states, metavar="W,…"), _o("--sync", choices=tuple(SYNC_STATES)), _o("--search"), _o("--limit", type=_number(0, MOST_ROWS), default=200))),
    "attach": ("添加证明材料", _attach, (_ID, _o("files", nargs="+", metavar="FILE"), _o("--kind", required=True), _o("--set", action="append", default=[], metavar="名=值"))),
    "check": ("提交前检查一条记录", _check, (_ID,)),
    "submit": ("提交到平台（随下次同步送出）", _moves(lambda w, a: w.submit(a.ids)), (_o("ids", nargs="+", metavar="ID"),)),
    "withdraw": ("撤回", _moves(lambda w, a: [w.withdraw(a.id, a.reason)]), (_ID, _o("--reason", default=""))),
    "delete": ("删除草稿（可恢复）", _moves(lambda w, a: [w.delete(a.id)]), (_ID,)),
    "restore": ("恢复删除的草稿，或从备份恢复", _restore, (_o("id", metavar="ID|F"), _o("--code"))),
    "sync": ("与平台同步一轮", _sync, (_o("--dry-run", action="store_true"),)),
    "conflicts": ("列出待定的冲突", _conflicts, ()),
    "resolve": ("选定一个字段的冲突", _resolve, (_ID, _o("--field", required=True), _o("--take", choices=("mine", "theirs", "both")), _o("--value"))),
    "quota": ("任务进度", _quota, (_o("--year", type=_number(2000, 2100)),)),
    "import": ("导入已有台账", _import, (_o("kind", choices=tuple(KINDS)), _o("file"), _o("--map"), _o("--dry-run", action="store_true"))),
    "undo-import": ("撤销一次导入", _undo_import, (_o("batch"),)),
    "export": ("导出记录", _export, (_KIND, _o("--out", required=True))),
    "report": ("按记录填好一份报表（.xlsx 或 .pdf）", _report, (_o("kind", nargs="?"), _o("--period", metavar="P"), _o("--out", metavar="F.xlsx|F.pdf"), _o("--notes", metavar="F"), _o("--scope"), _o("--list", action="store_true"))),
    "dump": ("逐行输出全部记录", _dump, ()),
    "verify": ("核对本机资料和扫描件", _verify, ()),
    "rescue": ("把没送到的存成加密包，或读入", _rescue, (_o("what", choices=("save", "load")), _o("source", nargs="?", metavar="F"), _o("--out"))),
    "backup": ("备份整个资料夹（加密）", _backup, (_o("--out", required=True),)),
    "diagnostics": ("诊断信息，不含记录内容", _diagnostics, (_o("--out", required=True),)),
    "doctor": ("检查这台电脑", _doctor, ()),
    "passphrase": ("设置开锁口令", _passphrase, ()),
}  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main())
