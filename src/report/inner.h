/* The inside of report. */
#pragma once
#include "ledger/inner.h"
#include "report/report.h"

struct indicators {
    struct indicator **p;
    size_t n, cap;
    struct {
        struct uncounted *p;
        size_t n, cap;
    } uncounted;
};

/* The first moment of the day after, less a millisecond. */
static inline time_ms day_ends(day d)
{
    return ((time_ms)d + 1) * 86400000 - TOWN_OFFSET_MS - 1;
}

/* The write of an xlsx_sink: into a struct buf. */
static inline bool bytes_keep(void *to, str bytes)
{
    struct buf *b = to;
    buf_add(b, bytes);
    return !b->full;
}

#define MONTHS S("月")
/* A unit one level below another; under NULL: below the town. */
bool unit_shown(const struct units *units, const struct unit *u, const struct unit *under);
/* The units that are shown under one, and last what is in none of them. */
struct unit_parts {
    const struct unit **p;                 /* [count + 1] */
    size_t count;
    struct total_parts of;                 /* count + 1 parts */
};
void unit_parts(struct op *op, const struct units *units, const struct unit *under, struct unit_parts *ret);
[[nodiscard]] bool units_of(struct tx *tx, const struct town *town, const struct who *who,
                            const struct indicator_ask *asked, const struct units **ret);
/* What list_total is asked for a counted one. */
[[nodiscard]] bool indicator_query(struct op *op, const struct indicator *i, const struct indicator_ask *asked,
                                   struct total_query *ret);
/* indicator_value for each part of a whole, together: by village group, or (groups NULL) by the choices or the pieces of
 * the period that `asks` name. */
[[nodiscard]] bool indicator_values(struct tx *tx, const struct town *town, const struct who *who,
                                    const struct indicator *i, const struct indicator_ask *whole,
                                    const struct indicator_ask *asks, size_t count, const struct total_parts *groups,
                                    struct indicator_value *ret);

/* ---- templates --------------------------------------------------------------------------------------------------- */

enum part_kind { PART_TEXT, PART_VALUE, PART_IF, PART_EACH, PART_TABLE, PART_CHART, PART_PROSE, PART_SPARE };

/* Names an expression of a template may use: indicators, a few words about the report, inside 每 fields of a ledger. */
enum word { WORD_FROM, WORD_TO, WORD_YEAR, WORD_PERSON, WORD_TOWN, WORD_NUMBER, WORD_GROUP, WORD_AS_OF, WORD_STATE, WORDS };
extern const str words_names[WORDS];
struct template_scope {
    struct feel_scope feel;
    const struct ledger *ledger;           /* of 每; NULL outside */
    bool groups;                           /* within 每 各村组: figures are those of the group */
    struct name_source {
        enum { NAME_INDICATOR, NAME_WORD, NAME_FIELD } kind;
        size_t index;                      /* of the indicators, the words, the fields */
    } *sources;
};

/* What 每 goes through: the records that a figure counts, those of a ledger that meet a condition, the village groups. */
enum series { SERIES_FIGURE, SERIES_LEDGER, SERIES_GROUPS };

struct template_part {
    struct template_part *next;
    enum part_kind kind;
    int line;
    size_t at;                             /* byte of the text it was read from */
    enum series series;                    /* EACH */
    const struct ledger *records;          /* SERIES_LEDGER */
    str where;
    str text;                              /* PART_TEXT; PART_PROSE its name */
    const struct feel *feel;               /* VALUE, IF */
    const struct indicator *alone;         /* VALUE that is just one indicator; EACH: whose records */
    const struct template_scope *scope;    /* of feel */
    const struct template_part *inside, *otherwise;
    const struct template_scope *each;     /* of what is inside */
    const struct indicator **columns;      /* TABLE; CHART: one */
    size_t column_count;
    str by;
};
/* Scopes: outside (no ledger), within the records of a ledger, within 各村组. */
const struct template_scope *template_scope(struct op *op, const struct indicators *all, const struct ledger *l,
                                            bool groups);
/* A piece of an office's own file. `place` says where it stands, for faults. */
struct template_source {
    struct op *op;
    const struct town *town;
    const struct indicators *all;
    str file, place;
};
/* The text of one paragraph or cell, its directives closed within it. */
[[nodiscard]] bool template_inline(const struct template_source *from, str text, const struct template_scope *scope,
                                   const struct template_part **ret);
/* What stands after #若 or #每 when what it holds is not text but rows or paragraphs: only the head of the part. */
[[nodiscard]] bool template_head(const struct template_source *from, str directive, const struct template_scope *scope,
                                 struct template_part *ret);

struct templates {
    struct report_template **p;
    size_t n, cap;
};
