/* Procedures made and changed in the office: checked as at start, kept as drafts, compared with what is in force, put in force. */
#include "base/xml.h"
#include "flow/inner.h"

#define MODEL_HERE S("本流程")      /* what a model without a file is called */

bool flow_may_design(struct op *op, const struct town *town, const struct who *who, enum flow_design act)
{
    static const enum act acts[FLOW_DESIGNS] = {[FLOW_SEE] = ACT_READ, [FLOW_EDIT] = ACT_CHANGE, [FLOW_FORCE] = ACT_STATE};
    const struct ledger *posts = town_ledger(town, S("岗位"));
    struct right right;
    if (who->system)
        return true;
    if (!posts)
        return op_fail(op, FAULT_DENIED, S(""), "没有台账“岗位”，不能设计流程");
    return right_for(op, town, who, posts, acts[act], &right) &&
           (right.all || op_fail(op, FAULT_DENIED, posts->name, "须有全镇“岗位”的%.*s权限，才能设计流程", PS(act_names[acts[act]])));
}

/* ---- what would be refused --------------------------------------------------------------------------------- */

/* A file's name: what it is called in calledElement and in addresses. */
[[nodiscard]] static bool key_check(struct op *op, str key)
{
    bool good = key.n > 0 && key.n <= FLOW_KEY_MAX && key.p[0] >= 'a' && key.p[0] <= 'z';
    for (size_t i = 0; i < key.n; i++)
        good = good && ((key.p[i] >= 'a' && key.p[i] <= 'z') || (key.p[i] >= '0' && key.p[i] <= '9') || key.p[i] == '_');
    return good || op_fail(op, FAULT_INPUT, S("代码"), "流程的代码须以小写字母开头，只用小写字母、数字和下划线，至多 %d 个，如 seal_use", FLOW_KEY_MAX);
}

[[nodiscard]] static bool runs_any(struct tx *tx, const struct procedure *p, bool *ret)
{
    int64_t no;
    return store_int(tx, "select no from flow_case where procedure = $1 and ended = 0 and version = $2 and town = $3 limit 1",
                     ARGS(TEXT(p->key), INT(p->version), TEXT(store_town(tx))), &no, ret);
}

/* What in force would be of these: those that are, and p in the place of its own; p NULL: those that are. */
static struct flow in_its_place(struct op *op, const struct flow *flow, struct procedure *p)
{
    struct flow trial = *flow;
    trial.latest = op_array(op, const struct procedure *, flow->latest_count + 1);
    trial.latest_count = 0;
    trial.all.p = op_array(op, struct procedure *, flow->latest_count + 1);
    trial.all.n = 0;
    for (size_t i = 0; i < flow->all.n; i++)
        if (flow_in_force(flow, flow->all.p[i]->key) == flow->all.p[i] && !(p && str_eq(flow->all.p[i]->key, p->key)))
            trial.latest[trial.latest_count++] = trial.all.p[trial.all.n++] = flow->all.p[i];
    if (p)
        trial.latest[trial.latest_count++] = trial.all.p[trial.all.n++] = p;
    return trial;
}

/* Whom it calls, and who calls it: what is in force, and earlier versions that cases still run on. */
[[nodiscard]] static bool kin_check(struct tx *tx, const struct flow *flow, struct procedure *p)
{
    struct op *op = tx->op;
    struct flow trial = in_its_place(op, flow, p);
    bool ok = calls_check(op, &trial, p);
    for (size_t i = 0; i < flow->all.n; i++) {
        const struct procedure *q = flow->all.p[i];
        for (size_t k = 0; k < q->call_count; k++) {
            bool counts = flow_in_force(flow, q->key) == q;
            if (!str_eq(q->calls[k].key, p->key) || str_eq(q->key, p->key))
                continue;
            if (!counts && !runs_any(tx, q, &counts))
                return false;
            ok = (!counts || call_check(op, &trial, q, &q->calls[k])) && ok;
        }
    }
    return ok;
}

/* As one of the town's procedures: it stays with its ledger, and no other is called so. */
[[nodiscard]] static bool place_check(struct op *op, const struct flow *flow, const struct procedure *p)
{
    const struct procedure *last = flow_procedure(flow, p->key, 0);
    bool ok = true;
    if (last && last->ledger != p->ledger)
        ok = op_fail(op, FAULT_INPUT, S("zw:ledger"), "“%.*s”办的是台账“%.*s”，不能改成“%.*s”；请另建一个流程", PS(last->name),
                     PS(last->ledger->name), PS(p->ledger->name));
    for (size_t i = 0; i < flow->latest_count; i++)
        if (!str_eq(flow->latest[i]->key, p->key) && str_eq(flow->latest[i]->name, p->name))
            ok = op_fail(op, FAULT_INPUT, S("name"), "已有叫“%.*s”的流程（%.*s），请另起一个名字", PS(p->name), PS(flow->latest[i]->key));
    return ok;
}

