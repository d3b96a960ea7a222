/* A sentence in which somebody acts. Each verb is what a page's button does, under the same rights. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/policy.h"
#include "replay/story_inner.h"

static const struct who nobody = {.name = S("系统"), .system = true};

/* 叫 名: the last two words. */
static str called(const struct story *s)
{
    size_t n = s->at->word_count;
    return n > 2 && str_eq(s->at->words[n - 2], S("叫")) ? s->at->words[n - 1] : S("");
}

static str word(const struct story *s, size_t i)
{
    return i < s->at->word_count ? s->at->words[i] : S("");
}

static const struct ledger *ledger_of(struct story *s, str name)
{
    const struct ledger *l = town_ledger(s->p->town, name);
    if (!l)
        (void)!story_wrong(s, "没有台账“%.*s”", PS(name));
    return l;
}

/* 提醒：words that what was kept must have been kept with. */
static bool warned(struct story *s, const struct warning *warnings)
{
    str words = story_line(s->at, S("提醒"));
    size_t at;
    if (!words.n)
        return true;
    for (const struct warning *w = warnings; w; w = w->next)
        if (str_find(w->text, words, &at))
            return true;
    return op_fail(s->p->op, FAULT_CONFLICT, S(""), "没有提醒“%.*s”", PS(words));
}

/* ---- records ----------------------------------------------------------------------------------------------------- */

static bool add(struct story *s)
{
    struct play *p = s->p;
    const struct ledger *l = ledger_of(s, word(s, 2));
    const struct json *values;
    struct warning *warnings;
    struct record *r;
    if (!l || !story_values(s, l, &values) ||
        !record_add(p->tx, p->town, &s->person->who, l, values, &warnings, &r) || !warned(s, warnings) ||
        !flow_record_changed(p->tx, p->flow, &s->person->who, l, r))
        return false;
    if (called(s).n)
        story_name(s, called(s), (struct named){.kind = A_RECORD, .thing = {l, r->id}});
    return true;
}

static bool change(struct story *s)
{
    struct play *p = s->p;
    struct thing t;
    const struct json *values;
    struct warning *warnings;
    struct record *r;
    return story_record(s, word(s, 2), &t) && story_values(s, t.ledger, &values) &&
           record_get(p->tx, p->town, &nobody, t.ledger, t.id, &r) &&
           record_change(p->tx, p->town, &s->person->who, t.ledger, t.id, r->version, values, s->at->tail, &warnings,
                         &r) &&
           warned(s, warnings) && flow_record_changed(p->tx, p->flow, &s->person->who, t.ledger, r);
}

/* 便民中心 流转 投诉 到 办理、审核：reason */
static bool move(struct story *s)
{
    struct play *p = s->p;
    struct thing t;
    if (!story_record(s, word(s, 2), &t))
        return false;
    for (str rest = word(s, 4), state; str_take(&rest, S("、"), &state);) {
        struct record *r;
        if (!record_get(p->tx, p->town, &nobody, t.ledger, t.id, &r) ||
            !record_state(p->tx, p->town, &s->person->who, t.ledger, t.id, r->version, state, s->at->tail, &r))
            return false;
        p->op->now++;
    }
    return true;
}

static bool withdraw(struct story *s)
{
    struct play *p = s->p;
    struct thing t;
    struct record *r;
    return story_record(s, word(s, 2), &t) && record_get(p->tx, p->town, &nobody, t.ledger, t.id, &r) &&
           record_withdraw(p->tx, p->town, &s->person->who, t.ledger, t.id, r->version, s->at->tail, &r) &&
           flow_record_withdrawn(p->tx, p->flow, &s->person->who, t.ledger, t.id, s->at->tail);
}

static bool destroy(struct story *s)
{
    struct play *p = s->p;
    struct thing t;
    return story_record(s, word(s, 2), &t) &&
           record_destroy(p->tx, p->town, &s->person->who, t.ledger, t.id, s->at->tail, story_line(s->at, S("批准")));
}

