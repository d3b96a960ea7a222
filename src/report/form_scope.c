/* The blank form: which records a roll is about, by its title. 党员名册 is not about everybody, and a roll of everybody under
 * that title would carry the numbers of those it never asked for to the superior. */
#include "ledger/excel.h"
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

bool form_month(str title, int *ret_year, int *ret_month)
{
    size_t at, second;
    int month = 0;
    *ret_year = excel_title_year(title);
    if (!*ret_year || !str_find(title, S("年"), &at))
        return false;
    str rest = str_part(title, at + S("年").n, title.n);
    size_t digits = 0;
    while (digits < rest.n && digits < 2 && rest.p[digits] >= '0' && rest.p[digits] <= '9')
        month = month * 10 + (rest.p[digits++] - '0');
    bool said = digits && month >= 1 && month <= 12 && str_starts(str_part(rest, digits, rest.n), S("月"));
    *ret_month = said ? month : 0;
    return !str_find(rest, S("年"), &second) || !excel_title_year(rest);
}

/* 2022年1月值班表 is not about other months: 期间 of the ledger's own sheet says which day counts. */
static void scope_period(struct op *op, const struct form *form, struct form_scope *ret)
{
    const struct field *f = form->ledger->sheet.period;
    int year, month;
    if (!f || (f->type != F_DAY && f->type != F_TIME) || form->year != form->year_last || !form_month(form->title, &year, &month))
        return;
    str last = day_text(op, month_end(year, month ? month : 12));
    const char *kind = f->type == F_DAY ? "date" : "date and time", *begin = f->type == F_DAY ? "" : "T00:00:00+08:00",
               *end = f->type == F_DAY ? "" : "T23:59:59+08:00";
    *ret = (struct form_scope){.word = month ? op_text(op, "%d年%d月", year, month) : op_text(op, "%d年", year),
                               .where = op_text(op, "%.*s >= %s(\"%d-%02d-01%s\") and %.*s <= %s(\"%.*s%s\")", PS(f->name), kind, year,
                                                month ? month : 1, begin, PS(f->name), kind, PS(last), end)};
    ret->said = op_text(op, "%.*s在这期间", PS(f->name));
}

/* The town itself is a village group to the ledger; to a form, whose total it would double, it is none, nor is what has ended. */
static bool scope_groups(const struct form *form, struct form_scope *ret)
{
    const struct plan *p = plan_of(form->ledger);
    if (!p->is_group)
        return false;
    *ret = (struct form_scope){.word = form->ledger->name, .said = S("镇下面、今日还在的")};
    ret->where = op_text(form->grid->op, "%.*s != null and (止 = null or 止 >= today())", PS(group_parent(p)->name));
    return true;
}

bool form_scope_find(struct tx *tx, const struct town *town, const struct who *who, const struct form *form, struct form_scope *ret)
{
    *ret = (struct form_scope){0};
    if (!form->ledger || form->card || scope_groups(form, ret) || !form->title.n || scope_said(form, ret))
        return true;
    if (!scope_marked(tx, town, who, form, ret))
        return false;
    if (!ret->word.n)
        scope_period(tx->op, form, ret);
    return true;
}
