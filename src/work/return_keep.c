/* Bank returns, kept: each line of a payment run gets its result from the line of the return that names its account.
 * What cannot be placed becomes a record of its own, so that nothing that the bank said is lost. */
#include "work/sums_keep.h"

enum { RETURN_LINES_MAX = 20000, MONEY_SCALE = 2 };

static const str end_words[] = {[RETURN_FOUND] = SC("对上"),
                                [RETURN_UNKNOWN] = SC("账号不在本批"),
                                [RETURN_AMOUNT] = SC("金额不符"),
                                [RETURN_TWICE] = SC("重复")};

struct returned {
    const struct doing *d;
    struct record *run, *rows;          /* of what was sent */
    struct return_line *sent, *lines;
    const struct json **said;
    size_t sent_count, line_count;
};

static str digits_of(struct op *op, str text)
{
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] >= '0' && text.p[i] <= '9')
            buf_byte(&b, text.p[i]);
    return buf_str(&b);
}

/* 成功、交易成功、已入账: what banks say for it; the first is what the ledger says. */
static bool is_word(str words, str said)
{
    for (str one; str_take(&words, S("、"), &one);)
        if (str_eq(one, said))
            return true;
    return false;
}

static str first_word(str words)
{
    str first = S("");
    str_take(&words, S("、"), &first);
    return first;
}

/* What the bank said: lines that were pasted (行), or its file (文件). */
[[nodiscard]] static bool lines_said(const struct doing *d, const struct json **ret)
{
    const struct json *files = json_get(d->asked, S("文件"));
    *ret = json_get(d->asked, S("行"));
    if (!files)
        return true;
    if (files->kind != JSON_ARRAY || files->count != 1)
        return op_fail(d->op, FAULT_INPUT, S("文件"), "一次传一个回单文件");
    return return_file_lines(d, files->first, ret);
}

/* 批 行[{账号 金额 结果 原因}] or 文件. Accounts are compared as they are, not as this person sees them; they must have the right to open
 * them. */
[[nodiscard]] static bool returned_read(const struct doing *d, struct returned *r)
{
    const struct json *list;
    struct right right;
    *r = (struct returned){.d = d};
    if (!part_asked(d, B_RUN, S("批"), &r->run) ||
        !right_for(d->op, d->town, d->who, d->work->parts[B_LINE].ledger, ACT_CHANGE, &right) ||
        !lines_said(d, &list))
        return false;
    if (!list || list->kind != JSON_ARRAY || !list->count || list->count > RETURN_LINES_MAX)
        return op_fail(d->op, FAULT_INPUT, S("行"), "请传入或贴入银行回单：每行一笔，账号、金额、结果；最多%d行", RETURN_LINES_MAX);
    if (!part_list_all(d, B_LINE, feel_is_id(d, B_LINE, BL_RUN, r->run->id), NULL, &r->rows, &r->sent_count))
        return false;
    r->sent = op_array(d->op, struct return_line, r->sent_count + 1);
    for (size_t i = 0; i < r->sent_count; i++)
        r->sent[i] = (struct return_line){.account = digits_of(d->op, part_text(d, B_LINE, BL_ACCOUNT, &r->rows[i])),
                                          .amount_fen = part_scaled(d, B_LINE, BL_AMOUNT, &r->rows[i], MONEY_SCALE)};
    r->lines = op_array(d->op, struct return_line, list->count);
    r->said = op_array(d->op, const struct json *, list->count);
    for (const struct json *j = list->first; j; j = j->next) {
        dec x;
        int64_t fen;
        str amount = str_trim(json_str(j, S("金额"))), account = digits_of(d->op, json_str(j, S("账号"))),
            result = json_str(j, S("结果"));
        bool good =
            dec_parse(amount, &x) && dec_scaled(x, MONEY_SCALE, &fen) && fen > 0 && account.n >= 8 && account.n <= 30;
        good = good && (is_word(d->work->words[BW_PAID], result) || is_word(d->work->words[BW_FAILED], result));
        if (!good)
            return op_fail(d->op, FAULT_INPUT, op_text(d->op, "第%zu行", r->line_count + 1),
                           "须有账号、大于0的金额，结果写“%.*s”或“%.*s”；整份回单没有入账，请改好再来",
                           PS(first_word(d->work->words[BW_PAID])), PS(first_word(d->work->words[BW_FAILED])));
        r->said[r->line_count] = j;
        r->lines[r->line_count++] = (struct return_line){.account = account, .amount_fen = fen};
    }
    returns_match(r->lines, r->line_count, r->sent, r->sent_count);
    return true;
}

static str tail_of(struct op *op, str account)
{
    return op_text(op, "…%.*s", PS(str_part(account, account.n > 4 ? account.n - 4 : 0, account.n)));
}

static void returned_show(const struct returned *r)
{
    const struct doing *d = r->d;
    struct json_out *w = d->out;
    int64_t found = 0;
    bool *answered = op_array(d->op, bool, r->sent_count + 1);
    json_open(w, '{');
    out_list(w, S("lines"));
    for (size_t i = 0; i < r->line_count; i++) {
        const struct return_line *l = &r->lines[i];
        found += l->end == RETURN_FOUND;
        if (l->sent >= 0)
            answered[l->sent] = true;
        json_open(w, '{');
        out_int(w, S("line"), (int64_t)i + 1);
        out_text(w, S("account"), tail_of(d->op, l->account));
        out_scaled(w, d->op, S("amount"), l->amount_fen, MONEY_SCALE);
        out_text(w, S("result"), json_str(r->said[i], S("结果")));
        out_truth(w, S("good"), l->end == RETURN_FOUND);
        out_text(w, S("end"), end_words[l->end]);
        out_text(w, S("payee"), l->sent >= 0 ? part_text(d, B_LINE, BL_PAYEE, &r->rows[l->sent]) : S(""));
        json_close(w, '}');
    }
    json_close(w, ']');
    out_int(w, S("found"), found);
    out_list(w, S("missing"));
    for (size_t i = 0; i < r->sent_count; i++)
        if (!answered[i])
            json_text(w, op_text(d->op, "%.*s %.*s", PS(part_text(d, B_LINE, BL_PAYEE, &r->rows[i])),
                                 PS(tail_of(d->op, r->sent[i].account))));
    json_close(w, ']');
    json_close(w, '}');
}

