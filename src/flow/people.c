/* Who does a task: the words of zw:who into accounts, as posts stand today. */
#include "flow/inner.h"

enum { WHO_WORDS_MAX = 50 };

struct unreached_list {
    struct flow_unreached *p;
    size_t n, cap;
};

struct seated {
    struct op *op;
    struct tx *tx;
    const struct town *town;
    struct flow_tx *f;          /* whose record it is; NULL: nobody's */
    bool opens;                 /* a task is opened for them: where a 站所 has nobody, somebody gets it all the same */
    bool votes;                 /* and it is one that agrees for its office (zw:agrees) */
    int32_t work;               /* which */
    struct { str *p; size_t n, cap; } accounts; /* ids as text, each once */
};

static struct seated seated_new(struct tx *tx, const struct town *town, struct flow_tx *f)
{
    return (struct seated){.op = tx->op, .tx = tx, .town = town, .f = f};
}

static void seat_add(struct seated *s, str account)
{
    for (size_t i = 0; i < s->accounts.n; i++)
        if (str_eq(s->accounts.p[i], account))
            return;
    if (account.n && s->accounts.n < FLOW_SEATED_MAX)
        *list_add(s->op, &s->accounts) = account;
}

/* The values of one field of the records that meet a condition. Read as the system: who does a task is not a matter
 * of who asks. */
[[nodiscard]] static bool look_up(struct seated *s, str ledger, str where, str field)
{
    struct op *op = s->op;
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    const struct ledger *l = town_ledger(s->town, ledger);
    struct list_query q = {.where = where, .limit = FLOW_SEATED_MAX};
    struct list_page page;
    if (!l)
        return op_fail(op, FAULT_SYSTEM, S(""), "缺少台账“%.*s”", PS(ledger));
    if (!list_read(s->tx, s->town, &system, l, &q, &page))
        return false;
    for (size_t i = 0; i < page.record_count; i++)
        seat_add(s, field.n ? json_str(page.records[i].values, field) : id_text(op, page.records[i].id));
    return true;
}

static str quoted(struct op *op, str text)
{
    return feel_literal(op, feel_of_text(text));
}

/* 领导, 村干部@村组 */
[[nodiscard]] static bool role_seats(struct seated *s, str words)
{
    struct op *op = s->op;
    str role, where;
    bool narrowed = str_split(words, '@', &role, &where);
    str condition = op_text(op, "角色 = %.*s and 起 <= today() and (止 = null or 止 >= today()) and 账号.停用 != true",
                            PS(quoted(op, str_trim(role))));
    id group = {0};
    if (narrowed && !record_group(s->tx, s->f->procedure->ledger, s->f->record, &group))
        return false;
    if (narrowed && id_none(group))
        return true; /* the record belongs to no village group: nobody */
    if (narrowed)
        condition = op_text(op, "%.*s and 村组 = %.*s", PS(condition), PS(quoted(op, id_text(op, group))));
    return look_up(s, S("岗位"), condition, S("账号"));
}

[[nodiscard]] static bool word_seats(struct seated *s, str word); /* a chief's words, from within an office's */

[[nodiscard]] static bool staff_seats(struct seated *s, str staff)
{
    struct op *op = s->op;
    return look_up(s, S("账号"), op_text(op, "干部 = %.*s and 停用 != true", PS(quoted(op, staff))), S(""));
}

/* Who stands in for them today (代岗). */
[[nodiscard]] static bool stand_in_seats(struct seated *s, str staff)
{
    struct op *op = s->op;
    struct seated deputies = seated_new(s->tx, s->town, NULL);
    if (!town_ledger(s->town, S("代岗")))
        return true;
    if (!look_up(&deputies, S("代岗"), op_text(op, "干部 = %.*s and 起 <= now() and 止 >= now()", PS(quoted(op, staff))), S("代岗人")))
        return false;
    for (size_t i = 0; i < deputies.accounts.n; i++)
        if (!staff_seats(s, deputies.accounts.p[i]))
            return false;
    return true;
}

bool flow_office_title(struct flow_tx *f, str office, str *ret)
{
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    id x;
    *ret = S("");
    return !short_id_read(office, &x) ||
           record_title(f->tx, f->town, &system, town_ledger(f->town, S("站所")), x, ret) || f->op->fault_count == 0;
}