/* All that start refuses, and what would break elsewhere. sound: bpmn refuses nothing of p->model. */
[[nodiscard]] static bool procedure_check(struct tx *tx, const struct flow *flow, struct procedure *p, bool sound)
{
    struct op *op = tx->op;
    struct xtree *root;
    if (!process_read(op, flow->town, p) || !xtree_parse(op, p->text, p->file, &root))
        return false;
    bool ok = sound ? model_fill(op, flow, p, root) : people_check(op, p, root) && rules_find(op, flow, p, root);
    ok = answers_check(op, p, root) && ok;
    if (sound && p->key.n)
        ok = place_check(op, flow, p) && ok;
    return sound ? kin_check(tx, flow, p) && ok : ok;
}

/* Printed forms that name a step which is no more: a hint, for they are printed all the same, with that place empty. */
static void prints_hint(struct op *op, const struct flow *flow, struct procedure *p, struct bpmn_finding **end)
{
    struct flow before = in_its_place(op, flow, NULL), after = in_its_place(op, flow, p);
    int faults = op->fault_count;
    if (!prints_check(op, &before)) { /* not by this model */
        op_forgive(op, faults);
        return;
    }
    bool good = prints_check(op, &after);
    for (const struct fault *f = good ? NULL : fault_since(op, faults); f; f = f->next) {
        *end = op_new(op, struct bpmn_finding);
        **end = (struct bpmn_finding){.kind = BPMN_HINT,
                                      .where = S("印件"),
                                      .rule = S("print"),
                                      .text = op_text(op, "%.*s：%.*s", PS(f->field), PS(f->text))};
        end = &(*end)->next;
    }
    op_forgive(op, faults);
}

bool flow_check(struct tx *tx, const struct flow *flow, str key, str text, const struct bpmn_finding **ret)
{
    struct op *op = tx->op;
    struct procedure p = {.key = key, .file = MODEL_HERE, .text = text, .version = INT32_MAX};
    struct bpmn_doc doc = {p.file, text};
    struct bpmn_finding *first = NULL, **end = &first;
    int faults = op->fault_count;
    bool read = bpmn_read(op, &doc, NULL, &p.model), sound = read;
    const struct bpmn_finding *found = read ? bpmn_check(p.model) : NULL;
    for (const struct bpmn_finding *f = found; f; f = f->next)
        sound = sound && f->kind != BPMN_REFUSED;
    bool good = read && procedure_check(tx, flow, &p, sound);
    if (op_has_fault(op, FAULT_SYSTEM))
        return false;
    for (const struct fault *f = good ? NULL : fault_since(op, faults); f; f = f->next) {
        *end = op_new(op, struct bpmn_finding);
        **end = (struct bpmn_finding){
            .kind = BPMN_REFUSED, .where = op_copy(op, f->field), .rule = S("zw"), .text = op_copy(op, f->text)};
        end = &(*end)->next;
    }
    op_forgive(op, faults);
    for (const struct bpmn_finding *f = found; f; f = f->next) {
        *end = op_new(op, struct bpmn_finding);
        **end = *f;
        end = &(*end)->next;
        *end = NULL;
    }
    if (good)
        prints_hint(op, flow, &p, end);
    *ret = first;
    return true;
}

/* ---- lists ------------------------------------------------------------------------------------------------- */

