/* Commands about policies: check them, screen everybody, simulate a change. */
#include <stdio.h>

#include "cli/cli.h"
#include "policy/policy.h"

bool cli_policies(struct cli *cli)
{
    struct op *op = cli->op;
    struct town *town;
    struct policies *all;
    str packs = cli->word_count ? cli->words[0] : S("packs");
    if (!town_parse(op, packs, &town) || !policies_load(op, town, packs, &all))
        return false;
    for (size_t i = 0; i < policies_count(all); i++) {
        const struct policy *p = policies_at(all, i);
        for (size_t k = 0; k < p->version_count; k++) {
            const struct policy_version *v = &p->versions[k];
            struct policy_trouble *troubles;
            struct policy_cases cases;
            if (!policy_check(op, v, &troubles, &cases))
                return false;
            printf("%.*s（%.*s起）：用例 %lld 通过 %lld，规则 %zu 覆盖 %zu\n", PS(p->name), PS(day_text(op, v->from)),
                   (long long)cases.cases, (long long)cases.passed, cases.rules, cases.covered);
            for (const struct policy_trouble *t = troubles; t; t = t->next) {
                printf("  %s%.*s：%.*s%s%.*s\n", t->blocks ? "" : "提示 ", PS(t->where), PS(t->text),
                       t->example.n ? "；例如 " : "", PS(t->example));
                cli->status = t->blocks ? 1 : cli->status;
            }
        }
    }
    printf("政策 %zu 个%s\n", policies_count(all), cli->status ? "，有的还不能生效" : "，都可以生效");
    return true;
}

[[nodiscard]] static bool day_flag(struct cli *cli, const char *name, day usual, day *ret)
{
    str text = cli_flag(cli, name);
    *ret = usual;
    return text.n == 0 || day_parse(text, ret) || op_fail(cli->op, FAULT_INPUT, str_z(name), "须写成 2021-12-31 的样子");
}

/* The data folder, its policies, and the one asked for with the office's own editions in it. */
[[nodiscard]] static bool policy_open(struct cli *cli, const struct policy **ret)
{
    const struct policy *p;
    struct shelf *shelf = op_new(cli->op, struct shelf);
    struct op *op = cli->op;
    struct policies *all;
    struct tx *tx;
    str packs;
    if (!cli_packs(cli, &packs) || !cli_open(cli, false) || !policies_load(op, cli->town, packs, &all))
        return false;
    p = policy_find(all, cli->words[0]);
    if (p) {
        if (!store_begin(cli->store, op, TX_READ, &tx) || !policy_shelf(tx, p, shelf))
            return false;
        store_abandon(tx);
        *ret = &shelf->now;
        return true;
    }
    struct buf known;
    buf_init(&known, op, 4000);
    for (size_t i = 0; i < policies_count(all); i++)
        buf_text(&known, i ? "、%.*s" : "%.*s", PS(policies_at(all, i)->name));
    return op_fail(op, FAULT_INPUT, cli->words[0], "没有这个政策；有：%.*s", PS(buf_str(&known)));
}

static void print_screening(struct op *op, const struct screening *s)
{
    printf("%.*s，%.*s：%zu 个对象，拟纳入 %lld，疑点 %lld，金额 %lld.%02lld 元\n", PS(s->version->policy->name),
           PS(day_text(op, s->people->on)), s->people->count, (long long)s->included_count, (long long)s->doubt_count,
           (long long)(s->total_fen / 100), (long long)(s->total_fen % 100));
    for (size_t i = 0; i < s->tally_count; i++) {
        const struct screen_tally *t = &s->tallies[i];
        printf("  %8lld  %.*s %.*s %.*s\n", (long long)t->count,
               PS(t->rule ? op_text(op, "第%d条规则", t->rule) : dmn_status_names[t->status]), PS(t->result),
               PS(t->clause));
    }
    for (const struct dmn_slow *w = dmn_plan_slow(s->plan); w; w = w->next)
        printf("  慢：%.*s%.*s%.*s\n", PS(w->rule >= 0 ? op_text(op, "第%d条规则", w->rule + 1) : S("")),
               PS(w->column >= 0 ? op_text(op, "第%d列 ", w->column + 1) : S("")), PS(w->reason));
}

bool cli_screen(struct cli *cli)
{
    struct op *op = cli->op;
    const struct policy *p;
    const struct policy_version *v;
    struct population *people;
    struct screening *s;
    struct kept_screening kept;
    struct tx *tx;
    int64_t threads;
    day on;
    str path = cli_flag(cli, "--out");
    if (!day_flag(cli, "--as-of", day_at(op->now), &on) ||
        !cli_number(cli, "--threads", 1, DMN_PLAN_THREADS_MAX, 2, &threads))
        return false;
    if (path.n && !str_ends(path, S(".xlsx")))
        return op_fail(op, FAULT_INPUT, path, "文件名须以 .xlsx 结尾");
    if (!policy_open(cli, &p) || !policy_in_force(op, p, on, &v) || !store_begin(cli->store, op, TX_BULK, &tx) ||
        !population_load(tx, op, cli->town, p, on, &people) || !screening_run(op, v, people, NULL, 0, (int)threads, &s))
        return false;
    struct who who = {.name = S("命令行"), .system = true};
    if (!screening_keep(tx, &who, s, &kept) || (path.n && !screening_book(tx, s, path)) || !store_commit(tx))
        return false;
    print_screening(op, s);
    printf("筛查摘要 %.*s%s%.*s\n", PS(kept.digest), path.n ? "，已写出 " : "", PS(path));
    return true;
}

