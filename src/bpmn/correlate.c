/* Correlation: which conversation a message belongs to (8.4.2 of the standard).
 *
 * A key is a set of properties; each property is retrieved from every message of the conversation. The first message that
 * a case sends or receives gives the key its values; after that only a message with the same values is for this case.
 * What a process binds to its own data (a subscription) goes by the data as they are at that moment. A message that no key
 * speaks of is for whoever waits for it.
 * The values are data of the case under the names of key and property, made by the firing that sent or received: an
 * undo takes them back. */
#include "bpmn/state.h"

/* ---- reading ----------------------------------------------------------------------------------------------- */

struct lists {
    struct {
        str *p;
        size_t n, cap;
    } properties;
    struct {
        struct correlation_key *p;
        size_t n, cap;
    } keys;
    struct {
        struct retrieval *p;
        size_t n, cap;
    } retrievals;
    struct {
        struct binding *p;
        size_t n, cap;
    } bindings;
};

static int property_named(struct bpmn *m, struct lists *l, str reference)
{
    const struct xtree *e = bpmn_target(m, reference);
    str key = e ? xtree_own(e, "id") : str_trim(reference);
    for (size_t i = 0; i < l->properties.n; i++)
        if (str_eq(l->properties.p[i], key))
            return (int)i;
    *list_add(m->op, &l->properties) = key;
    return (int)l->properties.n - 1;
}

static void property_read(struct bpmn *m, struct lists *l, const struct xtree *e, const struct bpmn_options *options)
{
    static const char *const path = "messagePath", *const tag = "correlationPropertyRetrievalExpression";
    int property = property_named(m, l, xtree_own(e, "id"));
    for (const struct xtree *c = xtree_first(e, tag); c; c = xtree_next(c, tag)) {
        const struct xtree *message = bpmn_target(m, xtree_own(c, "messageRef"));
        str key = message ? xtree_own(message, "id") : str_trim(xtree_own(c, "messageRef"));
        str name = message && xtree_own(message, "name").n ? xtree_own(message, "name") : key;
        *list_add(m->op, &l->retrievals) =
            (struct retrieval){property, name, key, bpmn_child_expression(m, c, path, options)};
    }
}

static void key_read(struct bpmn *m, struct lists *l, const struct xtree *e)
{
    struct correlation_key key = {.id = xtree_own(e, "id")};
    for (const struct xtree *c = xtree_first(e, "correlationPropertyRef"); c; c = xtree_next(c, "correlationPropertyRef"))
        *list_add(m->op, &key.properties) = property_named(m, l, c->text);
    if (key.properties.n)
        *list_add(m->op, &l->keys) = key;
}

static void subscription_read(struct bpmn *m, struct lists *l, const struct xtree *e, const struct bpmn_options *options)
{
    const struct xtree *key = bpmn_target(m, xtree_own(e, "correlationKeyRef"));
    static const char *const tag = "correlationPropertyBinding";
    for (const struct xtree *c = xtree_first(e, tag); c; c = xtree_next(c, tag))
        for (size_t k = 0; key && k < l->keys.n; k++)
            if (str_eq(l->keys.p[k].id, xtree_own(key, "id")))
                *list_add(m->op, &l->bindings) =
                    (struct binding){bpmn_node_of(m, e->up), (int)k,
                                     property_named(m, l, xtree_own(c, "correlationPropertyRef")),
                                     bpmn_child_expression(m, c, "dataPath", options)};
}

/* Keys stand in collaborations and conversations, subscriptions in processes. */
static void gather(struct bpmn *m, struct lists *l, const struct xtree *e, bool keys, const struct bpmn_options *options)
{
    for (const struct xtree *c = xtree_first(e, NULL); c; c = xtree_next(c, NULL)) {
        if (!bpmn_is(c, NULL) || xtree_is(c, "extensionElements"))
            continue;
        if (keys && xtree_is(c, "correlationProperty"))
            property_read(m, l, c, options);
        else if (keys && xtree_is(c, "correlationKey"))
            key_read(m, l, c);
        else if (!keys && xtree_is(c, "correlationSubscription"))
            subscription_read(m, l, c, options);
        else if (xtree_is(c, "collaboration") || xtree_is(c, "conversation") || xtree_is(c, "subConversation") ||
                 xtree_is(c, "process"))
            gather(m, l, c, keys, options);
    }
}

void bpmn_correlation_read(struct bpmn *m, const struct bpmn_options *options)
{
    struct lists l = {0};
    gather(m, &l, m->root, true, options);
    gather(m, &l, m->root, false, options);
    if (l.keys.n == 0)
        return;
    struct correlation *c = op_new(m->op, struct correlation);
    *c = (struct correlation){l.properties.p, l.properties.n, l.keys.p, l.keys.n, l.retrievals.p, l.retrievals.n,
                              l.bindings.p, l.bindings.n};
    m->correlation = c;
}

