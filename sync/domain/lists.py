"""The lists a choice is made from: start values, replaced by what the platform sends under the same name.

Sources: the plan's text for categories, channels and routes; DOMAIN lists of the eight strategic and four
future industries (Dongguan government office document 18 of 2024) and the pillars of the pilot-platform
opinions; GB/T 4754-2017 divisions for industries; the national achievement and contract registration forms.
This module must not know fields or kinds.
"""

DISCLOSURE = ("公开", "限定", "内部")
ORG_KINDS = ("企业", "高校", "科研院所", "省实验室", "大科学装置", "新型研发机构", "医院", "机关", "社团", "农村集体", "自然人团队", "境外")  # fmt: skip
NO_USCC = ("境外", "自然人团队", "筹建中", "其他")
ORG_TAGS = ("高企", "专精特新", "单项冠军", "龙头链主", "规上")
ORG_STATUS = ("存续", "吊销", "注销")
CATEGORIES = ("企业类", "平台类", "项目类")
CHANNELS = ("重大科技项目", "工程中心", "重点实验室", "人才团队", "技术经理人", "招商", "日常业务", "属地企业", "院所上报", "走访", "对接会", "诉求")  # fmt: skip
FUNDS = ("财政", "自筹")
FORMS = ("新技术", "新产品", "新工艺", "新材料", "软件", "标准", "其他")
NATURES = ("原始创新", "引进消化吸收", "国内二次开发")
STAGES = ("初期", "中期", "成熟应用")
SECRECY = ("非密", "内部", "秘密", "机密", "绝密")
RIGHTS = ("单位所有", "赋予科研人员所有权", "赋予科研人员长期使用权", "其他")
TRANSFER_MODES = ("转让", "许可", "作价入股", "合作", "自行产业化", "融资")
SOLVE_MODES = ("委托研发", "合作研发", "转让", "许可", "咨询", "服务", "其他")
CURRENCIES = ("CNY", "USD", "EUR", "HKD", "JPY", "GBP", "MOP", "TWD", "KRW", "SGD")
PURPOSES = ("挖掘成果", "挖掘需求", "跟进服务", "政策宣讲", "采集证据")
ROUTES = ("ENT", "PLT-A", "PLT-B", "PLT-C", "PRJ-1A", "PRJ-1B", "PRJ-2", "PRJ-3", "DEM")
LANDING_TAGS = ("首台套", "成果包", "赋权", "中试")
LEGAL_FORMS = ("有限责任公司", "股份有限公司", "合伙企业", "个人独资企业", "分公司", "个体工商户", "其他")
DOC_LEVELS = ("镇街", "市级", "省级", "国家级")
CONTRACT_KINDS = ("委托开发", "合作开发", "转让", "许可", "咨询", "服务", "作价入股", "销售", "其他")
SEALS = ("公章", "合同章", "财务章", "部门章", "电子章")
IP_KINDS = ("发明专利", "实用新型", "外观设计", "软件著作权", "集成电路布图", "植物新品种", "其他")
IP_STATES = ("申请中", "已授权", "已失效")

EVIDENCE_KINDS: dict[str, tuple[str, str]] = {
    "demand_letter": ("技术合作需求书", "Demand letter"),
    "recommendation_letter": ("书面推荐函", "Recommendation letter"),
    "tech_contract": ("技术合同", "Technology contract"),
    "contract_registration": ("技术合同登记证明", "Contract registration certificate"),
    "payment_proof": ("付款证明", "Payment proof"),
    "trade_contract": ("交易合同", "Trade contract"),
    "trade_certificate": ("交易方证明", "Certificate by a trading party"),
    "business_licence": ("营业执照", "Business licence"),
    "relocation_proof": ("迁移证明", "Relocation proof"),
    "tax_proof": ("完税证明", "Tax payment proof"),
    "rd_proof": ("研发投入证明", "R&D spending proof"),
    "revenue_proof": ("服务收入证明", "Service revenue proof"),
    "project_approval": ("立项文件", "Project approval document"),
    "qualification_notice": ("资质红头文件或通知", "Qualification notice"),
    "application_proof": ("应用证明", "Application proof"),
    "benefit_proof": ("经济效益证明", "Economic benefit proof"),
    "team_proof": ("团队落户证明", "Team settlement proof"),
    "ip_certificate": ("知识产权证书", "Intellectual property certificate"),
    "acceptance_report": ("验收或评价证书", "Acceptance or appraisal certificate"),
    "registration_certificate": ("成果登记证书", "Achievement registration certificate"),
    "evaluation_report": ("评价报告", "Evaluation report"),
    "valuation_report": ("估值报告", "Valuation report"),
    "broker_certificate": ("技术经纪证书", "Technology broker certificate"),
    "ownership_agreement": ("权属协议", "Ownership agreement"),
    "consent": ("公开或信息同意书", "Consent"),
    "visit_photo": ("走访照片", "Visit photo"),
    "sign_in": ("签到表", "Sign-in sheet"),
    "report_scan": ("盖章报表", "Stamped report"),
    "other": ("其他", "Other"),
}  # DOMAIN 4.3

