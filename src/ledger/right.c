/* Rights: who may do what with which rows, and which fields stay covered. Everyone asks here. */
#include "ledger/inner.h"

const str act_names[ACTS] = {
    [ACT_READ] = SC("查看"),    [ACT_ADD] = SC("新增"),        [ACT_CHANGE] = SC("修改"),
    [ACT_STATE] = SC("流转"),   [ACT_WITHDRAW] = SC("作废"),   [ACT_IMPORT] = SC("导入"),
    [ACT_EXPORT] = SC("导出"),  [ACT_REVEAL] = SC("查看敏感"), [ACT_AUDIT] = SC("审计"),
    [ACT_DESTROY] = SC("销毁"), [ACT_SUPERVISE] = SC("督办"),
};

static bool grant_covers(const struct grant *g, const struct plan *plan, enum act act)
{
    bool all = str_eq(g->ledger, S("*")) && !plan->def.named_only;
    return (g->acts >> act & 1) && (all || str_eq(g->ledger, plan->def.name) || str_eq(g->ledger, plan->def.english));
}

static bool grant_masks(const struct grant *g, const struct field *f)
{
    if (g->masks && f->sensitive)
        return true;
    for (size_t i = 0; i < g->masked_count; i++)
        if (str_eq(g->masked[i], f->name))
            return true;
    return false;
}

/* What stands for the person asking; a field of that name goes before. */
static const str my_names[] = {SC("本人"), SC("本账号")};

static bool is_mine(const struct plan *plan, str name, size_t *ret)
{
    for (size_t i = 0; i < COUNT(my_names); i++) {
        *ret = i;
        if (str_eq(my_names[i], name))
            return !map_get(&plan->by_name, name);
    }
    return false;
}

str who_condition(struct op *op, const struct who *who, const struct plan *plan, str text)
{
    const id mine[COUNT(my_names)] = {who->staff, who->account};
    struct buf b;
    size_t which;
    struct text_walk all = {.text = text};
    buf_init(&b, op, 0);
    for (str part; walk_next(&all, &part);) {
        bool member = part.p > text.p && part.p[-1] == '.';
        if (all.quoted || member || !is_mine(plan, part, &which))
            buf_add(&b, part);
        else if (id_none(mine[which]))
            buf_add(&b, S("null"));
        else
            buf_text(&b, "\"%.*s\"", PS(id_text(op, mine[which])));
    }
    return buf_str(&b);
}

/* A grant's rows as SQL over alias t. */
static bool grant_condition(struct sql *s, const struct plan *plan, const struct who *who, const struct grant *g)
{
    const struct plan *groups = plan->town->groups;
    sql_add(s, "(");
    if (g->whole_town) {
        sql_add(s, "1=1");
    } else if (id_none(g->group) || !groups) {
        sql_add(s, "1=0"); /* a post without a group has no group's rows */
    } else {
        sql_str(s, sql_column(s->op, S("t"), S("组")));
        sql_add(s, " in ");
        *list_add(s->op, &s->args) = ID(g->group);
        sql_str(s, sql_groups_under(s->op, groups, op_text(s->op, "$%zu", s->args.n)));
    }
    if (g->where.n) {
        struct feel *tree;
        str reason, where = who_condition(s->op, who, plan, g->where);
        int faults = s->op->fault_count;
        sql_add(s, " and ");
        if (!feel_parse(s->op, where, reach_scope(s->op, plan, where), &tree)) {
            op_forgive(s->op, faults);
            return op_fail(s->op, FAULT_DENIED, S(""), "权限的行条件“%.*s”读不懂，已按无权处理，请管理员改正", PS(g->where));
        }
        if (!sql_condition(s, plan, tree, S("t"), &reason))
            return op_fail(s->op, FAULT_DENIED, S(""),
                           "权限的行条件“%.*s”不能在数据库里计算（%.*s），已按无权处理，请管理员改正", PS(g->where),
                           PS(reason));
    }
    sql_add(s, ")");
    return true;
}

