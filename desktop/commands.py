"""What each ``liaison`` command does, and the table of them: thin over ``operations`` and the workspace.

Every function takes the parsed arguments and returns the exit status. What only one command needs is imported in it,
so that the others start quickly. Must not know how arguments are parsed or failures are told.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from desktop import credentials, plan_commands
from desktop.console import (
    MOST_ROWS,
    Usage,
    err,
    lines_of,
    opened,
    out,
    parsed,
    read_json,
    say,
    setting,
    show,
    this_day,
)
from sync import errors
from sync.domain import lifecycle
from sync.domain.kinds import KINDS
from sync.domain.lists import EVIDENCE_KINDS
from sync.records import SYNC_STATES

CONFLICTS_WAIT = 6


def open_window(args: Any) -> int:
    """The window, which is what most people use."""
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
    slots = credentials.slots(args.profile)
    body = {"unit": who.unit, "unit_name": who.unit_name, "liaison": who.liaison, "liaison_name": who.liaison_name, "device": who.device,
            "slots": slots}  # fmt: skip
    show(args, body, say(args, f"已登记：{who.unit_name} {who.liaison_name}", f"Enrolled: {who.unit_name} {who.liaison_name}"))
    if "device" in slots:
        err(
            say(
                args,
                "没有应答的系统钥匙串，也没有开锁口令：钥匙放在只有本人可读的文件里。可设 LIAISON_PASSPHRASE 后运行 liaison passphrase。",
                "No keyring answered and there is no passphrase: the key lies in a file only you can read. "
                "Set LIAISON_PASSPHRASE and run liaison passphrase.",
            )
        )
    return 0


def _kinds(args: Any) -> int:
    from desktop import shapes

    body = shapes.kinds(args.lang)
    show(args, body, "\n".join(f"{name}\t{kind['label']}" for name, kind in body["kinds"].items()))
    return 0


def _rules(args: Any) -> int:
    from desktop import shapes
    from sync.domain.problems import Problem
    from sync.domain.rules import evaluate_case

    body = read_json(args, args.file)
    cases = body.get("cases") if isinstance(body, dict) else None
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise Usage('{"cases": [{"id", "area", "input"}]}')
    results = [evaluate_case(case) for case in cases]
    lines = []
    for one in results:
        found = [Problem.from_json(body) for body in one.pop("problems", ())]
        one["problems"] = shapes.problems(found, args.lang)
        lines += [f"{one['id']}\t{one.get('verdict', '')}", *(f"  {told['code']}: {told['message']}" for told in one["problems"])]
    show(args, {"results": results}, "\n".join(lines))
    return 0


def _add(args: Any) -> int:
    if args.kind not in KINDS:
        raise Usage(
            say(
                args,
                f"没有名为“{args.kind}”的记录类型，可用：{'、'.join(KINDS)}",
                f"no kind {args.kind}: {', '.join(KINDS)}",
            )
        )
    body = read_json(args, args.file)
    rows = body if isinstance(body, list) else [body]
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise Usage(say(args, "需要一个 JSON 对象或对象数组", "one JSON object or an array of objects"))
    with opened(args) as workspace:
        ids = workspace.add(args.kind, rows)
    show(args, {"ids": ids}, "\n".join(ids))
    return 0


def _edit(args: Any) -> int:
    from desktop import shapes

    body = read_json(args, args.file)
    if not isinstance(body, dict):
        raise Usage(say(args, "需要一个 JSON 对象", "one JSON object"))
    with opened(args) as workspace:
        left = workspace.edit(args.id, body, strict=True)
    show(args, {"id": args.id, "problems": shapes.problems(left, args.lang)}, lines_of(left, args.lang) or say(args, "已保存", "Saved"))
    return 0


def _show(args: Any) -> int:
    from desktop import shapes

    with opened(args) as workspace:
        about = workspace.rows(shapes.ABOUT, about=args.id).rows
        body = shapes.record(workspace.get(args.id), workspace.timeline(args.id), args.lang, about, workspace.steps(args.id))
    show(args, body, json.dumps(body, ensure_ascii=False, indent=1))
    return 0


def _list(args: Any) -> int:
    from desktop import shapes

    with opened(args) as workspace:
        found = workspace.rows((args.kind,) if args.kind else (), workflow=args.workflow or "", sync=args.sync or "",
                               search=args.search or "", limit=args.limit)  # fmt: skip
    unnumbered = say(args, "待编号", "no number yet")
    lines = [
        f"{row.id}  {row.number or unnumbered}  {row.title}  {row.subtitle}  {row.workflow or '-'}  {row.sync_state}"
        for row in found.rows
    ]
    show(args, {"total": found.total, "rows": [shapes.row(row) for row in found.rows]}, "\n".join(lines))
    return 0


def _attach(args: Any) -> int:
    facts = dict(setting(args, text) for text in args.set)
    if args.kind not in EVIDENCE_KINDS:
        raise Usage(
            say(
                args,
                f"没有这种证明材料：{args.kind}；可用：{'、'.join(EVIDENCE_KINDS)}",
                f"no such kind of paper: {args.kind}; known: {', '.join(EVIDENCE_KINDS)}",
            )
        )
    with opened(args) as workspace:
        papers = [workspace.attach(args.id, Path(file), args.kind, facts) for file in args.files]
    body = [
        {"id": one.id, "sha256": one.sha256, "bytes": one.bytes, "pages": one.pages, "mime": one.mime} for one in papers
    ]
    show(args, {"evidence": body}, "\n".join(f"{one.id}  {one.name}  {one.bytes}" for one in papers))
    return 0


def _check(args: Any) -> int:
    from desktop import shapes

    with opened(args) as workspace:
        said = workspace.check(args.id)
    show(args, shapes.checked(said, args.lang), f"{said.verdict}\n{lines_of(said.problems, args.lang)}".strip())
    return 0


def _moves(act: Callable[[Any, Any], list[Any]]) -> Callable[[Any], int]:
    """A command that moves records; 3 where a rule said no to one of them."""

    def run(args: Any) -> int:
        from desktop import shapes

        with opened(args) as workspace:
            results = act(workspace, args)
        lines = [f"{one.id}  {one.workflow}\n{lines_of(one.problems, args.lang)}".strip() for one in results]
        show(args, shapes.outcomes(results, args.lang), "\n".join(lines))
        stopped = [one for one in results if any(p.severity == "block" for p in one.problems)]
        for one in stopped if args.json else ():
            err(f"{one.id}: {lines_of(one.problems, args.lang)}")
        return errors.Refused.exit_status if stopped else 0

    return run


def _receipt(args: Any) -> int:
    with opened(args) as workspace:
        body = workspace.receipt(args.id)
    show(args, body, json.dumps(body, ensure_ascii=False, indent=1))
    return 0 if body["verified"] else 7


def _sync(args: Any) -> int:
    from desktop import operations, shapes, wording

    with opened(args) as workspace:
        if args.dry_run:
            plan = {**operations.dry_run(workspace), "pending": shapes.pending(workspace.pending())}
            unknown = say(args, "还问不到平台", "unknown, the platform does not answer")
            coming = unknown if plan["pulled"] is None else say(args, f"{plan['pulled']} 条", str(plan["pulled"]))
            show(args, plan, say(args, f"待传 {plan['records']} 条记录、{plan['files']} 个文件 {plan['bytes']} 字节；待取回：{coming}",
                                 f"Waiting: {plan['records']} records, {plan['files']} files of {plan['bytes']} bytes; to fetch: {coming}"))  # fmt: skip
            return 0
        told: list[str] = []

        def progress(now: Any) -> None:
            text = wording.progress(now, args.lang)
            if not told or told[-1] != text:
                told.append(text)
                err(text)

        report = operations.sync_now(workspace, progress, deletions=args.accept_deletions)
        left = operations.unsendable(workspace)
        body = {**shapes.round_report(report, workspace.pending()), "problems": left}
        show(
            args,
            body,
            say(args, f"取回 {report.pulled} 条，上传 {report.pushed} 条、{report.uploaded_files} 个文件；待处理冲突 {report.conflicts} 处",
                f"{report.pulled} fetched, {report.pushed} sent, {report.uploaded_files} files sent; {report.conflicts} conflicts wait"),
        )
        for one in left:
            err(f"{one['sha256'][:12]}: {one['message_en' if args.lang == 'en' else 'message']}")
        if left:
            return errors.DamagedFile.exit_status
        return CONFLICTS_WAIT if report.conflicts else 0


def _fetch(args: Any) -> int:
    from desktop import papers

    with opened(args) as workspace:
        body = {"evidence": papers.fetch_all(workspace, args.id, Path(args.out) if args.out else None)}
    show(args, body, "\n".join(f"{one['id']}  {one['bytes']}  {one['file'] or ''}" for one in body["evidence"]))
    return 0


def _ticket(args: Any) -> int:
    from desktop import papers

    with opened(args) as workspace:
        body = {"uploads": papers.tickets(workspace, args.id)}
    show(args, body, "\n".join(f"{one['file']}  {one['offset']}/{one['bytes']}\n{one['address']}" for one in body["uploads"]))
    return 0


def _conflicts(args: Any) -> int:
    from desktop import shapes

    with opened(args) as workspace:
        found = [shapes.conflict(one) for one in workspace.conflicts()]
        past = [shapes.decision(one) for one in workspace.decisions()] if args.decided else []
    mine, theirs, kept = say(args, "本机", "mine"), say(args, "平台", "theirs"), say(args, "已选", "kept")
    lines = [f"{one['id']}  {one['field']}  {mine}: {one['mine']}  {theirs}: {one['theirs']}" for one in found]
    lines += [f"{one['id']}  {one['field']}  {kept}: {one['kept']}  {one['decided_by']}  {one['decided_at']}" for one in past]
    show(args, {"conflicts": found, **({"decided": past} if args.decided else {})}, "\n".join(lines))
    return 0


def _resolve(args: Any) -> int:
    from desktop import shapes

    if sum((args.take is not None, args.value is not None, args.undo)) != 1:
        raise Usage("--take mine|theirs|both | --value V | --undo")
    with opened(args) as workspace:
        kind = KINDS.get(workspace.get(args.id).kind)
        field = kind.fields.get(args.field) if kind else None
        value = parsed(args, field, args.value) if args.value is not None and field else args.value
        if args.undo:
            workspace.undo(args.id, args.field)
        else:
            workspace.resolve(args.id, args.field, args.take or "value", value)
        left = [shapes.conflict(one) for one in workspace.conflicts()]
    show(args, {"conflicts": left}, say(args, f"{'已撤回那次决定' if args.undo else '已选定'}，还有 {len(left)} 处",
                                         f"{'Decision undone' if args.undo else 'Decided'}; {len(left)} left"))  # fmt: skip
    return 0


def _quota(args: Any) -> int:
    with opened(args) as workspace:
        body = workspace.quota(args.year or this_day().year)
    found = body["discovery"]
    target = found["target"] if found["target"] is not None else say(args, "未下达", "not issued")
    show(
        args,
        body,
        say(args, f"{body['year']} 年发现任务 {found['counted']}/{target}，审核中 {found['in_review']}，已退回 {found['returned']}，未提交 {found['unsent']}",
            f"Finds of {body['year']}: {found['counted']}/{target}; in review {found['in_review']}, returned {found['returned']}, "
            f"not sent {found['unsent']}")
        + (say(args, f"。平台从备份恢复过，正在补回；恢复前已计入 {body['restored'].get('discovery', found['counted'])}",
               f". The platform was restored and is being refilled; before that it counted {body['restored'].get('discovery', found['counted'])}")
           if "restored" in body else ""),
    )
    return 0


def _import(args: Any) -> int:
    from desktop import transfer

    with opened(args) as workspace:
        mapping = read_json(args, args.map) if args.map else None
        if mapping is not None and not (isinstance(mapping, dict) and all(one is None or isinstance(one, str) for one in mapping.values())):
            raise Usage(say(args, "--map 需要一个 JSON 对象：{表头: 字段}", "--map takes a JSON object: {head: field}"))

        def step(done: int, of: int) -> None:
            if done % 5_000 == 0:
                err(f"{done} / {of}")

        body = transfer.bring_in(workspace, args.kind, Path(args.file), mapping, dry_run=args.dry_run, lang=args.lang, step=step)
    lines = [say(args, f"第 {one['row']} 行", f"row {one['row']}") + f" {one['field'] or ''}: {one['message']}" for one in body["problems"]]
    done = say(args, "可导入" if args.dry_run else "已导入", "Would be added:" if args.dry_run else "Added:")
    head = say(args, f"{done} {body['added']} 条，跳过 {body['skipped']} 行", f"{done} {body['added']}; rows left out: {body['skipped']}")
    if body["batch"]:
        head += say(args, f"；批次 {body['batch']}（liaison undo-import 可撤销）", f"; batch {body['batch']} (liaison undo-import takes it back)")
    show(args, body, "\n".join([head, *lines]))
    return 0


def _undo_import(args: Any) -> int:
    from desktop import transfer

    with opened(args) as workspace:
        body = transfer.undo(workspace, args.batch)
    show(args, body, say(args, f"已撤销 {len(body['removed'])} 条", f"{len(body['removed'])} taken back"))
    return 0


def _export(args: Any) -> int:
    from desktop import transfer

    with opened(args) as workspace:
        body = transfer.write_out(workspace, args.kind, Path(args.out))
    show(args, body, say(args, f"{body['rows']} 行 → {body['file']}", f"{body['rows']} rows → {body['file']}"))
    return 0


def _report(args: Any) -> int:
    from desktop import reporting

    body, text = reporting.command(args, opened, Usage)
    show(args, body, text)
    return 0


def _dump(args: Any) -> int:
    with opened(args) as workspace:
        for line in workspace.dump():
            out(json.dumps(line, ensure_ascii=False))
    return 0


def _verify(args: Any) -> int:
    from desktop import operations

    with opened(args) as workspace:
        body = operations.verify(workspace, args.lang)
    show(args, body, say(args, "完好", "Sound") if body["ok"] else "")
    return _whole(body)


def _doctor(args: Any) -> int:
    from desktop import operations

    checks = operations.doctor(args.profile, args.lang)
    good, look = say(args, "好", "ok"), say(args, "注意", "LOOK")
    lines = [f"{good if one['ok'] else look}  {one['name']}  {one['detail']}  {one['remedy']}" for one in checks]
    show(args, {"checks": checks}, "\n".join(lines))
    return 0


def _rescue(args: Any) -> int:
    from desktop import safekeeping

    with opened(args) as workspace:
        if args.what == "save":
            if not args.out:
                raise Usage("rescue save --out F")
            body = safekeeping.rescue_save(workspace, Path(args.out))
        else:
            if not args.source:
                raise Usage("rescue load F")
            body = safekeeping.rescue_load(workspace, Path(args.source))
    show(args, body, _amount(args, body))
    return 0


def _backup(args: Any) -> int:
    from desktop import safekeeping

    with opened(args) as workspace:
        body = safekeeping.backup(args.profile, workspace, Path(args.out))
    code = say(args, f"恢复码（只显示一次，请抄下）：{body['code']}", f"Restore code (shown once, write it down): {body['code']}")
    show(args, body, f"{_amount(args, body)} → {body['file']}\n{code}")
    return _whole(body)


def _amount(args: Any, body: Mapping[str, Any]) -> str:
    return say(args, f"{body['records']} 条记录、{body['files']} 个文件", f"{body['records']} records, {body['files']} files")


def _whole(body: Mapping[str, Any]) -> int:
    """0, or 7 with what is damaged said to people too."""
    for one in body["problems"]:
        err(one["detail"])
    return 0 if body["ok"] else errors.DamagedFile.exit_status


def _restore(args: Any) -> int:
    """``restore ID`` brings a deleted draft back; ``restore F`` makes a profile from a backup file."""
    from desktop import safekeeping

    if not os.path.isfile(args.id):  # unlike Path.is_file it bears any text
        return _moves(lambda w, a: [w.restore(a.id)])(args)
    body = safekeeping.restore(args.profile, Path(args.id), args.code)
    aside = say(args, f"；原来的资料在 {body['aside']}", f"; what was there before is in {body['aside']}") if body["aside"] else ""
    show(args, body, say(args, "已恢复 ", "Restored: ") + _amount(args, body) + aside)
    return _whole(body)


def _diagnostics(args: Any) -> int:
    from desktop import safekeeping

    body = safekeeping.diagnostics(args.profile, Path(args.out))
    show(args, body, body["file"])
    return 0


def _passphrase(args: Any) -> int:
    """Set the passphrase from ``LIAISON_PASSPHRASE`` or, at a terminal, typed twice; or show a new recovery code."""
    import getpass

    key = credentials.unlock(args.profile)
    if key is None:
        raise errors.NotEnrolled
    if args.recovery:
        code = credentials.new_recovery_code(args.profile, key)
        words = say(args, f"恢复码（只显示一次，请抄下放好）：{code}", f"Recovery code (shown once, write it down): {code}")
        show(args, {"slots": credentials.slots(args.profile), "code": code}, words)
        return 0
    phrase = os.environ.get(credentials.PASSPHRASE)
    if phrase is None and sys.stdin.isatty():
        phrase = getpass.getpass(say(args, "口令：", "Passphrase: "))
        if phrase != getpass.getpass(say(args, "再输一遍：", "Once more: ")):
            raise errors.WrongPassphrase
    if not phrase:
        raise Usage(credentials.PASSPHRASE)
    credentials.set_passphrase(args.profile, key, phrase)
    show(args, {"slots": credentials.slots(args.profile)}, say(args, "已设置开锁口令", "The passphrase is set"))
    return 0


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
    "library": ("资料库：成果发现库、技术需求库、服务库、经纪人、诉求、案例、中试、政策（断网可查）", plan_commands.library, (_o("name", nargs="?"), _o("--part"), _o("--search"))),
    "convert": ("诉求转成技术需求，或登记走访时的发现（草稿）", plan_commands.convert, (_ID, _o("kind", nargs="?", choices=("achievement", "demand", "request", "blocker", "pilot_platform")))),
    "me": ("这台电脑是谁的：单位、联络员、平台", plan_commands.me, ()),
    "attach": ("添加证明材料", _attach, (_ID, _o("files", nargs="+", metavar="FILE"), _o("--kind", required=True), _o("--set", action="append", default=[], metavar="名=值"))),
    "check": ("提交前检查一条记录", _check, (_ID,)),
    "submit": ("提交到平台（随下次同步送出）", _moves(lambda w, a: w.submit(a.ids)), (_o("ids", nargs="+", metavar="ID"),)),
    "stage": ("推进业务阶段（由联络员走的步骤）", _moves(lambda w, a: [w.stage(a.id, a.stage, a.note)]), (_ID, _o("stage"), _o("--note", default=""))),
    "todo": ("列出待办", plan_commands.todo, ()),
    "read": ("把通知记为已读（平台会看到）", plan_commands.read, (_o("ids", nargs="+", metavar="ID"),)),
    "follow": ("勾掉 1 条落地建议", plan_commands.follow, (_ID, _o("number", type=_number(1, 999)), _o("--undo", action="store_true"))),
    "receipt": ("平台回执：平台签名的收讫凭据", _receipt, (_ID,)),
    "withdraw": ("撤回", _moves(lambda w, a: [w.withdraw(a.id, a.reason)]), (_ID, _o("--reason", default=""))),
    "delete": ("删除草稿（可恢复）", _moves(lambda w, a: [w.delete(a.id)]), (_ID,)),
    "restore": ("恢复删除的草稿，或从备份恢复", _restore, (_o("id", metavar="ID|F"), _o("--code"))),
    "sync": ("与平台同步一轮", _sync, (_o("--dry-run", action="store_true"), _o("--accept-deletions", action="store_true"))),
    "fetch": ("取回一条记录的材料（别的电脑添加的）；--out 另存到一个文件夹", _fetch, (_ID, _o("--out", metavar="DIR"))),
    "ticket": ("让别的 tus 客户端代传一条记录的材料：一天内有效的上传地址", _ticket, (_ID,)),
    "conflicts": ("列出待定的冲突（--decided：连同近 30 天已定的）", _conflicts, (_o("--decided", action="store_true"),)),
    "resolve": ("选定一个字段的冲突；--undo 撤回近 30 天的决定，不论谁定的", _resolve, (_ID, _o("--field", required=True), _o("--take", choices=("mine", "theirs", "both")), _o("--value"), _o("--undo", action="store_true"))),
    "quota": ("任务进度", _quota, (_o("--year", type=_number(2000, 2100)),)),
    "import": ("导入已有台账", _import, (_o("kind", choices=tuple(KINDS)), _o("file"), _o("--map"), _o("--dry-run", action="store_true"))),
    "undo-import": ("撤销一次导入", _undo_import, (_o("batch"),)),
    "export": ("导出记录", _export, (_KIND, _o("--out", required=True))),
    "report": ("按记录填好一份报表（.xlsx 或 .pdf）", _report, (_o("kind", nargs="?"), _o("--period", metavar="P"), _o("--out", metavar="F.xlsx|F.pdf"), _o("--notes", metavar="F"), _o("--scope"), _o("--state", action="store_true"), _o("--reopen", action="store_true"), _o("--list", action="store_true"))),
    "dump": ("逐行输出全部记录", _dump, ()),
    "verify": ("核对本机资料和扫描件", _verify, ()),
    "rescue": ("把没送到的存成加密包，或读入", _rescue, (_o("what", choices=("save", "load")), _o("source", nargs="?", metavar="F"), _o("--out"))),
    "backup": ("备份整个资料夹（加密）", _backup, (_o("--out", required=True),)),
    "diagnostics": ("诊断信息，不含记录内容", _diagnostics, (_o("--out", required=True),)),
    "doctor": ("检查这台电脑", _doctor, ()),
    "passphrase": ("设置开锁口令；--recovery 生成忘了口令时用的恢复码", _passphrase, (_o("--recovery", action="store_true"),)),
}  # fmt: skip
