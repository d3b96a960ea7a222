"""Six people of an office, two of them at two windows, do at random what their pages offer, and what no page would send: records read,
written, moved, withdrawn, lists with conditions, steps of cases, imports of what was exported, figures and screenings. Whatever they do is
answered, well or with a reason: no answer is our own failure (5xx), no connection is lost, and afterwards the chain is whole and rebuilding
gives the same tables."""
import json, random, threading, urllib.parse
from server import Client, Server, accounts, end, folder, ok, run

STEPS = 250  # of each person
ODD = [None, "", 0, -1, True, "张三", "2021-12-31", "2021-02-30", "9" * 20, "x" * 300, "・", "１２３", [], {}, ["a"], "12.345", "'; drop table now_person; --", "今天",
       "是", "2021-12-03T10:00:00+08:00", "00000000-0000-0000-0000-000000000000"]
CONDITIONS = ["{f} = {v}", "{f} != {v}", "not({f} = {v})", "{f} > {v}", "{f} = null", "{f}.名称 = {v}", "contains({f}, {v})", "count({f}) > 1", "some x in {f} satisfies x = {v}",
              "date({v}) < today()", "{f} + 1 > 2", "string({f}) = {v}", "{f}[1] = {v}", "{f} between {v} and {v}", "matches({f}, {v})", "{f} instance of string", "{f}.{f} = 1", "(((", "{f} ="]
ACTS = ["agree", "refuse", "abstain", "back", "back_first", "take_back", "transfer", "before", "after", "beside", "cancel", "copy", "nudge", "suspend", "resume", "end", "jump", "read", "飞"]
failures, answered = [], {}
lock = threading.Lock()
quote = urllib.parse.quote


