/* 界: what the counts of a replay can be, and why. A count that was given (in a counts file, or --people) and cannot be
 * is refused, all of them at once, with bound and reason, before anything is done; one that was not given is made to fit,
 * and that is said. */
#include "replay/inner.h"

static const str members[] = {SC("至少"), SC("至多"), SC("因")};

static bool given(const struct play *p, str name)
{
    return map_get(&p->given, name) != NULL;
}

void count_keep(struct play *p, str name, int64_t n)
{
    feel_value *kept = op_new(p->keep, feel_value);
    *kept = feel_of_int(n);
    map_put(&p->words, op_copy(p->keep, name), kept);
}

/* A number, or FEEL over the counts; in the town FEEL over what is there, or the sum of a field of the largest records. */
static bool edge(struct play *p, str file, const struct json *bound, str key, int64_t usual, bool town, int64_t *ret)
{
    const struct json *j = json_get(bound, key), *there = j && j->kind == JSON_OBJECT ? json_get(j, S("镇上")) : NULL;
    *ret = usual;
    if (!j || (!town && j->kind == JSON_OBJECT))
        return true;
    return j->kind == JSON_OBJECT && !there ? list_sum(p, file, j, ret) : say_number(p, file, there ? there : j, usual, ret);
}

static void fit(struct play *p, const struct json *bound, int64_t from, int64_t to)
{
    count_keep(p, bound->key, to);
    *list_add(p->keep, &p->fitted) = (struct replay_fitted){bound->key, from, to, json_str(bound, S("因"))};
}

static bool bound_check(struct play *p, str file, const struct json *bound, bool town)
{
    const feel_value *v = map_get(&p->words, bound->key);
    int64_t n, low, high;
    if (!script_known(p, file, bound, members, COUNT(members)))
        return false;
    if (!v || v->kind != FEEL_NUMBER || !dec_scaled(v->number, 0, &n))
        return script_wrong(p, file, bound, "“界”里的“%.*s”须是“数”里的数，“至少”“至多”是整数", PS(bound->key));
    if (!edge(p, file, bound, S("至少"), INT64_MIN, town, &low) || !edge(p, file, bound, S("至多"), INT64_MAX, town, &high))
        return false;
    if (n >= low && n <= high)
        return true;
    int64_t nearest = n > high || low > high ? high : low;
    if (!given(p, bound->key)) {
        fit(p, bound, n, nearest);
        return true;
    }
    return script_wrong(p, p->options->counts.n ? p->options->counts : file, NULL, "“%.*s”是 %lld，%s %lld：%.*s", PS(bound->key),
                        (long long)n, n > high ? "至多是" : "至少须是", (long long)(n > high ? high : low),
                        PS(json_str(bound, S("因"))));
}

bool bounds_check(struct play *p, bool town)
{
    bool good = true;
    for (size_t i = 0; i < p->file_count; i++) {
        const struct json *bounds = json_get(p->files[i].root, S("界"));
        for (const struct json *m = bounds ? bounds->first : NULL; m; m = m->next)
            good &= bound_check(p, p->files[i].name, m, town);
    }
    return good;
}