/* Why somebody else has what a 站所 was to do. What is sent to several of them may come to one desk. */
[[nodiscard]] static bool vacancy_note(struct seated *s, str office, const char *words)
{
    struct flow_tx *f = s->f;
    str title, *who = op_array(s->op, str, s->accounts.n + 1);
    size_t n = 0;
    id x, account;
    if (!id_parse(office, &x) || !flow_office_title(f, office, &title))
        return s->op->fault_count == 0;
    for (size_t i = 0; i < s->accounts.n; i++)
        if (short_id_read(s->accounts.p[i], &account))
            who[n++] = short_id(s->op, account);
    *list_add(s->op, &f->vacancies) =
        (struct vacancy){s->work, short_id(s->op, x),
                         op_text(s->op, "“%.*s”没有能办的账号（负责人没有登记、没有账号或已停用）%s", PS(title), words), who, n};
    return true;
}

/* A 站所 that nobody with an account answers for: who has sent it there gets it back, else who began the case; what agrees for
 * an office (会签), and what the system has sent, goes to whom zw:chief names. The reason is told with the case. */
[[nodiscard]] static bool vacant_seats(struct seated *s, str office)
{
    struct flow_tx *f = s->f;
    const struct bpmn_state *st = &f->run.state;
    str desks[] = {f->actor, st->acts.n ? st->acts.p[st->acts.n - 1].actor : S(""), st->drafter};
    for (size_t i = 0; i < COUNT(desks) && !s->votes && s->accounts.n == 0; i++) {
        bool in_office = false;
        if (desks[i].n && !flow_in_office(f, desks[i], &in_office))
            return false;
        if (in_office)
            seat_add(s, desks[i]);
    }
    for (str words = f->procedure->chief; words.n && s->accounts.n == 0;)
        if (!word_seats(s, flow_word_next(&words)))
            return false;
    return s->accounts.n == 0 || vacancy_note(s, office, "，也没有人代岗，先交到这里；有人能办了，没动手办的自动转过去，急的可以转办");
}

/* Through its head; where that is nobody with an account, who stands in. */
[[nodiscard]] static bool office_staff(struct seated *own, str office, bool *ret_heads)
{
    struct seated *s = own, heads = seated_new(s->tx, s->town, s->f);
    if (!look_up(&heads, S("站所"), op_text(s->op, "id = %.*s and 负责人 != null", PS(quoted(s->op, office))), S("负责人")))
        return false;
    for (size_t i = 0; i < heads.accounts.n; i++)
        if (!staff_seats(own, heads.accounts.p[i]))
            return false;
    *ret_heads = own->accounts.n > 0;
    for (size_t i = 0; i < heads.accounts.n && !*ret_heads; i++)
        if (!stand_in_seats(own, heads.accounts.p[i]))
            return false;
    return true;
}

[[nodiscard]] static bool office_seats(struct seated *s, str office)
{
    struct seated own = seated_new(s->tx, s->town, s->f);
    bool heads;
    own.votes = s->votes;
    own.work = s->work;
    if (!office_staff(&own, office, &heads))
        return false;
    if (s->opens && !heads &&
        !(own.accounts.n ? vacancy_note(&own, office, "，由代岗的人办；他有了账号，没动手办的自动转给他") : vacant_seats(&own, office)))
        return false;
    for (size_t i = 0; i < own.accounts.n; i++)
        seat_add(s, own.accounts.p[i]);
    return true;
}

bool flow_office_people(struct flow_tx *f, str office, const str **ret, size_t *ret_count, bool *ret_heads)
{
    struct seated own = seated_new(f->tx, f->town, f);
    id x, account;
    size_t n = 0;
    *ret_count = 0;
    *ret_heads = false;
    if (!short_id_read(office, &x))
        return true;
    if (!office_staff(&own, id_text(f->op, x), ret_heads))
        return false;
    for (size_t i = 0; i < own.accounts.n; i++) {
        bool here = false;
        if (!short_id_read(own.accounts.p[i], &account) || !flow_in_office(f, short_id(f->op, account), &here))
            continue;
        if (here)
            own.accounts.p[n++] = short_id(f->op, account);
    }
    *ret = own.accounts.p;
    *ret_count = n;
    return f->op->fault_count == 0;
}

