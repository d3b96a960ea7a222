/* Commands about figures: indicators of a period, a report as a file, a superior's form filled. */
#include <stdio.h>

#include "cli/cli.h"
#include "report/report.h"

[[nodiscard]] static bool period_flags(struct cli *cli, day *ret_from, day *ret_to)
{
    struct date today = date_of(day_at(cli->op->now));
    *ret_from = day_of(today.year, 1, 1);
    *ret_to = day_at(cli->op->now);
    const struct {
        const char *name;
        day *to;
    } flags[] = {{"--from", ret_from}, {"--to", ret_to}};
    for (size_t i = 0; i < COUNT(flags); i++) {
        str text = cli_flag(cli, flags[i].name);
        if (text.n && !day_parse(text, flags[i].to))
            return op_fail(cli->op, FAULT_INPUT, str_z(flags[i].name), "须写成 2021-12-31 的样子");
    }
    return *ret_from <= *ret_to || op_fail(cli->op, FAULT_INPUT, S("--to"), "期止不能早于期起");
}

/* The data folder with the packs' indicators, in a transaction that may write. */
[[nodiscard]] static bool figures_open(struct cli *cli, struct indicators **ret_all, str *ret_packs, struct tx **ret)
{
    return cli_packs(cli, ret_packs) && cli_open(cli, false) &&
           indicators_load(cli->op, cli->town, *ret_packs, ret_all) &&
           store_begin(cli->store, cli->op, TX_WRITE, ret);
}

static bool is_office(str path)
{
    return str_ends(path, S(".docx")) || str_ends(path, S(".xlsx"));
}

/* A template of the packs, by its name. */
[[nodiscard]] static bool template_named(struct cli *cli, const struct indicators *all, str packs,
                                         const struct report_template **ret)
{
    struct op *op = cli->op;
    struct templates *templates;
    struct buf known;
    if (!templates_load(op, cli->town, all, packs, &templates))
        return false;
    *ret = template_find(templates, cli->words[0]);
    if (*ret)
        return true;
    buf_init(&known, op, 4000);
    for (size_t i = 0; i < templates_count(templates); i++)
        buf_text(&known, i ? "、%.*s" : "%.*s", PS(templates_at(templates, i)->name));
    return op_fail(op, FAULT_INPUT, cli->words[0], "没有这个报告模板；有：%.*s；自己做的写文件名，如 冬春救助.xlsx", PS(buf_str(&known)));
}

/* An office's own Word or Excel file, filled. */
[[nodiscard]] static bool office_filled(struct cli *cli, struct tx *tx, const struct who *who, const struct indicators *all,
                                        const struct report_ask *ask, struct report **ret)
{
    struct op *op = cli->op;
    struct office_file *form;
    str path = cli->words[0];
    size_t at = path.n;
    while (at && path.p[at - 1] != '/')
        at--;
    str name = str_part(path, at, path.n);
    if (!office_file_read(op, cli->town, all, path, name, &form))
        return false;
    if (!str_ends(cli->words[1], office_ending(form)) || str_eq(cli->words[1], path))
        return op_fail(op, FAULT_INPUT, cli->words[1], "输出须是另一个 %.*s 文件，和模板同一类型", PS(office_ending(form)));
    return office_file_make(tx, cli->town, who, all, form, ask, cli->words[1], ret);
}

bool cli_report(struct cli *cli)
{
    struct op *op = cli->op;
    struct indicators *all;
    struct report *report;
    struct frozen frozen;
    struct tx *tx;
    struct report_ask ask = {.person_name = cli_flag(cli, "--of")};
    struct who who = {.name = S("命令行"), .system = true};
    str as_of = cli_flag(cli, "--as-of");
    struct figures_then then;
    bool freeze = cli_flag(cli, "--freeze").n > 0, own = is_office(cli->words[0]);
    const struct report_template *t = NULL;
    str packs;
    if (freeze && as_of.n)
        return op_fail(op, FAULT_INPUT, S("--as-of"), "冻结的是现在的数；看过去某天的数不要写 --freeze");
    if (!period_flags(cli, &ask.from, &ask.to) || !figures_open(cli, &all, &packs, &tx) ||
        (!own && !template_named(cli, all, packs, &t)) || !figures_at(tx, as_of, &then))
        return false;
    report_then(&ask, &then);
    if (ask.person_name.n && !person_find(tx, cli->town, &who, all, ask.person_name, &ask.person))
        return false;
    bool made = own ? office_filled(cli, tx, &who, all, &ask, &report)
                    : person_usual(tx, cli->town, &who, all, t, &ask) && prose_read(tx, t, &ask) &&
                          report_make(tx, cli->town, &who, all, t, &ask, &report);
    op->now = then.now;
    if (!made || (!own && !report_write(op, report, packs, cli->words[1])) ||
        (freeze && !report_freeze(tx, &who, report, &frozen)) ||
        !taken_out(tx, &who, S("report"),
                   op_text(op, "%.*s（%.*s至%.*s）", PS(report->title), PS(day_text(op, ask.from)),
                           PS(day_text(op, ask.to)))) ||
        !store_commit(tx))
        return false;
    printf("%.*s：%zu 个数字，已写出 %.*s\n", PS(report->title), report->figure_count, PS(cli->words[1]));
    for (size_t i = 0; i < report->note_count; i++)
        printf("提示：%.*s\n", PS(report->notes[i]));
    if (freeze)
        printf("已冻结，编号 %.*s，摘要 %.*s\n", PS(id_text(op, frozen.id)), PS(frozen.digest));
    return true;
}

