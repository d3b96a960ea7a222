/* Asking for definitions, and telling pages about them. */
#include "ledger/define.h"

/* ---- asking ------------------------------------------------------------------------------------------------------ */

const struct ledger *town_ledger(const struct town *town, str name)
{
    const struct plan *p = plan_named(town, name);
    return p ? &p->def : NULL;
}

const struct ledger *ledger_marks(const struct town *town, const struct ledger *l, const struct field **ret_of)
{
    for (size_t i = 0; i < town->count; i++) {
        const struct ledger *other = &town->plans[i]->def;
        for (size_t k = 0; other->mark && k < other->field_count; k++)
            if (other->fields[k].type == F_REF && str_eq(other->fields[k].target, l->name)) {
                *ret_of = &other->fields[k];
                return other;
            }
    }
    return NULL;
}

size_t town_ledger_count(const struct town *town)
{
    return town->count;
}

const struct ledger *town_ledger_at(const struct town *town, size_t i)
{
    must(i < town->count);
    return &town->plans[i]->def;
}

const struct work_calendar *town_calendar(const struct town *town)
{
    return town->calendar;
}

const struct figure *town_figures(const struct town *town, size_t *ret_count)
{
    *ret_count = town->figure_count;
    return town->figures;
}

const struct field *ledger_field(const struct ledger *l, str name)
{
    return map_get(&plan_of(l)->by_name, name);
}

/* ---- for pages --------------------------------------------------------------------------------------------------- */

static void text_member(struct json_out *w, str key, str value)
{
    json_key(w, key);
    if (value.n)
        json_text(w, value);
    else
        json_null(w);
}

static void bool_member(struct json_out *w, str key, bool value)
{
    json_put_bool(w, key, value);
}

static void field_members(struct json_out *w, const struct field *f)
{
    text_member(w, S("english"), f->english);
    text_member(w, S("type"), field_type_names[f->type]);
    text_member(w, S("value_type"), field_type_names[f->value]);
    json_put_int(w, S("size"), f->size);
    json_put_texts(w, S("choices"), f->choices, f->choice_count);
    bool_member(w, S("open_choices"), f->open_choices);
    text_member(w, S("target"), f->target);
    bool_member(w, S("required"), f->required);
    bool_member(w, S("unique"), f->unique);
    bool_member(w, S("sensitive"), f->sensitive);
    bool_member(w, S("whole_day"), f->whole_day);
    bool_member(w, S("snapshot"), f->snapshot);
    bool_member(w, S("indexed"), f->indexed);
    bool_member(w, S("computed"), f->type == F_COMPUTED);
    bool_member(w, S("moving"), f->moving);
    text_member(w, S("default"), f->begins.n ? f->begins : f->initial);
    if (f->from)
        text_member(w, S("chosen_from"), f->from->of->target);
    text_member(w, S("note"), f->note);
    text_member(w, S("section"), f->group);
}

static void field_describe(struct json_out *w, const struct field *f)
{
    json_open(w, '{');
    text_member(w, S("name"), f->name);
    field_members(w, f);
    json_close(w, '}');
}

/* Reaches as fields that nobody writes: heading says what the sheet calls them. */
static void reaches_describe(struct json_out *w, const struct ledger *l)
{
    json_open(w, '[');
    for (size_t i = 0; i < l->reach_count; i++) {
        const struct reach *reach = l->reaches[i];
        str heading = reach->name;
        for (size_t k = 0; k < l->sheet.column_count; k++)
            if (l->sheet.columns[k].reach == reach)
                heading = l->sheet.columns[k].heading;
        json_open(w, '{');
        text_member(w, S("name"), reach->name);
        text_member(w, S("heading"), heading);
        field_members(w, reach->end);
        json_close(w, '}');
    }
    json_close(w, ']');
}

void ledger_describe(struct json_out *w, const struct town *town, const struct ledger *l)
{
    must(plan_of(l)->town == town);
    text_member(w, S("name"), l->name);
    text_member(w, S("english"), l->english);
    text_member(w, S("note"), l->note);
    text_member(w, S("line"), l->line_of_work);
    text_member(w, S("pack"), l->pack);
    text_member(w, S("title"), l->title);
    json_put_texts(w, S("keys"), l->keys, l->key_count);
    text_member(w, S("secrecy"), l->secrecy);
    text_member(w, S("retention"), l->retention);
    json_put_texts(w, S("states"), l->states, l->state_count);
    json_put_open(w, S("moves"), '[');
    for (size_t i = 0; i < l->move_count; i++) {
        json_open(w, '{');
        text_member(w, S("from"), l->moves[i].from);
        text_member(w, S("to"), l->moves[i].to);
        bool_member(w, S("back"), l->moves[i].back);
        json_close(w, '}');
    }
    json_close(w, ']');
    text_member(w, S("group_path"), l->group_path);
    if (l->list_count) {
        json_put_texts(w, S("list"), l->list_fields, l->list_count);
    } else { /* all that fit a list */
        json_put_open(w, S("list"), '[');
        for (size_t i = 0, n = 0; i < l->field_count && n < 10; i++)
            if (field_columns[l->fields[i].value] != COLUMN_JSON && l->fields[i].type != F_LONG && ++n)
                json_text(w, l->fields[i].name);
        json_close(w, ']');
    }
    json_put_texts(w, S("first"), l->first_fields, l->first_count);
    const struct field *of;
    const struct ledger *marks = ledger_marks(town, l, &of);
    text_member(w, S("marks"), marks ? marks->name : S(""));
    if (l->mark) {
        json_put_open(w, S("mark"), '{');
        text_member(w, S("name"), l->mark->name);
        text_member(w, S("from"), l->mark_from->name);
        text_member(w, S("to"), l->mark_to->name);
        json_close(w, '}');
    }
    if (l->spread.by)
        text_member(w, S("spread"), l->spread.by->name);
    json_put_open(w, S("headings"), '[');
    for (size_t i = 0; i < l->sheet.column_count; i++)
        json_text(w, l->sheet.columns[i].heading);
    json_close(w, ']');
    json_key(w, S("reaches"));
    reaches_describe(w, l);
    json_put_open(w, S("fields"), '[');
    for (size_t i = 0; i < l->field_count; i++)
        field_describe(w, &l->fields[i]);
    json_close(w, ']');
}