class Person:
    """One who is signed in, with a list of records that they have seen."""

    def __init__(self, login, client, seed):
        self.login, self.client, self.random = login, client, random.Random(seed)
        self.definitions, self.seen, self.people, self.done = {}, {}, [], 0
        _, answer = self.ask("GET", "/api/ledgers")
        self.ledgers = [l["english"] for line in answer["lines"] for l in line["ledgers"]]
        self.figures = [f["name"] for f in self.ask("GET", "/api/indicators?from=2021-07-01&to=2021-09-30")[1].get("items", [])]
        self.policies = [p["name"] for p in self.ask("GET", "/api/policies")[1].get("items", [])]

    def ask(self, method, path, body=None, headers=None, raw=None):
        try:
            status, answer, _ = self.client.call(method, path, body, headers, raw)
        except Exception as e:  # whatever it is, the server went away without an answer
            status, answer = 599, {"lost": repr(e)}
            self.client.connection.close()
        with lock:
            answered[status] = answered.get(status, 0) + 1
            if status >= 500:
                failures.append(f"{self.login} {method} {urllib.parse.unquote(path)} {json.dumps(body, ensure_ascii=False)}: {status} {answer}")
        return status, answer

    def look(self):
        """A ledger, its definition, and some of its records."""
        ledger = self.random.choice(self.ledgers)
        if ledger not in self.definitions:
            self.definitions[ledger] = self.ask("GET", f"/api/ledgers/{ledger}")[1]
        if ledger not in self.seen or self.random.random() < 0.1:
            self.seen[ledger] = self.ask("GET", f"/api/ledgers/{ledger}/records?limit=50")[1].get("items", [])
        rows = self.seen[ledger]
        return ledger, self.definitions[ledger], rows, self.random.choice(rows) if rows else {"id": ODD[-1], "version": 1, "values": {}}

    def field(self, definition):
        return self.random.choice(definition["fields"])["name"]

    def some(self, rows, field):
        """A value that another record has there, or something odd."""
        return self.random.choice([*[r["values"].get(field) for r in rows[:3]], self.random.choice(ODD)])

    def condition(self):
        _, definition, rows, _ = self.look()
        f = self.field(definition)
        v = self.some(rows, f)
        literal = json.dumps(v, ensure_ascii=False) if isinstance(v, (str, bool, int, float)) else "null"
        return self.random.choice(CONDITIONS).replace("{f}", f).replace("{v}", literal)

    # What they do.

    def lists(self):
        ledger, definition, _, row = self.look()
        query = [f"where={quote(self.condition(), safe='')}"] if self.random.random() < 0.6 else []
        query += self.random.sample(["limit=7", "limit=-1", "limit=100000", "count=1", "withdrawn=1", "as_of=2021-09-01", "as_of=500", "as_of=%E6%98%A8%E5%A4%A9", "find=%25",
                                     f"sort=-{quote(self.field(definition))}", f"fields={quote(self.field(definition))}"], 2)
        status, answer = self.ask("GET", f"/api/ledgers/{ledger}/records?{'&'.join(query)}")
        if status == 200 and answer.get("next"):
            self.ask("GET", f"/api/ledgers/{ledger}/records?{'&'.join(query)}&cursor={answer['next']}")
        self.ask("GET", f"/api/ledgers/{ledger}/records/{row['id']}{self.random.choice(['', '/history', '/relations', '/cases'])}")

    def writes(self):
        ledger, definition, rows, row = self.look()
        match = {"If-Match": f'"{row["version"]}"'}
        values = {f: self.some(rows, f) for f in (self.field(definition) for _ in range(2))}
        path = f"/api/ledgers/{ledger}/records"
        what = self.random.randrange(6)
        if what < 2:
            status, answer = self.ask("PATCH", f"{path}/{row['id']}", {"values": values, "reason": "更正"}, match)
            if status == 200:
                row["version"] = answer["version"]
        elif what < 4:
            whole = {f["name"]: row["values"].get(f["name"]) for f in definition["fields"] if not f["computed"] and row["values"].get(f["name"]) is not None}
            self.ask("POST", self.random.choice([path, f"/api/ledgers/{ledger}/check"]), {"values": {**whole, **values}})
        elif what == 4:
            self.ask("POST", f"{path}/{row['id']}/state", {"to": self.random.choice(definition["states"] or ["没有"]), "reason": "试"}, match)
        else:
            self.ask("POST", f"{path}/{row['id']}/{self.random.choice(['withdraw', 'reveal'])}", {"reason": "试一试", "fields": [self.field(definition)]}, match)

    def steps(self):
        box = self.random.choice(["", "?box=sent", "?box=watch"])
        items = self.ask("GET", f"/api/tasks{box}")[1].get("items", [])
        if not items:
            return
        case = self.random.choice(items)["case"]
        status, whole = self.ask("GET", f"/api/cases/{case}")
        if status != 200:
            return
        self.people = self.people or [p["account"] for p in self.ask("GET", "/api/colleagues")[1]["items"]]
        mine = [s["seat"] for v in whole["visits"] for s in v["seats"] if s["mine"]]
        values = {f["field"]: self.random.choice([whole["values"]["values"].get(f["field"]), self.random.choice(ODD)]) for v in whole["visits"] for f in v.get("form", [])}
        body = {"act": self.random.choice(ACTS), "rev": whole["rev"], "opinion": "试", "seat": self.random.choice(mine or [0]), "target": self.random.randrange(3),
                "who": self.random.choices(self.people, k=2), "direct": self.random.random() < 0.5, "rule": self.random.choice(["any", "all", "ratio"]), "num": 1, "den": 2,
                "values": values if self.random.random() < 0.5 else {}}
        self.ask("POST", f"/api/cases/{case}/{self.random.choice(['act', 'act', 'preview'])}", body)
        self.ask("GET", f"/api/cases/{case}/{self.random.choice(['path', 'print.svg'])}")

    def returns(self):
        ledger, _, _, _ = self.look()
        status, file = self.ask("GET", f"/api/ledgers/{ledger}/export.xlsx?limit=20")
        if status == 200:
            into = self.random.choice([ledger, self.random.choice(self.ledgers)])
            status, answer = self.ask("POST", f"/api/ledgers/{into}/import?good_rows=1&dry_run={self.random.randrange(2)}", headers={"Content-Type": "application/octet-stream"}, raw=file)
            if status == 202:
                self.client.job(answer["job"])

    def asks(self):
        day = lambda: self.random.choice(["2021-07-01", "2021-09-30", "2021-13-01", "x"])
        ledger, _, _, row = self.look()
        if self.figures:
            self.ask("GET", f"/api/indicators?name={quote(self.random.choice(self.figures))}&from={day()}&to={day()}&by={quote(self.random.choice(['', '村组', '月', '没有']))}")
        if self.policies:
            self.ask("POST", f"/api/policies/{quote(self.random.choice(self.policies))}/{self.random.choice(['screen', 'why', 'names'])}", {"on": day(), "record": row["id"]})
        self.ask("GET", f"/api/search?q={quote(self.random.choice(['zs', '张', '1', '%', chr(34), 'x' * 500]), safe='')}")
        self.ask("GET", f"/api/ledgers/{ledger}/export.csv?where={quote(self.condition(), safe='')}")
        self.ask("GET", self.random.choice(["/api/workbench", "/api/works", "/api/screenings", "/api/audit/facts?limit=20"]))

    def wander(self):
        for self.done in range(1, STEPS + 1):
            self.random.choices([self.lists, self.writes, self.steps, self.asks, self.returns], [8, 10, 8, 3, 1])[0]()


data = folder() + "/data"
login = accounts(run("replay", "--data", data, "--to", "2021-09-30")[1])
with Server(data) as server:
    people = []
    for n, name in enumerate([*login, "clerk", "cadre"]):  # two at two windows
        client = Client(server.port)
        status, answer = client.sign_in(name, login[name])
        assert status == 200, answer
        people.append(Person(name, client, n))
    threads = [threading.Thread(target=p.wander) for p in people]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    ok(all(p.done == STEPS for p in people), "everybody could go on to the end", [(p.login, p.done) for p in people])
    ok(not failures, f"{sum(answered.values())} random requests are each answered, none by a failure of ours", "\n".join(failures[:10]))
    ok(answered.get(200, 0) > 1000 and answered.get(422, 0) > 100 and answered.get(403, 0) > 10, "many are done, many refused with a reason, some not allowed", answered)
    ok(server.process.poll() is None and server.stop() == 0, "the server lives, and ends when it is told to")
ok(run("audit", "verify", "--data", data, check=False)[0] == 0, "the chain is whole")
status, out, err = run("rebuild", "--data", data, check=False)
ok(status == 0 and "不同的 0 条" in out, "rebuilding from the facts gives the tables that were there", out + err)
end()
