/* Weighted assessment, kept: each item with what proves it, records of ledgers or files. Nobody gives themselves points
 * that nothing proves. */
#include "work/score_keep.h"

enum { POINTS = 2, PROOFS_MAX = 100 };

struct proofs {
    struct record *rows;
    size_t count;
};

static int64_t points(const struct doing *d, int slot, const struct record *r)
{
    return part_json(d, K_ITEM, slot, r) ? part_scaled(d, K_ITEM, slot, r, POINTS) : -1;
}

[[nodiscard]] static bool proofs_read(const struct doing *d, id item, struct proofs *ret)
{
    static const int order[] = {KP_ORDER, -1};
    return part_list(d, K_PROOF, feel_is_id(d, K_PROOF, KP_ITEM, item), order, &ret->rows, &ret->count);
}

/* How many records a proof points at, as this person may see them; -1: not for these eyes. */
[[nodiscard]] static bool proof_count(const struct doing *d, const struct record *proof, int64_t *ret)
{
    const struct ledger *l = town_ledger(d->town, part_text(d, K_PROOF, KP_LEDGER, proof));
    int faults = d->op->fault_count;
    *ret = -1;
    if (!l || list_count(d->tx, d->town, d->who, l, part_text(d, K_PROOF, KP_WHERE, proof), ret))
        return true;
    if (op_has_fault(d->op, FAULT_SYSTEM))
        return false;
    op_forgive(d->op, faults);
    *ret = -1;
    return true;
}

[[nodiscard]] static bool out_proof(const struct doing *d, const struct record *proof)
{
    struct json_out *w = d->out;
    int64_t count;
    const struct json *files = part_json(d, K_PROOF, KP_FILES, proof);
    if (!proof_count(d, proof, &count))
        return false;
    json_open(w, '{');
    out_id(w, d->op, S("id"), proof->id);
    out_text(w, S("name"), part_text(d, K_PROOF, KP_NAME, proof));
    out_text(w, S("ledger"), part_text(d, K_PROOF, KP_LEDGER, proof));
    out_text(w, S("where"), part_text(d, K_PROOF, KP_WHERE, proof));
    out_int(w, S("records"), count);
    out_int(w, S("files"), files ? (int64_t)files->count : 0);
    out_text(w, S("page"), part_text(d, K_PROOF, KP_PAGE, proof));
    json_close(w, '}');
    return true;
}

static void out_points(const struct doing *d, str key, int64_t value)
{
    if (value >= 0) {
        out_scaled(d->out, d->op, key, value, POINTS);
        return;
    }
    json_key(d->out, key);
    json_null(d->out);
}

static void out_sum(const struct doing *d, const struct score_sum *s)
{
    struct json_out *w = d->out;
    json_put_open(w, S("sum"), '{');
    out_points(d, S("worth"), s->worth);
    out_points(d, S("own"), s->own);
    out_points(d, S("proven"), s->proven);
    out_points(d, S("checked"), s->checked);
    out_scaled(w, d->op, S("percent"), s->share, 1);
    out_int(w, S("open"), (int64_t)s->open);
    out_int(w, S("unproven"), (int64_t)s->unproven);
    json_close(w, '}');
}

/* of: a year; without it that of today. */
[[nodiscard]] static bool sheet_show(const struct doing *d, int64_t year)
{
    static const int order[] = {KI_NUMBER, -1};
    struct json_out *w = d->out;
    struct record *rows;
    size_t count;
    struct score_sum sum;
    if (!part_list(d, K_ITEM, op_text(d->op, "%.*s = %lld", PS(part_field(d, K_ITEM, KI_YEAR)), (long long)year), order,
                   &rows, &count))
        return false;
    struct score_item *items = op_array(d->op, struct score_item, count + 1);
    json_open(w, '{');
    out_int(w, S("year"), year);
    out_text(w, S("ledger"), d->work->parts[K_ITEM].ledger->name);
    out_text(w, S("proof_ledger"), d->work->parts[K_PROOF].ledger->name);
    out_list(w, S("items"));
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &rows[i];
        struct proofs proofs;
        if (!proofs_read(d, r->id, &proofs))
            return false;
        items[i] =
            (struct score_item){points(d, KI_WORTH, r), points(d, KI_OWN, r), points(d, KI_CHECKED, r), proofs.count};
        json_open(w, '{');
        out_id(w, d->op, S("id"), r->id);
        out_text(w, S("number"), part_text(d, K_ITEM, KI_NUMBER, r));
        out_text(w, S("group"), part_text(d, K_ITEM, KI_GROUP, r));
        out_text(w, S("name"), part_text(d, K_ITEM, KI_NAME, r));
        out_text(w, S("rule"), part_text(d, K_ITEM, KI_RULE, r));
        out_text(w, S("leader"), part_label(d, K_ITEM, KI_LEADER, r));
        out_points(d, S("worth"), items[i].worth);
        out_points(d, S("own"), items[i].own);
        out_points(d, S("checked"), items[i].checked);
        out_text(w, S("why"), part_text(d, K_ITEM, KI_WHY, r));
        out_list(w, S("proofs"));
        for (size_t k = 0; k < proofs.count; k++)
            if (!out_proof(d, &proofs.rows[k]))
                return false;
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
    if (!score_add_up(d->op, items, count, &sum))
        return false;
    out_sum(d, &sum);
    json_close(w, '}');
    return true;
}

