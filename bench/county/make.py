"""A county of 20 towns with five years of records, made of one town and half a year of it: every row of a derived table is written again
for each town, and what was recorded within the half year for each of ten halves, with ids, days, years and months moved. Rows go into
the tables in bulk, without their facts: what is measured reads the tables."""
import glob, json, re, shutil, sqlite3, sys, time

from_folder, to_folder, packs = sys.argv[1:4]
TOWNS, HALVES = 20, 10
HALF_DAYS = 1826 / 10
BEGIN = 1625068800000  # 2021-07-01 in the town: what was added since is a record of the half year, what was there before is the town itself
ID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

started = time.monotonic()
shutil.copytree(from_folder, to_folder)
db = sqlite3.connect(f"{to_folder}/zhenwu.db", isolation_level=None)
for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -200000", "temp_store = memory"):
    db.execute(f"pragma {pragma}")
tables = [(name, json.loads(columns)) for name, columns in db.execute("select name, columns from store_table order by name")]
tables = [t for t in tables if t[0] not in ("account", "post")]  # who works with it stays as it is
recent = set()
for name, _ in tables:
    recent.update(r for r, in db.execute(f'select record from "now_{name}" where added >= ?', (BEGIN,)))

place = {"town": 0, "half": 0}


def moved_id(x):
    if x is None or len(x) != 16:
        return x
    return x[:14] + bytes((x[14] ^ place["town"], x[15] ^ (place["half"] if x in recent else 0)))


def moved_uuid(match):
    h = moved_id(bytes.fromhex(match[0].replace("-", ""))).hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def moved_text(text):
    return text and ID_TEXT.sub(moved_uuid, text)


def moved_month(text):
    if not text or not re.fullmatch(r"\d{4}-\d{2}", text):
        return text
    months = int(text[:4]) * 12 + int(text[5:]) - 1 - 6 * place["half"]
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


for function in (moved_id, moved_text, moved_month):
    db.create_function(function.__name__, 1, function)

kinds = {}  # (ledger, field) -> 年, 月
for path in glob.glob(f"{packs}/*/ledgers/*.json"):
    with open(path, encoding="utf-8") as f:
        ledger = json.load(f)
    for field in ledger.get("字段", []):
        kinds[ledger["英文名"], field["名"]] = field.get("值类型", field["类型"])


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def moved(table, column):
    """The column of a row written again, as SQL."""
    name, kind = quoted(column["name"]), kinds.get((table, column["name"]))
    if column["type"] == "id":
        return f"moved_id({name})"
    if column["type"] == "json":
        return f"moved_text({name})"
    if column["type"] == "day":
        return f"{name} - :days"
    if column["type"] == "time":
        return f"{name} - :days * 86400000"
    if kind == "月":
        return f"moved_month({name})"
    if kind == "年":
        return f"{name} - (:half + 1) / 2"
    if column["unique"]:
        return f"{name} || :mark" if column["type"] == "text" else f"{name} + :half * 1000000000"
    return name


HEAD = "record, town, fact_no, version, state, added, changed, removed"
MOVED = "moved_id(record), :town, fact_no, version, state, added - :days * 86400000, changed - :days * 86400000, removed"
indexes = db.execute("select name, sql from sqlite_schema where type = 'index' and sql is not null and substr(tbl_name, 1, 4) = 'now_'").fetchall()
for name, _ in indexes:
    db.execute(f"drop index {quoted(name)}")
origin = db.execute("select town from store_info").fetchone()[0]
db.execute("begin")
for table, columns in tables:
    now = quoted(f"now_{table}")
    last = db.execute(f"select coalesce(max(rowid), 0) from {now}").fetchone()[0]
    sql = (f"insert into {now} ({', '.join([HEAD] + [quoted(c['name']) for c in columns])})"
           f" select {', '.join([MOVED] + [moved(table, c) for c in columns])} from {now} where rowid <= :last and added >= :begin")
    for town in range(TOWNS):
        for half in range(HALVES):
            if town or half:
                place.update(town=town, half=half)
                db.execute(sql, {"last": last, "begin": BEGIN if half else 0, "town": f"{origin}-{town}" if town else origin,
                                 "half": half, "days": round(half * HALF_DAYS), "mark": f"~{half}" if half else ""})
db.execute("commit")
for _, sql in indexes:
    db.execute(sql)
rows = sum(db.execute(f"select count(*) from {quoted('now_' + t)}").fetchone()[0] for t, _ in tables)
people = db.execute("select count(*) from now_person").fetchone()[0]
db.execute("pragma journal_mode = wal")
db.close()
print(f"a county of {TOWNS} towns, {people} people, {rows} records of {HALVES // 2} years made in {time.monotonic() - started:.0f} s", flush=True)
