/* Procedures as files: what a model says in our own attributes, and everything that refuses it. */
#include "base/xml.h"
#include "flow/inner.h"

#include <openssl/evp.h>

str procedure_digest(struct op *op, str bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n;
    must(EVP_Digest(bytes.p, bytes.n, digest, &n, EVP_sm3(), NULL) == 1);
    char *p = op_alloc(op, n * 2 + 1);
    for (unsigned int i = 0; i < n; i++) {
        p[2 * i] = digits[digest[i] >> 4];
        p[2 * i + 1] = digits[digest[i] & 15];
    }
    return (str){p, n * 2};
}

/* What the process element says of itself in our own attributes. */
bool process_read(struct op *op, const struct town *town, struct procedure *p)
{
    struct xtree *root;
    if (!xtree_parse(op, p->text, p->file, &root))
        return false;
    const struct xtree *process = xtree_first(root, "process");
    while (process && !str_eq(xtree_attr(process, "isExecutable"), S("true")))
        process = xtree_next(process, "process");
    if (!process)
        return op_fail(op, FAULT_INPUT, p->file, "没有可执行的流程；请在 process 上写 isExecutable=\"true\"");
    str place = op_text(op, "%.*s 第%d行", PS(p->file), process->line), ledger = xtree_attr(process, "ledger"), bad;
    p->name = xtree_attr(process, "name");
    p->start = xtree_attr(process, "start");
    p->chief = xtree_attr(process, "chief");
    p->feedback = xtree_attr(process, "feedback");
    p->ledger = ledger.n ? town_ledger(town, ledger) : NULL;
    str basis;
    if (!ledger_thing_lawful(op, p->name, &basis))
        return op_fail(op, FAULT_INPUT, place, "不得设立流程“%.*s”：%.*s；请删去", PS(p->name), PS(basis));
    if (!p->name.n)
        return op_fail(op, FAULT_INPUT, place, "流程没有名字；请在 process 上写 name");
    if (!p->ledger)
        return op_fail(op, FAULT_INPUT, place, "流程“%.*s”没有写明办的是哪个台账；请在 process 上写 zw:ledger=\"台账名\"", PS(p->name));
    if (p->feedback.n && !ledger_field(p->ledger, p->feedback))
        return op_fail(op, FAULT_INPUT, place, "zw:feedback 写的“%.*s”不是台账“%.*s”的字段", PS(p->feedback),
                       PS(p->ledger->name));
    if (!flow_who_valid(p->ledger, p->start, &bad) || !flow_who_valid(p->ledger, p->chief, &bad))
        return op_fail(op, FAULT_INPUT, place, "“%.*s”说不清是谁；可写 角色:办公室经办、拟稿人、字段:主办、账号:登录名", PS(bad));
    return true;
}

/* Names of the record's fields that stand in what the model evaluates: a running case is told of these only. */
static void expressions_collect(struct buf *b, const struct xtree *e)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        buf_add(b, c->text);
        buf_byte(b, '\n');
        buf_add(b, xtree_attr(c, "collection"));
        buf_byte(b, '\n');
        expressions_collect(b, c);
    }
}

/* Tasks whose end sends the paper round (copy); who does tasks (who). */
struct task_words {
    struct procedure_copy *p;
    size_t n, cap;
};

static void task_words_find(struct op *op, const struct procedure *p, const struct xtree *e, const char *attr, struct task_words *ret)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        if (xtree_is(c, "userTask") && xtree_has(c, attr))
            *list_add(op, ret) =
                (struct procedure_copy){bpmn_node(p->model, xtree_attr(c, "id")), xtree_attr(c, attr)};
        task_words_find(op, p, c, attr, ret);
    }
}

/* Call activities that call what is not in their own document. */
struct calls {
    struct procedure_call *p;
    size_t n, cap;
};

static void calls_find(struct op *op, const struct procedure *p, const struct xtree *e, struct calls *ret)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        str called = xtree_attr(c, "calledElement");
        const struct xtree *loop = xtree_first(c, "multiInstanceLoopCharacteristics");
        if (xtree_is(c, "callActivity") && called.n && bpmn_node(p->model, called) < 0)
            *list_add(op, ret) = (struct procedure_call){.node = bpmn_node(p->model, xtree_attr(c, "id")),
                                                         .key = called,
                                                         .fields = xtree_attr(c, "fields"),
                                                         .results = xtree_attr(c, "results"),
                                                         .item = loop ? xtree_attr(loop, "elementVariable") : S("")};
        calls_find(op, p, c, ret);
    }
}

