/* Figures, reports and superiors' forms. */
#include <fcntl.h>
#include <unistd.h>

#include "api/call.h"
#include "report/report.h"

/* ---- what is asked ----------------------------------------------------------------------------------------------- */

/* The period: from and to; without them the year so far. */
[[nodiscard]] static bool period_read(struct call *c, str from, str to, day *ret_from, day *ret_to)
{
    *ret_to = day_at(c->op->now);
    *ret_from = day_of(date_of(*ret_to).year, 1, 1);
    if (from.n && !day_parse(from, ret_from))
        return op_fail(c->op, FAULT_INPUT, S("from"), "期起须写成 2021-07-01 的样子");
    if (to.n && !day_parse(to, ret_to))
        return op_fail(c->op, FAULT_INPUT, S("to"), "期止须写成 2021-12-31 的样子");
    return *ret_from <= *ret_to || op_fail(c->op, FAULT_INPUT, S("to"), "期止不能早于期起");
}

[[nodiscard]] static bool person_read(struct call *c, str text, id *ret)
{
    return !text.n || id_parse(text, ret) || op_fail(c->op, FAULT_INPUT, S("person"), "人员须写编号");
}

[[nodiscard]] static bool template_asked(struct call *c, const struct report_template **ret)
{
    *ret = template_find(c->api->config.templates, c->word);
    return *ret || op_fail(c->op, FAULT_MISSING, S("模板"), "没有名为“%.*s”的报告模板", PS(c->word));
}

/* ---- indicators -------------------------------------------------------------------------------------------------- */

/* Of a figure made of parts each of them, with its sign and its own list, and so on down. */
static void write_value(struct json_out *w, const struct indicator_value *v)
{
    if (v->parts) {
        json_put_open(w, S("parts"), '[');
        for (size_t k = 0; k < v->indicator->part_count; k++) {
            const struct indicator_part *p = &v->indicator->parts[k];
            json_open(w, '{');
            json_put_text(w, S("sign"), part_sign_names[p->sign]);
            json_put_text(w, S("name"), p->of->name);
            json_put_text(w, S("unit"), p->of->unit);
            write_value(w, &v->parts[k]);
            json_close(w, '}');
        }
        json_close(w, ']');
    }
    json_put_text(w, S("value"), v->text);
    json_put_bool(w, S("known"), v->known);
    json_put_bool(w, S("denied"), v->denied);
    json_put_int(w, S("rows"), v->rows);
    json_key(w, S("ledger"));
    if (v->ledger && !v->denied)
        json_text(w, v->ledger->english);
    else
        json_null(w);
    json_put_text(w, S("where"), v->denied ? S("") : v->where);
    json_put_text(w, S("as_of"), value_as_of(w->b->op, v));
}

static void write_indicator(struct json_out *w, const struct indicator *i)
{
    json_put_text(w, S("name"), i->name);
    json_put_text(w, S("english"), i->english);
    json_put_text(w, S("pack"), i->pack);
    json_put_text(w, S("unit"), i->unit);
    json_put_text(w, S("meaning"), i->meaning);
    json_put_text(w, S("adds_up"), adding_up_names[i->up]);
    json_put_open(w, S("by"), '[');
    if (i->by_unit)
        json_text(w, S("村组"));
    for (size_t k = 0; k < i->by_count; k++)
        json_text(w, i->by[k]->name);
    if (indicator_monthly(i))
        json_text(w, S("月"));
    json_close(w, ']');
    json_put_texts(w, S("sources"), i->sources, i->source_count);
}

