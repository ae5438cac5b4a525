"""Records to measure with: demands of 25 fields and about 1.3 kB of JSON, the same for every run and for the floors.

The texts mix words of the trade with free characters and figures, because words alone compress better than real
notes do.
"""

from __future__ import annotations

import random
import uuid
from typing import Any

_VOCABULARY = (
    "高速主轴 热误差补偿 压铸模具 型腔表面 涂层结合力 锂电池 隔膜 涂布均匀性 机器视觉 缺陷检测 注塑成型 翘曲变形 精密减速器 谐波齿轮 "
    "氮化硅陶瓷 烧结助剂 水性树脂 附着力 工业机器人 轨迹规划 激光焊接 飞溅抑制 导热凝胶 老化试验 光学镀膜 应力控制 毫米波雷达 标定 "
    "微通道换热 流量分配 印制电路 电镀铜 半固态 电解质 界面阻抗 数控系统 伺服电机 谐振抑制 废水处理 膜污染 食品保鲜 冷链监测 纺织染整 "
    "小样本学习 边缘计算 数字孪生 产线节拍 中试放大 工艺窗口 良品率 一致性 可靠性 寿命预测 国产替代 委托研发 联合攻关 技术许可"
)
WORDS = _VOCABULARY.split()
CHARACTERS = "".join(chr(one) for one in range(0x4E00, 0x4E00 + 3000))
FIELDS, INDUSTRIES = ("先进制造", "新材料", "电子信息", "人工智能"), ("高端装备", "新材料", "新一代电子信息")


def text(chance: random.Random, length: int) -> str:
    """About ``length`` characters of prose."""
    parts: list[str] = []
    size = 0
    while size < length:
        kind = chance.random()
        if kind < 0.62:
            part = chance.choice(WORDS)
        elif kind < 0.92:
            part = "".join(chance.choices(CHARACTERS, k=chance.randint(2, 6)))
        else:
            part = f"{chance.randint(1, 9999) / 10}"
        part += "，" if chance.random() < 0.25 else ""
        parts.append(part)
        size += len(part)
    return "".join(parts)[:length]


def day(chance: random.Random) -> str:
    return f"{chance.choice((2025, 2026))}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def demand(chance: random.Random, org: str) -> dict[str, Any]:
    """The fields of one demand."""
    return {
        "org": org, "title": text(chance, 18), "problem": text(chance, 110), "indicators": text(chance, 60),
        "goal": text(chance, 60), "keywords": chance.sample(WORDS, 3), "tech_field": chance.choice(FIELDS),
        "industry_dg": chance.choice(INDUSTRIES), "industry": f"C{chance.randint(13, 43)}",
        "budget_fen": chance.randint(10, 9000) * 100_000, "budget_currency": "CNY", "budget_original": chance.randint(10, 9000) * 1000,
        "budget_rate": f"{chance.randint(60000, 79999) / 10000}", "budget_rate_on": day(chance), "solve_mode": "委托研发",
        "need_from": day(chance), "need_to": day(chance), "pilot_need": chance.random() < 0.3, "letter_signed_on": day(chance),
        "letter_signatory": text(chance, 3), "found_on": day(chance), "call_id": f"R{chance.randint(1, 400)}",
        "co_finders": [], "disclosure": "内部", "visit_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
    }  # fmt: skip


def record_id(chance: random.Random, number: int) -> str:
    """A version 7 id, one millisecond after the other."""
    stamp, rest = 1_770_000_000_000 + number, chance.getrandbits(74)
    return str(uuid.UUID(int=stamp << 80 | 7 << 76 | rest >> 62 << 64 | 2 << 62 | rest & (1 << 62) - 1))


def demands(number: int, seed: int = 7) -> list[tuple[str, dict[str, Any]]]:
    """(id, fields) of ``number`` demands of forty companies."""
    chance = random.Random(seed)
    orgs = [record_id(chance, one) for one in range(40)]
    return [(record_id(chance, 1000 * seed + one), demand(chance, chance.choice(orgs))) for one in range(number)]


def changes(listed: list[tuple[str, dict[str, Any]]], device: str, seed: int = 1) -> list[dict[str, Any]]:
    """Bodies of the changes that make these records."""
    chance = random.Random(seed)
    return [
        {
            "id": f"{chance.getrandbits(128):032x}", "record": one, "kind": "demand", "device": device, "at": "2026-03-10T01:02:03.123Z",
            "fields": {name: [None, value] for name, value in fields.items()},
        }
        for one, fields in listed
    ]  # fmt: skip
