"""kill -9 at random moments while procedures begin by their clock: each moment that the server saw has its record and its case once, none twice."""
import os, random, shutil, sqlite3, sys, threading
from datetime import datetime, timedelta, timezone

sys.path.insert(0, os.path.dirname(__file__))
from server import Server, end, folder, ok, run

ROUNDS = int(os.environ.get("ROUNDS", "20"))
rng = random.Random(2021)
data, packs = folder(), folder()
shutil.rmtree(data)
shutil.rmtree(packs)
shutil.copytree(os.path.join(os.path.dirname(__file__), "..", "packs"), packs)
model = os.path.join(packs, "duty", "procedures", "monthly_roster.bpmn")
with open(model) as f:
    text = f.read()
hourly = text.replace("/P1M<", "/PT1H<").replace("期=string((today()", "期=string(today()) + &quot; &quot; + string(now().hour) + &quot;时&quot;、依据=string((today()", 1)
hourly = hourly.replace("、依据=&quot;本镇值班制度，可按本地改&quot;", "")
assert hourly.count("PT1H") == 1 and "now().hour" in hourly
with open(model, "w") as f:
    f.write(hourly)
run("demo", "--data", data, "--packs", packs, "--people", "0", "--seed", "1")
moment = os.path.join(data, "moment")


def clock(at):
    with open(moment + ".new", "w") as f:
        f.write(at.isoformat())
    os.rename(moment + ".new", moment)


def begun():
    """期 of each record, how many cases on it."""
    with sqlite3.connect(os.path.join(data, "zhenwu.db"), timeout=30) as db:
        return db.execute("select r.期, (select count(*) from flow_case c where c.record = r.record) from now_routine r where r.名称 = '排下月的班'").fetchall(), \
            db.execute("select count(*) from flow_missed").fetchone()[0]


def wait_for(period):
    for _ in range(600):
        if any(p == period for p, _ in begun()[0]):
            return True
        threading.Event().wait(0.05)
    return False


now = datetime.now(timezone(timedelta(hours=8))).replace(minute=0, second=0, microsecond=0)
clock(now)
server = Server(data, "--packs", packs, "--clock", moment)
late = []
for round_no in range(ROUNDS):
    now += timedelta(hours=1)
    clock(now)
    threading.Event().wait(rng.uniform(0.0, 0.25))  # the clock is looked at ten times a second: before, within and after what it does
    server.kill()
    server = Server(data, "--packs", packs, "--clock", moment)
    period = f"{now.date().isoformat()} {now.hour}时"
    if not wait_for(period):
        late.append(period)
        break
server.stop()
records, missed = begun()
periods = [p for p, _ in records]
ok(not late, f"what the clock should have begun when the program was killed is begun when it is on again ({ROUNDS} times)", late)
ok(len(set(periods)) == len(periods) == ROUNDS, "each moment once", sorted(periods)[:5])
ok(all(n == 1 for _, n in records), "each record with its case", [r for r in records if r[1] != 1][:5])
ok(missed == 0, "and nothing was begun a second time in vain", missed)

# A week off, and then on again: of all that should have begun meanwhile the last, at once.
now += timedelta(days=7)
clock(now)
server = Server(data, "--packs", packs, "--clock", moment)
ok(wait_for(f"{now.date().isoformat()} {now.hour}时"), "after a week switched off the last of its moments begins")
server.stop()
ok(len(begun()[0]) == ROUNDS + 1, "and only that", len(begun()[0]))
status, out, err = run("audit", "verify", "--data", data, check=False)
ok(status == 0, "the chain of facts verifies", out + err)
status, out, err = run("rebuild", "--data", data, "--packs", packs, check=False)
ok(status == 0, "every table equals what its facts say", out + err)
shutil.rmtree(data)
shutil.rmtree(packs)
end()
