"""Every operation that the API describes, on every ledger, line of work, policy, procedure, report and work, for every kind of account: in a town
that has just begun and has nobody, and in a living one. Whatever is asked, there is an answer in words: nothing ends in a fault of the
program's own, and the program is still there. Run on the program built with sanitizers where there is one, so that a wrong access ends it."""
import glob, os, shutil, urllib.parse

import server
from server import Client, Server, accounts, end, folder, ok, run

SANITIZED = os.path.join(os.path.dirname(server.PROGRAM), "..", "build-san", "zhenwu")
ODD = ["", "x", "0", "-1", "true", "坤都伦", "1+", "9" * 30, "2021-12-31", "2021-02-30", "';--", "%", "人.人.人", "((((", "\u0000"]
OTHER = "01a0e586-0000-7000-8000-000000000000" # nobody's id
ENDS_SESSION = {("DELETE", "/api/session")}
NEVER_ENDS = {("GET", "/api/events"), ("GET", "/api/jobs/{word}/events")} # these stay open as long as they are listened to


def shaped(schema, schemas, depth=0):
    """A value as a schema wants it, as small as may be."""
    if "$ref" in schema:
        return shaped(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas, depth)
    kind = schema.get("type", "object")
    kind = kind[0] if isinstance(kind, list) else kind
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "object":
        return {k: shaped(v, schemas, depth + 1) for k, v in schema.get("properties", {}).items()} if depth < 6 else {}
    if kind == "array":
        return [shaped(schema.get("items", {}), schemas, depth + 1)] if depth < 6 else []
    if kind in ("integer", "number"):
        return 1
    if kind == "boolean":
        return True
    return "2021-12-31" if schema.get("format") == "date" else OTHER if schema.get("format") == "uuid" else "x"


def bodies(schema, schemas):
    """One as it should be, and those that people's programs send by mistake."""
    whole = shaped(schema, schemas)
    yield from (whole, {}, None, [], "x", 5)
    for key in whole if isinstance(whole, dict) else ():
        for wrong in (None, {}, [], [None], 7, -1, 1.5, True, "", "坤", {"x": []}):
            yield {**whole, key: wrong}
        yield {key: whole[key]}


class Town:
    """What the parts of a path can be."""

    def __init__(self, client):
        def items(path, key="items"):
            status, answer, _ = client.call("GET", path)
            return answer.get(key, []) if status == 200 else []

        lines = items("/api/ledgers", "lines")
        self.ledgers = [l["english"] for line in lines for l in line["ledgers"]]
        self.records = {l: [r["id"] for r in items(f"/api/ledgers/{l}/records?limit=1")] for l in self.ledgers}
        cases = [k["id"] for l in self.ledgers for r in self.records[l] for k in items(f"/api/ledgers/{l}/records/{r}/cases", "cases")]
        reports = client.call("GET", "/api/reports")[1]
        self.words = {"/api/lines/": [line["name"] for line in lines], "/api/policies/": [p["english"] for p in items("/api/policies")],
                      "/api/procedures/": [p["key"] for p in items("/api/procedures")], "/api/works/": [w["english"] for w in items("/api/works")],
                      "/api/indicators/": [i["english"] for i in items("/api/indicators")],
                      "/api/reports/": [t["name"] for t in reports.get("templates", [])]}
        self.ids = {"/api/cases/": cases[:12], "/api/screenings/": [s["id"] for s in items("/api/screenings")][:4]}

    def paths(self, path):
        """Each way to fill in a path: as the town has it, and as nobody has it."""
        if "{ledger}" in path:
            for l in self.ledgers + ["没有的台账"]:
                for r in self.records.get(l, []) + [OTHER] if "{id}" in path else [""]:
                    yield path.replace("{ledger}", l).replace("{id}", r)
            return
        known = next((v for k, v in [*self.words.items(), *self.ids.items()] if path.startswith(k)), [])
        part = "{word}" if "{word}" in path else "{id}"
        if part not in path:
            yield path
            return
        for w in known + (["没有的"] if part == "{word}" else [OTHER, "x"]):
            yield path.replace(part, w).replace("{id}", OTHER)


