/* A screening as a workbook: what the rules propose, what people must clear, and the sums. */
#include "policy/inner.h"
#include "xlsx/xlsx.h"

static str yuan(struct op *op, int64_t fen)
{
    return op_text(op, "%lld.%02lld", (long long)(fen / 100), (long long)(fen % 100));
}

static void headings(struct xlsx_out *out, const str *names, size_t count)
{
    xlsx_row(out, 0);
    for (size_t i = 0; i < count; i++)
        xlsx_text(out, XLSX_HEADING, names[i]);
}

static void title(struct xlsx_out *out, struct op *op, const struct screening *s, const char *what, uint32_t columns)
{
    xlsx_row(out, 32);
    xlsx_text(out, XLSX_TITLE,
              op_text(op, "%.*s%s（%.*s）", PS(s->version->policy->name), what, PS(day_text(op, s->people->on))));
    xlsx_merge(out, 1, 1, 1, columns);
}

static void value_cell(struct xlsx_out *out, struct op *op, const struct feel_vector *v, size_t row)
{
    if (v->kind == FEEL_VECTOR_MEMBERS) {
        xlsx_int(out, XLSX_INTEGER, (int64_t)(v->first[row + 1] - v->first[row]));
        return;
    }
    feel_value value = feel_vector_value(op, v, row);
    str text = feel_is_null(value) ? S("") : policy_result_text(op, value);
    xlsx_text(out, feel_is_null(value) ? XLSX_WRONG : XLSX_CENTRED, text);
}

enum { DOUBT_COLUMNS = 6 };

static bool member_row(struct xlsx_out *out, struct op *op, const struct screening *s, bool doubts, size_t i, str title,
                       int64_t number)
{
    const struct feel_rows *inputs = &s->people->inputs;
    if (!xlsx_row(out, 0))
        return false;
    xlsx_int(out, XLSX_INTEGER, number);
    xlsx_text(out, XLSX_CENTRED, s->people->group_names[s->people->groups[i]]);
    xlsx_text(out, XLSX_PARAGRAPH, title);
    if (doubts) {
        str doubt = screening_doubt(op, s, i);
        xlsx_text(out, XLSX_PARAGRAPH, doubt);
        xlsx_text(out, XLSX_CENTRED, policy_clearer_name(op, s->version->policy, doubt, day_at(op->now)));
        for (size_t k = 2; k < DOUBT_COLUMNS; k++)
            xlsx_blank(out, XLSX_PARAGRAPH);
    } else {
        bool by_rule = s->outcomes[i] < dmn_plan_rules(s->plan);
        xlsx_text(out, XLSX_CENTRED, by_rule ? op_text(op, "第%d条", s->outcomes[i] + 1) : S(""));
        xlsx_text(out, XLSX_PARAGRAPH, by_rule ? dmn_rule_label(s->version->decision, s->outcomes[i]) : S(""));
        xlsx_text(out, XLSX_PARAGRAPH, policy_result_text(op, screening_value(op, s, i)));
        xlsx_number(out, XLSX_MONEY, yuan(op, s->amount_fen[i]));
    }
    for (size_t c = 0; c < inputs->count; c++)
        value_cell(out, op, &inputs->vectors[c], i);
    return true;
}

static bool member_rows(struct xlsx_out *out, struct tx *tx, const struct screening *s, bool doubts)
{
    size_t picked[PORTION], n = 0;
    str titles[PORTION];
    int64_t number = 0;
    for (size_t i = 0; i < s->people->count; i++) {
        if (doubts ? s->doubtful[i] : s->included[i])
            picked[n++] = i;
        if (n < PORTION && i + 1 < s->people->count)
            continue;
        struct mark mark = op_mark(tx->op);
        if (!population_titles(tx, s->people, picked, n, titles))
            return false;
        for (size_t k = 0; k < n; k++)
            if (!member_row(out, tx->op, s, doubts, picked[k], titles[k], ++number))
                return false;
        op_reset(tx->op, mark);
        n = 0;
    }
    return true;
}

/* Members that the test picks, with the values used. */
static bool member_sheet(struct xlsx_out *out, struct tx *tx, const struct screening *s, bool doubts)
{
    struct op *op = tx->op;
    static const str first[] = {SC("序号"), SC("村组"), SC("对象")},
                     proposed[] = {SC("规则"), SC("依据条款"), SC("结论"), SC("金额（元）")},
                     doubtful[DOUBT_COLUMNS] = {SC("疑点"),         SC("由谁核定"), SC("处置（纳入／不纳入）"),
                                                SC("核定金额（元）"), SC("理由"),     SC("处置人")};
    const struct feel_rows *inputs = &s->people->inputs;
    size_t more = doubts ? COUNT(doubtful) : COUNT(proposed), columns = COUNT(first) + more + inputs->count;
    struct xlsx_column *widths = op_array(op, struct xlsx_column, columns);
    str *names = op_array(op, str, columns);
    for (size_t i = 0; i < columns; i++) {
        widths[i].width = i == 0 ? 6 : i == 2 ? 24 : 16;
        names[i] = i < COUNT(first)          ? first[i]
                   : i < COUNT(first) + more ? (doubts ? doubtful : proposed)[i - COUNT(first)]
                                             : inputs->vectors[i - COUNT(first) - more].name;
    }
    struct xlsx_page page = {.name = doubts ? S("疑点") : S("拟纳入"),
                             .columns = widths,
                             .column_count = columns,
                             .freeze_rows = 2,
                             .repeat_from = 1,
                             .repeat_to = 2,
                             .print = true};
    xlsx_sheet(out, &page);
    title(out, op, s,
          doubts ? "疑点清单（逐条处置，写明理由）" : "拟纳入名单",
          (uint32_t)columns);
    headings(out, names, columns);
    return member_rows(out, tx, s, doubts);
}

