/* story: 故事. The town's own tests: packs/<pack>/stories/<name>.txt says who does what, what must then be so, and what
 * must be refused.
 *
 *     struct story_options o = {.packs = S("packs"), .path = S("packs"), .tell = print};
 *     struct story_count count;
 *     if (!stories_run(op, store, town, flow, indicators, &o, &count))
 *         return false;                       // the town of the stories could not be made
 *     // count.told - count.passed went wrong; each was told with its line
 *
 * A story is plain text that a clerk reads aloud (docs/stories.md):
 *
 *     故事：来电投诉按期办结
 *     行：S22
 *     时间 2021-08-02 09:00
 *     便民中心 新增 工单 叫 投诉
 *         类型：投诉
 *         标题：村口垃圾点清理不及时
 *     便民中心 启动 热线工单 于 投诉
 *     应当 社会事务办 的 待办 有 投诉 的 签收
 *     便民中心 同意 投诉 的 签收
 *         被拒绝：不是您的待办
 *
 * It is told in the town of the replay as it stands at the end of its first week, by the accounts of packs/replay (称 is
 * how stories call them), under their rights, through the same operations as pages use. Each story begins with that
 * town again: what it did is taken back. */
#pragma once

#include "replay/replay.h"
#include "report/report.h"

enum {
    STORY_FILE_BYTES_MAX = 256 << 10,
    STORY_LINES_MAX = 2000,
    STORY_FILES_MAX = 2000,
    STORY_PEOPLE = 200,              /* of the town the stories are told in; a third of a second */
    STORY_AFTER_DAYS = 7,            /* of the replay have been played when a story begins */
};

struct story_told {
    str file, name;
    str trouble;                     /* empty: it went as told */
    int line;
};
struct story_options {
    str packs, path;                 /* a file, or a folder: its texts and those of the folders stories below it */
    void (*tell)(void *context, const struct story_told *told);
    void *context;
};
struct story_count {
    int64_t told, passed;
};

/* Fills an empty store, as replay_run does. */
[[nodiscard]] bool stories_run(struct op *op, struct store *store, const struct town *town, const struct flow *flow,
                               const struct indicators *indicators, const struct story_options *options,
                               struct story_count *ret);
