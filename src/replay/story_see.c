/* 应当: what must be so. Nothing here changes anything. */
#include "replay/story_inner.h"

static const struct who nobody = {.name = S("系统"), .system = true};

static str word(const struct story *s, size_t i)
{
    return i < s->at->word_count ? s->at->words[i] : S("");
}

static bool is(const struct story *s, size_t i, str text)
{
    return str_eq(word(s, i), text);
}

static bool unlike(struct story *s, str what, str found)
{
    return op_fail(s->p->op, FAULT_CONFLICT, S(""), "%.*s实际是“%.*s”", PS(what), PS(found));
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

static str json_shown(struct op *op, const struct json *v)
{
    struct buf b;
    if (!v || v->kind == JSON_NULL)
        return S("空");
    if (v->kind == JSON_STRING || v->kind == JSON_NUMBER)
        return v->text;
    if (v->kind == JSON_TRUE || v->kind == JSON_FALSE)
        return v->kind == JSON_TRUE ? S("是") : S("否");
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_value(&w, v);
    return buf_str(&b);
}

static bool texts_equal(str a, str b)
{
    dec x, y;
    return str_eq(a, b) || (dec_parse(a, &x) && dec_parse(b, &y) && dec_cmp(x, y) == 0);
}

static bool same(struct story *s, const struct json *a, const struct json *b)
{
    struct op *op = s->p->op;
    if (a->kind == JSON_ARRAY && b->kind == JSON_ARRAY && a->count == b->count) {
        const struct json *y = b->first;
        for (const struct json *x = a->first; x; x = x->next, y = y->next)
            if (!same(s, x, y))
                return false;
        return true;
    }
    return texts_equal(json_shown(op, a), json_shown(op, b));
}

/* 应当 [人 看见] 投诉 的 状态 是 办结. 状态 is the record's own; a reference may be told by its title. */
static bool field_is(struct story *s, const struct who *who, size_t at)
{
    struct play *p = s->p;
    struct thing t;
    struct record *r;
    static const struct json none = {.kind = JSON_NULL};
    const struct json *expected;
    str name = word(s, at + 2), value = is(s, at + 3, S("为空")) ? S("空") : story_after(s->at, at + 3);
    if (!story_record(s, word(s, at), &t))
        return false;
    if (!record_get(p->tx, p->town, who, t.ledger, t.id, &r))
        return false;
    if (str_eq(name, S("状态")))
        return str_eq(r->state, value) || unlike(s, name, r->state);
    const struct field *f = ledger_field(t.ledger, name);
    if (!f)
        return story_wrong(s, "“%.*s”没有“%.*s”这个字段", PS(t.ledger->name), PS(name));
    const struct json *found = json_get(r->values, f->name);
    const struct json *label = json_get(r->labels, f->name);
    found = found ? found : &none;
    if (label && label->kind == JSON_STRING && str_eq(label->text, value))
        return true;
    if (r->masked && !who->system)
        return str_eq(json_shown(p->op, found), value) || unlike(s, name, json_shown(p->op, found));
    return story_value(s, f, value, &expected) &&
           (same(s, found, expected) || unlike(s, name, json_shown(p->op, found)));
}

static bool holds(struct story *s)
{
    feel_value v;
    if (!story_feel(s, s->at->tail, &v))
        return false;
    return feel_true(v) || unlike(s, S("这个条件"), feel_text_of(s->p->op, v));
}

/* ---- boxes ------------------------------------------------------------------------------------------------------- */

static const struct {
    str name;
    enum flow_box box;
} boxes[] = {{SC("待办"), FLOW_TODO}, {SC("已发"), FLOW_SENT},      {SC("已办"), FLOW_DONE},
             {SC("传阅"), FLOW_COPY}, {SC("督办"), FLOW_SUPERVISE}, {SC("异常"), FLOW_INCIDENTS}};

static const struct {
    str name;
    enum flow_light light;
} lights[] = {{SC("绿灯"), FLOW_GREEN}, {SC("黄灯"), FLOW_YELLOW}, {SC("红灯"), FLOW_RED}};

static bool box_find(struct story *s, const struct person *person, enum flow_box box, struct thing t, str node,
                     struct flow_item *ret, bool *ret_found)
{
    struct flow_query q = {.box = box, .limit = FLOW_LIST_MAX};
    struct flow_page page;
    *ret_found = false;
    for (bool more = true; more && !*ret_found; more = page.more, q.skip += FLOW_LIST_MAX) {
        if (!flow_list(s->p->tx, s->p->flow, &person->who, &q, &page))
            return false;
        for (size_t i = 0; i < page.count && !*ret_found; i++)
            if (id_eq(page.items[i].record, t.id) && (!node.n || str_eq(page.items[i].node, node))) {
                *ret = page.items[i];
                *ret_found = true;
            }
    }
    return true;
}

/* 应当 社会事务办 的 待办 有 投诉 的 签收 ; 没有 ; 应当 镇长 的 待办 亮 红灯 投诉 */
static bool box_see(struct story *s)
{
    const struct person *person = story_person(s, word(s, 1));
    bool lit = is(s, 4, S("亮")), found;
    struct flow_item item;
    struct thing t;
    size_t b = 0;
    while (b < COUNT(boxes) && !is(s, 3, boxes[b].name))
        b++;
    if (!person || b == COUNT(boxes))
        return story_wrong(s, "没有这个人，或没有“%.*s”这一栏", PS(word(s, 3)));
    if (!story_record(s, word(s, lit ? 6 : 5), &t) ||
        !box_find(s, person, boxes[b].box, t, lit ? S("") : word(s, 7), &item, &found))
        return false;
    if (!lit)
        return found == is(s, 4, S("有")) || op_fail(s->p->op, FAULT_CONFLICT, S(""), found ? "栏里有" : "栏里没有");
    for (size_t i = 0; found && i < COUNT(lights); i++)
        if (is(s, 5, lights[i].name))
            return item.light == lights[i].light || op_fail(s->p->op, FAULT_CONFLICT, S(""), "灯的颜色不同");
    return op_fail(s->p->op, FAULT_CONFLICT, S(""), "栏里没有，或没有这种灯");
}

/* ---- figures and reports ----------------------------------------------------------------------------------------- */

/* How many records opening it shows; what is made of parts opens those of each. */
static bool value_opens(struct play *p, const struct indicator_value *v, int64_t *ret)
{
    int64_t listed;
    for (size_t k = 0; v->parts && k < v->indicator->part_count; k++)
        if (!value_opens(p, &v->parts[k], ret))
            return false;
    if (v->parts)
        return true;
    if (!list_count(p->tx, p->town, &nobody, v->ledger, v->where, &listed))
        return false;
    *ret += listed;
    return true;
}

/* 应当 指标 热线投诉解决数 是 1 ; 应当 指标 协助领域数 对 挂职副书记 是 8. Its rows, opened, are as many as it says. */
static bool figure_is(struct story *s)
{
    struct play *p = s->p;
    const struct indicator *i = indicator_find(s->indicators, word(s, 2));
    const struct person *of = is(s, 3, S("对")) ? story_person(s, word(s, 4)) : NULL;
    struct indicator_ask asked = {.from = s->from, .to = day_at(p->op->now)};
    struct indicator_value v;
    str expected;
    int64_t listed = 0;
    if (!i)
        return story_wrong(s, "没有指标“%.*s”", PS(word(s, 2)));
    if (of)
        asked.person = of->staff;
    if (!story_text_of(s, story_after(s->at, of ? 5 : 3), &expected) ||
        !indicator_value(p->tx, p->town, &nobody, i, &asked, &v))
        return false;
    if (!texts_equal(v.text, expected))
        return unlike(s, i->name, v.text);
    if (!value_opens(p, &v, &listed))
        return false;
    return listed == v.rows || op_fail(p->op, FAULT_CONFLICT, S(""), "指标数 %lld 条，打开是 %lld 条",
                                       (long long)v.rows, (long long)listed);
}

static str report_text(struct op *op, const struct report *r)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, r->title);
    for (size_t i = 0; i < r->block_count; i++) {
        const struct report_block *block = &r->blocks[i];
        buf_byte(&b, '\n');
        for (size_t k = 0; k < block->run_count; k++)
            buf_add(&b, block->runs[k].text);
        for (size_t k = 0; k < block->columns * block->rows; k++)
            buf_text(&b, "%.*s ", PS(block->cells[k]));
    }
    return buf_str(&b);
}

