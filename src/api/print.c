/* Paper: of a case, of a record, of a ledger between two days; as a preview, as PDF and OFD, and what its author should know. One layout
 * for all of these: what the page previews is what is printed. */
#include "api/call.h"
#include "flow/flow.h"

enum { PAPER_PREVIEW_PAGES = 20, PRINTS_MAX = 20 };

void write_prints(struct call *c, str key, const struct ledger *l, enum flow_print_kind kind)
{
    str prints[PRINTS_MAX];
    size_t count = flow_prints(c->flow, l, kind, prints, PRINTS_MAX);
    json_put_texts(&c->out, key, prints, count);
}

static bool paper_of(struct call *c, const struct flow_print *ask, struct paper **ret)
{
    return flow_print(c->tx, c->flow, c->who, ask, ret);
}

static bool answer_bytes(struct call *c, str type, str bytes)
{
    c->answered = true;
    c->reply->type = type;
    c->reply->body = bytes;
    return true;
}

static bool answer_pdf(struct call *c, struct flow_print ask)
{
    struct paper *paper;
    str bytes;
    if (!paper_of(c, &ask, &paper) || !paper_pdf(paper, &bytes))
        return false;
    /* the page that older browsers make around a PDF is an object with a style of its own */
    http_add(c->reply, S("Content-Security-Policy"),
             S("default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"));
    return answer_bytes(c, S("application/pdf"), bytes);
}

static bool answer_ofd(struct call *c, struct flow_print ask)
{
    struct paper *paper;
    str bytes;
    return paper_of(c, &ask, &paper) && paper_ofd(paper, &bytes) && answer_bytes(c, S("application/ofd"), bytes);
}

static bool answer_svg(struct call *c, struct flow_print ask)
{
    struct paper *paper;
    str bytes;
    return paper_of(c, &ask, &paper) && paper_svg(paper, 0, PAPER_PREVIEW_PAGES, &bytes) && answer_bytes(c, S("image/svg+xml"), bytes);
}

/* 「」没有任何已安装的字体能显示: said before it is printed, not found on the paper. */
static bool answer_notes(struct call *c, struct flow_print ask)
{
    struct paper *paper;
    if (!paper_of(c, &ask, &paper))
        return false;
    json_open(&c->out, '{');
    json_put_int(&c->out, S("pages"), (int64_t)paper->page_count);
    json_put_open(&c->out, S("notes"), '[');
    for (size_t i = 0; i < paper->note_count; i++) {
        json_open(&c->out, '{');
        json_put_text(&c->out, S("part"), paper->notes[i].part);
        json_put_text(&c->out, S("text"), paper->notes[i].text);
        json_close(&c->out, '}');
    }
    json_close(&c->out, ']');
    json_close(&c->out, '}');
    return true;
}

static struct flow_print of_case(struct call *c)
{
    return (struct flow_print){.case_id = c->id, .form = http_query(c->request, S("form"))};
}

static struct flow_print of_record(struct call *c)
{
    return (struct flow_print){.record = c->id, .ledger = c->ledger, .form = http_query(c->request, S("form"))};
}

static struct flow_print of_ledger(struct call *c)
{
    return (struct flow_print){.ledger = c->ledger,
                               .form = http_query(c->request, S("form")),
                               .from = http_query(c->request, S("from")),
                               .to = http_query(c->request, S("to"))};
}

bool case_print_pdf(struct call *c) { return answer_pdf(c, of_case(c)); }
bool case_print_ofd(struct call *c) { return answer_ofd(c, of_case(c)); }
bool case_print_svg(struct call *c) { return answer_svg(c, of_case(c)); }
bool case_print_notes(struct call *c) { return answer_notes(c, of_case(c)); }

/* A roll, a receipt, a register: like an export it leaves a trace before it leaves the office. What the preview shows is the
 * same paper, and a picture of it is as easily taken. */
static bool trace_keep(struct call *c, const char *done, str form)
{
    return taken_keep(c, c->ledger->english, op_text(c->op, "%s%s%.*s", done, form.n ? "：" : "", PS(form)));
}

static bool pdf_traced(struct call *c, struct flow_print ask)
{
    return answer_pdf(c, ask) && trace_keep(c, "打印", ask.form);
}

static bool ofd_traced(struct call *c, struct flow_print ask)
{
    return answer_ofd(c, ask) && trace_keep(c, "打印", ask.form);
}

static bool svg_traced(struct call *c, struct flow_print ask)
{
    return answer_svg(c, ask) && trace_keep(c, "预览印件", ask.form);
}

bool record_print_pdf(struct call *c) { return pdf_traced(c, of_record(c)); }
bool record_print_ofd(struct call *c) { return ofd_traced(c, of_record(c)); }
bool record_print_svg(struct call *c) { return svg_traced(c, of_record(c)); }
bool record_print_notes(struct call *c) { return answer_notes(c, of_record(c)); }
bool ledger_print_pdf(struct call *c) { return pdf_traced(c, of_ledger(c)); }
bool ledger_print_ofd(struct call *c) { return ofd_traced(c, of_ledger(c)); }
bool ledger_print_svg(struct call *c) { return svg_traced(c, of_ledger(c)); }
bool ledger_print_notes(struct call *c) { return answer_notes(c, of_ledger(c)); }