/* Timers that count days of the town. */
struct clocks {
    struct procedure_clock *p;
    size_t n, cap;
};

[[nodiscard]] static bool clocks_find(struct op *op, const struct town *town, const struct procedure *p,
                                      const struct xtree *e, struct clocks *ret)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        struct procedure_clock clock = {.due = xtree_attr(c, "due"), .watch = xtree_attr(c, "watch")};
        if (xtree_first(c, "timerEventDefinition") && (clock.due.n || clock.watch.n)) {
            clock.node = bpmn_node(p->model, xtree_attr(c, "id"));
            if (!clock.due.n || !flow_clock_valid(town, &clock))
                ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                             "zw:watch=“%.*s”须写成 台账.引用本记录的字段，并同时写 zw:due=\"时限规则的代码\"", PS(clock.watch));
            *list_add(op, ret) = clock;
        }
        ok = clocks_find(op, town, p, c, ret) && ok;
    }
    return ok;
}

static bool source_valid(const struct procedure *p, const struct procedure_call *call, str source)
{
    bool text = source.n >= 2 && source.p[0] == '"' && source.p[source.n - 1] == '"';
    return text || str_eq(source, FLOW_RECORD_WORD) || (call->item.n && str_eq(source, call->item)) ||
           ledger_field(p->ledger, source);
}

bool call_check(struct op *op, const struct flow *flow, const struct procedure *p, const struct procedure_call *call)
{
    const struct procedure *below = flow_in_force(flow, call->key);
    str place = op_text(op, "%.*s 调用“%.*s”", PS(p->file), PS(bpmn_node_name(p->model, call->node)));
    str fields = call->fields, results = call->results, name, source;
    bool ok = true;
    if (!below)
        return op_fail(op, FAULT_INPUT, place, "没有流程“%.*s”；calledElement 须是本文件里的流程，或 procedures 里的文件名",
                       PS(call->key));
    if (!below->by_hand)
        ok = op_fail(op, FAULT_INPUT, place, "流程“%.*s”自行发起，没有可调用的开始事件", PS(call->key));
    while (flow_pair_next(&fields, &name, &source))
        if ((!ledger_field(below->ledger, name) && !str_eq(name, FLOW_RECORD_WORD)) || !source_valid(p, call, source))
            ok = op_fail(op, FAULT_INPUT, place, "zw:fields 的“%.*s=%.*s”说不清；左边是台账“%.*s”的字段，右边是本台账的字段、记录、循环变量或引号里的字",
                         PS(name), PS(source), PS(below->ledger->name));
    while (flow_pair_next(&results, &name, &source))
        if (!name.n || !ledger_field(below->ledger, source))
            ok = op_fail(op, FAULT_INPUT, place, "zw:results 的“%.*s=%.*s”说不清；右边须是台账“%.*s”的字段",
                         PS(name), PS(source), PS(below->ledger->name));
    return ok;
}

bool calls_check(struct op *op, const struct flow *flow, const struct procedure *p)
{
    bool ok = true;
    for (size_t i = 0; i < p->call_count; i++)
        ok = call_check(op, flow, p, &p->calls[i]) && ok;
    return ok;
}

struct numbers {
    struct procedure_number *p;
    size_t n, cap;
};

[[nodiscard]] static bool numbers_find(struct op *op, const struct procedure *p, const struct xtree *e,
                                       struct numbers *ret)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        struct procedure_number n = {.field = xtree_attr(c, "number")};
        if (xtree_is(c, "userTask") && n.field.n) {
            n.node = bpmn_node(p->model, xtree_attr(c, "id"));
            n.dated = xtree_attr(c, "dated");
            if (!str_split(xtree_attr(c, "series"), ':', &n.by, &n.series) || !number_valid(p->ledger, &n))
                ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                             "zw:number=“%.*s”须是文字字段，zw:series 须像 发文机关:镇党委=镇党发、镇政府=镇政发", PS(n.field));
            else if (!number_dated_valid(p->ledger, n.dated))
                ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                             "zw:dated=“%.*s”须是日或时字段，几个用竖线隔开，如 成文日|签发时", PS(n.dated));
            else
                *list_add(op, ret) = n;
        }
        ok = numbers_find(op, p, c, ret) && ok;
    }
    return ok;
}

