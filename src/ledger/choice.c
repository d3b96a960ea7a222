/* The choices of a field (枚, 多枚, some texts): written out or from a code list, and what else offices write for them. */
#include "ledger/define.h"

struct choices {
    const str *p;
    size_t n;
};

/* The names in packs/codes/<list>.csv. */
static bool code_list_read(struct reader *r, int line, str list, struct choices *ret)
{
    struct choices *known = map_get(&r->code_lists, list);
    if (known) {
        *ret = *known;
        return true;
    }
    if (check_form_known(list)) {
        *ret = (struct choices){0};
        return true;
    }
    for (size_t i = 0; i < list.n; i++)
        if (!((list.p[i] >= 'a' && list.p[i] <= 'z') || (list.p[i] >= '0' && list.p[i] <= '9') || list.p[i] == '-'))
            return wrong(r, line, "代码表“%.*s”的名字只能用小写字母、数字和短横", PS(list));
    str path = op_text(r->op, "%.*s/codes/%.*s.csv", PS(r->packs), PS(list)), text;
    struct csv_row *rows;
    size_t count, column = 0;
    if (!file_read(r->op, path, CODE_LIST_BYTES_MAX, &text))
        return wrong(r, line, "没有代码表 codes/%.*s.csv；请放入这个文件或改正名字", PS(list));
    if (!csv_parse(r->op, text, &rows, &count) || count < 1)
        return wrong(r, line, "代码表 codes/%.*s.csv 读不出来，请查看它的格式", PS(list));
    while (column < rows[0].count && !str_eq(rows[0].fields[column], S("name")))
        column++;
    if (column == rows[0].count)
        return wrong(r, line, "代码表 codes/%.*s.csv 的首行须有 name 一列", PS(list));
    struct { str *p; size_t n, cap; } names = {0};
    for (size_t i = 1; i < count && names.n < CHOICES_MAX; i++)
        if (column < rows[i].count && rows[i].fields[column].n && !text_in(rows[i].fields[column], names.p, names.n))
            *list_add(r->op, &names) = rows[i].fields[column];
    known = op_new(r->op, struct choices);
    *ret = *known = (struct choices){names.p, names.n};
    map_put(&r->code_lists, list, known);
    return true;
}

/* {"配偶": ["妻", "夫"]}: each word stands for one choice, and is none itself. */
static bool words_read(struct reader *r, const struct json *j, struct field *f)
{
    struct { struct other_word *p; size_t n, cap; } words = {0};
    const struct json *all = json_get(j, S("同义"));
    for (const struct json *choice = all ? all->first : NULL; choice; choice = choice->next) {
        if (!text_in(choice->key, f->choices, f->choice_count))
            return wrong(r, choice->line, "“同义”里的“%.*s”不是字段“%.*s”的选项", PS(choice->key), PS(f->name));
        if (choice->kind != JSON_ARRAY)
            return wrong(r, choice->line, "“同义”写成如 {\"配偶\": [\"妻\", \"夫\"]}");
        for (const struct json *word = choice->first; word; word = word->next) {
            if (word->kind != JSON_STRING || word->text.n == 0)
                return wrong(r, word->line, "“同义”写成如 {\"配偶\": [\"妻\", \"夫\"]}");
            if (text_in(word->text, f->choices, f->choice_count))
                return wrong(r, word->line, "“%.*s”本身是字段“%.*s”的选项，不能又是“%.*s”的同义词", PS(word->text), PS(f->name),
                             PS(choice->key));
            for (size_t i = 0; i < words.n; i++)
                if (str_eq(words.p[i].word, word->text))
                    return wrong(r, word->line, "“%.*s”已是“%.*s”的同义词；一个词只能指一个选项", PS(word->text),
                                 PS(words.p[i].choice));
            *list_add(r->op, &words) = (struct other_word){word->text, choice->key};
        }
    }
    f->words = words.p;
    f->word_count = words.n;
    return true;
}

bool choices_read(struct reader *r, const struct json *j, struct field *f)
{
    f->choices = texts(r, j, S("选项"), &f->choice_count);
    if (f->code_list.n) {
        struct choices list = {0};
        if (!code_list_read(r, line_of(j, S("代码表")), f->code_list, &list))
            return false;
        if (f->choice_count == 0 && (f->type == F_ENUM || f->type == F_ENUMS || f->type == F_TEXT)) {
            f->choices = list.p;
            f->choice_count = list.n;
        }
    }
    if ((f->type == F_ENUM || f->type == F_ENUMS) && f->choice_count == 0)
        return wrong(r, f->line, "字段“%.*s”须写明“选项”或“代码表”", PS(f->name));
    return words_read(r, j, f);
}
