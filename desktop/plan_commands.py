"""Commands about what the plan puts into a liaison's hands: libraries, conversions, notices, advice, what is to be done.

Each takes the parsed arguments and returns the exit status, as those of ``commands`` do. Must not know how arguments are
parsed or failures are told.
"""

from __future__ import annotations

from typing import Any

from desktop.console import Usage, opened, say, show, this_day


def library(args: Any) -> int:
    """The libraries as this laptop holds them, with how old that is: all of them, or the rows of one."""
    from desktop import wording
    from desktop.pages.libraries import LIBRARIES, read_library, told

    if args.name and args.name not in LIBRARIES:
        raise Usage(f"library {args.name}: {', '.join(LIBRARIES)}")
    if args.part and args.part not in (LIBRARIES[args.name].parts if args.name else ()):
        raise Usage(f"--part {args.part}: {', '.join(LIBRARIES[args.name].parts) or '-' if args.name else 'library NAME'}")
    with opened(args) as workspace:
        held = read_library(workspace, args.name or "finds", args.part or "", args.search or "")
    body = told(held, args.name or "", args.lang)
    stamp = wording.stamp(held.as_of, this_day(), args.lang) if held.as_of else say(args, "还没有同步过", "never synced")
    lines = [f"{one['name']:<9} {one['count']:>6}  {one['label']}" for one in body["libraries"]]
    lines += [f"{one['id']}  {one['number'] or '-'}  {one['title']}  {one['subtitle']}  {one['stage'] or '-'}" for one in body.get("rows", ())]
    show(args, body, "\n".join([say(args, f"平台内容截至 {stamp}", f"The platform's content as of {stamp}"), *lines]))
    return 0


def convert(args: Any) -> int:
    """A company's request becomes a draft demand; a visit's find a draft of the kind named."""
    from sync import conversions

    with opened(args) as workspace:
        if workspace.get(args.id).kind == "visit":
            made = conversions.find_from_visit(workspace, args.id, args.kind or "demand")
        else:
            made = conversions.demand_from_request(workspace, args.id)
        kind = workspace.get(made).kind
    show(args, {"id": made, "kind": kind, "from": args.id}, made)
    return 0


def me(args: Any) -> int:
    """Whose profile this is: the appointment, the unit and what its targets count."""
    with opened(args) as workspace:
        who, unit = workspace.required(), workspace.feed.facts("unit") or {}
    body = {"unit": who.unit, "unit_name": who.unit_name, "unit_kind": who.unit_kind, "counts": unit.get("counts"),
            "liaison": who.liaison, "liaison_name": who.liaison_name, "device": who.device, "server": who.server}  # fmt: skip
    words = say(args, f"{who.unit_name} 成果联络员 {who.liaison_name}", f"{who.liaison_name}, liaison of {who.unit_name}")
    show(args, body, f"{words}  {who.server}")
    return 0


def todo(args: Any) -> int:
    """What is to be done, what is due first on top."""
    from desktop import shapes, wording

    with opened(args) as workspace:
        found = workspace.todo()
    lines = [f"{one.due or '-':<10}  {wording.todo_chip(one.what, args.lang)[0]}  {one.title}  {one.text}" for one in found]
    show(args, {"todo": [shapes.todo(one, args.lang) for one in found]}, "\n".join(lines))
    return 0


def read(args: Any) -> int:
    """Notices that were read; the platform sees it with the next sync."""
    with opened(args) as workspace:
        fresh = workspace.mark_read(args.ids)
    show(args, {"ids": fresh}, "\n".join(fresh))
    return 0


def follow(args: Any) -> int:
    """One piece of landing advice ticked off, or on again."""
    with opened(args) as workspace:
        workspace.follow(args.id, args.number, not args.undo)
        held = workspace.get(args.id).fields
    left = [one["n"] for one in held.get("advice") or () if str(one["n"]) not in (held.get("followed") or ())]
    show(args, {"id": args.id, "followed": held.get("followed") or [], "left": left}, say(args, f"还有 {len(left)} 条", f"{len(left)} left"))
    return 0
