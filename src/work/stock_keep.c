/* Stock, kept: cards by batch, goods received, goods issued over batches. Movements only; the ledger's own rule refuses
 * what would fall below zero, whoever asks. */
#include "work/sums_keep.h"

enum { QUANTITY_SCALE = 2, REASON_CHARS = 60 };

/* ---- shown ------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool card_show(const struct doing *d, id stock)
{
    static const int order[] = {SM_TIME, -1};
    struct json_out *w = d->out;
    struct record *batch, *item, *rows;
    size_t count;
    if (!part_get(d, S_STOCK, stock, &batch) || !part_get(d, S_ITEM, part_id(d, S_STOCK, SS_ITEM, batch), &item) ||
        !part_list(d, S_MOVE, feel_is_id(d, S_MOVE, SM_STOCK, stock), order, &rows, &count))
        return false;
    struct stock_move *moves = op_array(d->op, struct stock_move, count + 1);
    for (size_t i = 0; i < count; i++)
        moves[i] = (struct stock_move){.at = part_time(d, S_MOVE, SM_TIME, &rows[i]),
                                       .change = part_scaled(d, S_MOVE, SM_CHANGE, &rows[i], QUANTITY_SCALE)};
    bool good = stock_run(moves, count);
    json_open(w, '{');
    out_id(w, d->op, S("id"), batch->id);
    out_text(w, S("title"), batch->title);
    out_text(w, S("depot"), part_label(d, S_STOCK, SS_DEPOT, batch));
    out_text(w, S("item"), part_label(d, S_STOCK, SS_ITEM, batch));
    out_text(w, S("unit"), part_text(d, S_ITEM, SI_UNIT, item));
    out_text(w, S("batch"), part_text(d, S_STOCK, SS_BATCH, batch));
    out_text(w, S("expires"), part_text(d, S_STOCK, SS_EXPIRES, batch));
    out_truth(w, S("good"), good);
    out_scaled(w, d->op, S("there"), count ? moves[count - 1].after : 0, QUANTITY_SCALE);
    out_list(w, S("moves"));
    for (size_t i = 0; i < count; i++) {
        json_open(w, '{');
        out_id(w, d->op, S("id"), rows[i].id);
        out_text(w, S("at"), part_text(d, S_MOVE, SM_TIME, &rows[i]));
        out_text(w, S("way"), part_text(d, S_MOVE, SM_WAY, &rows[i]));
        out_scaled(w, d->op, S("change"), moves[i].change, QUANTITY_SCALE);
        out_scaled(w, d->op, S("after"), moves[i].after, QUANTITY_SCALE);
        out_text(w, S("reason"), part_text(d, S_MOVE, SM_REASON, &rows[i]));
        out_text(w, S("taker"), part_text(d, S_MOVE, SM_TAKER, &rows[i]));
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

static void out_item(const struct doing *d, const struct record *item)
{
    json_open(d->out, '{');
    out_id(d->out, d->op, S("id"), item->id);
    out_text(d->out, S("name"), item->title);
    out_text(d->out, S("unit"), part_text(d, S_ITEM, SI_UNIT, item));
    out_scaled(d->out, d->op, S("least"), part_scaled(d, S_ITEM, SI_LEAST, item, QUANTITY_SCALE), QUANTITY_SCALE);
    json_close(d->out, '}');
}

/* of: one batch. Without it: all batches and items. */
bool stock_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *rows, *items;
    size_t count, item_count;
    id stock;
    if (id_parse(json_str(asked, S("of")), &stock))
        return card_show(&d, stock);
    if (!part_list(&d, S_STOCK, S(""), NULL, &rows, &count) || !part_list(&d, S_ITEM, S(""), NULL, &items, &item_count))
        return false;
    json_open(out, '{');
    out_text(out, S("today"), day_text(d.op, day_at(d.op->now)));
    out_list(out, S("items"));
    for (size_t i = 0; i < item_count; i++)
        out_item(&d, &items[i]);
    json_close(out, ']');
    out_list(out, S("batches"));
    for (size_t i = 0; i < count; i++) {
        json_open(out, '{');
        out_id(out, d.op, S("id"), rows[i].id);
        out_id(out, d.op, S("item"), part_id(&d, S_STOCK, SS_ITEM, &rows[i]));
        out_id(out, d.op, S("depot"), part_id(&d, S_STOCK, SS_DEPOT, &rows[i]));
        out_text(out, S("depot_name"), part_label(&d, S_STOCK, SS_DEPOT, &rows[i]));
        out_text(out, S("batch"), part_text(&d, S_STOCK, SS_BATCH, &rows[i]));
        out_text(out, S("expires"), part_text(&d, S_STOCK, SS_EXPIRES, &rows[i]));
        out_scaled(out, d.op, S("there"), part_scaled(&d, S_STOCK, SS_THERE, &rows[i], QUANTITY_SCALE), QUANTITY_SCALE);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_close(out, '}');
    return true;
}