static bool look(struct story *s)
{
    struct thing t;
    struct record *r;
    return story_record(s, word(s, 2), &t) && record_get(s->p->tx, s->p->town, &s->person->who, t.ledger, t.id, &r);
}

/* 党政办 查看敏感 张家 的 一卡通账号：核对回单 */
static bool reveal(struct story *s)
{
    struct thing t;
    struct json *values;
    str field = word(s, 4);
    return story_record(s, word(s, 2), &t) &&
           record_reveal(s->p->tx, s->p->town, &s->person->who, t.ledger, t.id, &field, 1, s->at->tail, &values);
}

static bool export_write(void *context, str bytes)
{
    buf_add(context, bytes);
    return true;
}

/* 党政办 导出 户 叫 花名册：条件 */
static bool export(struct story *s)
{
    struct play *p = s->p;
    const struct ledger *l = ledger_of(s, word(s, 2));
    struct buf b;
    int64_t rows;
    buf_init(&b, p->op, 0);
    struct export_options o = {.csv = true, .write = export_write, .context = &b};
    if (!l || !story_text_of(s, s->at->tail, &o.query.where) ||
        !export_list(p->tx, p->town, &s->person->who, l, &o, &rows))
        return false;
    if (called(s).n)
        story_name(s, called(s), (struct named){.kind = A_TEXT, .text = buf_str(&b)});
    return true;
}

bool story_find(struct story *s)
{
    struct play *p = s->p;
    const struct ledger *l = ledger_of(s, word(s, 1));
    struct list_query q = {.limit = 1};
    struct list_page page;
    if (!l || !story_text_of(s, s->at->tail, &q.where) || !list_read(p->tx, p->town, &nobody, l, &q, &page)) {
        s->wrong = true;
        return false;
    }
    if (!page.record_count)
        return story_wrong(s, "没有这样的“%.*s”：%.*s", PS(l->name), PS(q.where));
    story_name(s, called(s), (struct named){.kind = A_RECORD, .thing = {l, page.records[0].id}});
    return true;
}

/* ---- procedures -------------------------------------------------------------------------------------------------- */

static const struct procedure *procedure_of(const struct flow *flow, str name)
{
    const struct procedure *const *all;
    size_t n = flow_procedures(flow, &all);
    for (size_t i = 0; i < n; i++)
        if (str_eq(all[i]->name, name) || str_eq(all[i]->key, name))
            return all[i];
    return NULL;
}

/* 便民中心 启动 热线工单 于 投诉 */
static bool begin(struct story *s)
{
    struct play *p = s->p;
    const struct procedure *procedure = procedure_of(p->flow, word(s, 2));
    struct thing t;
    struct flow_done done;
    if (!procedure)
        return story_wrong(s, "没有流程“%.*s”", PS(word(s, 2)));
    return story_record(s, word(s, 4), &t) &&
           flow_start(p->tx, p->flow, &s->person->who, procedure, t.id, (id){0}, &done);
}

/* The seat that is meant: one's own open one, or any open one; to take back, the last that one closed. */
static const struct flow_seat *seat_of(const struct story *s, const struct flow_view *v, str task, int op,
                                       const struct flow_visit **ret_visit)
{
    bool any =
        op == DO_NUDGE || op == DO_SUSPEND || op == DO_RESUME || op == DO_END || op == DO_CANCEL || op == DO_COPY;
    for (size_t i = v->visit_count; i-- > 0;) {
        const struct flow_visit *visit = &v->visits[i];
        if (!str_eq(visit->name, task))
            continue;
        for (size_t k = 0; k < visit->seat_count; k++) {
            id account;
            const struct flow_seat *seat = &visit->seats[k];
            bool open = seat->state == SEAT_OPEN,
                 theirs = s->person && id_parse(seat->account, &account) && id_eq(account, s->person->account);
            *ret_visit = visit;
            if (op == DO_TAKE_BACK ? !open && theirs : open && (any || !s->person || theirs))
                return seat;
        }
    }
    return NULL;
}