[[nodiscard]] static bool cases_count(struct tx *tx, str key, struct flow_version *versions, size_t count)
{
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select version, count(*) from (select version from flow_case where procedure = $1 and ended = 0 and town = $2"
                     " limit $3) c group by version",
                     ARGS(TEXT(key), TEXT(store_town(tx)), INT(FLOW_OLD_MAX)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        for (size_t i = 0; i < count; i++)
            if (versions[i].version == rows_int(rows, 0))
                versions[i].cases = rows_int(rows, 1);
        if (!rows_next(rows, &found))
            return false;
    }
    return true;
}

bool flow_versions(struct tx *tx, const struct flow *flow, str key, struct flow_version **ret, size_t *ret_count)
{
    struct { struct flow_version *p; size_t n, cap; } list = {0};
    const struct procedure *now = flow_in_force(flow, key);
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select version, by_name, reason, hash, since from flow_model where town = $1 and procedure = $2"
                     " order by version desc",
                     ARGS(TEXT(store_town(tx)), TEXT(key)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        int64_t version = rows_int(rows, 0);
        *list_add(tx->op, &list) = (struct flow_version){.version = version,
                                                         .by = rows_text(rows, 1),
                                                         .reason = rows_text(rows, 2),
                                                         .hash = rows_text(rows, 3),
                                                         .since = rows_int(rows, 4),
                                                         .in_force = now && now->version == version,
                                                         .refused = refused_why(flow, key, version)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = list.p;
    *ret_count = list.n;
    return list.n == 0 || cases_count(tx, key, list.p, list.n);
}

bool flow_drafts(struct tx *tx, str key, struct flow_draft **ret, size_t *ret_count)
{
    struct { struct flow_draft *p; size_t n, cap; } list = {0};
    struct rows *rows;
    bool found;
    if (!store_query(tx,
                     "select id, procedure, name, by_name, reason, hash, base, at from flow_draft where town = $1 and ended = 0"
                     " and ($2 = '' or procedure = $2) order by at desc, id desc limit $3",
                     ARGS(TEXT(store_town(tx)), TEXT(key), INT(FLOW_DRAFTS_MAX + FLOW_PROCEDURES_MAX)), &rows) ||
        !rows_next(rows, &found))
        return false;
    while (found) {
        *list_add(tx->op, &list) = (struct flow_draft){.id = rows_id(rows, 0),
                                                       .key = rows_text(rows, 1),
                                                       .name = rows_text(rows, 2),
                                                       .by = rows_text(rows, 3),
                                                       .reason = rows_text(rows, 4),
                                                       .hash = rows_text(rows, 5),
                                                       .base = rows_int(rows, 6),
                                                       .at = rows_int(rows, 7)};
        if (!rows_next(rows, &found))
            return false;
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

/* ---- one model --------------------------------------------------------------------------------------------- */

bool flow_model_text(struct tx *tx, const struct flow *flow, const struct flow_model *m, str *ret)
{
    struct rows *rows;
    bool found;
    if (m->text.n)
        return xml_text(tx->op, m->text, MODEL_HERE, ret);
    if (!id_none(m->draft)
            ? !store_query(tx, "select bpmn from flow_draft where town = $1 and procedure = $2 and id = $3 and ended = 0",
                           ARGS(TEXT(store_town(tx)), TEXT(m->key), ID(m->draft)), &rows)
            : !store_query(tx, "select bpmn from flow_model where town = $1 and procedure = $2 and version = $3",
                           ARGS(TEXT(store_town(tx)), TEXT(m->key),
                                INT(m->version || !flow_in_force(flow, m->key) ? m->version : flow_in_force(flow, m->key)->version)),
                           &rows))
        return false;
    if (!rows_next(rows, &found))
        return false;
    if (!found)
        return id_none(m->draft) ? op_fail(tx->op, FAULT_MISSING, S("version"), "没有流程“%.*s”的这个版本", PS(m->key))
                                 : op_fail(tx->op, FAULT_MISSING, S("draft"), "没有这个草稿，或它已经生效、已放弃");
    *ret = rows_text(rows, 0);
    rows_close(rows);
    return true;
}

/* The process that is executed, as XML; NULL: there is none. */
static const struct xtree *process_of(struct op *op, str text)
{
    struct xtree *root;
    int faults = op->fault_count;
    const struct xtree *p = xtree_parse(op, text, MODEL_HERE, &root) ? xtree_first(root, "process") : NULL;
    op_forgive(op, faults);
    while (p && !str_eq(xtree_attr(p, "isExecutable"), S("true")))
        p = xtree_next(p, "process");
    return p;
}

/* What a model says of itself as a whole. */
static str process_altered(struct op *op, const struct procedure *from, const struct procedure *to)
{
    static const struct { const char *name, *chinese; } told[] = {{"name", "名称"},         {"ledger", "台账"},       {"start", "谁可以发起"},
                                                                  {"chief", "超时抄送"},    {"feedback", "反馈字段"}, {"readers", "传阅情况写到"}};
    const struct xtree *was = process_of(op, from->text), *is = process_of(op, to->text);
    struct buf b;
    buf_init(&b, op, 0);
    for (size_t i = 0; was && is && i < COUNT(told); i++) {
        str old = str_trim(xtree_attr(was, told[i].name)), now = str_trim(xtree_attr(is, told[i].name));
        if (!str_eq(old, now))
            buf_text(&b, "%s%s：%.*s → %.*s", b.n ? "；" : "", told[i].chinese, PS(old.n ? old : S("无")), PS(now.n ? now : S("无")));
    }
    if (!bpmn_beside_same(from->model, to->model))
        buf_text(&b, "%s消息、信号这些定义有变", b.n ? "；" : "");
    return buf_str(&b);
}

bool flow_changes(struct tx *tx, const struct flow *flow, const struct flow_model *m, const struct procedure **ret_from,
                  struct flow_move_step **ret, size_t *ret_count)
{
    struct op *op = tx->op;
    struct { struct flow_move_step *p; size_t n, cap; } list = {0};
    struct procedure to = {.key = m->key, .file = MODEL_HERE};
    const struct procedure *from = flow_in_force(flow, m->key);
    const struct bpmn_pair *pairs;
    size_t count;
    if (!flow_model_text(tx, flow, m, &to.text))
        return false;
    struct bpmn_doc doc = {to.file, to.text};
    if (!bpmn_read(op, &doc, NULL, &to.model) ||
        !bpmn_compare(op, from ? from->model : to.model, to.model, NULL, 0, &pairs, &count))
        return false;
    const struct xtree *process = process_of(op, to.text);
    to.name = process ? xtree_attr(process, "name") : S("");
    str whole = from ? process_altered(op, from, &to) : S("");
    if (whole.n)
        *list_add(op, &list) = (struct flow_move_step){.kind = FLOW_MOVE_ALTERED, .name = from->name, .to_name = to.name, .text = whole};
    for (size_t i = 0; i < count; i++) {
        const struct bpmn_pair *p = &pairs[i];
        bool was = from && p->from >= 0, is = p->to >= 0;
        struct flow_move_step s = {.name = was ? p->name : S(""), .to_name = p->to_name, .text = was ? p->altered : S("")};
        s.node = was ? bpmn_node_id(from->model, p->from) : S("");
        s.to = is ? bpmn_node_id(to.model, p->to) : S("");
        s.kind = !was ? FLOW_MOVE_ADDED : !is ? FLOW_MOVE_GONE : s.text.n ? FLOW_MOVE_ALTERED : str_eq(s.name, s.to_name) ? FLOW_MOVE_HERE : FLOW_MOVE_RENAMED;
        if (s.kind != FLOW_MOVE_HERE)
            *list_add(op, &list) = s;
    }
    *ret_from = from;
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

/* ---- drafts ------------------------------------------------------------------------------------------------ */

[[nodiscard]] static bool reason_check(struct op *op, str *reason)
{
    *reason = str_trim(*reason);
    if (!reason->n)
        return op_fail(op, FAULT_INPUT, S("reason"), "请写明为什么改，如文件名和文号");
    return reason->n <= FLOW_REASON_MAX || op_fail(op, FAULT_INPUT, S("reason"), "理由太长，最多 %d 字节", FLOW_REASON_MAX);
}

/* The text that is meant, of an allowed size, with what its process element says. */
[[nodiscard]] static bool model_take(struct tx *tx, const struct flow *flow, const struct flow_model *m, struct procedure *ret)
{
    struct op *op = tx->op;
    *ret = (struct procedure){.key = m->key, .file = MODEL_HERE};
    if (!key_check(op, m->key))
        return false;
    if (m->text.n > FLOW_EDITION_BYTES_MAX)
        return op_fail(op, FAULT_INPUT, S("xml"), "流程太大，最多 %d KB", FLOW_EDITION_BYTES_MAX >> 10);
    if (!flow_model_text(tx, flow, m, &ret->text))
        return false;
    ret->hash = procedure_digest(op, ret->text);
    return true;
}

bool flow_draft_keep(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_model *m, str reason, id *ret)
{
    struct op *op = tx->op;
    const struct procedure *now = flow_in_force(flow, m->key);
    struct procedure p;
    int64_t waiting;
    bool found;
    if (!flow_may_design(op, flow->town, who, FLOW_EDIT) || !reason_check(op, &reason) || !model_take(tx, flow, m, &p))
        return false;
    struct bpmn_doc doc = {p.file, p.text};
    if (!bpmn_read(op, &doc, NULL, &p.model) ||
        !store_int(tx, "select count(*) from flow_draft where town = $1 and ended = 0 and by_name <> ''", ARGS(TEXT(store_town(tx))),
                   &waiting, &found))
        return false;
    if (waiting >= FLOW_DRAFTS_MAX)
        return op_fail(op, FAULT_CONFLICT, S(""), "已有 %d 个草稿，请先让一些生效，或放弃一些", FLOW_DRAFTS_MAX);
    const struct xtree *process = process_of(op, p.text);
    p.name = process ? str_trim(xtree_attr(process, "name")) : S("");
    p.name = p.name.n ? p.name : p.key;
    p.file = op_text(op, "流程“%.*s”的草稿", PS(p.name));
    return draft_put(tx, &p, now ? now->version : 0, &(struct version_new){who, reason}, ret);
}

[[nodiscard]] static bool draft_end(struct tx *tx, str key, id draft, int64_t version, bool *ret_found)
{
    int64_t changed;
    if (!store_run(tx, "update flow_draft set ended = $1, version = $2 where town = $3 and procedure = $4 and id = $5 and ended = 0",
                   ARGS(INT(tx->op->now), INT(version), TEXT(store_town(tx)), TEXT(key), ID(draft)), &changed))
        return false;
    *ret_found = changed > 0;
    return true;
}

bool flow_draft_drop(struct tx *tx, const struct flow *flow, const struct who *who, str key, id draft, str reason)
{
    struct buf b;
    struct json_out w = {.b = &b};
    bool found;
    int64_t no;
    if (!flow_may_design(tx->op, flow->town, who, FLOW_EDIT) || !draft_end(tx, key, draft, 0, &found))
        return false;
    if (!found)
        return op_fail(tx->op, FAULT_MISSING, S("draft"), "没有这个草稿，或它已经生效、已放弃");
    buf_init(&b, tx->op, 0);
    json_open(&w, '{');
    json_put_text(&w, S("代码"), key);
    json_put_text(&w, S("放弃草稿"), id_text(tx->op, draft));
    if (str_trim(reason).n)
        json_put_text(&w, S("理由"), str_trim(reason));
    json_close(&w, '}');
    struct fact fact = {.account = who->account,
                        .post = who->post,
                        .account_name = who->name,
                        .act = FACT_DEFINE,
                        .ledger = CASE_LEDGER,
                        .body = buf_str(&b)};
    return fact_keep(tx, &fact, &no);
}

/* ---- in force ---------------------------------------------------------------------------------------------- */

/* Its number, when there is room for one more. */
[[nodiscard]] static bool version_next(struct tx *tx, const struct flow *flow, const struct procedure *now, str key, int64_t *ret)
{
    int64_t all = 0, last = 0;
    bool found;
    if (!store_int(tx, "select count(*) from flow_model where town = $1", ARGS(TEXT(store_town(tx))), &all, &found) ||
        !store_int(tx, "select coalesce(max(version), 0) from flow_model where town = $1 and procedure = $2",
                   ARGS(TEXT(store_town(tx)), TEXT(key)), &last, &found))
        return false;
    if (all >= FLOW_VERSIONS_MAX)
        return op_fail(tx->op, FAULT_CONFLICT, S(""), "全镇的流程已有 %d 版，不能再加", FLOW_VERSIONS_MAX);
    if (!now && flow->latest_count >= FLOW_PROCEDURES_MAX)
        return op_fail(tx->op, FAULT_CONFLICT, S(""), "流程已有 %d 个，不能再加", FLOW_PROCEDURES_MAX);
    *ret = last + 1;
    return true;
}

bool flow_force(struct tx *tx, const struct flow *flow, const struct who *who, const struct flow_model *m, str reason, int64_t seen,
                int64_t *ret_version)
{
    struct op *op = tx->op;
    const struct procedure *now = flow_in_force(flow, m->key);
    struct procedure p;
    bool found;
    if (!flow_may_design(op, flow->town, who, FLOW_FORCE) || !reason_check(op, &reason) || !model_take(tx, flow, m, &p))
        return false;
    if ((now ? now->version : 0) != seen)
        return now ? op_fail(op, FAULT_CONFLICT, S("seen"), "现行的已是第 %lld 版（%.*s 生效），请看过变化再定", (long long)now->version,
                             PS(now->by.n ? now->by : S("业务包")))
                   : op_fail(op, FAULT_CONFLICT, S("seen"), "现在没有这个流程的现行版本，请看过变化再定");
    if (now && str_eq(now->hash, p.hash))
        return op_fail(op, FAULT_CONFLICT, S(""), "和现行的第 %lld 版一样，不必再生效", (long long)now->version);
    struct bpmn_doc doc = {p.file, p.text};
    if (!version_next(tx, flow, now, m->key, &p.version) || !bpmn_load(op, &doc, NULL, &p.model) ||
        !procedure_check(tx, flow, &p, true))
        return false;
    p.file = op_text(op, "流程“%.*s”第 %lld 版", PS(p.name), (long long)p.version);
    *ret_version = p.version;
    return version_put(tx, &p, &(struct version_new){who, reason}) &&
           (id_none(m->draft) || draft_end(tx, m->key, m->draft, p.version, &found));
}
