"""One run: a town of a quarter of the people, then of all; prints what, limit, ours, ratio, goal."""
import os, shutil, sqlite3, subprocess, sys, tempfile, time

people = int(sys.argv[1])
work = tempfile.mkdtemp(prefix="zhenwu-bench-", dir=os.environ.get("TMPDIR", "/var/tmp"))


def line(what, limit, ours, ratio, goal, good):
    print(f"{what:<46} {limit:>12} {ours:>12} {ratio:>8}  goal {goal:<18} {'ok' if good else 'NOT OK'}", flush=True)


def made(count):
    """(CPU seconds, peak MB, folder, the log's longest in MB)"""
    data = os.path.join(work, str(count))
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execl("build/zhenwu", "zhenwu", "demo", "--data", data, "--people", str(count), "--seed", "2021")
    longest, done = 0, 0
    while not done:
        done, status, used = os.wait4(child, os.WNOHANG)
        for folder in (data, data + ".part"):
            try:
                longest = max(longest, os.path.getsize(os.path.join(folder, "zhenwu.db-wal")))
            except OSError:
                pass
        time.sleep(0.2)
    if status != 0:
        raise SystemExit(f"a town of {count} people was not made")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, data, longest / (1 << 20)


try:
    small_cpu, small_mb, small, _ = made(people // 4)
    shutil.rmtree(small)
    cpu, mb, data, log_mb = made(people)
    with sqlite3.connect(f"{data}/zhenwu.db") as db:
        db.execute("pragma wal_checkpoint(truncate)")
        begin = time.process_time()
        db.execute("vacuum into ?", (os.path.join(work, "copy.db"),))
        limit = time.process_time() - begin
        kept = db.execute("select count(*) from now_person").fetchone()[0]
        facts = db.execute("select max(no) from fact").fetchone()[0]
    db.close()
    line(f"{people} people, CPU s", f"{limit:.1f}", f"{cpu:.1f}", f"{limit / cpu:.2f}", "all there", kept >= people)
    line("people per CPU s", f"{people / limit:.0f}", f"{people / cpu:.0f}", "", ">= 3000", people / cpu >= 3000)
    line("the same with a quarter of the people", "", f"{people / 4 / small_cpu:.0f}", f"{small_cpu * 4 / cpu:.2f}", ">= 0.7 of it", small_cpu * 4 / cpu >= 0.7)
    line(f"peak memory, MB (a quarter: {small_mb:.0f})", "", f"{mb:.0f}", f"{mb / small_mb:.2f}", "<= 1.25", mb <= 1.25 * small_mb)
    line("longest log, MB", "", f"{log_mb:.0f}", "", "<= 150, or 60 B a person", log_mb <= max(150, people * 60 / (1 << 20)))
    line("facts per person; bytes per person", f"{facts / people:.2f}", f"{os.path.getsize(f'{data}/zhenwu.db') / people:.0f}", "", "", True)
finally:
    shutil.rmtree(work)
