/* A report from its template: parts become paragraphs and tables, figures are counted once each. */
#include "report/make.h"

static void making_note(struct making *m, str text)
{
    for (size_t i = 0; i < m->notes.n; i++)
        if (str_eq(m->notes.p[i], text))
            return;
    *list_add(m->op, &m->notes) = text;
}

static struct indicator_ask asked_of(const struct making *m)
{
    const struct report_ask *ask = m->ask;
    struct indicator_ask asked = {.from = ask->from,
                                  .to = ask->to,
                                  .person = ask->person,
                                  .as_of_fact = ask->as_of_fact,
                                  .as_of = ask->as_of,
                                  .units = m->units,
                                  .unit = m->unit};
    if (m->unit && !asked.as_of_fact)
        asked.as_of_fact = m->units->as_of_fact;
    return asked;
}

/* ---- what is told ------------------------------------------------------------------------------------------------ */

static struct report_told *told(struct making *m, const struct ledger *l)
{
    for (size_t i = 0; i < m->told.n; i++)
        if (m->told.p[i].ledger == l)
            return &m->told.p[i];
    struct report_told *t = list_add(m->op, &m->told);
    *t = (struct report_told){l, op_array(m->op, bool, l->field_count)};
    return t;
}

static void told_figure(struct making *m, const struct indicator *i)
{
    for (size_t k = 0; k < i->part_count; k++)
        told_figure(m, i->parts[k].of);
    if (!i->part_count)
        told(m, i->ledger);
}

/* ---- values ------------------------------------------------------------------------------------------------------ */

[[nodiscard]] static bool figure_count(struct making *m, size_t indicator, int *ret)
{
    struct indicator_ask asked = asked_of(m);
    struct indicator_value v;
    asked.unit = NULL;
    if (!m->figure_of[indicator]) {
        if (!indicator_value(m->tx, m->town, m->who, m->all->p[indicator], &asked, &v))
            return false;
        *list_add(m->op, &m->figures) = v;
        m->figure_of[indicator] = (int)m->figures.n;
    }
    *ret = m->figure_of[indicator] - 1;
    return true;
}

/* Of the village group that 每 has come to. The table of all groups is counted once, and the whole is a figure of the
 * report, so that freezing keeps it. */
[[nodiscard]] static bool group_figure(struct making *m, size_t indicator, const struct indicator_value **ret)
{
    struct making_table *t = m->tables[indicator];
    struct indicator_ask asked = asked_of(m);
    int at;
    str note;
    asked.unit = NULL;
    if (!t) {
        t = op_new(m->op, struct making_table);
        if (!figure_count(m, indicator, &at) ||
            !indicator_by(m->tx, m->town, m->who, m->all->p[indicator], &asked, GROUP_LEDGER, &t->rows, &t->count, &note))
            return false;
        m->tables[indicator] = t;
        if (note.n)
            making_note(m, note);
        for (size_t i = 0; i + 1 < t->count; i++)
            if (t->rows[i].unit->rest)
                making_note(m, op_text(m->op, "“%.*s”有 %.*s 不属于任何一个村组，没有列入各行", PS(m->all->p[indicator]->name),
                                       PS(t->rows[i].value.text)));
    }
    for (size_t i = 0; i < t->count; i++)
        if (t->rows[i].unit == m->unit)
            *ret = &t->rows[i].value;
    return true;
}

