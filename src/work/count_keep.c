/* Counting votes, kept: rounds, boxes, what two people counted apart from each other, and the result that is declared.
 *
 *     box     未点 ──报票──> 一人已点 ──报票 by another──> 一致    (all boxes) ──宣布──> 计票 and 得票
 *                                                     └──> 锁定 ──重点──> 未点, next pass (遍)
 *
 * Nobody sees another's sheet: the rights of the ledger show each their own, and here only what follows from both is
 * told, when both are in. Which state a box is in is never kept: it follows from the sheets. */
#include "work/count_keep.h"

enum { BOXES_MAX = 200, PASSES_MAX = 50 };

enum box_state { BOX_OPEN, BOX_ONE, BOX_SAME, BOX_LOCKED };
static const str box_states[] = {
    [BOX_OPEN] = SC("未点"), [BOX_ONE] = SC("一人已点"), [BOX_SAME] = SC("一致"), [BOX_LOCKED] = SC("锁定")};

struct box {
    const struct record *record;
    int64_t issued, pass;
    enum box_state state;
    bool mine;
    struct count counted;     /* BOX_SAME */
    str differences;
};
struct rule_row {
    const struct record *record;
    struct count_rule rule;
    str round, basis;
};
/* One constituency as it stands. */
struct poll {
    const struct doing *d;
    struct record *place;
    str level;
    day day;
    int seats;                /* of this round */
    int64_t voters;
    struct rule_row rule;     /* of this round; empty round: there is nothing more to vote on */
    struct record *tallies;   /* declared, oldest first */
    size_t tally_count;
    struct name {
        str name;
        id candidate;
    } *names;                 /* who stands in this round */
    size_t name_count;
    struct box *boxes;
    size_t box_count;
};

/* ---- rules ------------------------------------------------------------------------------------------------------- */

/* 「1/2」 more than half; 「≥1/3」 a third is enough; empty: nothing is asked. */
[[nodiscard]] static bool share_read(struct op *op, str text, str field, struct share *ret)
{
    str of, in, rest = str_trim(text);
    *ret = (struct share){0};
    if (!rest.n)
        return true;
    ret->equal = str_starts(rest, S("≥"));
    if (ret->equal)
        rest = str_part(rest, S("≥").n, rest.n);
    struct json number = {.kind = JSON_NUMBER};
    bool good = str_split(rest, '/', &of, &in);
    number.text = of;
    good = good && json_int(&number, &ret->of) && ret->of > 0 && ret->of <= 1000;
    number.text = in;
    good = good && json_int(&number, &ret->in) && ret->in > 0 && ret->in <= 1000;
    return good || op_fail(op, FAULT_INPUT, field,
                           "计票规则的“%.*s”写成“%.*s”，读不懂：超过半数写 1/2，达到三分之一写 ≥1/3，不要求的留空",
                           PS(field), PS(text));
}

static const str base_names[] = {
    [COUNT_OF_PRESENT] = SC("参加投票人数"), [COUNT_OF_COLLECTED] = SC("收回选票"), [COUNT_OF_VALID] = SC("有效票")};

[[nodiscard]] static bool rule_take(const struct doing *d, const struct record *r, struct rule_row *ret)
{
    const struct {
        int slot;
        struct share *share;
    } shares[] = {{CR_TURNOUT, &ret->rule.turnout},
                  {CR_WIN, &ret->rule.win},
                  {CR_LEAST, &ret->rule.more_least},
                  {CR_MOST, &ret->rule.more_most}};
    *ret = (struct rule_row){
        .record = r, .round = part_text(d, C_RULE, CR_ROUND, r), .basis = part_text(d, C_RULE, CR_BASIS, r)};
    for (size_t i = 0; i < COUNT(shares); i++)
        if (!share_read(d->op, part_text(d, C_RULE, shares[i].slot, r), part_field(d, C_RULE, shares[i].slot),
                        shares[i].share))
            return false;
    ret->rule.more_least.equal = ret->rule.more_most.equal = true;
    str base = part_text(d, C_RULE, CR_BASE, r);
    while (ret->rule.base < COUNT_OF_VALID && !str_eq(base_names[ret->rule.base], base))
        ret->rule.base++;
    ret->rule.present_issued = part_truth(d, C_RULE, CR_ISSUED, r);
    ret->rule.rerun = part_text(d, C_RULE, CR_RERUN, r).n > 0;
    return true;
}