/* ---- moved ------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool quantity_asked(const struct doing *d, int64_t *ret)
{
    const struct json *j = json_get(d->asked, S("数量"));
    dec x;
    bool good = j && dec_parse(j->text, &x) && dec_scaled(x, QUANTITY_SCALE, ret) && *ret > 0;
    return good || op_fail(d->op, FAULT_INPUT, S("数量"), "数量须大于0，最多两位小数");
}

/* other: the depot it goes to; none where it goes to nobody's. */
[[nodiscard]] static bool move_keep(const struct doing *d, const struct record *stock, str way, int64_t quantity, id other, str reason)
{
    struct entry v = entry_new(d, S_MOVE);
    struct record *kept;
    entry_text(&v, SM_WAY, way);
    entry_text(&v, SM_TIME, time_text(d->op, d->op->now));
    entry_id(&v, SM_DEPOT, part_id(d, S_STOCK, SS_DEPOT, stock));
    entry_id(&v, SM_ITEM, part_id(d, S_STOCK, SS_ITEM, stock));
    entry_text(&v, SM_BATCH, part_text(d, S_STOCK, SS_BATCH, stock));
    entry_id(&v, SM_STOCK, stock->id);
    entry_scaled(&v, SM_QUANTITY, quantity, QUANTITY_SCALE);
    if (!id_none(other))
        entry_id(&v, SM_OTHER, other);
    entry_text(&v, SM_REASON, reason);
    entry_text(&v, SM_TAKER, asked_text(d, S("领用人"), 20));
    return entry_add(&v, &kept);
}