static feel_value figure_value(struct making *m, size_t indicator, bool group)
{
    const struct indicator_value *one = NULL;
    int at;
    if (group && m->unit) {
        m->used = -2;
        if (!group_figure(m, indicator, &one))
            m->broken = true;
        if (!one || !one->known || one->denied)
            return feel_null();
        return one->indicator->up == UP_LIST ? feel_of_text(one->text) : feel_of_dec(one->number);
    }
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
    case WORD_GROUP:
        if (!m->unit)
            return feel_null();
        return feel_of_text(m->unit->note.n ? op_text(m->op, "%.*s（%.*s）", PS(m->unit->name), PS(m->unit->note))
                                            : m->unit->name);
    case WORD_AS_OF:
        return feel_of_text(m->ask->as_of_said.n ? m->ask->as_of_said : day_text(m->op, day_at(m->op->now)));
    case WORD_STATE:
        return m->record && m->record->state.n ? feel_of_text(m->record->state) : feel_null();
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

static feel_value field_value(struct making *m, const struct ledger *l, const struct field *f)
{
    size_t at = (size_t)(f - l->fields);
    const struct json *v = json_get(m->record->values, f->name);
    feel_value value = feel_null();
    int faults = m->op->fault_count;
    if (!v || v->kind == JSON_NULL)
        return value;
    if (m->record->masked && m->record->masked[at])
        return feel_of_text(v->text);
    told(m, l)->plain[at] = true;
    if (f->type == F_REF || f->type == F_REFS) {
        told(m, town_ledger(m->town, f->target));
        return label_value(m, f);
    }
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
        return figure_value(a->m, s->index, a->scope->groups);
    case NAME_WORD:
        return word_value(a->m, (enum word)s->index);
    case NAME_FIELD:
        a->m->used = -2;
        return field_value(a->m, a->scope->ledger, &a->scope->ledger->fields[s->index]);
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
        making_note(m, m->office ? op_copy(m->op, run.notes->text)
                                 : op_text(m->op, "%.*s 第%d行：%.*s", PS(m->report->of->file), p->line, PS(run.notes->text)));
    return v;
}

/* What nobody has rounded, a third of something, is said to two digits, as an office writes it; whoever wants more rounds it in the
 * template. */
static feel_value rounded(feel_value v)
{
    enum { DIGITS_MEANT = 6, DIGITS_SAID = 2 };
    dec meant, said;
    if (dec_round(v.number, DIGITS_MEANT, DEC_HALF_UP, &meant) && !dec_eq(meant, v.number) && dec_round(v.number, DIGITS_SAID, DEC_HALF_UP, &said))
        v.number = said;
    return v;
}

/* As a document writes it. */
static str shown(struct op *op, feel_value v)
{
    switch (v.kind) {
    case FEEL_NULL:
        return S("—");
    case FEEL_BOOL:
        return v.truth ? S("是") : S("否");
    case FEEL_DATE:
        return day_shown(op, (day)v.day);
    case FEEL_DATE_TIME: {
        time_ms t;
        if (!feel_to_time(v, &t))
            return feel_text_of(op, v);
        str date = day_shown(op, day_at(t)), clock = clock_said(op, t);
        return op_text(op, "%.*s%.*s", PS(date), PS(clock));
    }
    case FEEL_NUMBER:
        return feel_text_of(op, rounded(v));
    default:
        return feel_text_of(op, v);
    }
}

/* ---- paragraphs -------------------------------------------------------------------------------------------------- */

static void paragraph_end(struct making *m)
{
    bool words = false;
    if (m->sparing)
        spare_runs(m, m->spared, &m->spare_counts, &m->spare_some);
    m->spared = 0;
    for (size_t i = 0; i < m->runs.n; i++)
        words = words || str_trim(m->runs.p[i].text).n > 0;
    if (words)
        *list_add(m->op, &m->blocks) = (struct report_block){.runs = m->runs.p, .run_count = m->runs.n};
    memset(&m->runs, 0, sizeof m->runs);
}

static void run_add(struct making *m, str text, int figure)
{
    if (text.n)
        *list_add(m->op, &m->runs) = (struct report_run){text, figure, m->part.n > 0, m->part, m->at, m->words};
}

static void text_add(struct making *m, str text)
{
    if (m->office) { /* a line end in a cell is a line end */
        run_add(m, text, -1);
        return;
    }
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
                making_note(m, op_text(m->op, "“%.*s”里的“%.*s%.*s”是手工写的数，不随台账变动；请改用指标，或写明来源", PS(name),
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
    m->was_number = v.kind == FEEL_NUMBER;
    run_add(m, p->alone && m->used >= 0 ? m->figures.p[m->used].text : shown(m->op, v), m->used >= 0 ? m->used : -1);
    return true;
}

[[nodiscard]] static bool if_make(struct making *m, const struct template_part *p)
{
    bool yes = feel_true(evaluate(m, p));
    if (m->broken)
        return false;
    return parts_make(m, yes ? p->inside : p->otherwise);
}

/* A file leaves the house: its rows need the right to export, as in a superior's form. */
[[nodiscard]] static bool may_list(struct making *m, const struct ledger *l)
{
    struct right right;
    return !m->office || right_for(m->op, m->town, m->who, l, ACT_EXPORT, &right);
}

[[nodiscard]] static bool records_each(struct making *m, const struct template_part *p, bool (*each)(void *context),
                                       void *context)
{
    enum { PAGE = 500 };
    struct indicator_ask asked = asked_of(m);
    struct list_page page = {0};
    struct list_query q = {.where = p->where, .limit = PAGE, .as_of = asked.as_of, .as_of_fact = asked.as_of_fact};
    int64_t most = m->office ? FORM_ROWS_MAX : TEMPLATE_ROWS_MAX;
    if ((p->alone && !indicator_where(m->op, p->alone, &asked, &q.where)) || !may_list(m, p->records))
        return false;
    told(m, p->records);
    do {
        q.cursor = page.next;
        if (!list_read(m->tx, m->town, m->who, p->records, &q, &page))
            return false;
        for (size_t k = 0; k < page.record_count && m->number < most; k++) {
            m->record = &page.records[k];
            m->number++;
            if (!each(context))
                return false;
        }
    } while (page.next.n && m->number < most);
    if (page.next.n)
        making_note(m, op_text(m->op, "“%.*s”超过 %lld 条，只写出前 %lld 条", PS(p->alone ? p->alone->name : p->records->name),
                               (long long)most, (long long)most));
    return true;
}

/* The tree of this reader: whoever may not read it has no groups to go through. */
[[nodiscard]] static bool groups_each(struct making *m, bool (*each)(void *context), void *context)
{
    for (size_t k = 0; m->units && k < m->units->count; k++) {
        m->unit = &m->units->p[k];
        if (!unit_shown(m->units, m->unit, NULL))
            continue;
        m->number++;
        if (!each(context))
            return false;
    }
    return true;
}

bool making_each(struct making *m, const struct template_part *p, bool (*each)(void *context), void *context,
                 int64_t *ret_count)
{
    const struct making outer = *m;
    int faults = m->op->fault_count;
    m->number = 0;
    bool good = p->series == SERIES_GROUPS ? groups_each(m, each, context) : records_each(m, p, each, context);
    *ret_count = m->number;
    m->record = outer.record;
    m->number = outer.number;
    m->unit = outer.unit;
    if (good)
        return true;
    if (m->broken || *ret_count || fault_last(m->op)->kind != FAULT_DENIED)
        return false;
    op_forgive(m->op, faults);
    if (m->office)
        making_note(m, op_text(m->op, "“%.*s”无权导出，没有逐条写出", PS(p->alone ? p->alone->name : p->records->name)));
    else
        run_add(m, S("（无权查看）"), -1);
    return true;
}

struct inside {
    struct making *m;
    const struct template_part *parts;
};

static bool inside_make(void *context)
{
    const struct inside *in = context;
    return parts_make(in->m, in->parts);
}

[[nodiscard]] static bool each_make(struct making *m, const struct template_part *p)
{
    struct inside in = {m, p->inside};
    int64_t count;
    size_t held = m->held;
    if (m->repeated++ == 0)
        m->held = p->at;
    bool good = making_each(m, p, inside_make, &in, &count);
    m->repeated--;
    m->held = held;
    return good;
}

struct names {
    str *p;
    size_t n, cap;
};

static str row_name(struct op *op, const struct indicator_row *row)
{
    return row->note.n ? op_text(op, "%.*s（%.*s）", PS(row->name), PS(row->note)) : row->name;
}

static size_t name_at(const struct names *names, str name)
{
    size_t i = 0;
    while (i < names->n && !str_eq(names->p[i], name))
        i++;
    return i;
}

/* A row 未填 or 镇本级 is only there when it holds something: one that a later column alone has goes before 合计. */
static void names_add(struct op *op, struct names *names, const struct indicator_row *rows, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        str name = row_name(op, &rows[k]);
        if (name_at(names, name) < names->n)
            continue;
        *list_add(op, names) = name;
        if (names->n == 1 || k + 1 == count)
            continue;
        str *last = &names->p[names->n - 1], *before = last - 1;
        if (str_eq(*before, S("合计"))) {
            *last = *before;
            *before = name;
        }
    }
}

[[nodiscard]] static bool table_make_part(struct making *m, const struct template_part *p)
{
    struct op *op = m->op;
    struct indicator_ask asked = asked_of(m);
    struct report_block b = {.columns = p->column_count + 1};
    struct indicator_row **rows = op_array(op, struct indicator_row *, p->column_count + 1);
    size_t *counts = op_array(op, size_t, p->column_count + 1);
    struct names names = {0};
    str note;
    paragraph_end(m);
    for (size_t c = 0; c < p->column_count; c++) {
        told_figure(m, p->columns[c]);
        if (!indicator_by(m->tx, m->town, m->who, p->columns[c], &asked, p->by, &rows[c], &counts[c], &note))
            return false;
        if (note.n)
            making_note(m, note);
        names_add(op, &names, rows[c], counts[c]);
    }
    b.rows = names.n + 1;
    b.cells = op_array(op, str, b.columns * b.rows);
    b.cells[0] = p->by;
    for (size_t k = 0; k < names.n; k++)
        b.cells[(k + 1) * b.columns] = names.p[k];
    for (size_t c = 0; c < p->column_count; c++) {
        const struct indicator *i = p->columns[c];
        b.cells[c + 1] = i->unit.n ? op_text(op, "%.*s（%.*s）", PS(i->name), PS(i->unit)) : i->name;
        bool adds = indicator_adds(i);
        for (size_t k = 0; k < names.n; k++) /* a row that this figure alone would not have shown */
            b.cells[(k + 1) * b.columns + c + 1] = adds ? S("0") : S("—");
        for (size_t k = 0; k < counts[c]; k++)
            b.cells[(name_at(&names, row_name(op, &rows[c][k])) + 1) * b.columns + c + 1] = rows[c][k].value.text;
    }
    *list_add(op, &m->blocks) = b;
    return true;
}

/* Bars lying one below the other: the longest is the greatest value. Printed they need no colour, and each says its
 * value. */
[[nodiscard]] static bool chart_make(struct making *m, const struct template_part *p)
{
    enum { COLUMNS = 3 };
    struct op *op = m->op;
    struct indicator_ask asked = asked_of(m);
    const struct indicator *i = p->columns[0];
    struct indicator_row *rows;
    dec most = dec_of(0), share;
    size_t count;
    str note;
    paragraph_end(m);
    told_figure(m, i);
    if (!indicator_by(m->tx, m->town, m->who, i, &asked, p->by, &rows, &count, &note))
        return false;
    if (note.n)
        making_note(m, note);
    count--; /* the whole would dwarf its parts */
    struct report_block b = {.columns = COLUMNS, .rows = count + 1, .bars = rows, .cells = op_array(op, str, COLUMNS * (count + 1))};
    b.cells[0] = p->by;
    b.cells[1] = i->name;
    b.cells[2] = i->unit;
    for (size_t k = 0; k < count; k++)
        if (rows[k].value.known && dec_cmp(rows[k].value.number, most) > 0)
            most = rows[k].value.number;
    for (size_t k = 0; k < count; k++) {
        str *cells = &b.cells[(k + 1) * COLUMNS];
        cells[0] = rows[k].note.n ? op_text(op, "%.*s（%.*s）", PS(rows[k].name), PS(rows[k].note)) : rows[k].name;
        bool shown = rows[k].value.known && dec_cmp(rows[k].value.number, dec_of(0)) > 0 &&
                     dec_div(rows[k].value.number, most, &share) && dec_round(share, 3, DEC_HALF_UP, &share);
        cells[1] = shown ? op_text(op, REPORT_BAR "%.*s", PS(dec_text(op, share))) : S("");
        cells[2] = rows[k].value.text;
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

/* 否则 when there is nothing of all that it counts. */
[[nodiscard]] static bool spare_make(struct making *m, const struct template_part *p)
{
    m->sparing = true;
    m->spared = m->runs.n;
    m->spare_counts = m->spare_some = false;
    bool good = parts_make(m, p->inside);
    if (good)
        spare_runs(m, m->spared, &m->spare_counts, &m->spare_some);
    m->sparing = false;
    return good && (!m->spare_counts || m->spare_some || parts_make(m, p->otherwise));
}

static bool text_make(struct making *m, const struct template_part *p)
{
    m->words = !m->repeated;
    text_add(m, p->text);
    m->words = false;
    return true;
}

static bool (*const makers[])(struct making *m, const struct template_part *p) = {
    [PART_TEXT] = text_make, [PART_VALUE] = value_make,      [PART_IF] = if_make,
    [PART_EACH] = each_make, [PART_TABLE] = table_make_part, [PART_PROSE] = prose_make, [PART_CHART] = chart_make,
    [PART_SPARE] = spare_make,
};

static bool parts_make(struct making *m, const struct template_part *p)
{
    for (; p; p = p->next) {
        m->at = m->repeated ? m->held : p->at;
        if (!makers[p->kind](m, p))
            return false;
    }
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

void report_then(struct report_ask *ask, const struct figures_then *then)
{
    ask->as_of_fact = then->fact;
    ask->as_of = then->moment;
    ask->as_of_said = then->said;
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

bool making_begin(struct making *m, struct tx *tx, const struct town *town, const struct who *who,
                  const struct indicators *all, struct report *report)
{
    struct op *op = tx->op;
    *m = (struct making){
        .op = op, .tx = tx, .town = town, .who = who, .all = all, .ask = &report->ask, .report = report};
    if (report->ask.to < report->ask.from)
        return op_fail(op, FAULT_INPUT, S("to"), "期止不能早于期起");
    if (report->ask.as_of_said.n)
        making_note(m, op_text(op, "数字按截至%.*s已登记的记录统计", PS(report->ask.as_of_said)));
    m->figure_of = op_array(op, int, all->n + 1);
    m->tables = op_array(op, struct making_table *, all->n + 1);
    return town_named(m, &report->ask.town_name);
}

void making_end(struct making *m)
{
    struct report *r = m->report;
    r->blocks = m->blocks.p;
    r->block_count = m->blocks.n;
    r->figures = m->figures.p;
    r->figure_count = m->figures.n;
    r->notes = m->notes.p;
    r->note_count = m->notes.n;
    r->told = m->told.p;
    r->told_count = m->told.n;
}

bool making_text(struct making *m, const struct template_part *parts, struct making_run **ret, size_t *ret_count)
{
    memset(&m->runs, 0, sizeof m->runs);
    if (!parts_make(m, parts))
        return false;
    struct making_run *runs = op_array(m->op, struct making_run, m->runs.n + 1);
    for (size_t i = 0; i < m->runs.n; i++)
        runs[i] = (struct making_run){
            .text = m->runs.p[i].text, .figure = m->runs.p[i].figure, .at = m->runs.p[i].at, .words = m->runs.p[i].words};
    if (parts && !parts->next && parts->kind == PART_VALUE && m->runs.n == 1)
        runs[0].number = m->was_number;
    *ret = runs;
    *ret_count = m->runs.n;
    memset(&m->runs, 0, sizeof m->runs);
    return true;
}

bool making_if(struct making *m, const struct template_part *head, bool *ret)
{
    *ret = feel_true(evaluate(m, head));
    return !m->broken;
}

bool report_make(struct tx *tx, const struct town *town, const struct who *who, const struct indicators *all,
                 const struct report_template *t, const struct report_ask *ask, struct report **ret)
{
    struct op *op = tx->op;
    struct report *r = op_new(op, struct report);
    struct making m;
    struct buf title;
    *r = (struct report){.of = t, .ask = *ask};
    if (!making_begin(&m, tx, town, who, all, r))
        return false;
    struct indicator_ask asked = asked_of(&m);
    if (!making_ahead(&m, t->parts, &asked) || !parts_make(&m, t->head))
        return false;
    buf_init(&title, op, 4000);
    for (size_t i = 0; i < m.runs.n; i++)
        buf_add(&title, m.runs.p[i].text);
    memset(&m.runs, 0, sizeof m.runs);
    if (!parts_make(&m, t->parts))
        return false;
    paragraph_end(&m);
    if (ask->as_of_said.n) { /* whoever holds the paper must know that it is not of the day it was printed */
        text_add(&m, op_text(op, "（以上数字按截至%.*s已登记的记录统计。）", PS(ask->as_of_said)));
        paragraph_end(&m);
    }
    r->title = buf_str(&title);
    making_end(&m);
    *ret = r;
    return true;
}