/* What a reference of the record means as a person. */
[[nodiscard]] static bool reference_seats(struct seated *s, str target, str record)
{
    if (str_eq(target, S("账号"))) {
        seat_add(s, record);
        return true;
    }
    if (str_eq(target, S("干部")))
        return staff_seats(s, record);
    return !str_eq(target, S("站所")) || office_seats(s, record);
}

[[nodiscard]] static bool field_seats(struct seated *s, str name)
{
    const struct ledger *l = s->f->procedure->ledger;
    const struct field *f = ledger_field(l, name);
    const struct json *value = f ? json_get(s->f->values, f->name) : NULL;
    if (!value)
        return true;
    if (value->kind == JSON_STRING)
        return reference_seats(s, f->target, value->text);
    for (const struct json *e = value->first; e; e = e->next)
        if (!reference_seats(s, f->target, e->text))
            return false;
    return true;
}

[[nodiscard]] static bool account_seats(struct seated *s, str login)
{
    struct op *op = s->op;
    return look_up(s, S("账号"), op_text(op, "登录名 = %.*s and 停用 != true", PS(quoted(op, login))), S(""));
}

static const struct {
    str head;
    bool (*seats)(struct seated *s, str words);
} kinds[] = {{SC("角色:"), role_seats}, {SC("字段:"), field_seats}, {SC("账号:"), account_seats}};

[[nodiscard]] static bool word_seats(struct seated *s, str word)
{
    if (str_eq(word, S("拟稿人"))) {
        seat_add(s, s->f->run.state.drafter);
        return true;
    }
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_starts(word, kinds[i].head))
            return kinds[i].seats(s, str_trim(str_part(word, kinds[i].head.n, word.n)));
    return true;
}

