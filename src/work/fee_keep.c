/* Fees, kept: who owes what under an agreement, payments to what was owed longest, receipts with the amount in words. A
 * receipt that was wrong is made void, never changed. */
#include "ledger/check.h"
#include "work/sums_keep.h"

enum { FEN = 2 };

static int64_t money(const struct doing *d, int part, int slot, const struct record *r)
{
    return part_scaled(d, part, slot, r, FEN);
}

static id payer_of(const struct doing *d, const struct record *bill, str *ret_name)
{
    id household = part_id(d, F_BILL, FB_HOUSEHOLD, bill);
    int slot = id_none(household) ? FB_ENTITY : FB_HOUSEHOLD;
    *ret_name = part_label(d, F_BILL, slot, bill);
    return part_id(d, F_BILL, slot, bill);
}

/* ---- shown ------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool out_bills(const struct doing *d, id deal)
{
    static const int order[] = {FB_PERIOD, -1};
    struct record *rows;
    size_t count;
    if (!part_list(d, F_BILL, feel_is_id(d, F_BILL, FB_DEAL, deal), order, &rows, &count))
        return false;
    out_list(d->out, S("bills"));
    for (size_t i = 0; i < count; i++) {
        str name;
        id payer = payer_of(d, &rows[i], &name);
        json_open(d->out, '{');
        out_id(d->out, d->op, S("id"), rows[i].id);
        out_id(d->out, d->op, S("payer"), payer);
        out_text(d->out, S("name"), name);
        out_text(d->out, S("period"), part_text(d, F_BILL, FB_PERIOD, &rows[i]));
        out_scaled(d->out, d->op, S("due"), money(d, F_BILL, FB_DUE, &rows[i]), FEN);
        out_scaled(d->out, d->op, S("reduced"), money(d, F_BILL, FB_REDUCED, &rows[i]), FEN);
        out_scaled(d->out, d->op, S("paid"), money(d, F_BILL, FB_PAID, &rows[i]), FEN);
        out_scaled(d->out, d->op, S("owing"), money(d, F_BILL, FB_OWING, &rows[i]), FEN);
        json_close(d->out, '}');
    }
    json_close(d->out, ']');
    return true;
}

static void out_receipt(const struct doing *d, const struct record *r)
{
    struct json_out *w = d->out;
    json_open(w, '{');
    out_id(w, d->op, S("id"), r->id);
    out_text(w, S("number"), part_text(d, F_RECEIPT, FR_NUMBER, r));
    out_text(w, S("payer"), part_text(d, F_RECEIPT, FR_PAYER, r));
    out_scaled(w, d->op, S("amount"), money(d, F_RECEIPT, FR_AMOUNT, r), FEN);
    out_text(w, S("words"), part_text(d, F_RECEIPT, FR_WORDS, r));
    out_text(w, S("day"), part_text(d, F_RECEIPT, FR_DAY, r));
    out_text(w, S("way"), part_text(d, F_RECEIPT, FR_WAY, r));
    out_text(w, S("by"), part_text(d, F_RECEIPT, FR_BY, r));
    out_text(w, S("periods"), part_text(d, F_RECEIPT, FR_PERIODS, r));
    out_truth(w, S("void"), part_truth(d, F_RECEIPT, FR_VOID, r));
    json_close(w, '}');
}

[[nodiscard]] static bool deal_show(const struct doing *d, id deal)
{
    struct record *agreement, *rows;
    size_t count;
    if (!part_get(d, F_DEAL, deal, &agreement))
        return false;
    json_open(d->out, '{');
    out_id(d->out, d->op, S("id"), deal);
    out_text(d->out, S("title"), agreement->title);
    if (!out_bills(d, deal) || !part_list(d, F_RECEIPT, feel_is_id(d, F_RECEIPT, FR_DEAL, deal), NULL, &rows, &count))
        return false;
    out_list(d->out, S("receipts"));
    for (size_t i = 0; i < count; i++)
        out_receipt(d, &rows[i]);
    json_close(d->out, ']');
    json_close(d->out, '}');
    return true;
}

/* Every agreement with what was billed and paid under it: one reading of the bills for all. */
[[nodiscard]] static bool deals_show(const struct doing *d)
{
    struct sum {
        int64_t count, due, paid, owing;
    } *sums;
    struct record *deals, *bills;
    size_t deal_count, bill_count;
    if (!part_list(d, F_DEAL, S(""), NULL, &deals, &deal_count) || !part_list(d, F_BILL, S(""), NULL, &bills, &bill_count))
        return false;
    sums = op_array(d->op, struct sum, deal_count + 1);
    for (size_t i = 0; i < bill_count; i++)
        for (size_t k = 0; k < deal_count; k++)
            if (id_eq(part_id(d, F_BILL, FB_DEAL, &bills[i]), deals[k].id)) {
                sums[k].count++;
                sums[k].due += money(d, F_BILL, FB_DUE, &bills[i]) - money(d, F_BILL, FB_REDUCED, &bills[i]);
                sums[k].paid += money(d, F_BILL, FB_PAID, &bills[i]);
                sums[k].owing += money(d, F_BILL, FB_OWING, &bills[i]);
            }
    json_open(d->out, '{');
    out_list(d->out, S("deals"));
    for (size_t k = 0; k < deal_count; k++) {
        json_open(d->out, '{');
        out_id(d->out, d->op, S("id"), deals[k].id);
        out_text(d->out, S("title"), deals[k].title);
        out_int(d->out, S("bills"), sums[k].count);
        out_scaled(d->out, d->op, S("due"), sums[k].due, FEN);
        out_scaled(d->out, d->op, S("paid"), sums[k].paid, FEN);
        out_scaled(d->out, d->op, S("owing"), sums[k].owing, FEN);
        json_close(d->out, '}');
    }
    json_close(d->out, ']');
    json_close(d->out, '}');
    return true;
}