bool right_for(struct op *op, const struct town *town, const struct who *who, const struct ledger *l, enum act act,
               struct right *ret)
{
    const struct plan *plan = plan_of(l);
    must(act < ACTS && plan->town == town);
    bool *masked = op_array(op, bool, l->field_count);
    struct right right = {.masked = masked};
    if (who->system) {
        right.all = true;
        *ret = right;
        return true;
    }
    struct sql s;
    size_t count = 0;
    bool *open = op_array(op, bool, l->field_count);
    sql_init(&s, op);
    sql_add(&s, "(");
    for (size_t i = 0; i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        if (!grant_covers(g, plan, act))
            continue;
        if (count++)
            sql_add(&s, " or ");
        bool all = g->whole_town && !g->where.n;
        right.all = right.all || all;
        if (!grant_condition(&s, plan, who, g))
            return false;
        for (size_t f = 0; f < l->field_count; f++) {
            bool masks = grant_masks(g, &l->fields[f]);
            masked[f] = masked[f] || masks;
            open[f] = open[f] || (all && !masks);
        }
    }
    sql_add(&s, ")");
    if (count == 0)
        return op_fail(op, FAULT_DENIED, S(""), "您的岗位没有%.*s“%.*s”的权限；如工作需要，请找管理员办理", PS(act_names[act]), PS(l->name));

    /* Covered, unless one grant that shows every row leaves it open, or none covers it: which grant showed a row is not
     * asked. */
    for (size_t f = 0; f < l->field_count; f++)
        masked[f] = masked[f] && !open[f];
    if (!right.all) {
        right.sql = op_copy(op, buf_str(&s.text));
        right.args = s.args.p;
        right.arg_count = s.args.n;
    }
    *ret = right;
    return true;
}

bool right_ask(struct op *op, const struct who *who, const struct plan *plan, enum act act, struct right *ret)
{
    int faults = op->fault_count;
    bool may = right_for(op, plan->town, who, &plan->def, act, ret);
    op_forgive(op, faults);
    return may;
}

/* or, outside brackets and quotes, would let in what the beginning keeps out */
static bool joined_by_or(str text)
{
    struct text_walk all = {.text = text};
    int depth = 0;
    for (str piece; walk_next(&all, &piece);) {
        if (all.quoted)
            continue;
        depth += strchr("([{", *piece.p) != NULL;
        depth -= strchr(")]}", *piece.p) != NULL;
        if (depth == 0 && str_eq(piece, S("or")))
            return true;
    }
    return false;
}

bool right_within(const struct who *who, const struct ledger *l, enum act act, str where)
{
    bool within = who->system;
    for (size_t i = 0; i < who->grant_count && !within; i++) {
        const struct grant *g = &who->grants[i];
        str rest = str_starts(where, g->where) ? str_part(where, g->where.n, where.n) : S("");
        within = grant_covers(g, plan_of(l), act) && g->whole_town &&
                 (g->where.n == 0 || str_eq(where, g->where) ||
                  (str_starts(rest, S(" and ")) && !joined_by_or(where)));
    }
    return within;
}

bool right_plain(const struct who *who, const struct ledger *l, enum act act)
{
    bool plain = who->system;
    for (size_t i = 0; i < who->grant_count && !plain; i++)
        plain = grant_covers(&who->grants[i], plan_of(l), act) && who->grants[i].where.n == 0;
    return plain;
}

void right_add(struct sql *s, const struct right *right)
{
    must(s->args.n == 0); /* its parameters are numbered from 1 */
    if (right->all) {
        sql_add(s, "1=1");
        return;
    }
    for (size_t i = 0; i < right->arg_count; i++)
        *list_add(s->op, &s->args) = right->args[i];
    sql_str(s, right->sql);
}

bool right_holds(struct tx *tx, const struct plan *plan, const struct right *right, id record, bool *ret)
{
    struct sql s;
    int64_t n;
    *ret = right->all;
    if (right->all)
        return true;
    sql_init(&s, tx->op);
    sql_add(&s, "select 1 from ");
    sql_str(&s, sql_table(tx->op, plan));
    sql_add(&s, " t where ");
    right_add(&s, right);
    sql_add(&s, " and t.record = ");
    sql_arg(&s, ID(record));
    return store_int(tx, sql_z(&s), sql_args(&s), &n, ret);
}

