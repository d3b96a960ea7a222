"""typing.py FIRST BOOK WORK: keystrokes of search in a town of the people of FIRST, before and while the people of BOOK are brought in,
until all of them are found by search; beside an answer that reads nothing, which tells what the machine costs."""
import os, sqlite3, sys, time, urllib.parse

sys.path.insert(0, "tests")
from server import Client, Server, accounts, run

first, book, work = sys.argv[1:4]
TYPED = ["z", "zh", "zhan", "zhang", "w", "wa", "wang", "wf", "王", "王芳", "张", "李", "1", "12", "1234", "b", "ba", "bat", "布和", "2", "271", "q", "qm"]
data = f"{work}/typing"
passwords = accounts(run("demo", "--data", data, "--people", "0", "--seed", "1")[1])
run("import", "--data", data, "人", first)


def timed(client, path):
    begin = time.monotonic()
    status, answer, _ = client.call("GET", path)
    if status != 200:
        raise SystemExit(answer)
    return (time.monotonic() - begin) * 1000


def line(what, client, until):
    keys, bare = [], []
    while not keys or not until():
        for typed in TYPED:
            keys.append(timed(client, f"/api/search?q={urllib.parse.quote(typed)}&limit=20"))
            bare.append(timed(client, "/api/health"))
    said = []
    for times in (keys, bare):
        times.sort()
        said.append(f"p50 {times[len(times) // 2]:6.1f} p99 {times[len(times) * 99 // 100]:6.1f}")
    p99 = keys[len(keys) * 99 // 100]
    print(f"{what:<38} {len(keys):>7} keystrokes, ms {said[0]}   reads nothing {said[1]}  goal p99 < 20 {'ok' if p99 < 20 else 'NOT OK'}", flush=True)


def listed():
    with sqlite3.connect(f"file:{data}/zhenwu.db?mode=ro", uri=True) as db:
        return db.execute("select coalesce(max(no), 0) <= (select max(listed) from search_state) from search_doc").fetchone()[0]


with Server(data) as server:
    clerk, importer = Client(server.port), Client(server.port)
    for client in (clerk, importer):
        client.sign_in("clerk", passwords["clerk"])
    end = time.monotonic() + 10
    line("before", clerk, lambda: time.monotonic() > end)
    with open(book, "rb") as f:
        status, job, _ = importer.call("POST", f"/api/ledgers/{urllib.parse.quote('人')}/import", raw=f.read(), headers={"X-File-Name": "roll.xlsx"})
    if status != 202:
        raise SystemExit(job)
    line("while rows are brought in", clerk, lambda: importer.call("GET", f"/api/jobs/{job['job']}")[1]["state"] != "运行")
    line("until search has sorted them", clerk, listed)
    line("after", clerk, lambda end=time.monotonic() + 10: time.monotonic() > end)
