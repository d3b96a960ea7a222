/* check_kinds: the checks of the kinds of values, and what they share. Inside of check.
 *
 *     check.c          which check a field gets; tidying; masks
 *     check_code.c     identity numbers, telephones, cards, codes
 *     check_word.c     names, texts, choices
 *     check_number.c   numbers, amounts
 *     check_day.c      days, times, periods
 *     check_json.c     values from JSON; places, files */
#pragma once

#include "ledger/check.h"

/* f NULL: a form asked for by its name. Without trouble *ret says the value; it was empty before. */
typedef bool check_fn(struct op *op, const struct field *f, str typed, struct checked *ret);

check_fn check_citizen_id, check_citizen_id_15, check_organisation, check_credit_code, check_mobile, check_phone, check_luhn, check_card,
    check_code, check_region, check_village, check_document_number;
check_fn check_words, check_long, check_choice, check_list, check_reference, check_yes;
check_fn check_int, check_decimal, check_ratio, check_year, check_money;
check_fn check_day, check_time, check_period, check_month;
check_fn check_place, check_never;

/* Says what is the matter; always false. */
bool check_trouble(struct op *op, struct checked *ret, const char *format, ...) __attribute__((format(printf, 3, 4)));
void check_warn(struct op *op, struct checked *ret, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The spreadsheet has kept a long number as something to compute with; always false. */
bool check_lost(struct op *op, str what, str shown, struct checked *ret);
bool checked_text(struct checked *ret, str text); /* the value is this text; always true */
bool checked_list_add(struct op *op, const struct field *f, str one, struct checked *ret);
bool checked_list_end(struct op *op, struct checked *ret);

enum tidy {
    TIDY_MARKS = 1,    /* full-width marks become ASCII: － （ ， */
    TIDY_NO_SPACE = 2, /* white space goes, also inside */
    TIDY_UPPER = 4,    /* a … z become capitals */
    TIDY_LINES = 8,    /* line breaks stay */
    TIDY_CODE = TIDY_MARKS | TIDY_NO_SPACE | TIDY_UPPER,
    TIDY_NUMBER = TIDY_MARKS | TIDY_NO_SPACE,
};
str tidy(struct op *op, str s, unsigned how);
str name_tidy(struct op *op, str name); /* 张　三 is 张三, 买买提•艾力 has its U+00B7 */

bool text_digits(str s);                             /* nothing else, and something */
bool text_has(str s, str part);
bool text_among(str s, const str *list, size_t count);
int  text_several(str s, bool more);                 /* how many things a cell names */
bool text_exponent(str s);                           /* 3.2E+17 */
int  digits_at(str s, size_t from, size_t count);    /* as a number; they are digits */
bool check_nothing(enum field_type type, str s);     /* what offices write into a cell that has nothing to say */
bool field_names_somebody(str field);                /* 姓名 户主 负责人 … by the field's name */

enum number_result { NUMBER_GOOD, NUMBER_ODD, NUMBER_FINE, NUMBER_LARGE }; /* FINE: more decimals than the scale */
enum number_result units_parse(str s, int scale, int64_t *ret);
str units_text(struct op *op, int64_t value, int scale);