struct stamps {
    struct procedure_stamp *p;
    size_t n, cap;
};

[[nodiscard]] static bool stamps_find(struct op *op, const struct procedure *p, const struct xtree *e, struct stamps *ret)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        str field = xtree_attr(c, "stamp");
        const struct field *f = field.n ? ledger_field(p->ledger, field) : NULL;
        if ((xtree_is(c, "userTask") || xtree_is(c, "endEvent")) && field.n) {
            if (!f || (f->type != F_TIME && f->type != F_DAY))
                ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                             "zw:stamp=“%.*s”须是台账“%.*s”的时或日字段：办完这一步、到了这个结束就记下时间", PS(field), PS(p->ledger->name));
            else
                *list_add(op, ret) = (struct procedure_stamp){bpmn_node(p->model, xtree_attr(c, "id")), xtree_is(c, "endEvent"), f->name};
        }
        ok = stamps_find(op, p, c, ret) && ok;
    }
    return ok;
}

struct words {
    struct procedure_words *p;
    size_t n, cap;
};

[[nodiscard]] static bool words_find(struct op *op, const struct procedure *p, const struct xtree *e, struct words *ret)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        bool task = xtree_is(c, "userTask");
        str field = task ? xtree_attr(c, "words") : xtree_is(c, "process") ? xtree_attr(c, "readers") : S("");
        const struct field *f = field.n ? ledger_field(p->ledger, field) : NULL;
        if (field.n && (!f || f->type != F_LONG))
            ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                         "zw:%s=“%.*s”须是台账“%.*s”的长文字段：%s自动写在那里", task ? "words" : "readers", PS(field), PS(p->ledger->name),
                         task ? "这一步的意见、姓名和日期" : "传阅给谁、谁已阅");
        else if (field.n)
            *list_add(op, ret) = (struct procedure_words){task ? bpmn_node(p->model, xtree_attr(c, "id")) : -1, f->name};
        ok = words_find(op, p, c, ret) && ok;
    }
    return ok;
}

struct recorders {
    struct procedure_recorder *p;
    size_t n, cap;
};

static void recorders_find(struct op *op, const struct procedure *p, const struct xtree *e, struct recorders *ret)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        if (xtree_is(c, "userTask") && xtree_has(c, "record"))
            *list_add(op, ret) =
                (struct procedure_recorder){bpmn_node(p->model, xtree_attr(c, "id")), xtree_attr(c, "record")};
        recorders_find(op, p, c, ret);
    }
}

static void asked_find(struct op *op, struct procedure *p, const struct xtree *root)
{
    struct buf b;
    struct { const struct field **p; size_t n, cap; } asked = {0};
    size_t at;
    buf_init(&b, op, 0);
    expressions_collect(&b, root);
    for (size_t i = 0; i < p->ledger->field_count; i++)
        if (str_find(buf_str(&b), p->ledger->fields[i].name, &at))
            *list_add(op, &asked) = &p->ledger->fields[i];
    p->asked = (const struct field *const *)asked.p;
    p->asked_count = asked.n;
}

static bool leads_find(const struct procedure *p, const struct xtree *e)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        bool step = bpmn_node(p->model, xtree_attr(c, "id")) >= 0;
        for (size_t i = 0; step && i < p->ledger->state_count; i++)
            if (str_eq(p->ledger->states[i], xtree_attr(c, "name")))
                return true;
        if (leads_find(p, c))
            return true;
    }
    return false;
}

/* Whether one of its ends, or something before its ends, is called so. */
static bool named(const struct procedure *p, const struct xtree *e, str state, bool end)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL))
        if ((xtree_is(c, "endEvent") == end && str_eq(xtree_attr(c, "name"), state) && bpmn_node(p->model, xtree_attr(c, "id")) >= 0) ||
            named(p, c, state, end))
            return true;
    return false;
}

static size_t state_index(const struct ledger *l, str state)
{
    size_t i = 0;
    while (i < l->state_count && !str_eq(l->states[i], state))
        i++;
    return i;
}

