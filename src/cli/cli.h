/* cli: commands, configuration, the clock, threads. Inside: what one command has at hand. */
#pragma once

#include <stdio.h>

#include "api/api.h"
#include "flow/flow.h"
#include "ledger/ledger.h"

#define ZHENWU_VERSION "0.1.0"

struct cli_flag {
    const char *name, *value;
};

struct cli {
    struct op *op;
    str words[8];
    int word_count;
    struct cli_flag flags[16];
    int flag_count;
    struct store *store;
    struct town *town;
    struct flow *flow;   /* after cli_procedures */
    time_ms told;        /* when the progress bar was last drawn */
    str making;          /* DIR.part, while a town is made in it that will be DIR */
    int status;          /* what to exit with when all went well */
};

/* The time of a test (serve --clock FILE): the moment that the file holds, going on since it was written. So a test lets a
 * public notice of seven days pass by writing another moment there. */
struct test_clock {
    const char *file;
    _Atomic int64_t ahead_ms; /* of the system's clock; a file caught in the middle of being written changes nothing */
};
time_ms  cli_now(void *test_clock); /* NULL: the system's */
[[nodiscard]] bool test_clock_take(struct cli *cli, struct test_clock *ret); /* before anything is opened */
uint64_t cli_seed(void *context);
str  cli_flag(const struct cli *cli, const char *name); /* empty: not given */
[[nodiscard]] bool cli_number(struct cli *cli, const char *name, int64_t low, int64_t high, int64_t usual,
                              int64_t *ret);
/* Opens --data with the packs; `create` makes the folder when there is none. */
[[nodiscard]] bool cli_open(struct cli *cli, bool create);
/* Gives a town that exists what newer packs bring (town_begin), and says so; serving: also what is to be decided. Part of
 * cli_open where it does not create. */
[[nodiscard]] bool cli_give(struct cli *cli, bool serving);
[[nodiscard]] bool cli_procedures(struct cli *cli);                /* after cli_open: the procedures of the packs */
[[nodiscard]] bool cli_open_store(struct cli *cli, bool reading); /* without packs; reading: beside a serving process */
/* --packs, or the folder that came with the program */
[[nodiscard]] bool cli_packs(struct cli *cli, str *ret);
str  cli_folder(const struct cli *cli);                            /* --data, or "data" */
str  cli_data(const struct cli *cli);                              /* the same, or where it is being made */
void cli_close(struct cli *cli);
/* From here on Ctrl-C asks the job to end and to undo what it did; a second one ends the program. */
struct progress cli_progress(struct cli *cli);
bool cli_interrupted(void);
/* A town is made beside its place and put there when it is whole: whatever stops that, no half town is taken for one. */
[[nodiscard]] bool cli_make_begin(struct cli *cli, const char *what);
[[nodiscard]] bool cli_make_end(struct cli *cli, bool whole); /* after cli_close; false: it is not there */
void cli_remove(const char *path);
void cli_faults(const struct op *op);
/* What the program says to whoever installs and keeps it: Chinese, or English where LANG begins with "en". */
void cli_write(struct cli *cli, FILE *to, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define cli_say(cli, ...) cli_write(cli, stdout, __VA_ARGS__)
str cli_said(struct op *op, str chinese); /* the same, or as it came where there is no English for it */
bool cli_english(void);

/* The thread that runs the clocks of cases. */
struct clock;
/* api: whose pages are told what has moved; NULL: nobody's. */
[[nodiscard]] bool clock_start(struct op *op, struct store *store, const struct town *town, const struct flow *flow, struct api *api,
                               struct test_clock *test, struct clock **ret);
void clock_stop(struct clock *clock);

/* One command each; false: the faults say why. */
typedef bool cli_run(struct cli *cli);
cli_run cli_serve, cli_demo, cli_replay, cli_counts, cli_story, cli_import, cli_export, cli_verify, cli_backup, cli_restore,
    cli_rebuild, cli_password, cli_migrate, cli_deploy, cli_check, cli_openapi, cli_paper, cli_screen, cli_simulate, cli_indicators,
    cli_report, cli_changes, cli_fill, cli_policies, cli_table, cli_upgrade;