static bool people_given(struct story *s, struct flow_act *a)
{
    struct {
        str *p;
        size_t n, cap;
    } who = {0};
    str names = S("");
    for (size_t i = 0; i + 1 < s->at->word_count; i++)
        if (str_eq(s->at->words[i], S("给")))
            names = s->at->words[i + 1];
    for (str name; str_take(&names, S("、"), &name);) {
        const struct person *one = story_person(s, name);
        if (!one)
            return story_wrong(s, "没有叫“%.*s”的人", PS(name));
        *list_add(s->p->op, &who) = id_text(s->p->op, one->account);
    }
    a->who = who.p;
    a->who_count = who.n;
    return true;
}

/* 退回 … 到 拟办: the latest visit of that task. */
static void target_given(const struct story *s, const struct flow_view *v, struct flow_act *a)
{
    for (size_t i = 0; i + 1 < s->at->word_count; i++)
        for (size_t k = 0; str_eq(s->at->words[i], S("到")) && k < v->visit_count; k++)
            if (str_eq(v->visits[k].name, s->at->words[i + 1]))
                a->target = v->visits[k].work;
}

static bool act_once(struct story *s, int op, struct thing t, bool *ret_seated)
{
    struct play *p = s->p;
    struct flow_page cases;
    struct flow_view v;
    struct flow_done done;
    const struct flow_visit *visit = NULL;
    const struct flow_seat *seat = NULL;
    const struct json *values = NULL;
    *ret_seated = false;
    if (!flow_of_record(p->tx, p->flow, &nobody, t.ledger, t.id, &cases))
        return false;
    if (!cases.count)
        return story_wrong(s, "“%.*s”上没有事项", PS(word(s, 2)));
    for (size_t i = cases.count; i-- > 0 && !seat;) { /* a record may have several; what a condition has begun may be the newest */
        if (!flow_view(p->tx, p->flow, &nobody, cases.items[i].case_id, &v))
            return false;
        if (!v.head.ended || i == 0)
            seat = seat_of(s, &v, word(s, 4), op, &visit);
    }
    if (!seat)
        return op_fail(p->op, FAULT_DENIED, S(""), "“%.*s”不在他的待办里；现在在：%.*s", PS(word(s, 4)),
                       PS(v.head.place));
    *ret_seated = true;
    struct flow_act a = {.case_id = v.head.case_id,
                         .rev = v.head.rev,
                         .seat = seat->seat,
                         .seat_rev = seat->rev,
                         .work = visit->work,
                         .other = -1,
                         .target = -1,
                         .op = op,
                         .opinion = s->at->tail};
    const struct person *who = s->person;
    id account;
    if (!who && id_parse(seat->account, &account))
        who = person_of(p, account);
    if (!who)
        return story_wrong(s, "办这件事的账号不在故事里");
    target_given(s, &v, &a);
    if (!people_given(s, &a) || (s->at->line_count && !story_values(s, t.ledger, &values)))
        return false;
    a.values = values && values->first ? values : NULL;
    return flow_do(p->tx, p->flow, &who->who, &a, &done);
}

/* 便民中心 退回 投诉 的 办理 到 签收：理由 ;  各人 同意 批次 的 申报：… until nobody has it. */
static bool act(struct story *s, int op)
{
    struct thing t;
    bool seated;
    if (!story_record(s, word(s, 2), &t))
        return false;
    if (s->person)
        return act_once(s, op, t, &seated);
    for (int acted = 0;; acted++) {
        int faults = s->p->op->fault_count;
        if (act_once(s, op, t, &seated))
            continue;
        if (seated || s->wrong || acted == 0)
            return false;
        op_forgive(s->p->op, faults);
        return true;
    }
}

/* ---- policies and reports ---------------------------------------------------------------------------------------- */

/* 社会事务办 筛查 冬春救助类别与金额 叫 筛查 */
static bool screen(struct story *s)
{
    struct play *p = s->p;
    return play_screen(p, &s->person->who, word(s, 2), called(s));
}

