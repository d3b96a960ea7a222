"""Who keeps the machine: what goes wrong on a first day is said with its cure, in Chinese and, where LANG asks for it, in English."""
import glob, os, re, shutil, socket, subprocess, sys

sys.path.insert(0, os.path.dirname(__file__))
from server import PROGRAM, Client, Server, accounts, end, folder, ok, run

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
HAN = re.compile("[\u4e00-\u9fff]")
top = folder()
data = os.path.join(top, "data")


def both(*args):
    """Status, and what the error output says in Chinese and in English."""
    said = []
    for language in ("zh_CN.UTF-8", "en_US.UTF-8"):
        p = subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=120, env={**os.environ, "LANG": language})
        said += [p.returncode, p.stdout + p.stderr]
    return said


def refused(title, args, chinese, english):
    status, zh, status2, en = both(*args)
    ok(status == status2 == 1 and chinese in zh and english in en and not HAN.search(en) and "No such file" not in zh, title, (zh, en))


made = accounts(run("demo", "--data", data, "--people", "0")[1])
with Server(data) as server:
    refused("a second program on one data folder is told which process has it", ("serve", "--data", data, "--listen", "127.0.0.1:0"), f"（进程 {server.process.pid}），请先停止它", f"(process {server.process.pid}); stop that first")
    refused("a password is not reset behind a service that runs", ("password", "admin", "--data", data), "请先停止它", "stop that first")
    other = os.path.join(top, "other")
    run("demo", "--data", other, "--people", "0")
    refused("a port that is taken", ("serve", "--data", other, "--listen", f"127.0.0.1:{server.port}"), "端口已被占用；请换一个端口", "the port is in use; take another")
refused("an address of another machine", ("serve", "--data", other, "--listen", "192.0.2.1:8080"), "本机没有这个地址", "no such address")
refused("a folder that is not there", ("audit", "verify", "--data", top + "/none"), "这里没有镇务数据", "no data of Zhenwu here")
refused("a certificate without its key", ("serve", "--data", other, "--tls-cert", top + "/cert.pem", "--listen", "127.0.0.1:0"), "须同时给出", "give both")
refused("a certificate that is not there", ("serve", "--data", other, "--tls-cert", top + "/c.pem", "--tls-key", top + "/k.pem", "--listen", "127.0.0.1:0"), "文件打不开：没有这个文件", "cannot be opened: no such file")
for name in ("c.pem", "k.pem"):
    open(os.path.join(top, name), "w").write("not a certificate")
refused("a certificate that is none", ("serve", "--data", other, "--tls-cert", top + "/c.pem", "--tls-key", top + "/k.pem", "--listen", "127.0.0.1:0"), "请核对两个 PEM 文件", "both PEM files")
open(os.path.join(top, "file"), "w").close()
refused("a data folder that is a file", ("serve", "--data", top + "/file", "--listen", "127.0.0.1:0"), "不是文件夹", "no folder")
open(os.path.join(top, "junk"), "w").write("junk")
refused("a backup that is none", ("restore", top + "/junk", "--data", top + "/r"), "请换另一份备份", "take another one")

# ---- a lost password -----------------------------------------------------------------------------------------

with Server(data) as server:
    for _ in range(12):
        Client(server.port).sign_in("admin", "wrong password 1")
    ok(Client(server.port).sign_in("admin", made["admin"])[0] != 200, "whoever guesses is locked out")
status, out, err = run("password", "admin", "--data", data, check=False)
once = re.search(r"一次性密码：(\S+?)（", out)
ok(status == 0 and once, "a lost password is replaced by a one-time one", out + err)
with Server(data) as server:
    ok(Client(server.port).sign_in("admin", made["admin"])[0] != 200, "the old one is worth nothing")
    status, answer = Client(server.port).sign_in("admin", once[1])[:2]
    ok(status == 200, "with the new one the account is open at once: the lockout is lifted", answer)
