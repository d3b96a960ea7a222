"""bench.py PROGRAM BOOK ROWS WORK: one import beside its peers; prints what, peer, ours, ratio, goal."""
import os, resource, subprocess, sys, time

program, book, rows, work = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
READ = """import sys, openpyxl
sheet = openpyxl.load_workbook(sys.argv[1], read_only=True).active
print(sum(1 for _ in sheet.iter_rows(values_only=True)))"""
INFLATE = """import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z, z.open('xl/worksheets/sheet1.xml') as f:
    n = 0
    while part := f.read(1 << 20):
        n += len(part)
print(n)"""


def timed(*args):
    """(seconds, CPU seconds, what it printed)"""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    p = subprocess.run(args, capture_output=True, text=True)
    if p.returncode:
        raise SystemExit(p.stdout + p.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - begin, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, p.stdout


def line(what, peer, ours, goal):
    ratio = peer / ours
    print(f"{what:<34} {rows / peer:>12,.0f} {rows / ours:>12,.0f} {ratio:>8.3f}  goal {goal:<5} {'ok' if ratio >= goal else 'NOT OK'}",
          flush=True)


def written(size_of):
    """Seconds for putting so many bytes on the disk once, in order: what no import can beat."""
    path, begin = f"{work}/plain", time.monotonic()
    with open(path, "wb") as f:
        for _ in range(size_of >> 20):
            f.write(os.urandom(4096) * 256)
        os.fsync(f.fileno())
    os.unlink(path)
    return time.monotonic() - begin


inflate, inflate_cpu, size = timed(sys.executable, "-c", INFLATE, book)
read, read_cpu, count = timed("/usr/bin/python3", "-c", READ, book)
ours, ours_cpu, report = timed(program, "import", "--data", f"{work}/data", "人", book)
kept = os.path.getsize(f"{work}/data/zhenwu.db")
print(f"{rows:,} rows of 12 columns, {os.path.getsize(book) / 1e6:.0f} MB, {int(size) / 1e6:.0f} MB inflated;"
      " rows a second by CPU time")
print(f"{'':<34} {'peer':>12} {'ours':>12} {'ratio':>8}")
line("import, openpyxl only reading", read_cpu, ours_cpu, 10)
line("import, inflate alone", inflate_cpu, ours_cpu, 0.1)
print(f"CPU seconds: inflate {inflate_cpu:.1f}, openpyxl {read_cpu:.1f}, ours {ours_cpu:.1f};"
      f" on the clock {inflate:.1f}, {read:.1f}, {ours:.1f}")
plain = written(kept)
print(f"the limit: {kept / rows:,.0f} bytes are kept for a row (fact, row, indexes, search, household); writing them plainly once took"
      f" {plain:.1f} s, of a peer's speed {read_cpu / max(plain, 0.001):.1f}; each goes to the log first and then to its place")
