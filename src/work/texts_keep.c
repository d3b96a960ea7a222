/* Comparing texts, kept: the clauses of a law are records, the other text is brought along; what somebody judged of a
 * pair is a record that names the clause, so that the same comparison made again shows it. */
#include <stdlib.h>

#include "work/texts_keep.h"

enum {
    LABEL_CHARS_MAX = 10,
    DOCUMENT_CHARS_MAX = 100,
    TOPIC_CHARS_MAX = 60,
    BODY_CHARS_MAX = 5000,
    WORDS_CHARS_MAX = 2000
};

struct sides {
    const struct doing *d;
    struct record *text;
    struct record *rows; /* of the clauses on the left */
    struct text_clause *left, *right;
    size_t left_count, right_count;
    struct record *found; /* what was judged before, of this document */
    size_t found_count;
};

/* A clause on its way into order. */
struct placed {
    int64_t number;
    size_t at;
};

static int placed_cmp(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    return x->number != y->number ? (x->number > y->number) - (x->number < y->number)
                                  : (x->at > y->at) - (x->at < y->at);
}

[[nodiscard]] static bool left_read(const struct doing *d, id text, struct sides *s)
{
    struct record *rows;
    size_t count;
    day today = day_at(d->op->now);
    *s = (struct sides){.d = d};
    if (!part_get(d, X_TEXT, text, &s->text) ||
        !part_list(d, X_CLAUSE, feel_is_id(d, X_CLAUSE, XC_TEXT, text), NULL, &rows, &count))
        return false;
    if (count > TEXT_CLAUSES_MAX)
        return op_fail(d->op, FAULT_INPUT, S("条款"), "“%.*s”的条款超过%d条，不能一次对照", PS(s->text->title), TEXT_CLAUSES_MAX);
    s->rows = op_array(d->op, struct record, count + 1);
    s->left = op_array(d->op, struct text_clause, count + 1);
    struct placed *order = op_array(d->op, struct placed, count + 1);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct placed){text_order(part_text(d, X_CLAUSE, XC_LABEL, &rows[i])), i};
    qsort(order, count, sizeof *order, placed_cmp);
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &rows[order[i].at];
        if (part_day(d, X_CLAUSE, XC_FROM, r, today) > today || part_day(d, X_CLAUSE, XC_UNTIL, r, today) < today)
            continue;
        s->rows[s->left_count] = *r;
        s->left[s->left_count++] =
            (struct text_clause){part_text(d, X_CLAUSE, XC_LABEL, r), part_text(d, X_CLAUSE, XC_BODY, r)};
    }
    return true;
}

static void out_clause(const struct doing *d, id record, const struct text_clause *c)
{
    json_open(d->out, '{');
    out_id(d->out, d->op, S("id"), record);
    out_text(d->out, S("label"), c->label);
    out_text(d->out, S("text"), c->body);
    json_close(d->out, '}');
}

static void out_choices(const struct doing *d, str key, int slot)
{
    const struct field *f = d->work->parts[X_FOUND].fields[slot];
    out_list(d->out, key);
    for (size_t i = 0; f && i < f->choice_count; i++)
        json_text(d->out, f->choices[i]);
    json_close(d->out, ']');
}

/* of: a law. Without it: which laws have clauses. */
bool texts_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct sides s;
    id text;
    if (!id_parse(json_str(asked, S("of")), &text))
        return out_titles(&d, S("texts"), X_TEXT);
    if (!left_read(&d, text, &s))
        return false;
    json_open(out, '{');
    out_id(out, d.op, S("id"), s.text->id);
    out_text(out, S("title"), s.text->title);
    out_choices(&d, S("verdicts"), XF_VERDICT);
    out_choices(&d, S("risks"), XF_RISK);
    out_list(out, S("clauses"));
    for (size_t i = 0; i < s.left_count; i++)
        out_clause(&d, s.rows[i].id, &s.left[i]);
    json_close(out, ']');
    json_close(out, '}');
    return true;
}

/* ---- compared ---------------------------------------------------------------------------------------------------- */

static const str run_keys[] = {[TEXT_SAME] = SC("same"), [TEXT_ALIKE] = SC("alike"), [TEXT_GONE] = SC("gone"), [TEXT_NEW] = SC("new"),
                               [TEXT_AWAY] = SC("away"), [TEXT_HERE] = SC("here")};