/* The rule of a round of this level on the day of the election; round empty: the first. */
[[nodiscard]] static bool rule_find(const struct poll *p, str round, struct rule_row *ret)
{
    const struct doing *d = p->d;
    struct record *rows;
    size_t count;
    if (!part_list_all(d, C_RULE, feel_is_text(d, C_RULE, CR_LEVEL, p->level), NULL, &rows, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct record *r = &rows[i];
        bool held = part_day(d, C_RULE, CR_FROM, r, 0) <= p->day && part_day(d, C_RULE, CR_UNTIL, r, p->day) >= p->day;
        if (held && (round.n ? str_eq(part_text(d, C_RULE, CR_ROUND, r), round) : part_truth(d, C_RULE, CR_FIRST, r)))
            return rule_take(d, r, ret);
    }
    str what = round.n ? op_text(d->op, "“%.*s”投票", PS(round)) : S("首轮投票");
    return op_fail(d->op, FAULT_INPUT, S("计票规则"), "没有“%.*s”%.*s在%.*s有效的计票规则，请先在“%.*s”里登记", PS(p->level), PS(what),
                   PS(day_text(d->op, p->day)), PS(d->work->parts[C_RULE].ledger->name));
}

/* ---- rounds ------------------------------------------------------------------------------------------------------ */

[[nodiscard]] static bool votes_read(const struct poll *p, const struct record *tally, struct count *ret)
{
    const struct doing *d = p->d;
    struct record *rows;
    size_t count;
    if (!part_list_all(d, C_VOTES, feel_is_id(d, C_VOTES, CV_TALLY, tally->id), NULL, &rows, &count))
        return false;
    *ret = (struct count){.voters = part_int(d, C_TALLY, CT_VOTERS, tally),
                          .issued = part_int(d, C_TALLY, CT_ISSUED, tally),
                          .collected = part_int(d, C_TALLY, CT_COLLECTED, tally),
                          .valid = part_int(d, C_TALLY, CT_VALID, tally),
                          .invalid = part_int(d, C_TALLY, CT_INVALID, tally),
                          .names = op_array(d->op, struct count_name, count + 1),
                          .name_count = count};
    for (size_t i = 0; i < count; i++)
        ret->names[i] = (struct count_name){.name = part_text(d, C_VOTES, CV_NAME, &rows[i]),
                                            .yes = part_int(d, C_VOTES, CV_YES, &rows[i]),
                                            .no = part_int(d, C_VOTES, CV_NO, &rows[i]),
                                            .abstain = part_int(d, C_VOTES, CV_ABSTAIN, &rows[i]),
                                            .elected = part_truth(d, C_VOTES, CV_ELECTED, &rows[i])};
    return true;
}

[[nodiscard]] static bool candidate_named(const struct poll *p, str name, id *ret);
[[nodiscard]] static bool names_first(struct poll *p);

/* Who stands in the round after this one: of a void round those who stood in it. */
[[nodiscard]] static bool names_next(struct poll *p, const struct count_result *result)
{
    if (result->end == COUNT_VOID)
        return true;
    p->names = op_array(p->d->op, struct name, result->next_count + 1);
    p->name_count = 0;
    for (size_t k = 0; k < result->next_count; k++) {
        p->names[p->name_count].name = result->next[k]->name;
        if (!candidate_named(p, result->next[k]->name, &p->names[p->name_count++].candidate))
            return false;
    }
    return true;
}

/* What the rounds before leave: the seats still open, and who stands for them. */
[[nodiscard]] static bool rounds_follow(struct poll *p)
{
    static const int after[COUNT_ENDS] = {
        [COUNT_ALL] = -1, [COUNT_OPEN] = -1, [COUNT_TIE] = CR_TIE, [COUNT_PART] = CR_RERUN, [COUNT_VOID] = CR_VOID};
    const struct doing *d = p->d;
    int seats = p->seats;
    if (!names_first(p))
        return false;
    for (size_t i = 0; i < p->tally_count; i++) {
        const struct record *tally = &p->tallies[i];
        struct count votes;
        struct count_result result;
        struct rule_row rule;
        if (!votes_read(p, tally, &votes) || !rule_find(p, part_text(d, C_TALLY, CT_ROUND, tally), &rule))
            return false;
        votes.seats = seats;
        if (!count_judge(d->op, &rule.rule, &votes, &result))
            return false;
        seats = result.open;
        p->rule = (struct rule_row){0};
        str next = after[result.end] < 0 ? S("") : part_text(d, C_RULE, after[result.end], rule.record);
        /* Where the rules end, what follows is for the election committee, and a round is not made up. */
        if (next.n && (!rule_find(p, next, &p->rule) || !names_next(p, &result)))
            return false;
    }
    if (!p->rule.round.n)
        p->name_count = 0;
    p->seats = seats;
    return true;
}

[[nodiscard]] static bool candidates_read(const struct poll *p, struct record **ret, size_t *ret_count)
{
    static const int order[] = {CC_ORDER, -1};
    return part_list_all(p->d, C_CANDIDATE, feel_is_id(p->d, C_CANDIDATE, CC_PLACE, p->place->id), order, ret,
                         ret_count);
}

static bool candidate_named(const struct poll *p, str name, id *ret)
{
    struct record *rows;
    size_t count;
    if (!candidates_read(p, &rows, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].title, name))
            *ret = rows[i].id;
    return true;
}

