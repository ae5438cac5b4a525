"""What the people at the laptops do: draft, type, attach, submit, delete, decide conflicts. Only through ``Workspace``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop import safekeeping
from sync import errors
from sync.domain.kinds import KINDS
from sync.domain.lifecycle import CLOSED
from sync.messages import Change
from sync.server import rescue
from tests.sim import wire
from tests.sim.told import same, same_view
from tests.sim.world import knowing

if TYPE_CHECKING:
    from tests.sim.world import Laptop, World

WORDS = ("压铸", "涂层", "储能", "热管理", "主轴", "传感")
TEXTS = {
    "demand": ("title", "problem", "goal"), "achievement": ("title", "intro"), "visit": ("place", "minutes"),
    "organisation": ("contact_name", "reg_address"),
}  # fmt: skip
SETS = {"demand": "keywords", "achievement": "co_finders", "visit": "visitors", "organisation": "tags"}
NUMBERS = {"demand": "budget_fen", "achievement": "claimed_value_fen"}
TAGS = ("高企", "专精特新", "单项冠军", "龙头链主", "规上")
NAMES = {
    "91441900MA0000007J": "东莞市甲科技有限公司", "914419005301289259": "东莞市诚桥储能科技股份有限公司",
    "91441900MAL7W74N9F": "东莞云博生物科技有限公司",
}  # fmt: skip


def act(world: World, laptop: Laptop) -> str:
    """One thing a person does; returns what, for the trace."""
    rng = world.rng
    rows = [row for row in laptop.workspace.rows(limit=500).rows if row.kind != "evidence" and row.kind in KINDS]
    clashes = laptop.workspace.conflicts()
    if world.rates.get("undo") and rng.random() < 0.15 and world.hit("undo"):
        return undo(world, laptop)
    if world.hit("by_hand"):
        return by_hand(world, laptop)
    if clashes and rng.random() < 0.25:
        return decide(world, laptop, rng.choice(clashes))
    roll = rng.random()
    if not rows or roll < 0.1 or len(rows) < 3:
        return draft(world, laptop)
    row = rng.choice(rows)
    if roll < 0.6:
        return edit(world, laptop, row.id, row.kind)
    if roll < 0.7:
        return attach(world, laptop, row.id)
    if roll < 0.8:
        return send(world, laptop, row)
    if roll < 0.86:
        return papers(world, laptop, row.id)
    if roll < 0.89:
        return step(world, laptop, row)
    if roll < 0.91:
        return carry(world, laptop)
    return move(world, laptop, row)


def step(world: World, laptop: Laptop, row: Any) -> str:
    """A business step of a paper, where there is one a liaison makes."""
    offered = laptop.workspace.steps(row.id)
    if not offered:
        return "looks"
    outcome = laptop.workspace.stage(row.id, world.rng.choice(sorted(offered)), "已联系企业")
    return f"step {row.id[-6:]}: {outcome.workflow} {[one.code for one in outcome.problems][:2]}"


def carry(world: World, laptop: Laptop) -> str:
    """What waits on another laptop of the unit is carried over on a stick."""
    others = [one for one in world.laptops if one.unit == laptop.unit and one is not laptop]
    if not others:
        return "looks"
    giver = world.rng.choice(others)
    many = laptop.workspace.take_in([Change.from_json(body) for body in giver.workspace.feed.hand_out()])
    world.count("rescued", many)
    return f"takes {many} in from {giver.name}"


def packed(world: World, laptop: Laptop) -> Path | None:
    """A rescue parcel of what waits here; None where the unit's key has not come yet."""
    out = world.folder / f"parcel{world.fresh_value()}"
    try:
        safekeeping.rescue_save(laptop.workspace, out)
    except errors.Refused:
        return None
    return out


