"""packs/: what is shipped satisfies reader and published schema alike, and what is wrong is refused with file, line and cure.

A case of bad-packs/ is a file of a small pack with one mistake; @@ stands at the end of the line that must be named."""
import glob, json, os, re, shutil, sys

sys.path.insert(0, os.path.dirname(__file__))
from server import end, folder, ok, run

HERE = os.path.dirname(os.path.abspath(__file__))
PACKS = os.path.join(HERE, "..", "packs")
TRIAL = {
    "trial/pack.json": {"业务包": "试用", "英文名": "trial", "次序": 1},
    "trial/ledgers/town_group.json": {
        "台账": "村组", "英文名": "town_group", "业务条线": "试用", "键": ["代码"], "密级": "公开", "保管期限": "永久",
        "字段": [{"名": "代码", "类型": "码", "必填": True, "唯一": True}, {"名": "名称", "类型": "文40", "必填": True},
                 {"名": "上级", "类型": "引→村组"}]},
}
# What duties §9 forbids, in the words that such a field or ledger would carry.
FORBIDDEN_FIELDS = ["打卡次数", "积分", "村组排名", "在线时长", "学习时长", "登录次数", "安装率", "点赞数", "转发数", "选民选择", "所投候选人",
                    "投票内容", "宗教信仰", "是否信教", "思想动态", "网络言论", "行动轨迹", "行踪", "实时位置", "稳控措施", "弹药数量", "枪支编号",
                    "密件正文", "打 卡", "打-卡情况", "积·分", "签到率", "登录天数", "转发次数", "投给谁", "村组排行"]
# A choice makes a person into what no field may.
FORBIDDEN_CHOICES = ["信访重点人员", "上访户", "重点信访户", "稳控对象", "打卡"]
FORBIDDEN_LEDGERS = ["上访人员", "信访重点人", "重点信访户", "打卡记录", "干部积分榜", "村组排名表", "稳控对象"]


# ---- JSON Schema 2020-12, as much of it as the two schemas use ----------------------------------------------------

KINDS = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int}


