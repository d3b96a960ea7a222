/* Data of a model as arrays: what items are called, associations as assignments, input sets, what a call hands over. */
#include "bpmn/model.h"

/* All references to one data object are that object, whatever states they are drawn with: it is called as the first
 * of them that has a name, else by its own. */
str bpmn_item_name(const struct bpmn *m, str reference)
{
    const struct xtree *e = bpmn_target(m, reference);
    if (e && xtree_is(e, "dataObjectReference") && bpmn_target(m, xtree_own(e, "dataObjectRef")))
        e = bpmn_target(m, xtree_own(e, "dataObjectRef"));
    const struct xtree *named = e && m->data_names.count ? map_get(&m->data_names, xtree_own(e, "id")) : NULL;
    str name = named ? xtree_own(named, "name") : e ? xtree_own(e, "name") : S("");
    return name.n && feel_name_valid(name) ? name : e ? xtree_own(e, "id") : str_trim(reference);
}

/* The items that an association must find: what lies outside the case (a data store) is always there. */
static void sources_read(struct bpmn *m, const struct xtree *association, struct data_map *map)
{
    static const char *const kinds[] = {"dataObject", "dataObjectReference", "property", "dataInput"};
    struct {
        str *p;
        size_t n, cap;
    } list = {0};
    for (const struct xtree *s = xtree_first(association, "sourceRef"); s; s = xtree_next(s, "sourceRef")) {
        const struct xtree *item = bpmn_target(m, s->text);
        bool inside = false;
        for (size_t i = 0; i < COUNT(kinds) && item; i++)
            inside |= xtree_is(item, kinds[i]);
        if (inside)
            *list_add(m->op, &list) = bpmn_item_name(m, s->text);
    }
    map->needs = list.p;
    map->need_count = list.n;
}

/* Data associations as assignments: source into target, or what the assignments say. */
void bpmn_maps_read(struct bpmn *m, const struct xtree *e, const char *tag, struct data_map **ret, size_t *ret_count,
                    const struct bpmn_options *options)
{
    struct {
        struct data_map *p;
        size_t n, cap;
    } list = {0};
    for (const struct xtree *a = xtree_first(e, tag); a; a = xtree_next(a, tag)) {
        const struct xtree *assign = xtree_first(a, "assignment"), *transform = xtree_first(a, "transformation");
        str target = bpmn_item_name(m, xtree_text(a, "targetRef"));
        size_t first = list.n;
        if (transform)
            *list_add(m->op, &list) =
                (struct data_map){.from = bpmn_expression(m, transform, transform->text, options), .to = target};
        for (; assign; assign = xtree_next(assign, "assignment"))
            *list_add(m->op, &list) =
                (struct data_map){.from = bpmn_child_expression(m, assign, "from", options),
                                  .to = bpmn_item_name(m, xtree_text(assign, "to"))};
        str source = bpmn_item_name(m, xtree_text(a, "sourceRef"));
        if (!transform && !xtree_first(a, "assignment") && xtree_first(a, "sourceRef"))
            *list_add(m->op, &list) =
                (struct data_map){.from = bpmn_expression(m, a, source, options), .to = target, .source = source};
        for (size_t i = first; i < list.n; i++)
            sources_read(m, a, &list.p[i]);
    }
    *ret = list.p;
    *ret_count = list.n;
}

static bool refers(const struct xtree *set, const char *list, str to)
{
    for (const struct xtree *r = xtree_first(set, list); r; r = xtree_next(r, list))
        if (str_eq(str_trim(r->text), str_trim(to)))
            return true;
    return false;
}

/* Whether an association hands that output on; one that stays inside is nobody's concern. */
static bool handed_on(const struct xtree *activity, str output)
{
    bool found = false;
    for (const struct xtree *a = xtree_first(activity, "dataOutputAssociation"); a && !found;
         a = xtree_next(a, "dataOutputAssociation"))
        found = refers(a, "sourceRef", output);
    return found;
}

/* Which outputs go together, and which of them an activity must have made when it completes (13.3.2). What a message brings is
 * its sender's to make, what repetitions make is collected by the loop: of those nothing is asked. */
static void out_sets_read(struct bpmn *m, struct node *n, const struct xtree *io)
{
    struct {
        struct input_set *p;
        size_t n, cap;
    } sets = {0};
    if (n->kind == NODE_RECEIVE || n->loop.kind != LOOP_NONE)
        return;
    for (const struct xtree *s = xtree_first(io, "outputSet"); s; s = xtree_next(s, "outputSet")) {
        struct {
            struct input *p;
            size_t n, cap;
        } members = {0};
        for (const struct xtree *r = xtree_first(s, "dataOutputRefs"); r; r = xtree_next(r, "dataOutputRefs"))
            *list_add(m->op, &members) =
                (struct input){bpmn_item_name(m, r->text), !refers(s, "optionalOutputRefs", r->text) &&
                                                               !refers(s, "whileExecutingOutputRefs", r->text) &&
                                                               handed_on(n->xml, r->text)};
        *list_add(m->op, &sets) = (struct input_set){members.p, members.n};
    }
    n->out_sets = sets.p;
    n->out_set_count = sets.n;
}

/* Of an activity and of an event that throws: which inputs go together, and which of them must be there before it
 * begins (13.3.2 of the standard). Where nothing is said of sets, nothing is waited for. */