/* What stands in quotes or brackets is one: a text, the arguments of a function. */
str flow_word_next(str *rest)
{
    static const str marks[] = {SC("、"), SC(","), SC("，")};
    size_t at = 0, width = 0;
    int depth = 0;
    bool quoted = false;
    for (; at < rest->n && width == 0; at += width == 0) {
        char c = rest->p[at];
        quoted ^= c == '"';
        depth += quoted ? 0 : (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
        for (size_t i = 0; i < COUNT(marks) && !quoted && depth <= 0; i++)
            if (str_starts(str_part(*rest, at, rest->n), marks[i]))
                width = marks[i].n;
    }
    str word = str_trim(str_part(*rest, 0, at));
    *rest = str_part(*rest, at + width, rest->n);
    return word;
}

bool flow_who_valid(const struct ledger *l, str words, str *ret_bad)
{
    for (int count = 0; words.n; count++) {
        str word = flow_word_next(&words);
        bool good = word.n == 0 || str_eq(word, S("拟稿人"));
        for (size_t i = 0; i < COUNT(kinds) && !good; i++)
            good = str_starts(word, kinds[i].head) && word.n > kinds[i].head.n;
        if (good && str_starts(word, S("字段:"))) {
            const struct field *f = ledger_field(l, str_trim(str_part(word, S("字段:").n, word.n)));
            good = f && (str_eq(f->target, S("账号")) || str_eq(f->target, S("干部")) || str_eq(f->target, S("站所")));
        }
        *ret_bad = word;
        if (!good || count == WHO_WORDS_MAX)
            return false;
    }
    return true;
}

[[nodiscard]] static bool seats_of_words(struct seated *all, str words, const str **ret, size_t *ret_count)
{
    struct seated s = *all;
    struct flow_tx *f = s.f;
    while (words.n)
        if (!word_seats(&s, flow_word_next(&words)))
            return false;
    size_t n = 0;
    for (size_t i = 0; i < s.accounts.n; i++) {
        id account;
        bool twice = false;
        if (!short_id_read(s.accounts.p[i], &account))
            continue;
        str word = short_id(f->op, account);
        for (size_t k = 0; k < n; k++)
            twice = twice || str_eq(s.accounts.p[k], word);
        if (!twice)
            s.accounts.p[n++] = word;
    }
    *ret = s.accounts.p;
    *ret_count = n;
    return true;
}

/* ---- whom it names and does not reach --------------------------------------------------------------------------- */

static bool words_name(str words, str field)
{
    while (words.n) {
        str word = flow_word_next(&words);
        if (str_starts(word, S("字段:")) && str_eq(str_trim(str_part(word, S("字段:").n, word.n)), field))
            return true;
    }
    return false;
}

/* Whether a step is done by whom this field names, or the paper is circulated to them. */
static bool field_seated(const struct procedure *p, str field)
{
    for (size_t i = 0; i < p->seat_count; i++)
        if (words_name(p->seats[i].words, field))
            return true;
    for (size_t i = 0; i < p->copy_count; i++)
        if (words_name(p->copies[i].words, field))
            return true;
    return false;
}

/* One reference: whether any account of it holds office today. */
[[nodiscard]] static bool reached(struct flow_tx *f, str target, str record, bool *ret)
{
    struct seated s = seated_new(f->tx, f->town, f);
    *ret = false;
    if (!reference_seats(&s, target, record))
        return false;
    for (size_t i = 0; i < s.accounts.n && !*ret; i++) {
        id account;
        if (id_parse(s.accounts.p[i], &account) && !flow_in_office(f, short_id(f->op, account), ret))
            return false;
    }
    return true;
}

[[nodiscard]] static bool field_unreached(struct flow_tx *f, const struct field *field, str record, struct unreached_list *list)
{
    const struct ledger *l = town_ledger(f->town, field->target);
    bool here = false;
    str name;
    id x;
    if (!l || !id_parse(record, &x))
        return true;
    if (!reached(f, field->target, record, &here))
        return false;
    if (here)
        return true;
    if (!record_titles(f->tx, l, &x, 1, 0, &name))
        return false;
    *list_add(f->op, list) = (struct flow_unreached){field->name, name};
    return true;
}

bool flow_unreached(struct flow_tx *f, struct flow_unreached **ret, size_t *ret_count)
{
    const struct ledger *l = f->procedure->ledger;
    struct unreached_list list = {0};
    for (size_t i = 0; i < l->field_count; i++) {
        const struct field *field = &l->fields[i];
        const struct json *value = json_get(f->values, field->name);
        bool people = str_eq(field->target, S("干部")) || str_eq(field->target, S("站所"));
        if (!value || !people || !field_seated(f->procedure, field->name))
            continue;
        if (value->kind == JSON_STRING && !field_unreached(f, field, value->text, &list))
            return false;
        for (const struct json *e = value->kind == JSON_ARRAY ? value->first : NULL; e; e = e->next)
            if (!field_unreached(f, field, e->text, &list))
                return false;
    }
    *ret = list.p;
    *ret_count = list.n;
    return true;
}

bool flow_seats(struct flow_tx *f, str words, const str **ret, size_t *ret_count)
{
    struct seated s = seated_new(f->tx, f->town, f);
    return seats_of_words(&s, words, ret, ret_count);
}

bool flow_seats_open(struct flow_tx *f, int32_t work, const str **ret, size_t *ret_count)
{
    struct seated s = seated_new(f->tx, f->town, f);
    const struct bpmn_people *people = bpmn_node_people(f->run.model, f->run.state.works.p[work].node);
    s.opens = true;
    s.work = work;
    s.votes = people->agrees;
    return seats_of_words(&s, people->who, ret, ret_count);
}

/* ---- standing in, office, names -------------------------------------------------------------------------- */

/* 代岗 is about 干部; accounts are theirs. */
bool flow_stands_in(struct tx *tx, const struct flow *flow, id who, id **ret, size_t *ret_count)
{
    struct op *op = tx->op;
    struct seated self = seated_new(tx, flow->town, NULL), absent = self, owners = self;
    struct { id *p; size_t n, cap; } accounts = {0};
    *ret = NULL;
    *ret_count = 0;
    if (id_none(who) || !town_ledger(flow->town, S("代岗")))
        return true;
    if (!look_up(&self, S("账号"), op_text(op, "id = %.*s and 干部 != null", PS(quoted(op, id_text(op, who)))), S("干部")))
        return false;
    if (self.accounts.n &&
        !look_up(&absent, S("代岗"),
                 op_text(op, "代岗人 = %.*s and 起 <= now() and 止 >= now()", PS(quoted(op, self.accounts.p[0]))),
                 S("干部")))
        return false;
    for (size_t i = 0; i < absent.accounts.n; i++)
        if (!staff_seats(&owners, absent.accounts.p[i]))
            return false;
    for (size_t i = 0; i < owners.accounts.n; i++)
        if (!id_parse(owners.accounts.p[i], list_add(op, &accounts)))
            accounts.n--;
    *ret = accounts.p;
    *ret_count = accounts.n;
    return true;
}

bool flow_staff_of(struct flow_tx *f, str account, str *ret)
{
    struct seated staff = seated_new(f->tx, f->town, NULL);
    id x;
    *ret = S("");
    if (!short_id_read(account, &x))
        return true;
    if (!look_up(&staff, S("账号"), op_text(f->op, "id = %.*s and 干部 != null", PS(quoted(f->op, id_text(f->op, x)))), S("干部")))
        return false;
    if (staff.accounts.n)
        *ret = staff.accounts.p[0];
    return true;
}

bool flow_in_office(struct flow_tx *f, str account, bool *ret)
{
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    const struct ledger *l = town_ledger(f->town, S("岗位"));
    int64_t posts = 0;
    id x;
    *ret = false;
    if (!short_id_read(account, &x))
        return true;
    str self = quoted(f->op, id_text(f->op, x));
    str where = op_text(f->op, "账号 = %.*s and 账号.停用 != true and 起 <= today() and (止 = null or 止 >= today())", PS(self));
    if (!l)
        return op_fail(f->op, FAULT_SYSTEM, S(""), "缺少台账“岗位”");
    if (!list_count(f->tx, f->town, &system, l, where, &posts))
        return false;
    *ret = posts > 0;
    return true;
}

void names_init(struct names *n, struct tx *tx, const struct flow *flow)
{
    *n = (struct names){.tx = tx, .flow = flow};
    map_init(&n->known, tx->op);
}

str names_of(struct names *n, str account)
{
    struct op *op = n->tx->op;
    const struct ledger *l = town_ledger(n->flow->town, S("账号"));
    const struct field *name = l ? ledger_field(l, S("姓名")) : NULL;
    struct rows *rows;
    bool found;
    id x;
    str *known = map_get(&n->known, account);
    if (known)
        return *known;
    known = op_new(op, str);
    *known = account.n == 0 ? S("") : str_eq(account, SYSTEM_ACTOR) ? SYSTEM_ACTOR : S("（不在账号里）");
    map_put(&n->known, op_copy(op, account), known);
    if (!name || !short_id_read(account, &x))
        return *known;
    str sql =
        op_text(op, "select %.*s from now_%.*s where record = $1", PS(store_name(op, name->name)), PS(l->table->name));
    if (!store_query(n->tx, sql.p, ARGS(ID(x)), &rows) || !rows_next(rows, &found)) {
        n->failed = true;
        return *known;
    }
    if (found) {
        *known = rows_text(rows, 0);
        rows_close(rows);
    }
    return *known;
}

str names_of_number(struct names *n, int64_t account)
{
    struct fact first;
    bool found;
    str key = op_text(n->tx->op, "%lld", (long long)account);
    str *known = map_get(&n->known, key);
    if (known)
        return *known;
    known = op_new(n->tx->op, str);
    *known = S("");
    map_put(&n->known, key, known);
    if (account == 0)
        return *known;
    if (!fact_get(n->tx, account, &first, &found))
        n->failed = true;
    else if (found)
        *known = names_of(n, short_id(n->tx->op, first.record));
    return *known;
}

bool flow_colleagues(struct tx *tx, const struct flow *flow, struct flow_colleague **ret, size_t *ret_count)
{
    struct op *op = tx->op;
    struct who system = {.name = SYSTEM_ACTOR, .system = true};
    const struct ledger *l = town_ledger(flow->town, S("岗位"));
    struct { struct flow_colleague *p; size_t n, cap; } list = {0};
    struct names names;
    struct list_query q = {.where = S("起 <= today() and (止 = null or 止 >= today()) and 账号.停用 != true"),
                           .limit = LIST_LIMIT_MAX};
    struct list_page page;
    names_init(&names, tx, flow);
    if (!l)
        return op_fail(op, FAULT_SYSTEM, S(""), "缺少台账“岗位”");
    do {
        if (!list_read(tx, flow->town, &system, l, &q, &page))
            return false;
        for (size_t i = 0; i < page.record_count; i++) {
            const struct json *v = page.records[i].values;
            *list_add(op, &list) =
                (struct flow_colleague){json_str(v, S("账号")), names_of(&names, json_str(v, S("账号"))),
                                        json_str(v, S("角色")), json_str(page.records[i].labels, S("村组"))};
        }
        q.cursor = page.next;
    } while (page.next.n);
    *ret = list.p;
    *ret_count = list.n;
    return !names.failed;
}
