/* The files of a replay: read, and checked for words that mean nothing. */
#include "replay/inner.h"

static const str file_members[] = {SC("说明"), SC("起"), SC("止"), SC("数"), SC("义"), SC("界"), SC("镇"), SC("词"), SC("账号"),
                                   SC("事")};
static const str event_members[] = {SC("事"), SC("日"), SC("到"), SC("时"), SC("账号"), SC("次数"), SC("每"), SC("分"),
                                    SC("做"), SC("不避假"), SC("核对"), SC("说明")};
static const str step_members[] = {SC("隔"),   SC("时"),   SC("账号"), SC("每"),   SC("新增"), SC("值"),
                                   SC("记作"), SC("修改"), SC("因"),   SC("流转"), SC("启动"), SC("办"),
                                   SC("动作"), SC("意见"), SC("筛查"), SC("对象"), SC("台账"), SC("认"),
                                   SC("专项"), SC("办理"), SC("核定"), SC("逐户"), SC("定稿"), SC("被拒绝")};
static const str each_members[] = {SC("台账"), SC("条件"), SC("取"), SC("均"), SC("带"), SC("记"), SC("记作"), SC("够")};
static const str enough_members[] = {SC("字段"), SC("共")};
static const str town_members[] = {SC("人口"), SC("村组")};
static const str share_members[] = {SC("共"), SC("至少"), SC("至多")};
static const str login_members[] = {SC("登录"), SC("称"), SC("姓名"), SC("角色"), SC("干部"), SC("村组"), SC("每"), SC("演示")};

bool script_wrong(struct play *p, str file, const struct json *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = op_vtext(p->keep, format, args);
    va_end(args);
    return op_fail(p->keep, FAULT_INPUT, op_text(p->keep, "%.*s 第%d行", PS(file), at ? at->line : 1), "%.*s", PS(text));
}

bool script_known(struct play *p, str file, const struct json *object, const str *names, size_t count)
{
    if (object->kind != JSON_OBJECT)
        return script_wrong(p, file, object, "这里须是 {…}");
    for (const struct json *m = object->first; m; m = m->next) {
        size_t i = 0;
        while (i < count && !str_eq(names[i], m->key))
            i++;
        if (i == count)
            return script_wrong(p, file, m, "没有“%.*s”这一项；可写：%.*s", PS(m->key),
                                PS(op_join(p->keep, names, count, S("、"))));
    }
    return true;
}
#define KNOWN(p, file, object, names) script_known(p, file, object, names, COUNT(names))

static bool parts_good(struct play *p, str file, const struct json *object)
{
    const struct json *each = json_get(object, S("每")), *share = json_get(object, S("分"));
    const struct json *enough = json_get(each, S("够"));
    return (!each || KNOWN(p, file, each, each_members)) && (!enough || KNOWN(p, file, enough, enough_members)) &&
           (!share || KNOWN(p, file, share, share_members));
}

static bool event_good(struct play *p, str file, const struct json *e)
{
    const struct json *steps = json_get(e, S("做"));
    if (!KNOWN(p, file, e, event_members) || !parts_good(p, file, e))
        return false;
    if (!json_get(e, S("日")) || !json_str(e, S("事")).n)
        return script_wrong(p, file, e, "每件事须写明“事”和“日”");
    if (steps && (steps->kind != JSON_ARRAY || steps->count > REPLAY_STEPS_MAX))
        return script_wrong(p, file, steps, "“做”须是列表，至多 %d 步", REPLAY_STEPS_MAX);
    for (const struct json *s = steps ? steps->first : NULL; s; s = s->next)
        if (!KNOWN(p, file, s, step_members) || !parts_good(p, file, s))
            return false;
    return true;
}

static bool words_take(struct play *p, str file, const struct json *object)
{
    for (const struct json *m = object ? object->first : NULL; m; m = m->next) {
        feel_value *v = op_new(p->keep, feel_value);
        if (m->kind != JSON_NUMBER && m->kind != JSON_ARRAY && m->kind != JSON_STRING)
            return script_wrong(p, file, m, "“%.*s”须是数字、文字或列表", PS(m->key));
        if (!feel_from_json(p->keep, m, NULL, v))
            return false;
        map_put(&p->words, m->key, v);
    }
    return true;
}

static bool day_take(struct play *p, str file, const struct json *root, str key, day *ret)
{
    const struct json *j = json_get(root, key);
    return !j || (j->kind == JSON_STRING && day_parse(j->text, ret)) ||
           script_wrong(p, file, j, "“%.*s”须写成 2021-07-01 的样子", PS(key));
}

static bool file_good(struct play *p, const struct script_file *f)
{
    return KNOWN(p, f->name, f->root, file_members) && day_take(p, f->name, f->root, S("起"), &p->from) &&
           day_take(p, f->name, f->root, S("止"), &p->to);
}

