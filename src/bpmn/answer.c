/* What yes and no are called at a task: by the names of the flows that they take. */
#include "bpmn/model.h"

enum { WAYS_MAX = 2 };
/* 同意 is a step on one way; 不同意 may be one of two: 不予受理或一次告知补正. */
static const size_t names_max[BPMN_ANSWERS] = {[BPMN_YES] = 1, [BPMN_NO] = WAYS_MAX};
enum taking { TAKES_NOT, TAKES_MAYBE, TAKES_SURELY };

static size_t times(str s, str word)
{
    size_t n = 0, at;
    for (; str_find(s, word, &at); n++)
        s = str_part(s, at + word.n, s.n);
    return n;
}

/* Whether a flow is taken after that answer, as far as its condition says so: 结果 and the like are not known yet. */
static enum taking taken_by(const struct edge *e, enum bpmn_answer answer)
{
    static const struct {
        str text;
        enum bpmn_answer speaks_of;
    } votes[] = {{SC("outcome = \"agree\""), BPMN_YES},
                 {SC("outcome != \"refuse\""), BPMN_YES},
                 {SC("outcome = \"refuse\""), BPMN_NO},
                 {SC("outcome != \"agree\""), BPMN_NO}};
    static const str other_ways[] = {SC("not("), SC("if ")};
    str source = str_trim(feel_source(e->condition));
    bool all = times(source, S(" and ")) > 0, any = times(source, S(" or ")) > 0, plain = times(source, S("outcome")) == 1;
    for (size_t i = 0; i < COUNT(other_ways); i++)
        plain = plain && times(source, other_ways[i]) == 0;
    for (size_t i = 0; i < COUNT(votes) && plain; i++) {
        if (times(source, votes[i].text) == 0)
            continue;
        bool alone = str_eq(source, votes[i].text), mine = votes[i].speaks_of == answer;
        if (alone || (any && !all))
            return mine ? TAKES_SURELY : alone ? TAKES_NOT : TAKES_MAYBE;
        if (all && !any)
            return mine ? TAKES_MAYBE : TAKES_NOT;
    }
    return TAKES_MAYBE;
}

struct ways {
    int edges[WAYS_MAX];
    size_t count;
    bool nameless;
};

static void way_add(const struct bpmn *m, struct ways *w, int edge)
{
    if (w->count == WAYS_MAX || str_trim(m->edges[edge].name).n == 0)
        w->nameless = true;
    else
        w->edges[w->count++] = edge;
}

static struct ways ways_of(const struct bpmn *m, const struct node *n, enum bpmn_answer answer)
{
    struct ways w = {0};
    enum taking taken = TAKES_NOT;
    int otherwise = n->standard;
    for (size_t i = 0; i < n->out.n && taken != TAKES_SURELY; i++) {
        int edge = n->out.p[i];
        if (!m->edges[edge].condition) {
            otherwise = edge;
            continue;
        }
        taken = taken_by(&m->edges[edge], answer);
        if (taken != TAKES_NOT)
            way_add(m, &w, edge);
    }
    if (taken != TAKES_SURELY && otherwise >= 0)
        way_add(m, &w, otherwise);
    return w;
}

/* The exclusive gateway that decides right after it; NULL: none. */
static const struct node *asker_of(const struct bpmn *m, const struct node *n)
{
    for (size_t i = 0; i < m->node_count && n->out.n == 1; i++) {
        n = &m->nodes[m->edges[n->out.p[0]].target];
        if (n->kind != NODE_XOR)
            return NULL;
        if (n->out.n > 1)
            return n;
    }
    return NULL;
}

static void node_answers(struct bpmn *m, struct node *n)
{
    const struct node *asker = n->asks_outcome ? asker_of(m, n) : NULL;
    if (!asker)
        return;
    struct ways ways[] = {[BPMN_YES] = ways_of(m, asker, BPMN_YES), [BPMN_NO] = ways_of(m, asker, BPMN_NO)};
    if (ways[BPMN_YES].count == ways[BPMN_NO].count && ways[BPMN_YES].nameless == ways[BPMN_NO].nameless &&
        memcmp(ways[BPMN_YES].edges, ways[BPMN_NO].edges, sizeof ways->edges) == 0)
        return;
    for (int a = 0; a < BPMN_ANSWERS; a++) {
        struct buf b;
        buf_init(&b, m->op, 0);
        for (size_t i = 0; i < ways[a].count && !ways[a].nameless && ways[a].count <= names_max[a]; i++)
            buf_text(&b, "%s%.*s", i ? "或" : "", PS(str_trim(m->edges[ways[a].edges[i]].name)));
        n->answers[a] = buf_str(&b);
    }
}

str bpmn_answer_name(const struct bpmn *m, int node, enum bpmn_answer answer)
{
    must(node >= 0 && (size_t)node < m->node_count);
    return m->nodes[node].answers[answer];
}

void bpmn_name_answers(struct bpmn *m)
{
    for (size_t i = 0; i < m->node_count; i++)
        node_answers(m, &m->nodes[i]);
}
