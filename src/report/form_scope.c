/* The blank form: which records a roll is about, by its title. 党员名册 is not about everybody, and a roll of everybody under
 * that title would carry the numbers of those it never asked for to the superior. */
#include "report/form.h"

enum { SCOPE_RECORDS_MAX = 2000 };

/* The ledger says it: 题目. */
static bool scope_said(const struct form *form, struct form_scope *ret)
{
    const struct ledger *l = form->ledger;
    size_t at;
    for (size_t i = 0; i < l->scope_count; i++)
        for (size_t k = 0; k < l->scopes[i].word_count; k++)
            if (str_find(form->title, l->scopes[i].words[k], &at)) {
                *ret = (struct form_scope){.word = l->scopes[i].words[k], .where = l->scopes[i].where, .said = l->scopes[i].where};
                return true;
            }
    return false;
}

/* The longest choice, or word for one, of the marking ledger that the title has: 留守儿童, 低保户. */
static str mark_in(str title, const struct field *mark, str *ret_word)
{
    str choice = {0};
    size_t at;
    *ret_word = S("");
    for (size_t i = 0; i < mark->choice_count; i++)
        if (mark->choices[i].n > ret_word->n && str_find(title, mark->choices[i], &at))
            choice = *ret_word = mark->choices[i];
    for (size_t i = 0; i < mark->word_count; i++)
        if (utf8_count(mark->words[i].word) > 2 && mark->words[i].word.n > ret_word->n && str_find(title, mark->words[i].word, &at)) {
            *ret_word = mark->words[i].word;
            choice = mark->words[i].choice;
        }
    return choice;
}

/* Those that are marked so today, as records: a condition over the ledger itself cannot ask it. */
[[nodiscard]] static bool scope_marked(struct tx *tx, const struct town *town, const struct who *who, const struct form *form,
                                       struct form_scope *ret)
{
    struct op *op = tx->op;
    const struct field *of;
    const struct ledger *marks = ledger_marks(town, form->ledger, &of);
    struct right right;
    str word, choice = marks ? mark_in(form->title, marks->mark, &word) : S("");
    if (!choice.n)
        return true;
    int faults = op->fault_count;
    *ret = (struct form_scope){.word = word, .untold = S("您无权查看是哪些")};
    if (!right_for(op, town, who, marks, ACT_READ, &right)) {
        op_forgive(op, faults);
        return true;
    }
    str from = marks->mark_from->name, to = marks->mark_to->name;
    struct list_query q = {.where = op_text(op, "%.*s = \"%.*s\" and %.*s != null and %.*s <= today() and (%.*s = null or %.*s >= today())",
                                            PS(marks->mark->name), PS(choice), PS(of->name), PS(from), PS(to), PS(to)),
                           .limit = LIST_LIMIT_MAX};
    struct list_page page;
    struct buf ids;
    int64_t count = 0;
    buf_init(&ids, op, 0);
    do {
        if (!list_read(tx, town, who, marks, &q, &page))
            return false;
        for (size_t i = 0; i < page.record_count; i++)
            buf_text(&ids, "%s\"%.*s\"", count++ ? ", " : "", PS(json_str(page.records[i].values, of->name)));
        q.cursor = page.next;
    } while (page.next.n && count <= SCOPE_RECORDS_MAX);
    if (count > SCOPE_RECORDS_MAX) {
        ret->untold = op_text(op, "有%d条以上，一条条列不下", SCOPE_RECORDS_MAX);
        return true;
    }
    *ret = (struct form_scope){.word = word,
                               .where = count ? op_text(op, "id in (%.*s)", PS(buf_str(&ids))) : S("false"),
                               .said = op_text(op, "今日有“%.*s”%.*s", PS(choice), PS(marks->name))};
    return true;
}

bool form_scope_find(struct tx *tx, const struct town *town, const struct who *who, const struct form *form, struct form_scope *ret)
{
    *ret = (struct form_scope){0};
    return !form->ledger || form->card || !form->title.n || scope_said(form, ret) || scope_marked(tx, town, who, form, ret);
}
