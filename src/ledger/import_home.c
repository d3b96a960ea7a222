/* The household of a person: found by 户号, by 户主 or by standing below its head; made when it is not there yet. */
#include "ledger/import.h"

static const struct field *group_reference(const struct ledger *l)
{
    for (size_t i = 0; i < l->field_count; i++)
        if (l->fields[i].type == F_REF && str_eq(l->fields[i].target, GROUP_LEDGER))
            return &l->fields[i];
    return NULL;
}

static str text_keep(char *bytes, size_t room, str text)
{
    size_t n = text.n < room ? text.n : room;
    if (n)
        memcpy(bytes, text.p, n);
    return (str){bytes, n};
}

static void home_remember(struct import *im, id x, id group, str name, str key)
{
    struct home *h = &im->home;
    h->current = x;
    h->group = group;
    h->name = text_keep(h->name_bytes, sizeof h->name_bytes, name);
    h->key = text_keep(h->key_bytes, key.n > sizeof h->key_bytes ? 0 : sizeof h->key_bytes, key);
}

void home_leave(struct import *im)
{
    home_forget(im);
    im->home.name = (str){0};
}

void home_forget(struct import *im)
{
    if (im->home.made)
        bulk_drop(im->home.made);
    im->home.made = NULL;
    im->home.current = (id){0};
    im->home.key = (str){0};
}

/* Homes of this group whose head has this name. */
static bool homes_of_head(struct import *im, str name, id group, struct known *ret)
{
    const struct home *h = &im->home;
    struct op *op = im->op;
    str table = store_name(op, op_text(op, "now_%.*s", PS(h->plan->def.english)));
    str people = store_name(op, op_text(op, "now_%.*s", PS(im->plan->def.english)));
    str head = store_name(op, h->head->name);
    const struct field *own = ledger_field(&im->plan->def, S("姓名"));
    str sql =
        h->head->type == F_REF && own
            ? op_text(op,
                      "select t.record from %.*s p join %.*s t on t.%.*s = p.record where p.town = $1 and p.%.*s = $2"
                      " and t.\"组\" is $3 and t.removed = 0 limit 3",
                      PS(people), PS(table), PS(head), PS(store_name(op, own->name)))
            : op_text(op,
                      "select t.record from %.*s t where t.town = $1 and t.%.*s = $2 and t.\"组\" is $3 and t.removed "
                      "= 0 limit 3",
                      PS(table), PS(head));
    return import_known(im, sql, ARGS(TEXT(store_town(im->tx)), TEXT(name), ID(group)), ret);
}

/* Opened before the rows, whose memory is given back one by one. Who may not make homes is told when a row needs
 * one. */
bool homes_begin(struct import *im)
{
    struct right right;
    const struct plan *homes = im->home.plan;
    return !homes || !right_ask(im->op, im->who, homes, ACT_IMPORT, &right) ||
           bulk_begin(im->tx, im->town, im->who, &homes->def, ACT_IMPORT, &im->home_bulk);
}

static bool homes_may(struct import *im)
{
    struct right right;
    return im->home_bulk || right_for(im->op, im->town, im->who, &im->home.plan->def, ACT_IMPORT, &right);
}

/* A new home, kept with the row it is made for. Whoever is new as well becomes its head with it; the head of a home
 * must live in it, so somebody who still belongs to another moves first. */
static bool home_make(struct import *im, id group, str name, bool with_head, id *ret)
{
    struct home *h = &im->home;
    const struct ledger *l = &h->plan->def;
    struct givens values = {0};
    const struct field *group_field = group_reference(l);
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        struct checked c = im->home_values[i];
        if (f == group_field && !id_none(group))
            c = checked_id(im, group);
        else if (f == h->head && f->type == F_TEXT)
            c = (struct checked){.kind = CHECKED_TEXT, .text = name};
        else if (f == h->head && with_head)
            c = checked_id(im, im->record);
        else if (f == h->head || !im->home_given[i] || !writable(f))
            continue;
        if ((f->type == F_REF || f->type == F_REFS) && f != group_field && f != h->head &&
            !import_reference(im, import_column(im, f), f, &c, NUL))
            return false;
        if (c.kind != CHECKED_EMPTY)
            import_give(im, &values, f, c);
    }
    if (im->bad)
        return true;
    int before = im->op->fault_count;
    if (!homes_may(im))
        return false;
    *ret = id_new(im->op);
    bulk_coming(im->home_bulk, l, *ret);
    if (with_head)
        bulk_coming(im->home_bulk, &im->plan->def, im->record);
    if (!bulk_check(im->home_bulk, *ret, values.p, values.n, &h->made)) {
        bulk_drop(h->made);
        h->made = NULL;
        return import_faults(im, before, l);
    }
    h->wants_head = !with_head;
    im->report->made_other++;
    im->report->other_ledger = l->name;
    return true;
}

bool home_keep(struct import *im)
{
    struct bulk_done done;
    if (!bulk_keep(im->home.made, &done))
        return false;
    import_warnings(im, &im->home.plan->def, done.warnings);
    return true;
}