def by_hand(world: World, laptop: Laptop) -> str:
    """A parcel goes to the platform on a stick, at once or some day, once or again; its reply comes back, or not."""
    out = packed(world, laptop)
    if out is None:
        return "has no key for a parcel"
    world.parcels.append((laptop.unit, laptop.name, out))
    if world.hit("late_parcel"):
        return "puts a parcel into a drawer"
    unit, name, parcel = world.rng.choice(world.parcels)
    reply = world.folder / f"reply{world.fresh_value()}"

    def load() -> wire.Answer:
        service = world.server.service
        with knowing(False):
            return wire.Answer(200, str(rescue.load(service, parcel, reply)).encode())

    try:
        world.server.serve(load)
    except errors.Failure as error:
        return f"parcel of {name}: {type(error).__name__}"
    back = [one for one in world.laptops if one.unit == unit and (one.name == name or world.rng.random() < 0.3) and not one.busy]
    if world.hit("lost_reply") or not back or back[0].dead:
        return f"parcel of {name}: loaded, the reply got lost"
    told = f"parcel of {name}: reply to {back[0].name}"
    try:
        with knowing(back[0].older):
            return f"{told} {safekeeping.rescue_load(back[0].workspace, reply)['records']}"
    except errors.Refused as error:
        return f"{told} refused {error.detail}"


def undo(world: World, laptop: Laptop) -> str:
    """A decision is taken back, whoever made it."""
    standing = [one for one in laptop.workspace.decisions() if one.stands]
    if not standing:
        return "looks"
    one = world.rng.choice(standing)
    record, field = one.conflict.record, one.conflict.field
    laptop.workspace.undo(record, field)
    if field != "workflow":
        held = laptop.workspace.get(record)
        shown = {**held.fields, **held.amendment}.get(field)
        world.oracle.expect(same(shown, one.back), f"{laptop.name}: undid {one}, shows {shown}")
    return f"undo {record[-6:]}.{field}"


def company(world: World) -> dict[str, Any]:
    code = world.rng.choice(sorted(NAMES))
    return {
        "name": NAMES[code], "uscc": code, "org_kind": "企业", "division": "441900119", "contact_name": "王五",
        "contact_phone": "13800138000",
    }  # fmt: skip


def draft(world: World, laptop: Laptop) -> str:
    """A new record: a sketch, or a demand with everything it needs, or an import of several that may be undone."""
    rng, number, workspace = world.rng, world.fresh_value(), laptop.workspace
    kind = rng.choice([one for one in ("demand", "demand", "demand", "achievement", "visit") if one in KINDS])
    if kind == "demand" and rng.random() < 0.7:
        batch = f"b{number}" if rng.random() < 0.2 else None
        made = workspace.add("demand", [whole_demand(world, number), *([whole_demand(world, number + 500)] if batch else [])], batch)
        said = f"draft {[one[-6:] for one in made]}"
        if batch:
            return said + (f" undone {[one[-6:] for one in workspace.undo_batch(batch)]}" if rng.random() < 0.5 else "")
        if rng.random() < 0.8:
            letter(world, laptop, made[0])
        if rng.random() < 0.5:
            outcome = workspace.submit(made[:1])[0]
            said += f" submitted {outcome.workflow} {[one.code for one in outcome.problems if one.severity == 'block']}"
        return said
    values: dict[str, Any] = {TEXTS[kind][0]: f"草稿{number}号", "found_on": "2026-03-01"} if kind != "visit" else {"place": f"会议室{number}"}
    if rng.random() < 0.5:
        values["org" if kind != "achievement" else "owner_org"] = company(world)
    return f"sketch {workspace.draft(kind, values)[-6:]}"


def whole_demand(world: World, number: int) -> dict[str, Any]:
    return {
        "title": f"高光压铸模具表面涂层{number}", "org": company(world), "problem": f"涂层易剥落{number}", "indicators": "不超过 ±5%",
        "budget_fen": 30_000_000, "solve_mode": "委托研发", "tech_field": "新材料", "industry_dg": "新材料", "industry": "C35",
        "letter_signed_on": "2026-03-06", "letter_signatory": "周芳", "found_on": "2026-03-06", "keywords": ["涂层"],
    }  # fmt: skip


def letter(world: World, laptop: Laptop, record: str) -> None:
    fields = laptop.workspace.get(record).fields
    held = laptop.workspace.get(str(fields["org"])).fields if fields.get("org") else {}
    laptop.workspace.attach(record, world.picture(), "demand_letter", {
        "doc_on": "2026-03-06", "signed": True, "stamped": True, "seal_kind": "公章", "seal_name": held.get("name", "无"),
        "original_seen": True,
    })  # fmt: skip


