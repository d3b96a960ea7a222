"""All figures of the half-year report over a county, served, beside PostgreSQL and DuckDB asked the same queries of the same rows. Every
answer of a peer is compared with SQLite's. Usage: bench.py WORK MODULES QUERIES."""
import csv, os, re, shutil, sqlite3, subprocess, sys, time
from decimal import Decimal

sys.path.insert(0, "tests")
from server import Client, Server, accounts

work, modules, queries_path = sys.argv[1:4]
HALF = "from=2021-07-01&to=2021-12-31"
TICK = os.sysconf("SC_CLK_TCK")
TYPES = {"id": "uuid", "int": "bigint", "day": "bigint", "time": "bigint", "bool": "bigint", "text": "text", "json": "text"}
FIXED = {"record": "id", "town": "text", "fact_no": "int", "version": "int", "state": "text", "added": "time", "changed": "time", "removed": "int"}
NAME = re.compile(r'"([^"]+)"|\b(record|state|removed|added|changed)\b')


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        parts = f.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / TICK


with open(queries_path, encoding="utf-8") as f:
    every = [line.rstrip("\n").split("\t")[1] for line in f if "\tselect 0, count(*)" in line]
queries = list(dict.fromkeys(every))  # figures made of parts ask what their parts ask: the peers are asked once, which is less work for them
db = sqlite3.connect(f"file:{work}/county/zhenwu.db?mode=ro", uri=True)
names = {a or b for q in queries for a, b in NAME.findall(q)}
columns = {}
for name, defined in db.execute("select name, columns from store_table"):
    if f"now_{name}" in names:
        kinds = dict(FIXED)
        kinds.update((c, t) for c, t in db.execute("select json_extract(value, '$.name'), json_extract(value, '$.type') from json_each(?)", (defined,)))
        columns[f"now_{name}"] = {c: t for c, t in kinds.items() if c in names or c == "record"}

# ---- the peers get the tables and columns that the queries name, which is less than ours hold
folder = f"{work}/peers"
os.makedirs(folder, exist_ok=True)
os.chmod(work, 0o755)
made, copied, filled = [], [], []
for table, kinds in columns.items():
    path = f"{folder}/{table}.csv"
    ids = [k for k, c in enumerate(kinds) if kinds[c] == "id"]
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        for row in db.execute("select {} from \"{}\"".format(", ".join(f'"{c}"' for c in kinds), table)):
            row = list(row)
            for k in ids:
                row[k] = row[k] and row[k].hex()
            writer.writerow(row)
    made.append('create table "{}" ({})'.format(table, ", ".join(f'"{c}" {TYPES[t]}' + (" primary key" if c == "record" else "") for c, t in kinds.items())))
    copied.append(f"\\copy \"{table}\" from '{path}' csv")
    filled.append(f"insert into \"{table}\" select * from read_csv('{path}', header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {{{', '.join(repr(c) + ': ' + repr(TYPES[t]) for c, t in kinds.items())}}})")
indexes = []
for name, sql in db.execute("select tbl_name, sql from sqlite_schema where type = 'index' and sql is not null"):
    inside = sql.split(" on ", 1)[1].split("(", 1)[1]
    if name in columns and " unique\"" not in sql and all(c in columns[name] for c in re.findall(r'"([^"]+)"', inside)):
        indexes.append(sql)
expected = ["|".join("" if v is None else str(v) for v in db.execute(q).fetchone()) for q in queries]
with open(f"{folder}/queries.sql", "w", encoding="utf-8") as f:
    f.writelines(q + ";\n" for q in queries)
with open(f"{folder}/tables.sql", "w", encoding="utf-8") as f:
    f.writelines(s + ";\n" for s in made + filled)
with open(f"{folder}/postgres.sql", "w", encoding="utf-8") as f:
    f.writelines(s + ("\n" if s.startswith("\\") else ";\n") for s in made + copied + indexes + ["vacuum analyze"])


def differ(who, answers):
    wrong = [k for k, (a, b) in enumerate(zip(expected, answers)) if a != b]
    if wrong or len(answers) != len(expected):
        raise SystemExit(f"{who} answers otherwise: {queries[wrong[0]] if wrong else len(answers)}\n{expected[wrong[0]]}\n{answers[wrong[0]]}")


