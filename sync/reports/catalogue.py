"""The reports there are, one declaration each (DOMAIN section 7), and how a person's word finds one.

The phrases that ask for them come from the Dongguan plan 2025-2027, the Dalian working mechanism (2023) and the
Guangzhou action plan (2018); only the first binds, the others are patterns. A new report is one entry here and one
function. Must not know records or Qt.
"""

from __future__ import annotations

from sync.reports import quarterly, working, yearly
from sync.reports.declare import Report

_ALL = (
    Report(
        "register", "登记台账", "Register of finds", "科技成果与企业技术需求登记台账", "year", "liaison", "科技成果转化服务中心",
        "“明确年度发现目标”（东莞三年行动计划）", yearly.REGISTER, yearly.register, "项、万元", kept=False, quota=True, scopes=yearly.SCOPES,
        dated=True,
    ),
    Report(
        "ledger", "工作台账", "Working ledger", "科技成果转化工作台账", "month", "liaison", "科技成果转化服务中心和有关单位",
        "“按月度进行更新”（大连工作机制）", working.LEDGER, working.ledger,
    ),
    Report(
        "monitoring", "月度监测", "Monthly monitoring", "科技成果转化月度监测表", "month", "institute", "市科技局",
        "“重大科研进展、科技成果产出和科技成果转化情况”（大连工作机制）", working.MONITORING, working.monitoring,
    ),
    Report(
        "bulletin", "季度通报", "Quarterly bulletin", "科技成果转化季度情况", "quarter", "unit", "工作专班",
        "“季度例会制度、季度通报制度”（大连工作机制）", quarterly.BULLETIN, quarterly.bulletin,
    ),
    Report(
        "demands", "季度需求征集", "Quarterly demand collection", "企业技术需求征集表", "quarter", "unit", "科技成果转化服务中心",
        "“按季度征集相关领域…企业需求”（大连工作机制）", quarterly.DEMANDS, quarterly.demands, "项、万元",
    ),
    Report(
        "performance", "绩效指标", "Performance indicators", "科技成果转化绩效指标", "quarter", "unit", "市科技局",
        "“科技成果本地转化率和技术合同成交额”（大连工作机制）", quarterly.PERFORMANCE, quarterly.performance, "份、万元",
    ),
    Report(
        "landings", "落地项目报告", "Landed items", "入库科技成果本地转化落地项目报告", "quarter", "unit", "市科技局",
        "“入库科技成果本地转化落地项目报告制度”（大连工作机制）", quarterly.LANDINGS, quarterly.landings, "项、万元",
    ),
    Report(
        "policy", "政策建议汇总", "Policy suggestions", "科技成果转化政策建议汇总", "quarter", "bureau", "市领导",
        "“汇总第一阶段政策建议情况”（大连工作机制）", quarterly.POLICY, quarterly.policy, "个",
    ),
    Report(
        "funds", "基金对接", "Meetings with funds", "入库项目与基金对接情况", "two-month", "unit", "科技成果转化服务中心",
        "“每两个月至少举办一次对接活动”（大连工作机制）", working.FUNDS, working.funds, "场",
    ),
    Report(
        "institute", "院所年度报告", "Institute's yearly report", "科技成果转移转化年度报告", "year", "institute", "市科技局",
        "“以规定格式报送年度科技成果许可、转让、知识产权质押融资、作价投资”（广州行动方案）", yearly.INSTITUTE, yearly.institute, "项、万元",
    ),
    Report(
        "notification", "年度通报", "Yearly notification", "科技成果发现和落地年度情况", "year", "bureau", "各单位",
        "“按年度通报并纳入年度镇街（园区）科技创新考核指标体系”（东莞三年行动计划）", yearly.NOTIFICATION, yearly.notification, quota=True,
    ),
    Report(
        "review", "单位年度自评", "Yearly review", "科技成果转化年度自评表", "year", "unit", "市科技局",
        "“重点关注发现数、落地数、服务数等关键数据”（东莞三年行动计划）", yearly.REVIEW, yearly.review,
    ),
    Report(
        "tracking", "重点成果跟踪表", "Key item tracking", "重点成果跟踪表", "change", "liaison", "市科技局",
        "“全流程跟踪服务”（东莞三年行动计划）", yearly.TRACKING, yearly.tracking, "项、万元",
    ),
)  # fmt: skip
#: every report by its key, in the order of the page
REPORTS: dict[str, Report] = {report.key: report for report in _ALL}


def find(word: str) -> Report | None:
    """A report by key, Chinese or English name; None where there is none."""
    plain = word.strip().lower()
    return next((one for one in _ALL if plain in (one.key, one.label, one.en.lower())), None)