/* The judgement of this clause against this document's clause; the newest when there are several. */
static const struct record *found_of(const struct sides *s, id clause, const struct text_clause *right)
{
    const struct record *best = NULL;
    for (size_t i = 0; i < s->found_count; i++) {
        const struct record *f = &s->found[i];
        bool label = !right || str_eq(part_text(s->d, X_FOUND, XF_LABEL, f), right->label) ||
                     str_eq(part_text(s->d, X_FOUND, XF_BODY, f), right->body);
        if (id_eq(part_id(s->d, X_FOUND, XF_CLAUSE, f), clause) && label)
            best = f;
    }
    return best;
}

static void out_found(const struct doing *d, const struct record *f)
{
    struct json_out *w = d->out;
    json_key(w, S("found"));
    if (!f) {
        json_null(w);
        return;
    }
    json_open(w, '{');
    out_id(w, d->op, S("id"), f->id);
    out_text(w, S("verdict"), part_text(d, X_FOUND, XF_VERDICT, f));
    out_text(w, S("difference"), part_text(d, X_FOUND, XF_DIFFERENCE, f));
    out_text(w, S("risk"), part_text(d, X_FOUND, XF_RISK, f));
    out_text(w, S("advice"), part_text(d, X_FOUND, XF_ADVICE, f));
    json_close(w, '}');
}

/* One side of a group as if it were one clause: 第四条、第五条, and their texts a line each. */
static struct text_clause side_of(struct op *op, const struct text_clause *clauses, int first, int count)
{
    struct buf label;
    buf_init(&label, op, 0);
    for (int i = 0; i < count; i++)
        buf_text(&label, "%s%.*s", i && clauses[first + i].label.n ? "、" : "", PS(clauses[first + i].label));
    return (struct text_clause){buf_str(&label), texts_join(op, clauses, first, count)};
}

static void out_ids(const struct sides *s, const struct text_group *g)
{
    out_list(s->d->out, S("merged"));
    for (int i = 1; i < g->left_count; i++)
        json_text(s->d->out, id_text(s->d->op, s->rows[g->left + i].id));
    json_close(s->d->out, ']');
}

static void out_runs(const struct doing *d, str a, str b)
{
    struct text_run *runs;
    size_t count;
    text_differ(d->op, a, b, &runs, &count);
    for (size_t i = 0; i < count; i++) {
        json_open(d->out, '{');
        out_text(d->out, run_keys[runs[i].kind], runs[i].text);
        if (runs[i].also.n)
            out_text(d->out, S("also"), runs[i].also);
        json_close(d->out, '}');
    }
}

/* merged: the clauses of the law that are judged together with the first. */
static void out_group(const struct sides *s, const struct text_group *g)
{
    const struct doing *d = s->d;
    struct json_out *w = d->out;
    struct text_clause left = side_of(d->op, s->left, g->left, g->left_count),
                       right = side_of(d->op, s->right, g->right, g->right_count);
    bool both = g->left_count && g->right_count;
    json_open(w, '{');
    json_key(w, S("left"));
    if (g->left_count)
        out_clause(d, s->rows[g->left].id, &left);
    else
        json_null(w);
    json_key(w, S("right"));
    if (g->right_count)
        out_clause(d, (id){0}, &right);
    else
        json_null(w);
    out_int(w, S("left_count"), g->left_count);
    out_int(w, S("right_count"), g->right_count);
    out_truth(w, S("moved"), g->moved);
    out_ids(s, g);
    out_int(w, S("like"), g->like);
    out_list(w, S("runs"));
    if (both)
        out_runs(d, left.body, right.body);
    json_close(w, ']');
    out_found(d, g->left_count ? found_of(s, s->rows[g->left].id, g->right_count ? &right : NULL) : NULL);
    json_close(w, '}');
}

/* 政策 企业文件 文本 */
bool texts_compare(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                   const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct sides s;
    struct record *text;
    struct text_pair *pairs;
    struct text_group *groups;
    size_t pair_count, count;
    str document = asked_text(&d, S("企业文件"), DOCUMENT_CHARS_MAX);
    if (!part_asked(&d, X_TEXT, S("政策"), &text) || !left_read(&d, text->id, &s))
        return false;
    if (!s.left_count)
        return op_fail(d.op, FAULT_INPUT, S("政策"), "“%.*s”还没有录入条款，请先录条文", PS(text->title));
    if (!str_trim(json_str(asked, S("文本"))).n)
        return op_fail(d.op, FAULT_INPUT, S("文本"), "请把要对照的文本贴进来");
    if (!text_clauses(d.op, json_str(asked, S("文本")), &s.right, &s.right_count))
        return false;
    if (document.n &&
        !part_list(&d, X_FOUND, feel_is_text(&d, X_FOUND, XF_DOCUMENT, document), NULL, &s.found, &s.found_count))
        return false;
    texts_align(d.op, s.left, s.left_count, s.right, s.right_count, &pairs, &pair_count);
    texts_group(d.op, s.left, s.left_count, s.right, s.right_count, pairs, pair_count, &groups, &count);
    json_open(out, '{');
    out_int(out, S("left"), (int64_t)s.left_count);
    out_int(out, S("right"), (int64_t)s.right_count);
    out_list(out, S("pairs"));
    for (size_t i = 0; i < count; i++)
        out_group(&s, &groups[i]);
    json_close(out, ']');
    json_close(out, '}');
    return true;
}

