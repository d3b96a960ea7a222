/* Copies of who is asking, and a field's values as JSON Schema. */
#include "ledger/ledger.h"

struct who who_copy(struct op *op, const struct who *who)
{
    struct who copy = *who;
    copy.name = op_copy(op, who->name);
    struct grant *grants = op_array(op, struct grant, who->grant_count);
    for (size_t i = 0; i < who->grant_count; i++) {
        grants[i] = who->grants[i];
        grants[i].ledger = op_copy(op, who->grants[i].ledger);
        grants[i].where = op_copy(op, who->grants[i].where);
        str *masked = op_array(op, str, who->grants[i].masked_count);
        for (size_t k = 0; k < who->grants[i].masked_count; k++)
            masked[k] = op_copy(op, who->grants[i].masked[k]);
        grants[i].masked = masked;
    }
    copy.grants = grants;
    return copy;
}

/* JSON Schema 2020-12 of the value shapes that ledger.h lists; `items` makes it a list. */
static const struct shape {
    const char *type, *format, *items;
} shapes[F_TYPES] = {
    [F_TEXT] = {"string", NULL, NULL},        [F_LONG] = {"string", NULL, NULL},
    [F_INT] = {"integer", NULL, NULL},        [F_DECIMAL] = {"number", NULL, NULL},
    [F_MONEY] = {"number", NULL, NULL},       [F_RATIO] = {"number", NULL, NULL},
    [F_DAY] = {"string", "date", NULL},       [F_TIME] = {"string", "date-time", NULL},
    [F_MONTH] = {"string", NULL, NULL},       [F_YEAR] = {"integer", NULL, NULL},
    [F_PERIOD] = {"string", NULL, NULL},      [F_BOOL] = {"boolean", NULL, NULL},
    [F_ENUM] = {"string", NULL, NULL},        [F_ENUMS] = {"array", NULL, "string"},
    [F_REF] = {"string", "uuid", NULL},       [F_REFS] = {"array", NULL, "string"},
    [F_CHILDREN] = {"array", NULL, "object"}, [F_PHOTOS] = {"array", NULL, "object"},
    [F_FILES] = {"array", NULL, "object"},    [F_SIGNATURE] = {"object", NULL, NULL},
    [F_PLACE] = {"object", NULL, NULL},       [F_SERIAL] = {"string", NULL, NULL},
    [F_COMPUTED] = {NULL, NULL, NULL},        [F_CITIZEN_ID] = {"string", NULL, NULL},
    [F_CREDIT_CODE] = {"string", NULL, NULL}, [F_PHONE] = {"string", NULL, NULL},
    [F_BANK_CARD] = {"string", NULL, NULL},   [F_CODE] = {"string", NULL, NULL},
};

void ledger_field_schema(struct json_out *w, const struct field *f)
{
    const struct shape *shape = &shapes[f->type];
    json_open(w, '{');
    if (shape->type)
        json_put_text(w, S("type"), str_z(shape->type));
    if (shape->format)
        json_put_text(w, S("format"), str_z(shape->format));
    if (shape->items) {
        json_put_open(w, S("items"), '{');
        json_put_text(w, S("type"), str_z(shape->items));
        json_close(w, '}');
    }
    if (f->type == F_TEXT && f->size)
        json_put_int(w, S("maxLength"), f->size);
    if (f->type == F_ENUM && f->choice_count && !f->open_choices)
        json_put_texts(w, S("enum"), f->choices, f->choice_count);
    if (f->note.n)
        json_put_text(w, S("description"), f->note);
    if (f->type == F_COMPUTED)
        json_put_bool(w, S("readOnly"), true);
    json_close(w, '}');
}
