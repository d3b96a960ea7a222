/* What a newer program's packs bring to a town that exists: given when it is opened, said to whoever keeps the machine,
 * and, where the town has its own by now, decided by them (zhenwu upgrade). */
#include "cli/cli.h"

enum { TOLD_MAX = 20 }; /* of each kind, where nobody asked for all of them */

static str name_of(struct op *op, const struct start_news *news)
{
    return op_text(op, "%.*s %.*s", PS(news->start->ledger->name), PS(news->start->key));
}

static void news_tell(struct cli *cli, FILE *to, const struct start_news *news, size_t count, size_t most)
{
    for (size_t i = 0; i < count && i < most; i++) {
        fprintf(to, "  %s%s%.*s\n", op_z(cli->op, name_of(cli->op, &news[i])), news[i].trouble.n ? "：" : "", PS(news[i].trouble));
        for (size_t k = 0; k < news[i].difference_count; k++) {
            const struct start_difference *d = &news[i].differences[k];
            cli_write(cli, to, "    %.*s：本镇“%.*s”，业务包“%.*s”\n", PS(d->field->name), PS(d->ours), PS(d->theirs));
        }
    }
    if (count > most)
        fprintf(to, "  ……\n");
}

static void added_tell(struct cli *cli, FILE *to, const struct starts_report *r)
{
    if (r->added_count && !r->first)
        cli_write(cli, to, "业务包新增的起始记录，已放入 %zu 条：\n", r->added_count);
    if (!r->first)
        news_tell(cli, to, r->added, r->added_count, TOLD_MAX);
}

static void rest_tell(struct cli *cli, FILE *to, const struct starts_report *r, size_t most)
{
    if (r->differing_count)
        cli_write(cli, to, "业务包改了、本镇的没有动的起始记录 %zu 条，由管理员在“业务包更新”页决定，或用 zhenwu upgrade：\n", r->differing_count);
    news_tell(cli, to, r->differing, r->differing_count, most);
    if (r->refused_count)
        cli_write(cli, to, "与本镇的记录合不上、没有放入的起始记录 %zu 条：\n", r->refused_count);
    news_tell(cli, to, r->refused, r->refused_count, most);
}

static bool given(struct cli *cli, struct starts_report *ret)
{
    struct tx *tx;
    return store_begin(cli->store, cli->op, TX_WRITE, &tx) && town_begin(tx, cli->town, ret) && store_commit(tx);
}

bool cli_give(struct cli *cli, bool serving)
{
    struct starts_report report;
    if (!given(cli, &report))
        return false;
    added_tell(cli, stderr, &report);
    if (serving)
        rest_tell(cli, stderr, &report, TOLD_MAX);
    return true;
}

/* "时限规则 FJ-LG 1", or 全部. */
static bool decide(struct cli *cli, const struct starts_report *report, str which, bool take)
{
    const struct who system = {.name = S("系统"), .system = true};
    struct tx *tx;
    size_t done = 0;
    if (!store_begin(cli->store, cli->op, TX_WRITE, &tx))
        return false;
    for (size_t i = 0; i < report->differing_count; i++)
        if (str_eq(which, S("全部")) || str_eq(which, S("all")) || str_eq(which, name_of(cli->op, &report->differing[i]))) {
            if (!start_decide(tx, cli->town, &system, &report->differing[i], take, S("")))
                return false;
            done++;
        }
    if (done == 0)
        return op_fail(cli->op, FAULT_MISSING, which, "没有这样一条与业务包不同的起始记录；zhenwu upgrade 列出有哪些");
    if (!store_commit(tx))
        return false;
    cli_write(cli, stdout, take ? "改为业务包的 %zu 条\n" : "仍用本镇的 %zu 条\n", done);
    return true;
}

bool cli_upgrade(struct cli *cli)
{
    struct starts_report report;
    str take = cli_flag(cli, "--take"), keep = cli_flag(cli, "--keep");
    if (!cli_open(cli, false) || !given(cli, &report)) /* the first has given, and said so */
        return false;
    if ((take.n && !decide(cli, &report, take, true)) || (keep.n && !decide(cli, &report, keep, false)))
        return false;
    if ((take.n || keep.n) && !given(cli, &report))
        return false;
    rest_tell(cli, stdout, &report, SIZE_MAX);
    if (report.differing_count + report.refused_count == 0)
        cli_write(cli, stdout, "业务包的起始记录，这个镇都有了\n");
    return true;
}