static void rule_sheet(struct xlsx_out *out, struct op *op, const struct screening *s)
{
    static const str names[] = {SC("规则"), SC("依据条款"), SC("结论"), SC("对象数"), SC("金额（元）")};
    static const struct xlsx_column widths[] = {
        {.width = 18}, {.width = 40}, {.width = 40}, {.width = 10}, {.width = 16}};
    xlsx_sheet(
        out,
        &(struct xlsx_page){
            .name = S("按规则"), .columns = widths, .column_count = COUNT(widths), .freeze_rows = 2, .print = true});
    title(out, op, s, "按规则汇总", COUNT(widths));
    headings(out, names, COUNT(names));
    for (size_t i = 0; i < s->tally_count && xlsx_row(out, 0); i++) {
        const struct screen_tally *t = &s->tallies[i];
        xlsx_text(out, XLSX_CENTRED, t->rule ? op_text(op, "第%d条", t->rule) : dmn_status_names[t->status]);
        xlsx_text(out, XLSX_PARAGRAPH, t->clause);
        xlsx_text(out, XLSX_PARAGRAPH, t->result);
        xlsx_int(out, XLSX_INTEGER, t->count);
        xlsx_number(out, XLSX_MONEY, yuan(op, t->amount_fen));
    }
}

static void group_sheet(struct xlsx_out *out, struct op *op, const struct screening *s)
{
    static const str names[] = {SC("村组"), SC("对象数"), SC("拟纳入"), SC("疑点"), SC("金额（元）")};
    static const struct xlsx_column widths[] = {
        {.width = 24}, {.width = 10}, {.width = 10}, {.width = 10}, {.width = 16}};
    const struct population *people = s->people;
    struct sum {
        int64_t count, included, doubts, fen;
    } *sums = op_array(op, struct sum, people->group_count + 1), whole = {0};
    for (size_t i = 0; i < people->count; i++) {
        struct sum *both[] = {&sums[people->groups[i]], &whole};
        for (size_t k = 0; k < COUNT(both); k++) {
            both[k]->count++;
            both[k]->included += s->included[i];
            both[k]->doubts += s->doubtful[i];
            both[k]->fen += s->amount_fen[i];
        }
    }
    sums[people->group_count] = whole;
    xlsx_sheet(
        out,
        &(struct xlsx_page){
            .name = S("按村组"), .columns = widths, .column_count = COUNT(widths), .freeze_rows = 2, .print = true});
    title(out, op, s, "按村组汇总", COUNT(widths));
    headings(out, names, COUNT(names));
    for (size_t i = 0; i <= people->group_count && xlsx_row(out, 0); i++) {
        bool last = i == people->group_count;
        xlsx_text(out, last ? XLSX_TOTAL : XLSX_CENTRED, last ? S("合计") : people->group_names[i]);
        xlsx_int(out, last ? XLSX_TOTAL_INTEGER : XLSX_INTEGER, sums[i].count);
        xlsx_int(out, last ? XLSX_TOTAL_INTEGER : XLSX_INTEGER, sums[i].included);
        xlsx_int(out, last ? XLSX_TOTAL_INTEGER : XLSX_INTEGER, sums[i].doubts);
        xlsx_number(out, last ? XLSX_TOTAL_MONEY : XLSX_MONEY, yuan(op, sums[i].fen));
    }
}

bool screening_book(struct tx *tx, const struct screening *s, str path)
{
    enum { DAY_MS = 86400000 };
    struct op *op = tx->op;
    struct xlsx_out *out;
    time_ms now = op->now;
    op->now = (time_ms)s->people->on * DAY_MS - TOWN_OFFSET_MS; /* the same screening gives the same bytes */
    bool made = xlsx_create(op, path, &out);
    bool whole = made && member_sheet(out, tx, s, false) && member_sheet(out, tx, s, true);
    if (whole) {
        rule_sheet(out, op, s);
        group_sheet(out, op, s);
    }
    whole = made && xlsx_end(out) && whole;
    op->now = now;
    return whole;
}
