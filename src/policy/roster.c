/* What was kept of screenings, to be read: lists, members, sums, the roster as a workbook. */
#include "policy/inner.h"
#include "xlsx/xlsx.h"

bool roster_of_digest(struct tx *tx, const struct policy *p, str digest, id *ret, bool *ret_found)
{
    struct rows *rows;
    if (!store_query(tx, "select id from policy_screening where town = $1 and policy = $2 and roster_digest = $3 order by at desc limit 1",
                     ARGS(TEXT(store_town(tx)), TEXT(p->english), TEXT(digest)), &rows) ||
        !rows_next(rows, ret_found))
        return false;
    if (*ret_found)
        *ret = rows_id(rows, 0);
    return true;
}

bool screenings_list(struct tx *tx, str policy, struct kept_screening **ret, size_t *ret_count)
{
    struct {
        struct kept_screening *p;
        size_t n, cap;
    } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select id, policy, on_day, digest, count, included, doubts, total_fen, at, roster_digest, "
                     "by_name from policy_screening"
                     " where town = $1 and ($2 = '' or policy = $2) order by at desc, id desc limit 200",
                     ARGS(TEXT(store_town(tx)), TEXT(policy)), &rows) ||
        !rows_next(rows, &found))
        return false;
    for (; found;) {
        *list_add(tx->op, &list) = (struct kept_screening){.id = rows_id(rows, 0),
                                                           .policy = rows_text(rows, 1),
                                                           .on = (day)rows_int(rows, 2),
                                                           .digest = rows_text(rows, 3),
                                                           .count = rows_int(rows, 4),
                                                           .included = rows_int(rows, 5),
                                                           .doubts = rows_int(rows, 6),
                                                           .total_fen = rows_int(rows, 7),
                                                           .at = rows_int(rows, 8),
                                                           .frozen = !rows_is_null(rows, 9),
                                                           .roster_digest = rows_text(rows, 9),
                                                           .by = rows_text(rows, 10)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

/* Which members of a screening: the same words for lists, counts and the workbook. */
static const int kind_doubt[MEMBER_KINDS] = {[MEMBERS_DOUBTS] = 1, [MEMBERS_OPEN] = 1};
static const int kind_decided[MEMBER_KINDS] = {
    [MEMBERS_ALL] = -1, [MEMBERS_DOUBTS] = -1, [MEMBERS_OPEN] = 0, [MEMBERS_IN] = -1, [MEMBERS_DECIDED] = 1};
static const int kind_in[MEMBER_KINDS] = {[MEMBERS_IN] = 1};

bool screening_members(struct tx *tx, const struct member_query *q, struct kept_member **ret, size_t *ret_count)
{
    must(q->kind < MEMBER_KINDS && q->limit > 0);
    struct kept_member *m = op_array(tx->op, struct kept_member, (size_t)q->limit);
    size_t n = 0;
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select record, title, village, rule, proposed, proposed_fen, doubt, decided, decided_fen, "
                     "reason, decided_by, decided_at"
                     " from policy_member where screening = $1 and town = $2 and ($3 is null or record > $3) and ($4 = "
                     "'' or village = $4)"
                     " and ($5 = 0 or doubt <> '') and ($6 = -1 or case when decided is null then 0 else 1 end = $6) and ($7 = 0 or "
                     "coalesce(decided, proposed) = 1)"
                     " order by record limit $8",
                     ARGS(ID(q->screening), TEXT(store_town(tx)), ID(q->after), TEXT(q->village),
                          INT(kind_doubt[q->kind]), INT(kind_decided[q->kind]), INT(kind_in[q->kind]), INT(q->limit)),
                     &rows) ||
        !rows_next(rows, &found))
        return false;
    for (; found;) {
        m[n++] = (struct kept_member){.record = rows_id(rows, 0),
                                      .title = rows_text(rows, 1),
                                      .village = rows_text(rows, 2),
                                      .rule = (int)rows_int(rows, 3),
                                      .proposed = rows_int(rows, 4) != 0,
                                      .proposed_fen = rows_int(rows, 5),
                                      .doubt = rows_text(rows, 6),
                                      .is_decided = !rows_is_null(rows, 7),
                                      .decided = rows_int(rows, 7) != 0,
                                      .decided_fen = rows_int(rows, 8),
                                      .reason = rows_text(rows, 9),
                                      .decided_by = rows_text(rows, 10),
                                      .decided_at = rows_int(rows, 11)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = m;
    *ret_count = n;
    return true;
}

bool roster_sums(struct tx *tx, id screening, struct roster_sum **ret, size_t *ret_count)
{
    struct {
        struct roster_sum *p;
        size_t n, cap;
    } list = {0};
    struct roster_sum whole = {0};
    struct rows *rows;
    bool found;
    if (!store_query(
            tx,
            "select village, sum(coalesce(decided, proposed)), count(case when doubt <> '' then 1 end),"
            " count(case when doubt <> '' and decided is null then 1 end), count(decided),"
            " sum(case when coalesce(decided, proposed) = 1 then coalesce(decided_fen, proposed_fen) else 0 end)"
            " from policy_member where screening = $1 and town = $2 group by village order by village",
            ARGS(ID(screening), TEXT(store_town(tx))), &rows) ||
        !rows_next(rows, &found))
        return false;
    for (; found;) {
        struct roster_sum s = {rows_text(rows, 0), rows_int(rows, 1), rows_int(rows, 2),
                               rows_int(rows, 3),  rows_int(rows, 4), rows_int(rows, 5)};
        whole.included += s.included;
        whole.doubts += s.doubts;
        whole.open += s.open;
        whole.decided += s.decided;
        whole.total_fen += s.total_fen;
        *list_add(tx->op, &list) = s;
        if (!rows_next(rows, &found))
            return false;
    }
    *list_add(tx->op, &list) = whole;
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

/* ---- the workbook ---------------------------------------------------------------------------------------------- */

static str yuan_of(struct op *op, int64_t fen)
{
    return op_text(op, "%lld.%02lld", (long long)(fen / 100), (long long)(fen % 100));
}

static bool roster_rows(struct tx *tx, const struct town *town, const struct who *who, const struct policy *p,
                        struct xlsx_out *out, id screening)
{
    struct member_query q = {.screening = screening, .kind = MEMBERS_IN, .limit = 500};
    int64_t number = 0, total = 0;
    for (size_t n = (size_t)q.limit; n == (size_t)q.limit;) {
        struct mark mark = op_mark(tx->op);
        struct kept_member *m;
        if (!screening_members(tx, &q, &m, &n))
            return false;
        for (size_t i = 0; i < n; i++) {
            int64_t fen = m[i].is_decided ? m[i].decided_fen : m[i].proposed_fen;
            total += fen;
            str title;
            if (!policy_title(tx, town, who, p->ledger, m[i].record, m[i].title, &title) || !xlsx_row(out, 0))
                return false;
            xlsx_int(out, XLSX_INTEGER, ++number);
            xlsx_text(out, XLSX_CENTRED, m[i].village);
            xlsx_text(out, XLSX_PARAGRAPH, title);
            xlsx_text(out, XLSX_CENTRED, m[i].rule ? op_text(tx->op, "第%d条", m[i].rule) : S(""));
            xlsx_number(out, XLSX_MONEY, yuan_of(tx->op, fen));
            xlsx_text(out, XLSX_PARAGRAPH, m[i].reason);
            xlsx_text(out, XLSX_CENTRED, m[i].decided_by);
        }
        q.after = n ? m[n - 1].record : q.after;
        op_reset(tx->op, mark);
    }
    if (!xlsx_row(out, 0))
        return false;
    xlsx_text(out, XLSX_TOTAL, S("合计"));
    xlsx_int(out, XLSX_TOTAL_INTEGER, number);
    xlsx_blank(out, XLSX_TOTAL);
    xlsx_blank(out, XLSX_TOTAL);
    xlsx_number(out, XLSX_TOTAL_MONEY, yuan_of(tx->op, total));
    return true;
}

bool roster_book(struct tx *tx, const struct town *town, const struct who *who, const struct policy *p, id screening,
                 str path)
{
    static const str names[] = {SC("序号"),       SC("村组"), SC("对象"),  SC("规则"),
                                SC("金额（元）"), SC("理由"), SC("核定人")};
    static const struct xlsx_column widths[] = {{.width = 6},  {.width = 20}, {.width = 28}, {.width = 10},
                                                {.width = 14}, {.width = 36}, {.width = 12}};
    struct op *op = tx->op;
    struct kept_screening k;
    struct xlsx_out *out;
    if (!screening_kept(tx, screening, &k) || !xlsx_create(op, path, &out))
        return false;
    xlsx_sheet(out, &(struct xlsx_page){.name = S("名单"),
                                        .columns = widths,
                                        .column_count = COUNT(widths),
                                        .freeze_rows = 3,
                                        .repeat_from = 1,
                                        .repeat_to = 3,
                                        .print = true});
    xlsx_row(out, 32);
    xlsx_text(out, XLSX_TITLE, op_text(op, "%.*s名单（%.*s）", PS(p->name), PS(day_text(op, k.on))));
    xlsx_merge(out, 1, 1, 1, COUNT(widths));
    xlsx_row(out, 0);
    xlsx_text(out, XLSX_NOTE,
              k.frozen ? op_text(op, "已定，名单摘要 %.*s", PS(k.roster_digest)) : S("未定稿，不作为发放依据"));
    xlsx_row(out, 0);
    for (size_t i = 0; i < COUNT(names); i++)
        xlsx_text(out, XLSX_HEADING, names[i]);
    bool whole = roster_rows(tx, town, who, p, out, screening);
    return xlsx_end(out) && whole;
}