/* ---- judged ------------------------------------------------------------------------------------------------------ */

/* 记录 (of a judgement to be changed) or 法规条款 and 合并条款 (those judged with it); 企业文件 主题 企业条款 企业原文 结论 差异 风险 建议 */
bool texts_judge(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    static const struct {
        int slot;
        str key;
        size_t chars;
    } words[] = {{XF_TOPIC, SC("主题"), TOPIC_CHARS_MAX},     {XF_DOCUMENT, SC("企业文件"), DOCUMENT_CHARS_MAX},
                 {XF_LABEL, SC("企业条款"), TOPIC_CHARS_MAX}, {XF_BODY, SC("企业原文"), BODY_CHARS_MAX},
                 {XF_VERDICT, SC("结论"), LABEL_CHARS_MAX},   {XF_DIFFERENCE, SC("差异"), WORDS_CHARS_MAX},
                 {XF_RISK, SC("风险"), LABEL_CHARS_MAX},      {XF_ADVICE, SC("建议"), WORDS_CHARS_MAX}};
    struct doing d = DOING;
    struct record *clause, *before, *kept;
    id known;
    struct entry v = entry_new(&d, X_FOUND);
    for (size_t i = 0; i < COUNT(words); i++)
        entry_text(&v, words[i].slot, asked_text(&d, words[i].key, words[i].chars));
    if (id_parse(json_str(asked, S("记录")), &known)) {
        if (!part_get(&d, X_FOUND, known, &before) || !entry_change(&v, before, S("改结论"), &kept))
            return false;
    } else {
        if (!part_asked(&d, X_CLAUSE, S("法规条款"), &clause))
            return false;
        entry_id(&v, XF_CLAUSE, clause->id);
        const struct json *merged = json_get(asked, S("合并条款"));
        if (merged && merged->kind == JSON_ARRAY && merged->count)
            entry_json(&v, XF_MERGED, merged);
        if (!entry_add(&v, &kept))
            return false;
    }
    json_open(out, '{');
    out_found(&d, kept);
    json_close(out, '}');
    return true;
}

/* 政策 文本 起: a law's text becomes its clauses. */
bool texts_record(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                  const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *text, *kept;
    struct text_clause *clauses;
    size_t count, there;
    day from;
    struct record *rows;
    if (!part_asked(&d, X_TEXT, S("政策"), &text) || !asked_day(&d, S("起"), day_at(d.op->now), &from) ||
        !text_clauses(d.op, json_str(asked, S("文本")), &clauses, &count))
        return false;
    if (!count)
        return op_fail(d.op, FAULT_INPUT, S("文本"), "没有认出条款；请贴入带“第一条”“一、”或分段的正文");
    if (!part_list(&d, X_CLAUSE, feel_is_id(&d, X_CLAUSE, XC_TEXT, text->id), NULL, &rows, &there))
        return false;
    if (there)
        return op_fail(d.op, FAULT_CONFLICT, S("文本"), "“%.*s”已有%zu条条款；修订的请在台账里逐条改，写明起止", PS(text->title), there);
    for (size_t i = 0; i < count; i++) {
        struct entry v = entry_new(&d, X_CLAUSE);
        str label = clauses[i].label.n ? clauses[i].label : op_text(d.op, "%zu", i + 1);
        entry_id(&v, XC_TEXT, text->id);
        entry_text(&v, XC_LABEL, str_part(label, 0, utf8_skip(label, LABEL_CHARS_MAX)));
        entry_text(&v, XC_BODY, clauses[i].body.n ? clauses[i].body : label);
        entry_text(&v, XC_FROM, day_text(d.op, from));
        if (!entry_add(&v, &kept))
            return false;
    }
    json_open(out, '{');
    out_int(out, S("count"), (int64_t)count);
    json_close(out, '}');
    return true;
}