static void over_find(struct op *op, struct procedure *p, const struct xtree *root)
{
    const struct ledger *l = p->ledger;
    str *over = op_array(op, str, l->state_count);
    bool *on = op_array(op, bool, l->state_count + 1);
    bool more = p->leads;
    for (size_t i = 0; i < l->state_count; i++)
        on[i] = i == 0 || named(p, root, l->states[i], false);
    while (more) {
        more = false;
        for (size_t m = 0; m < l->move_count; m++) {
            bool *from = &on[state_index(l, l->moves[m].from)];
            bool leads = !l->moves[m].back && on[state_index(l, l->moves[m].to)] && !*from;
            *from |= leads;
            more |= leads;
        }
    }
    for (size_t i = 0; p->leads && i < l->state_count; i++)
        if (!on[i])
            over[p->over_count++] = l->states[i];
    p->over = over;
    str *ends = op_array(op, str, l->state_count);
    for (size_t i = 0; i < l->state_count; i++)
        if (named(p, root, l->states[i], true))
            ends[p->end_count++] = l->states[i];
    p->ends = ends;
}

static bool form_valid(const struct ledger *l, str form, str *ret_bad)
{
    while (form.n) {
        str word = flow_word_next(&form);
        *ret_bad = word;
        if (word.n && !ledger_field(l, str_ends(word, S("!")) ? str_trim(str_part(word, 0, word.n - 1)) : word))
            return false;
    }
    return true;
}

struct filled {
    const struct field **p;
    size_t n, cap;
};

static void filled_add(struct op *op, const struct procedure *p, str name, struct filled *ret)
{
    const struct field *f = ledger_field(p->ledger, name);
    if (f)
        *list_add(op, ret) = f;
}

/* After numbers and stamps have been found. */
static void filled_find(struct op *op, const struct procedure *p, const struct xtree *e, struct filled *ret)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        str form = xtree_is(c, "userTask") ? bpmn_node_people(p->model, bpmn_node(p->model, xtree_attr(c, "id")))->form : S("");
        while (form.n) {
            str word = flow_word_next(&form);
            filled_add(op, p, str_ends(word, S("!")) ? str_trim(str_part(word, 0, word.n - 1)) : word, ret);
        }
        filled_find(op, p, c, ret);
    }
}

/* Every task has words for who does it, and they are words that flow.h lists. */
bool people_check(struct op *op, const struct procedure *p, const struct xtree *e)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        str bad;
        const struct bpmn_people *people =
            xtree_is(c, "userTask") ? bpmn_node_people(p->model, bpmn_node(p->model, xtree_attr(c, "id"))) : NULL;
        str place = op_text(op, "%.*s 第%d行", PS(p->file), c->line);
        if (xtree_is(c, "serviceTask") && !xtree_attr(c, "expression").n)
            ok = op_fail(op, FAULT_INPUT, place, "“%.*s”这一步没有人也没有程序来办；服务任务须写 zw:expression，或改成用户任务",
                         PS(xtree_attr(c, "name")));
        if (people && !people->who.n)
            ok = op_fail(op, FAULT_INPUT, place, "用户任务“%.*s”没有写明谁办；请写 zw:who", PS(xtree_attr(c, "name")));
        else if (people && !flow_who_valid(p->ledger, people->who, &bad))
            ok = op_fail(op, FAULT_INPUT, place, "用户任务“%.*s”的办理人“%.*s”不认识；可写 拟稿人、角色:领导、角色:村干部@村组、字段:主办、账号:登录名",
                         PS(xtree_attr(c, "name")), PS(bad));
        if (people && !flow_who_valid(p->ledger, xtree_attr(c, "copy"), &bad))
            ok = op_fail(op, FAULT_INPUT, place, "用户任务“%.*s”传阅给“%.*s”，说不清是谁", PS(xtree_attr(c, "name")), PS(bad));
        if (people && !flow_who_valid(p->ledger, xtree_attr(c, "record"), &bad))
            ok = op_fail(op, FAULT_INPUT, place, "用户任务“%.*s”由“%.*s”代录，说不清是谁", PS(xtree_attr(c, "name")), PS(bad));
        if (people && !flow_due_valid(p->ledger, people->due))
            ok = op_fail(op, FAULT_INPUT, place, "用户任务“%.*s”的期限“%.*s”不是记录里的日期或时间",
                         PS(xtree_attr(c, "name")), PS(people->due));
        if (people && !form_valid(p->ledger, people->form, &bad))
            ok = op_fail(op, FAULT_INPUT, place, "用户任务“%.*s”要填的“%.*s”不是台账“%.*s”的字段",
                         PS(xtree_attr(c, "name")), PS(bad), PS(p->ledger->name));
        ok = people_check(op, p, c) && ok;
    }
    return ok;
}