bool score_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct json number = {.kind = JSON_NUMBER, .text = json_str(asked, S("of"))};
    int64_t year = date_of(day_at(tx->op->now)).year;
    if (number.text.n && (!json_int(&number, &year) || year < 1900 || year > 2200))
        return op_fail(tx->op, FAULT_INPUT, S("of"), "年度须写成 2021 的样子");
    return sheet_show(&d, year);
}

/* ---- done -------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool points_asked(const struct doing *d, const struct record *item, int64_t *ret)
{
    const struct json *j = json_get(d->asked, S("得分"));
    int64_t worth = points(d, KI_WORTH, item);
    dec x;
    bool good = j && dec_parse(str_trim(j->text), &x) && dec_scaled(x, POINTS, ret) && *ret >= 0 && *ret <= worth;
    return good || op_fail(d->op, FAULT_INPUT, S("得分"), "得分须在0到%.*s之间，最多两位小数",
                           PS(dec_text(d->op, dec_of_scaled(worth, POINTS))));
}

/* 指标 名称 台账 条件 附件 页码 */
bool score_prove(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *item, *kept;
    struct proofs proofs;
    str name = asked_text(&d, S("名称"), 80), ledger = asked_text(&d, S("台账"), 40), where = asked_text(&d, S("条件"), 500);
    const struct json *files = json_get(asked, S("附件"));
    int64_t count = 0;
    if (!part_asked(&d, K_ITEM, S("指标"), &item) || !proofs_read(&d, item->id, &proofs))
        return false;
    if (!name.n)
        return op_fail(d.op, FAULT_INPUT, S("名称"), "请写佐证材料的名称");
    if (proofs.count >= PROOFS_MAX)
        return op_fail(d.op, FAULT_INPUT, S("名称"), "一个指标最多%d份佐证", PROOFS_MAX);
    const struct ledger *l = ledger.n ? town_ledger(town, ledger) : NULL;
    if (ledger.n && !l)
        return op_fail(d.op, FAULT_INPUT, S("台账"), "没有台账“%.*s”，请核对名称", PS(ledger));
    if (!l && (!files || files->kind != JSON_ARRAY || !files->count))
        return op_fail(d.op, FAULT_INPUT, S("台账"), "佐证须是台账里的记录或附件，请选台账或传附件");
    if (l && !list_count(tx, town, who, l, where, &count))
        return false;
    if (l && !count)
        return op_fail(d.op, FAULT_INPUT, S("条件"), "台账“%.*s”里没有符合条件的记录，不能作佐证；请改条件", PS(ledger));
    struct entry v = entry_new(&d, K_PROOF);
    entry_id(&v, KP_ITEM, item->id);
    entry_int(&v, KP_ORDER, proofs.count ? part_int(&d, K_PROOF, KP_ORDER, &proofs.rows[proofs.count - 1]) + 1 : 1);
    entry_text(&v, KP_NAME, name);
    entry_text(&v, KP_LEDGER, ledger);
    entry_text(&v, KP_WHERE, where);
    entry_text(&v, KP_PAGE, asked_text(&d, S("页码"), 20));
    entry_json(&v, KP_FILES, files);
    return entry_add(&v, &kept) && sheet_show(&d, part_int(&d, K_ITEM, KI_YEAR, item));
}

/* 指标 得分 */
bool score_claim(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *item, *kept;
    struct proofs proofs;
    int64_t own;
    if (!part_asked(&d, K_ITEM, S("指标"), &item) || !points_asked(&d, item, &own) || !proofs_read(&d, item->id, &proofs))
        return false;
    if (own > 0 && !proofs.count)
        return op_fail(d.op, FAULT_INPUT, S("得分"), "“%.*s”还没有佐证，不能自评得分；请先加佐证", PS(item->title));
    struct entry v = entry_new(&d, K_ITEM);
    entry_scaled(&v, KI_OWN, own, POINTS);
    return entry_change(&v, item, S("自评"), &kept) && sheet_show(&d, part_int(&d, K_ITEM, KI_YEAR, item));
}

/* 指标 得分 扣分原因 */
bool score_check(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *item, *kept;
    int64_t checked;
    str why = asked_text(&d, S("扣分原因"), 500);
    if (!part_asked(&d, K_ITEM, S("指标"), &item) || !points_asked(&d, item, &checked))
        return false;
    if (checked < points(&d, KI_WORTH, item) && !why.n)
        return op_fail(d.op, FAULT_INPUT, S("扣分原因"), "没有得满分的，请写明扣分原因");
    struct entry v = entry_new(&d, K_ITEM);
    entry_scaled(&v, KI_CHECKED, checked, POINTS);
    entry_text(&v, KI_WHY, why);
    return entry_change(&v, item, S("核定"), &kept) && sheet_show(&d, part_int(&d, K_ITEM, KI_YEAR, item));
}
