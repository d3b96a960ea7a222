/* What a town begins with: the rows/ folders of the packs. What becomes of them in a town: given.c. */
#include "ledger/define.h"

enum { STARTS_MAX = 5000 }; /* rights, duties, deadlines: some hundred; a roll of people belongs in Excel */

static bool start_check(struct op *op, const struct town *town, const struct ledger *l, str place, const struct json *values)
{
    if (values->kind != JSON_OBJECT)
        return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(place), values->line), "每条记录须写成对象（花括号）");
    bool ok = true;
    for (const struct json *m = values->first; m; m = m->next) {
        const struct field *f = ledger_field(l, m->key);
        if (!f)
            ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(place), m->line), "台账“%.*s”没有字段“%.*s”；请改名或删去",
                         PS(l->name), PS(m->key));
        else if (f->type == F_COMPUTED || f->type == F_CHILDREN || f->target.n)
            ok = op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(place), m->line),
                         "起始记录不能填“%.*s”：算出来的和引用别的记录的字段，请在启用以后填", PS(f->name));
    }
    return says_start(op, town, l, place, values) && ok;
}

/* The values of its key, as people write them: FJ-LG 1. Empty: one is missing. */
static str start_key(struct op *op, const struct ledger *l, const struct json *values)
{
    str *words = op_array(op, str, l->key_count);
    for (size_t i = 0; i < l->key_count; i++) {
        const struct json *v = json_get(values, l->keys[i]);
        if (!v || (v->kind != JSON_STRING && v->kind != JSON_NUMBER) || !v->text.n)
            return S("");
        words[i] = v->text;
    }
    return op_join(op, words, l->key_count, S(" "));
}

/* By it the row is known again when the packs have become newer: each has one, of its own. */
static bool start_keyed(struct op *op, const struct ledger *l, str place, const struct json *values, struct map *keys, str *ret)
{
    place = op_text(op, "%.*s 第%d行", PS(place), values->line);
    *ret = start_key(op, l, values);
    if (!ret->n)
        return op_fail(op, FAULT_INPUT, place, "起始记录须写明键“%.*s”，凭它认出这一条", PS(op_join(op, l->keys, l->key_count, S("、"))));
    const char *before = map_get(keys, op_text(op, "%.*s %.*s", PS(l->english), PS(*ret)));
    if (before)
        return op_fail(op, FAULT_INPUT, place, "%s 已有键相同的起始记录“%.*s”；请删去一条", before, PS(*ret));
    (void)map_put(keys, op_text(op, "%.*s %.*s", PS(l->english), PS(*ret)), op_z(op, place));
    return true;
}

static bool start_file(struct op *op, struct town *town, const struct pack_file *file, struct map *keys)
{
    str place = file->said, english = str_part(file->name, 0, file->name.n - S(".json").n);
    struct json *root;
    const struct ledger *l = town_ledger(town, english);
    if (!l || !str_eq(l->english, english))
        return op_fail(op, FAULT_INPUT, place, "没有英文名为“%.*s”的台账；起始记录的文件名须是台账的英文名加 .json", PS(english));
    if (!json_file(op, file->path, place, DEFINITION_BYTES_MAX, &root))
        return false;
    if (root->kind != JSON_ARRAY)
        return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(place), root->line), "起始记录须写成列表（方括号）");
    if (town->start_count + root->count > STARTS_MAX)
        return op_fail(op, FAULT_INPUT, place, "起始记录超过 %d 条；多的请用 Excel 导入", STARTS_MAX);
    struct start *starts = op_array(op, struct start, town->start_count + root->count);
    if (town->start_count)
        memcpy(starts, town->starts, town->start_count * sizeof *starts);
    bool ok = true;
    for (const struct json *j = root->first; j; j = j->next) {
        struct start *start = &starts[town->start_count++];
        *start = (struct start){.ledger = l, .values = j};
        ok = start_check(op, town, l, place, j) && start_keyed(op, l, place, j, keys, &start->key) && ok;
    }
    town->starts = starts;
    return ok;
}

bool starts_read(struct op *op, struct town *town, str packs_folder)
{
    struct pack_file *files;
    struct map keys;
    size_t count;
    bool ok = true;
    map_init(&keys, op);
    if (!pack_files(op, packs_folder, S("rows"), S(".json"), &files, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        ok = start_file(op, town, &files[i], &keys) && ok;
    return ok;
}

const struct start *town_starts(const struct town *town, size_t *ret_count)
{
    *ret_count = town->start_count;
    return town->starts;
}
