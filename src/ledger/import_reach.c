/* Columns of the record that a row names: 姓名, 身份证号, 户主, 电话 of the 人 or 户 it is about. They find that record;
 * what they say otherwise is told and never written there.
 *
 *     strong   what is unique (身份证号, 户号)              finds it alone
 *     name     what it is called by (姓名, 户主)            finds it when there is only one; must be right
 *     other    电话, 村组, 住址                             narrows; a difference is a remark */
#include "ledger/import.h"

enum { ALIKE_MAX = 3 /* several are enough to ask back */ };

static bool is_key(const struct reach *reach)
{
    const struct ledger *of = reach->of;
    return reach->end->unique || (of->key_count == 1 && ledger_field(of, of->keys[0]) == reach->end);
}

/* What its title calls it by. */
static bool is_name(const struct import *im, const struct reach *reach)
{
    const struct plan *of = plan_of(reach->of);
    const int *names;
    size_t count;
    if (reach->end->type == F_REF)
        return !str_eq(reach->end->target, GROUP_LEDGER);
    if (is_key(reach) || reach->steps[reach->step_count - 1] < 0 || field_columns[reach->end->value] != COLUMN_TEXT)
        return false;
    feel_names(im->op, of->title, &names, &count);
    for (size_t i = 0; i < count; i++) {
        const struct source *s = source_of(of->title, names[i]);
        if (s->kind == SOURCE_FIELD && &of->def.fields[s->field] == reach->end)
            return true;
    }
    return false;
}

/* A column of this reference that says something in this row; NULL: none. */
static const struct column_in *column_given(const struct import *im, size_t i, const struct field *f)
{
    const struct column_in *c = &im->columns.p[i];
    return c->reach && im->reach_given[i] && im->reach_values[i].kind != CHECKED_EMPTY &&
                   &im->plan->def.fields[c->reach->steps[0]] == f
               ? c
               : NULL;
}

/* ---- cells ------------------------------------------------------------------------------------------------------- */

