/* A report from its template: parts become paragraphs and tables, figures are counted once each. */
#include "report/inner.h"

struct making {
    struct op *op;
    struct tx *tx;
    const struct town *town;
    const struct who *who;
    const struct indicators *all;
    const struct report_ask *ask;
    const struct units *units;      /* of the period; NULL: not for these eyes */
    struct report *report;
    struct { struct indicator_value *p; size_t n, cap; } figures;
    int *figure_of;                 /* [all->n] index into figures + 1; 0: not yet counted */
    struct { struct report_block *p; size_t n, cap; } blocks;
    struct { struct report_run *p; size_t n, cap; } runs; /* of the paragraph being made */
    struct { str *p; size_t n, cap; } notes;
    const struct record *record;    /* of 每, and the fields of its ledger */
    const struct field *record_fields;
    int64_t number;
    bool broken;
    str part;                       /* the 段 being written; empty: none */
    int used; /* figure used by the expression being evaluated; -2: several or a name of another kind */
};

static void note_add(struct making *m, str text)
{
    for (size_t i = 0; i < m->notes.n; i++)
        if (str_eq(m->notes.p[i], text))
            return;
    *list_add(m->op, &m->notes) = text;
}

static struct indicator_ask asked_of(const struct making *m)
{
    const struct report_ask *ask = m->ask;
    return (struct indicator_ask){
        .from = ask->from, .to = ask->to, .person = ask->person, .as_of_fact = ask->as_of_fact, .units = m->units};
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

[[nodiscard]] static bool figure_count(struct making *m, size_t indicator, int *ret)
{
    struct indicator_ask asked = asked_of(m);
    struct indicator_value v;
    if (!m->figure_of[indicator]) {
        if (!indicator_value(m->tx, m->town, m->who, m->all->p[indicator], &asked, &v))
            return false;
        *list_add(m->op, &m->figures) = v;
        m->figure_of[indicator] = (int)m->figures.n;
    }
    *ret = m->figure_of[indicator] - 1;
    return true;
}

static feel_value figure_value(struct making *m, size_t indicator)
{
    int at;
    if (!figure_count(m, indicator, &at)) {
        m->broken = true;
        return feel_null();
    }
    const struct indicator_value *v = &m->figures.p[at];
    m->used = m->used == -1 || m->used == at ? at : -2;
    if (!v->known || v->denied)
        return feel_null();
    return v->indicator->up == UP_LIST ? feel_of_text(v->text) : feel_of_dec(v->number);
}

static feel_value word_value(const struct making *m, enum word word)
{
    switch (word) {
    case WORD_FROM:
        return feel_of_day(m->ask->from);
    case WORD_TO:
        return feel_of_day(m->ask->to);
    case WORD_YEAR:
        return feel_of_int(date_of(m->ask->to).year);
    case WORD_PERSON:
        return m->ask->person_name.n ? feel_of_text(m->ask->person_name) : feel_null();
    case WORD_TOWN:
        return m->ask->town_name.n ? feel_of_text(m->ask->town_name) : feel_null();
    case WORD_NUMBER:
        return feel_of_int(m->number);
    case WORDS:
        break;
    }
    return feel_null();
}

/* The title of a record referred to, instead of its id; several apart by 、. */
static feel_value label_value(struct making *m, const struct field *f)
{
    const struct json *label = json_get(m->record->labels, f->name);
    struct buf b;
    if (!label || label->kind == JSON_NULL)
        return feel_null();
    if (label->kind == JSON_STRING)
        return feel_of_text(label->text);
    buf_init(&b, m->op, 0);
    for (const struct json *e = label->first; e; e = e->next)
        buf_text(&b, b.n ? "、%.*s" : "%.*s", PS(e->text));
    return b.n ? feel_of_text(buf_str(&b)) : feel_null();
}

static feel_value field_value(struct making *m, const struct field *f)
{
    const struct json *v = json_get(m->record->values, f->name);
    feel_value value = feel_null();
    int faults = m->op->fault_count;
    if (f->type == F_REF || f->type == F_REFS)
        return label_value(m, f);
    if (!v || v->kind == JSON_NULL)
        return value;
    if (m->record->masked && m->record->masked[f - m->record_fields])
        return feel_of_text(v->text);
    if (!feel_from_json(m->op, v, field_feel_types[f->value], &value))
        op_forgive(m->op, faults);
    return value;
}

struct asking {
    struct making *m;
    const struct template_scope *scope;
};

static feel_value name_value(void *from, int name)
{
    struct asking *a = from;
    const struct name_source *s = &a->scope->sources[name];
    switch (s->kind) {
    case NAME_INDICATOR:
        return figure_value(a->m, s->index);
    case NAME_WORD:
        return word_value(a->m, (enum word)s->index);
    case NAME_FIELD:
        a->m->used = -2;
        return field_value(a->m, &a->scope->ledger->fields[s->index]);
    }
    return feel_null();
}

static feel_value evaluate(struct making *m, const struct template_part *p)
{
    struct asking *asking = op_new(m->op, struct asking);
    *asking = (struct asking){m, p->scope};
    struct feel_run run = {.op = m->op, .value = name_value, .from = asking};
    m->used = -1;
    feel_value v = feel_eval(&run, p->feel);
    if (run.notes && !m->broken && v.kind == FEEL_NULL && !p->alone)
        note_add(m, op_text(m->op, "%.*s 第%d行：%.*s", PS(m->report->of->file), p->line, PS(run.notes->text)));
    return v;
}

/* As a document writes it. */
static str shown(struct op *op, feel_value v)
{
    struct date d;
    switch (v.kind) {
    case FEEL_NULL:
        return S("—");
    case FEEL_BOOL:
        return v.truth ? S("是") : S("否");
    case FEEL_DATE:
        d = date_of((day)v.day);
        return op_text(op, "%d年%d月%d日", d.year, d.month, d.day);
    case FEEL_DATE_TIME: {
        time_ms t;
        if (!feel_to_time(v, &t))
            return feel_text_of(op, v);
        d = date_of(day_at(t));
        int64_t minute = (t + TOWN_OFFSET_MS) / 60000 % 1440;
        return op_text(op, "%d年%d月%d日%02d:%02d", d.year, d.month, d.day, (int)(minute / 60), (int)(minute % 60));
    }
    default:
        return feel_text_of(op, v);
    }
}

/* ---- paragraphs -------------------------------------------------------------------------------------------------- */

static void paragraph_end(struct making *m)
{
    bool words = false;
    for (size_t i = 0; i < m->runs.n; i++)
        words = words || str_trim(m->runs.p[i].text).n > 0;
    if (words)
        *list_add(m->op, &m->blocks) = (struct report_block){.runs = m->runs.p, .run_count = m->runs.n};
    memset(&m->runs, 0, sizeof m->runs);
}

static void run_add(struct making *m, str text, int figure)
{
    if (text.n)
        *list_add(m->op, &m->runs) = (struct report_run){text, figure, m->part.n > 0, m->part};
}

static void text_add(struct making *m, str text)
{
    for (bool more = true; more;) {
        str line;
        more = str_split(text, '\n', &line, &text);
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        run_add(m, line, -1);
        if (more)
            paragraph_end(m);
    }
}

/* A number of two and more digits before a counting word, typed into the author's words, counts nothing. */
static void typed_numbers(struct making *m, str name, str text)
{
    static const str counters[] = {SC("次"), SC("人"), SC("户"), SC("项"), SC("个"), SC("条"), SC("件"),
                                   SC("元"), SC("%"),  SC("％"), SC("名"), SC("本"), SC("起")};
    for (size_t i = 0; i < text.n; i++) {
        size_t from = i;
        while (i < text.n && ((text.p[i] >= '0' && text.p[i] <= '9') || text.p[i] == '.'))
            i++;
        for (size_t k = 0; i > from && k < COUNT(counters); k++)
            if (str_starts(str_part(text, i, text.n), counters[k]))
                note_add(m, op_text(m->op, "“%.*s”里的“%.*s%.*s”是手工写的数，不随台账变动；请改用指标，或写明来源", PS(name),
                                    PS(str_part(text, from, i)), PS(counters[k])));
    }
}

/* ---- parts ------------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool parts_make(struct making *m, const struct template_part *p);

[[nodiscard]] static bool value_make(struct making *m, const struct template_part *p)
{
    feel_value v = evaluate(m, p);
    if (m->broken)
        return false;
    run_add(m, p->alone ? m->figures.p[m->used].text : shown(m->op, v), m->used >= 0 ? m->used : -1);
    return true;
}

[[nodiscard]] static bool if_make(struct making *m, const struct template_part *p)
{
    bool yes = feel_true(evaluate(m, p));
    if (m->broken)
        return false;
    return parts_make(m, yes ? p->inside : p->otherwise);
}

[[nodiscard]] static bool each_make(struct making *m, const struct template_part *p)
{
    const struct indicator *i = p->alone;
    struct indicator_ask asked = asked_of(m);
    struct list_page page;
    struct list_query q = {.limit = TEMPLATE_ROWS_MAX, .as_of_fact = m->ask->as_of_fact};
    const struct record *outer = m->record;
    const struct field *outer_fields = m->record_fields;
    int64_t outer_number = m->number;
    bool good = true;
    int faults = m->op->fault_count;
    if (!indicator_where(m->op, i, &asked, &q.where))
        return false;
    if (!list_read(m->tx, m->town, m->who, i->ledger, &q, &page)) {
        if (fault_last(m->op)->kind != FAULT_DENIED)
            return false;
        op_forgive(m->op, faults);
        run_add(m, S("（无权查看）"), -1);
        return true;
    }
    m->record_fields = i->ledger->fields;
    for (size_t k = 0; good && k < page.record_count; k++) {
        m->record = &page.records[k];
        m->number = (int64_t)k + 1;
        good = parts_make(m, p->inside);
    }
    if (page.next.n)
        note_add(m, op_text(m->op, "“%.*s”超过 %d 条，只写出前 %d 条", PS(i->name), TEMPLATE_ROWS_MAX, TEMPLATE_ROWS_MAX));
    m->record = outer;
    m->record_fields = outer_fields;
    m->number = outer_number;
    return good;
}

[[nodiscard]] static bool table_make_part(struct making *m, const struct template_part *p)
{
    struct op *op = m->op;
    struct indicator_ask asked = asked_of(m);
    struct report_block b = {.columns = p->column_count + 1};
    struct indicator_row *rows;
    size_t count;
    str note;
    paragraph_end(m);
    struct { str *p; size_t n; } first = {0};
    for (size_t c = 0; c < p->column_count; c++) {
        const struct indicator *i = p->columns[c];
        if (!indicator_by(m->tx, m->town, m->who, i, &asked, p->by, &rows, &count, &note))
            return false;
        if (note.n)
            note_add(m, note);
        if (c == 0) {
            first.p = op_array(op, str, count);
            first.n = count;
            b.rows = count + 1;
            b.cells = op_array(op, str, b.columns * b.rows);
            b.cells[0] = p->by;
            for (size_t k = 0; k < count; k++)
                first.p[k] = b.cells[(k + 1) * b.columns] =
                    rows[k].note.n ? op_text(op, "%.*s（%.*s）", PS(rows[k].name), PS(rows[k].note)) : rows[k].name;
        }
        b.cells[c + 1] = i->unit.n ? op_text(op, "%.*s（%.*s）", PS(i->name), PS(i->unit)) : i->name;
        /* A row 未填 or 镇本级 is only there when it holds something, so rows are matched by name. */
        for (size_t k = 0; k < count; k++) {
            str name = rows[k].note.n ? op_text(op, "%.*s（%.*s）", PS(rows[k].name), PS(rows[k].note)) : rows[k].name;
            for (size_t n = 0; n < first.n; n++)
                if (str_eq(first.p[n], name))
                    b.cells[(n + 1) * b.columns + c + 1] = rows[k].value.text;
        }
    }
    *list_add(op, &m->blocks) = b;
    return true;
}