[[nodiscard]] static bool names_first(struct poll *p)
{
    struct record *rows;
    size_t count;
    if (!candidates_read(p, &rows, &count))
        return false;
    p->names = op_array(p->d->op, struct name, count + 1);
    for (size_t i = 0; i < count; i++)
        p->names[p->name_count++] = (struct name){rows[i].title, rows[i].id};
    return true;
}

/* ---- boxes ------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool sheet_take(const struct doing *d, const struct record *sheet, struct count *ret)
{
    struct record *rows;
    size_t count;
    if (!part_list_all(d, C_LINE, feel_is_id(d, C_LINE, CL_SHEET, sheet->id), NULL, &rows, &count))
        return false;
    *ret = (struct count){.collected = part_int(d, C_SHEET, CS_COLLECTED, sheet),
                          .valid = part_int(d, C_SHEET, CS_VALID, sheet),
                          .invalid = part_int(d, C_SHEET, CS_INVALID, sheet),
                          .names = op_array(d->op, struct count_name, count + 1),
                          .name_count = count};
    for (size_t i = 0; i < count; i++)
        ret->names[i] = (struct count_name){.name = part_text(d, C_LINE, CL_NAME, &rows[i]),
                                            .yes = part_int(d, C_LINE, CL_YES, &rows[i]),
                                            .no = part_int(d, C_LINE, CL_NO, &rows[i]),
                                            .abstain = part_int(d, C_LINE, CL_ABSTAIN, &rows[i])};
    return true;
}

/* The box's state from the sheets of its present pass. */
[[nodiscard]] static bool box_judge(const struct doing *d, struct box *box)
{
    struct record *sheets;
    size_t count;
    struct count one, two;
    str more = feel_both(d->op, feel_is_id(d, C_SHEET, CS_BOX, box->record->id),
                         op_text(d->op, "%.*s = %lld", PS(part_field(d, C_SHEET, CS_PASS)), (long long)box->pass));
    if (!part_list_all(d, C_SHEET, more, NULL, &sheets, &count))
        return false;
    box->state = count < 2 ? (enum box_state)count : BOX_SAME;
    for (size_t i = 0; i < count; i++)
        box->mine = box->mine || str_eq(part_text(d, C_SHEET, CS_ACCOUNT, &sheets[i]), id_text(d->op, d->who->account));
    if (count < 2)
        return true;
    struct buf differences;
    buf_init(&differences, d->op, 0);
    if (!sheet_take(d, &sheets[0], &one) || !sheet_take(d, &sheets[1], &two))
        return false;
    if (!count_agree(&one, &two, &differences))
        box->state = BOX_LOCKED;
    box->differences = buf_str(&differences);
    box->counted = one;
    return true;
}

[[nodiscard]] static bool boxes_read(struct poll *p)
{
    static const int order[] = {CB_NUMBER, -1};
    const struct doing *d = p->d;
    struct record *rows;
    size_t count;
    str more =
        feel_both(d->op, feel_is_id(d, C_BOX, CB_PLACE, p->place->id), feel_is_text(d, C_BOX, CB_ROUND, p->rule.round));
    if (!part_list(d, C_BOX, more, order, &rows, &count))
        return false;
    if (count > BOXES_MAX)
        return op_fail(d->op, FAULT_INPUT, S("票箱"), "一个选区最多%d个票箱", BOXES_MAX);
    p->boxes = op_array(d->op, struct box, count + 1);
    for (size_t i = 0; i < count; i++) {
        struct box *b = &p->boxes[p->box_count++];
        *b = (struct box){.record = &rows[i],
                          .issued = part_int(d, C_BOX, CB_TAKEN, &rows[i]) - part_int(d, C_BOX, CB_BACK, &rows[i]),
                          .pass = part_int(d, C_BOX, CB_PASS, &rows[i])};
        if (!box_judge(d, b))
            return false;
    }
    return true;
}

