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

static inline const struct fault *fault_last(const struct op *op)
{
    const struct fault *last = op->faults;
    while (last && last->next)
        last = last->next;
    must(last != NULL);
    return last;
}

/* The first moment of the day after, less a millisecond. */
static inline time_ms day_ends(day d)
{
    return ((time_ms)d + 1) * 86400000 - TOWN_OFFSET_MS - 1;
}

/* ---- templates --------------------------------------------------------------------------------------------------- */

enum part_kind { PART_TEXT, PART_VALUE, PART_IF, PART_EACH, PART_TABLE, PART_PROSE };

/* Names an expression of a template may use: indicators, a few words about the report, inside 每 fields of a ledger. */
enum word { WORD_FROM, WORD_TO, WORD_YEAR, WORD_PERSON, WORD_TOWN, WORD_NUMBER, WORDS };
extern const str words_names[WORDS];
struct template_scope {
    struct feel_scope feel;
    const struct ledger *ledger;           /* of 每; NULL outside */
    struct name_source {
        enum { NAME_INDICATOR, NAME_WORD, NAME_FIELD } kind;
        size_t index;                      /* of the indicators, the words, the fields */
    } *sources;
};

struct template_part {
    struct template_part *next;
    enum part_kind kind;
    int line;
    str text;                              /* PART_TEXT; PART_PROSE its name */
    const struct feel *feel;               /* VALUE, IF */
    const struct indicator *alone;         /* VALUE that is just one indicator; EACH: whose records */
    const struct template_scope *scope;    /* of feel */
    const struct template_part *inside, *otherwise;
    const struct template_scope *each;     /* of what is inside */
    const struct indicator **columns;      /* TABLE */
    size_t column_count;
    str by;
};
struct templates {
    struct report_template **p;
    size_t n, cap;
};
