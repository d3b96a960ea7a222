/* What the words of a story mean: names, people, values as a clerk writes them. */
#include "replay/story_inner.h"

bool story_wrong(struct story *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(s->p->op, format, args);
    va_end(args);
    s->wrong = true;
    return op_fail(s->p->op, FAULT_INPUT, S(""), "%.*s", PS(text));
}

const struct person *story_person(struct story *s, str name)
{
    for (size_t i = 0; i < s->p->people.n; i++)
        if (str_eq(s->p->people.p[i].called, name) || str_eq(s->p->people.p[i].login.login, name))
            return &s->p->people.p[i];
    return NULL;
}

bool story_named(struct story *s, str name, struct named **ret)
{
    *ret = map_get(&s->names, name);
    return *ret || story_wrong(s, "故事里还没有叫“%.*s”的", PS(name));
}

bool story_record(struct story *s, str name, struct thing *ret)
{
    struct named *named;
    if (!story_named(s, name, &named))
        return false;
    *ret = named->thing;
    return named->kind == A_RECORD || story_wrong(s, "“%.*s”不是一条记录", PS(name));
}

void story_name(struct story *s, str name, struct named named)
{
    struct named *kept = op_new(s->p->op, struct named);
    *kept = named;
    map_put(&s->names, name, kept);
    if (named.kind == A_RECORD)
        map_put(s->p->told, name, &kept->thing);
}

/* ---- FEEL -------------------------------------------------------------------------------------------------------- */

/* A record stands for itself: where a value is wanted it is its id. */
static feel_value record_is_id(struct op *op, feel_value v)
{
    if (v.kind == FEEL_CONTEXT)
        for (size_t i = 0; i < v.context->count; i++)
            if (str_eq(v.context->entries[i].name, S("id")))
                return v.context->entries[i].value;
    if (v.kind != FEEL_LIST)
        return v;
    feel_value *items = op_array(op, feel_value, v.count + 1);
    for (size_t i = 0; i < v.count; i++)
        items[i] = record_is_id(op, v.items[i]);
    return feel_of_list(items, v.count);
}

bool story_feel(struct story *s, str text, feel_value *ret)
{
    struct json json = {.kind = JSON_STRING, .text = op_text(s->p->op, "=%.*s", PS(text)), .line = s->at->line};
    int faults = s->p->op->fault_count;
    if (say(s->p, S("故事"), &json, ret))
        return true;
    s->wrong = s->wrong || s->p->op->fault_count > faults;
    return false;
}

/* What begins with = is FEEL, and so is what stands in {…}. */
bool story_text_of(struct story *s, str text, str *ret)
{
    feel_value v;
    size_t at;
    struct json json = {.kind = JSON_STRING, .text = text, .line = s->at->line};
    *ret = text;
    if (!str_starts(text, S("=")) && !str_find(text, S("{"), &at))
        return true;
    if (!say(s->p, S("故事"), &json, &v)) {
        s->wrong = true;
        return false;
    }
    *ret = feel_text_of(s->p->op, record_is_id(s->p->op, v));
    return true;
}