/* 差异单 of a frozen report. */
/* Field by field, what it was and what it is. */
static void print_changes(struct op *op, const struct moved *m)
{
    for (size_t i = 0; i < m->change_count; i++) {
        const struct change *c = &m->changes[i];
        printf("    %.*s %.*s %.*s%s%.*s\n", PS(time_text(op, c->at)), PS(c->account_name), PS(c->act),
               c->reason.n ? "，理由：" : "", PS(c->reason));
        for (const struct json *f = c->fields->first; f; f = f->next) {
            str before = json_str(f, S("前")), after = json_str(f, S("后"));
            printf("      %.*s：%.*s → %.*s\n", PS(json_str(f, S("字段"))), PS(before.n ? before : S("（空）")),
                   PS(after.n ? after : S("（空）")));
        }
    }
}

bool cli_changes(struct cli *cli)
{
    struct op *op = cli->op;
    struct indicators *all;
    struct report_change *changes;
    struct who who = {.name = S("命令行"), .system = true};
    struct tx *tx;
    size_t count;
    struct frozen f;
    id frozen;
    str packs;
    if (!id_parse(cli->words[0], &frozen))
        return op_fail(op, FAULT_INPUT, cli->words[0], "不是冻结报告的编号");
    if (!figures_open(cli, &all, &packs, &tx) || !report_frozen(tx, frozen, &f) ||
        !report_changes(tx, cli->town, &who, all, &f, &changes, &count) || !store_commit(tx))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct report_change *c = &changes[i];
        printf("%.*s：原 %.*s，现 %.*s\n", PS(c->name), PS(c->before), PS(c->now));
        for (size_t k = 0; k < c->part_count; k++)
            printf("  %.*s %.*s：原 %.*s，现 %.*s\n", PS(part_sign_names[c->parts[k].sign]), PS(c->parts[k].name),
                   PS(c->parts[k].before.n ? c->parts[k].before : S("没有留下")), PS(c->parts[k].now));
        for (size_t k = 0; k < c->moved_count; k++) {
            const struct moved *m = &c->moved[k];
            if (m->through)
                printf("  %.*s %.*s（牵动的%.*s：%lld 条 → %lld 条）\n", PS(m->ledger->name), PS(m->title), PS(m->through->name),
                       (long long)m->rows_before, (long long)m->rows_now);
            else
                printf("  %.*s %.*s%s\n", PS(m->ledger->name), PS(m->title),
                       m->counted_before == m->counted_now ? "（仍计入）"
                       : m->counted_now                    ? "（新计入）"
                                                           : "（不再计入）");
            print_changes(op, m);
        }
    }
    printf(count ? "%zu 个数字与冻结时不同\n" : "与冻结时相同\n", count);
    return true;
}

/* Parts below what they make, each with the list that it opens. */
static void print_parts(const struct indicator_value *v, int depth)
{
    for (size_t k = 0; v->parts && k < v->indicator->part_count; k++) {
        const struct indicator_part *p = &v->indicator->parts[k];
        const struct indicator_value *x = &v->parts[k];
        printf("%*s%.*s %.*s\t%.*s%.*s\t%lld\t%.*s\t%.*s\n", 2 * depth, "", PS(part_sign_names[p->sign]),
               PS(p->of->name), PS(x->text), PS(x->known ? p->of->unit : S("")), (long long)x->rows,
               PS(x->ledger ? x->ledger->name : S("")), PS(x->where));
        print_parts(x, depth + 1);
    }
}

