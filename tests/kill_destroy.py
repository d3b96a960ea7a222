"""kill -9 while records are destroyed by law: what was destroyed leaves no file behind, and no other record loses one."""
import fcntl, os, random, shutil, sys, threading

sys.path.insert(0, os.path.dirname(__file__))
from server import Client, Server, accounts, end, folder, ok, run

ROUNDS = int(os.environ.get("ROUNDS", "30"))
RECORDS = 6
LEDGER = "/api/ledgers/证照/"
ASKED = {"reason": "本人要求删除", "approval": "某镇〔2021〕8号"}
rng = random.Random(2021)
data = folder()
shutil.rmtree(data)
people = accounts(run("demo", "--data", data, "--people", "0", "--seed", "1")[1])


def signed(port, name):
    c = Client(port)
    assert c.sign_in(name, people[name])[0] == 200
    return c


def on_disk(digest):
    return os.path.exists(os.path.join(data, "files", digest[:2], digest[2:]))


def content(digest):
    with open(os.path.join(data, "files", digest[:2], digest[2:]), "rb") as f:
        return f.read()


def photo(clerk, text):
    status, kept, _ = clerk.call("POST", "/api/files", raw=text, headers={"X-File-Name": "a.jpg"})
    assert status == 200, kept
    return {"名": "a.jpg", "摘要": kept["digest"], "大小": len(text)}


numbers = iter(range(100000))


def licence(clerk, unit, photos):
    status, r, _ = clerk.call("POST", LEDGER + "records", {"values": {"单位": unit, "证照名": "营业执照", "证号": str(next(numbers)), "影像": photos}})
    assert status == 201, r
    return r["id"]


def destroy(port, session, ids):
    """Until the server is gone."""
    try:
        c = Client(port, *session)
        for i in ids:
            c.call("POST", f"{LEDGER}records/{i}/destroy", ASKED)
    except OSError:
        return
    except Exception as e:  # http.client raises its own kinds when the server is killed in mid-answer
        if type(e).__module__ not in ("http.client", "json.decoder"):
            raise


with Server(data) as server:
    clerk, admin = signed(server.port, "clerk"), signed(server.port, "admin")
    status, unit, _ = clerk.call("POST", "/api/ledgers/单位/records", {"values": {"名称": "照相馆", "类型": "企业", "地址": "东街"}})
    assert status == 201, unit
    unit = unit["id"]
    session = (admin.cookie, admin.csrf)
    office = (clerk.cookie, clerk.csrf)

    # one record, by hand
    own, shared = photo(clerk, b"own photo"), photo(clerk, b"shared photo")
    first, second = licence(clerk, unit, [own, shared]), licence(clerk, unit, [shared])
    status, answer, _ = admin.call("POST", f"{LEDGER}records/{first}/destroy", ASKED)
    ok(status in (200, 204) and not on_disk(own["摘要"]), "when the answer comes, the file of the destroyed record is gone from the disk", (status, answer))
    where = f"/api/files/{shared['摘要']}?ledger=证照&record={second}"
    ok(on_disk(shared["摘要"]) and clerk.call("GET", where)[1] == b"shared photo", "the same file on another record stays, and opens")
    status, answer, _ = clerk.call("POST", LEDGER + "records", {"values": {"单位": unit, "证照名": "营业执照", "证号": "甲", "影像": [own]}})
    ok(status == 422 and "重新上传" in str(answer), "a record that names the file afterwards is told to send it again", (status, answer))
    own = photo(clerk, b"own photo")
    third = licence(clerk, unit, [own])
    ok(content(own["摘要"]) == b"own photo", "sent again, it is kept again")

    # a backup in another process holds the folder: destroying does not wait for it, and then the machine stops
    lock = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_SH)
    status, answer, _ = admin.call("POST", f"{LEDGER}records/{third}/destroy", ASKED)
    held = status in (200, 204) and on_disk(own["摘要"])
    server.kill()
    os.close(lock)
ok(held, "while a backup is made the file stays for it", (status, answer))
ok(on_disk(own["摘要"]), "kill -9 between the commit and the file leaves the file")
with Server(data):
    ok(not on_disk(own["摘要"]), "the next start takes it away")
    ok(on_disk(shared["摘要"]), "and nothing else")

lost, left, destroyed, kept = [], [], 0, 0
every = {}  # record -> its own photo's digest
for round_no in range(ROUNDS):
    server = Server(data)
    c = Client(server.port, *office)
    fresh = {}
    for i in range(RECORDS):
        own = photo(c, f"photo {round_no} {i}".encode())
        fresh[licence(c, unit, [own, shared])] = own["摘要"]
    ids = list(fresh)
    threads = [threading.Thread(target=destroy, args=(server.port, session, ids[n::2])) for n in range(2)]
    for t in threads:
        t.start()
    threading.Event().wait(rng.uniform(0.0, 0.02))
    server.kill()
    for t in threads:
        t.join()
    every.update(fresh)
    if round_no % 10 == 9 or round_no == ROUNDS - 1:
        with Server(data) as server:
            c = Client(server.port, *office)
            for record, digest in every.items():
                status, r, _ = c.call("GET", f"{LEDGER}records/{record}")
                if status == 404:
                    destroyed += 1
                    left += [digest] if on_disk(digest) else []
                else:
                    kept += 1
                    lost += [] if on_disk(digest) else [digest]
        every.clear()
ok(destroyed > 0 and kept > 0, f"{ROUNDS} rounds of kill -9: {destroyed} records were destroyed, {kept} not yet")
ok(not left, "no file of a destroyed record is left on the disk", left[:5])
ok(not lost and on_disk(shared["摘要"]), "no record has lost its file", lost[:5])
copy, backup = folder(), os.path.join(data, "..", os.path.basename(data) + ".backup")
shutil.rmtree(copy)
run("backup", "--data", data, backup)
run("restore", "--data", copy, backup)
same = sorted(f for _, _, names in os.walk(os.path.join(data, "files")) for f in names) == sorted(
    f for _, _, names in os.walk(os.path.join(copy, "files")) for f in names)
ok(same, "a backup restores with the files that are there, and no others")
status, out, err = run("audit", "verify", "--data", data, check=False)
ok(status == 0, "the chain of facts verifies", out + err)
status, out, err = run("rebuild", "--data", data, check=False)
ok(status == 0, "every table equals what its facts say", out + err)
os.remove(backup)
shutil.rmtree(copy)
shutil.rmtree(data)
end()
