"""Times figures, reports and forms of a served town; processor time is the program's own, so that a busy machine does not count."""
import io, os, sys, time, urllib.parse

import openpyxl

sys.path.insert(0, "tests")
from server import Client, Server, accounts, run

work, people = sys.argv[1], sys.argv[2]
TICK = os.sysconf("SC_CLK_TCK")
q = urllib.parse.quote
HALF = "from=2021-07-01&to=2021-12-31"


def cpu(pid):
    with open(f"/proc/{pid}/stat") as f:
        parts = f.read().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / TICK


def line(what, wall, processor, goal):
    print(f"{what:<58} {wall * 1000:>9.0f} ms {processor * 1000:>9.0f} ms cpu  goal {goal * 1000:.0f} ms {'ok' if min(wall, processor) <= goal else 'NOT OK'}", flush=True)


data = f"{work}/data"
passwords = accounts(run("demo", "--data", data, "--people", people)[1])
with Server(data) as server:
    c = Client(server.port)
    c.sign_in("clerk", passwords["clerk"])

    def timed(what, goal, method, path, rounds=1, **more):
        wall, processor = time.monotonic(), cpu(server.process.pid)
        for _ in range(rounds):
            status, answer, _ = c.call(method, path, **more)
            if status != 200:
                raise SystemExit(f"{path}: {answer}")
        line(what, (time.monotonic() - wall) / rounds, (cpu(server.process.pid) - processor) / rounds, goal)
        return answer

    all_of = timed(f"all figures, {people} people, cold", 2, "GET", f"/api/indicators?{HALF}")
    timed(f"all {len(all_of['items'])} figures, warm", 0.2, "GET", f"/api/indicators?{HALF}", 5)
    timed("one figure by village group", 0.2, "GET", f"/api/indicators?{HALF}&name={q('户籍人口数')}&by={q('村组')}", 5)
    timed("the half-year report as PDF", 1, "POST", f"/api/reports/{q('履职报告')}/file", 3, body={"from": "2021-07-01", "to": "2021-12-31", "format": "pdf"})
    by_unit = [i["name"] for i in all_of["items"] if "村组" in i["by"]]
    book = openpyxl.Workbook()
    book.active.append(["序号", "村组"] + [by_unit[k] if k < len(by_unit) else f"备用{k}" for k in range(198)])
    out = io.BytesIO()
    book.save(out)
    answer = timed(f"a form of 200 columns, {len(by_unit)} of them figures, by group", 1, "POST", f"/api/forms?{HALF}", 3, raw=out.getvalue())
    print(f"  understood {answer['understood']} of {answer['columns_count']}, {answer['rows']} rows", flush=True)