static str changes_told(struct op *op, const struct report_change *changes, size_t count)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_text(&b, "%zu 处", count);
    for (size_t i = 0; i < count; i++)
        buf_text(&b, " %.*s：%.*s→%.*s", PS(changes[i].name), PS(changes[i].before), PS(changes[i].now));
    return buf_str(&b);
}

/* 应当 报告 甲 写着：… ; 没有写：… ; 应当 报告 甲 变动 1 处 */
static bool text_see(struct story *s)
{
    struct named *named;
    struct report_change *changes;
    struct frozen f;
    struct json number = {.kind = JSON_NUMBER, .text = word(s, 4)};
    str tail;
    size_t at, count;
    int64_t expected;
    if (!story_named(s, word(s, 2), &named))
        return false;
    if (is(s, 3, S("变动"))) {
        if (id_none(named->frozen) || !json_int(&number, &expected))
            return story_wrong(s, "须是冻结的报告和处数");
        return report_frozen(s->p->tx, named->frozen, &f) &&
               report_changes(s->p->tx, s->p->town, &nobody, s->indicators, &f, &changes, &count) &&
               ((int64_t)count == expected || unlike(s, S("变动"), changes_told(s->p->op, changes, count)));
    }
    str text = named->kind == A_REPORT ? report_text(s->p->op, named->report) : named->text;
    if (!story_text_of(s, s->at->tail, &tail))
        return false;
    bool found = str_find(text, tail, &at);
    return found == is(s, 3, S("写着")) ||
           op_fail(s->p->op, FAULT_CONFLICT, S(""), found ? "写了“%.*s”" : "没有写“%.*s”", PS(tail));
}

