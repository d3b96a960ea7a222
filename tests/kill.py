"""kill -9 at random moments while people save and import: every acknowledged save is there, nothing is half there, the chain verifies."""
import itertools, json, os, random, shutil, sys, threading, time

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

ROUNDS = int(os.environ.get("ROUNDS", "200"))
WRITERS = 4
IMPORT_ROWS = 40
LEDGER = "/api/ledgers/物资品类/"  # has no serial number whose few digits 200 rounds would use up
rng = random.Random(2021)


def workbook(path, tag):
    import openpyxl
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["代码", "大类", "名称", "单位"])
    for i in range(IMPORT_ROWS):
        sheet.append([f"{tag}{i}", "消防", f"{tag}第{i}种", "件"])
    book.save(path)


def save(port, session, number, round_no, kept):
    """Adds records, then changes each once; what was answered is written down."""
    try:
        c = Client(port, *session)
        for i in itertools.count():
            name = f"试{round_no}-{number}-{i}"
            status, r, _ = c.call("POST", LEDGER + "records", {"values": {"代码": name, "大类": "消防", "名称": name, "单位": "件"}})
            if status != 201:
                kept.append(("refused", status, r))
                return
            kept.append((r["id"], r["version"], name))
            status, r, _ = c.call("PATCH", LEDGER + "records/" + r["id"], {"values": {"规格": name + "型"}},
                                  {"If-Match": f'"{r["version"]}"'})
            if status == 200:
                kept.append((r["id"], r["version"], name))
    except OSError:
        return
    except Exception as e:  # http.client raises its own kinds when the server is killed in mid-answer
        if type(e).__module__ not in ("http.client", "json.decoder"):
            raise


def bring(port, session, path, imported, tag):
    try:
        c = Client(port, *session)
        status, job, _ = c.call("POST", LEDGER + "import", raw=open(path, "rb").read(), headers={"X-File-Name": "a.xlsx"})
        while status in (200, 202):
            status, state, _ = c.call("GET", "/api/jobs/" + job["job"])
            if status == 200 and state["state"] != "运行":
                imported[tag] = state["state"] == "完成" and state["report"]["kept"]
                return
    except OSError:
        return
    except Exception as e:
        if type(e).__module__ not in ("http.client", "json.decoder"):
            raise


def everything(c):
    """All kinds of goods: id -> (version, name)."""
    found, cursor = {}, ""
    while cursor is not None:
        status, page, _ = c.call("GET", f"{LEDGER}records?limit=1000&fields=名称&cursor={cursor}")
        assert status == 200, page
        for r in page["items"]:
            found[r["id"]] = (r["version"], r["values"]["名称"])
        cursor = page["next"]
    return found


data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "0", "--seed", "1")[1])
acknowledged, imported = {}, {}
missing, halves, refused, saves = [], [], [], 0
session = None
for round_no in range(ROUNDS):
    server = Server(data)
    if session is None:
        c = Client(server.port)
        assert c.sign_in("clerk", people["clerk"])[0] == 200
        session = (c.cookie, c.csrf)
    kept, tag = [], f"导{round_no}-"
    path = os.path.join(data, "in.xlsx")
    threads = [threading.Thread(target=save, args=(server.port, session, n, round_no, kept)) for n in range(WRITERS)]
    if round_no % 2:
        workbook(path, tag)
        threads.append(threading.Thread(target=bring, args=(server.port, session, path, imported, tag)))
    for t in threads:
        t.start()
    threading.Event().wait(rng.uniform(0.0, 0.15))
    server.kill()
    for t in threads:
        t.join()
    for entry in kept:
        if entry[0] == "refused":
            refused.append(entry)
            continue
        acknowledged[entry[0]] = max(acknowledged.get(entry[0], (0, "")), (entry[1], entry[2]))
        saves += 1
    if round_no % 20 == 19 or round_no == ROUNDS - 1:
        with Server(data) as server:
            there = everything(Client(server.port, *session))
        for key, (version, name) in acknowledged.items():
            if key not in there or there[key][0] < version or there[key][1] != name:
                missing.append((key, version, name, there.get(key)))
        names = [name for _, name in there.values()]
        for r in range(round_no + 1):
            n = sum(name.startswith(f"导{r}-") for name in names)
            if n not in (0, IMPORT_ROWS) or (imported.get(f"导{r}-") and n != IMPORT_ROWS):
                halves.append((r, n, imported.get(f"导{r}-")))
        acknowledged.clear() if missing else None
        if missing or halves:
            break

ok(saves > ROUNDS, f"{saves} saves were acknowledged in {ROUNDS} rounds of kill -9", refused[:3])
ok(not missing, "every acknowledged save is there", missing[:5])
ok(not halves, f"an import is there whole or not at all ({sum(map(bool, imported.values()))} of {ROUNDS // 2} were acknowledged)", halves[:5])
ok(not refused, "nothing was refused after a crash", refused[:3])
status, out, err = run("audit", "verify", "--data", data, check=False)
ok(status == 0, "the chain of facts verifies", out + err)
status, out, err = run("rebuild", "--data", data, check=False)
ok(status == 0, "every table equals what its facts say", out + err)
shutil.rmtree(data)
end()
