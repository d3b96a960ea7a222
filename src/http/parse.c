#include <arpa/inet.h>

#include "http/parse.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

str trim_blanks(str s)
{
    while (s.n && is_blank(s.p[0]))
        s = str_part(s, 1, s.n);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool same_word(str a, str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool digits_parse(str text, int64_t *ret)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || value >= INT64_C(1) << 58)
            return false;
        value = value * 10 + (text.p[i] - '0');
    }
    if (text.n == 0)
        return false;
    *ret = value;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decoding (RFC 3986 2.1). False: a broken escape, a NUL, or not UTF-8. */
static bool percent_decode(struct op *op, str text, bool plus_is_space, str *ret)
{
    char *to = op_alloc(op, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '%') {
            bool whole = i + 2 < text.n;
            int high = whole ? hex_digit(text.p[i + 1]) : -1;
            int low = whole ? hex_digit(text.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == 0)
            return false;
        to[n++] = c;
    }
    *ret = (str){to, n};
    return utf8_valid(*ret);
}

bool form_parse(struct op *op, str text, struct http_pairs *ret)
{
    struct http_pairs pairs = {0};
    while (text.n) {
        str part, rest, name, value;
        str_split(text, '&', &part, &rest);
        text = rest;
        if (part.n == 0)
            continue;
        if (pairs.n == HTTP_PARAMS_MAX)
            return false;
        str_split(part, '=', &name, &value);
        struct http_pair pair;
        if (!percent_decode(op, name, true, &pair.name) || !percent_decode(op, value, true, &pair.value))
            return false;
        *list_add(op, &pairs) = pair;
    }
    *ret = pairs;
    return true;
}

/* What files and routes could take for something else: control characters, backslashes, "." and "..". */
static bool path_plain(str path)
{
    for (size_t i = 0; i < path.n; i++)
        if ((unsigned char)path.p[i] < 0x20 || path.p[i] == 0x7f || path.p[i] == '\\')
            return false;
    str rest = str_part(path, 1, path.n);
    while (rest.n) {
        str segment, tail;
        str_split(rest, '/', &segment, &tail);
        if (str_eq(segment, S(".")) || str_eq(segment, S("..")))
            return false;
        rest = tail;
    }
    return true;
}

bool target_parse(struct op *op, str target, str *ret_path, str *ret_query_text, struct http_pairs *ret_query)
{
    for (size_t i = 0; i < target.n; i++)
        if (target.p[i] <= 0x20 || target.p[i] >= 0x7f || target.p[i] == '#')
            return false;
    size_t at;
    if (target.n && target.p[0] != '/' && str_find(target, S("://"), &at)) {
        str authority_and_path = str_part(target, at + 3, target.n);
        if (!str_find(authority_and_path, S("/"), &at))
            return false;
        target = str_part(authority_and_path, at, authority_and_path.n);
    }
    if (target.n == 0 || target.p[0] != '/')
        return false;
    str raw_path, query_text, path;
    struct http_pairs query;
    str_split(target, '?', &raw_path, &query_text);
    /* An encoded slash would make one segment look like two further on. */
    if (str_find(raw_path, S("%2f"), &at) || str_find(raw_path, S("%2F"), &at))
        return false;
    if (!percent_decode(op, raw_path, false, &path) || !path_plain(path) || !form_parse(op, query_text, &query))
        return false;
    *ret_path = path;
    *ret_query_text = query_text;
    *ret_query = query;
    return true;
}

static bool cookie_plain(str s, bool is_name)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == '"' || s.p[i] == ',' || s.p[i] == ';' || s.p[i] == '\\' ||
            (is_name && s.p[i] == '='))
            return false;
    return true;
}

void cookies_parse(struct op *op, str header, struct http_pairs *to)
{
    while (header.n && to->n < HTTP_FIELDS_MAX) {
        str part, rest, name, value;
        str_split(header, ';', &part, &rest);
        header = rest;
        if (!str_split(trim_blanks(part), '=', &name, &value))
            continue;
        if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
            value = str_part(value, 1, value.n - 1);
        if (name.n && cookie_plain(name, true) && cookie_plain(value, false))
            *list_add(op, to) = (struct http_pair){op_copy(op, name), op_copy(op, value)};
    }
}

/* "0", "0.0", "0.00", "0.000": the one weight that means no (RFC 9110 12.4.2). */
static bool weight_is_zero(str parameters)
{
    while (parameters.n) {
        str parameter, rest;
        str_split(parameters, ';', &parameter, &rest);
        parameters = rest;
        parameter = trim_blanks(parameter);
        if (parameter.n < 3 || lower(parameter.p[0]) != 'q' || parameter.p[1] != '=')
            continue;
        for (size_t i = 2; i < parameter.n; i++)
            if (parameter.p[i] != '0' && parameter.p[i] != '.')
                return false;
        return true;
    }
    return false;
}

bool accepts_coding(str header, str coding)
{
    bool star = false;
    while (header.n) {
        str part, rest, name, parameters;
        str_split(header, ',', &part, &rest);
        header = rest;
        str_split(trim_blanks(part), ';', &name, &parameters);
        name = trim_blanks(name);
        if (same_word(name, coding))
            return !weight_is_zero(parameters);
        if (str_eq(name, S("*")))
            star = !weight_is_zero(parameters);
    }
    return star;
}

bool etag_listed(str header, str etag)
{
    if (str_eq(trim_blanks(header), S("*")))
        return true;
    while (header.n) {
        header = trim_blanks(header);
        if (str_starts(header, S("W/")))
            header = str_part(header, 2, header.n);
        if (header.n == 0 || header.p[0] != '"')
            return false;
        str tag, rest;
        if (!str_split(str_part(header, 1, header.n), '"', &tag, &rest))
            return false;
        if (str_eq(tag, etag))
            return true;
        rest = trim_blanks(rest);
        if (rest.n && rest.p[0] != ',')
            return false;
        header = str_part(rest, 1, rest.n);
    }
    return false;
}

enum range range_parse(str header, int64_t size, int64_t *ret_from, int64_t *ret_size)
{
    str unit, set, first, last;
    if (!str_split(trim_blanks(header), '=', &unit, &set) || !same_word(unit, S("bytes")) ||
        !str_split(trim_blanks(set), '-', &first, &last))
        return RANGE_NONE;
    int64_t from, to;
    if (first.n == 0) { /* the last so many */
        if (!digits_parse(last, &to))
            return RANGE_NONE;
        from = to < size ? size - to : 0;
        if (to == 0 || size == 0)
            return RANGE_BEYOND;
        to = size - 1;
    } else {
        if (!digits_parse(first, &from))
            return RANGE_NONE;
        if (last.n == 0)
            to = INT64_MAX;
        else if (!digits_parse(last, &to) || to < from)
            return RANGE_NONE;
        if (from >= size)
            return RANGE_BEYOND;
        if (to >= size)
            to = size - 1;
    }
    *ret_from = from;
    *ret_size = to - from + 1;
    return RANGE_PART;
}

str forwarded_address(str header)
{
    str head, tail;
    while (str_split(header, ',', &head, &tail))
        header = tail;
    header = trim_blanks(header);
    char text[INET6_ADDRSTRLEN];
    struct in6_addr binary;
    if (header.n == 0 || header.n >= sizeof text)
        return S("");
    memcpy(text, header.p, header.n);
    text[header.n] = 0;
    return inet_pton(AF_INET, text, &binary) == 1 || inet_pton(AF_INET6, text, &binary) == 1 ? header : S("");
}
