"""What went out comes back: every ledger of a town after its half year, exported by those who may and returned as it was, changes nothing; whatever is
masked to them, whatever they may not see of what it refers to, and whatever its times and titles are made of."""
import os, sys

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

data = os.path.join(folder(), "data")
run("replay", "--data", data, "--people", "600")
people = accounts(open(os.path.join(data, "demo-accounts.txt"), encoding="utf-8").read())
with Server(data) as server:
    for login in ("admin", "clerk", "cun1", "xinfang", "wuzhuang"):
        client = Client(server.port)
        client.sign_in(login, people[login])
        lines = client.call("GET", "/api/ledgers")[1]["lines"]
        names = [l["name"] for line in lines for l in line["ledgers"] if l["count"] and {"导入", "导出"} <= set(l["acts"])]
        differ = []
        for name in names:
            status, book, _ = client.call("GET", f"/api/ledgers/{name}/export.xlsx")
            status, job, _ = client.call("POST", f"/api/ledgers/{name}/import?dry_run=true", headers={"Content-Type": "application/octet-stream"}, raw=book)
            report = client.job(job["job"]).get("report") if status == 202 else job
            if not report or report.get("unchanged") != report.get("rows") or not report["rows"] or report["warnings"]:
                differ.append((name, {k: v for k, v in (report or {}).items() if k in ("rows", "added", "changed", "bad")},
                               [e["text"] for e in (report or {}).get("errors", []) + (report or {}).get("warnings", [])][:2]))
        ok(names and not differ, f"each ledger that {login} sends out and takes back as it was stays as it was: {len(names)} of them", differ)
end()
