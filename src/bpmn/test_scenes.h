/* Scenes of an office, written once in src/bpmn/office.cases and played twice: by the game alone, and by the office that keeps
 * what it does. For scenes_test.c here and in flow.
 *
 *     == S3: what the title says
 *     A: 甲                            a user task and who does it; "-" nobody; after | attributes: | rule=ratio 2/3
 *     x: and                           a gateway: and, or, xor
 *     <…>                              BPMN as it is, {甲} standing for who does it
 *     > s A x B y e                    flows, one after another; s and e are there
 *     ? k j 紧急 = true                a flow with a condition
 *     ! k e                            the way that is taken else
 *     ++ 二                            another version of the model
 *     --
 *     甲 同意 = B:乙 C:丙              who does what, and who is asked then, by task; 阅: who has something to read; 划: how many
 *                                      opinions are struck; 完 撤销 终止: it has ended
 *     副甲/甲 同意 = B:乙              on another's seat
 *     丙 退回 A#2 × 有人办过           refused, in these words; nothing has changed
 *     * 紧急                           the record says so; 不急; 离任 甲; 代岗 副甲 甲; 等 31 (minutes, and what is late by then)
 *     * 限 B 7                         B is due by the end of the seventh day after the scene began. Only the office has a calendar
 *     * 批办单 A:甲 未办结             and paper: who stands on the slip, by task. The game alone passes over both */
#pragma once
#include "base/test.h"
#include "bpmn/acts.h"

#define SCENES "src/bpmn/office.cases"

struct scene_model {
    struct scene_model *next;
    str name, text;
};
struct scene_step {
    int line;
    str actor, owner, act, what, more, expect; /* what, more: the act's words; owner: whose seat, when another's */
    bool refused;
};
struct scene {
    str title;
    struct scene_model *models;
    struct { struct scene_step *p; size_t n, cap; } steps;
};
struct scenes {
    struct { struct scene *p; size_t n, cap; } list;
};

static inline str scene_word(str *rest)
{
    str word;
    *rest = str_trim(*rest);
    str_split(*rest, ' ', &word, rest);
    *rest = str_trim(*rest);
    return word;
}

static inline struct scene_step scene_step_read(str line, int number)
{
    struct scene_step s = {.line = number};
    str rest = line, expect = S("");
    size_t at;
    if (str_find(rest, S(" = "), &at) || (s.refused = str_find(rest, S(" × "), &at))) {
        expect = str_trim(str_part(rest, at + (s.refused ? strlen(" × ") : 3), rest.n));
        rest = str_part(rest, 0, at);
    }
    s.expect = expect;
    s.actor = scene_word(&rest);
    str_split(s.actor, '/', &s.actor, &s.owner);
    s.act = scene_word(&rest);
    s.what = scene_word(&rest);
    s.more = rest;
    return s;
}

static inline time_ms scene_minutes(const struct scene_step *step) /* of * 等 */
{
    time_ms minutes = 0;
    for (size_t i = 0; i < step->what.n; i++)
        minutes = minutes * 10 + (step->what.p[i] - '0');
    return minutes * 60000;
}

static inline void scenes_read(struct op *op, struct scenes *ret)
{
    str text, line;
    struct scene *scene = NULL;
    struct scene_model *model = NULL;
    bool playing = false;
    must(file_read(op, S(SCENES), 1 << 20, &text));
    for (int number = 1; text.n; number++) {
        str_split(text, '\n', &line, &text);
        if (line.n == 0 || str_starts(line, S("#")))
            continue;
        if (str_starts(line, S("== "))) {
            scene = list_add(op, &ret->list);
            *scene = (struct scene){.title = str_part(line, 3, line.n)};
        }
        if (str_starts(line, S("== ")) || str_starts(line, S("++ "))) {
            struct scene_model **end = &scene->models;
            while (*end)
                end = &(*end)->next;
            model = *end = op_new(op, struct scene_model);
            model->name = str_part(line, 3, line.n);
            playing = false;
        } else if (str_eq(line, S("--"))) {
            playing = true;
        } else if (playing) {
            *list_add(op, &scene->steps) = scene_step_read(line, number);
        } else {
            model->text = op_text(op, "%.*s%.*s\n", PS(model->text), PS(line));
        }
    }
}

/* Who does a task, as the room's models say it. */
typedef str scene_people(struct op *op, str names);

static inline void scene_raw(struct op *op, struct buf *b, str line, scene_people *people)
{
    str before, names;
    while (str_split(line, '{', &before, &line)) {
        str_split(line, '}', &names, &line);
        buf_text(b, "%.*s%.*s", PS(before), PS(people(op, names)));
    }
    buf_add(b, before);
}