[[nodiscard]] static bool prose_make(struct making *m, const struct template_part *p)
{
    str outer = m->part;
    bool good = true;
    m->part = p->text;
    const struct prose *own = NULL;
    for (size_t i = 0; i < m->ask->prose_count && !own; i++)
        if (str_eq(m->ask->prose[i].name, p->text))
            own = &m->ask->prose[i];
    if (own)
        text_add(m, own->text);
    else
        good = parts_make(m, p->inside);
    if (own)
        typed_numbers(m, p->text, own->text);
    for (const struct template_part *x = p->inside; !own && x; x = x->next)
        if (x->kind == PART_TEXT)
            typed_numbers(m, p->text, x->text);
    m->part = outer;
    return good;
}

static bool text_make(struct making *m, const struct template_part *p)
{
    text_add(m, p->text);
    return true;
}

static bool (*const makers[])(struct making *m, const struct template_part *p) = {
    [PART_TEXT] = text_make, [PART_VALUE] = value_make,      [PART_IF] = if_make,
    [PART_EACH] = each_make, [PART_TABLE] = table_make_part, [PART_PROSE] = prose_make,
};

static bool parts_make(struct making *m, const struct template_part *p)
{
    for (; p; p = p->next)
        if (!makers[p->kind](m, p))
            return false;
    return true;
}