/* ---- what a message says ----------------------------------------------------------------------------------- */

struct message {
    const struct bpmn *m;
    const struct retrieval *retrieval;
    struct payload payload;
};

/* A message is its values under their names; one value alone is the message itself, and what is in it can be named too. */
static bool message_value(void *from, str name, feel_value *ret)
{
    const struct message *g = from;
    const struct payload *p = &g->payload;
    *ret = feel_null();
    for (size_t i = 0; i < p->count; i++)
        if (str_eq(p->values[i].name, name))
            *ret = p->values[i].value;
    if (!feel_is_null(*ret) || p->count != 1)
        return true;
    const feel_value whole = p->values[0].value;
    if (str_eq(name, g->retrieval->message) || str_eq(name, g->retrieval->element))
        *ret = whole;
    feel_value inside = feel_get(whole, name);
    if (!feel_is_null(inside))
        *ret = inside;
    return true;
}

static feel_value message_declared(void *from, int name)
{
    const struct message *g = from;
    feel_value value;
    message_value(from, g->m->names[name], &value);
    return value;
}

static const struct retrieval *retrieval_of(const struct correlation *c, int property, str message)
{
    for (size_t i = 0; i < c->retrieval_count; i++)
        if (c->retrievals[i].property == property && str_eq(c->retrievals[i].message, message))
            return &c->retrievals[i];
    return NULL;
}

static feel_value retrieve(struct bpmn_run *run, const struct retrieval *r, struct payload p)
{
    struct message message = {run->model, r, p};
    struct feel_run feel = {
        .op = run->op, .value = message_declared, .unknown = message_value, .from = &message};
    return r->path ? feel_eval(&feel, r->path) : feel_null();
}

/* A key is for a message if each of its properties can be retrieved from it. */
static bool concerns(const struct correlation *c, const struct correlation_key *key, str message)
{
    for (size_t i = 0; i < key->properties.n; i++)
        if (!retrieval_of(c, key->properties.p[i], message))
            return false;
    return true;
}

/* ---- what a case knows ------------------------------------------------------------------------------------- */

static str value_name(struct bpmn_run *run, const struct correlation_key *key, int property)
{
    return op_text(run->op, "%.*s/%.*s", PS(key->id), PS(run->model->correlation->properties[property]));
}

/* The process whose scope it is in: its own, or a called one. */
static int process_of(const struct bpmn_run *run, int32_t scope)
{
    for (; scope >= 0; scope = FIRE(run, scope).scope) {
        const struct node *n = &run->model->nodes[FIRE(run, scope).node];
        if (n->kind == NODE_CALL && n->called >= 0)
            return n->called;
    }
    return run->state.process;
}

static feel_value known(struct bpmn_run *run, int32_t scope, int key, int property)
{
    const struct correlation *c = run->model->correlation;
    int process = process_of(run, scope);
    for (size_t i = 0; i < c->binding_count; i++) {
        const struct binding *b = &c->bindings[i];
        if (b->process != process || b->key != key || b->property != property)
            continue;
        feel_value v = value_eval(run, scope, b->path, NULL, 0);
        if (!feel_is_null(v))
            return v;
    }
    return value_get(run, scope, value_name(run, &c->keys[key], property));
}

bool correlates(struct bpmn_run *run, int32_t scope, str message, struct payload p)
{
    const struct correlation *c = run->model->correlation;
    for (size_t k = 0; c && k < c->key_count; k++) {
        const struct correlation_key *key = &c->keys[k];
        if (!concerns(c, key, message))
            continue;
        for (size_t i = 0; i < key->properties.n; i++) {
            feel_value ours = known(run, scope, (int)k, key->properties.p[i]);
            if (!feel_is_null(ours) &&
                !feel_same(ours, retrieve(run, retrieval_of(c, key->properties.p[i], message), p)))
                return false;
        }
    }
    return true;
}

/* A conversation is one of the whole case; each instance of a repeated sub-process holds one of its own. */
static int32_t conversation(const struct bpmn_run *run, int32_t scope)
{
    for (; scope > 0; scope = FIRE(run, scope).scope)
        if (FIRE(run, scope).kind == FIRE_INSTANCE && FIRE(run, scope).tok >= 0)
            return scope;
    return 0;
}

void correlate(struct bpmn_run *run, int32_t scope, str message, struct payload p, int32_t fire)
{
    const struct correlation *c = run->model->correlation;
    for (size_t k = 0; c && k < c->key_count; k++) {
        const struct correlation_key *key = &c->keys[k];
        for (size_t i = 0; concerns(c, key, message) && i < key->properties.n; i++) {
            int property = key->properties.p[i];
            feel_value v = retrieve(run, retrieval_of(c, property, message), p);
            if (!feel_is_null(v) && feel_is_null(known(run, scope, (int)k, property)))
                value_local(run, conversation(run, scope), value_name(run, key, property), value_copy(run->op, v), fire);
        }
    }
}