static bool has_word(str text, str word)
{
    str head;
    while (text.n) {
        str_split(text, ' ', &head, &text);
        if (str_eq(head, word))
            return true;
    }
    return false;
}

/* What must be filled in, a number that must be taken: nobody does it where a seat agrees by itself (去重, 超时). Versions that
 * were kept before are not asked. */
[[nodiscard]] static bool alone_check(struct op *op, const struct procedure *p, const struct xtree *e)
{
    static const str words[] = {SC("skip-same"), SC("skip-all"), SC("auto-agree")};
    bool ok = true;
    size_t at;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        bool asks = xtree_is(c, "userTask") &&
                    (str_find(xtree_attr(c, "form"), S("!"), &at) || xtree_attr(c, "number").n || xtree_attr(c, "stamp").n);
        for (size_t i = 0; i < COUNT(words) && asks; i++)
            if (has_word(xtree_attr(c, "rule"), words[i]))
                ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                             "用户任务“%.*s”有必填的内容或要取号、记时，不能写 %.*s 自动同意；请去掉其中一样", PS(xtree_attr(c, "name")),
                             PS(words[i]));
        ok = alone_check(op, p, c) && ok;
    }
    return ok;
}

/* Who is said to agree or not (zw:agrees) can say no, and no leads somewhere. Versions that were kept before are not asked. */
[[nodiscard]] static bool agrees_check(struct op *op, const struct procedure *p, const struct xtree *e)
{
    bool ok = true;
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        int node = xtree_is(c, "userTask") ? bpmn_node(p->model, xtree_attr(c, "id")) : -1;
        if (node >= 0 && bpmn_node_people(p->model, node)->agrees && !bpmn_asks_outcome(p->model, node))
            ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(p->file), c->line),
                         "用户任务“%.*s”要表态（zw:agrees），后面却没有条件读 outcome，不同意没有去处；请在它后面加一个判断，"
                         "不同意（outcome = \"refuse\"）走另一条路",
                         PS(xtree_attr(c, "name")));
        ok = agrees_check(op, p, c) && ok;
    }
    return ok;
}

/* What numbers, stamps and words are put into: with the forms, what its steps fill in. */
static void filled_all(struct op *op, struct procedure *p, const struct xtree *root)
{
    struct filled filled = {0};
    filled_find(op, p, root, &filled);
    for (size_t i = 0; i < p->word_count; i++)
        filled_add(op, p, p->words[i].field, &filled);
    for (size_t i = 0; i < p->number_count; i++)
        filled_add(op, p, p->numbers[i].field, &filled);
    for (size_t i = 0; i < p->stamp_count; i++)
        filled_add(op, p, p->stamps[i].field, &filled);
    p->filled = (const struct field *const *)filled.p;
    p->filled_count = filled.n;
}

bool model_fill(struct op *op, const struct flow *flow, struct procedure *p, const struct xtree *root)
{
    struct task_words copies = {0}, seats = {0};
    struct numbers numbers = {0};
    struct stamps stamps = {0};
    struct words words = {0};
    struct recorders recorders = {0};
    struct clocks clocks = {0};
    struct calls calls = {0};
    bool ok = people_check(op, p, root);
    ok = rules_find(op, flow, p, root) && ok; /* all that is wrong is told at once */
    ok = numbers_find(op, p, root, &numbers) && ok;
    ok = stamps_find(op, p, root, &stamps) && ok;
    ok = nones_find(op, flow->town, p, root) && ok;
    ok = words_find(op, p, root, &words) && ok;
    ok = clocks_find(op, flow->town, p, root, &clocks) && ok;
    asked_find(op, p, root);
    p->leads = leads_find(p, root);
    over_find(op, p, root);
    task_words_find(op, p, root, "copy", &copies);
    task_words_find(op, p, root, "who", &seats);
    recorders_find(op, p, root, &recorders);
    calls_find(op, p, root, &calls);
    p->copies = copies.p;
    p->copy_count = copies.n;
    p->seats = seats.p;
    p->seat_count = seats.n;
    p->numbers = numbers.p;
    p->number_count = numbers.n;
    p->stamps = stamps.p;
    p->stamp_count = stamps.n;
    p->words = words.p;
    p->word_count = words.n;
    p->recorders = recorders.p;
    p->recorder_count = recorders.n;
    p->clocks = clocks.p;
    p->clock_count = clocks.n;
    p->calls = calls.p;
    p->call_count = calls.n;
    filled_all(op, p, root);
    return starts_find(op, p, root) && ok;
}