str right_key(struct op *op, const struct right *right)
{
    struct sql s;
    sql_init(&s, op);
    if (!right->all && right->sql.n)
        right_add(&s, right);
    return sql_key(&s);
}

/* One, or so many in one go: not a statement for every count. */
enum { HOLDS_AT_ONCE = 64 };

static bool some_hold(struct tx *tx, const struct plan *plan, const struct right *right, const id *records, size_t count,
                      bool *ret)
{
    struct sql s;
    id *found;
    size_t found_count;
    sql_init(&s, tx->op);
    sql_add(&s, "select t.record from ");
    sql_str(&s, sql_table(tx->op, plan));
    sql_add(&s, " t where ");
    right_add(&s, right);
    for (size_t i = 0; i < HOLDS_AT_ONCE; i++) {
        sql_add(&s, i ? ", " : " and t.record in (");
        sql_arg(&s, ID(records[i < count ? i : 0]));
    }
    sql_add(&s, ")");
    if (!store_ids(tx, sql_z(&s), sql_args(&s), &found, &found_count))
        return false;
    for (size_t i = 0; i < count; i++) {
        ret[i] = false;
        for (size_t k = 0; k < found_count && !ret[i]; k++)
            ret[i] = id_eq(records[i], found[k]);
    }
    return true;
}

bool right_holds_each(struct tx *tx, const struct ledger *l, const struct right *right, const id *records, size_t count,
                      bool *ret)
{
    const struct plan *plan = plan_of(l);
    for (size_t i = 0; i < count; i++)
        ret[i] = right->all;
    if (right->all)
        return true;
    if (count == 1)
        return right_holds(tx, plan, right, records[0], ret);
    for (size_t i = 0; i < count; i += HOLDS_AT_ONCE) {
        size_t some = count - i < HOLDS_AT_ONCE ? count - i : HOLDS_AT_ONCE;
        if (!some_hold(tx, plan, right, records + i, some, ret + i))
            return false;
    }
    return true;
}

bool right_check(struct tx *tx, const struct who *who, const struct plan *plan, enum act act, id record,
                 struct right *ret)
{
    bool holds;
    if (!right_for(tx->op, plan->town, who, &plan->def, act, ret) || !right_holds(tx, plan, ret, record, &holds))
        return false;
    if (!holds)
        return op_fail(tx->op, FAULT_DENIED, S(""), "这条“%.*s”不在您岗位的范围内，不能%.*s", PS(plan->def.name), PS(act_names[act]));
    return true;
}

/* ---- as it was --------------------------------------------------------------------------------------------------- */

struct groups_under {
    id *groups;
    size_t count;
};

/* A village group with all under it. A search asks for every ledger. */
static bool groups_read(struct tx *tx, const struct plan *groups, id root, id **ret, size_t *ret_count)
{
    struct memo *memo = store_memo(tx);
    str key = op_text(tx->op, "groups under %.*s", PS(id_text(tx->op, root)));
    struct groups_under *known = memo ? map_get(&memo->map, key) : NULL;
    if (known) {
        *ret = known->groups;
        *ret_count = known->count;
        return true;
    }
    str sql = op_text(tx->op, "select record from %.*s where record in %.*s", PS(sql_table(tx->op, groups)),
                      PS(sql_groups_under(tx->op, groups, S("$1"))));
    if (!store_ids(tx, sql.p, ARGS(ID(root)), ret, ret_count))
        return false;
    if (!memo)
        return true;
    known = op_new(&memo->op, struct groups_under);
    *known = (struct groups_under){op_array(&memo->op, id, *ret_count), *ret_count};
    if (*ret_count)
        memcpy(known->groups, *ret, *ret_count * sizeof **ret);
    map_put(&memo->map, op_copy(&memo->op, key), known);
    return true;
}

