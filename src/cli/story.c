/* Stories of the packs, told in a town that is made for them and thrown away. */
#include <stdio.h>
#include <stdlib.h>

#include "api/api.h"
#include "cli/cli.h"
#include "replay/story.h"

/* TAP, so that ./test reads it; what went wrong is told by file and line. */
static void story_print(void *context, const struct story_told *told)
{
    int *number = context;
    printf("%sok %d - %.*s\n", told->trouble.n ? "not " : "", ++*number, PS(told->name.n ? told->name : told->file));
    if (told->trouble.n)
        printf("# %.*s 第%d行：%.*s\n", PS(told->file), told->line, PS(told->trouble));
}

static bool stories_told(struct cli *cli, str folder, str packs)
{
    struct op *op = cli->op;
    struct indicators *indicators;
    struct story_count count;
    struct tx *tx;
    int number = 0;
    day first;
    if (!replay_begins(op, packs, &first))
        return false;
    if (first) /* the town that stories are told in begins then, and the clocks of what begins by itself with it */
        op->now = day_end(first - 1) + 1;
    if (!store_open(op, folder, &(struct store_options){.town = S("152524199")}, &cli->store) ||
        !store_begin(cli->store, op, TX_WRITE, &tx) || !town_load(tx, packs, &cli->town) || !org_setup(tx) ||
        !flow_load(tx, cli->town, packs, &cli->flow) || !store_commit(tx) ||
        !indicators_load(op, cli->town, packs, &indicators))
        return false;
    const struct story_options o = {.packs = packs, .path = cli->words[0], .tell = story_print, .context = &number};
    if (!stories_run(op, cli->store, cli->town, cli->flow, indicators, &o, &count))
        return false;
    printf("1..%lld\n", (long long)count.told);
    cli->status = count.passed == count.told ? 0 : 1;
    return true;
}

bool cli_story(struct cli *cli)
{
    char folder[] = "/tmp/zhenwu-story-XXXXXX";
    str packs;
    if (!cli_packs(cli, &packs))
        return false;
    if (!mkdtemp(folder))
        return op_fail(cli->op, FAULT_SYSTEM, S("/tmp"), "临时文件夹建不了，请检查磁盘");
    bool done = stories_told(cli, op_copy(cli->op, op_text(cli->op, "%s/data", folder)), packs);
    if (done)
        cli_close(cli);
    cli_remove(folder);
    return done;
}