bool story_said(struct story *s, str text, feel_value *ret)
{
    str words;
    if (str_starts(text, S("="))) {
        if (!story_feel(s, str_part(text, 1, text.n), ret))
            return false;
        *ret = record_is_id(s->p->op, *ret);
        return true;
    }
    if (!story_text_of(s, text, &words))
        return false;
    *ret = feel_of_text(words);
    return true;
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

/* A name of the story, a person, or what a record of that ledger is called. */
static bool reference(struct story *s, const struct field *f, str text, str *ret)
{
    struct play *p = s->p;
    struct who system = {.name = S("系统"), .system = true};
    const struct ledger *l = town_ledger(p->town, f->target);
    const struct named *named = map_get(&s->names, text);
    const struct person *person = story_person(s, text);
    const struct field *by = NULL;
    struct list_page page;
    id found;
    if (named && named->kind == A_RECORD) {
        *ret = id_text(p->op, named->thing.id);
        return true;
    }
    if (person && (str_eq(f->target, S("干部")) || str_eq(f->target, S("账号")))) {
        *ret = id_text(p->op, str_eq(f->target, S("账号")) ? person->account : person->staff);
        return true;
    }
    if (id_parse(text, &found)) {
        *ret = text;
        return true;
    }
    static const str called[] = {SC("名称"), SC("姓名"), SC("代码")};
    for (size_t i = 0; i < COUNT(called) && l && !by; i++)
        by = ledger_field(l, called[i]);
    if (!by)
        return story_wrong(s, "“%.*s”要引用“%.*s”，故事里没有叫“%.*s”的", PS(f->name), PS(f->target), PS(text));
    struct list_query q = {.where = op_text(p->op, "%.*s = \"%.*s\"", PS(by->name), PS(text)), .limit = 1};
    if (!list_read(p->tx, p->town, &system, l, &q, &page))
        return false;
    if (!page.record_count)
        return story_wrong(s, "“%.*s”里没有“%.*s”", PS(f->target), PS(text));
    *ret = id_text(p->op, page.records[0].id);
    return true;
}

/* 今天 此刻 今天+3 此刻-2 (hours) */
static bool moment_said(struct story *s, const struct field *f, str text, str *ret)
{
    struct op *op = s->p->op;
    bool by_day = str_starts(text, S("今天")), by_hour = str_starts(text, S("此刻"));
    struct json count = {.kind = JSON_NUMBER};
    int64_t n = 0;
    if (!by_day && !by_hour)
        return false;
    str more = str_part(text, S("今天").n, text.n);
    count.text = str_starts(more, S("+")) ? str_part(more, 1, more.n) : more;
    if (more.n && !json_int(&count, &n))
        return false;
    time_ms at = op->now + n * (by_day ? 24 : 1) * 3600 * 1000;
    *ret = f->value == F_TIME ? time_text(op, at) : day_text(op, day_at(at));
    return true;
}

static bool file_said(struct story *s, const struct field *f, str text, feel_value *ret)
{
    struct json name = {.kind = JSON_STRING,
                        .key = S("名"),
                        .text = op_text(s->p->op, "%.*s%s", PS(text), f->type == F_PHOTOS ? ".png" : ".txt")};
    struct json words = {.kind = JSON_STRING, .key = S("文件"), .text = text, .next = &name};
    struct json object = {.kind = JSON_OBJECT, .first = &words, .count = 2, .line = s->at->line};
    return say(s->p, S("故事"), &object, ret);
}

static bool part_write(struct story *s, const struct field *f, str text, struct json_out *w)
{
    feel_value v;
    str said = text;
    if (f->type == F_REF || f->type == F_REFS) {
        if (!reference(s, f, text, &said))
            return false;
    } else if (f->type == F_FILES || f->type == F_PHOTOS) {
        if (!file_said(s, f, text, &v))
            return false;
        feel_to_json(s->p->op, w, v.items[0]);
        return true;
    }
    json_text(w, said);
    return true;
}

static bool parts_write(struct story *s, const struct field *f, str text, struct json_out *w)
{
    json_open(w, '[');
    for (str one; str_take(&text, S("、"), &one);)
        if (!part_write(s, f, str_trim(one), w))
            return false;
    json_close(w, ']');
    return true;
}

static bool signature_write(struct story *s, str text, struct json_out *w)
{
    struct json signer = {.kind = JSON_STRING, .key = S("签"), .text = text};
    struct json object = {.kind = JSON_OBJECT, .first = &signer, .count = 1, .line = s->at->line};
    feel_value v;
    if (!say(s->p, S("故事"), &object, &v))
        return false;
    feel_to_json(s->p->op, w, v);
    return true;
}

static bool plain_write(struct story *s, const struct field *f, str text, struct json_out *w)
{
    dec number;
    str moment = text;
    switch (f->type) {
    case F_INT:
    case F_DECIMAL:
    case F_MONEY:
    case F_RATIO:
    case F_YEAR:
        if (dec_parse(text, &number)) {
            json_number(w, text);
            return true;
        }
        break;
    case F_BOOL:
        if (str_eq(text, S("是")) || str_eq(text, S("否"))) {
            json_bool(w, str_eq(text, S("是")));
            return true;
        }
        break;
    case F_DAY:
    case F_TIME:
        (void)moment_said(s, f, text, &moment);
        break;
    case F_TEXT:
    case F_LONG:
    case F_MONTH:
    case F_PERIOD:
    case F_ENUM:
    case F_ENUMS:
    case F_REF:
    case F_REFS:
    case F_CHILDREN:
    case F_PHOTOS:
    case F_FILES:
    case F_SIGNATURE:
    case F_PLACE:
    case F_SERIAL:
    case F_COMPUTED:
    case F_CITIZEN_ID:
    case F_CREDIT_CODE:
    case F_PHONE:
    case F_BANK_CARD:
    case F_CODE:
    case F_TYPES:
        break;
    }
    json_text(w, moment);
    return true;
}

static bool value_write(struct story *s, const struct field *f, str text, struct json_out *w)
{
    feel_value v;
    if (str_starts(text, S("="))) {
        if (!story_feel(s, str_part(text, 1, text.n), &v))
            return false;
        feel_to_json(s->p->op, w, record_is_id(s->p->op, v));
        return true;
    }
    if (!text.n || str_eq(text, S("空"))) {
        json_null(w);
        return true;
    }
    if (!story_text_of(s, text, &text))
        return false;
    if (f->type == F_ENUMS || f->type == F_REFS || f->type == F_FILES || f->type == F_PHOTOS)
        return parts_write(s, f, text, w);
    if (f->type == F_SIGNATURE)
        return signature_write(s, text, w);
    return f->type == F_REF ? part_write(s, f, text, w) : plain_write(s, f, text, w);
}

bool story_value(struct story *s, const struct field *f, str text, const struct json **ret)
{
    struct buf b;
    struct json *made;
    buf_init(&b, s->p->op, 0);
    struct json_out w = {&b, false};
    if (!value_write(s, f, text, &w) || !json_parse(s->p->op, buf_str(&b), &made))
        return false;
    *ret = made;
    return true;
}

bool story_values(struct story *s, const struct ledger *l, const struct json **ret)
{
    struct buf b;
    struct json *made;
    buf_init(&b, s->p->op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    for (size_t i = 0; i < s->at->line_count; i++) {
        const struct line *line = &s->at->lines[i];
        const struct field *f = ledger_field(l, line->key);
        if (str_eq(line->key, S("被拒绝")) || str_eq(line->key, S("提醒")))
            continue;
        if (!f) { /* the ledger is asked: its refusal may be what the story is about */
            json_put_text(&w, line->key, line->value);
            continue;
        }
        json_key(&w, f->name);
        if (!value_write(s, f, line->value, &w))
            return false;
    }
    json_close(&w, '}');
    if (!json_parse(s->p->op, buf_str(&b), &made))
        return false;
    *ret = made;
    return true;
}

/* ---- parts of a sentence ----------------------------------------------------------------------------------------- */

str story_line(const struct sentence *at, str key)
{
    for (size_t i = 0; i < at->line_count; i++)
        if (str_eq(at->lines[i].key, key))
            return at->lines[i].value;
    return S("");
}

str story_after(const struct sentence *at, size_t word)
{
    str w = at->words[word];
    size_t from = (size_t)(w.p - at->text.p) + w.n;
    return str_trim(str_part(at->text, from, at->text.n));
}
