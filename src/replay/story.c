/* Stories told one after another in one town: each in a transaction that is taken back. */
#include "policy/policy.h"
#include "replay/story_inner.h"

#define HOUR_MS ((time_ms)3600 * 1000)

/* ---- time -------------------------------------------------------------------------------------------------------- */

/* Clocks of cases ring at their own moments on the way. */
static bool time_pass(struct story *s, time_ms to)
{
    struct play *p = s->p;
    time_ms next;
    bool found;
    int done;
    for (;;) {
        if (!flow_next(p->tx, p->flow, &next, &found))
            return false;
        if (!found || next > to)
            break;
        if (next > p->op->now)
            p->op->now = next;
        if (!flow_tick_within(p->tx, p->flow, &done))
            return false;
    }
    if (to > p->op->now)
        p->op->now = to;
    return true;
}

/* 时间 2021-08-02 09:30 */
static bool time_set(struct story *s)
{
    day d;
    int64_t hour = 9, minute = 0;
    str clock = s->at->word_count > 2 ? s->at->words[2] : S("09:00"), h, m;
    bool good = s->at->word_count > 1 && day_parse(s->at->words[1], &d) && str_split(clock, ':', &h, &m);
    struct json hours = {.kind = JSON_NUMBER, .text = str_starts(h, S("0")) ? str_part(h, 1, h.n) : h};
    struct json minutes = {.kind = JSON_NUMBER, .text = str_starts(m, S("0")) ? str_part(m, 1, m.n) : m};
    if (!good || !json_int(&hours, &hour) || !json_int(&minutes, &minute))
        return story_wrong(s, "时间须写成：时间 2021-08-02 09:30");
    time_ms at = (time_ms)d * 24 * HOUR_MS - TOWN_OFFSET_MS + hour * HOUR_MS + minute * 60000;
    return at >= s->p->op->now ? time_pass(s, at) : story_wrong(s, "时间不能往回走");
}

/* 过 3 天 ; 过 2 小时 ; 过 20 分钟 ; 过 5 个工作日 */
static bool time_wait(struct story *s)
{
    str unit = s->at->word_count > 2 ? s->at->words[2] : S("");
    struct json number = {.kind = JSON_NUMBER, .text = s->at->word_count > 1 ? s->at->words[1] : S("")};
    static const struct {
        str name;
        time_ms step;
    } units[] = {{SC("天"), 24 * HOUR_MS}, {SC("小时"), HOUR_MS}, {SC("分钟"), HOUR_MS / 60}, {SC("个工作日"), 24 * HOUR_MS}};
    time_ms now = s->p->op->now, step = 0;
    bool guessed, working = str_eq(unit, S("个工作日"));
    int64_t n;
    for (size_t i = 0; i < COUNT(units); i++)
        step = str_eq(unit, units[i].name) ? units[i].step : step;
    if (!json_int(&number, &n) || n < 0 || n > 3700 || !step)
        return story_wrong(s, "须写成：过 3 天、过 2 小时、过 20 分钟、过 5 个工作日");
    if (working)
        n = work_calendar_after(town_calendar(s->p->town), day_at(now), (int)n, &guessed) - day_at(now);
    return time_pass(s, now + n * step);
}

/* 期间 2021-07-01: figures are counted from that day. */
static bool period_set(struct story *s)
{
    return (s->at->word_count > 1 && day_parse(s->at->words[1], &s->from)) || story_wrong(s, "须写成：期间 2021-07-01");
}

/* ---- a sentence -------------------------------------------------------------------------------------------------- */

static const struct {
    str word;
    bool (*run)(struct story *s);
} others[] = {{SC("时间"), time_set}, {SC("过"), time_wait},   {SC("期间"), period_set},
              {SC("找"), story_find}, {SC("应当"), story_see}, {SC("试"), story_try}};

