/* The text of a story: head lines, sentences, and the indented lines below them. */
#include "replay/story_inner.h"

static const str colon = SC("：");

static bool is_indented(str line)
{
    return str_starts(line, S(" ")) || str_starts(line, S("\t")) || str_starts(line, S("　"));
}

static bool colon_split(str text, str *ret_head, str *ret_tail)
{
    size_t at;
    *ret_head = str_trim(text);
    *ret_tail = S("");
    if (!str_find(text, colon, &at))
        return false;
    *ret_head = str_trim(str_part(text, 0, at));
    *ret_tail = str_trim(str_part(text, at + colon.n, text.n));
    return true;
}

static bool words_split(struct op *op, str file, struct sentence *s, str head)
{
    for (str word; (head = str_trim(head)).n;) {
        (void)str_split(head, ' ', &word, &head);
        if (s->word_count == SENTENCE_WORDS_MAX)
            return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(file), s->line), "一句话太长，请拆开");
        s->words[s->word_count++] = word;
    }
    return true;
}

static bool sentence_read(struct op *op, str file, str text, int number, struct sentence *ret)
{
    str head;
    *ret = (struct sentence){.line = number, .text = str_trim(text)};
    /* What must be so is FEEL or a value, and may hold a colon of its own. */
    (void)colon_split(text, &head, &ret->tail);
    return words_split(op, file, ret, head);
}

static bool head_read(str line, struct story_text *ret)
{
    static const str heads[] = {SC("故事"), SC("行"), SC("禁"), SC("规"), SC("说明")};
    str key, value;
    if (!colon_split(line, &key, &value))
        return false;
    for (size_t i = 0; i < COUNT(heads); i++)
        if (str_eq(key, heads[i])) {
            if (i == 0)
                ret->name = value;
            return true;
        }
    return false;
}

bool story_read(struct op *op, str path, struct story_text *ret)
{
    struct {
        struct sentence *p;
        size_t n, cap;
    } sentences = {0};
    struct {
        struct line *p;
        size_t n, cap;
    } lines = {0};
    str rest, text;
    int number = 0;
    *ret = (struct story_text){0};
    if (!file_read(op, path, STORY_FILE_BYTES_MAX, &rest))
        return false;
    if (!utf8_valid(rest))
        return op_fail(op, FAULT_INPUT, path, "故事须是 UTF-8 文字");
    while (rest.n) {
        (void)str_split(rest, '\n', &text, &rest);
        if (++number > STORY_LINES_MAX)
            return op_fail(op, FAULT_INPUT, path, "一个故事至多 %d 行，请拆开", STORY_LINES_MAX);
        if (!str_trim(text).n || str_starts(text, S("#")) || (sentences.n == 0 && head_read(text, ret)))
            continue;
        if (is_indented(text)) {
            struct line line = {.number = number, .text = str_trim(text)};
            if (sentences.n == 0)
                return op_fail(op, FAULT_INPUT, op_text(op, "%.*s 第%d行", PS(path), number),
                               "缩进的行须在一句话的下面");
            if (!colon_split(text, &line.key, &line.value))
                line.key = S("");
            *list_add(op, &lines) = line;
            sentences.p[sentences.n - 1].line_count++;
            continue;
        }
        if (!sentence_read(op, path, text, number, list_add(op, &sentences)))
            return false;
    }
    for (size_t i = 0, from = 0; i < sentences.n; from += sentences.p[i++].line_count)
        sentences.p[i].lines = lines.p + from;
    ret->sentences = sentences.p;
    ret->count = sentences.n;
    return (ret->name.n && ret->count) || op_fail(op, FAULT_INPUT, path, "故事须有“故事：”一行和要办的事");
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

struct names {
    str *p;
    size_t n, cap;
};

static bool folder_read(struct op *op, str folder, bool texts, int depth, struct names *found)
{
    str *names;
    size_t count;
    int faults = op->fault_count;
    if (!folder_list(op, folder, &names, &count)) {
        op_forgive(op, faults); /* not a folder */
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        str path = op_text(op, "%.*s/%.*s", PS(folder), PS(names[i]));
        if (found->n == STORY_FILES_MAX)
            return op_fail(op, FAULT_INPUT, folder, "至多 %d 个故事", STORY_FILES_MAX);
        if (texts && str_ends(names[i], S(".txt")))
            *list_add(op, found) = path;
        else if (depth > 0 && !folder_read(op, path, str_eq(names[i], S("stories")), depth - 1, found))
            return false;
    }
    return true;
}

bool story_files(struct op *op, str path, str **ret, size_t *ret_count)
{
    struct names found = {0};
    if (str_ends(path, S(".txt")))
        *list_add(op, &found) = path;
    else if (!folder_read(op, path, true, 2, &found))
        return false;
    *ret = found.p;
    *ret_count = found.n;
    return found.n || op_fail(op, FAULT_MISSING, path, "这里没有故事（…/stories/….txt）");
}