[[nodiscard]] static bool poll_read(const struct doing *d, id place, struct poll *p)
{
    struct record *election;
    *p = (struct poll){.d = d};
    if (!part_get(d, C_PLACE, place, &p->place) ||
        !part_get(d, C_ELECTION, part_id(d, C_PLACE, CP_ELECTION, p->place), &election))
        return false;
    p->level = part_text(d, C_ELECTION, CE_LEVEL, election);
    p->day = part_day(d, C_ELECTION, CE_DAY, election, day_at(d->op->now));
    p->seats = (int)part_int(d, C_PLACE, CP_SEATS, p->place);
    p->voters = part_int(d, C_PLACE, CP_VOTERS, p->place);
    if (!part_list_all(d, C_TALLY, feel_is_id(d, C_TALLY, CT_PLACE, place), NULL, &p->tallies, &p->tally_count))
        return false;
    if (!(p->tally_count ? rounds_follow(p) : rule_find(p, S(""), &p->rule) && names_first(p)))
        return false;
    return !p->rule.round.n || boxes_read(p);
}

/* Adds up the boxes that were counted twice with the same numbers; false answer: not all were. */
static bool poll_sum(const struct poll *p, struct count *ret)
{
    struct op *op = p->d->op;
    struct { struct count_name *p; size_t n, cap; } names = {0};
    *ret = (struct count){.voters = p->voters, .seats = p->seats};
    for (size_t i = 0; i < p->name_count; i++)
        *list_add(op, &names) = (struct count_name){.name = p->names[i].name};
    for (size_t i = 0; i < p->box_count; i++) {
        const struct box *b = &p->boxes[i];
        if (b->state != BOX_SAME)
            return false;
        ret->issued += b->issued;
        ret->collected += b->counted.collected;
        ret->valid += b->counted.valid;
        ret->invalid += b->counted.invalid;
        for (size_t k = 0; k < b->counted.name_count; k++) {
            const struct count_name *from = &b->counted.names[k];
            size_t at = 0;
            while (at < names.n && !str_eq(names.p[at].name, from->name))
                at++;
            if (at == names.n)
                *list_add(op, &names) = (struct count_name){.name = from->name};
            names.p[at].yes += from->yes;
            names.p[at].no += from->no;
        }
    }
    for (size_t i = 0; i < names.n; i++)
        names.p[i].abstain = ret->valid - names.p[i].yes - names.p[i].no;
    ret->names = names.p;
    ret->name_count = names.n;
    return p->box_count > 0;
}

/* ---- shown ------------------------------------------------------------------------------------------------------- */

static void out_result(const struct doing *d, const struct count *c, const struct count_result *r)
{
    struct json_out *w = d->out;
    json_open(w, '{');
    out_text(w, S("end"), count_end_names[r->end]);
    out_truth(w, S("too_many"), r->too_many);
    out_int(w, S("voters"), c->voters);
    out_int(w, S("present"), r->present);
    out_int(w, S("present_least"), r->present_least);
    out_int(w, S("votes_least"), r->votes_least);
    out_int(w, S("issued"), c->issued);
    out_int(w, S("collected"), c->collected);
    out_int(w, S("valid"), c->valid);
    out_int(w, S("invalid"), c->invalid);
    out_int(w, S("elected"), r->elected);
    out_int(w, S("open"), r->open);
    out_truth(w, S("next_tied"), r->next_tied);
    out_list(w, S("names"));
    for (size_t i = 0; i < c->name_count; i++) {
        const struct count_name *n = &c->names[i];
        json_open(w, '{');
        out_text(w, S("name"), n->name);
        out_int(w, S("yes"), n->yes);
        out_int(w, S("no"), n->no);
        out_int(w, S("abstain"), n->abstain);
        out_int(w, S("place"), n->place);
        out_truth(w, S("enough"), n->enough);
        out_truth(w, S("elected"), n->elected);
        out_truth(w, S("tied"), n->tied);
        json_close(w, '}');
    }
    json_close(w, ']');
    out_list(w, S("next"));
    for (size_t i = 0; i < r->next_count; i++)
        json_text(w, r->next[i]->name);
    json_close(w, ']');
    json_close(w, '}');
}