[[nodiscard]] static bool issue_read(const struct doing *d, struct record **ret, struct stock_batch **ret_batches,
                                     size_t *ret_count)
{
    int64_t want, missing;
    id depot;
    struct record *item;
    if (!part_asked(d, S_ITEM, S("品类"), &item) || !quantity_asked(d, &want))
        return false;
    if (!id_parse(json_str(d->asked, S("储备点")), &depot))
        return op_fail(d->op, FAULT_INPUT, S("储备点"), "请选储备点");
    str more = feel_both(d->op, feel_is_id(d, S_STOCK, SS_ITEM, item->id), feel_is_id(d, S_STOCK, SS_DEPOT, depot));
    if (!part_list(d, S_STOCK, more, NULL, ret, ret_count))
        return false;
    struct stock_batch *batches = *ret_batches = op_array(d->op, struct stock_batch, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        batches[i] = (struct stock_batch){.expires = part_day(d, S_STOCK, SS_EXPIRES, &(*ret)[i], 0),
                                          .there = part_scaled(d, S_STOCK, SS_THERE, &(*ret)[i], QUANTITY_SCALE)};
    if (stock_take(batches, *ret_count, want, day_at(d->op->now), &missing))
        return true;
    return op_fail(d->op, FAULT_INPUT, S("数量"), "库存不够：要出%.*s，没有过期的只有%.*s，还差%.*s；没有出库",
                   PS(dec_text(d->op, dec_of_scaled(want, QUANTITY_SCALE))),
                   PS(dec_text(d->op, dec_of_scaled(want - missing, QUANTITY_SCALE))),
                   PS(dec_text(d->op, dec_of_scaled(missing, QUANTITY_SCALE))));
}

static void out_taken(const struct doing *d, const struct record *rows, const struct stock_batch *batches, size_t count)
{
    json_open(d->out, '{');
    out_list(d->out, S("taken"));
    for (size_t i = 0; i < count; i++) {
        if (!batches[i].taken)
            continue;
        json_open(d->out, '{');
        out_id(d->out, d->op, S("id"), rows[i].id);
        out_text(d->out, S("batch"), part_text(d, S_STOCK, SS_BATCH, &rows[i]));
        out_text(d->out, S("expires"), part_text(d, S_STOCK, SS_EXPIRES, &rows[i]));
        out_scaled(d->out, d->op, S("quantity"), batches[i].taken, QUANTITY_SCALE);
        json_close(d->out, '}');
    }
    json_close(d->out, ']');
    json_close(d->out, '}');
}

/* 品类 储备点 数量: from which batches it would go. */
bool stock_pick(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *rows;
    struct stock_batch *batches;
    size_t count;
    if (!issue_read(&d, &rows, &batches, &count))
        return false;
    out_taken(&d, rows, batches, count);
    return true;
}

/* 品类 储备点 数量 事由 领用人 */
bool stock_issue(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *rows;
    struct stock_batch *batches;
    size_t count;
    if (!issue_read(&d, &rows, &batches, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (batches[i].taken && !move_keep(&d, &rows[i], w->words[SW_OUT], batches[i].taken, (id){0}, asked_text(&d, S("事由"), REASON_CHARS)))
            return false;
    out_taken(&d, rows, batches, count);
    return true;
}

/* The batch of this item in this depot; one that is not there yet is made. */
[[nodiscard]] static bool batch_take(const struct doing *d, id item, id depot, str batch, str source, str expires, struct record **ret)
{
    struct record *rows;
    size_t count;
    str more = feel_both(d->op, feel_both(d->op, feel_is_id(d, S_STOCK, SS_ITEM, item), feel_is_id(d, S_STOCK, SS_DEPOT, depot)),
                         feel_is_text(d, S_STOCK, SS_BATCH, batch));
    if (!part_list(d, S_STOCK, more, NULL, &rows, &count))
        return false;
    if (count) {
        *ret = rows;
        return true;
    }
    struct entry v = entry_new(d, S_STOCK);
    entry_id(&v, SS_ITEM, item);
    entry_id(&v, SS_DEPOT, depot);
    entry_text(&v, SS_BATCH, batch);
    entry_text(&v, SS_SOURCE, source);
    entry_text(&v, SS_EXPIRES, expires);
    return entry_add(&v, ret);
}

/* 品类 储备点 批次 数量 来源 有效期 事由 */
bool stock_receive(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                   const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *item, *stock;
    int64_t quantity;
    id depot;
    str batch = asked_text(&d, S("批次"), 20);
    if (!part_asked(&d, S_ITEM, S("品类"), &item) || !quantity_asked(&d, &quantity))
        return false;
    if (!id_parse(json_str(asked, S("储备点")), &depot))
        return op_fail(d.op, FAULT_INPUT, S("储备点"), "请选储备点");
    if (!batch.n)
        return op_fail(d.op, FAULT_INPUT, S("批次"), "请写批次，如 2021-03");
    return batch_take(&d, item->id, depot, batch, asked_text(&d, S("来源"), 20), asked_text(&d, S("有效期"), 20), &stock) &&
           move_keep(&d, stock, w->words[SW_IN], quantity, (id){0}, asked_text(&d, S("事由"), REASON_CHARS)) && card_show(&d, stock->id);
}

/* 品类 储备点 对方储备点 数量 事由: each batch stays the batch it is, with its date; out there and in here are one act. */
bool stock_transfer(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                    const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *rows;
    struct stock_batch *batches;
    size_t count;
    id depot, other;
    str reason = asked_text(&d, S("事由"), REASON_CHARS);
    if (!issue_read(&d, &rows, &batches, &count))
        return false;
    if (!id_parse(json_str(asked, S("对方储备点")), &other) || (id_parse(json_str(asked, S("储备点")), &depot) && id_eq(depot, other)))
        return op_fail(d.op, FAULT_INPUT, S("对方储备点"), "请选调到哪个储备点，不能是原来那个");
    for (size_t i = 0; i < count; i++) {
        struct record *there;
        if (!batches[i].taken)
            continue;
        str from = op_text(d.op, "自%.*s调入：%.*s", PS(part_label(&d, S_STOCK, SS_DEPOT, &rows[i])), PS(reason));
        if (!move_keep(&d, &rows[i], w->words[SW_ACROSS], batches[i].taken, other, reason) ||
            !batch_take(&d, part_id(&d, S_STOCK, SS_ITEM, &rows[i]), other, part_text(&d, S_STOCK, SS_BATCH, &rows[i]),
                        part_text(&d, S_STOCK, SS_SOURCE, &rows[i]), part_text(&d, S_STOCK, SS_EXPIRES, &rows[i]), &there) ||
            !move_keep(&d, there, w->words[SW_IN], batches[i].taken, (id){0}, str_part(from, 0, utf8_skip(from, REASON_CHARS))))
            return false;
    }
    out_taken(&d, rows, batches, count);
    return true;
}

/* 库存 实有 事由: what was counted against what should be there. */
bool stock_count(struct tx *tx, const struct town *town, const struct who *who, const struct work *w, const struct json *asked,
                 struct json_out *out)
{
    struct doing d = DOING;
    struct record *stock;
    const struct json *j = json_get(asked, S("实有"));
    int64_t counted;
    dec x;
    if (!part_asked(&d, S_STOCK, S("库存"), &stock))
        return false;
    if (!j || !dec_parse(j->text, &x) || !dec_scaled(x, QUANTITY_SCALE, &counted) || counted < 0)
        return op_fail(d.op, FAULT_INPUT, S("实有"), "实有数须是不小于0的数，最多两位小数");
    int64_t more = counted - part_scaled(&d, S_STOCK, SS_THERE, stock, QUANTITY_SCALE);
    if (!more)
        return op_fail(d.op, FAULT_INPUT, S("实有"), "账实相符，没有要记的");
    str way = w->words[more > 0 ? SW_MORE : SW_LESS];
    return move_keep(&d, stock, way, more > 0 ? more : -more, (id){0}, asked_text(&d, S("事由"), REASON_CHARS)) && card_show(&d, stock->id);
}

/* 库存 数量 事由 */
bool stock_scrap(struct tx *tx, const struct town *town, const struct who *who, const struct work *w, const struct json *asked,
                 struct json_out *out)
{
    struct doing d = DOING;
    struct record *stock;
    int64_t quantity;
    return part_asked(&d, S_STOCK, S("库存"), &stock) && quantity_asked(&d, &quantity) &&
           move_keep(&d, stock, w->words[SW_SCRAP], quantity, (id){0}, asked_text(&d, S("事由"), REASON_CHARS)) && card_show(&d, stock->id);
}