[[nodiscard]] static bool write_table(struct call *c, const struct indicator *i, const struct indicator_ask *asked,
                                      str by)
{
    struct json_out *w = &c->out;
    struct indicator_row *rows;
    size_t count;
    str note;
    if (!indicator_by(c->tx, c->town, c->who, i, asked, by, &rows, &count, &note))
        return false;
    json_put_text(w, S("note"), note);
    json_put_open(w, S("table"), '[');
    for (size_t k = 0; k < count; k++) {
        json_open(w, '{');
        json_put_text(w, S("name"), rows[k].name);
        json_put_text(w, S("note"), rows[k].note);
        json_key(w, S("group"));
        if (rows[k].unit && !rows[k].unit->rest && !id_none(rows[k].unit->id))
            json_text(w, id_text(c->op, rows[k].unit->id));
        else
            json_null(w);
        write_value(w, &rows[k].value);
        json_close(w, '}');
    }
    json_close(w, ']');
    return true;
}

/* The line of work whose records it counts; made of parts: that of the first. */
static str line_of_figure(const struct indicator *i)
{
    while (!i->ledger)
        i = i->parts[0].of;
    return i->ledger->line_of_work;
}

/* The tree that figures of village groups stand on, once for all of them; not for these eyes: they say so themselves. */
static bool units_once(struct call *c, const struct indicator *i, struct indicator_ask *asked)
{
    struct units *units;
    int faults = c->op->fault_count;
    if (asked->units || !indicator_of_units(i))
        return true;
    if (units_read(c->tx, c->town, c->who, asked->from, asked->to, &units)) {
        asked->units = units;
        return true;
    }
    bool denied = c->op->faults && c->op->faults->kind == FAULT_DENIED;
    if (denied)
        op_forgive(c->op, faults);
    return denied;
}

/* One indicator by name, those of a line of work, or all; group narrows to a village group, by divides one
 * indicator. */