/* Which runs there are. */
bool return_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    return out_titles(&d, S("runs"), B_RUN);
}

bool return_check(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                  const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct returned r;
    if (!returned_read(&d, &r))
        return false;
    returned_show(&r);
    return true;
}

bool member_follow(const struct doing *d, const struct record *line, int word)
{
    const struct ledger *l = d->work->parts[B_MEMBER].ledger;
    const str *words = d->work->words;
    struct who system = {.name = S("系统"), .system = true};
    struct record *r;
    id member = part_id(d, B_LINE, BL_MEMBER, line);
    if (!l || id_none(member))
        return true;
    if (!record_get(d->tx, d->town, &system, l, member, &r))
        return false;
    if (word == BW_MEMBER_SENT && str_eq(r->state, words[BW_MEMBER_BACK]) &&
        !record_state(d->tx, d->town, d->who, l, member, r->version, words[BW_MEMBER_AGAIN], S("再次发放"), &r))
        return false;
    if (str_eq(r->state, words[word]) || (word != BW_MEMBER_SENT && !str_eq(r->state, words[BW_MEMBER_SENT])))
        return true;
    return record_state(d->tx, d->town, d->who, l, member, r->version, words[word],
                        word == BW_MEMBER_SENT ? S("代发文件") : S("银行回单"), &r);
}

[[nodiscard]] static bool line_keep(const struct returned *r, size_t i, day on)
{
    const struct doing *d = r->d;
    struct record *kept;
    bool paid = is_word(d->work->words[BW_PAID], json_str(r->said[i], S("结果")));
    struct entry v = entry_new(d, B_LINE);
    entry_text(&v, BL_RESULT, first_word(d->work->words[paid ? BW_PAID : BW_FAILED]));
    if (paid)
        entry_text(&v, BL_DAY, day_text(d->op, on));
    else
        entry_text(&v, BL_FAILURE, json_str(r->said[i], S("原因")));
    const struct record *line = &r->rows[r->lines[i].sent];
    return entry_change(&v, line, S("银行回单"), &kept) &&
           member_follow(d, line, paid ? BW_MEMBER_PAID : BW_MEMBER_BACK);
}

[[nodiscard]] static bool trouble_keep(const struct returned *r, size_t i)
{
    const struct doing *d = r->d;
    struct record *kept;
    struct entry v = entry_new(d, B_TROUBLE);
    entry_id(&v, BT_RUN, r->run->id);
    entry_int(&v, BT_LINE, (int64_t)i + 1);
    entry_text(&v, BT_ACCOUNT, r->lines[i].account);
    entry_text(&v, BT_PAYEE, json_str(r->said[i], S("户名")));
    entry_scaled(&v, BT_AMOUNT, r->lines[i].amount_fen, MONEY_SCALE);
    entry_text(&v, BT_WHAT, end_words[r->lines[i].end]);
    return entry_add(&v, &kept);
}

/* The bank's file stays with the run. */
[[nodiscard]] static bool file_keep(const struct returned *r)
{
    const struct doing *d = r->d;
    struct record *kept;
    struct entry v = entry_new(d, B_RUN);
    const struct json *file = json_get(d->asked, S("文件"));
    if (!file || !d->work->parts[B_RUN].fields[BR_RETURN])
        return true;
    entry_json(&v, BR_RETURN, file);
    return entry_change(&v, r->run, S("银行回单"), &kept);
}

/* 批 行 or 文件, 到账日 照单收: without it a return with lines that cannot be placed is refused as a whole. */
bool return_keep(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct returned r;
    day on;
    if (!asked_day(&d, S("到账日"), day_at(d.op->now), &on) || !returned_read(&d, &r))
        return false;
    bool good = true;
    for (size_t i = 0; i < r.line_count && !json_true(asked, S("照单收")); i++)
        if (r.lines[i].end != RETURN_FOUND)
            good = op_fail(d.op, FAULT_INPUT, op_text(d.op, "第%zu行", i + 1),
                           "账号%.*s %.*s：没有入账；请核对回单，或选“其余先入账”，这一行会记入“%.*s”待查",
                           PS(tail_of(d.op, r.lines[i].account)), PS(end_words[r.lines[i].end]),
                           PS(w->parts[B_TROUBLE].ledger->name));
    if (!good)
        return false;
    for (size_t i = 0; i < r.line_count; i++) {
        bool found = r.lines[i].end == RETURN_FOUND;
        bool open = found && str_eq(part_text(&d, B_LINE, BL_RESULT, &r.rows[r.lines[i].sent]), w->words[BW_WAITING]);
        if (found && !open)
            continue; /* the bank's word came before */
        if (!(found ? line_keep(&r, i, on) : trouble_keep(&r, i)))
            return false;
    }
    if (!file_keep(&r))
        return false;
    returned_show(&r);
    return true;
}