struct right_rows {
    bool all;
    struct grant_rows {
        bool whole_town;
        id root, *groups;       /* the group of the grant; with all under it */
        size_t group_count;
        struct feel *where;
    } *grants;
    size_t count;
};

bool right_rows_new(struct tx *tx, const struct who *who, const struct plan *plan, enum act act,
                    struct right_rows **ret)
{
    struct right right;
    struct right_rows *r = *ret = op_new(tx->op, struct right_rows);
    if (!right_for(tx->op, plan->town, who, &plan->def, act, &right))
        return false;
    r->all = right.all;
    r->grants = op_array(tx->op, struct grant_rows, who->grant_count);
    for (size_t i = 0; !r->all && i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        struct grant_rows *rows = &r->grants[r->count];
        if (!grant_covers(g, plan, act) || (!g->whole_town && (id_none(g->group) || !plan->town->groups)))
            continue;
        str where = who_condition(tx->op, who, plan, g->where);
        rows->whole_town = g->whole_town;
        rows->root = g->group;
        if ((!g->whole_town && !groups_read(tx, plan->town->groups, g->group, &rows->groups, &rows->group_count)) ||
            (g->where.n && !feel_parse(tx->op, where, reach_scope(tx->op, plan, where), &rows->where)))
            return false;
        r->count++;
    }
    return true;
}

/* What a condition takes out of sight today (a letter that turned out to be an accusation) does not come back by reading
 * how things stood before. */
static bool condition_holds(const struct feel *where, struct row *row, bool *ret)
{
    struct row now;
    bool found = true;
    *ret = feel_true(row_eval(row, where));
    if (!*ret || !row->as_of)
        return !row->broken;
    row_init(&now, row->tx, row->plan);
    if (!row_load(&now, row->record, &found))
        return false;
    *ret = found && feel_true(row_eval(&now, where));
    return !row->broken && !now.broken;
}

static bool rights_row(struct right_rows *r, struct row *row, id group, bool *ret)
{
    *ret = r->all;
    for (size_t i = 0; !*ret && i < r->count; i++) {
        bool shown = r->grants[i].whole_town || (row->plan->is_group && id_eq(row->record, r->grants[i].root));
        for (size_t k = 0; !shown && k < r->grants[i].group_count; k++)
            shown = id_eq(r->grants[i].groups[k], group);
        *ret = shown;
        if (shown && r->grants[i].where && !condition_holds(r->grants[i].where, row, ret))
            return false;
    }
    return !row->broken;
}

bool right_row(struct right_rows *r, struct row *row, bool *ret)
{
    id group = {0};
    return (r->all || row_group(row, &group)) && rights_row(r, row, group, ret);
}

bool right_row_new_place(struct right_rows *r, struct row *row, bool *ret)
{
    const struct field *parent = row->plan->is_group ? group_parent(row->plan) : NULL;
    if (!parent)
        return right_row(r, row, ret);
    struct arg up = row->cells[parent->column];
    return rights_row(r, row, up.kind == ARG_ID ? up.id : (id){0}, ret);
}

bool right_scope(struct tx *tx, const struct who *who, const struct plan *plan, enum act act, struct search_scope *ret)
{
    struct { id *p; size_t n, cap; } all = {0};
    *ret = (struct search_scope){.ledger = plan->def.english, .order = plan->def.found_order, .whole_town = who->system};
    for (size_t i = 0; i < who->grant_count; i++) {
        const struct grant *g = &who->grants[i];
        id *groups;
        size_t count;
        if (!grant_covers(g, plan, act))
            continue;
        ret->whole_town = ret->whole_town || g->whole_town;
        if (g->whole_town || id_none(g->group) || !plan->town->groups)
            continue;
        if (!groups_read(tx, plan->town->groups, g->group, &groups, &count))
            return false;
        for (size_t k = 0; k < count; k++)
            *list_add(tx->op, &all) = groups[k];
    }
    ret->groups = all.p;
    ret->group_count = all.n;
    return true;
}