void bpmn_sets_read(struct bpmn *m, struct node *n)
{
    bool event = n->kind == NODE_THROW || n->kind == NODE_END;
    const struct xtree *io = event ? n->xml : xtree_first(n->xml, "ioSpecification");
    struct {
        struct input_set *p;
        size_t n, cap;
    } sets = {0};
    struct {
        str *p;
        size_t n, cap;
    } slots = {0};
    if (!io || (!event && !node_is_activity(n->kind)))
        return;
    for (const struct xtree *d = xtree_first(io, "dataInput"); d; d = xtree_next(d, "dataInput"))
        *list_add(m->op, &slots) = bpmn_item_name(m, xtree_own(d, "id"));
    for (const struct xtree *s = xtree_first(io, "inputSet"); s; s = xtree_next(s, "inputSet")) {
        struct {
            struct input *p;
            size_t n, cap;
        } members = {0};
        for (const struct xtree *r = xtree_first(s, "dataInputRefs"); r; r = xtree_next(r, "dataInputRefs"))
            *list_add(m->op, &members) =
                (struct input){bpmn_item_name(m, r->text), !refers(s, "optionalInputRefs", r->text) &&
                                                               !refers(s, "whileExecutingInputRefs", r->text)};
        *list_add(m->op, &sets) = (struct input_set){members.p, members.n};
    }
    n->slots = slots.p;
    n->slot_count = slots.n;
    n->sets = sets.p;
    n->set_count = sets.n;
    m->asks_inputs = m->asks_inputs || sets.n;
    if (!event)
        out_sets_read(m, n, io);
}

static bool loop_refers(const struct node *n, const char *ref, const struct xtree *item)
{
    return str_eq(str_trim(xtree_text(xtree_first(n->xml, "multiInstanceLoopCharacteristics"), ref)), xtree_own(item, "id"));
}

/* What a call hands over is called by the caller's names outside and by the called process's names inside; which is
 * which follows from their order. Where the list of a multi-instance call stands outside, one of its items stands inside. */
void bpmn_call_data(struct bpmn *m, struct node *n, const struct node *called, const struct bpmn_options *options)
{
    const struct xtree *ours = xtree_first(n->xml, "ioSpecification");
    const struct xtree *theirs = xtree_first(called->xml, "ioSpecification");
    struct {
        struct data_map *p;
        size_t n, cap;
    } inputs = {0}, outputs = {0};
    for (size_t i = 0; i < n->input_count; i++)
        *list_add(m->op, &inputs) = n->inputs[i];
    for (size_t i = 0; i < n->output_count; i++)
        *list_add(m->op, &outputs) = n->outputs[i];
    const struct xtree *a = xtree_first(ours, "dataInput"), *b = xtree_first(theirs, "dataInput");
    for (; a && b; a = xtree_next(a, "dataInput"), b = xtree_next(b, "dataInput")) {
        bool items = n->loop.item.n && loop_refers(n, "loopDataInputRef", a);
        str outer = items ? n->loop.item : bpmn_item_name(m, xtree_own(a, "id")), inner = bpmn_item_name(m, xtree_own(b, "id"));
        if (!str_eq(outer, inner))
            *list_add(m->op, &inputs) = (struct data_map){.from = bpmn_expression(m, a, outer, options), .to = inner};
    }
    n->inputs = inputs.p;
    n->input_count = inputs.n;
    a = xtree_first(ours, "dataOutput");
    b = xtree_first(theirs, "dataOutput");
    for (; a && b; a = xtree_next(a, "dataOutput"), b = xtree_next(b, "dataOutput")) {
        const struct feel *from = bpmn_expression(m, b, bpmn_item_name(m, xtree_own(b, "id")), options);
        bool items = n->loop.result.n && loop_refers(n, "loopDataOutputRef", a);
        if (items)
            *list_add(m->op, &outputs) = (struct data_map){.from = from, .to = n->loop.result};
        for (size_t i = 0; i < outputs.n && !items; i++)
            if (str_eq(outputs.p[i].source, bpmn_item_name(m, xtree_own(a, "id"))))
                outputs.p[i].from = from;
    }
    n->outputs = outputs.p;
    n->output_count = outputs.n;
}

void bpmn_data_items(struct bpmn *m)
{
    for (size_t i = 0; i < m->node_count; i++) {
        struct node *n = &m->nodes[i];
        struct {
            str *p;
            size_t n, cap;
        } names = {0}, received = {0};
        const struct xtree *outside = n->kind == NODE_RECEIVE ? xtree_first(n->xml, "ioSpecification") : n->xml;
        for (const struct xtree *c = xtree_first(outside, "dataOutput"); c; c = xtree_next(c, "dataOutput"))
            *list_add(m->op, &received) = bpmn_item_name(m, xtree_own(c, "id"));
        n->received = received.p;
        n->received_count = received.n;
        for (const struct xtree *c = n->xml->first; c; c = c->next) {
            bool item = bpmn_is(c, "property") || bpmn_is(c, "dataObject");
            str name = item || bpmn_is(c, "dataObjectReference") ? bpmn_item_name(m, xtree_own(c, "id")) : (str){0};
            if (item && !n->data.n)
                n->data = name;
            if (name.n)
                *list_add(m->op, &names) = name;
        }
        n->declared = names.p;
        n->declared_count = names.n;
    }
}

