/* Requests and replies, against a real server. */
#include <zlib.h>

#include "http/test_server.h"

/* ---- requests and replies ----------------------------------------------------------------------------------- */

TEST("a connection serves request after request")
{
    struct client *c = client_open(op, town_open(op));
    for (int i = 0; i < 100; i++) {
        struct answer a = ask(c, "GET /hello?name=%E5%BC%A0%E4%B8%89", "");
        check_int(a.status, 200);
        check_str(a.body, S("张三，您好"));
        check_str(field(&a, "Connection"), S(""));
    }
}

TEST("requests sent at once are answered in order")
{
    struct client *c = client_open(op, town_open(op));
    check(say(c, S("GET /hello?name=1 HTTP/1.1\r\nHost: t\r\n\r\n"
                   "POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc"
                   "GET /hello?name=3 HTTP/1.1\r\nHost: t\r\n\r\n")));
    check_str(hear_answer(c, true).body, S("1，您好"));
    check(str_starts(hear_answer(c, true).body, S("3 ")));
    check_str(hear_answer(c, true).body, S("3，您好"));
}

TEST("a handler sees method, path, address, cookie, header and its own moment")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    struct answer a = ask(c, "DELETE /%E5%8F%B0/1", "Cookie: a=b; session=s1\r\nX-What: v \r\n");
    str now = op_text(op, "%d /台/1 127.0.0.1 s1 v 0 %lld", HTTP_DELETE, (long long)town->clock);
    check_str(a.body, now);
}

TEST("HEAD is answered as GET without a body")
{
    struct client *c = client_open(op, town_open(op));
    struct answer a = ask(c, "HEAD /hello?name=a", "");
    check_int(a.status, 200);
    check_str(field(&a, "Content-Length"), S("10"));
    check_int(c->n, 0);
    check_str(ask(c, "GET /hello?name=b", "").body, S("b，您好"));
    a = ask(c, "HEAD /stream", "");
    check_int(a.status, 200);
}

TEST("every reply carries the headers that keep a browser safe")
{
    struct town *town = town_with(op, (struct http_config){.policy = S("default-src 'none'")});
    struct answer a = ask(client_open(op, town), "GET /hello", "");
    check_str(field(&a, "Content-Security-Policy"), S("default-src 'none'"));
    check_str(field(&a, "X-Content-Type-Options"), S("nosniff"));
    check_str(field(&a, "Referrer-Policy"), S("same-origin"));
    check_str(field(&a, "Cross-Origin-Opener-Policy"), S("same-origin"));
    check(field(&a, "Permissions-Policy").n > 0);
    check_str(field(&a, "Cache-Control"), S("no-store"));
    check_str(field(&a, "Strict-Transport-Security"), S(""));
}