/* Which home a row belongs to, by 户号, by 户主 or by standing below its head; made when it is not there yet. */
bool home_find(struct import *im, const struct row *existing)
{
    struct home *h = &im->home;
    const struct ledger *l = &im->plan->def;
    size_t at = (size_t)(h->field - l->fields);
    if (im->given[at] && im->values[at].kind != CHECKED_EMPTY) { /* named directly */
        home_forget(im);
        return true;
    }
    const struct field *group_field = group_reference(&h->plan->def), *own_name = ledger_field(l, S("姓名"));
    id group = im->group, now = {0};
    if (existing && existing->cells[h->field->column].kind == ARG_ID)
        now = existing->cells[h->field->column].id;
    if (group_field && im->home_given[group_field - h->plan->def.fields]) {
        struct checked *c = &im->home_values[group_field - h->plan->def.fields];
        if (c->kind == CHECKED_TEXT && (!import_reference(im, import_column(im, group_field), group_field, c, NUL)))
            return false;
        if (im->bad || (c->kind == CHECKED_TEXT && !id_parse(c->text, &group)))
            return true;
    }
    str key = {0}, head = {0}, own = own_name ? im->values[own_name - l->fields].text : (str){0};
    const struct field *key_field =
        h->plan->def.key_count == 1 ? ledger_field(&h->plan->def, h->plan->def.keys[0]) : NULL;
    if (key_field && im->home_given[key_field - h->plan->def.fields])
        key = im->home_values[key_field - h->plan->def.fields].text;
    if (h->head && im->home_given[h->head - h->plan->def.fields])
        head = im->home_values[h->head - h->plan->def.fields].text;
    const struct checked *relation = h->relation ? &im->values[h->relation - l->fields] : NULL;
    bool is_head = relation && relation->kind == CHECKED_TEXT && str_eq(relation->text, h->word);
    struct known found = {0};

    if (key.n && str_eq(key, h->key)) {
        found = (struct known){h->current, 1};
    } else if (key.n) {
        if (!bulk_find(im->bulk, &h->plan->def, key_field, key, &found.id, &found.count))
            return false;
    } else if (!id_none(now) && (!head.n || is_head)) {
        found = (struct known){now, 1};
    } else if (!head.n && !is_head && (!relation || relation->kind == CHECKED_EMPTY)) {
        return true; /* the sheet says nothing of it */
    } else {
        str name = head.n ? head : is_head ? own : h->name;
        if (is_head && head.n && own.n && !str_eq(head, own)) {
            import_wrong(im, import_column(im, h->head), head,
                         op_text(im->op, "与户主关系为“%.*s”，但户主写的是“%.*s”，请核对", PS(h->word), PS(head)));
            return true;
        }
        bool same =
            !id_none(h->current) && str_eq(name, h->name) && id_eq(group, h->group) && (!is_head || h->wants_head);
        if (same)
            found = (struct known){h->current, 1};
        else if (!name.n) {
            import_wrong(im, h->relation ? import_column(im, h->relation) : NULL, (str){0},
                         S("上面没有户主，不知道属于哪一户，请填户号或户主姓名"));
            return true;
        } else if (!is_head && !homes_of_head(im, name, group, &found)) {
            return false;
        }
        if (found.count > 1) {
            import_wrong(im, h->head ? import_column(im, h->head) : NULL, name,
                         op_text(im->op, "本村组有不止一户的户主叫“%.*s”，请填户号", PS(name)));
            return true;
        }
        head = name;
    }
    if (found.count == 0) {
        if (id_none(group)) {
            import_wrong(im, NULL, (str){0}, S("不知道属于哪个村组，请加一列“村组”，或在标题、工作表名里写明"));
            return true;
        }
        bool with_head = is_head && h->head && h->head->type == F_REF && !existing;
        if (!home_make(im, group, head.n ? head : own, with_head, &found.id))
            return false;
        if (im->bad)
            return true;
    } else if (!id_eq(found.id, h->current)) {
        h->wants_head = false;
    }
    home_remember(im, found.id, group, is_head ? own : head, key);
    im->values[at] = checked_id(im, found.id);
    im->given[at] = true;
    return true;
}

bool home_lacks_head(struct import *im, bool *ret)
{
    struct home *h = &im->home;
    const struct checked *relation = h->relation ? &im->values[h->relation - im->plan->def.fields] : NULL;
    const struct checked *at = h->field ? &im->values[h->field - im->plan->def.fields] : NULL;
    id own;
    *ret = false;
    if (!h->head || h->head->type != F_REF || !relation || !str_eq(relation->text, h->word) || at->kind != CHECKED_TEXT ||
        !id_parse(at->text, &own))
        return true;
    struct row home;
    bool found;
    row_init(&home, im->tx, h->plan);
    if (!nearby_row(&home, own, &found))
        return false;
    *ret = found && home.cells[h->head->column].kind == ARG_NULL;
    h->wants_head = h->wants_head && !*ret;
    return true;
}

/* 户 of 人: the reference through which the ledger gets its village group, and whose head is one of its own records. Only
 * such a roll makes homes; other sheets name a home that is there: see import_reach. */
void home_learn(struct import *im)
{
    const struct plan *p = im->plan;
    const struct ledger *l = &p->def;
    str first, rest;
    str_split(l->group_path, '.', &first, &rest);
    const struct field *f = l->group_path.n ? ledger_field(l, first) : NULL;
    if (f && f->type == F_REF && str_eq(f->target, GROUP_LEDGER))
        im->group_field = f;
    if (!f || f->type != F_REF || im->group_field || rest.n == 0)
        return;
    const struct plan *home = import_target(im, f);
    for (size_t i = 0; i < l->field_count; i++)
        for (size_t k = 0; l->fields[i].type == F_ENUM && k < l->fields[i].choice_count; k++) {
            const struct field *head = ledger_field(&home->def, l->fields[i].choices[k]);
            if (!head || (head->type != F_TEXT && !(head->type == F_REF && str_eq(head->target, l->name))))
                continue;
            im->home.field = f;
            im->home.plan = home;
            im->home.head = head;
            im->home.relation = &l->fields[i];
            im->home.word = l->fields[i].choices[k];
            return;
        }
}