def edit(world: World, laptop: Laptop, record: str, kind: str) -> str:
    """Type into one to three fields: fresh text, numbers nobody typed before, words added and struck out, or clear."""
    rng, workspace = world.rng, laptop.workspace
    if kind not in TEXTS:
        return "looks"
    before = dict(workspace.get(record).fields)
    typed: dict[str, Any] = {}
    for _ in range(rng.choice([1, 1, 2, 3])):
        roll = rng.random()
        if roll < 0.55:
            name = rng.choice([one for one in TEXTS[kind] if one in KINDS[kind].fields])
            typed[name] = f"改文{world.fresh_value()}：一段话，另一段。" if rng.random() < 0.93 else None
        elif roll < 0.85:
            name = SETS[kind]
            words = list(before.get(name) or [])
            choices = TAGS if kind == "organisation" else WORDS
            if words and rng.random() < 0.4:
                words.remove(rng.choice(words))
            else:
                words = [*words, *[one for one in (rng.choice(choices),) if one not in words]]
            typed[name] = words[:3] or None
        elif kind in NUMBERS:
            typed[NUMBERS[kind]] = 30_000_000 + world.fresh_value()
    try:
        workspace.edit(record, typed)
    except errors.Refused:
        return f"edit {record[-6:]} refused"
    after = dict(workspace.get(record).fields)
    world.oracle.expect(same_view(after, {**before, **typed}), f"{laptop.name}: typed {typed} on {before}, shown {after}")
    return f"edit {record[-6:]} {typed}"


def attach(world: World, laptop: Laptop, record: str) -> str:
    """A letter, a photo, or a scan this unit has attached before."""
    roll = world.rng.random()
    if laptop.workspace.get(record).kind == "organisation" or laptop.workspace.get(record).workflow in CLOSED:
        return "looks"
    if roll < 0.4:
        letter(world, laptop, record)
        return f"letter {record[-6:]}"
    scans = sorted(world.folder.glob("scan*.png"))
    path = world.rng.choice(scans) if scans and roll < 0.6 else world.picture()
    paper = laptop.workspace.attach(record, path, "other", {"doc_on": "2026-03-06"})
    return f"attach {paper.sha256[:6]} to {record[-6:]}"


def papers(world: World, laptop: Laptop, record: str) -> str:
    """Something about a paper: described, taken off, put back."""
    workspace, rng = laptop.workspace, world.rng
    listed = workspace.rows(("evidence",), limit=100).rows
    if not listed:
        return "looks"
    row = rng.choice(listed)
    roll = rng.random()
    if roll < 0.5:
        workspace.describe(row.id, {"issuer": f"出具单位{world.fresh_value()}"})
        return f"describe {row.id[-6:]}"
    if roll < 0.8:
        workspace.detach(row.id)
        return f"detach {row.id[-6:]}"
    workspace.reattach(row.id)
    return f"reattach {row.id[-6:]}"


def send(world: World, laptop: Laptop, row: Any) -> str:
    outcome = laptop.workspace.submit([row.id])[0]
    stops = [one.code for one in outcome.problems if one.severity == "block"]
    return f"submit {row.id[-6:]}: {outcome.workflow} {stops[:2]}"


def move(world: World, laptop: Laptop, row: Any) -> str:
    """Withdraw, delete or restore."""
    workspace, rng = laptop.workspace, world.rng
    gone = workspace.rows(workflow="deleted", limit=50).rows
    if gone and rng.random() < 0.5:
        back = rng.choice(gone)
        return f"restore {back.id[-6:]}: {workspace.restore(back.id).workflow}"
    if rng.random() < 0.5:
        return f"withdraw {row.id[-6:]}: {workspace.withdraw(row.id, '企业要求').workflow}"
    return f"delete {row.id[-6:]}: {workspace.delete(row.id).workflow}"


def decide(world: World, laptop: Laptop, clash: Any) -> str:
    """A conflict: mine, theirs, both or something else."""
    take = world.rng.choice(["mine", "theirs", "both", "value"])
    workflow = clash.field == "workflow"
    if workflow or (take in ("both", "value") and not isinstance(clash.mine, str)):
        take = world.rng.choice(["mine", "theirs"])
    value = f"另写{world.fresh_value()}" if take == "value" else None
    laptop.workspace.resolve(clash.record, clash.field, take, value)
    return f"decide {clash.record[-6:]}.{clash.field} {take}"