static inline void scene_flow(struct buf *b, str from, str to, str condition)
{
    buf_text(b, "<sequenceFlow id=\"%.*s_%.*s\" sourceRef=\"%.*s\" targetRef=\"%.*s\">", PS(from), PS(to), PS(from), PS(to));
    if (condition.n)
        buf_text(b, "<conditionExpression xsi:type=\"tFormalExpression\">%.*s</conditionExpression>", PS(condition));
    buf_add(b, S("</sequenceFlow>"));
}

static inline void scene_node(struct op *op, struct buf *b, str name, str rest, str model, scene_people *people)
{
    static const char *const gateways[][2] = {{"and", "parallelGateway"}, {"or", "inclusiveGateway"}, {"xor", "exclusiveGateway"}};
    str names, attributes, attribute, line;
    for (size_t i = 0; i < COUNT(gateways); i++)
        if (str_eq(rest, str_z(gateways[i][0]))) {
            buf_text(b, "<%s id=\"%.*s\"", gateways[i][1], PS(name));
            while (model.n) {
                str_split(model, '\n', &line, &model);
                bool standard = str_eq(scene_word(&line), S("!")) && str_eq(scene_word(&line), name);
                str to = scene_word(&line);
                if (standard)
                    buf_text(b, " default=\"%.*s_%.*s\"", PS(name), PS(to));
            }
            buf_add(b, S("/>"));
            return;
        }
    str_split(rest, '|', &names, &attributes);
    buf_text(b, "<userTask id=\"%.*s\" name=\"%.*s\" %.*s", PS(name), PS(name), PS(people(op, str_trim(names))));
    while (str_trim(attributes).n) {
        str key, value;
        str_split(attributes, ';', &attribute, &attributes);
        str_split(str_trim(attribute), '=', &key, &value);
        buf_text(b, " zw:%.*s=\"%.*s\"", PS(key), PS(value));
    }
    buf_add(b, S("/>"));
}

static inline str scene_xml(struct op *op, const struct scene_model *m, const char *process, scene_people *people)
{
    struct buf b;
    str text = m->text, line;
    buf_init(&b, op, 0);
    buf_text(&b,
             "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
             "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:zw=\"urn:zhenwu\"><process id=\"p\" "
             "isExecutable=\"true\" %s><startEvent id=\"s\"/><endEvent id=\"e\"/>",
             process);
    while (text.n) {
        str_split(text, '\n', &line, &text);
        if (str_starts(line, S("<"))) {
            scene_raw(op, &b, line, people);
            continue;
        }
        str rest = line, first = scene_word(&rest);
        if (str_eq(first, S(">"))) {
            for (str from = scene_word(&rest); rest.n;) {
                str to = scene_word(&rest);
                scene_flow(&b, from, to, S(""));
                from = to;
            }
        } else if (str_eq(first, S("?")) || str_eq(first, S("!"))) {
            str from = scene_word(&rest), to = scene_word(&rest);
            scene_flow(&b, from, to, rest);
        } else {
            scene_node(op, &b, str_part(first, 0, first.n - 1), rest, m->text, people);
        }
    }
    buf_add(&b, S("</process></definitions>"));
    return buf_str(&b);
}

/* What is open, as a case line says it: one entry a task, in the order of their ids. */
struct scene_open {
    str node, people;
};
struct scene_opens {
    struct scene_open *p;
    size_t n, cap;
};

static inline void scene_open_add(struct op *op, struct scene_opens *all, str node, str person)
{
    size_t i = 0;
    while (i < all->n && str_cmp(all->p[i].node, node) < 0)
        i++;
    if (i == all->n || !str_eq(all->p[i].node, node)) {
        (void)list_add(op, all);
        for (size_t k = all->n - 1; k > i; k--)
            all->p[k] = all->p[k - 1];
        all->p[i] = (struct scene_open){node, S("")};
    }
    if (person.n)
        all->p[i].people = op_text(op, "%.*s%s%.*s", PS(all->p[i].people), all->p[i].people.n ? "、" : "", PS(person));
}

static inline str scene_state(struct op *op, const struct scene_opens *open, enum bpmn_end end, str readers, int struck)
{
    static const char *const ends[BPMN_ENDS] = {"", "完", "终止", "出错", "撤销"};
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, str_z(ends[end]));
    for (size_t i = 0; i < open->n; i++)
        buf_text(&b, "%s%.*s:%.*s", b.n ? " " : "", PS(open->p[i].node), PS(open->p[i].people));
    if (readers.n)
        buf_text(&b, " 阅:%.*s", PS(readers));
    if (struck)
        buf_text(&b, " 划:%d", struck);
    return buf_str(&b);
}

/* The act that a word of a case line names; -1: none. */
static inline int scene_op(str word)
{
    if (str_eq(word, S("直达")))
        return DO_BACK;
    if (str_eq(word, S("轮阅")))
        return DO_COPY;
    if (str_eq(word, S("跳转")))
        return DO_JUMP;
    for (int i = 0; i < DO_ACTS; i++)
        if (str_eq(word, str_z(bpmn_act_rules()[i].name)))
            return i;
    return -1;
}

