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
                    "密件正文"]
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
    headings, aliases, untold = [], [], []
    for name, d in ledgers.items():
        fields = {f["名"] for f in d["字段"]}
        others = [a for f in d["字段"] for a in f.get("别名", [])]
        aliases += [(name, a) for a in others if others.count(a) > 1 or a in fields]
        path = d.get("归属", "").split("|")[0].split(".")
        upper = next((f["类型"][2:] for f in d["字段"] if f["名"] == path[0]), None)
        known = fields | set(others) | {"序号", "村组"} | {f["名"] for f in ledgers.get(upper, {"字段": []})["字段"]}
        headings += [(name, h) for h in d.get("表头", []) if h not in known]
        untold += [(name, r["名"]) for r in d.get("规则", []) if len(r["提示"]) < 6]
    ok(not headings, "every heading of an office sheet is a field, its alias or a field of the record it belongs to", headings)
    ok(not aliases, "no heading of a sheet can mean two fields of a ledger", aliases)
    ok(not untold, "every rule says what is the matter and what to do", untold)


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
    for name in FORBIDDEN_LEDGERS:
        status, said = trial(ledger(name, "名称"))
        ok(status == 1 and "不得设立" in said, f"no pack can bring in the ledger {name}", said)


shipped()
refused()
forbidden()
end()