static void out_share(struct json_out *w, struct op *op, str key, struct share s)
{
    out_text(w, key, s.in ? op_text(op, "%s%lld/%lld", s.equal ? "≥" : ">", (long long)s.of, (long long)s.in) : S(""));
}

static void out_rule(const struct poll *p)
{
    struct json_out *w = p->d->out;
    struct op *op = p->d->op;
    const struct count_rule *rule = &p->rule.rule;
    int least, most;
    count_list(rule, p->seats, &least, &most);
    json_put_open(w, S("rule"), '{');
    out_share(w, op, S("turnout"), rule->turnout);
    out_share(w, op, S("win"), rule->win);
    out_text(w, S("base"), base_names[rule->base]);
    out_text(w, S("basis"), p->rule.basis);
    out_int(w, S("list_least"), least);
    out_int(w, S("list_most"), most);
    json_close(w, '}');
}

static void out_boxes(const struct poll *p)
{
    const struct doing *d = p->d;
    struct json_out *w = d->out;
    out_list(w, S("boxes"));
    for (size_t i = 0; i < p->box_count; i++) {
        const struct box *b = &p->boxes[i];
        json_open(w, '{');
        out_id(w, d->op, S("id"), b->record->id);
        out_text(w, S("number"), part_text(d, C_BOX, CB_NUMBER, b->record));
        out_text(w, S("kind"), part_text(d, C_BOX, CB_KIND, b->record));
        out_int(w, S("issued"), b->issued);
        out_int(w, S("pass"), b->pass);
        out_text(w, S("state"), box_states[b->state]);
        out_truth(w, S("mine"), b->mine);
        out_text(w, S("differences"), b->differences);
        json_close(w, '}');
    }
    json_close(w, ']');
}

[[nodiscard]] static bool out_tallies(struct poll *p)
{
    const struct doing *d = p->d;
    int seats = (int)part_int(d, C_PLACE, CP_SEATS, p->place);
    out_list(d->out, S("declared"));
    for (size_t i = 0; i < p->tally_count; i++) {
        struct count votes;
        struct count_result result;
        struct rule_row rule;
        str round = part_text(d, C_TALLY, CT_ROUND, &p->tallies[i]);
        if (!votes_read(p, &p->tallies[i], &votes) || !rule_find(p, round, &rule))
            return false;
        votes.seats = seats;
        if (!count_judge(d->op, &rule.rule, &votes, &result))
            return false;
        seats = result.open;
        json_open(d->out, '{');
        out_id(d->out, d->op, S("id"), p->tallies[i].id);
        out_text(d->out, S("round"), round);
        out_text(d->out, S("basis"), rule.basis);
        json_key(d->out, S("result"));
        out_result(d, &votes, &result);
        json_close(d->out, '}');
    }
    json_close(d->out, ']');
    return true;
}

[[nodiscard]] static bool poll_show(struct poll *p)
{
    const struct doing *d = p->d;
    struct json_out *w = d->out;
    struct count sum;
    struct count_result result;
    json_open(w, '{');
    out_id(w, d->op, S("id"), p->place->id);
    out_text(w, S("title"), p->place->title);
    out_text(w, S("election"), part_label(d, C_PLACE, CP_ELECTION, p->place));
    out_text(w, S("level"), p->level);
    out_text(w, S("day"), day_text(d->op, p->day));
    out_int(w, S("voters"), p->voters);
    out_int(w, S("seats"), p->seats);
    out_text(w, S("round"), p->rule.round);
    out_list(w, S("names"));
    for (size_t i = 0; i < p->name_count; i++)
        json_text(w, p->names[i].name);
    json_close(w, ']');
    out_boxes(p);
    if (p->rule.round.n)
        out_rule(p);
    json_key(w, S("result"));
    if (p->rule.round.n && poll_sum(p, &sum)) {
        if (!count_judge(d->op, &p->rule.rule, &sum, &result))
            return false;
        out_result(d, &sum, &result);
    } else {
        json_null(w);
    }
    if (!out_tallies(p))
        return false;
    json_close(w, '}');
    return true;
}

