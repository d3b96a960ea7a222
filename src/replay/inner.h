/* Inside of replay. */
#pragma once

#include "paper/paper.h"
#include "replay/replay.h"

struct works;

struct script_file {
    str name;
    struct json *root;
};

struct event {
    const struct json *json;
    str file, name;
};

/* Who does it. */
struct person {
    struct replay_login login;
    str called;                      /* 称: how stories call this person */
    id account, staff, group;
    struct who who;
};

struct thing {                       /* a record: where, which */
    const struct ledger *ledger;
    id id;
};
struct things {
    struct thing *p;
    size_t n, cap;
};

enum { MADE_MAX = 8 };
struct turn {                        /* one time of an event */
    const struct event *event;
    int64_t number, of, share;       /* 序 总 份 */
    struct thing row, own;           /* 行 本 */
    struct {
        str name;
        struct thing thing;
    } made[MADE_MAX];                /* 记作 of this time */
    size_t made_count;
    const struct json *step;         /* the next; NULL: the event has not begun */
};

struct due {
    time_ms at;
    int64_t order;                   /* of those at one moment the earlier promised comes first */
    struct turn *turn;
};

struct play {
    struct op *keep;                 /* as long as the replay */
    struct op *chance;               /* for passwords: the caller's */
    struct op *op;                   /* of the day */
    struct tx *tx;
    struct store *store;
    const struct town *town;
    const struct flow *flow;
    const struct replay_options *options;
    struct map words;                /* 数, 词 -> feel_value * */
    struct map given;                /* counts that were given: their names */
    struct { struct replay_fitted *p; size_t n, cap; } fitted;
    int64_t residents;               /* of the town that is made */
    int groups;
    str people_count, groups_count;  /* 镇: the counts that say so; empty: none */
    struct map kept;                 /* 记作 -> struct things * */
    struct map *told;                /* names of a story -> struct thing *; NULL: none is told */
    struct { struct event *p; size_t n, cap; } events;
    struct { struct person *p; size_t n, cap; } people;
    struct { struct due *p; size_t n, cap; } queue; /* a heap, the earliest first */
    struct script_file *files;
    size_t file_count;
    day from, to, last;              /* last: what the script says, to: what is played */
    day moved;                       /* by so many days, whole weeks */
    int64_t promised, acts;
    const struct paper_fonts *fonts; /* NULL until something is drawn */
    const struct works *works;       /* NULL until one is opened */
    struct op span;                  /* of the days that share a transaction */
    day span_day;
    /* of the step being done */
    const struct turn *turn;
    struct thing item;               /* 项 */
    int64_t item_number;
    const struct json *with;         /* 带 of the event */
};

/* script.c: reads the files. */
[[nodiscard]] bool script_load(struct play *p);
/* Whether some step keeps records under this name; with other counts it may have been done no times. */
bool script_names(const struct play *p, str name);
bool script_known(struct play *p, str file, const struct json *object, const str *names, size_t count);
int64_t script_count(const struct play *p, str name, int64_t usual);
bool script_wrong(struct play *p, str file, const struct json *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* bounds.c: 界, as far as they need no town, or in the town */
[[nodiscard]] bool bounds_check(struct play *p, bool town);
void count_keep(struct play *p, str name, int64_t n);

/* say.c: what texts of the script mean now. */
[[nodiscard]] bool say(struct play *p, str file, const struct json *json, feel_value *ret);
[[nodiscard]] bool say_text(struct play *p, str file, const struct json *json, str *ret); /* NULL json: empty */
[[nodiscard]] bool say_number(struct play *p, str file, const struct json *json, int64_t usual, int64_t *ret);
[[nodiscard]] bool say_day(struct play *p, str file, const struct json *json, day usual, day *ret);
[[nodiscard]] bool say_values(struct play *p, str file, const struct json *object, const struct json **ret);

/* draw.c: what a file or a signature of the script holds. */
[[nodiscard]] bool draw_file(struct play *p, str words, str name, str *ret_bytes);
[[nodiscard]] bool draw_signature(struct play *p, str name, str *ret_bytes);

/* people.c: accounts. */
[[nodiscard]] bool people_make(struct play *p);
[[nodiscard]] bool people_rights(struct play *p);
struct person *person_named(struct play *p, str login);
struct person *person_of(struct play *p, id account);

/* step.c: one step. */
[[nodiscard]] bool step_do(struct play *p, struct turn *turn, const struct json *step);
[[nodiscard]] bool play_screen(struct play *p, const struct who *who, str policy, str keep_as); /* 筛查 */
struct screen_decision;
/* 核定: of the screening of today's facts; 定稿: its roster, whose id the name then is */
[[nodiscard]] bool play_decide(struct play *p, const struct who *who, str policy, const struct screen_decision *d);
[[nodiscard]] bool play_roster(struct play *p, const struct who *who, str policy, str keep_as);

void play_word_keep(struct play *p, str name, feel_value v);

/* work.c: an act of a work (专项); its answer under a name. */
[[nodiscard]] bool play_work(struct play *p, const struct who *who, str name, str act, const struct json *asked, str keep_as);

/* play.c */
void play_init(struct play *p, struct op *keep, struct op *chance, struct store *store, const struct town *town, const struct flow *flow,
               const struct replay_options *options);
[[nodiscard]] bool play_all(struct play *p); /* the town, its people, the days; what is wrong is told in keep */
void faults_copy(struct op *to, const struct op *from);
[[nodiscard]] bool list_of(struct play *p, str file, const struct json *each, struct things *ret); /* 每 */
/* 取 of them, the largest first, and what 合 of those is together. */
[[nodiscard]] bool list_sum(struct play *p, str file, const struct json *what, int64_t *ret);
void kept_add(struct play *p, str name, struct thing thing);