bool procedure_read(struct op *op, const struct flow *flow, struct procedure *p)
{
    struct bpmn_doc doc = {p->file, p->text};
    struct xtree *root;
    return process_read(op, flow->town, p) && bpmn_load(op, &doc, NULL, &p->model) && xtree_parse(op, p->text, p->file, &root) &&
           model_fill(op, flow, p, root);
}

bool answers_check(struct op *op, const struct procedure *p, const struct xtree *root)
{
    bool ok = alone_check(op, p, root);
    return agrees_check(op, p, root) && ok;
}

[[nodiscard]] static bool procedure_add(struct flow *flow, const struct pack_file *file)
{
    struct op *op = flow->op;
    struct procedure *p = op_new(op, struct procedure);
    struct xtree *root;
    *p = (struct procedure){.pack = file->pack, .file = file->said, .key = str_part(file->name, 0, file->name.n - S(".bpmn").n)};
    if (flow->all.n == FLOW_PROCEDURES_MAX)
        return op_fail(op, FAULT_INPUT, p->file, "流程超过 %d 个", FLOW_PROCEDURES_MAX);
    if (flow_procedure(flow, p->key, 0))
        return op_fail(op, FAULT_INPUT, p->file, "流程“%.*s”在别的业务包里已经有了；请改文件名", PS(p->key));
    if (!file_read(op, file->path, FLOW_MODEL_BYTES_MAX, &p->text) || !xml_text(op, p->text, p->file, &p->text) ||
        !procedure_read(op, flow, p) || !xtree_parse(op, p->text, p->file, &root) || !answers_check(op, p, root))
        return false;
    p->hash = procedure_digest(op, p->text);
    *list_add(op, &flow->all) = p;
    return true;
}

bool packs_read(struct op *op, const struct town *town, str packs_folder, struct flow **ret)
{
    struct flow *flow = *ret = op_new(op, struct flow);
    *flow = (struct flow){.op = op, .town = town, .packs = op_copy(op, packs_folder)};
    struct pack_file *files;
    size_t count;
    bool ok = true;
    if (town_ledger(town, CASE_LEDGER))
        return op_fail(op, FAULT_INPUT, CASE_LEDGER, "台账的英文名 flow 留给流程的留痕，请换一个");
    if (!pack_files(op, packs_folder, S("procedures"), S(".bpmn"), &files, &count) ||
        !policies_load(op, town, packs_folder, &flow->policies))
        return false;
    for (size_t i = 0; i < count; i++)
        ok = procedure_add(flow, &files[i]) && ok;
    ok = prints_load(op, flow, packs_folder) && ok;
    flow->packed_count = flow->all.n;
    struct procedure **packed = op_array(op, struct procedure *, flow->all.n + 1);
    for (size_t i = 0; i < flow->all.n; i++)
        packed[i] = flow->all.p[i];
    flow->packed = packed;
    latest_find(flow);
    for (size_t i = 0; i < flow->all.n; i++)
        ok = calls_check(op, flow, flow->all.p[i]) && ok;
    return ok;
}

bool flow_parse(struct op *op, const struct town *town, str packs_folder, struct flow **ret)
{
    return packs_read(op, town, packs_folder, ret) && prints_check(op, *ret);
}

const struct procedure *flow_procedure(const struct flow *flow, str key, int64_t version)
{
    const struct procedure *best = NULL;
    for (size_t i = 0; i < flow->all.n; i++) {
        const struct procedure *p = flow->all.p[i];
        if (str_eq(p->key, key) && (version ? p->version == version : !best || p->version > best->version))
            best = p;
    }
    return best;
}

struct policies *flow_policies(const struct flow *flow)
{
    return flow->policies;
}

size_t flow_procedures(const struct flow *flow, const struct procedure *const **ret)
{
    *ret = flow->latest;
    return flow->latest_count;
}

bool flow_fills(const struct flow *flow, const struct ledger *l, const struct field *f)
{
    for (size_t i = 0; i < flow->latest_count; i++)
        for (size_t k = 0; flow->latest[i]->ledger == l && k < flow->latest[i]->filled_count; k++)
            if (flow->latest[i]->filled[k] == f)
                return true;
    return false;
}
