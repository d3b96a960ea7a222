/* excel: what exports write and imports look for, so that a list that went out to the villages and came back is merged.
 *
 *     row 1   title                       row 2   填报单位（盖章）： … date
 *     row 3   序号 | the office's headings, then the other fields | 系统行号（勿改） (hidden: record id and version)
 *     properties of the workbook: the ledger, and the last fact at the time of the export */
#pragma once

#include "ledger/ledger.h"

#define EXCEL_LEDGER S("镇务台账")       /* property: English name of the ledger */
#define EXCEL_FACT S("镇务留痕号")       /* property: what had been done when this was exported */
#define EXCEL_KEY S("系统行号（勿改）")
#define EXCEL_SERIAL S("序号")

/* Whether a value of this field stands in a cell: not child rows, files and signatures. */
bool excel_carries(const struct field *f);
/* A value as a person reads it in a cell; label: what a reference is called, or NULL. */
str  excel_text(struct op *op, const struct field *f, const struct json *value, const struct json *label);
/* Headings are compared without spaces, line breaks, stars, colons and the width of brackets. */
str  excel_heading(struct op *op, str s);
str  excel_unbracketed(struct op *op, str s);   /* 金额(元) -> 金额 */
int  excel_title_year(str title);                /* 2021 of 2021年冬春救助…, by the first 年; 0: none */
/* Leading words of rows that are no records: 合计 小计 …; 填表人： 单位负责人： … */
bool excel_is_total(struct op *op, str s);
bool excel_is_ending(struct op *op, str s);
/* <32 hex digits>-<version> */
bool excel_key_parse(str s, id *ret_record, int64_t *ret_version);

/* Memory of its own that ends with op: what lives longer than a row, while rows are reset. */
struct op *side_op(struct op *op);
bool side_failed(struct op *op, struct op *side); /* its faults become op's; always false */
