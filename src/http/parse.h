/* http inside: what a request says, as pure functions of its text. Results live in the op. */
#pragma once
#include "http/http.h"

/* The request target of RFC 9112 3.2, origin-form or absolute-form. False: not one we take (see http.h, Invariants). */
bool target_parse(struct op *op, str target, str *ret_path, str *ret_query_text, struct http_pairs *ret_query);

/* application/x-www-form-urlencoded (WHATWG URL 5.1), but malformed text is refused, not repaired. */
bool form_parse(struct op *op, str text, struct http_pairs *ret);

/* RFC 6265 4.2; a cookie that is not well formed is left out: other programs on this host set theirs, too. */
void cookies_parse(struct op *op, str header, struct http_pairs *to);

/* RFC 9110 12.5.3: is this coding listed (or *) with a weight above 0? */
bool accepts_coding(str header, str coding);

/* RFC 9110 13.1.2: does the list of If-None-Match hold this tag (without quotes), by weak comparison? */
bool etag_listed(str header, str etag);

/* RFC 9110 14.1.2, a single range. NONE: no range, several, or not understood: send everything. */
enum range { RANGE_NONE, RANGE_PART, RANGE_BEYOND };
enum range range_parse(str header, int64_t size, int64_t *ret_from, int64_t *ret_size);

/* The last address of X-Forwarded-For: the one our own proxy saw. Empty: it is not an address. */
str forwarded_address(str header);

bool digits_parse(str text, int64_t *ret); /* 1*DIGIT, below about 2^61 */
bool same_word(str a, str b);              /* ASCII letters without regard to case */
str  trim_blanks(str s);                   /* spaces and tabs at both ends (OWS) */