#: What a paper of this kind proves unless the liaison says otherwise (fact names of the landing routes).
COVERS: dict[str, tuple[str, ...]] = {
    "demand_letter": ("budget_fen", "letter_signed_on", "letter_signatory"),
    "tech_contract": ("contract_kind", "signed_on", "contract_fen"),
    "contract_registration": ("reg_no",),
    "payment_proof": ("payments",),
    "trade_contract": ("proof", "proof_on"),
    "trade_certificate": ("proof", "proof_issuer", "proof_on"),
    "business_licence": ("mode", "event_on"),
    "relocation_proof": ("mode", "event_on"),
    "tax_proof": ("tax_paid_fen",),
    "rd_proof": ("rd_spend_fen",),
    "revenue_proof": ("revenue_fen",),
    "project_approval": ("doc_no", "doc_on"),
    "qualification_notice": ("doc_no", "doc_on", "granted_name"),
    "application_proof": ("applied_in_dg",),
    "benefit_proof": ("benefit_fen",),
    "team_proof": ("core_members", "settled_on"),
    "ip_certificate": ("ip", "high_quality"),
    "acceptance_report": ("acceptance_no", "high_quality"),
    "registration_certificate": ("reg_no", "high_quality"),
    "evaluation_report": ("high_quality",),
    "broker_certificate": ("cert_no", "cert_level"),
    "ownership_agreement": ("rights",),
    "consent": ("consent",),
}

#: Notices and certificates, which bear a number and an issuer: what of the record states the two, where it does.
NUMBERED: dict[str, tuple[str, str]] = {
    "project_approval": ("doc_no", "doc_issuer"),
    "qualification_notice": ("doc_no", "doc_issuer"),
    "contract_registration": ("reg_no", "reg_office"),
    "registration_certificate": ("reg_no", ""),
    "broker_certificate": ("cert_no", "cert_base"),
}

INDUSTRIES_DG = (
    "新一代电子信息", "高端装备", "半导体及集成电路", "新材料", "新能源", "生物医药及高端医疗器械", "人工智能", "低空经济",
    "下一代移动通信(6G)", "前沿新材料", "具身智能", "未来生命健康",
    "食品饮料", "纺织服装鞋帽", "软件与信息服务业", "其他",
)  # fmt: skip

TECH_FIELDS = (
    "电子信息", "先进制造", "新材料", "生物医药和医疗器械", "新能源与高效节能", "环境保护与资源综合利用", "航空航天",
    "现代交通", "农业", "核应用技术", "城市建设与社会发展", "其他",
)  # fmt: skip

#: GB/T 4754-2017 divisions a liaison of a manufacturing city meets; longer codes may be typed.
INDUSTRIES = (
    "C13", "C14", "C15", "C17", "C18", "C19", "C20", "C21", "C22", "C23", "C24", "C25", "C26", "C27", "C28", "C29",
    "C30", "C31", "C32", "C33", "C34", "C35", "C36", "C37", "C38", "C39", "C40", "C41", "C42", "C43",
    "A01", "A02", "A03", "A04", "A05", "D44", "D45", "D46", "E47", "E48", "E49", "E50", "F51", "F52",
    "G54", "G55", "G56", "G58", "G59", "H61", "H62", "I63", "I64", "I65", "J66", "J67", "J68", "J69",
    "K70", "L71", "L72", "M73", "M74", "M75", "N76", "N77", "N78", "N79", "O80", "O81", "O82", "P83",
    "Q84", "Q85", "R86", "R87", "R88", "R89", "R90", "S91", "S92", "S95", "S96",
)  # fmt: skip
INDUSTRY_CODE = r"[A-T]\d{2,4}"

PILOT_KINDS = ("概念验证中心", "中试平台", "中试车间")
PILOT_RESOURCES = ("中试解决方案", "中试需求", "中试设备", "中试代工厂")
PILOT_LEVELS = ("市", "省", "国家")
SERVICE_MODES = ("电话", "走访", "对接", "政策", "融资", "中试", "登记", "其他")
FINANCE_KINDS = ("知识产权质押融资", "股权融资", "银行贷款", "其他")
VOUCHERS = ("无", "检验检测券", "中试券")
EVENT_KINDS = ("对接会", "发布会", "推介会", "科技招商", "基金对接", "培训", "宣讲")
CERT_LEVELS = ("初级", "中级", "高级")
CERT_BASES = ("国家技术转移人才培养基地（广东）", "国家技术转移人才培养基地（东莞）")
REQUEST_KINDS = ("技术", "成果", "人才", "中试", "机时", "咨询")
BLOCKER_KINDS = ("审批", "资质", "用地", "环保", "安全", "应急", "资金", "知识产权", "政策", "其他")
EVALUATION_KINDS = ("常规入库", "重点推荐", "快速落地", "公允价值")
VERDICTS = ("入服务库", "暂未入选")
TRACK_LEVELS = ("一般", "提级", "市领导")
METRICS = ("发现", "落地", "对接会", "中试")
REPORT_KINDS = (
    "工作台账", "月度监测", "季度通报", "季度需求征集", "绩效指标", "落地项目报告", "政策建议汇总", "基金对接",
    "院所年度报告", "年度通报", "单位年度自评", "重点成果跟踪表",
)  # fmt: skip
REPORT_STATES = ("草稿", "已报", "退回", "定稿")
NOTICE_KINDS = ("通报", "任务", "政策", "标准", "会议", "名单")