/* ---- lists and history ------------------------------------------------------------------------------------------- */

/* 应当 村书记1 数得 户 20 条：条件 */
static bool count_is(struct story *s)
{
    const struct person *person = story_person(s, word(s, 1));
    const struct ledger *l = town_ledger(s->p->town, word(s, 3));
    struct json number = {.kind = JSON_NUMBER, .text = word(s, 4)};
    int64_t expected, found;
    str where;
    if (!person || !l || !json_int(&number, &expected))
        return story_wrong(s, "须写明谁、哪个台账、几条");
    return story_text_of(s, s->at->tail, &where) && list_count(s->p->tx, s->p->town, &person->who, l, where, &found) &&
           (found == expected || unlike(s, l->name, op_text(s->p->op, "%lld", (long long)found)));
}

/* 应当 投诉 留痕 写着：… of its changes, of what was done to its case and of what policies said of it. */
static bool history_says(struct story *s)
{
    struct op *op = s->p->op;
    struct thing t;
    struct change *changes;
    struct flow_page cases;
    struct flow_view v;
    struct buf b;
    size_t count, at;
    if (!story_record(s, word(s, 1), &t) ||
        !record_history(s->p->tx, s->p->town, &nobody, t.ledger, t.id, &changes, &count) ||
        !flow_of_record(s->p->tx, s->p->flow, &nobody, t.ledger, t.id, &cases))
        return false;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < count; i++)
        buf_text(&b, "%.*s %.*s %.*s %.*s\n", PS(changes[i].account_name), PS(changes[i].act), PS(changes[i].reason),
                 PS(json_shown(op, changes[i].fields)));
    for (size_t i = 0; i < cases.count; i++) {
        if (!flow_view(s->p->tx, s->p->flow, &nobody, cases.items[i].case_id, &v))
            return false;
        for (size_t k = 0; k < v.word_count; k++)
            buf_text(&b, "%.*s %.*s %.*s %.*s\n", PS(v.words[k].person), PS(v.words[k].node),
                     PS(flow_op(v.words[k].op).name), PS(v.words[k].opinion));
        for (size_t k = 0; k < v.ruling_count; k++)
            buf_text(&b, "%.*s 《%.*s》%.*s %.*s\n", PS(v.rulings[k].node), PS(v.rulings[k].policy), PS(v.rulings[k].result),
                     PS(v.rulings[k].reason));
    }
    return str_find(buf_str(&b), s->at->tail, &at) ||
           op_fail(op, FAULT_CONFLICT, S(""), "留痕里没有“%.*s”", PS(s->at->tail));
}

/* 应当 社会事务办 的 疑点 有 对象 的 救助对象的户主已去世 ; 没有: whether that doubt of the packs names this record to that person. */
static bool doubt_see(struct story *s, const struct person *person)
{
    struct play *p = s->p;
    struct thing t;
    size_t count;
    int64_t found;
    const struct figure *all = town_figures(p->town, &count), *doubt = NULL;
    for (size_t i = 0; i < count; i++)
        if (all[i].doubt && str_eq(all[i].name, word(s, 7)))
            doubt = &all[i];
    if (!doubt)
        return story_wrong(s, "没有疑点“%.*s”", PS(word(s, 7)));
    if (!story_record(s, word(s, 5), &t))
        return false;
    if (t.ledger != doubt->ledger)
        return story_wrong(s, "疑点“%.*s”说的是台账“%.*s”", PS(doubt->name), PS(doubt->ledger->name));
    str where = op_text(p->op, "id = \"%.*s\" and (%.*s)", PS(id_text(p->op, t.id)), PS(doubt->where));
    return list_count(p->tx, p->town, &person->who, doubt->ledger, where, &found) &&
           ((found == 1) == is(s, 4, S("有")) || op_fail(p->op, FAULT_CONFLICT, S(""), found ? "疑点里有" : "疑点里没有"));
}

