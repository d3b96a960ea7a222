/* Inside of the stories. */
#pragma once

#include "replay/inner.h"
#include "replay/story.h"

enum { SENTENCE_WORDS_MAX = 24 };

struct line {                        /* indented, below a sentence */
    int number;
    str text, key, value;            /* 字段：值; without a colon key is empty */
};
struct sentence {
    int line;
    str text;
    str words[SENTENCE_WORDS_MAX];   /* of what stands before ： */
    size_t word_count;
    str tail;                        /* what stands after it */
    const struct line *lines;
    size_t line_count;
};
struct story_text {
    str name;
    const struct sentence *sentences;
    size_t count;
};

/* What a story calls by a name. */
struct named {
    enum { A_RECORD, A_TEXT, A_REPORT } kind;
    struct thing thing;
    str text;
    struct report *report;
    id frozen;
};

struct story {
    struct play *p;
    const struct indicators *indicators;
    const struct templates *templates;
    struct map names;                /* -> struct named * */
    const struct sentence *at;
    const struct person *person;     /* who acts; NULL: 各人, whoever has the task */
    day from;                        /* 期间 */
    bool wrong;                      /* the story itself is written wrong: never what 被拒绝 means */
};

/* story_read.c */
[[nodiscard]] bool story_read(struct op *op, str path, struct story_text *ret);
[[nodiscard]] bool story_files(struct op *op, str path, str **ret, size_t *ret_count);

/* story_say.c: what a story's words mean. */
bool story_wrong(struct story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
const struct person *story_person(struct story *s, str name); /* NULL: nobody is called so */
[[nodiscard]] bool story_named(struct story *s, str name, struct named **ret);
[[nodiscard]] bool story_record(struct story *s, str name, struct thing *ret);
void story_name(struct story *s, str name, struct named named);
[[nodiscard]] bool story_feel(struct story *s, str text, feel_value *ret);
[[nodiscard]] bool story_said(struct story *s, str text, feel_value *ret);     /* = FEEL, or words with {FEEL} */
[[nodiscard]] bool story_text_of(struct story *s, str text, str *ret); /* what begins with = is FEEL */
[[nodiscard]] bool story_value(struct story *s, const struct field *f, str text, const struct json **ret);
/* of the indented lines */
[[nodiscard]] bool story_values(struct story *s, const struct ledger *l, const struct json **ret);
str story_line(const struct sentence *at, str key);           /* the value of an indented line; empty: none */
/* the text behind word number `word`, to the end of the line */
str story_after(const struct sentence *at, size_t word);

/* story_do.c: a sentence in which somebody acts; false: refused, or s->wrong. */
[[nodiscard]] bool story_do(struct story *s);
[[nodiscard]] bool story_find(struct story *s);               /* 找 */
[[nodiscard]] bool story_try(struct story *s);                /* 试 */

/* story_see.c: 应当. */
[[nodiscard]] bool story_see(struct story *s);