static bool file_take(struct play *p, const struct script_file *f)
{
    if (!words_take(p, f->name, json_get(f->root, S("数"))) || !words_take(p, f->name, json_get(f->root, S("词"))))
        return false;
    const struct json *events = json_get(f->root, S("事")), *logins = json_get(f->root, S("账号"));
    for (const struct json *l = logins ? logins->first : NULL; l; l = l->next)
        if (!KNOWN(p, f->name, l, login_members) || !parts_good(p, f->name, l))
            return false;
    for (const struct json *e = events ? events->first : NULL; e; e = e->next) {
        if (!event_good(p, f->name, e))
            return false;
        *list_add(p->keep, &p->events) = (struct event){e, f->name, json_str(e, S("事"))};
    }
    return true;
}

static void word_take(struct play *p, str name, feel_value v)
{
    feel_value *kept = op_new(p->keep, feel_value);
    *kept = v;
    map_put(&p->words, name, kept);
}

static bool names_it(const struct json *json, str name)
{
    for (const struct json *m = json->first; m; m = m->next)
        if ((str_eq(m->key, S("记作")) && str_eq(m->text, name)) || names_it(m, name))
            return true;
    return false;
}

bool script_names(const struct play *p, str name)
{
    for (size_t i = 0; i < p->events.n; i++)
        if (names_it(p->events.p[i].json, name))
            return true;
    return false;
}

/* A counts file may only set what the script knows, to what can be counted: a slip of the pen must be told before
 * anything is played, and must not be counted as done. */
static bool counts_take(struct play *p)
{
    enum { COUNT_MAX = 1000000 };
    str path = p->options->counts, text;
    struct json *root;
    int64_t number;
    if (!path.n)
        return true;
    if (!file_read(p->keep, path, REPLAY_FILE_BYTES_MAX, &text) || !json_parse(p->keep, text, &root))
        return false;
    const struct json *counts = json_get(root, S("数"));
    if (!counts || counts->kind != JSON_OBJECT)
        return script_wrong(p, path, root, "须写成 {\"数\": {\"名\": 1, …}}");
    for (const struct json *m = counts->first; m; m = m->next) {
        const feel_value *known = map_get(&p->words, m->key);
        if (!known || known->kind != FEEL_NUMBER)
            return script_wrong(p, path, m, "回放里没有“%.*s”这个数", PS(m->key));
        if (m->kind != JSON_NUMBER || !json_int(m, &number) || number < 0 || number > COUNT_MAX)
            return script_wrong(p, path, m, "“%.*s”须是 0 到 %d 的整数", PS(m->key), COUNT_MAX);
        map_put(&p->given, m->key, (void *)m);
    }
    return words_take(p, path, counts);
}

/* 镇: {"人口": "人口", "村组": "村组数"}: which counts say how large a town is made. */
static bool town_take(struct play *p)
{
    for (size_t i = 0; i < p->file_count; i++) {
        const struct json *town = json_get(p->files[i].root, S("镇"));
        if (!town)
            continue;
        if (!KNOWN(p, p->files[i].name, town, town_members))
            return false;
        for (const struct json *m = town->first; m; m = m->next) {
            const feel_value *v = map_get(&p->words, m->text);
            if (!v || v->kind != FEEL_NUMBER)
                return script_wrong(p, p->files[i].name, m, "“镇”里写的须是“数”里的数");
        }
        p->people_count = json_str(town, S("人口"));
        p->groups_count = json_str(town, S("村组"));
    }
    return true;
}

/* --people says it, or the script does. */
static bool people_take(struct play *p)
{
    str name = p->people_count;
    int64_t asked = p->options->people;
    if (asked < 0 || !name.n)
        return true;
    const feel_value *v = map_get(&p->words, name);
    int64_t n;
    if (map_get(&p->given, name) && dec_scaled(v->number, 0, &n) && n != asked)
        return op_fail(p->keep, FAULT_INPUT, S("--people"), "这里是 %lld，--counts 的文件里“%.*s”是 %lld；请只写一处", (long long)asked,
                       PS(name), (long long)n);
    count_keep(p, name, asked);
    map_put(&p->given, name, (void *)p);
    return true;
}

/* The names of the counts that were given, for the bounds of others. */
static void given_take(struct play *p)
{
    struct { feel_value *p; size_t n, cap; } names = {0};
    for (size_t i = 0; i < p->file_count; i++) {
        const struct json *counts = json_get(p->files[i].root, S("数"));
        for (const struct json *m = counts ? counts->first : NULL; m; m = m->next)
            if (map_get(&p->given, m->key))
                *list_add(p->keep, &names) = feel_of_text(m->key);
    }
    word_take(p, S("另给"), feel_of_list(names.p, names.n));
}

int64_t script_count(const struct play *p, str name, int64_t usual)
{
    const feel_value *v = name.n ? map_get(&p->words, name) : NULL;
    int64_t n;
    return v && v->kind == FEEL_NUMBER && dec_scaled(v->number, 0, &n) ? n : usual;
}

/* ---- other days -------------------------------------------------------------------------------------------------- */

