"""The program as tests drive it from outside: a data folder, a server, a client. Python's standard library only."""
import http.client, json, os, re, signal, subprocess, tempfile, urllib.parse

PROGRAM = os.environ.get("ZHENWU", os.path.join(os.path.dirname(__file__), "..", "build", "zhenwu"))
count = 0
failed = 0


def ok(good, title, detail=""):
    """One TAP line."""
    global count, failed
    count += 1
    failed += not good
    print(("ok" if good else "not ok"), count, "-", title, flush=True)
    if not good and detail:
        print("# " + str(detail).replace("\n", "\n# "), flush=True)


def end():
    print(f"1..{count}")
    raise SystemExit(1 if failed else 0)


for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
    os.environ.pop(name, None)
os.environ["LANG"] = "zh_CN.UTF-8"  # the program speaks as its operator does; tests read Chinese


def run(*args, check=True):
    """Runs a command of the program; returns (status, stdout, stderr)."""
    p = subprocess.run([PROGRAM, *args], capture_output=True, text=True)
    if check and p.returncode != 0:
        raise AssertionError(f"zhenwu {' '.join(args)} ended with {p.returncode}: {p.stdout}{p.stderr}")
    return p.returncode, p.stdout, p.stderr


def folder():
    return tempfile.mkdtemp(prefix="zhenwu-test-")


class Server:
    """zhenwu serve on a free port; `with Server(data) as s`."""

    def __init__(self, data, *args):
        self.process = subprocess.Popen([PROGRAM, "serve", "--data", data, "--listen", "127.0.0.1:0", *args],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"(https?)://127\.0\.0\.1:(\d+)", line)
        if not found:
            raise AssertionError(f"the server did not start: {line}{self.process.stderr.read()}")
        self.port = int(found[2])

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=30)
        self.process.stdout.close()
        self.process.stderr.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()


class Client:
    """One signed-in person on one connection."""

    def __init__(self, port, cookie=None, csrf=None, source="127.0.0.1"):
        """`source`: the address it comes from; every 127.x.x.x is this machine."""
        self.port, self.cookie, self.csrf = port, cookie, csrf
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60, source_address=(source, 0))

    def call(self, method, path, body=None, headers=None, raw=None):
        """Returns (status, parsed JSON or bytes, headers)."""
        h = dict(headers or {})
        if self.cookie:
            h["Cookie"] = "zhenwu=" + self.cookie
        if self.csrf and method != "GET":
            h["X-CSRF"] = self.csrf
        data = raw
        if body is not None:
            data = json.dumps(body).encode()
            h["Content-Type"] = "application/json"
        self.connection.request(method, urllib.parse.quote(path, safe="/?&=%:.-_"), data, h)
        r = self.connection.getresponse()
        text = r.read()
        if r.getheader("Set-Cookie"):
            self.cookie = re.search(r"zhenwu=([^;]*)", r.getheader("Set-Cookie"))[1]
        if "json" in (r.getheader("Content-Type") or ""):
            text = json.loads(text)
        return r.status, text, r.headers

    def events(self, path):
        """A stream of server-sent events, open already: (name, data) pairs until it ends."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", urllib.parse.quote(path, safe="/?&=%:.-_"), headers={"Cookie": "zhenwu=" + self.cookie})
        reply = connection.getresponse()
        assert reply.getheader("Content-Type").startswith("text/event-stream"), reply.getheader("Content-Type")
        return self.each_event(connection, reply)

    @staticmethod
    def each_event(connection, reply):
        name, data = "", []
        for line in reply:
            line = line.decode().rstrip("\n")
            key, _, value = line.partition(": ")
            if key == "event":
                name = value
            elif key == "data":
                data.append(value)
            elif not line and data:
                yield name, json.loads("\n".join(data))
                name, data = "", []
        connection.close()

    def job(self, name):
        """Waits for a job by its events; returns it as it ended."""
        for _ in self.events(f"/api/jobs/{name}/events"):
            pass
        return self.call("GET", f"/api/jobs/{name}")[1]

    def sign_in(self, account, password):
        status, answer, _ = self.call("POST", "/api/session", {"account": account, "password": password})
        if status == 200:
            self.csrf = answer["csrf"]
        return status, answer

    def name(self):
        """What the one who is signed in is called."""
        return self.call("GET", "/api/session")[1]["account"]["name"]


def accounts(text):
    """login -> password, from what `zhenwu demo` prints."""
    return dict(re.findall(r"^\s+(\S+) / (\S+)", text, re.M))