bool indicators_show(struct call *c)
{
    const struct indicators *all = c->api->config.indicators;
    struct json_out *w = &c->out;
    struct indicator_ask asked = {0};
    str name = http_query(c->request, S("name")), by = http_query(c->request, S("by")),
        line = http_query(c->request, S("line")), group = http_query(c->request, S("group"));
    struct figures_then then;
    struct units *units;
    id unit;
    if (!figures_at(c->tx, http_query(c->request, S("as_of")), &then))
        return false;
    asked.as_of_fact = then.fact;
    asked.as_of = then.moment;
    if (!period_read(c, http_query(c->request, S("from")), http_query(c->request, S("to")), &asked.from, &asked.to) ||
        !person_read(c, http_query(c->request, S("person")), &asked.person))
        return false;
    if (name.n && !indicator_find(all, name))
        return op_fail(c->op, FAULT_MISSING, S("name"), "没有名为“%.*s”的指标", PS(name));
    if (by.n && !name.n)
        return op_fail(c->op, FAULT_INPUT, S("by"), "按什么分，须先用 name 指明一个指标");
    if (group.n) {
        if (!units_read(c->tx, c->town, c->who, asked.from, asked.to, &units))
            return false;
        asked.unit = id_parse(group, &unit) ? unit_find(units, unit) : NULL;
        if (!asked.as_of_fact)
            asked.as_of_fact = units->as_of_fact;
        if (!asked.unit)
            return op_fail(c->op, FAULT_MISSING, S("group"), "期内没有这个村组");
    }
    const struct indicator **shown = op_array(c->op, const struct indicator *, indicators_count(all) + 1);
    size_t count = 0;
    for (size_t k = 0; k < indicators_count(all); k++) {
        const struct indicator *i = indicators_at(all, k);
        if ((!name.n || i == indicator_find(all, name)) && (!line.n || str_eq(line_of_figure(i), line)) &&
            (!asked.unit || i->by_unit))
            shown[count++] = i;
    }
    if (!indicators_ahead(c->tx, c->town, c->who, shown, count, &asked))
        return false;
    json_open(w, '{');
    json_put_text(w, S("from"), day_text(c->op, asked.from));
    json_put_text(w, S("to"), day_text(c->op, asked.to));
    json_put_text(w, S("as_of"), then.said);
    json_put_open(w, S("items"), '[');
    for (size_t k = 0; k < count; k++) {
        const struct indicator *i = shown[k];
        struct indicator_value v;
        if (!units_once(c, i, &asked) || !indicator_value(c->tx, c->town, c->who, i, &asked, &v))
            return false;
        json_open(w, '{');
        write_indicator(w, i);
        write_value(w, &v);
        if (by.n && !write_table(c, i, &asked, by))
            return false;
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    c->op->now = then.now;
    return true;
}

/* Who has handed in what an indicator counts, who was late, who is missing. */
bool submissions_show(struct call *c)
{
    const struct indicator *i = indicator_find(c->api->config.indicators, c->word);
    struct json_out *w = &c->out;
    struct submissions s;
    day from, to, due = 0;
    str text = http_query(c->request, S("due"));
    if (!i)
        return op_fail(c->op, FAULT_MISSING, S("指标"), "没有名为“%.*s”的指标", PS(c->word));
    if (text.n && !day_parse(text, &due))
        return op_fail(c->op, FAULT_INPUT, S("due"), "截止日须写成 2021-12-15 的样子");
    if (!period_read(c, http_query(c->request, S("from")), http_query(c->request, S("to")), &from, &to) ||
        !submissions_read(c->tx, c->town, c->who, i, from, to, due, &s))
        return false;
    json_open(w, '{');
    json_put_int(w, S("handed_in"), s.handed_in);
    json_put_int(w, S("late"), s.late);
    json_put_int(w, S("missing"), s.missing);
    json_put_text(w, S("note"), s.note);
    json_put_open(w, S("items"), '[');
    for (size_t k = 0; k < s.count; k++) {
        json_open(w, '{');
        json_put_text(w, S("name"), s.p[k].unit->name);
        json_put_text(w, S("group"), id_text(c->op, s.p[k].unit->id));
        json_put_int(w, S("rows"), s.p[k].rows);
        json_put_bool(w, S("late"), s.p[k].late);
        json_key(w, S("first"));
        if (s.p[k].dated)
            json_text(w, day_text(c->op, s.p[k].first));
        else
            json_null(w);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* ---- reports ----------------------------------------------------------------------------------------------------- */

/* person: of whom it usually is; empty: of the town, or of somebody whom the reader may not see. */
static bool write_templates(struct call *c)
{
    struct json_out *w = &c->out;
    const struct templates *all = c->api->config.templates;
    json_put_open(w, S("templates"), '[');
    for (size_t k = 0; k < templates_count(all); k++) {
        const struct report_template *t = templates_at(all, k);
        struct report_ask ask = {0};
        int faults = c->op->fault_count;
        if (!person_usual(c->tx, c->town, c->who, c->api->config.indicators, t, &ask)) {
            if (op_has_fault(c->op, FAULT_SYSTEM))
                return false;
            op_forgive(c->op, faults);
        }
        json_open(w, '{');
        json_put_text(w, S("name"), t->name);
        json_put_text(w, S("note"), t->note);
        json_put_text(w, S("person"), ask.person_name);
        json_close(w, '}');
    }
    json_close(w, ']');
    return true;
}

/* Offices' own files, kept for everybody. */
static bool write_own(struct call *c)
{
    struct json_out *w = &c->out;
    struct own_template *list;
    size_t count;
    if (!own_list(c->tx, &list, &count))
        return false;
    json_put_open(w, S("own"), '[');
    for (size_t k = 0; k < count; k++) {
        json_open(w, '{');
        json_put_text(w, S("name"), list[k].name);
        json_put_text(w, S("by"), list[k].by);
        json_put_text(w, S("at"), time_text(c->op, list[k].at));
        json_put_bool(w, S("mine"), id_eq(list[k].account, c->who->account));
        json_close(w, '}');
    }
    json_close(w, ']');
    return true;
}

static void write_frozen(struct json_out *w, struct op *op, const struct frozen *f)
{
    json_put_text(w, S("id"), id_text(op, f->id));
    json_put_text(w, S("name"), f->name);
    json_put_text(w, S("title"), f->title);
    json_put_text(w, S("from"), day_text(op, f->from));
    json_put_text(w, S("to"), day_text(op, f->to));
    json_put_text(w, S("at"), time_text(op, f->at));
    json_put_text(w, S("by"), f->by);
    json_put_text(w, S("digest"), f->digest);
}

bool reports_list(struct call *c)
{
    struct json_out *w = &c->out;
    struct frozen *list;
    size_t count;
    if (!report_frozen_list(c->tx, &list, &count))
        return false;
    json_open(w, '{');
    if (!write_templates(c) || !write_own(c))
        return false;
    json_put_open(w, S("frozen"), '[');
    for (size_t k = 0; k < count; k++) {
        json_open(w, '{');
        write_frozen(w, c->op, &list[k]);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* From when to when a body asks for, and whose the report is, by person or person_name. */
[[nodiscard]] static bool ask_read(struct call *c, struct report_ask *ret_ask)
{
    str name = json_str(c->body, S("person_name"));
    *ret_ask = (struct report_ask){.person_name = name};
    return period_read(c, json_str(c->body, S("from")), json_str(c->body, S("to")), &ret_ask->from, &ret_ask->to) &&
           person_read(c, json_str(c->body, S("person")), &ret_ask->person) &&
           (!name.n || !id_none(ret_ask->person) ||
            person_find(c->tx, c->town, c->who, c->api->config.indicators, name, &ret_ask->person));
}

/* Which moment a body asks for: as_of. op->now is that of then until the report is made. */
[[nodiscard]] static bool then_read(struct call *c, struct report_ask *ask, struct figures_then *ret)
{
    if (!figures_at(c->tx, json_str(c->body, S("as_of")), ret))
        return false;
    report_then(ask, ret);
    return true;
}

/* A report of a template of the packs; prose {段: text} stands for what was kept. */
[[nodiscard]] static bool packs_report(struct call *c, const struct report_template *t, struct report_ask *ask,
                                       struct report **ret)
{
    const struct json *prose = json_get(c->body, S("prose"));
    struct prose *own = op_array(c->op, struct prose, (prose ? prose->count : 0) + 1);
    for (const struct json *j = prose && prose->kind == JSON_OBJECT ? prose->first : NULL; j; j = j->next)
        own[ask->prose_count++] = (struct prose){j->key, j->text};
    ask->prose = own;
    return prose_read(c->tx, t, ask) && report_make(c->tx, c->town, c->who, c->api->config.indicators, t, ask, ret);
}

/* That report, {word} being a template of the packs or an office's own file, which is then filled: *ret_path, to be sent
 * or removed; empty: a template of the packs. */
[[nodiscard]] static bool report_asked(struct call *c, struct report **ret, str *ret_path)
{
    const struct report_template *t = template_find(c->api->config.templates, c->word);
    struct own_template own;
    struct office_file *form;
    struct report_ask ask;
    struct figures_then then;
    bool found = false, made;
    str path;
    *ret_path = S("");
    if (!ask_read(c, &ask) || !then_read(c, &ask, &then))
        return false;
    if (t) {
        made = packs_report(c, t, &ask, ret);
        c->op->now = then.now;
        return made;
    }
    if (!own_find(c->tx, c->word, &own, &found))
        return false;
    if (!found)
        return op_fail(c->op, FAULT_MISSING, S("模板"), "没有名为“%.*s”的报告模板", PS(c->word));
    if (!own_open(c->tx, &own, &path) ||
        !office_file_read(c->op, c->town, c->api->config.indicators, path, own.name, &form))
        return false;
    *ret_path = made_path(c, op_z(c->op, office_ending(form)));
    made = office_file_make(c->tx, c->town, c->who, c->api->config.indicators, form, &ask, *ret_path, ret);
    c->op->now = then.now;
    return made;
}

/* The same, when the file itself is not wanted. */
[[nodiscard]] static bool report_counted(struct call *c, struct report **ret)
{
    str path;
    bool good = report_asked(c, ret, &path);
    if (path.n)
        unlink(op_z(c->op, path));
    return good;
}

static void write_block(struct json_out *w, const struct report_block *b)
{
    json_open(w, '{');
    if (b->place.n)
        json_put_text(w, S("place"), b->place);
    json_put_open(w, b->cells ? S("table") : S("runs"), '[');
    for (size_t row = 0; b->cells && row < b->rows; row++) {
        json_open(w, '[');
        for (size_t k = 0; k < b->columns; k++)
            json_text(w, b->cells[row * b->columns + k]);
        json_close(w, ']');
    }
    if (b->bars) { /* each bar opens its records */
        json_close(w, ']');
        json_put_open(w, S("bars"), '[');
        for (size_t k = 0; k + 1 < b->rows; k++) {
            json_open(w, '{');
            json_put_text(w, S("name"), b->cells[(k + 1) * b->columns]);
            write_value(w, &b->bars[k].value);
            json_close(w, '}');
        }
    }
    for (size_t k = 0; !b->cells && k < b->run_count; k++) {
        json_open(w, '{');
        json_put_text(w, S("text"), b->runs[k].text);
        json_key(w, S("figure"));
        if (b->runs[k].figure >= 0)
            json_int_out(w, b->runs[k].figure);
        else
            json_null(w);
        json_put_bool(w, S("prose"), b->runs[k].prose);
        json_put_text(w, S("part"), b->runs[k].part);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

static void write_report(struct call *c, const struct report *r)
{
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_text(w, S("title"), r->title);
    json_put_text(w, S("as_of"), r->ask.as_of_said);
    json_put_open(w, S("blocks"), '[');
    for (size_t k = 0; k < r->block_count; k++)
        write_block(w, &r->blocks[k]);
    json_close(w, ']');
    json_put_open(w, S("figures"), '[');
    for (size_t k = 0; k < r->figure_count; k++) {
        json_open(w, '{');
        write_indicator(w, r->figures[k].indicator);
        write_value(w, &r->figures[k]);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_put_texts(&c->out, S("notes"), r->notes, r->note_count);
    json_close(w, '}');
}

bool report_preview(struct call *c)
{
    struct report *r;
    if (!report_counted(c, &r))
        return false;
    write_report(c, r);
    return true;
}

/* An author's passage. */
bool report_prose(struct call *c)
{
    const struct report_template *t;
    struct report_ask ask;
    if (!template_asked(c, &t) || !ask_read(c, &ask) ||
        !prose_keep(c->tx, c->who, t, &ask, json_str(c->body, S("name")), json_str(c->body, S("text"))))
        return false;
    json_open(&c->out, '{');
    json_close(&c->out, '}');
    return true;
}

bool report_keep(struct call *c)
{
    struct report *r;
    struct frozen f;
    if (json_str(c->body, S("as_of")).n)
        return op_fail(c->op, FAULT_INPUT, S("as_of"), "冻结的是现在的数；请先去掉“截至”");
    if (!report_counted(c, &r) ||
        !report_freeze(c->tx, c->who, r, &f))
        return false;
    json_open(&c->out, '{');
    write_frozen(&c->out, c->op, &f);
    json_close(&c->out, '}');
    return true;
}

static const struct {
    str name;
    const char *ending;
    str type;
} formats[] = {
    {SC("pdf"), ".pdf", SC("application/pdf")},
    {SC("ofd"), ".ofd", SC("application/ofd")},
    {SC("docx"), ".docx", SC("application/vnd.openxmlformats-officedocument.wordprocessingml.document")},
    {SC("xlsx"), ".xlsx", SC("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")},
};

/* As asked; an office's own file comes back as what it is. */
bool report_file(struct call *c)
{
    struct report *r;
    str wanted = json_str(c->body, S("format")), path;
    size_t k = 0;
    if (!report_asked(c, &r, &path))
        return false;
    while (k < COUNT(formats) && !(path.n ? str_ends(path, str_z(formats[k].ending)) : str_eq(formats[k].name, wanted)))
        k++;
    if (k == COUNT(formats) || (!path.n && str_eq(wanted, S("xlsx"))))
        return op_fail(c->op, FAULT_INPUT, S("format"), "格式须是 pdf、ofd 或 docx");
    if (!path.n) {
        path = made_path(c, formats[k].ending);
        if (!report_write(c->op, r, c->api->config.packs, path))
            return false;
    }
    if (!taken_keep(c, S("report"),
                    op_text(c->op, "%.*s（%.*s至%.*s），%.*s", PS(r->title), PS(day_text(c->op, r->ask.from)),
                            PS(day_text(c->op, r->ask.to)), PS(formats[k].name))))
        return false;
    str name = r->title;
    if (!str_ends(name, str_z(formats[k].ending)))
        name = op_text(c->op, "%.*s%s", PS(r->title), formats[k].ending);
    return send_made(c, path, formats[k].type, name);
}

/* ---- offices' own files ------------------------------------------------------------------------------------------- */

/* Checked first: what is wrong with it is told all at once, and nothing is kept. keep=0: only checked. */
bool own_put(struct call *c)
{
    struct office_file *form;
    struct own_template kept;
    struct tx *tx;
    int fd;
    str path, name = upload_name(c);
    if (c->request->body_size == 0)
        return op_fail(c->op, FAULT_INPUT, S("文件"), "没有收到文件，请重新选择");
    if (!name.n || name.n > 200)
        return op_fail(c->op, FAULT_INPUT, S("文件"), "文件须有名字，不超过 60 个字");
    if (template_find(c->api->config.templates, name))
        return op_fail(c->op, FAULT_CONFLICT, name, "已有同名的模板，请换一个文件名");
    if (!http_body_file(c->op, c->request, &fd))
        return false;
    path = op_text(c->op, "/proc/self/fd/%d", fd);
    if (!office_file_read(c->op, c->town, c->api->config.indicators, path, name, &form))
        return false;
    if (!str_eq(http_query(c->request, S("keep")), S("0")) &&
        (!store_begin(c->api->config.store, c->op, TX_WRITE, &tx) || !own_keep(tx, c->who, name, fd, &kept) ||
         !store_commit(tx)))
        return false;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("name"), name);
    json_put_int(&c->out, S("places"), (int64_t)office_places(form));
    json_close(&c->out, '}');
    return true;
}

/* The file as it was brought. */
bool own_get(struct call *c)
{
    struct own_template own;
    bool found;
    int fd;
    int64_t size;
    if (!own_find(c->tx, c->word, &own, &found))
        return false;
    if (!found)
        return op_fail(c->op, FAULT_MISSING, S("模板"), "没有名为“%.*s”的模板", PS(c->word));
    if (!store_file_open(c->tx, own.digest, &fd, &size))
        return false;
    int own_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* the store's ends with the op, the reply's when it is sent */
    if (own_fd < 0)
        return op_fail(c->op, FAULT_SYSTEM, S(""), "文件打不开，请稍后再试");
    http_attachment(c->reply, own.name);
    http_send_file(c->reply, S("application/octet-stream"), own_fd, 0, size);
    return true;
}

bool own_take(struct call *c)
{
    if (!own_drop(c->tx, c->who, c->word))
        return false;
    json_open(&c->out, '{');
    json_close(&c->out, '}');
    return true;
}

bool report_differences(struct call *c)
{
    struct json_out *w = &c->out;
    struct report_change *changes;
    struct frozen f;
    size_t count;
    const struct json *text;
    if (!report_frozen(c->tx, c->id, &f) ||
        !report_frozen_text(c->tx, c->town, c->who, c->api->config.indicators, &f, &text) ||
        !report_changes(c->tx, c->town, c->who, c->api->config.indicators, &f, &changes, &count))
        return false;
    json_open(w, '{');
    write_frozen(w, c->op, &f);
    if (text) {
        json_key(w, S("text"));
        json_value(w, text);
    }
    json_put_open(w, S("changes"), '[');
    for (size_t k = 0; k < count; k++) {
        json_open(w, '{');
        json_put_text(w, S("name"), changes[k].name);
        json_put_text(w, S("before"), changes[k].before);
        json_put_text(w, S("now"), changes[k].now);
        json_put_open(w, S("parts"), '[');
        for (size_t n = 0; n < changes[k].part_count; n++) {
            const struct part_change *p = &changes[k].parts[n];
            json_open(w, '{');
            json_put_text(w, S("sign"), part_sign_names[p->sign]);
            json_put_text(w, S("name"), p->name);
            json_put_text(w, S("before"), p->before);
            json_put_text(w, S("now"), p->now);
            json_close(w, '}');
        }
        json_close(w, ']');
        json_put_open(w, S("records"), '[');
        for (size_t n = 0; n < changes[k].moved_count; n++) {
            const struct moved *m = &changes[k].moved[n];
            json_open(w, '{');
            json_put_text(w, S("ledger"), m->ledger->english);
            json_put_text(w, S("id"), id_text(c->op, m->record));
            json_put_text(w, S("title"), m->title);
            json_put_text(w, S("who"), m->who);
            json_put_text(w, S("act"), m->act);
            json_put_text(w, S("reason"), m->reason);
            json_put_text(w, S("at"), time_text(c->op, m->at));
            json_put_bool(w, S("counted_before"), m->counted_before);
            json_put_bool(w, S("counted_now"), m->counted_now);
            json_put_text(w, S("through"), m->through ? m->through->english : S(""));
            json_put_int(w, S("rows_before"), m->rows_before);
            json_put_int(w, S("rows_now"), m->rows_now);
            json_put_open(w, S("changes"), '[');
            for (size_t x = 0; x < m->change_count; x++)
                write_change(c, &m->changes[x]);
            json_close(w, ']');
            json_close(w, '}');
        }
        json_close(w, ']');
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
    return true;
}

/* ---- forms ------------------------------------------------------------------------------------------------------- */

static void write_form(struct call *c, const struct form *f, const struct form_filled *filled)
{
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_text(w, S("sheet"), f->sheet_name);
    json_put_texts(&c->out, S("others"), f->others, f->other_count);
    json_put_text(w, S("title"), f->title);
    json_key(w, S("ledger"));
    if (f->ledger)
        json_text(w, f->ledger->english);
    else
        json_null(w);
    json_put_int(w, S("understood"), (int64_t)f->understood);
    json_put_int(w, S("columns_count"), (int64_t)f->column_count);
    json_put_text(w, S("number"), f->number);
    json_put_text(w, S("organ"), f->organ);
    json_put_text(w, S("approval"), f->approval);
    json_put_text(w, S("until"), f->until_text);
    json_put_bool(w, S("refusable"), f->refusable);
    json_put_text(w, S("refusal"), f->refusal);
    json_put_int(w, S("rows"), filled->rows);
    json_put_int(w, S("formulas_kept"), filled->formulas_kept);
    json_put_open(w, S("columns"), '[');
    for (size_t k = 0; k < f->column_count; k++) {
        const struct form_column *x = &f->columns[k];
        json_open(w, '{');
        json_put_text(w, S("column"), xlsx_ref(c->op, x->row, x->column));
        json_put_text(w, S("heading"), x->heading);
        json_put_text(w, S("meaning"), form_column_name(x).n || x->use != FORM_UNIT ? form_column_said(c->op, f, x) : S("村组"));
        json_put_text(w, S("sure"), x->formula ? S("表内公式") : form_sure_names[x->sure]);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_put_open(w, S("cells"), '[');
    enum { CELLS_SHOWN = 2000 }; /* the workbook has the rest */
    for (size_t k = 0; k < filled->cell_count && k < CELLS_SHOWN; k++) {
        json_open(w, '{');
        json_put_text(w, S("cell"), xlsx_ref(c->op, filled->cells[k].row, filled->cells[k].column));
        json_put_text(w, S("source"), filled->cells[k].source);
        json_put_text(w, S("sure"), form_sure_names[filled->cells[k].sure]);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_put_open(w, S("gaps"), '[');
    for (size_t k = 0; k < filled->gap_count; k++) {
        json_open(w, '{');
        json_put_text(w, S("where"), filled->gaps[k].where);
        json_put_text(w, S("what"), filled->gaps[k].what);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

/* The form becomes a 上报任务, with what the person says of it: who asked, until when, who answers. */
[[nodiscard]] static bool form_registered(struct call *c, const struct form *form)
{
    const struct {
        const char *query;
        str field;
    } said[] = {{"source", S("来源单位")}, {"due", S("截止")}, {"office", S("责任")}};
    struct form_said given[COUNT(said)];
    struct tx *tx;
    size_t n = 0;
    id made;
    for (size_t i = 0; i < COUNT(said); i++) {
        str value = http_query(c->request, str_z(said[i].query));
        if (value.n)
            given[n++] = (struct form_said){said[i].field, value};
    }
    if (!store_begin(c->api->config.store, c->op, TX_WRITE, &tx) ||
        !form_register(tx, c->town, c->who, c->api->config.packs, form, given, n, &made) || !store_commit(tx))
        return false;
    return true;
}

/* The same upload twice: first what would be filled and from where, then (download=1) the workbook. */
bool form_answer(struct call *c)
{
    str name = http_query(c->request, S("ledger"));
    const struct ledger *ledger = name.n ? town_ledger(c->town, name) : NULL;
    struct form_how how = {.where = http_query(c->request, S("where"))};
    struct xlsx_book *book;
    struct form *form;
    struct form_filled filled;
    str upload;
    if (name.n && !ledger)
        return op_fail(c->op, FAULT_MISSING, S("ledger"), "没有名为“%.*s”的台账", PS(name));
    str path = made_path(c, ".xlsx");
    if (!uploaded_path(c, &upload) ||
        !period_read(c, http_query(c->request, S("from")), http_query(c->request, S("to")), &how.from, &how.to) ||
        !xlsx_open_path(c->op, upload, &book) ||
        !form_read(c->tx, c->town, c->api->config.indicators, book, http_query(c->request, S("sheet")), ledger, &form) ||
        !form_fill(c->tx, c->town, c->who, form, &how, path, &filled))
        return false;
    if (str_eq(http_query(c->request, S("request")), S("1")) && !form_registered(c, form))
        return false;
    if (str_eq(http_query(c->request, S("download")), S("1")))
        return taken_keep(c, form->ledger ? form->ledger->english : S("report"),
                          op_text(c->op, "填上级报表：%.*s", PS(form->title))) &&
               send_workbook(c, path, upload_name(c));
    unlink(op_z(c->op, path));
    write_form(c, form, &filled);
    return true;
}

/* To take out what a figure counts is to take out what each of its parts counts. */
[[nodiscard]] static bool may_take(struct call *c, const struct indicator *i)
{
    struct right right;
    for (size_t k = 0; k < i->part_count; k++)
        if (!may_take(c, i->parts[k].of))
            return false;
    return i->part_count || right_for(c->op, c->town, c->who, i->ledger, ACT_EXPORT, &right);
}

/* Remembered for everybody: it needs the right to fill such forms. */
bool form_learn(struct call *c)
{
    str name = json_str(c->body, S("ledger")), heading = json_str(c->body, S("heading")),
        meaning = json_str(c->body, S("meaning"));
    const struct ledger *ledger = name.n ? town_ledger(c->town, name) : NULL;
    const struct indicator *i = name.n ? NULL : indicator_find(c->api->config.indicators, meaning);
    struct right right;
    if (name.n ? !ledger : !i)
        return op_fail(c->op, FAULT_INPUT, S("meaning"), "没有这个台账或指标，请核对名称");
    if (!(ledger ? right_for(c->op, c->town, c->who, ledger, ACT_EXPORT, &right) : may_take(c, i)) ||
        !form_choose(c->tx, c->who, ledger, heading, meaning))
        return false;
    json_open(&c->out, '{');
    json_close(&c->out, '}');
    return true;
}
