/* 户主: of two ledgers that say the same thing from both sides, 人.与户主关系 = 户主 and 户.户主, both are written, whoever
 * writes one: page, API, import. A home has one head; who is to be another is chosen at the home. */
#include "ledger/define.h"
#include "ledger/save.h"

struct heads {
    const struct plan *people, *homes;
    const struct field *home, *relation; /* of people: 户, 与户主关系 */
    const struct field *head;            /* of homes */
    str word, other;                     /* 户主; what who was head becomes, the last of the choices: 其他 */
};

/* A ledger that gets its village group from another, one of whose references back bears the name of a choice. */
void heads_link(struct reader *r, struct plan *p)
{
    str first, rest;
    str_split(p->def.group_path, '.', &first, &rest);
    const struct field *home = rest.n ? ledger_field(&p->def, first) : NULL;
    struct plan *homes = home && home->type == F_REF ? plan_named(r->town, home->target) : NULL;
    for (size_t i = 0; homes && i < p->def.field_count; i++) {
        const struct field *f = &p->def.fields[i];
        for (size_t k = 0; f->type == F_ENUM && k + 1 < f->choice_count; k++) {
            const struct field *head = ledger_field(&homes->def, f->choices[k]);
            if (!head || head->type != F_REF || plan_named(r->town, head->target) != p)
                continue;
            struct heads *h = op_new(r->op, struct heads);
            *h = (struct heads){p, homes, home, f, head, f->choices[k], f->choices[f->choice_count - 1]};
            p->heads = homes->heads = h;
            return;
        }
    }
}

static bool other_row(struct save *s, const struct plan *plan, struct arg record, struct row *ret, bool *ret_found)
{
    *ret_found = false;
    if (record.kind != ARG_ID)
        return true;
    row_init(ret, s->tx, plan);
    if (!(s->bulk ? nearby_row : row_load)(ret, record.id, ret_found))
        return false;
    *ret_found = *ret_found && !ret->head.removed;
    return true;
}

static bool is_word(struct arg cell, str word)
{
    return cell.kind == ARG_TEXT && str_eq(cell.text, word);
}

static bool is_record(struct arg cell, id record)
{
    return cell.kind == ARG_ID && id_eq(cell.id, record);
}

bool head_check(struct save *s)
{
    const struct heads *h = s->plan->heads;
    struct row home;
    bool found;
    if (!h || s->plan != h->people)
        return true;
    const int relation = field_index(s->plan, h->relation), at = field_index(s->plan, h->home);
    if ((s->before && !s->touched[relation] && !s->touched[at]) || s->bad[relation] || s->bad[at])
        return true;
    if (!other_row(s, h->homes, *save_cell(s, h->home), &home, &found))
        return false;
    struct arg head = found ? home.cells[h->head->column] : NUL; /* not found: it comes with its head */
    bool word = is_word(*save_cell(s, h->relation), h->word), own = is_record(head, s->row.record);
    if (word && head.kind == ARG_ID && !own)
        save_wrong(s, h->relation, "这一户已有%.*s，一户只有一个；要换，请打开这一户，改“%.*s”一栏", PS(h->word), PS(h->head->name));
    else if (!word && own)
        save_wrong(s, h->relation, "这是本户的%.*s，“%.*s”须是“%.*s”；要换，请打开这一户，改“%.*s”一栏", PS(h->word),
                   PS(h->relation->name), PS(h->word), PS(h->head->name));
    return true;
}

/* The other side, by the same person in the same step, whatever their rights to it: it says nothing new. */
static bool follow(struct save *s, const struct plan *plan, id record, const struct field *f, str value, str why)
{
    struct save next;
    const struct right all = {.all = true, .masked = op_array(s->op, bool, plan->def.field_count)};
    const struct checked c = {.kind = value.n ? CHECKED_TEXT : CHECKED_EMPTY, .text = value};
    const struct given given = {f, &c};
    const struct wanted wanted = {.given = &given, .count = 1};
    bool changed;
    save_begin(&next, s->tx, s->who, plan, NULL);
    next.bulk = s->bulk;
    next.row.record = record;
    return save_change(&next, &wanted, 0, why, &all, ACT_CHANGE, &changed);
}

/* The person is the head by their own word, and the home has none. */
static bool home_waits(struct save *s, const struct heads *h, bool *ret)
{
    struct row row;
    *ret = false;
    if (!is_word(*save_cell(s, h->relation), h->word))
        return true;
    if (!other_row(s, h->homes, *save_cell(s, h->home), &row, ret))
        return false;
    *ret = *ret && row.cells[h->head->column].kind == ARG_NULL;
    return true;
}

static bool home_told(struct save *s, const struct heads *h)
{
    return follow(s, h->homes, save_cell(s, h->home)->id, h->head, id_text(s->op, s->row.record), S("登记户主"));
}

static bool person_kept(struct save *s, const struct heads *h)
{
    struct arg *cells = s->row.cells, home = cells[h->home->column], was = s->before ? s->before[h->home->column] : NUL;
    struct row row;
    bool found;
    if (!cell_eq(was, home)) {
        if (!other_row(s, h->homes, was, &row, &found))
            return false;
        if (found && is_record(row.cells[h->head->column], s->row.record)) {
            if (!follow(s, h->homes, was.id, h->head, S(""), S("户主迁出本户")))
                return false;
            save_warn(s, h->home->name, op_text(s->op, "原来那一户没有%.*s了，请到那一户另定", PS(h->word)));
        }
    }
    return home_waits(s, h, &found) && (!found || home_told(s, h));
}

bool head_said_again(struct save *s, const struct right *right, enum act act)
{
    const struct heads *h = s->plan->heads;
    bool waits;
    if (!h || s->plan != h->people || !s->touched[field_index(s->plan, h->relation)])
        return true;
    if (!home_waits(s, h, &waits))
        return false;
    if (!waits)
        return true;
    save_warn(s, h->relation->name, op_text(s->op, "这一户原来没有登记%.*s，这次登记上了", PS(h->word)));
    return save_within(s, right, act) && home_told(s, h);
}

static bool home_kept(struct save *s, const struct heads *h)
{
    struct arg now = s->row.cells[h->head->column], was = s->before ? s->before[h->head->column] : NUL;
    struct row row;
    bool found;
    if (cell_eq(was, now))
        return true;
    if (!other_row(s, h->people, was, &row, &found))
        return false;
    if (found && is_record(row.cells[h->home->column], s->row.record) && is_word(row.cells[h->relation->column], h->word)) {
        if (!follow(s, h->people, was.id, h->relation, h->other, S("本户换了户主")))
            return false;
        save_warn(s, h->head->name,
                  op_text(s->op, "原来那位的“%.*s”已改为“%.*s”；家里各人和新%.*s的关系，请核对", PS(h->relation->name), PS(h->other), PS(h->word)));
    }
    if (!other_row(s, h->people, now, &row, &found))
        return false;
    return !found || is_word(row.cells[h->relation->column], h->word) ||
           follow(s, h->people, now.id, h->relation, h->word, S("定为户主"));
}

bool head_follow(struct save *s, enum fact_act act)
{
    const struct heads *h = s->plan->heads;
    if (!h || act == FACT_REMOVE)
        return true;
    return s->plan == h->people ? person_kept(s, h) : home_kept(s, h);
}