/* The root of the tree of village groups names the town; the tree is read once for all figures. */
[[nodiscard]] static bool town_named(struct making *m, str *ret)
{
    struct units *units;
    int faults = m->op->fault_count;
    if (!units_read(m->tx, m->town, m->who, m->ask->from, m->ask->to, &units)) {
        if (fault_last(m->op)->kind != FAULT_DENIED)
            return false;
        op_forgive(m->op, faults); /* the name is then left out */
        return true;
    }
    m->units = units;
    for (size_t i = 0; i < units->count && !ret->n; i++)
        if (id_none(units->p[i].above) && units->p[i].cover_count > 1)
            *ret = units->p[i].name;
    return true;
}

static const struct ledger *people_of(const struct town *town, const struct indicators *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->p[i]->person)
            return town_ledger(town, all->p[i]->person->target);
    return NULL;
}

bool person_usual(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                  const struct report_template *t, struct report_ask *ask)
{
    const struct ledger *people = people_of(town, all);
    struct list_query q = {.where = t->subject, .limit = 2};
    struct list_page page;
    str rest;
    if (!id_none(ask->person) || !t->subject.n || !people)
        return true;
    if (!list_read(tx, town, who, people, &q, &page))
        return false;
    if (page.record_count != 1)
        return true;
    ask->person = page.records[0].id;
    (void)str_split(page.records[0].title, ' ', &ask->person_name, &rest); /* 布和 党委副书记 */
    return true;
}

