/* encoding: texts as the programs of banks and townships write them.
 *
 *     str text;
 *     if (!encoding_read(op, bytes, &text))       // UTF-8, or GB18030: 第12行有认不出的字节…
 *         return false;
 *     if (!encoding_write(op, ENCODING_GBK, text, &bytes, &bad))
 *         return op_fail(op, FAULT_INPUT, S("户名"), "银行的系统没有“%.*s”这个字", PS(bad));
 *
 * Invariants: what encoding_read gives is valid UTF-8 without byte order mark and without zero bytes; what encoding_write
 * gives reads back as the same text. */
#pragma once

#include "base/base.h"

enum encoding { ENCODING_UTF8, ENCODING_GB18030, ENCODING_GBK, ENCODINGS };
extern const str encoding_names[ENCODINGS];

/* Valid UTF-8 is UTF-8, with or without byte order mark; else it is GB18030 if it can be. A fault names the line. */
[[nodiscard]] bool encoding_read(struct op *op, str bytes, str *ret);
/* What says of itself which encoding it is in (XML); ret_stop: bytes that could be read, all of them unless one is not of
 * that encoding. */
[[nodiscard]] bool encoding_decode(struct op *op, enum encoding encoding, str bytes, str *ret, size_t *ret_stop);
/* false: ret_bad is the first character that the encoding has not, for the caller to say so; empty: a fault says what. */
[[nodiscard]] bool encoding_write(struct op *op, enum encoding encoding, str text, str *ret, str *ret_bad);
