#include "base/test.h"
#include "http/parse.h"

TEST("a target is decoded into path and parameters")
{
    str path, text;
    struct http_pairs query;
    str target = S("/api/%E5%8F%B0%E8%B4%A6/1?q=%E5%BC%A0+%E4%B8%89&empty=&flag&q=2&&a%3Db=c%26d");
    check(target_parse(op, target, &path, &text, &query));
    check_str(path, S("/api/台账/1"));
    check_str(text, S("q=%E5%BC%A0+%E4%B8%89&empty=&flag&q=2&&a%3Db=c%26d"));
    check_int(query.n, 5);
    check_str(query.p[0].value, S("张 三"));
    check_str(query.p[2].name, S("flag"));
    check_str(query.p[2].value, S(""));
    check_str(query.p[3].value, S("2"));
    check_str(query.p[4].name, S("a=b"));
    check_str(query.p[4].value, S("c&d"));
    check(target_parse(op, S("http://town.local:8080/a?b=1"), &path, &text, &query));
    check_str(path, S("/a"));
    check(target_parse(op, S("/?line=1%0A2"), &path, &text, &query));
    check_str(query.p[0].value, S("1\n2"));
}

TEST("a target that could mean two things is refused")
{
    static const str bad[] = {
        SC(""),        SC("a"),        SC("*"),         SC("http://host"), SC("/a b"),     SC("/a#b"),
        SC("/%"),      SC("/%4"),      SC("/%zz"),      SC("/%00"),        SC("/?a=%00"),  SC("/\xE5\xBC\xA0"),
        SC("/%0A"),    SC("/%7F"),     SC("/.."),       SC("/a/../b"),     SC("/."),       SC("/a/%2e%2E/b"),
        SC("/a/./b"),  SC("/a%2Fb"),   SC("/a%2fb"),    SC("/a%5Cb"),      SC("/a\\b"),    SC("/?a=%ED%A0%80"),
        SC("/%ff"),    SC("/%C0%AE"),  SC("/?%f5=1"),
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        str path, text;
        struct http_pairs query;
        if (target_parse(op, bad[i], &path, &text, &query))
            test_failed(__FILE__, __LINE__, "taken: %.*s", PS(bad[i]));
    }
}

TEST("more parameters than the limit are refused")
{
    struct buf text;
    buf_init(&text, op, 0);
    struct http_pairs pairs;
    for (int i = 0; i < HTTP_PARAMS_MAX; i++)
        buf_add(&text, S("a=1&"));
    check(form_parse(op, buf_str(&text), &pairs) && pairs.n == HTTP_PARAMS_MAX);
    buf_add(&text, S("a=1"));
    check(!form_parse(op, buf_str(&text), &pairs));
}

TEST("cookies are taken as sent; malformed ones and those over the limit are left out")
{
    struct http_pairs cookies = {0};
    cookies_parse(op, S("session=abc.def; theme=\"dark\" ;bad;=x; c=a b; d=; e=1=2"), &cookies);
    check_int(cookies.n, 4);
    check_str(cookies.p[0].value, S("abc.def"));
    check_str(cookies.p[1].value, S("dark"));
    check_str(cookies.p[2].name, S("d"));
    check_str(cookies.p[3].value, S("1=2"));
    struct buf many;
    buf_init(&many, op, 0);
    for (int i = 0; i <= HTTP_FIELDS_MAX; i++)
        buf_text(&many, "c%d=1;", i);
    cookies = (struct http_pairs){0};
    cookies_parse(op, buf_str(&many), &cookies);
    check_int(cookies.n, HTTP_FIELDS_MAX);
}

TEST("a coding is accepted when listed with a weight above nought")
{
    static const struct {
        str header;
        bool br, gzip;
    } rows[] = {
        {SC(""), false, false},
        {SC("gzip, deflate, br"), true, true},
        {SC("gzip;q=0, br;q=0.5"), true, false},
        {SC("GZIP ; Q=0.000"), false, false},
        {SC("*"), true, true},
        {SC("*;q=0, gzip"), false, true},
        {SC("br;q=1.0,*;q=0"), true, false},
        {SC("brotli"), false, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        if (accepts_coding(rows[i].header, S("br")) != rows[i].br ||
            accepts_coding(rows[i].header, S("gzip")) != rows[i].gzip)
            test_failed(__FILE__, __LINE__, "%.*s", PS(rows[i].header));
}

TEST("If-None-Match compares weakly over a list")
{
    check(etag_listed(S("\"a\""), S("a")));
    check(etag_listed(S("W/\"a\""), S("a")));
    check(etag_listed(S("\"x,y\" , W/\"b\",\"a\""), S("a")));
    check(etag_listed(S("*"), S("a")));
    check(!etag_listed(S("\"b\""), S("a")));
    check(!etag_listed(S("a"), S("a")));
    check(!etag_listed(S("\"a"), S("a")));
    check(!etag_listed(S(""), S("")));
}

TEST("a range is clipped to the file, refused beyond it, and ignored when not understood")
{
    static const struct {
        str header;
        int64_t size;
        enum range result;
        int64_t from, part;
    } rows[] = {
        {SC("bytes=0-0"), 10, RANGE_PART, 0, 1},    {SC("bytes=2-5"), 10, RANGE_PART, 2, 4},
        {SC("bytes=5-"), 10, RANGE_PART, 5, 5},     {SC("bytes=5-99"), 10, RANGE_PART, 5, 5},
        {SC("bytes=-3"), 10, RANGE_PART, 7, 3},     {SC("bytes=-99"), 10, RANGE_PART, 0, 10},
        {SC("bytes=10-"), 10, RANGE_BEYOND, 0, 0},  {SC("bytes=-0"), 10, RANGE_BEYOND, 0, 0},
        {SC("bytes=0-"), 0, RANGE_BEYOND, 0, 0},    {SC("bytes=5-2"), 10, RANGE_NONE, 0, 0},
        {SC("bytes=0-1,3-4"), 10, RANGE_NONE, 0, 0}, {SC("lines=0-1"), 10, RANGE_NONE, 0, 0},
        {SC("bytes=-"), 10, RANGE_NONE, 0, 0},      {SC("bytes=a-b"), 10, RANGE_NONE, 0, 0},
        {SC("bytes=99999999999999999999-"), 10, RANGE_NONE, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t from = 0, part = 0;
        enum range result = range_parse(rows[i].header, rows[i].size, &from, &part);
        if (result != rows[i].result || (result == RANGE_PART && (from != rows[i].from || part != rows[i].part)))
            test_failed(__FILE__, __LINE__, "%.*s: %d %lld %lld", PS(rows[i].header), result, (long long)from,
                        (long long)part);
    }
}

TEST("the address our own proxy saw is the last one, or none")
{
    check_str(forwarded_address(S("1.2.3.4")), S("1.2.3.4"));
    check_str(forwarded_address(S("evil, 10.0.0.1 ,  fd00::7 ")), S("fd00::7"));
    check_str(forwarded_address(S("1.2.3.4, unknown")), S(""));
    check_str(forwarded_address(S("")), S(""));
}