bool person_find(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all, str name,
                 id *ret)
{
    struct op *op = tx->op;
    const struct ledger *people = people_of(town, all);
    struct list_page page;
    size_t matches = 0;
    if (!people)
        return op_fail(op, FAULT_MISSING, name, "没有一个指标写明人员字段，报告不能只写一个人的");
    struct list_query q = {.find = name, .limit = LIST_LIMIT_MAX};
    if (!list_read(tx, town, who, people, &q, &page))
        return false;
    for (size_t i = 0; i < page.record_count; i++) {
        const struct record *r = &page.records[i];
        /* The title may go on after the name: 布和 党委副书记. */
        if (str_eq(r->title, name) || str_starts(r->title, op_text(op, "%.*s ", PS(name)))) {
            *ret = r->id;
            matches++;
        }
    }
    if (matches == 1)
        return true;
    return op_fail(op, FAULT_INPUT, name,
                   matches ? "“%.*s”里有 %zu 个人叫“%.*s”，请用编号指明" : "“%.*s”里没有（%zu）叫“%.*s”的人，请核对",
                   PS(people->name), matches, PS(name));
}

bool report_make(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                 const struct report_template *t, const struct report_ask *ask, struct report **ret)
{
    struct op *op = tx->op;
    struct report *r = op_new(op, struct report);
    struct making m = {.op = op, .tx = tx, .town = town, .who = who, .all = all, .ask = &r->ask, .report = r};
    struct buf title;
    if (ask->to < ask->from)
        return op_fail(op, FAULT_INPUT, S("to"), "期止不能早于期起");
    *r = (struct report){.of = t, .ask = *ask};
    m.figure_of = op_array(op, int, all->n + 1);
    if (!town_named(&m, &r->ask.town_name))
        return false;
    if (!parts_make(&m, t->head))
        return false;
    buf_init(&title, op, 4000);
    for (size_t i = 0; i < m.runs.n; i++)
        buf_add(&title, m.runs.p[i].text);
    memset(&m.runs, 0, sizeof m.runs);
    if (!parts_make(&m, t->parts))
        return false;
    paragraph_end(&m);
    r->title = buf_str(&title);
    r->blocks = m.blocks.p;
    r->block_count = m.blocks.n;
    r->figures = m.figures.p;
    r->figure_count = m.figures.n;
    r->notes = m.notes.p;
    r->note_count = m.notes.n;
    *ret = r;
    return true;
}