/* 2021-10-08 at this place, alone. */
static bool date_at(str text, size_t i, day *ret)
{
    enum { DATE_BYTES = sizeof "2021-10-08" - 1 };
    if (i + DATE_BYTES > text.n || (i > 0 && is_digit(text.p[i - 1])) ||
        (i + DATE_BYTES < text.n && is_digit(text.p[i + DATE_BYTES])))
        return false;
    return text.p[i + 4] == '-' && text.p[i + 7] == '-' && is_digit(text.p[i]) &&
           day_parse(str_part(text, i, i + DATE_BYTES), ret);
}

/* Every date that the script writes, in texts and in expressions, moves by as many days. */
static void dates_move(struct op *op, struct json *j, day by)
{
    for (struct json *m = j->first; m; m = m->next)
        dates_move(op, m, by);
    if (j->kind != JSON_STRING)
        return;
    struct buf b;
    bool moved = false;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < j->text.n;) {
        day d;
        if (date_at(j->text, i, &d)) {
            str text = day_text(op, d + by);
            buf_add(&b, text);
            i += text.n;
            moved = true;
        } else {
            buf_byte(&b, j->text.p[i++]);
        }
    }
    if (moved)
        j->text = op_copy(op, buf_str(&b));
}

/* 年度 is the year of the last day, 半年 its half: 2021, 2021H2. */
static void period_take(struct play *p)
{
    struct date last = date_of(p->to);
    word_take(p, S("年度"), feel_of_int(last.year));
    word_take(p, S("半年"), feel_of_text(op_text(p->keep, "%dH%d", last.year, last.month > 6 ? 2 : 1)));
}

static bool period_move(struct play *p)
{
    if (p->from == 0 || p->to < p->from || p->to - p->from > REPLAY_DAYS_MAX)
        return op_fail(p->keep, FAULT_INPUT, op_text(p->keep, "%.*s/replay", PS(p->options->packs)),
                       "回放须写明“起”和“止”，至多 %d 天", REPLAY_DAYS_MAX);
    enum { WEEK = 7 };
    day by = p->options->to ? p->options->to - p->to : 0;
    by -= ((by % WEEK) + WEEK) % WEEK;
    if (by)
        for (size_t i = 0; i < p->file_count; i++)
            dates_move(p->keep, p->files[i].root, by);
    p->moved = by;
    p->from += by;
    p->to += by;
    period_take(p);
    return true;
}

[[nodiscard]] static bool files_read(struct play *p)
{
    str folder = op_text(p->keep, "%.*s/replay", PS(p->options->packs)), *names;
    size_t count;
    folder_files(p->keep, folder, S(".json"), &names, &count);
    p->files = op_array(p->keep, struct script_file, count);
    for (size_t i = 0; i < count; i++) {
        struct json *root;
        str text;
        if (!file_read(p->keep, op_text(p->keep, "%.*s/%.*s", PS(folder), PS(names[i])), REPLAY_FILE_BYTES_MAX, &text))
            return false;
        if (!json_parse(p->keep, text, &root))
            return script_wrong(p, names[i], NULL, "不是正确的 JSON");
        p->files[p->file_count] = (struct script_file){names[i], root};
        if (!file_good(p, &p->files[p->file_count++]))
            return false;
    }
    return true;
}

bool replay_begins(struct op *op, str packs, day *ret)
{
    struct replay_options options = {.packs = packs};
    struct play p = {.keep = op, .options = &options};
    if (!files_read(&p))
        return false;
    *ret = p.from;
    return true;
}

/* 至少 1、至多 599：why; of an edge that only the town knows, why alone. */
static str bound_said(struct op *op, const struct json *bound)
{
    static const str edges[] = {SC("至少"), SC("至多")};
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; i < COUNT(edges); i++) {
        const struct json *j = json_get(bound, edges[i]);
        if (j && j->kind == JSON_NUMBER)
            buf_text(&b, "%s%.*s %.*s", buf_str(&b).n ? "、" : "", PS(edges[i]), PS(j->text));
    }
    str why = json_str(bound, S("因"));
    if (why.n)
        buf_text(&b, "%s%.*s", buf_str(&b).n ? "：" : "", PS(why));
    return buf_str(&b);
}

bool replay_counts(struct op *op, str packs, struct replay_count **ret, size_t *ret_count)
{
    struct replay_options options = {.packs = packs};
    struct play p = {.keep = op, .options = &options};
    struct { struct replay_count *p; size_t n, cap; } all = {0};
    if (!files_read(&p))
        return false;
    for (size_t i = 0; i < p.file_count; i++) {
        const struct json *root = p.files[i].root, *counts = json_get(root, S("数"));
        for (const struct json *m = counts ? counts->first : NULL; m; m = m->next)
            *list_add(op, &all) = (struct replay_count){m->key, m->text, json_str(json_get(root, S("义")), m->key),
                                                        bound_said(op, json_get(json_get(root, S("界")), m->key))};
    }
    *ret = all.p;
    *ret_count = all.n;
    return true;
}

bool script_load(struct play *p)
{
    if (!files_read(p) || !period_move(p))
        return false;
    for (size_t i = 0; i < p->file_count; i++)
        if (!file_take(p, &p->files[i]))
            return false;
    if (!counts_take(p) || !town_take(p) || !people_take(p))
        return false;
    given_take(p);
    return bounds_check(p, false);
}