/* of: an agreement. Without it: which there are. */
bool fee_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
              const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    id deal;
    return id_parse(json_str(asked, S("of")), &deal) ? deal_show(&d, deal) : deals_show(&d);
}

/* ---- paid -------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool amount_asked(const struct doing *d, int64_t *ret)
{
    const struct json *j = json_get(d->asked, S("金额"));
    dec x;
    bool good = j && dec_parse(str_trim(j->text), &x) && dec_scaled(x, FEN, ret) && *ret > 0 && *ret <= MONEY_FEN_MAX;
    return good || op_fail(d->op, FAULT_INPUT, S("金额"), "金额须大于0，最多到分，如 120 或 120.50");
}

/* What this payer still owes under the agreement, oldest first. */
[[nodiscard]] static bool owed_read(const struct doing *d, id deal, id payer, struct record **ret,
                                    struct fee_bill **ret_bills, size_t *ret_count)
{
    static const int order[] = {FB_PERIOD, -1};
    str mine = op_text(d->op, "(%.*s) or (%.*s)", PS(feel_is_id(d, F_BILL, FB_HOUSEHOLD, payer)),
                       PS(feel_is_id(d, F_BILL, FB_ENTITY, payer)));
    if (!part_list(d, F_BILL, feel_both(d->op, feel_is_id(d, F_BILL, FB_DEAL, deal), mine), order, ret, ret_count))
        return false;
    struct fee_bill *bills = *ret_bills = op_array(d->op, struct fee_bill, *ret_count + 1);
    for (size_t i = 0; i < *ret_count; i++)
        bills[i].owing = money(d, F_BILL, FB_OWING, &(*ret)[i]);
    return true;
}

/* What a payment is for, in words: 2025年、2026年. A period that is only a year is called one. */
static str periods_paid(const struct doing *d, const struct record *bills, const struct fee_bill *owed, size_t count)
{
    struct buf b;
    buf_init(&b, d->op, 0);
    for (size_t i = 0; i < count; i++) {
        str period = part_text(d, F_BILL, FB_PERIOD, &bills[i]);
        bool year = period.n == 4, again = i > 0 && str_eq(period, part_text(d, F_BILL, FB_PERIOD, &bills[i - 1]));
        if (owed[i].paid && !again)
            buf_text(&b, "%s%.*s%s", buf_str(&b).n ? "、" : "", PS(period), year ? "年" : "");
    }
    return buf_str(&b);
}

[[nodiscard]] static bool receipt_keep(const struct doing *d, id deal, str payer, str periods, int64_t amount, day on,
                                       struct record **ret)
{
    struct entry v = entry_new(d, F_RECEIPT);
    entry_id(&v, FR_DEAL, deal);
    entry_text(&v, FR_PAYER, payer);
    entry_text(&v, FR_PERIODS, periods);
    entry_scaled(&v, FR_AMOUNT, amount, FEN);
    entry_text(&v, FR_WORDS, money_capital(d->op, amount));
    entry_text(&v, FR_DAY, day_text(d->op, on));
    entry_text(&v, FR_WAY, asked_text(d, S("方式"), 20));
    entry_text(&v, FR_BY, d->who->name);
    entry_truth(&v, FR_VOID, false);
    return entry_add(&v, ret);
}

