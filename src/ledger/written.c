/* Records as JSON: their shape is said here once, for one record made of its parts and for the rows of a page written
 * straight out.
 *
 *     {"id", "version", "state", "withdrawn", "added", "changed", "title", "values": {…}, "labels": {…}, "masked": […]} */
#include "ledger/inner.h"

static void head_write(struct json_out *w, const struct ledger *l, id record, const struct row_head *h, str title)
{
    json_key_as(w, JSON_KEY("id"));
    json_id(w, record);
    json_key_as(w, JSON_KEY("version"));
    json_int_out(w, h->version);
    json_key_as(w, JSON_KEY("state"));
    if (l->state_count)
        json_text(w, h->state);
    else
        json_null(w);
    json_key_as(w, JSON_KEY("withdrawn"));
    json_bool(w, h->removed);
    json_key_as(w, JSON_KEY("added"));
    json_time(w, h->added);
    json_key_as(w, JSON_KEY("changed"));
    json_time(w, h->changed);
    json_key_as(w, JSON_KEY("title"));
    json_text(w, title);
}

static void masked_write(struct json_out *w, const struct ledger *l, const bool *masked)
{
    json_open(w, '[');
    for (size_t i = 0; masked && i < l->field_count; i++)
        if (masked[i])
            json_text(w, l->fields[i].name);
    json_close(w, ']');
}

void record_members_write(struct json_out *w, const struct ledger *l, const struct record *r)
{
    const struct row_head head = {
        .version = r->version, .state = r->state, .added = r->added, .changed = r->changed, .removed = r->withdrawn};
    head_write(w, l, r->id, &head, r->title);
    json_key_as(w, JSON_KEY("values"));
    json_value(w, r->values);
    json_key_as(w, JSON_KEY("labels"));
    json_value(w, r->labels);
    json_key_as(w, JSON_KEY("masked"));
    masked_write(w, l, r->masked);
}

void record_write(struct json_out *w, const struct ledger *l, const struct record *r)
{
    json_open(w, '{');
    record_members_write(w, l, r);
    json_close(w, '}');
}

/* ---- rows of a page ---------------------------------------------------------------------------------------------- */

struct row_form {
    const struct field **fields; /* those shown */
    str *keys;                   /* their names, as keys */
    bool *covers;                /* which of them are covered */
    size_t count;
    const struct field **labelled; /* of them, those that refer to records and are not covered */
    str *label_keys;
    size_t labelled_count;
    const struct shown *shown;   /* its reaches follow */
    str *reach_keys;
    str masked_text;
};

struct row_form *row_form_new(struct op *op, const struct plan *plan, const bool *masked, const struct shown *shown)
{
    const struct ledger *l = &plan->def;
    struct row_form *form = op_new(op, struct row_form);
    struct buf b;
    form->fields = op_array(op, const struct field *, l->field_count);
    form->labelled = op_array(op, const struct field *, l->field_count);
    form->keys = op_array(op, str, l->field_count);
    form->label_keys = op_array(op, str, l->field_count);
    form->covers = op_array(op, bool, l->field_count);
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *f = &l->fields[i];
        if (f->type == F_CHILDREN || (shown->fields && !shown->fields[i]))
            continue;
        form->fields[form->count] = f;
        form->keys[form->count] = json_key_text(op, f->name);
        form->covers[form->count++] = masked && masked[i];
        if ((f->type != F_REF && f->type != F_REFS) || (masked && masked[i]))
            continue;
        form->label_keys[form->labelled_count] = json_key_text(op, f->name);
        form->labelled[form->labelled_count++] = f;
    }
    form->shown = shown;
    form->reach_keys = op_array(op, str, shown->reach_count);
    for (size_t i = 0; i < shown->reach_count; i++)
        form->reach_keys[i] = json_key_text(op, shown->reaches[i]->name);
    buf_init(&b, op, 0);
    masked_write(&(struct json_out){.b = &b}, l, masked);
    form->masked_text = buf_str(&b);
    return form;
}

/* What the reaches of a form are, and the rows they are of. */
struct reached_cell {
    enum reached reached;
    struct arg cell;
    struct row *at;
};

static bool reaches_write(struct row *row, const struct row_form *form, struct reached_cell *cells, struct json_out *w)
{
    for (size_t i = 0; i < form->shown->reach_count; i++) {
        const struct reach *reach = form->shown->reaches[i];
        struct reached_cell *c = &cells[i];
        if (!reach_read(row, reach, &c->reached, &c->cell, &c->at))
            return false;
        json_key_as(w, form->reach_keys[i]);
        if (c->reached == REACH_HIDDEN)
            json_text(w, REACH_UNSEEN);
        else
            cell_write(row->tx->op, reach->end, c->cell, w);
    }
    return true;
}

static bool reach_labels_write(const struct row_form *form, const struct reached_cell *cells, struct json_out *w)
{
    for (size_t i = 0; i < form->shown->reach_count; i++) {
        const struct field *f = form->shown->reaches[i]->end;
        if (cells[i].reached != REACH_SEEN || (f->type != F_REF && f->type != F_REFS))
            continue;
        json_key_as(w, form->reach_keys[i]);
        if (!label_write(cells[i].at, f, cells[i].cell, w))
            return false;
    }
    return true;
}

bool row_write(struct row *row, struct labels *labels, const struct row_form *form, struct json_out *w)
{
    struct op *op = row->tx->op;
    struct reached_cell *reached = op_array(op, struct reached_cell, form->shown->reach_count);
    row->labels = labels;
    json_open(w, '{');
    head_write(w, &row->plan->def, row->record, &row->head, row_title(row));
    json_key_as(w, JSON_KEY("values"));
    json_open(w, '{');
    for (size_t i = 0; i < form->count; i++) {
        const struct field *f = form->fields[i];
        struct arg cell = f->column >= 0 ? row->cells[f->column] : row_cell(row, f);
        if (form->covers[i])
            cell = cell_masked(op, f, cell);
        json_key_as(w, form->keys[i]);
        cell_write(op, f, cell, w);
    }
    if (!reaches_write(row, form, reached, w))
        return false;
    json_close(w, '}');
    json_key_as(w, JSON_KEY("labels"));
    json_open(w, '{');
    for (size_t i = 0; i < form->labelled_count; i++) {
        const struct field *f = form->labelled[i];
        struct arg cell = row_cell(row, f);
        if (cell.kind == ARG_NULL)
            continue;
        json_key_as(w, form->label_keys[i]);
        if (!label_write(row, f, cell, w))
            return false;
    }
    if (!reach_labels_write(form, reached, w))
        return false;
    json_close(w, '}');
    json_key_as(w, JSON_KEY("masked"));
    json_number(w, form->masked_text);
    json_close(w, '}');
    return !row->broken;
}