/* What was declared last of this constituency; empty: nothing yet. */
[[nodiscard]] static bool out_stage(const struct doing *d, id place)
{
    struct record *rows;
    size_t count;
    if (!part_list(d, C_TALLY, feel_is_id(d, C_TALLY, CT_PLACE, place), NULL, &rows, &count))
        return false;
    const struct record *last = count ? &rows[count - 1] : NULL;
    out_text(d->out, S("declared"),
             last ? op_text(d->op, "%.*s %.*s", PS(part_text(d, C_TALLY, CT_ROUND, last)), PS(part_text(d, C_TALLY, CT_END, last)))
                  : S(""));
    return true;
}

/* Without 选区: which there are. With it: how its count stands. */
bool count_show(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct poll p;
    struct record *places;
    size_t count;
    id place;
    if (id_parse(json_str(asked, S("of")), &place))
        return poll_read(&d, place, &p) && poll_show(&p);
    if (!part_list(&d, C_PLACE, S(""), NULL, &places, &count))
        return false;
    json_open(out, '{');
    out_list(out, S("places"));
    for (size_t i = 0; i < count; i++) {
        json_open(out, '{');
        out_id(out, d.op, S("id"), places[i].id);
        out_text(out, S("title"), places[i].title);
        out_text(out, S("election"), part_label(&d, C_PLACE, CP_ELECTION, &places[i]));
        out_int(out, S("seats"), part_int(&d, C_PLACE, CP_SEATS, &places[i]));
        out_int(out, S("voters"), part_int(&d, C_PLACE, CP_VOTERS, &places[i]));
        if (!out_stage(&d, places[i].id))
            return false;
        json_close(out, '}');
    }
    json_close(out, ']');
    json_close(out, '}');
    return true;
}

/* ---- done -------------------------------------------------------------------------------------------------------- */

/* The box that was sent, in its poll. */
[[nodiscard]] static bool box_asked(const struct doing *d, struct poll *p, struct box **ret)
{
    struct record *box;
    if (!part_asked(d, C_BOX, S("票箱"), &box) || !poll_read(d, part_id(d, C_BOX, CB_PLACE, box), p))
        return false;
    for (size_t i = 0; i < p->box_count; i++)
        if (id_eq(p->boxes[i].record->id, box->id)) {
            *ret = &p->boxes[i];
            return true;
        }
    return op_fail(d->op, FAULT_CONFLICT, S("票箱"), "这一轮已经宣布结果，不能再点；请刷新");
}

[[nodiscard]] static bool lines_asked(const struct doing *d, const struct poll *p, struct count *c)
{
    const struct json *list = json_get(d->asked, S("得票"));
    if (!list || list->kind != JSON_ARRAY || !list->count)
        return op_fail(d->op, FAULT_INPUT, S("得票"), "请填各人的票数");
    if (list->count > COUNT_NAMES_MAX)
        return op_fail(d->op, FAULT_INPUT, S("得票"), "被选人最多%d名，请把只得零星票的合在一起", COUNT_NAMES_MAX);
    c->names = op_array(d->op, struct count_name, list->count);
    for (const struct json *j = list->first; j; j = j->next) {
        struct count_name *n = &c->names[c->name_count++];
        n->name = str_trim(json_str(j, S("姓名")));
        if (!n->name.n)
            return op_fail(d->op, FAULT_INPUT, S("姓名"), "另选他人的请写姓名");
        if (!asked_int(d, j, S("赞成"), 0, COUNT_VOTES_MAX, &n->yes) ||
            !asked_int(d, j, S("反对"), 0, COUNT_VOTES_MAX, &n->no))
            return false;
        n->abstain = c->valid - n->yes - n->no;
        if (n->abstain < 0)
            return op_fail(d->op, FAULT_INPUT, n->name, "%.*s的赞成%lld加反对%lld多于有效票%lld，请核对", PS(n->name),
                           (long long)n->yes, (long long)n->no, (long long)c->valid);
    }
    for (size_t i = 0; i < p->name_count; i++) {
        bool there = false;
        for (size_t k = 0; k < c->name_count; k++)
            there = there || str_eq(c->names[k].name, p->names[i].name);
        if (!there)
            return op_fail(d->op, FAULT_INPUT, p->names[i].name, "缺候选人%.*s的票数，没有得票的填0", PS(p->names[i].name));
    }
    return true;
}

static id candidate_of(const struct poll *p, str name)
{
    for (size_t i = 0; i < p->name_count; i++)
        if (str_eq(p->names[i].name, name))
            return p->names[i].candidate;
    return (id){0};
}