refused("a login that nobody has", ("password", "nobody", "--data", data), "没有这个登录名", "no such login")
ok(run("audit", "verify", "--data", data)[0] == 0, "the reset is a fact like any other")

# ---- a clock that stood still --------------------------------------------------------------------------------

faketime = os.path.join(top, "moment")
open(faketime, "w").write("2099-01-01T09:00:00+08:00")
future = os.path.join(top, "future")
run("demo", "--data", future, "--people", "0")
with Server(future, "--clock", faketime) as server:
    people = Client(server.port)
    people.sign_in("admin", "wrong password 1")  # a refused sign-in is a fact of that day
refused("a clock behind the last fact is to be set first: papers would be dated wrongly", ("serve", "--data", future, "--listen", "127.0.0.1:0"), "请先校准系统时间", "set the clock")
with Server(future, "--time-is-right") as server:
    ok(Client(server.port).call("GET", "/api/health")[0] == 200, "unless the operator knows that the older dates are the wrong ones")

# ---- what an office installs ---------------------------------------------------------------------------------

def text(name):
    return open(os.path.join(HERE, name), encoding="utf-8").read()


commands = re.findall(r"^  zhenwu ((?:audit )?\w+)", run("help")[1], re.M)
for command in commands:
    if command in ("dmn", "bpmn"):
        continue
    p = subprocess.run([PROGRAM, *command.split(), "--help"], capture_output=True, text=True, env={**os.environ, "LANG": "en_US.UTF-8"})
    ok(p.returncode == 0 and not HAN.search(p.stdout), f"zhenwu {command} --help speaks English where LANG does", p.stdout)
told = run("help", "replay")[1]
ok(re.search(r"^  救助户数 = \d+  .+（.+）$", told, re.M) and re.search(r"^  人口 = \d+  ", told, re.M), "zhenwu help replay lists the counts that a file may change, with what is usual and the bounds", told)
for page in ("docs/install.md", "docs/install.zh-CN.md"):
    named = set(re.findall(r"zhenwu (serve|demo|restore|backup|password|check|audit verify|import|export)", text(page)))
    ok(named <= set(commands) and {"restore", "backup", "password", "audit verify"} <= named, f"{page} names commands that there are", named)
    flags = set(re.findall(r"--(?:data|listen|tls-cert|tls-key|tls|proxy|packs|time-is-right)\b", text(page)))
    ok(all(f in run("help")[1] for f in flags), f"{page} names options that there are", flags)
for unit in glob.glob(os.path.join(HERE, "deploy", "*")):
    for line in re.findall(r"(?:/usr/local/bin/)?zhenwu (serve|backup)[^\n]*", open(unit).read()):
        ok(line in commands, f"{os.path.basename(unit)} starts a command that there is")

# ---- both languages ------------------------------------------------------------------------------------------

sources = "".join(open(f, encoding="utf-8").read() for f in glob.glob(os.path.join(HERE, "src", "*", "*.c")) if not f.endswith("english.c"))
joined = re.sub(r'"\s*\n\s*"', "", sources)
shapes = {re.sub(r"%(?:\.\*|-?\d+|\.\d+|ll|z|h)*[a-zA-Z]", "*", s) for s in re.findall(r'"((?:[^"\\\n]|\\.)*)"', joined)}
pairs = re.findall(r'\{SC\("((?:[^"\\]|\\.)*)"\),\s*SC\("((?:[^"\\]|\\.)*)"\)\}', text("src/cli/english.c"))
ok(len(pairs) > 60, "there are words in both languages", len(pairs))
lost = [zh for zh, _ in pairs if zh not in shapes and zh.replace("（*）", "（%s）") not in shapes]
ok(not lost, "each English sentence stands for one that the program says", lost)
ok(all(zh.count("*") == en.count("*") for zh, en in pairs), "and carries all that is put into it", [p for p in pairs if p[0].count("*") != p[1].count("*")])
shutil.rmtree(top)
end()