TEST("a request that is not well formed is refused and its connection closed")
{
    struct town *town = town_open(op);
    struct buf many, large;
    buf_init(&many, op, 0);
    buf_init(&large, op, 0);
    for (int i = 0; i <= HTTP_FIELDS_MAX; i++)
        buf_text(&many, "X-%d: 1\r\n", i);
    buf_text(&large, "X-Large: %0*d\r\n", HTTP_HEADER_MAX, 1);
    const struct {
        int status;
        str text;
    } rows[] = {
        {400, S("GET /a/../b HTTP/1.1\r\nHost: t\r\n\r\n")},
        {400, S("GET /%FF HTTP/1.1\r\nHost: t\r\n\r\n")},
        {400, S("GET /hello HTTP/1.1\r\n\r\n")},
        {400, S("GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")},
        {400, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
        {400, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")},
        {400, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: -3\r\n\r\nabcd")},
        {400, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: +3\r\n\r\nabcd")},
        {414, op_text(op, "GET /%0*d HTTP/1.1\r\nHost: t\r\n\r\n", HTTP_URI_MAX, 1)},
        {431, op_text(op, "GET / HTTP/1.1\r\nHost: t\r\n%.*s\r\n", PS(buf_str(&many)))},
        {431, op_text(op, "GET / HTTP/1.1\r\nHost: t\r\n%.*s\r\n", PS(buf_str(&large)))},
        {501, S("BREW /hello HTTP/1.1\r\nHost: t\r\n\r\n")},
        {413, S("POST /hello HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\na")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client *c = client_open(op, town);
        check(say(c, rows[i].text));
        struct answer a = hear_answer(c, true);
        if (a.status != rows[i].status)
            test_failed(__FILE__, __LINE__, "row %zu: %d", i, a.status);
        shutdown(c->fd, SHUT_WR);
        check(ended(c));
    }
    struct client *c = client_open(op, town);
    struct answer a = ask(c, "GET /%00", "");
    check_str(field(&a, "Content-Type"), S("application/problem+json"));
    struct json *problem;
    check(json_parse(op, a.body, &problem) && json_str(problem, S("title")).n > 0);
}

TEST("noise is not answered with service")
{
    struct town *town = town_open(op);
    static const str noise[] = {SC("\x16\x03\x01\x02\r\n\r\n"), SC("GET\r\n\r\n"), SC("\r\n\r\n\r\n\r\nX\r\n\r\n"),
                                SC("GET / HTTP/9.9\r\nHost: t\r\n\r\n"),
                                SC("GET / HTTP/1.1\r\nHost : t\r\n : \r\n\r\n")};
    for (size_t i = 0; i < COUNT(noise); i++) {
        struct client *c = client_open(op, town);
        check(say(c, noise[i]));
        shutdown(c->fd, SHUT_WR);
        struct answer a = hear_answer(c, true);
        if (a.status != 0 && (a.status < 400 || a.status > 505))
            test_failed(__FILE__, __LINE__, "noise %zu: %d", i, a.status);
        check(ended(c));
    }
    check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
}

TEST("an If-None-Match that names the reply gets 304 and no body")
{
    struct client *c = client_open(op, town_open(op));
    struct answer a = ask(c, "GET /index.html", "");
    check_str(field(&a, "ETag"), S("\"2a\""));
    a = ask(c, "GET /index.html", "If-None-Match: \"x\", \"2a\"\r\n");
    check_int(a.status, 304);
    check_str(field(&a, "Cache-Control"), S("no-cache"));
    check_int(ask(c, "GET /index.html", "If-None-Match: \"2b\"\r\n").status, 200);
}

TEST("assets come in the best coding the client takes")
{
    struct client *c = client_open(op, town_open(op));
    struct answer a = ask(c, "GET /assets/a-1f.js", "Accept-Encoding: gzip, deflate, br\r\n");
    check_str(a.body, S("br"));
    check_str(field(&a, "Content-Encoding"), S("br"));
    check_str(field(&a, "Cache-Control"), S("public, max-age=31536000, immutable"));
    check_str(field(&a, "Vary"), S("Accept-Encoding"));
    str br_tag = field(&a, "ETag");
    a = ask(c, "GET /assets/a-1f.js", "Accept-Encoding: gzip, deflate\r\n");
    check_str(a.body, S("gz"));
    check(!str_eq(field(&a, "ETag"), br_tag));
    a = ask(c, "GET /assets/a-1f.js", "");
    check_str(a.body, S("let plain"));
    check_str(field(&a, "Content-Encoding"), S(""));
    check_str(ask(c, "GET /index.html", "Accept-Encoding: br\r\n").body, S("<p>hello"));
    check_int(ask(c, "GET /assets/none.js", "").status, 404);
}

static str unpacked(struct op *op, str packed)
{
    enum { MOST = 1 << 20 };
    z_stream z = {.next_in = (Bytef *)packed.p, .avail_in = (uInt)packed.n, .avail_out = MOST};
    char *to = op_array(op, char, MOST);
    z.next_out = (Bytef *)to;
    check(inflateInit2(&z, 15 + 16) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0);
    check(inflateEnd(&z) == Z_OK);
    return (str){to, z.total_out};
}

TEST("an answer of many records is packed for who takes it; a short one, one with an etag and one that would not shrink are not")
{
    struct client *c = client_open(op, town_open(op));
    struct answer plain = ask(c, "GET /records?n=200", ""), a = ask(c, "GET /records?n=200", "Accept-Encoding: gzip, br\r\n");
    check_str(field(&plain, "Content-Encoding"), S(""));
    check_str(field(&plain, "Vary"), S("Accept-Encoding"));
    check_str(field(&a, "Content-Encoding"), S("gzip"));
    check_str(field(&a, "Vary"), S("Accept-Encoding"));
    check(a.body.n < plain.body.n / 4);
    check_str(unpacked(op, a.body), plain.body);
    static const char *const left[] = {"GET /records?n=2", "GET /records?n=200&noise=1", "GET /records?n=200&etag=e"};
    for (size_t i = 0; i < COUNT(left); i++) {
        a = ask(c, left[i], "Accept-Encoding: gzip\r\n");
        check_int(a.status, 200);
        check_str(field(&a, "Content-Encoding"), S(""));
    }
    a = ask(c, "GET /records?n=200", "Accept-Encoding: gzip;q=0\r\n");
    check_str(a.body, plain.body);
    check_int(ask(c, "HEAD /records?n=200", "Accept-Encoding: gzip\r\n").body.n, 0);
}

TEST("a file is sent whole or in the range asked for")
{
    struct client *c = client_open(op, town_open(op));
    struct answer a = ask(c, "GET /file", "");
    check_str(a.body, S("abcdefghij"));
    check_str(field(&a, "Accept-Ranges"), S("bytes"));
    check_str(field(&a, "Content-Disposition"), S("attachment; filename*=UTF-8''%E5%90%8D%E5%8D%95%201.txt"));
    a = ask(c, "GET /file", "Range: bytes=2-4\r\n");
    check_int(a.status, 206);
    check_str(a.body, S("cde"));
    check_str(field(&a, "Content-Range"), S("bytes 2-4/10"));
    check_str(ask(c, "GET /file", "Range: bytes=-2\r\n").body, S("ij"));
    a = ask(c, "GET /file", "Range: bytes=10-\r\n");
    check_int(a.status, 416);
    check_str(field(&a, "Content-Range"), S("bytes */10"));
    check_int(ask(c, "GET /file", "Range: bytes=0-1, 4-5\r\n").status, 200);
    check_str(ask(c, "GET /file", "Range: bytes=0-1\r\nIf-Range: \"letters-1\"\r\n").body, S("ab"));
    check_int(ask(c, "GET /file", "Range: bytes=0-1\r\nIf-Range: \"letters-0\"\r\n").status, 200);
    check_int(ask(c, "GET /file", "If-None-Match: \"letters-1\"\r\n").status, 304);
}

static int files_open(void)
{
    int n = 0;
    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) != -1;
    return n;
}

TEST("a file that is not sent, because the range lies beyond it, is closed all the same")
{
    struct client *c = client_open(op, town_open(op));
    check_int(ask(c, "GET /hello", "").status, 200);
    int before = files_open();
    for (int i = 0; i < 8; i++)
        check_int(ask(c, "GET /file", "Range: bytes=10-\r\n").status, 416);
    check_int(files_open(), before);
}

TEST("what a handler defers is undone after its reply")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    check_int(ask(c, "GET /defer", "").status, 204);
    await(town, &town->undone, 1);
    check_int(town->undone, 1);
}

TEST("behind the proxy the client is who the proxy says; nobody else is believed")
{
    struct town *town = town_with(op, (struct http_config){.proxy = S("127.0.0.1")});
    struct answer a = ask(client_open(op, town), "GET /x",
                          "X-Forwarded-For: 6.6.6.6, 10.1.2.3\r\nX-Forwarded-Proto: https\r\n");
    check(str_starts(a.body, S("0 /x 10.1.2.3   1 ")));
    check(field(&a, "Strict-Transport-Security").n > 0);
    town = town_open(op);
    a = ask(client_open(op, town), "GET /x", "X-Forwarded-For: 10.1.2.3\r\nX-Forwarded-Proto: https\r\n");
    check(str_starts(a.body, S("0 /x 127.0.0.1   0 ")));
}

TEST("a port that is taken is said so")
{
    struct town *town = town_open(op);
    struct http_config config = town->config;
    config.port = http_port(town->server);
    struct http_server *second;
    check(!http_open(op, &config, &second));
    check(op_has_fault(op, FAULT_SYSTEM));
    config.address = "localhost";
    check(!http_open(op, &config, &second));
    check(op_has_fault(op, FAULT_INPUT));
}

TEST("mutated requests never end the service")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.connections_per_address = -1}});
    static const str seeds[] = {
        SC("GET /hello?name=1 HTTP/1.1\r\nHost: t\r\nRange: bytes=0-1\r\n\r\nGET /file HTTP/1.1\r\nHost: t\r\n\r\n"),
        SC("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabcHEAD / HTTP/1.0\r\n\r\n"),
        SC("PUT /sum/small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n"),
        SC("GET /assets/a-1f.js HTTP/1.1\r\nHost: t\r\nCookie: a=b; c=d\r\nAccept-Encoding: br\r\n\r\n"),
    };
    static const str words[] = {SC("\r\n"), SC("\n"), SC(" "), SC(":"), SC("\r\n "), SC("99999999999999999999"),
                                SC("Content-Length: 5\r\n"), SC("Expect: 100-continue\r\n"), SC("%"), SC("\xff")};
    for (int round = 0; round < 1500; round++) {
        struct mark mark = op_mark(op);
        str text = seeds[(size_t)round % COUNT(seeds)];
        for (int n = 1 + (int)(op_random(op) % 4); n > 0; n--) {
            size_t at = op_random(op) % text.n, skip = op_random(op) % 3;
            str word = op_random(op) % 2 ? words[op_random(op) % COUNT(words)] : S("");
            const str parts[] = {str_part(text, 0, at), word, str_part(text, at + skip, text.n)};
            text = op_join(op, parts, COUNT(parts), S(""));
        }
        struct client *c = client_open(op, town);
        say(c, text);
        shutdown(c->fd, SHUT_WR);
        ended(c);
        op_reset(op, mark);
    }
    check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
}
