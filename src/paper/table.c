/* A table within the running text: lines that begin with | are its rows, the first is its heading. Its rows stand on
 * the rows of the 版心, so that the text around it keeps its places; the heading is repeated where the table goes on on a
 * new page. */
#include <math.h>
#include <stdlib.h>

#include "paper/place.h"

static const double line_w = 0.25, side = 1.0; /* mm */
static const double bar_height = 0.45;         /* of its row */

enum { TABLE_COLUMNS_MAX = 20, TABLE_ROWS_MAX = 5000 };

/* A cell ▇0.75 is a bar three quarters as long as its column: a chart that prints in black. */
#define BAR "▇"
static const double bar_cells = 16; /* width of a column of bars, in characters */

struct table {
    double x[TABLE_COLUMNS_MAX + 1]; /* mm from the left of the 版心 */
    size_t columns;
    double size; /* mm */
};
struct table_row {
    const struct table *table;
    struct text *texts[TABLE_COLUMNS_MAX];
    struct rows rows[TABLE_COLUMNS_MAX];
    double bars[TABLE_COLUMNS_MAX]; /* 0: none */
    size_t slots;
    bool heading;
};

/* |村组|户数| -> its cells; the outer strokes are not cells. */
static size_t cells_cut(str row, str cells[TABLE_COLUMNS_MAX])
{
    size_t n = 0;
    str cell;
    row = str_trim(row);
    row = str_part(row, 1, str_ends(row, S("|")) && row.n > 1 ? row.n - 1 : row.n);
    for (bool more = true; more && n < TABLE_COLUMNS_MAX;) {
        more = str_split(row, '|', &cell, &row);
        cells[n++] = str_trim(cell);
    }
    return n;
}

static double bar_of(struct op *op, str cell)
{
    if (!str_starts(cell, S(BAR)))
        return 0;
    double share = strtod(op_z(op, str_part(cell, strlen(BAR), cell.n)), NULL);
    return share > 0 && share <= 1 ? share : 0;
}

static struct text *cell_text(struct place *p, str s, bool heading)
{
    struct text *t = op_new(p->op, struct text);
    text_init(t, p->paper, S("表格"));
    text_add(t, heading ? TYPE_HEI : TYPE_FANG, s);
    return t;
}

/* Each column gets what its widest cell asks for; what is over or missing is shared in that proportion. */
static void columns_measure(const struct place *p, struct table *table, const struct table_row *rows, size_t count)
{
    double wanted[TABLE_COLUMNS_MAX] = {0}, sum = 0;
    for (size_t c = 0; c < table->columns; c++) {
        for (size_t i = 0; i < count; i++)
            wanted[c] =
                fmax(wanted[c], rows[i].bars[c] > 0 ? bar_cells
                                                    : fmin(text_width(rows[i].texts[c], 0, rows[i].texts[c]->count),
                                                           p->style->cells / 2));
        wanted[c] += 2; /* room to breathe, and none is without width */
        sum += wanted[c];
    }
    for (size_t c = 0; c < table->columns; c++)
        table->x[c + 1] = table->x[c] + wanted[c] / sum * p->style->width;
}

static struct line *slot_add(struct place *p, struct lines *lines, const struct table_row *row, size_t part)
{
    struct line *line = list_add(p->op, lines);
    *line = (struct line){.size = p->size,
                          .text = row->texts[0],
                          .part = S("正文"),
                          .table = row,
                          .table_part = part,
                          .keep = row->heading || part + 1 < row->slots};
    return line;
}

static bool is_chart(const struct table_row *rows, size_t count, size_t columns)
{
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < columns; c++)
            if (rows[i].bars[c] > 0)
                return true;
    return false;
}