static str faults_told(struct op *op, int after)
{
    struct buf b;
    int i = 0;
    buf_init(&b, op, 0);
    for (const struct fault *f = op->faults; f; f = f->next, i++)
        if (i >= after)
            buf_text(&b, "%s%.*s%s%.*s", b.n ? "；" : "", PS(f->field), f->field.n ? "：" : "", PS(f->text));
    return buf_str(&b);
}

static bool run(struct story *s)
{
    for (size_t i = 0; i < COUNT(others); i++)
        if (s->at->word_count && str_eq(s->at->words[0], others[i].word))
            return others[i].run(s);
    return story_do(s);
}

/* What is refused leaves nothing; what should be refused must be, in those words. */
static bool sentence(struct story *s)
{
    struct op *op = s->p->op;
    int faults = op->fault_count;
    str refusal = story_line(s->at, S("被拒绝"));
    size_t at;
    if (!store_part_begin(s->p->tx))
        return false;
    bool done = run(s);
    if (!refusal.n || s->wrong)
        return done ? store_part_keep(s->p->tx) : false;
    if (done)
        return op_fail(op, FAULT_CONFLICT, S(""), "本应被拒绝（%.*s），却办成了", PS(refusal));
    str told = faults_told(op, faults);
    if (!str_find(told, refusal, &at))
        return op_fail(op, FAULT_CONFLICT, S(""), "拒绝的话里没有“%.*s”", PS(refusal));
    op_forgive(op, faults);
    return store_part_undo(s->p->tx);
}

static bool tell(struct story *s, const struct story_text *text, struct story_told *told)
{
    for (size_t i = 0; i < text->count; i++) {
        s->at = &text->sentences[i];
        told->line = s->at->line;
        if (!sentence(s))
            return false;
        s->p->op->now += 1000;
    }
    return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------------- */

static void one(struct play *p, const struct indicators *indicators, const struct templates *templates, str file,
                struct story_told *ret)
{
    struct op op;
    struct story_text text;
    struct story s = {.p = p, .indicators = indicators, .templates = templates, .from = p->from};
    struct map told, words = p->words;
    op_init(&op, (time_ms)(p->to + 1) * 24 * HOUR_MS, p->options->seed ^ str_hash(file));
    p->op = p->keep = &op;
    map_init(&s.names, &op);
    map_init(&told, &op);
    map_init(&p->words, &op); /* what is screened in one story is not known in the next */
    for (size_t i = 0; i < words.count; i++)
        map_put(&p->words, words.entries[i].key, words.entries[i].value);
    p->told = &told;
    bool good = story_read(&op, file, &text) && store_begin(p->store, &op, TX_BULK, &p->tx);
    ret->name = good ? op_copy(p->chance, text.name) : S("");
    good = good && tell(&s, &text, ret);
    if (!good)
        ret->trouble = op_copy(p->chance, faults_told(&op, 0));
    if (!good && !ret->trouble.n)
        ret->trouble = S("没有办成");
    if (p->tx)
        store_abandon(p->tx);
    p->tx = NULL;
    p->told = NULL;
    p->words = words;
    op_done(&op);
}

bool stories_run(struct op *op, struct store *store, const struct town *town, const struct flow *flow,
                 const struct indicators *indicators, const struct story_options *options, struct story_count *ret)
{
    const struct replay_options played = {
        .packs = options->packs, .people = STORY_PEOPLE, .seed = 1, .days = STORY_AFTER_DAYS};
    struct templates *templates;
    struct op keep;
    struct play p;
    str *files;
    size_t count;
    *ret = (struct story_count){0};
    if (!story_files(op, options->path, &files, &count) ||
        !templates_load(op, town, indicators, options->packs, &templates))
        return false;
    op_init(&keep, op->now, played.seed);
    play_init(&p, &keep, op, store, town, flow, &played);
    bool made = play_all(&p);
    faults_copy(op, &keep);
    for (size_t i = 0; made && i < count; i++) {
        struct story_told told = {.file = files[i]};
        one(&p, indicators, templates, files[i], &told);
        ret->told++;
        ret->passed += told.trouble.n == 0;
        options->tell(options->context, &told);
    }
    op_done(&keep);
    return made;
}
