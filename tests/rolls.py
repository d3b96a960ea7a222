"""The twelve village rolls from outside: what an office does with them on the first day."""
import os, re, shutil

from server import end, folder, ok, run

data = os.path.join(folder(), "data")
PEOPLE = 1500
COUNTS = re.compile(r"：(\d+) 行，新增 (\d+)，修改 (\d+)，未变 (\d+)，有误 (\d+)，跳过 (\d+)")


def roll_import(path, *flags):
    status, out, err = run("import", "人", path, "--data", data, *flags, check=False)
    found = COUNTS.search(out)
    return status, [int(n) for n in found.groups()] if found else None, out, err


status, out, err = run("demo", "--data", data, "--people", str(PEOPLE), "--seed", "2021")
rolls = sorted(os.path.join(data, "rolls", name) for name in os.listdir(os.path.join(data, "rolls")))
ok(len(rolls) == 12 and all(path.endswith(".xlsx") for path in rolls), "a demo town comes with twelve rolls", rolls)

status, _, err = run("demo", "--data", data, "--people", "10", check=False)
ok(status != 0 and "已存在" in err, "a demo town is never made in a folder that exists", err)

bad = []
for path in rolls:
    status, counts, out, err = roll_import(path, "--dry-run")
    least = (0, 4, 1, 50, 1, 60)
    if status != 3 or not counts or any(n < m for n, m in zip(counts, least)):
        bad.append((path, status, out, err))
ok(not bad, "trying a roll counts its people as new, changed, known and wrong, whatever the clerk called the columns", bad)

status, counts, out, err = roll_import(rolls[0])
ok(status == 1 and counts and "未导入" in out, "a roll with wrong rows is not imported", out)
status, again, out, err = roll_import(rolls[0], "--dry-run")
ok(again == counts, "trying and refusing keep nothing", (counts, again))

marked = os.path.join(data, "marked.xlsx")
status, counts, out, err = roll_import(rolls[0], "--good-rows", "--errors", marked)
ok(status == 3 and "已导入" in out and os.path.getsize(marked) > 2000,
   "the good rows of a roll are kept, the others come back red", out + err)
ok("第18位校验不符" in err, "the clerk is told what is wrong with a number", err)

status, later, out, err = roll_import(rolls[0], "--dry-run")
ok(later and later[1] == 0 and later[2] == 0 and later[3] >= counts[1] + counts[2] + counts[3],
   "a roll imported twice changes nothing more", (counts, later))

status, counts, out, err = roll_import(marked, "--dry-run")
ok(counts is not None and counts[4] == later[4], "the red workbook can itself be imported, and says the same", out + err)

status, out, err = run("audit", "verify", "--data", data)
ok("完好" in out, "the history is whole after all of it", out)

shutil.rmtree(os.path.dirname(data))
end()