/* RULE:COLUMN=CELL, several apart by ";". A column after ">" is one of the results. Numbered from 1, as people count.
 */
[[nodiscard]] static bool edits_parse(struct op *op, str text, str decision, struct dmn_edit *edits, size_t *ret_count)
{
    *ret_count = 0;
    for (str rest = text, one; rest.n; ) {
        str rule, cell, column;
        struct json number = {.kind = JSON_NUMBER};
        int64_t r, c;
        if (!str_split(rest, ';', &one, &rest))
            rest = S("");
        if (*ret_count == POLICY_EDITS_MAX || !str_split(one, ':', &rule, &cell) ||
            !str_split(cell, '=', &column, &cell))
            return op_fail(op, FAULT_INPUT, S("--set"), "须写成 规则号:列号=格子，如 2:3=>= 65；多处用分号隔开");
        bool output = str_starts(column, S(">"));
        number.text = op_copy(op, str_trim(rule));
        bool good = json_int(&number, &r);
        number.text = op_copy(op, str_trim(str_part(column, output, column.n)));
        if (!good || !json_int(&number, &c) || r < 1 || c < 1)
            return op_fail(op, FAULT_INPUT, S("--set"), "规则号和列号从1数起：%.*s", PS(one));
        edits[(*ret_count)++] = (struct dmn_edit){
            decision, (size_t)r - 1, (size_t)c - 1, output ? DMN_OUTPUT_CELL : DMN_INPUT_CELL, str_trim(cell), NULL, 0};
    }
    return true;
}

[[nodiscard]] static bool print_comparison(struct tx *tx, const struct comparison *c)
{
    printf("%-24s %8s %8s %8s %16s %16s\n", "村组", "进入", "退出", "改金额", "原金额（元）", "新金额（元）");
    for (size_t i = 0; i < c->group_count; i++) {
        const struct screen_group *g = &c->groups[i];
        if (g->entering || g->leaving || g->changed || i + 1 == c->group_count)
            printf("%-24.*s %8lld %8lld %8lld %16.2f %16.2f\n", PS(g->name), (long long)g->entering,
                   (long long)g->leaving, (long long)g->changed, (double)g->before_fen / 100,
                   (double)g->after_fen / 100);
    }
    enum { SHOWN = 30 };
    for (size_t i = 0; i < c->change_count && i < SHOWN; i++) {
        const struct screen_change *x = &c->changes[i];
        str title;
        if (!population_titles(tx, x->of, &x->member, 1, &title))
            return false;
        printf("  %s %.*s %.*s\n", x->before == x->after ? "改金额" : x->after ? "进入" : "退出", PS(x->group), PS(title));
    }
    if (c->change_count > SHOWN)
        printf("  ……共 %zu 个\n", c->change_count);
    return true;
}

bool cli_simulate(struct cli *cli)
{
    struct op *op = cli->op;
    const struct policy *p;
    const struct policy_version *v, *other_version;
    struct population *people, *other;
    struct screening *before, *after;
    struct comparison c;
    struct dmn_edit edits[POLICY_EDITS_MAX];
    size_t edit_count;
    struct tx *tx;
    day on, than;
    if (!day_flag(cli, "--as-of", day_at(op->now), &on) || !day_flag(cli, "--than", on, &than) || !policy_open(cli, &p))
        return false;
    v = policy_version_on(p, on);
    other_version = policy_version_on(p, than);
    if (!v || !other_version)
        return op_fail(op, FAULT_MISSING, p->name, "那一天没有版本");
    if (!edits_parse(op, cli_flag(cli, "--set"), dmn_element_name(v->decision), edits, &edit_count))
        return false;
    if (!store_begin(cli->store, op, TX_READ, &tx) || !population_load(tx, op, cli->town, p, than, &other))
        return false;
    people = other;
    if (than != on && !population_load(tx, op, cli->town, p, on, &people))
        return false;
    if (!screening_run(op, other_version, other, NULL, 0, 2, &before) ||
        !screening_run(op, v, people, edits, edit_count, 2, &after) || !screening_compare(op, before, after, &c))
        return false;
    print_screening(op, after);
    bool told = print_comparison(tx, &c);
    store_abandon(tx);
    return told;
}

/* Out, or with --into back: the sheet's changes written as a model beside the one in the pack. */
bool cli_table(struct cli *cli)
{
    struct op *op = cli->op;
    struct town *town;
    struct policies *all;
    str packs, path = cli->words[1], into = cli_flag(cli, "--into"), model;
    size_t changes;
    day on;
    if (!day_flag(cli, "--on", day_at(op->now), &on) || !cli_packs(cli, &packs) || !town_parse(op, packs, &town) ||
        !policies_load(op, town, packs, &all))
        return false;
    const struct policy *p = policy_find(all, cli->words[0]);
    const struct policy_version *v = p ? policy_version_on(p, on) : NULL;
    if (!v)
        return op_fail(op, FAULT_MISSING, cli->words[0], "没有这个政策，或那一天没有版本");
    if (into.n == 0) {
        if (!policy_table_write(op, v, path))
            return false;
        printf("已导出到 %.*s\n", PS(path));
        return true;
    }
    if (!policy_table_read(op, v, path, &model, &changes))
        return false;
    FILE *f = fopen(op_z(op, into), "wb");
    bool written = f && fwrite(model.p, 1, model.n, f) == model.n;
    if ((f && fclose(f) != 0) || !written)
        return op_fail(op, FAULT_SYSTEM, into, "文件写不了");
    printf("改了 %zu 处，已写成 %.*s；放进业务包后用 zhenwu policies 检查\n", changes, PS(into));
    return true;
}