def queries(names, odd):
    yield ""
    for name in names if odd else ():
        for value in ODD:
            yield f"?{name}={urllib.parse.quote(value)}"


def wrong(client, method, path, body, raw=None):
    """What is the matter with an answer; empty: nothing."""
    try:
        status, answer, _ = client.call(method, path, body, raw=raw, headers={"If-Match": '"1"'} if method != "GET" else None)
    except Exception as e: # the connection was cut: the program fell over, or forgot to answer
        return f"{method} {path} {body}: {e!r}"
    if status == 202 and isinstance(answer, dict) and "job" in answer: # done when it has ended, so that they do not pile up
        client.job(answer["job"])
    if status >= 500:
        return f"{method} {path} {body}: {status} {answer}"
    if status >= 400 and not (isinstance(answer, dict) and (answer.get("title") or answer.get("detail"))):
        return f"{method} {path} {body}: {status} without words: {answer!r}"
    return ""


def visit(port, login, password, description, writes):
    client = Client(port)
    assert client.sign_in(login, password)[0] == 200
    town, schemas, asked, faults = Town(client), description["components"]["schemas"], 0, []
    for path, operations in sorted(description["paths"].items()):
        for method, operation in operations.items():
            method = method.upper()
            if (method, path) in ENDS_SESSION | NEVER_ENDS or (method != "GET" and not writes):
                continue
            names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            content = operation.get("requestBody", {}).get("content", {})
            for i, filled in enumerate(town.paths(path)):
                if method == "GET" or not content:
                    for query in queries(names, i == 0):
                        asked += 1
                        faults.append(wrong(client, method, filled + query, None))
                elif "application/json" in content:
                    for body in bodies(content["application/json"]["schema"], schemas) if i < 3 else [{}]:
                        asked += 1
                        faults.append(wrong(client, method, filled, body, raw=b"null" if body is None else None))
                else:
                    for raw in (b"", b"x", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), bytes(200)):
                        asked += 1
                        faults.append(wrong(client, method, filled, None, raw=raw))
    faults = [f for f in faults if f]
    return asked, faults


def everywhere(what, data, passwords, visitors):
    program, said = server.PROGRAM, data + "-said"
    if os.path.exists(SANITIZED):
        server.PROGRAM = SANITIZED
    os.environ["ASAN_OPTIONS"] = os.environ["UBSAN_OPTIONS"] = f"log_path={said}"
    os.environ["LSAN_OPTIONS"] = f"suppressions={data}-known" # what Cairo and Fontconfig lose of their own
    with open(data + "-known", "w") as known:
        known.write("leak:libcairo\nleak:libfontconfig\n")
    with Server(data) as s:
        description = Client(s.port).call("GET", "/api/openapi.json")[1]
        for login, writes in visitors:
            asked, faults = visit(s.port, login, passwords[login], description, writes)
            ok(asked > 1000 and not faults, f"{what}: every operation answers {login} in words, whatever is asked", "\n".join([str(asked), *faults[:20]]))
        stopped = s.process.poll() is None and s.stop() == 0
        ok(stopped, f"{what}: the program has answered all of it and stops as it should", "".join(open(f).read()[:4000] for f in glob.glob(said + "*")))
    server.PROGRAM = program
    ok(run("audit", "verify", "--data", data, check=False)[0] == 0, f"{what}: the chain of facts is whole after it")


base = folder()
try:
    empty, living = os.path.join(base, "empty"), os.path.join(base, "living")
    everywhere("a town that has nobody", empty, accounts(run("demo", "--data", empty, "--people", "0", "--seed", "1")[1]),
               [("leader", False), ("admin", True)])
    everywhere("a living town", living, accounts(run("replay", "--data", living, "--people", "1500", "--seed", "1")[1]),
               [("auditor", False), ("cadre", True), ("clerk", True)])
finally:
    shutil.rmtree(base)
end()