[[nodiscard]] static bool sheet_keep(const struct doing *d, const struct poll *p, const struct box *box,
                                     const struct count *c, str note)
{
    struct entry v = entry_new(d, C_SHEET);
    struct record *sheet, *line;
    entry_id(&v, CS_BOX, box->record->id);
    entry_int(&v, CS_PASS, box->pass);
    entry_text(&v, CS_ACCOUNT, id_text(d->op, d->who->account));
    entry_text(&v, CS_NAME, d->who->name);
    entry_int(&v, CS_COLLECTED, c->collected);
    entry_int(&v, CS_VALID, c->valid);
    entry_int(&v, CS_INVALID, c->invalid);
    entry_text(&v, CS_NOTE, note);
    if (!entry_add(&v, &sheet))
        return false;
    for (size_t i = 0; i < c->name_count; i++) {
        v = entry_new(d, C_LINE);
        entry_id(&v, CL_SHEET, sheet->id);
        entry_text(&v, CL_NAME, c->names[i].name);
        entry_id(&v, CL_CANDIDATE, candidate_of(p, c->names[i].name));
        entry_int(&v, CL_YES, c->names[i].yes);
        entry_int(&v, CL_NO, c->names[i].no);
        entry_int(&v, CL_ABSTAIN, c->names[i].abstain);
        if (!entry_add(&v, &line))
            return false;
    }
    return true;
}

/* 票箱 遍 收回选票 有效票 无效票 说明 得票[{姓名 赞成 反对}] */
bool count_sheet(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct poll p;
    struct box *box = NULL;
    struct count c = {0};
    int64_t pass;
    str note = asked_text(&d, S("说明"), 200);
    if (!box_asked(&d, &p, &box) || !asked_int(&d, asked, S("遍"), 1, PASSES_MAX, &pass))
        return false;
    if (pass != box->pass)
        return op_fail(d.op, FAULT_CONFLICT, S("遍"), "这个票箱已经改为点第%lld遍，请刷新后重新点", (long long)box->pass);
    if (box->mine)
        return op_fail(d.op, FAULT_CONFLICT, S("票箱"), "这一遍您已经报过；另一遍须由别人单独点");
    if (box->state != BOX_OPEN && box->state != BOX_ONE)
        return op_fail(d.op, FAULT_CONFLICT, S("票箱"), "这个票箱已由两人点过，请刷新");
    if (!asked_int(&d, asked, S("收回选票"), 0, COUNT_VOTES_MAX, &c.collected) ||
        !asked_int(&d, asked, S("有效票"), 0, COUNT_VOTES_MAX, &c.valid) ||
        !asked_int(&d, asked, S("无效票"), 0, COUNT_VOTES_MAX, &c.invalid) || !lines_asked(&d, &p, &c))
        return false;
    c.voters = p.voters;
    c.issued = box->issued;
    c.seats = p.seats;
    if (!count_check(d.op, &c))
        return false;
    if (c.collected > box->issued && !note.n)
        return op_fail(d.op, FAULT_INPUT, S("说明"), "收回选票%lld张，多于本箱发出的%lld张。请先复点；复点属实的，写明情况再报", (long long)c.collected,
                       (long long)box->issued);
    if (!sheet_keep(&d, &p, box, &c, note))
        return false;
    return poll_read(&d, p.place->id, &p) && poll_show(&p);
}

/* 票箱 理由: a box that is locked, or that somebody has good reason to count once more, before the result is declared. */
bool count_again(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                 const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct poll p;
    struct box *box = NULL;
    struct record *kept;
    str reason = asked_text(&d, S("理由"), 200);
    if (!box_asked(&d, &p, &box))
        return false;
    if (!reason.n)
        return op_fail(d.op, FAULT_INPUT, S("理由"), "重新点票须写明理由");
    if (box->state == BOX_OPEN)
        return op_fail(d.op, FAULT_INPUT, S("票箱"), "这一遍还没有人点过，不用重新点");
    if (box->pass >= PASSES_MAX)
        return op_fail(d.op, FAULT_INPUT, S("票箱"), "一个票箱最多点%d遍", PASSES_MAX);
    struct entry v = entry_new(&d, C_BOX);
    entry_int(&v, CB_PASS, box->pass + 1);
    if (!entry_change(&v, box->record, reason, &kept))
        return false;
    return poll_read(&d, p.place->id, &p) && poll_show(&p);
}