/* Where along a side of a matrix stands what the story calls so: one of the office, a record, or a choice. */
static bool head_find(struct story *s, const struct matrix_head *heads, size_t count, str name, size_t *ret)
{
    const struct person *person = story_person(s, name);
    struct named *named = map_get(&s->names, name);
    str key = person                               ? id_text(s->p->op, person->staff)
              : named && named->kind == A_RECORD ? id_text(s->p->op, named->thing.id)
                                                 : name;
    for (size_t i = 0; i < count; i++)
        if (str_eq(heads[i].key, key)) {
            *ret = i;
            return true;
        }
    return story_wrong(s, "矩阵里没有“%.*s”", PS(name));
}

/* 应当 组织委员 的 矩阵 缺 书记 对 镇长 的 谈心谈话 ; 不缺 ; 应当 应急办 的 矩阵 缺 村1 的 消防达标方案, where it has one column. */
static bool gap_see(struct story *s, const struct person *person)
{
    bool across = is(s, 6, S("对"));
    str name = word(s, across ? 9 : 7);
    size_t count, row = 0, column = 0;
    const struct matrix *all = town_matrices(s->p->town, &count), *m = NULL;
    struct matrix_view v;
    for (size_t i = 0; i < count; i++)
        if (str_eq(all[i].name, name))
            m = &all[i];
    if (!m)
        return story_wrong(s, "没有矩阵“%.*s”", PS(name));
    if (!matrix_read(s->p->tx, s->p->town, &person->who, m, &v) || !head_find(s, v.rows, v.row_count, word(s, 5), &row) ||
        (across && !head_find(s, v.columns, v.column_count, word(s, 7), &column)))
        return false;
    bool gap = v.cells[row * v.column_count + column].state == CELL_GAP;
    return gap == is(s, 4, S("缺")) || op_fail(s->p->op, FAULT_CONFLICT, S(""), gap ? "缺着" : "不缺");
}

/* 应当 党政办 搜得 议题：暖气 ; 搜不到: what is typed into the search box of every page. */
static bool search_sees(struct story *s, const struct person *person)
{
    enum { FOUND_MAX = 50 };
    struct thing t;
    struct found *found;
    size_t count;
    bool has = false;
    if (!story_record(s, word(s, 3), &t) ||
        !search(s->p->tx, s->p->town, &person->who, s->at->tail, FOUND_MAX, &found, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        has = has || id_eq(found[i].id, t.id);
    return has == is(s, 2, S("搜得")) || op_fail(s->p->op, FAULT_CONFLICT, S(""), has ? "搜得到" : "搜不到");
}

static bool sees_not(struct story *s, const struct person *person)
{
    struct op *op = s->p->op;
    struct thing t;
    struct record *r;
    int faults = op->fault_count;
    if (!story_record(s, word(s, 3), &t))
        return false;
    bool seen = record_get(s->p->tx, s->p->town, &person->who, t.ledger, t.id, &r);
    op_forgive(op, faults);
    return !seen || op_fail(op, FAULT_CONFLICT, S(""), "看见了");
}

bool story_see(struct story *s)
{
    const struct person *person = story_person(s, word(s, 1));
    if (s->at->word_count == 1)
        return holds(s);
    if (is(s, 1, S("指标")))
        return figure_is(s);
    if (is(s, 1, S("报告")) || is(s, 1, S("文件")))
        return text_see(s);
    if (is(s, 2, S("留痕")))
        return history_says(s);
    if (person && is(s, 2, S("数得")))
        return count_is(s);
    if (person && (is(s, 2, S("搜得")) || is(s, 2, S("搜不到"))))
        return search_sees(s, person);
    if (person && is(s, 2, S("的")) && is(s, 3, S("疑点")))
        return doubt_see(s, person);
    if (person && is(s, 2, S("的")) && is(s, 3, S("矩阵")))
        return gap_see(s, person);
    if (person && is(s, 2, S("看不见")))
        return sees_not(s, person);
    if (person && is(s, 2, S("看见")))
        return field_is(s, &person->who, 3);
    if (person && is(s, 2, S("的")) && (is(s, 4, S("有")) || is(s, 4, S("没有")) || is(s, 4, S("亮"))))
        return box_see(s);
    if (is(s, 2, S("的")) && (is(s, 4, S("是")) || is(s, 4, S("为空"))))
        return field_is(s, &nobody, 1);
    return story_wrong(s, "不懂这句“应当”");
}
