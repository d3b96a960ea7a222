/* check: one value of one field, from the text that a person or a spreadsheet gave to the form that is kept.
 *
 *     struct checked c;
 *     if (!check_text(op, ledger_field(people, S("证件号")), S(" 11010519491231002x"), &c))
 *         return op_fail(op, FAULT_INPUT, f->name, "%.*s", PS(c.trouble)); // 身份证号第18位校验不符，应为X，请核对
 *     keep(c.text);                                                        // 11010519491231002X
 *
 * Pure: looks at nothing but its arguments and op->now. Whether a field is required, whether a value is taken already
 * and whether a record referred to exists is for the record to ask, not for the value.
 * Invariants: checking a normal form again gives the same normal form without trouble (fuzz_check holds this);
 * a value that was given is never silently turned into another one: whatever is guessed is a warning.
 * Trouble is not an op fault, because an import meets it by the thousand; the caller decides where it is said.
 * Sources: GB 11643-1999 (citizen id), GB 32100-2015 with amendment 1 (credit code), GB 11714-1997 (organisation
 * code), GB/T 2260 (regions), ISO/IEC 7812-1 annex B (cards), GB/T 9704-2012 7.2.5 (document numbers), the rules of the
 * People's Bank for amounts in capitals (支付结算办法 appendix 1), the conventions of office sheets (packs README). */
#pragma once

#include "ledger/ledger.h"

enum {
    CHECK_LONG_MAX = 20000,   /* characters of a 长文: thirty pages, more belongs in a file */
    CHECK_TEXT_MAX = 200,     /* characters of a 文 without size */
    CHECK_CODE_MAX = 40,      /* characters of 码 and 号 */
    CHECK_LIST_MAX = 200,     /* elements of 多枚, 多引, 图, 附 */
    CHECK_BYTES_MAX = 128 << 10, /* of one typed value */
    CHECK_DIGITS_MAX = 15,    /* of a number: what a spreadsheet keeps exactly; ten thousand thousand million yuan */
    RATIO_DECIMALS = 6,       /* 率: millionths */
};

enum checked_kind { CHECKED_EMPTY, CHECKED_TEXT, CHECKED_NUMBER, CHECKED_BOOL, CHECKED_LIST, CHECKED_JSON };

/* What became of a value. By field type:
 *     文 长文 码 号 证 信 电 卡 枚 月 期 引     TEXT    text
 *     日 时                                   TEXT    text; number = day, time_ms
 *     整 年                                   NUMBER  text "12"; number itself
 *     数n                                     NUMBER  text "12.50"; number in units of 10^-n
 *     元                                      NUMBER  text "12.50"; number in fen
 *     率                                      NUMBER  text "0.125"; number in millionths
 *     否                                      BOOL    text "是" "否"; number 1, 0
 *     多枚 多引                                LIST    list, count; text joined by 、
 *     坐 图 附 签                              JSON    text = JSON in its normal form
 * Text may point into what was typed. */
struct checked {
    enum checked_kind kind;
    str text;
    int64_t number;
    const str *list;
    size_t count;
    str warning; /* empty: none */
    str trouble; /* what is the matter and what to do; set only when a check says false */
};

/* false: the value cannot be kept, ret->trouble says why. An empty value, and what offices write for one (/ — －), is
 * CHECKED_EMPTY. 引 and 多引: the text is only tidied, the caller finds the record. 子 and 算 are never written. */
[[nodiscard]] bool check_text(struct op *op, const struct field *f, str typed, struct checked *ret);
/* The same from the JSON of API and forms; text is as lenient as typing. NULL is JSON null. */
[[nodiscard]] bool check_json(struct op *op, const struct field *f, const struct json *value, struct checked *ret);
/* 「7月8日」「7月份」: a date, time or month that leaves out its year; a sheet's title may say it. */
bool check_yearless(struct op *op, enum field_type type, str typed);
/* The years that a title names: the first, and how many different ones with those counted before. */
void check_years(struct op *op, str title, int *ret_first, int *ret_count);
/* A cell whose digits the spreadsheet has destroyed (more than 15): always false, with what to do. */
[[nodiscard]] bool check_lost_digits(struct op *op, const struct field *f, str shown, struct checked *ret);
/* As JSON shows it; EMPTY is null. */
void checked_out(struct json_out *w, const struct checked *c);

/* Forms of codes that are not a field type of their own, by the names that test vectors use: citizen-id,
 * citizen-id-15, usci, org-code, luhn, bank-card, mobile, phone, region, village-code, doc-number. A 文 or 码 field
 * whose 代码表 is one of these names is checked by it. */
bool check_form_known(str form);
[[nodiscard]] bool check_form(struct op *op, str form, str typed, struct checked *ret);

/* ---- what identity numbers say ------------------------------------------------------------------------------ */

/* `id18` has passed its check. */
day  citizen_id_birth(str id18);
bool citizen_id_male(str id18);
char citizen_id_check_char(const char first17[17]); /* digits; '0' … '9', 'X' */
/* Somewhere in this text stands somebody's whole identity number or bank card, also with spaces or full-width. */
bool check_tells_number(struct op *op, str text);
/* How a number is checked when the field that says what paper it is of has this value: see 核验. Empty: as a citizen's. */
struct field field_on_paper(const struct field *f, str paper);

/* ---- amounts in capitals ------------------------------------------------------------------------------------ */

#define MONEY_FEN_MAX 999999999999999ll /* CHECK_DIGITS_MAX digits */
str  money_capital(struct op *op, int64_t fen);      /* 壹佰元整; 负 before; |fen| at most MONEY_FEN_MAX */
bool money_capital_parse(str s, int64_t *ret_fen);   /* 人民币 before, 正 or 整 or nothing after, 一二三 too */

/* ---- masks --------------------------------------------------------------------------------------------------- */

str mask_name(struct op *op, str name);   /* 张*三 李* 买***提 */
str mask_id(struct op *op, str number);   /* 1522**********1234 */
str mask_phone(struct op *op, str phone); /* 138****5678, 0479****567 */
str mask_card(struct op *op, str card);   /* ***************0012 */
str mask_text(struct op *op, const struct field *f, str text); /* as the field's type and name ask; others *** */