[[nodiscard]] static bool votes_keep(const struct doing *d, const struct poll *p, id tally, const struct count *c)
{
    for (size_t i = 0; i < c->name_count; i++) {
        struct entry v = entry_new(d, C_VOTES);
        struct record *kept;
        entry_id(&v, CV_TALLY, tally);
        entry_text(&v, CV_NAME, c->names[i].name);
        entry_id(&v, CV_CANDIDATE, candidate_of(p, c->names[i].name));
        entry_int(&v, CV_YES, c->names[i].yes);
        entry_int(&v, CV_NO, c->names[i].no);
        entry_int(&v, CV_ABSTAIN, c->names[i].abstain);
        entry_truth(&v, CV_ELECTED, c->names[i].elected);
        if (!entry_add(&v, &kept))
            return false;
    }
    return true;
}

[[nodiscard]] static bool declared_before(const struct doing *d, const struct poll *p)
{
    for (size_t i = 0; i < p->box_count; i++)
        if (p->boxes[i].state != BOX_SAME)
            return op_fail(d->op, FAULT_CONFLICT, S("票箱"), "%.*s号票箱%.*s，须两人分别点过且一致才能宣布",
                           PS(part_text(d, C_BOX, CB_NUMBER, p->boxes[i].record)), PS(box_states[p->boxes[i].state]));
    if (!p->box_count)
        return op_fail(d->op, FAULT_INPUT, S("票箱"), "这一轮还没有登记票箱");
    return p->voters > 0 || op_fail(d->op, FAULT_INPUT, S("选民总数"), "这个选区还没有选民名单，不能判断投票是否过半数；请先登记选民");
}

/* Who is elected is so from now on; the others stand until there is nothing more to vote on. A void round decides about
 * nobody. `p` is read again after the declaration. */
[[nodiscard]] static bool candidates_settle(const struct poll *p, const struct count *c, enum count_end end)
{
    const struct doing *d = p->d;
    struct record *rows, *kept;
    size_t count;
    str elected = d->work->words[CW_ELECTED];
    if (end == COUNT_VOID)
        return true;
    if (!candidates_read(p, &rows, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        str to = p->rule.round.n ? rows[i].state : d->work->words[CW_NOT];
        for (size_t k = 0; k < c->name_count; k++)
            to = c->names[k].elected && str_eq(c->names[k].name, rows[i].title) ? elected : to;
        if (str_eq(rows[i].state, to) || str_eq(rows[i].state, elected))
            continue;
        if (!record_state(d->tx, d->town, d->who, d->work->parts[C_CANDIDATE].ledger, rows[i].id, rows[i].version, to,
                          S("按宣布的计票结果"), &kept))
            return false;
    }
    return true;
}

/* 选区: the result becomes a record, and the candidates follow it. */
bool count_declare(struct tx *tx, const struct town *town, const struct who *who, const struct work *w,
                   const struct json *asked, struct json_out *out)
{
    struct doing d = DOING;
    struct poll p;
    struct record *place, *tally;
    struct count c;
    struct count_result r;
    if (!part_asked(&d, C_PLACE, S("选区"), &place) || !poll_read(&d, place->id, &p))
        return false;
    if (!p.rule.round.n)
        return op_fail(d.op, FAULT_CONFLICT, S("轮次"), "这个选区的结果已经宣布，没有下一轮投票");
    if (!declared_before(&d, &p))
        return false;
    must(poll_sum(&p, &c));
    if (!count_judge(d.op, &p.rule.rule, &c, &r))
        return false;
    struct entry v = entry_new(&d, C_TALLY);
    entry_id(&v, CT_PLACE, place->id);
    entry_text(&v, CT_ROUND, p.rule.round);
    entry_int(&v, CT_VOTERS, c.voters);
    entry_int(&v, CT_PRESENT, r.present);
    entry_int(&v, CT_ISSUED, c.issued);
    entry_int(&v, CT_COLLECTED, c.collected);
    entry_int(&v, CT_VALID, c.valid);
    entry_int(&v, CT_INVALID, c.invalid);
    entry_text(&v, CT_END, w->words[r.end]);
    if (!entry_add(&v, &tally) || !votes_keep(&d, &p, tally->id, &c))
        return false;
    return poll_read(&d, place->id, &p) && candidates_settle(&p, &c, r.end) && poll_show(&p);
}
