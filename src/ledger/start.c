/* What a new town begins with: the rows/ folders of the packs, added like anybody's records. */
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

static bool start_file(struct op *op, struct town *town, const struct pack_file *file)
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
        ok = start_check(op, town, l, place, j) && ok;
        starts[town->start_count++] = (struct start){l, j};
    }
    town->starts = starts;
    return ok;
}

bool starts_read(struct op *op, struct town *town, str packs_folder)
{
    struct pack_file *files;
    size_t count;
    bool ok = true;
    if (!pack_files(op, packs_folder, S("rows"), S(".json"), &files, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        ok = start_file(op, town, &files[i]) && ok;
    return ok;
}

const struct start *town_starts(const struct town *town, size_t *ret_count)
{
    *ret_count = town->start_count;
    return town->starts;
}

bool town_begin(struct tx *tx, const struct town *town)
{
    struct who who = {.name = S("系统"), .system = true};
    const struct ledger *fresh = NULL, *known = NULL;
    for (size_t i = 0; i < town->start_count; i++) {
        const struct start *s = &town->starts[i];
        if (s->ledger != fresh && s->ledger != known) {
            struct list_page page; /* not the facts: what a ledger is, is a fact of it too */
            if (!list_read(tx, town, &who, s->ledger, &(struct list_query){.withdrawn = true, .limit = 1}, &page))
                return false;
            *(page.record_count ? &known : &fresh) = s->ledger;
        }
        struct warning *warnings;
        struct record *record;
        if (s->ledger == fresh && !record_add(tx, town, &who, s->ledger, s->values, &warnings, &record))
            return false;
    }
    return true;
}