/* One bill and what of the receipt is for it. by: 1 paid, -1 taken back. */
[[nodiscard]] static bool bill_put(const struct doing *d, const struct record *bill, int64_t paid,
                                   const struct record *receipt, day on, str reason)
{
    struct record *kept;
    struct entry v = entry_new(d, F_BILL);
    entry_scaled(&v, FB_PAID, money(d, F_BILL, FB_PAID, bill) + paid, FEN);
    entry_text(&v, FB_DAY, day_text(d->op, on));
    entry_text(&v, FB_NUMBER, part_text(d, F_RECEIPT, FR_NUMBER, receipt));
    return entry_change(&v, bill, reason, &kept);
}

/* 协议 缴费人 金额 交款人 方式 收款日 */
bool fee_pay(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
             const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *deal, *bills, *receipt, *kept;
    struct fee_bill *owed;
    size_t count;
    int64_t amount, sum = 0;
    id payer;
    day on;
    str name = asked_text(&d, S("交款人"), 20), bill_name = {0};
    if (!part_asked(&d, F_DEAL, S("协议"), &deal) || !amount_asked(&d, &amount) ||
        !asked_day(&d, S("收款日"), day_at(d.op->now), &on))
        return false;
    if (!id_parse(json_str(asked, S("缴费人")), &payer))
        return op_fail(d.op, FAULT_INPUT, S("缴费人"), "请选缴费的户或单位");
    if (!owed_read(&d, deal->id, payer, &bills, &owed, &count))
        return false;
    if (!count)
        return op_fail(d.op, FAULT_INPUT, S("缴费人"), "这户（单位）在这份协议里没有应收，请核对");
    for (size_t i = 0; i < count; i++)
        sum += owed[i].owing > 0 ? owed[i].owing : 0;
    int64_t left = fee_allocate(owed, count, amount);
    if (left)
        return op_fail(d.op, FAULT_INPUT, S("金额"), "只欠%.*s元，多出%.*s元，没有入账；请核对金额",
                       PS(dec_text(d.op, dec_of_scaled(sum, FEN))), PS(dec_text(d.op, dec_of_scaled(left, FEN))));
    payer_of(&d, &bills[0], &bill_name);
    if (!receipt_keep(&d, deal->id, name.n ? name : bill_name, periods_paid(&d, bills, owed, count), amount, on, &receipt))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct entry v = entry_new(&d, F_PART);
        if (!owed[i].paid)
            continue;
        entry_id(&v, FP_RECEIPT, receipt->id);
        entry_id(&v, FP_BILL, bills[i].id);
        entry_scaled(&v, FP_AMOUNT, owed[i].paid, FEN);
        if (!entry_add(&v, &kept) || !bill_put(&d, &bills[i], owed[i].paid, receipt, on, S("收款")))
            return false;
    }
    return deal_show(&d, deal->id);
}

/* 收据 理由: what it paid is owed again. */
bool fee_void(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
              const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct record *receipt, *parts, *bill, *kept;
    size_t count;
    str reason = asked_text(&d, S("理由"), 200);
    if (!part_asked(&d, F_RECEIPT, S("收据"), &receipt))
        return false;
    if (!reason.n)
        return op_fail(d.op, FAULT_INPUT, S("理由"), "作废收据须写明理由");
    if (part_truth(&d, F_RECEIPT, FR_VOID, receipt))
        return op_fail(d.op, FAULT_CONFLICT, S("收据"), "这张收据已经作废");
    struct entry v = entry_new(&d, F_RECEIPT);
    entry_truth(&v, FR_VOID, true);
    if (!entry_change(&v, receipt, reason, &kept) ||
        !part_list(&d, F_PART, feel_is_id(&d, F_PART, FP_RECEIPT, receipt->id), NULL, &parts, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!part_get(&d, F_BILL, part_id(&d, F_PART, FP_BILL, &parts[i]), &bill) ||
            !bill_put(&d, bill, -money(&d, F_PART, FP_AMOUNT, &parts[i]), receipt, day_at(d.op->now),
                      op_text(d.op, "收据作废：%.*s", PS(reason))))
            return false;
    return deal_show(&d, part_id(&d, F_RECEIPT, FR_DEAL, receipt));
}