bool cli_indicators(struct cli *cli)
{
    struct indicators *all;
    struct indicator_ask asked = {0};
    struct who who = {.name = S("命令行"), .system = true};
    struct tx *tx;
    struct figures_then then;
    str packs, by = cli_flag(cli, "--by");
    if (!period_flags(cli, &asked.from, &asked.to) || !figures_open(cli, &all, &packs, &tx) ||
        !figures_at(tx, cli_flag(cli, "--as-of"), &then))
        return false;
    asked.as_of_fact = then.fact;
    asked.as_of = then.moment;
    for (size_t i = 0; i < indicators_count(all); i++) {
        const struct indicator *x = indicators_at(all, i);
        struct indicator_row *rows;
        struct indicator_value v;
        size_t count;
        str note;
        if (cli->word_count && !str_eq(cli->words[0], x->name) && !str_eq(cli->words[0], x->english))
            continue;
        if (!indicator_value(tx, cli->town, &who, x, &asked, &v))
            return false;
        printf("%.*s\t%.*s%.*s\t%lld\t%.*s\t%.*s\t%.*s\n", PS(x->name), PS(v.text), PS(v.known ? x->unit : S("")),
               (long long)v.rows, PS(v.ledger ? v.ledger->name : S("")), PS(v.where), PS(x->meaning));
        print_parts(&v, 1);
        if (!by.n || !cli->word_count)
            continue;
        if (!indicator_by(tx, cli->town, &who, x, &asked, by, &rows, &count, &note))
            return false;
        for (size_t k = 0; k < count; k++)
            printf("  %.*s\t%.*s\t%.*s\n", PS(rows[k].name), PS(rows[k].value.text), PS(rows[k].note));
        if (note.n)
            printf("提示：%.*s\n", PS(note));
    }
    cli->op->now = then.now;
    return store_commit(tx);
}

static void print_filled(struct op *op, const struct form *form, const struct form_filled *filled)
{
    printf("%.*s“%.*s”：%s %.*s，填 %lld 行 %zu 格，%zu 栏中认得 %zu 栏（复用率 %zu%%）\n", PS(form->sheet_name),
           PS(form->title), form->ledger ? "台账" : "指标表", PS(form->ledger ? form->ledger->name : S("")),
           (long long)filled->rows, filled->cell_count, form->column_count, form->understood,
           form->column_count ? form->understood * 100 / form->column_count : 0);
    if (form->refusable)
        printf("可以依法拒报：%.*s\n", PS(form->refusal));
    for (size_t i = 0; i < form->column_count; i++) {
        const struct form_column *c = &form->columns[i];
        printf("  %.*s\t%.*s\t%.*s\t%.*s\n", PS(xlsx_ref(op, c->row, c->column)), PS(c->heading),
               PS(form_column_said(op, form, c)), PS(form_sure_names[c->sure]));
    }
    for (size_t i = 0; i < filled->gap_count; i++)
        printf("缺：%.*s：%.*s\n", PS(filled->gaps[i].where), PS(filled->gaps[i].what));
}

/* --register: the form becomes a 上报任务. */
[[nodiscard]] static bool form_registered(struct cli *cli, struct tx *tx, const struct who *who, str packs,
                                          const struct form *form)
{
    const struct form_said flags[] = {{S("来源单位"), cli_flag(cli, "--source")},
                                      {S("截止"), cli_flag(cli, "--due")},
                                      {S("责任"), cli_flag(cli, "--office")}};
    struct form_said said[COUNT(flags)];
    size_t n = 0;
    id made;
    if (!cli_flag(cli, "--register").n)
        return true;
    for (size_t i = 0; i < COUNT(flags); i++)
        if (flags[i].value.n)
            said[n++] = flags[i];
    if (!form_register(tx, cli->town, who, packs, form, said, n, &made))
        return false;
    printf("已登记为上报任务 %.*s\n", PS(id_text(cli->op, made)));
    return true;
}

bool cli_fill(struct cli *cli)
{
    struct op *op = cli->op;
    struct indicators *all;
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    struct form_how how = {.where = cli_flag(cli, "--where")};
    struct who who = {.name = S("命令行"), .system = true};
    struct tx *tx;
    str packs, name = cli_flag(cli, "--ledger");
    if (!str_ends(cli->words[1], S(".xlsx")) || str_eq(cli->words[0], cli->words[1]))
        return op_fail(op, FAULT_INPUT, cli->words[1], "输出须是另一个 .xlsx 文件");
    if (!period_flags(cli, &how.from, &how.to) || !figures_open(cli, &all, &packs, &tx))
        return false;
    const struct ledger *ledger = name.n ? town_ledger(cli->town, name) : NULL;
    if (name.n && !ledger)
        return op_fail(op, FAULT_INPUT, name, "没有这个台账");
    if (!xlsx_open_path(op, cli->words[0], &book) || !form_read(tx, cli->town, all, book, cli_flag(cli, "--sheet"), ledger, &form) ||
        !form_fill(tx, cli->town, &who, form, &how, cli->words[1], &filled) ||
        !form_registered(cli, tx, &who, packs, form) ||
        !taken_out(tx, &who, form->ledger ? form->ledger->english : S("report"),
                   op_text(op, "填上级报表：%.*s", PS(form->title))) ||
        !store_commit(tx))
        return false;
    print_filled(op, form, &filled);
    return true;
}