def fits(value, schema, root):
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return fits(value, root["$defs"][name], root)
    kind = schema.get("type")
    if kind and (not isinstance(value, KINDS[kind]) or (kind == "integer" and isinstance(value, bool))):
        return False
    if "const" in schema and value != schema["const"] or "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0) or "pattern" in schema and not re.search(schema["pattern"], value):
            return False
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        return False
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return False
        if not all(fits(v, schema.get("items", {}), root) for v in value):
            return False
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        if any(name not in value for name in schema.get("required", [])):
            return False
        if schema.get("additionalProperties") is False and any(name not in properties for name in value):
            return False
        if not all(fits(value[name], properties[name], root) for name in properties if name in value):
            return False
    if not all(fits(value, s, root) for s in schema.get("allOf", [])):
        return False
    if "anyOf" in schema and not any(fits(value, s, root) for s in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(fits(value, s, root) for s in schema["oneOf"]) != 1:
        return False
    if "not" in schema and fits(value, schema["not"], root):
        return False
    if "if" in schema:
        branch = "then" if fits(value, schema["if"], root) else "else"
        return fits(value, schema.get(branch, {}), root)
    return True


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


schemas = {n: read(f"{PACKS}/{n}.schema.json") for n in ("ledger", "pack", "indicators")}


def schema_of(path):
    return schemas["pack" if path.endswith("pack.json") else "indicators" if "/indicators/" in path else "ledger"]


# ---- what is shipped ------------------------------------------------------------------------------------------------

def shipped():
    status, out, err = run("check", PACKS, check=False)
    ok(status == 0, "the packs that are shipped are accepted by the reader", out + err)
    files = sorted(glob.glob(f"{PACKS}/*/ledgers/*.json") + glob.glob(f"{PACKS}/*/pack.json") + glob.glob(f"{PACKS}/*/indicators/*.json"))
    bad = [f for f in files if not fits(read(f), schema_of(f), schema_of(f))]
    ok(files and not bad, "every definition that is shipped satisfies the published schema", bad)
    lost = [f for f in files if not os.path.exists(os.path.join(os.path.dirname(f), read(f).get("$schema", "-")))]
    ok(not lost, "every definition names the schema, so that editors can complete and check it", lost)
    ledgers = {d["台账"]: d for d in map(read, files) if "台账" in d}
    aliases, untold = [], []
    for name, d in ledgers.items():
        fields = {f["名"] for f in d["字段"]}
        others = [a for f in d["字段"] for a in f.get("别名", [])]
        aliases += [(name, a) for a in others if others.count(a) > 1 or a in fields]
        untold += [(name, r["名"]) for r in d.get("规则", []) if len(r["提示"]) < 6]
    ok(not aliases, "no heading of a sheet can mean two fields of a ledger", aliases)
    ok(not untold, "every rule says what is the matter and what to do", untold)


# ---- what an office keeps --------------------------------------------------------------------------------------------

# What a pack does otherwise than tests/duties.txt says, and why. A reason that nothing needs any more is itself a mistake.
OTHERWISE = {
    "安全检查.类型": "an inspection is of the kinds that a plan names: one list, which imports read in the words offices use",
    "户.户主": "a household exists before its people are entered; a rule asks for its head afterwards",
    "户.身份标签": "the tags are records with days of their own, shown as children",
    "人.民族": "chosen from the list of GB/T 3304",
    "票箱.键": "boxes of a second round are boxes of their own", "值班表.键": "two people may be on one post: 序",
    "得票.当选": "written when the result is declared, from the count; a rule refuses what the votes do not carry",
    "收文.催办→办结": "what was urged goes back to who handles it first",
    "考核指标.完成值": "a data point's value is read where it is shown and never kept here",
    "考核指标.佐证": "proofs are records that point at ledgers or hold files",
    "干部年度考核.谈话情况": "not to be recorded",
    "入伍.服役方向": "classified: not kept", "民兵.编组": "classified: not kept", "退役军人.原部队": "classified: not kept",
    "事故快报.编号": "first, later and final report share it, so it is not a new serial each time",
    "应急岗位.post": "post is the account's post",
    "救助批次.政策表": "the fund letter comes before the policy is chosen; required before 审定", "救助批次.政策版本": "the same",
    "救助批次.金额": "called 核定合计", "救助对象.核定金额": "decided at the county, not when somebody applies; required from 县定 on",
    "民主评议.法定人数": "called 达到法定人数: what follows from it",
    "卫生费.应收": "written from the policy and then kept as it was", "涉疫人员.止": "follows from the measures, may be changed with a reason",
    "工作组.键": "组 is called 组别: 组 alone is a group of villages", "工作组.组": "the same",
    "催办.对象": "an account need not belong to anybody of the staff",
    "工单.工单号": "calls at the town's own telephone and visits have no number of the platform's; a rule requires it of those from 12345",
    "工单.首接": "a ticket that names no office is proposed one by 受理与派单; required once it is dispatched",
    "发文.主送": "an announcement, a communiqué or minutes name nobody; a rule requires it of the rest",
    "发文.发文号": "taken after signing from the organ's own serial", "发文.文种": "chosen from the fifteen kinds of the regulation",
    "归档件.档号": "put together from its parts",
    "工作计划.键": "whose plan: 归属对象", "工作计划.归属": "归属 is a word of every definition", "计划条目.完成值": "read from the data point where it is shown",
    "上报任务.责任": "a report that the law asks for registers itself before an office has it; a rule asks for it from then on",
    "隐患.整改措施": "written by who assigns it, not by who finds it; a rule requires it from then on", "隐患.整改责任人": "the same", "隐患.期限": "the same",
    "上报任务.合法性": "follows from the three elements; the day it was judged is kept",
}

def duty_ledgers():
    """(head, fields, moves) of each ledger, and the deadlines."""
    with open(f"{HERE}/duties.txt", encoding="utf-8") as f:
        lines = [l.rstrip("\n") for l in f if not l.startswith("#")]
    at = lines.index("时限")
    found = []
    for line in lines[:at]:
        if not line.startswith("  "):
            found.append((line.split(" "), [], []))
        elif line.startswith("  态 "):
            found[-1][2].extend(line[4:].split(" "))
        else:
            found[-1][1].extend(line.strip().split(" ; "))
    return found, [d.split(" ") for line in lines[at + 1:] for d in line.strip().split(" ; ")]


def field_differs(field, said):
    """What the pack's field is otherwise than said: `名:类型{a|b} 必敏`."""
    kind, _, flags = said.partition(" ")
    name, _, choices = kind.partition("{")
    have = field["类型"]
    if name in ("枚", "多枚"):
        wanted = choices.rstrip("}").split("|")
        if have not in ("枚", "多枚") or field.get("选项") and not set(wanted) <= set(field["选项"]):
            return "choices"
    elif name != have and not (name[:1] == have[:1] in ("图", "附")):
        return "type"
    for flag, member in (("必", "必填"), ("唯", "唯一"), ("敏", "敏感"), ("快", "快照")):
        if flag in flags and not field.get(member):
            return member
    return ""


def fewer_files(d, field, said):
    """So many photos or files at least: asked for at once, or by a rule from the state on that needs them."""
    least = re.match(r"[图附](\d)", said)
    asked = [r["条件"] for r in d.get("规则", []) if f"count({field['名']}) >= {least[1]}" in r["条件"]] if least else []
    return least and field["类型"] != least[0] and not field.get("必填") and not asked


def ledger_differs(d, head, fields, moves):
    """Names of what is otherwise, as OTHERWISE has them."""
    name, english = head[0], head[1]
    key, secrecy, retention = head[3], head[5], head[7]
    if d["英文名"] != english:
        yield f"{name}.{english}"
    if d["键"] != key.split("+"):
        yield f"{name}.键"
    if (d["密级"], d["保管期限"]) != (secrecy, retention):
        yield f"{name}.密级和保管期限"
    own = {f["名"]: f for f in d["字段"]}
    for said in fields:
        field, _, rest = said.partition(":")
        if field not in own or field_differs(own[field], rest):
            yield f"{name}.{field}"
        elif fewer_files(d, own[field], rest):
            yield f"{name}.{field}.至少"
    have = {f"{m['从']}→{m['到']}" for m in d.get("流转", [])} | {f"{m['到']}→{m['从']}" for m in d.get("流转", []) if m.get("退回")}
    for move in moves:
        if move not in have:
            yield f"{name}.{move}"


def duties():
    ledgers = {d["台账"]: d for d in map(read, glob.glob(f"{PACKS}/*/ledgers/*.json"))}
    said, deadlines = duty_ledgers()
    missing = [head[0] for head, _, _ in said if head[0] not in ledgers]
    ok(len(said) > 180 and not missing, "every ledger that an office keeps is in a pack", missing)
    differs = {x for head, fields, moves in said if head[0] in ledgers for x in ledger_differs(ledgers[head[0]], head, fields, moves)}
    ok(differs <= set(OTHERWISE), "key, secrecy, retention, fields, choices and moves of every ledger are as an office has them, or say why not",
       sorted(differs - set(OTHERWISE)))
    ok(set(OTHERWISE) <= differs, "no reason is given for what is not otherwise", sorted(set(OTHERWISE) - differs))
    rows = {(r["适用流程"], r.get("环节") or "-", str(r["数量"]), r["单位"], str(r.get("延长上限") or "")) for r in read(f"{PACKS}/rules/rows/deadline_rule.json")}
    lost = [d for d in deadlines if (*d, "")[:5] not in rows]
    ok(not lost, "every deadline of the law is a row with its source", lost)
    unsaid = [r["代码"] for r in read(f"{PACKS}/rules/rows/deadline_rule.json") if not r.get("出处")]
    ok(not unsaid, "every deadline names its source", unsaid)


# ---- the sheets that an office sends up -------------------------------------------------------------------------------

# What a sheet does otherwise than tests/office-sheets.txt says, and why.
OTHER_HEADINGS = {
    "涉疫人员.D1早": "how many days there are depends on the measure: all of them stand in one column, 逐日监测", "涉疫人员.D1晚": "the same",
    "建设申请.到场日期": "three days: 一, 二 and 三 under it", "企地事项.村组(户)": "two columns, 村组 and 户",
    "值班表.带班领导": "a row for each post of a day: 岗 says which, 人 who", "值班表.值班员": "the same", "值班表.司机": "the same",
}


def spoken():
    """What a form tells people is said in words: the numbers of deadline rules are for conditions."""
    codes = {row["代码"] for row in json.load(open(f"{PACKS}/rules/rows/deadline_rule.json", encoding="utf-8"))}
    told = []

    def walk(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in ("注", "提示", "说明") and isinstance(inner, str):
                    told.extend((path, inner) for code in codes if code in inner)
                else:
                    walk(inner, path)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, path)

    for path in sorted(glob.glob(f"{PACKS}/*/ledgers/*.json")):
        walk(json.load(open(path, encoding="utf-8")), os.path.relpath(path, PACKS))
    ok(codes and not told, "no note, hint or description of a ledger speaks of a rule by its number", told)


def sheets():
    ledgers = {d["台账"]: d for d in map(read, glob.glob(f"{PACKS}/*/ledgers/*.json"))}
    with open(f"{HERE}/office-sheets.txt", encoding="utf-8") as f:
        said = [line.split() for line in f if not line.startswith("#")]
    missing = set()
    for name, wanted in said:
        have = set()
        for c in ledgers[name].get("表头", []):
            have |= {c} if isinstance(c, str) else {c["头"], f"{c.get('组')}/{c['头']}"}
        missing |= {f"{name}.{h}" for h in wanted.split("|") if h not in have | {"序号"}}
    ok(len(said) > 30 and missing <= set(OTHER_HEADINGS), "every heading of the sheets that an office sends up is a column of its ledger's sheet, or says why not",
       sorted(missing - set(OTHER_HEADINGS)))
    ok(set(OTHER_HEADINGS) <= missing, "no reason is given for a heading that is there", sorted(set(OTHER_HEADINGS) - missing))


# ---- what is refused --------------------------------------------------------------------------------------------------

def trial(files):
    """Writes a small pack, some of its files replaced; returns what `zhenwu check` says of it."""
    place = folder()
    for name, content in {**TRIAL, **files}.items():
        path = os.path.join(place, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False))
    os.makedirs(f"{place}/codes")
    shutil.copy(f"{PACKS}/codes/pinyin.csv", f"{place}/codes/pinyin.csv")
    status, out, err = run("check", place, check=False)
    shutil.rmtree(place)
    return status, out + err