void reach_take(struct import *im, const struct column_in *c, const struct xlsx_cell *cell)
{
    size_t i = (size_t)(c - im->columns.p);
    struct field as = *c->reach->end;
    struct checked *v = &im->reach_values[i];
    as.type = as.value;
    str typed = cell->text;
    if (cell->kind == XLSX_ERROR_CELL || str_eq(str_trim(typed), REACH_UNSEEN) || (im->round_trip && contains(typed, S("*"))))
        return;
    if (cell->lost_digits && import_loses_digits(&as)) {
        (void)!check_lost_digits(im->op, &as, cell->raw.n ? cell->raw : typed, v);
        import_wrong(im, c, typed, v->trouble);
        return;
    }
    str dated = import_dated(im, c, &as, typed);
    if (typed.n && !dated.n)
        return;
    bool good = check_text(im->op, &as, dated, v);
    if (!good && c->reach->end->paper.n) { /* a passport's number, perhaps */
        as.type = as.value = F_CODE;
        str trouble = v->trouble;
        bool digits = v->text.n == 18;
        good = !digits && check_text(im->op, &as, typed, v);
        v->trouble = trouble;
    }
    if (good)
        im->reach_given[i] = v->kind != CHECKED_EMPTY;
    else if (is_key(c->reach) || is_name(im, c->reach))
        import_wrong(im, c, typed, v->trouble);
    else
        import_warn(im, c, typed, v->trouble);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

struct asking {
    struct buf sql;
    struct arg args[STORE_ARGS_MAX];
    size_t count;
};

static void ask_value(struct asking *a, struct arg value)
{
    a->args[a->count++] = value;
    buf_text(&a->sql, "$%zu", a->count);
}

/* A reference that is named by a text: what its ledger is searched by says so. False: it cannot be asked for. */
static bool named_add(struct import *im, struct asking *a, const struct field *f, str text)
{
    const struct plan *target = import_target(im, f);
    size_t n = 0;
    buf_text(&a->sql, "%.*s in (select record from %.*s where removed = 0 and (", PS(store_name(im->op, f->name)),
             PS(sql_table(im->op, target)));
    for (size_t i = 0; i < target->def.search_count; i++) {
        const struct field *by = ledger_field(&target->def, target->def.search_fields[i]);
        if (by->column < 0 || field_columns[by->value] != COLUMN_TEXT)
            continue;
        buf_text(&a->sql, "%s%.*s = ", n++ ? " or " : "", PS(store_name(im->op, by->name)));
        ask_value(a, TEXT(text));
    }
    buf_add(&a->sql, n ? S("))") : S("1=0))"));
    return n > 0;
}

/* "户主" in (select record from now_person where removed = 0 and "证件号" = $2), from the record that is looked for on. */
static bool condition_add(struct import *im, struct asking *a, const struct reach *reach, const struct checked *v)
{
    struct op *op = im->op;
    const struct field *end = reach->end;
    bool group = end->type == F_REF && str_eq(end->target, GROUP_LEDGER);
    size_t last = reach->step_count;
    id x;
    if (reach->step_count > 1 && reach->steps[last - 1] < 0) { /* the name of its group: the group itself is kept beside */
        group = true;
        last--;
    }
    if ((group && !import_group_named(im, v->text, &x)) || (!group && end->column < 0))
        return false;
    buf_add(&a->sql, S(" and "));
    for (size_t i = 1; i < last; i++)
        buf_text(&a->sql, "%.*s in (select record from %.*s where removed = 0 and ",
                 PS(store_name(op, reach->steps[i] < 0 ? S("组")
                                                        : reach_step(im->plan, reach, i - 1)->def.fields[reach->steps[i]].name)),
                 PS(sql_table(op, reach_step(im->plan, reach, i))));
    bool asked = true;
    if (!group && end->type == F_REF) {
        asked = named_add(im, a, end, v->text);
    } else {
        buf_text(&a->sql, "%.*s = ", PS(store_name(op, last < reach->step_count ? S("组") : end->name)));
        ask_value(a, group ? ID(x) : checked_cell(op, end, v));
    }
    for (size_t i = 1; i < last; i++)
        buf_byte(&a->sql, ')');
    return asked;
}

enum asked_for { ASK_KEYS, ASK_NAMES, ASK_ALL };

/* The records that the columns of this kind mean; ret->count 0 and ret_asked false: none of them says anything. */
static bool meant_find(struct import *im, const struct field *f, enum asked_for kind, id group, struct known *ret,
                       bool *ret_asked)
{
    const struct plan *target = import_target(im, f);
    struct asking a = {0};
    buf_init(&a.sql, im->op, 0);
    buf_text(&a.sql, "select record from %.*s where town = ", PS(sql_table(im->op, target)));
    ask_value(&a, TEXT(store_town(im->tx)));
    buf_add(&a.sql, S(" and removed = 0"));
    *ret = (struct known){0};
    *ret_asked = false;
    for (size_t i = 0; i < im->columns.n && a.count < STORE_ARGS_MAX / 2; i++) {
        const struct column_in *c = column_given(im, i, f);
        if (!c || (kind == ASK_KEYS && !is_key(c->reach)) || (kind == ASK_NAMES && !is_name(im, c->reach)))
            continue;
        if (condition_add(im, &a, c->reach, &im->reach_values[i]))
            *ret_asked = true;
        else if (is_key(c->reach) || is_name(im, c->reach))
            return true;
    }
    if (!id_none(group)) {
        buf_text(&a.sql, " and %.*s = ", PS(store_name(im->op, S("组"))));
        ask_value(&a, ID(group));
    }
    if (!*ret_asked)
        return true;
    buf_text(&a.sql, " limit %d", ALIKE_MAX);
    return import_known(im, buf_str(&a.sql), store_args(a.args, a.count), ret);
}

static const struct column_in *column_of(const struct import *im, const struct field *f, bool keys)
{
    const struct column_in *first = NULL;
    for (size_t i = 0; i < im->columns.n; i++) {
        const struct column_in *c = column_given(im, i, f);
        if (c && keys == is_key(c->reach) && (keys || is_name(im, c->reach)))
            return c;
        first = first ? first : c;
    }
    return first;
}

static const char *key_word(const struct import *im, const struct field *f)
{
    const struct plan *target = import_target(im, f);
    for (size_t i = 0; i < im->columns.n; i++)
        if (im->columns.p[i].reach && &im->plan->def.fields[im->columns.p[i].reach->steps[0]] == f &&
            is_key(im->columns.p[i].reach))
            return op_z(im->op, im->columns.p[i].heading);
    return op_z(im->op, target->def.keys[0]);
}

/* One column that says what is unique: what is remembered of it is asked. */
static bool direct_find(struct import *im, const struct field *f, struct known *ret, bool *ret_asked)
{
    const struct column_in *only = NULL;
    *ret_asked = false;
    for (size_t i = 0; i < im->columns.n; i++) {
        const struct column_in *c = column_given(im, i, f);
        if (!c || !is_key(c->reach))
            continue;
        if (only || !reach_direct(c->reach))
            return true;
        only = c;
    }
    if (!only)
        return true;
    *ret_asked = true;
    return bulk_find(im->bulk, only->reach->of, only->reach->end, im->reach_values[only - im->columns.p].text, &ret->id,
                     &ret->count);
}

/* Strong columns decide; without them the names, then all that is said of it and where the sheet is from. */
static bool reference_reach(struct import *im, const struct field *f, struct known *ret)
{
    const struct plan *target = import_target(im, f);
    struct known known;
    bool asked;
    known = *ret = (struct known){0};
    if (!direct_find(im, f, &known, &asked) || (!asked && !meant_find(im, f, ASK_KEYS, (id){0}, &known, &asked)))
        return false;
    bool by_key = asked;
    if (!asked && !meant_find(im, f, ASK_NAMES, (id){0}, &known, &asked))
        return false;
    for (int narrower = 0; narrower < 2 && !by_key && known.count > 1; narrower++) {
        struct known fewer;
        if (!meant_find(im, f, ASK_ALL, narrower ? im->row_group : (id){0}, &fewer, &asked))
            return false;
        known = fewer.count ? fewer : known;
    }
    if (known.count == 1) {
        *ret = known;
        return true;
    }
    const struct column_in *c = column_of(im, f, by_key);
    str said = im->reach_values[c - im->columns.p].text;
    if (known.count > 1)
        import_wrong(im, c, said,
                     op_text(im->op, "“%.*s”里不止一个“%.*s”，请填%s", PS(target->def.name), PS(said), key_word(im, f)));
    else if (asked)
        import_wrong(im, c, said,
                     op_text(im->op, "“%.*s”里没有%.*s为“%.*s”的，请核对，或先在那里登记；这张表不会改动那本台账",
                             PS(target->def.name), PS(c->heading), PS(said)));
    else
        import_wrong(im, c, said,
                     op_text(im->op, "认不出是哪一个“%.*s”，请填%s", PS(target->def.name), key_word(im, f)));
    return true;
}

/* ---- comparing --------------------------------------------------------------------------------------------------- */

/* What the register says where the sheet says something: only if the person may see it. */
static bool reach_now(struct import *im, const struct field *f, id record, const struct reach *reach, enum reached *ret,
                      struct arg *ret_cell, struct row **ret_at)
{
    struct row *row = op_new(im->op, struct row);
    row_init(row, im->tx, im->plan);
    if (!im->reach_labels) {
        im->reach_labels = labels_new(im->tx, im->who);
        labels_whole(im->reach_labels);
    }
    row->labels = im->reach_labels;
    row->cells[f->column] = ID(record);
    return reach_read(row, reach, ret, ret_cell, ret_at);
}

static bool same_reference(struct import *im, const struct field *f, id record, str text, bool *ret)
{
    const struct plan *target = import_target(im, f);
    struct row row;
    bool found;
    id group;
    row_init(&row, im->tx, target);
    if (target->is_group && import_group_named(im, text, &group)) {
        *ret = id_eq(group, record);
        return true;
    }
    if (!row_load(&row, record, &found))
        return false;
    *ret = found && import_titled(im->op, row_title(&row), text);
    for (size_t i = 0; found && !*ret && i < target->def.search_count; i++) {
        struct arg cell = row_cell(&row, ledger_field(&target->def, target->def.search_fields[i]));
        *ret = cell.kind == ARG_TEXT && str_eq(cell.text, text);
    }
    return !row.broken;
}

enum likeness { LIKE_SAME, LIKE_OTHER, LIKE_UNKNOWN };

static bool likeness_of(struct import *im, const struct field *f, id record, size_t i, enum likeness *ret, str *ret_now)
{
    const struct reach *reach = im->columns.p[i].reach;
    const struct checked *v = &im->reach_values[i];
    enum reached reached;
    struct arg cell;
    struct row *at;
    bool same;
    *ret_now = (str){0};
    *ret = LIKE_UNKNOWN;
    if (!reach_now(im, f, record, reach, &reached, &cell, &at))
        return false;
    if (reached == REACH_HIDDEN || reached == REACH_COVERED)
        return true;
    if (reached == REACH_NONE) {
        *ret = LIKE_OTHER;
        return true;
    }
    if (reach->end->type == F_REF) {
        if (!same_reference(im, reach->end, cell.id, v->text, &same))
            return false;
    } else if (reach->end->type == F_REFS) {
        if (!import_shown_as(im, reach->end, cell, v->text, &same))
            return false;
    } else {
        same = import_says_same(reach->end, checked_cell(im->op, reach->end, v), cell);
        *ret_now = cell_text(im->op, reach->end, cell);
    }
    *ret = same ? LIKE_SAME : LIKE_OTHER;
    return true;
}

bool import_shown_there(struct import *im, const struct field *f, const struct row *row, bool *ret)
{
    const struct column_in *c = import_column(im, f);
    *ret = false;
    if (!c || c->use != USE_FIELD || !c->reach || row->cells[f->column].kind != ARG_NULL)
        return true;
    const struct field *by = &im->plan->def.fields[c->reach->steps[0]];
    enum likeness likeness;
    str now;
    if (row->cells[by->column].kind != ARG_ID)
        return true;
    if (!likeness_of(im, by, row->cells[by->column].id, (size_t)(c - im->columns.p), &likeness, &now))
        return false;
    *ret = likeness == LIKE_SAME;
    return true;
}

static void difference_tell(struct import *im, const struct field *f, size_t i, str now)
{
    const struct column_in *c = &im->columns.p[i];
    str said = im->reach_values[i].text, ledger = import_target(im, f)->def.name;
    str is = now.n ? op_text(im->op, "是“%.*s”", PS(now)) : S("与此不同或还没有");
    if (is_key(c->reach) || is_name(im, c->reach))
        import_wrong(im, c, said,
                     op_text(im->op, "%.*s与所指的“%.*s”不符，那里%.*s；请核对是不是同一个", PS(c->heading), PS(ledger), PS(is)));
    else
        import_warn(im, c, said,
                    op_text(im->op, "“%.*s”里登记的%.*s%.*s，没有改动；如须更正，请到“%.*s”里改", PS(ledger), PS(c->heading), PS(is),
                            PS(ledger)));
}

static bool reference_compare(struct import *im, const struct field *f, id record)
{
    for (size_t i = 0; i < im->columns.n; i++) {
        const struct column_in *c = column_given(im, i, f);
        enum likeness likeness;
        str now;
        if (!c || c->reach->end->moving)
            continue;
        if (!likeness_of(im, f, record, i, &likeness, &now))
            return false;
        if (likeness == LIKE_OTHER)
            difference_tell(im, f, i, now);
    }
    return true;
}

/* Does the record that is named already fit what finds it? */
static bool still_meant(struct import *im, const struct field *f, id record, bool *ret)
{
    bool keys = false;
    *ret = true;
    for (size_t i = 0; i < im->columns.n; i++)
        keys = keys || (column_given(im, i, f) && is_key(im->columns.p[i].reach));
    for (size_t i = 0; i < im->columns.n && *ret; i++) {
        const struct column_in *c = column_given(im, i, f);
        enum likeness likeness;
        str now;
        if (!c || (keys ? !is_key(c->reach) : !is_name(im, c->reach)))
            continue;
        if (!likeness_of(im, f, record, i, &likeness, &now))
            return false;
        *ret = likeness != LIKE_OTHER;
    }
    return true;
}

static bool reach_reference(struct import *im, const struct field *f, const struct row *existing)
{
    size_t at = (size_t)(f - im->plan->def.fields);
    struct checked *v = &im->values[at];
    struct known known = {0};
    bool meant = false;
    id record;
    if (im->given[at] && v->kind != CHECKED_EMPTY) /* named directly, or found before */
        return !id_parse(v->text, &record) || reference_compare(im, f, record);
    if (existing && existing->cells[f->column].kind == ARG_ID) {
        record = existing->cells[f->column].id;
        if (!still_meant(im, f, record, &meant))
            return false;
        if (meant)
            return reference_compare(im, f, record);
    }
    if (!reference_reach(im, f, &known))
        return false;
    if (im->bad)
        return true;
    *v = checked_id(im, known.id);
    im->given[at] = true;
    return reference_compare(im, f, known.id);
}

static bool says_something(const struct import *im, const struct field *f)
{
    for (size_t i = 0; i < im->columns.n; i++)
        if (column_given(im, i, f))
            return true;
    return false;
}

void reaches_learn(struct import *im)
{
    const struct ledger *l = &im->plan->def;
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        bool named = false, key = false;
        for (size_t k = 0; k < im->columns.n; k++)
            named = named || (im->columns.p[k].reach && &l->fields[im->columns.p[k].reach->steps[0]] == f);
        for (size_t k = 0; k < l->key_count; k++)
            key = key || ledger_field(l, l->keys[k]) == f;
        if (named)
            *list_add(im->side, &im->reaching) = (struct reaching){f, key};
    }
}

bool reaches_find(struct import *im, const struct row *existing, bool keys)
{
    for (size_t i = 0; i < im->reaching.n && !im->bad; i++) {
        const struct reaching *r = &im->reaching.p[i];
        bool now = keys ? r->key : !(r->key && im->reached_before);
        if (now && says_something(im, r->field) && !reach_reference(im, r->field, existing))
            return false;
    }
    im->reached_before = keys;
    return true;
}