/* 社会事务办 核定 冬春救助类别与金额 的 甲户：reason, and below it 纳入：是 and 金额：800 */
static bool decide(struct story *s)
{
    struct thing t;
    dec yuan;
    str amount = story_line(s->at, S("金额"));
    struct screen_decision d = {.reason = s->at->tail, .included = str_eq(story_line(s->at, S("纳入")), S("是"))};
    if (!story_record(s, word(s, 4), &t))
        return false;
    if (amount.n && (!dec_parse(amount, &yuan) || !dec_scaled(yuan, 2, &d.amount_fen)))
        return story_wrong(s, "金额须是数");
    d.record = t.id;
    return play_decide(s->p, &s->person->who, word(s, 2), &d);
}

/* 社会事务办 定稿 冬春救助类别与金额 叫 名单 */
static bool make_final(struct story *s)
{
    return play_roster(s->p, &s->person->who, word(s, 2), called(s));
}

static bool period(struct story *s, struct report_ask *ask)
{
    str from = story_line(s->at, S("期起")), to = story_line(s->at, S("期止"));
    ask->from = s->from;
    ask->to = day_at(s->p->op->now);
    return ((!from.n || day_parse(from, &ask->from)) && (!to.n || day_parse(to, &ask->to))) ||
           story_wrong(s, "期起、期止须是日期");
}

/* 挂职副书记 出具 履职报告 叫 报告 */
static bool report(struct story *s)
{
    struct play *p = s->p;
    struct report_ask ask = {0};
    struct report *made;
    str name = story_line(s->at, S("报告人"));
    const struct person *of = name.n ? story_person(s, name) : NULL;
    const struct report_template *t = template_find(s->templates, word(s, 2));
    if (!t || (name.n && !of))
        return story_wrong(s, "没有这个报告模板或报告人");
    if (of) {
        ask.person = of->staff;
        ask.person_name = of->login.name;
    }
    if (!period(s, &ask) || !report_setup(p->tx) || !prose_read(p->tx, t, &ask) ||
        !report_make(p->tx, p->town, &s->person->who, s->indicators, t, &ask, &made))
        return false;
    story_name(s, called(s), (struct named){.kind = A_REPORT, .report = made});
    return true;
}

static bool freeze(struct story *s)
{
    struct named *named;
    struct frozen frozen;
    if (!story_named(s, word(s, 2), &named))
        return false;
    if (named->kind != A_REPORT)
        return story_wrong(s, "“%.*s”不是报告", PS(word(s, 2)));
    if (!report_freeze(s->p->tx, &s->person->who, named->report, &frozen))
        return false;
    named->frozen = frozen.id;
    return true;
}

/* 村书记1 专项 收费 的 开单 叫 名, and below it what the page would send: a name of the story, = FEEL, or words */
static bool work(struct story *s)
{
    struct op *op = s->p->op;
    struct buf b;
    struct json *asked;
    buf_init(&b, op, 0);
    struct json_out w = {&b, false};
    json_open(&w, '{');
    for (size_t i = 0; i < s->at->line_count; i++) {
        const struct line *line = &s->at->lines[i];
        feel_value v;
        if (str_eq(line->key, S("被拒绝")))
            continue;
        json_key(&w, line->key);
        struct named *named = map_get(&s->names, line->value);
        if (named && named->kind == A_RECORD)
            v = feel_of_text(id_text(op, named->thing.id));
        else if (!story_said(s, line->value, &v))
            return false;
        feel_to_json(op, &w, v);
    }
    json_close(&w, '}');
    return json_parse(op, buf_str(&b), &asked) &&
           play_work(s->p, &s->person->who, word(s, 2), word(s, 4), asked, called(s));
}

/* ---- the verbs --------------------------------------------------------------------------------------------------- */