bool text_table_lines(struct place *p, struct lines *lines, str *body)
{
    struct {
        struct table_row *p;
        size_t n, cap;
    } rows = {0};
    struct table *table = op_new(p->op, struct table);
    str cells[TABLE_COLUMNS_MAX], head, tail;
    table->size = p->style->table_size > 0 ? p->style->table_size * PT : p->size;
    while (body->n && str_starts(str_trim(*body), S("|"))) {
        str_split(*body, '\n', &head, &tail);
        *body = tail;
        if (!str_trim(head).n)
            continue;
        size_t n = cells_cut(head, cells);
        if (rows.n == 0)
            table->columns = n;
        if (rows.n == TABLE_ROWS_MAX)
            return op_fail(p->op, FAULT_INPUT, S("表格"), "一张表至多 %d 行，请作为附件", TABLE_ROWS_MAX);
        struct table_row *row = list_add(p->op, &rows);
        *row = (struct table_row){.table = table, .heading = rows.n == 1};
        for (size_t c = 0; c < table->columns; c++) {
            str cell = c < n ? cells[c] : S("");
            row->bars[c] = bar_of(p->op, cell);
            row->texts[c] = cell_text(p, row->bars[c] > 0 ? S("") : cell, row->heading);
        }
    }
    if (lines->n && lines->p[lines->n - 1].text && !lines->p[lines->n - 1].table)
        lines->p[lines->n - 1].keep = true; /* 情况如下： */
    columns_measure(p, table, rows.p, rows.n);
    size_t begin = lines->n;
    for (size_t i = 0; i < rows.n; i++) {
        struct table_row *row = &rows.p[i];
        row->slots = 1;
        for (size_t c = 0; c < table->columns; c++) {
            double room = (table->x[c + 1] - table->x[c] - 2 * side) / table->size;
            (void)text_rows(row->texts[c], fmax(room, 1), 0, 0, TABLE_ROWS_MAX, &row->rows[c]);
            row->slots = row->rows[c].n > row->slots ? row->rows[c].n : row->slots;
        }
        for (size_t part = 0; part < row->slots; part++)
            slot_add(p, lines, row, part)->table_head = rows.p;
    }
    if (is_chart(rows.p, rows.n, table->columns) && lines->n - begin <= TOGETHER_MAX)
        for (size_t i = begin; i < lines->n; i++) {
            lines->p[i].together = true;
            lines->p[i].keep = i + 1 < lines->n;
        }
    return true;
}

/* Before line `at`, which begins a page: the heading once more. */
void text_table_again(struct place *p, struct lines *lines, size_t at)
{
    const struct table_row *head = lines->p[at].table_head;
    for (size_t part = 0; part < head->slots; part++)
        (void)slot_add(p, lines, head, part);
    memmove(lines->p + at + head->slots, lines->p + at, (lines->n - head->slots - at) * sizeof *lines->p);
    for (size_t part = 0; part < head->slots; part++)
        lines->p[at + part] = (struct line){.size = p->size,
                                            .text = head->texts[0],
                                            .part = S("正文"),
                                            .table = head,
                                            .table_part = part,
                                            .table_head = head,
                                            .keep = true,
                                            .again = true};
}

/* One slot of a row: its strokes, and the rows of text that fall on it. */
void text_table_put(struct place *p, const struct line *line, const struct leaf *leaf)
{
    const struct table_row *row = line->table;
    const struct table *t = row->table;
    double left = p->style->left, top = leaf->base + (double)line->slot * leaf->pitch;
    for (size_t c = 0; c <= t->columns; c++)
        page_rule(p->paper, leaf->page, S("表线"), PAPER_BLACK, left + t->x[c] - line_w / 2, top, line_w, leaf->pitch);
    if (line->table_part == 0)
        page_rule(p->paper, leaf->page, S("表线"), PAPER_BLACK, left, top - line_w / 2, t->x[t->columns], line_w);
    if (line->table_part + 1 == row->slots)
        page_rule(p->paper, leaf->page, S("表线"), PAPER_BLACK, left, top + leaf->pitch - line_w / 2, t->x[t->columns],
                  line_w);
    for (size_t c = 0; c < t->columns && line->table_part == 0; c++)
        if (row->bars[c] > 0) {
            double room = t->x[c + 1] - t->x[c] - 2 * side, high = leaf->pitch * bar_height;
            page_rule(p->paper, leaf->page, S("图"), PAPER_BLACK, left + t->x[c] + side, top + (leaf->pitch - high) / 2,
                      room * row->bars[c], high);
        }
    for (size_t c = 0; c < t->columns; c++) {
        size_t above = (row->slots - row->rows[c].n) / 2; /* in the middle of its row */
        if (line->table_part < above || line->table_part - above >= row->rows[c].n)
            continue;
        struct row text = row->rows[c].p[line->table_part - above];
        struct setting set = {.part = S("表格"), .size = t->size, .cell = t->size, .stretch = 1, .loose = 0.1};
        double width = t->x[c + 1] - t->x[c], at = left + t->x[c] + fmax(side, (width - text.natural * t->size) / 2);
        text.last = true;
        page_row(p->paper, leaf->page, row->texts[c], &text, at, width - 2 * side, baseline(top, leaf->pitch, t->size),
                 set);
    }
}