static inline size_t scene_names(struct op *op, str text, str **ret)
{
    struct { str *p; size_t n, cap; } names = {0};
    str name;
    size_t at;
    while (text.n) {
        bool more = str_find(text, S("、"), &at);
        name = more ? str_part(text, 0, at) : text;
        text = more ? str_part(text, at + strlen("、"), text.n) : S("");
        *list_add(op, &names) = name;
    }
    *ret = names.p;
    return names.n;
}

/* ---- what a step is aimed at ------------------------------------------------------------------------------- */

struct scene_seat {
    int32_t seat, work;
    str person;
    enum bpmn_seat_state state;
};
struct scene_work {
    int32_t work;
    str node;
    bool open;
};
struct scene_copy {
    int32_t copy;
    str person;
};
struct scene_tok {
    int32_t tok;
    str node;
};
struct scene_word_said {
    int32_t number;
    str person;
};
/* A case as its room tells it, in the game's numbers. */
struct scene_seen {
    struct { struct scene_seat *p; size_t n, cap; } seats;
    struct { struct scene_work *p; size_t n, cap; } works;
    struct { struct scene_copy *p; size_t n, cap; } copies;
    struct { struct scene_tok *p; size_t n, cap; } toks;
    struct { struct scene_word_said *p; size_t n, cap; } words;
};

struct scene_aim {
    int op;
    int32_t seat, work, target, toks[4];
    size_t tok_count, who_count;
    str node, for_whom, *who;
    bool direct, in_order;
};

/* Their open seat; where they have none the last they had, so that the refusal is the rule's own. */
static inline int32_t scene_seat_of(const struct scene_seen *v, str person, bool acted)
{
    int32_t open = -1, last = -1, done = -1;
    for (size_t i = 0; i < v->seats.n; i++) {
        const struct scene_seat *s = &v->seats.p[i];
        if (!str_eq(s->person, person))
            continue;
        last = s->seat > last ? s->seat : last;
        open = s->state == SEAT_OPEN || s->state == SEAT_WAITING ? s->seat : open;
        done = s->state >= SEAT_AGREED && s->state <= SEAT_READ && s->seat > done ? s->seat : done;
    }
    return acted && done >= 0 ? done : !acted && open >= 0 ? open : last;
}

/* "A", or "A#2" for the second visit. */
static inline int32_t scene_work_of(const struct scene_seen *v, str text)
{
    str node, which;
    int32_t found = -1;
    int count = str_split(text, '#', &node, &which) ? which.p[0] - '0' : -1;
    for (size_t i = 0; i < v->works.n && count != 0; i++)
        if (str_eq(v->works.p[i].node, node)) {
            found = v->works.p[i].work;
            count--;
        }
    return found;
}

static inline struct scene_aim scene_aim_at(struct op *op, const struct scene_seen *v, const struct scene_step *step)
{
    struct scene_aim a = {.op = scene_op(step->act), .seat = -1, .work = -1, .target = -1};
    str whose = step->owner.n ? step->owner : step->actor, node, rest = step->what;
    if (a.op < 0)
        test_failed(SCENES, step->line, "no such act");
    must(a.op >= 0);
    if (bpmn_act_rules()[a.op].seats)
        a.seat = scene_seat_of(v, a.op == DO_REMOVE || a.op == DO_NUDGE ? step->what : whose, a.op == DO_TAKE_BACK);
    a.direct = str_eq(step->act, S("直达"));
    a.in_order = str_eq(step->act, S("轮阅"));
    if (a.op == DO_BACK)
        a.target = scene_work_of(v, step->what);
    else if (a.op == DO_ASSIGN)
        a.work = scene_work_of(v, step->what);
    else if (a.op == DO_HAND_OVER)
        a.for_whom = step->what;
    for (size_t i = 0; i < v->copies.n; i++)
        if ((a.op == DO_COPY_READ && str_eq(v->copies.p[i].person, step->actor)) ||
            (a.op == DO_COPY_RECALL && str_eq(v->copies.p[i].person, step->what)))
            a.target = v->copies.p[i].copy;
    for (size_t i = 0; i < v->words.n && a.op == DO_CORRECT; i++)
        if (str_eq(v->words.p[i].person, step->actor))
            a.target = v->words.p[i].number;
    for (size_t i = 0; a.op == DO_JUMP && rest.n; i++) {
        str_split(rest, '+', &node, &rest);
        for (size_t k = 0; k < v->toks.n; k++)
            if (str_eq(v->toks.p[k].node, node))
                a.toks[a.tok_count++] = v->toks.p[k].tok;
        a.node = step->more;
    }
    if (a.op == DO_ASSIGN || a.op == DO_HAND_OVER)
        a.who_count = scene_names(op, step->more, &a.who);
    else if (a.op == DO_COPY || (a.op >= DO_TRANSFER && a.op <= DO_BESIDE))
        a.who_count = scene_names(op, step->what, &a.who);
    return a;
}