static const struct {
    str verb;
    bool (*run)(struct story *s);
} verbs[] = {{SC("新增"), add},   {SC("修改"), change},     {SC("流转"), move},   {SC("作废"), withdraw},
             {SC("查看"), look},  {SC("查看敏感"), reveal}, {SC("导出"), export}, {SC("销毁"), destroy},
             {SC("启动"), begin}, {SC("筛查"), screen},     {SC("出具"), report}, {SC("冻结"), freeze},
             {SC("专项"), work},   {SC("核定"), decide},     {SC("定稿"), make_final}};

bool story_do(struct story *s)
{
    str who = word(s, 0), verb = word(s, 1);
    int op;
    bool all = str_eq(who, S("各人"));
    s->person = story_person(s, who);
    if (!s->person && !all)
        return story_wrong(s, "没有叫“%.*s”的人", PS(who));
    for (size_t i = 0; i < COUNT(verbs) && !all; i++)
        if (str_eq(verbs[i].verb, verb))
            return verbs[i].run(s);
    return flow_op_find(verb, &op) ? act(s, op) : story_wrong(s, "不懂“%.*s”这个动作", PS(verb));
}

/* ---- 试: may the packs be changed so? ----------------------------------------------------------------------------- */

/* All packs as they are, by links, and one more with what the story writes. */
static bool packs_with(struct story *s, str folder, str kind, str text)
{
    struct op *op = s->p->op;
    str packs = s->p->options->packs, *names, trial = op_text(op, "%.*s/trial", PS(folder));
    size_t count;
    char *here = realpath(op_z(op, packs), NULL);
    if (!here || !folder_list(op, packs, &names, &count)) {
        free(here);
        return op->fault_count ? false : op_fail(op, FAULT_SYSTEM, packs, "文件夹读不了");
    }
    str top = op_copy(op, str_z(here));
    free(here);
    bool done = true;
    for (size_t i = 0; i < count; i++)
        done = symlink(op_z(op, op_text(op, "%.*s/%.*s", PS(top), PS(names[i]))),
                       op_z(op, op_text(op, "%.*s/%.*s", PS(folder), PS(names[i])))) == 0 &&
               done;
    done = done && mkdir(op_z(op, trial), 0700) == 0 &&
           mkdir(op_z(op, op_text(op, "%.*s/%.*s", PS(trial), PS(kind))), 0700) == 0 &&
           file_make(op, op_text(op, "%.*s/pack.json", PS(trial)),
                    S("{\"业务包\": \"试用\", \"英文名\": \"trial\", \"次序\": 999}")) &&
           file_make(op, op_text(op, "%.*s/%.*s/thing.json", PS(trial), PS(kind)), text);
    return done || op_fail(op, FAULT_SYSTEM, folder, "临时文件写不了");
}

static int one_remove(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st, (void)kind, (void)where;
    return remove(path);
}

static void folder_remove(void *path)
{
    (void)nftw(path, one_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* 试 台账 / 试 政策, and the definition below it. */
bool story_try(struct story *s)
{
    struct op *op = s->p->op;
    struct town *town;
    struct policies *policies;
    struct buf text;
    bool policy = str_eq(word(s, 1), S("政策"));
    char *folder = op_z(op, S("/tmp/zhenwu-story-XXXXXX"));
    if (!policy && !str_eq(word(s, 1), S("台账")))
        return story_wrong(s, "只能试“台账”或“政策”");
    buf_init(&text, op, 0);
    for (size_t i = 0; i < s->at->line_count; i++)
        if (!str_eq(s->at->lines[i].key, S("被拒绝"))) {
            buf_add(&text, s->at->lines[i].text);
            buf_byte(&text, '\n');
        }
    if (!mkdtemp(folder)) {
        s->wrong = true;
        return op_fail(op, FAULT_SYSTEM, S("/tmp"), "临时文件夹建不了");
    }
    op_defer(op, folder_remove, folder);
    if (!packs_with(s, str_z(folder), policy ? S("policies") : S("ledgers"), buf_str(&text))) {
        s->wrong = true;
        return false;
    }
    return policy ? policies_load(op, s->p->town, str_z(folder), &policies) : town_parse(op, str_z(folder), &town);
}
