/* 横表: a sheet on which a choice heads each column, 日期 | 带班领导 | 值班员 | 司机, and every filled cell is a record of its own. */
#include "ledger/define.h"
#include "ledger/excel.h"

enum { WORDS_MAX = 2000 };

static const struct member members[] = {{SC("列"), JSON_STRING, true},
                                        {SC("格"), JSON_STRING, true},
                                        {SC("次"), JSON_STRING, false},
                                        {SC("写"), JSON_STRING, false}};

bool spread_read(struct reader *r, struct ledger *l, const struct json *root)
{
    const struct json *j = json_get(root, S("横表"));
    if (!j)
        return true;
    if (!members_check(r, j, members, COUNT(members), "横表"))
        return false;
    str by = json_str(j, S("列")), cell = json_str(j, S("格")), next = json_str(j, S("次"));
    struct spread s = {.by = ledger_field(l, by), .cell = ledger_field(l, cell), .next = next.n ? ledger_field(l, next) : NULL, .said = json_str(j, S("写"))};
    bool keyed = text_in(by, l->keys, l->key_count), rest = l->key_count > 1 + (next.n > 0);
    if (!s.by || s.by->type != F_ENUM || !keyed || !rest)
        return wrong(r, line_of(j, S("列")), "横表的“列”须是“键”里的一个“枚”字段，键里还要有别的字段认出一行");
    if (!s.cell || s.cell->type == F_COMPUTED || !excel_carries(s.cell) || text_in(cell, l->keys, l->key_count))
        return wrong(r, line_of(j, S("格")), "横表的“格”须是键以外填写的字段");
    if (next.n && (!s.next || s.next->type != F_INT || s.next->required || !text_in(next, l->keys, l->key_count)))
        return wrong(r, line_of(j, S("次")), "横表的“次”须是“键”里不必填的“整”字段");
    s.line = j->line;
    l->spread = s;
    return true;
}

bool spread_link(struct reader *r, struct plan *p)
{
    struct spread *s = &p->def.spread;
    str why;
    if (!s->by || !s->said.n)
        return true;
    struct reach *shown = op_new(r->op, struct reach);
    if (!reach_find(r->op, p, s->said, shown, &why))
        return wrong(r, s->line, "横表的“写”：“%.*s”：%.*s", PS(s->said), PS(why));
    if (shown->step_count != 1 || &p->def.fields[shown->steps[0]] != s->cell)
        return wrong(r, s->line, "横表的“写”须从“格”走一步；例：人.姓名");
    s->shown = shown;
    return true;
}

struct words {
    struct spread_word *p;
    size_t n, cap;
};

static void word_add(struct op *op, struct words *words, str word, str choice)
{
    for (size_t i = 0; i < words->n; i++)
        if (str_eq(words->p[i].word, word))
            return;
    *list_add(op, words) = (struct spread_word){word, choice};
}

/* What a field of that name says in the records of a ledger. */
static bool words_of(struct tx *tx, const struct plan *p, str name, struct words *words)
{
    const struct field *f = ledger_field(&p->def, name);
    struct rows *rows;
    bool found;
    if (!f || f->type != F_ENUM || f->column < 0)
        return true;
    str sql = op_text(tx->op, "select distinct %.*s from %.*s where town = $1 and removed = 0 and %.*s is not null limit %d",
                      PS(store_name(tx->op, f->name)), PS(sql_table(tx->op, p)), PS(store_name(tx->op, f->name)), WORDS_MAX);
    if (!store_query(tx, op_z(tx->op, sql), ARGS(TEXT(store_town(tx))), &rows) || !rows_next(rows, &found))
        return false;
    while (found) {
        str word = rows_text(rows, 0);
        word_add(tx->op, words, word, word);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

bool spread_words(struct tx *tx, const struct ledger *l, struct spread_word **ret, size_t *ret_count)
{
    const struct plan *p = plan_of(l);
    const struct field *by = l->spread.by;
    struct words words = {0};
    for (size_t i = 0; by && i < by->choice_count; i++)
        word_add(tx->op, &words, by->choices[i], by->choices[i]);
    for (size_t i = 0; by && i < by->word_count; i++)
        word_add(tx->op, &words, by->words[i].word, by->words[i].choice);
    if (by && by->open_choices && !words_of(tx, p, by->name, &words))
        return false;
    for (size_t i = 0; by && by->open_choices && i < l->field_count; i++)
        if (l->fields[i].type == F_REF && !words_of(tx, p->targets[i], by->name, &words))
            return false;
    *ret = words.p;
    *ret_count = words.n;
    return true;
}