def refused():
    status, said = trial({})
    ok(status == 0, "the small pack that the bad ones are made from is accepted", said)
    for path in sorted(glob.glob(f"{HERE}/bad-packs/*.txt")):
        with open(path, encoding="utf-8") as f:
            head, text = f.read().split("---\n", 1)
        case = dict(line.split(": ", 1) for line in head.splitlines())
        line = next((i for i, l in enumerate(text.splitlines(), 1) if l.endswith("@@")), None)
        text = text.replace(" @@", "")
        status, said = trial({case["file"]: text})
        told = next((l for l in said.splitlines() if case["file"] in l and re.search(case["says"], l)), "")
        good = status == 1 and told and (line is None or re.search(f"第{line}行", told))
        ok(good, f"{case['title']} is refused with file, line and cure", f"{case}\nline {line}\n{said}")
        if case["schema"] == "refuses":
            schema = schema_of(case["file"])
            ok(not fits(json.loads(text), schema, schema), f"{case['title']} is also marked by an editor with the schema")


def forbidden():
    def ledger(name, field):
        return {"trial/ledgers/thing.json": {
            "台账": name, "英文名": "thing", "业务条线": "试用", "键": ["编号"], "密级": "内部", "保管期限": "10年",
            "字段": [{"名": "编号", "类型": "码", "必填": True, "唯一": True}, {"名": field, "类型": "文20"}]}}
    for field in FORBIDDEN_FIELDS:
        status, said = trial(ledger("物件", field))
        ok(status == 1 and "不得设立" in said, f"no pack can bring in the field {field}", said)
    for word in FORBIDDEN_CHOICES:
        files = ledger("物件", "类别")
        fields = files["trial/ledgers/thing.json"]["字段"]
        fields[1] = {"名": "类别", "类型": "枚", "选项": ["一般", word]}
        status, said = trial(files)
        ok(status == 1 and "不得设立" in said, f"no pack can make anybody choose {word}", said)
    files = ledger("物件", "次数")
    files["trial/ledgers/thing.json"]["字段"][1]["别名"] = ["打卡次数"]
    status, said = trial(files)
    ok(status == 1 and "不得设立" in said, "no pack can take in what is forbidden under another heading", said)
    files = {**ledger("物件", "名称"), "trial/indicators/trial.json": {"指标": [
        {"名": "登录次数", "英文名": "logins", "台账": "物件", "聚合": "计数", "口径": "期内登录"}]}}
    status, said = trial(files)
    ok(status == 1 and "不得统计" in said, "no pack can count what is forbidden under the name of an indicator", said)
    for name in FORBIDDEN_LEDGERS:
        status, said = trial(ledger(name, "名称"))
        ok(status == 1 and "不得设立" in said, f"no pack can bring in the ledger {name}", said)


shipped()
duties()
sheets()
spoken()
refused()
forbidden()
end()
