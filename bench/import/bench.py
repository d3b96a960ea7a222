"""bench.py PROGRAM BOOK ROWS NAMES NAMED WORK: an import of people, and one of NAMED rows that name them, beside their peers;
prints what, peer, ours, ratio, goal."""
import os, resource, sqlite3, subprocess, sys, threading, time

program, book, rows, names, named, work = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]), sys.argv[6]
READ = """import sys, openpyxl
sheet = openpyxl.load_workbook(sys.argv[1], read_only=True).active
print(sum(1 for _ in sheet.iter_rows(values_only=True)))"""
INFLATE = """import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z, z.open('xl/worksheets/sheet1.xml') as f:
    n = 0
    while part := f.read(1 << 20):
        n += len(part)
print(n)"""
TICKS = os.sysconf("SC_CLK_TCK")


class Threads:
    """CPU seconds of a process's threads. One that has ended is not shown any more, so they are looked at while it runs."""

    def __init__(self, pid):
        self.pid, self.seen, self.stop = pid, {}, threading.Event()
        self.watch = threading.Thread(target=self.look_on)
        self.watch.start()

    def look(self):
        try:
            for tid in os.listdir(f"/proc/{self.pid}/task"):
                self.seen[tid] = int(open(f"/proc/{self.pid}/task/{tid}/schedstat").read().split()[0]) / 1e9
        except OSError:
            pass  # it has just ended

    def look_on(self):
        while not self.stop.wait(0.02):
            self.look()

    def end(self):
        """What two quiet processors would need: as long as the busiest thread, and half of all together; and all."""
        self.stop.set()
        self.watch.join()
        self.look()
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        whole = (int(fields[11]) + int(fields[12])) / TICKS
        return max([*self.seen.values(), whole / 2]), whole


def timed(*args):
    """(seconds, CPU seconds that two processors would need, of all) up to the first line it prints; (seconds, CPU seconds) up
    to its end; and all that it printed"""
    begin = time.monotonic()
    p = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    threads = Threads(p.pid)
    said = p.stdout.readline()
    first = time.monotonic() - begin, *threads.end()
    before = sum(os.times()[2:4])
    rest, trouble = p.communicate()
    if p.returncode:
        raise SystemExit(said + rest + trouble)
    return first, (time.monotonic() - begin, sum(os.times()[2:4]) - before), said + rest


def bare(kept):
    """SQLite alone: the same rows of the same tables, read from a database and written to another, then the indexes that are there
    when the import is kept; durable."""
    path = f"{work}/bare.db"
    with sqlite3.connect(f"file:{kept}?mode=ro", uri=True) as source:
        schema = source.execute("select name, type, sql from sqlite_schema where sql is not null and tbl_name in"
                                " ('fact', 'now_person', 'now_household') and (type = 'table' or type = 'index' and"
                                " (tbl_name = 'fact' or name like '% unique'))"
                                " order by type = 'index'").fetchall()
    begin, cpu = time.monotonic(), time.process_time()
    db = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = wal", "synchronous = full", "cache_size = -98304", "temp_store = memory"):
        db.execute("pragma " + pragma)
    db.execute("attach ? as source", (kept,))
    db.execute("begin")
    for name, kind, sql in schema:
        db.execute(sql)
        if kind == "table":
            db.execute(f'insert into main."{name}" select * from source."{name}"')
    db.execute("commit")
    took = time.monotonic() - begin, time.process_time() - cpu
    db.close()
    os.unlink(path)
    return took


def line(what, peer, ours, goal=None, rows=rows):
    """Each (seconds, CPU seconds on two processors, …). Goals are for the clock, a person's time; where others use
    the machine the right side says what two quiet processors would show, but for waiting."""
    peer, ours = peer[:2], ours[:2]
    ratios = [p / o for p, o in zip(peer, ours)]
    print(f"{what:<34}" + "".join(f"{rows / p:>12,.0f}{rows / o:>12,.0f}{r:>8.3f}" for p, o, r in zip(peer, ours, ratios)) +
          (f"  goal {goal:<5} {'ok' if ratios[0] >= goal else 'NOT OK'}" if goal else ""), flush=True)


inflate, _, size = timed(sys.executable, "-c", INFLATE, book)
read, _, count = timed("/usr/bin/python3", "-c", READ, book)
durable, found, report = timed(program, "import", "--data", f"{work}/data", "人", book)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # the largest of the three; of a large roll it is ours
if f"新增 {rows}" not in report:
    raise SystemExit(report)
kept = f"{work}/data/zhenwu.db"
limit = bare(kept)
print(f"{rows:,} rows of 12 columns, {os.path.getsize(book) / 1e6:.0f} MB, {int(size) / 1e6:.0f} MB inflated; rows a second")
print(f"{'':<34}{'on the clock':>32}{'CPU on two processors':>32}\n{'':<34}" + f"{'peer':>12}{'ours':>12}{'ratio':>8}" * 2)
line("import, openpyxl only reading", read, durable, 10)
line("import, inflate alone", inflate, durable, 0.1)
line("the limit: bare SQLite, same rows", limit, durable)
print(f"seconds on the clock: inflate {inflate[0]:.1f}, openpyxl {read[0]:.1f}, bare SQLite {limit[0]:.1f}, ours {durable[0]:.1f}"
      f" ({durable[2] / rows * 1e6:.1f} µs of CPU a row in all threads);"
      f" indexed and found by search, too, after {found[0]:.1f} ({found[1]:.1f} of CPU, peak {peak >> 10} MB); {os.path.getsize(kept) / rows:,.0f} bytes are kept for a row")

read, _, _ = timed("/usr/bin/python3", "-c", READ, names)
durable, _, report = timed(program, "import", "--data", f"{work}/data", "退役军人", names)
if f"新增 {named}" not in report:
    raise SystemExit(report)
print(f"{named:,} rows that name people, whose number is looked up and whose name and telephone are compared")
line("import, openpyxl only reading", read, durable, rows=named)