def postgres():
    home = os.environ["POSTGRES"]
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    place = f"{work}/postgres"
    os.makedirs(place)
    if as_user:
        shutil.chown(place, "postgres")
    subprocess.run([*as_user, f"{home}/initdb", "-D", f"{place}/db", "-E", "UTF8", "--locale=C", "-A", "trust", "-U", "bench"], check=True, stdout=subprocess.DEVNULL)
    server = subprocess.Popen([*as_user, f"{home}/postgres", "-D", f"{place}/db", "-k", place, "-c", "listen_addresses=", "-c", "shared_buffers=512MB",
                               "-c", "work_mem=64MB", "-c", "fsync=off"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    psql = [f"{home}/psql", "-h", place, "-U", "bench", "-d", "postgres", "-X", "-q", "-v", "ON_ERROR_STOP=1"]
    try:
        for _ in range(600):
            if subprocess.run([*psql, "-c", "select 1"], capture_output=True).returncode == 0:
                break
            time.sleep(0.1)
        subprocess.run([*psql, "-f", f"{folder}/postgres.sql"], check=True, stdout=subprocess.DEVNULL)
        times = []
        for _ in range(2):
            begin = time.monotonic()
            out = subprocess.run([*psql, "-At", "-f", f"{folder}/queries.sql"], check=True, capture_output=True, text=True).stdout
            times.append((time.monotonic() - begin) * 1000)
        differ("PostgreSQL", out.splitlines())
        return times
    finally:
        server.terminate()
        server.wait()


def duckdb():
    out = subprocess.run(["node", "bench/county/peer.mjs", modules, folder], check=True, capture_output=True, text=True).stdout.splitlines()
    differ("DuckDB", [line for line in out if "|" in line])
    return [float(next(line for line in out if line.startswith(r)).split()[1]) for r in ("cold", "warm")]


def parts_make(figure):
    """Whether a figure made of parts is what its parts make, as both are shown."""
    parts = [(p["sign"], p["value"]) for p in figure["parts"]]
    if any(not re.fullmatch(r"-?\d+(\.\d+)?", v) for _, v in parts):
        return True
    of = {sign: sum(Decimal(v) for s, v in parts if s == sign) for sign in ("加", "减", "分子", "分母")}
    if figure["adds_up"] != "比率":
        return Decimal(figure["value"]) == of["加"] - of["减"]
    return not of["分母"] or abs(Decimal(figure["value"]) - of["分子"] / of["分母"] * (100 if figure["unit"] == "%" else 1)) <= Decimal("0.05")


def ours():
    with open(f"{work}/county/demo-accounts.txt", encoding="utf-8") as f:
        passwords = accounts(f.read())
    times, used = [], []
    with Server(f"{work}/county") as server:
        c = Client(server.port)
        c.sign_in("clerk", passwords["clerk"])
        for _ in range(3):
            begin, before = time.monotonic(), cpu(server.process.pid)
            status, answer, _ = c.call("GET", f"/api/indicators?{HALF}")
            if status != 200:
                raise SystemExit(answer)
            times.append((time.monotonic() - begin) * 1000)
            used.append((cpu(server.process.pid) - before) * 1000)
    made = [x for x in answer["items"] if x.get("parts") and x["known"]]
    wrong = [x["name"] for x in made if not parts_make(x)]
    if wrong:
        raise SystemExit(f"not what their parts make: {wrong}")
    return len(answer["items"]), sum(bool(x.get("parts")) for x in answer["items"]), [times[0], min(times[1:])], [used[0], min(used[1:])]


figures, made_of_parts, wall, used = ours()
peers = {"PostgreSQL": postgres(), "DuckDB": duckdb()}
print(f"{figures} figures of the half year, {made_of_parts} of them made of parts and checked against these; they ask {len(every)} queries, {len(queries)} "
      f"different ones, which the peers are asked once each; the peers hold only the columns that these name. Milliseconds:")
for k, (what, goal) in enumerate((("cold", 2000), ("warm", 200))):
    print(f"{what}: ours {wall[k]:8.0f} ({used[k]:.0f} of the processor)  goal < {goal} {'met' if used[k] < goal else 'MISSED'}   "
          + "   ".join(f"{name} {t[k]:8.0f}, ratio {t[k] / wall[k]:.2f}" for name, t in peers.items()), flush=True)
