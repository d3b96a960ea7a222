/* A real server, and a client that says exactly what it is told to. Nothing sleeps: everybody waits on sockets. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "http/http.h"

enum { PATIENCE_MS = 20000, MB = 1 << 20, CLIENT_BYTES = 256 << 10 };

/* ---- the town's side ---------------------------------------------------------------------------------------- */

struct town {
    struct http_server *server;
    struct http_config config;
    pthread_t thread;
    str folder;
    int64_t clock;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool gate_open;        /* /wait goes on */
    int waiting;           /* handlers in /wait */
    int undone;            /* deferred things that ran */
    int streams_cut;       /* /endless handlers whose client went */
    struct http_events *events[8];
    int event_count;
};

static const struct http_asset assets[] = {
    {SC("/assets/a-1f.js"), SC("text/javascript"), SC("let plain"), SC("gz"), SC("br"), SC("1f"), true},
    {SC("/index.html"), SC("text/html; charset=utf-8"), SC("<p>hello"), SC(""), SC(""), SC("2a"), false},
};

static void hello(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town;
    str name = http_query(request, S("name"));
    reply->type = S("text/plain; charset=utf-8");
    reply->body = op_text(op, "%.*s，您好", PS(name));
}

static void tell(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town;
    str cookie = http_cookie(request, S("session")), header = http_header(request, S("x-what"));
    reply->body = op_text(op, "%d %.*s %.*s %.*s %.*s %d %lld", request->method, PS(request->path),
                          PS(request->address), PS(cookie), PS(header), request->secure, (long long)op->now);
}

/* Size, and a sum that depends on every byte's place. */
static void sum(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town;
    int fd = -1;
    struct stat file = {0};
    if (http_body_file(op, request, &fd))
        fstat(fd, &file);
    uint64_t total = 0;
    int64_t at = 0;
    char part[16 << 10]; /* not from the op: a sanitizer would keep what op_reset gives back */
    for (ssize_t n; (n = read(fd, part, sizeof part)) > 0; at += n)
        for (ssize_t i = 0; i < n; i++)
            total = total * 31 + (unsigned char)part[i];
    str tail, beyond;
    if (!http_body_read(op, request, at > 3 ? at - 3 : 0, 100, &tail) || !http_body_read(op, request, at, 100, &beyond))
        return;
    reply->body = op_text(op, "%lld %llx %s %lld %.*s%.*s", (long long)at, (unsigned long long)total,
                          request->body_fd < 0 ? "memory" : "file", (long long)file.st_size, PS(tail), PS(beyond));
}

static void put_file(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)request;
    int fd = open(op_text(op, "%.*s/letters", PS(town->folder)).p, O_RDWR | O_CREAT, 0600);
    must(fd >= 0 && pwrite(fd, "..abcdefghij", 12, 0) == 12);
    reply->etag = S("letters-1");
    http_attachment(reply, S("名单 1.txt"));
    http_send_file(reply, S("text/plain"), fd, 2, 10);
}

static void stream(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town;
    reply->type = S("text/csv");
    str piece = op_text(op, "%065535d\n", 7);
    int64_t pieces = http_query(request, S("pieces")).n ? atoi(http_query(request, S("pieces")).p) : 16;
    while (pieces-- > 0)
        if (!http_write(reply, piece))
            return;
    if (http_query(request, S("break")).n)
        http_break(reply);
}

static void count(struct town *town, int *what)
{
    pthread_mutex_lock(&town->lock);
    ++*what;
    pthread_cond_broadcast(&town->changed);
    pthread_mutex_unlock(&town->lock);
}

static void endless(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)request;
    str piece = op_text(op, "%065535d\n", 7);
    while (http_write(reply, piece))
        continue;
    check(op_has_fault(op, FAULT_SYSTEM));
    count(town, &town->streams_cut);
}

static void await(struct town *town, const int *what, int wanted)
{
    pthread_mutex_lock(&town->lock);
    while (*what < wanted)
        pthread_cond_wait(&town->changed, &town->lock);
    pthread_mutex_unlock(&town->lock);
}

static void gate_wait(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)op, (void)request;
    count(town, &town->waiting);
    pthread_mutex_lock(&town->lock);
    while (!town->gate_open)
        pthread_cond_wait(&town->changed, &town->lock);
    pthread_mutex_unlock(&town->lock);
    reply->body = S("through");
}

static void gate_let(struct town *town)
{
    pthread_mutex_lock(&town->lock);
    town->gate_open = true;
    pthread_cond_broadcast(&town->changed);
    pthread_mutex_unlock(&town->lock);
}

static void subscribe(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)op, (void)request;
    struct http_events *events = http_events_open(reply);
    pthread_mutex_lock(&town->lock);
    town->events[town->event_count++] = events;
    pthread_cond_broadcast(&town->changed);
    pthread_mutex_unlock(&town->lock);
}

static void asset(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town, (void)op;
    const struct http_asset *found = http_asset_find(assets, COUNT(assets), request->path);
    if (found)
        http_asset_reply(found, request, reply);
    else
        reply->status = 404;
}

static void undone(void *town)
{
    count(town, &((struct town *)town)->undone);
}

static void defers(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)request;
    op_defer(op, undone, town);
    reply->status = 204;
}

static const struct {
    str path;
    void (*handle)(struct town *, struct op *, const struct http_request *, struct http_reply *);
} routes[] = {
    {SC("/hello"), hello},     {SC("/sum"), sum},       {SC("/file"), put_file},       {SC("/stream"), stream},
    {SC("/endless"), endless}, {SC("/wait"), gate_wait}, {SC("/events"), subscribe},   {SC("/defer"), defers},
    {SC("/assets/"), asset},   {SC("/index.html"), asset}, {SC("/"), tell},
};

static void handle(void *context, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    size_t i = 0;
    while (!str_starts(request->path, routes[i].path))
        i++;
    routes[i].handle(context, op, request, reply);
}

static int64_t body_max(void *context, const struct http_request *request)
{
    (void)context;
    return str_eq(request->path, S("/sum")) ? 256 * MB : str_eq(request->path, S("/sum/small")) ? 100000 : 0;
}

static time_ms clock_now(void *context)
{
    struct town *town = context;
    pthread_mutex_lock(&town->lock);
    time_ms now = ++town->clock;
    pthread_mutex_unlock(&town->lock);
    return now;
}

static uint64_t seed(void *context)
{
    return (uint64_t)((struct town *)context)->config.port;
}

static void *town_run(void *server)
{
    http_run(server);
    return NULL;
}

static void town_stop(struct town *town)
{
    if (!town->server)
        return;
    gate_let(town);
    http_stop(town->server);
    pthread_join(town->thread, NULL);
    for (int i = 0; i < town->event_count; i++)
        if (town->events[i])
            http_events_close(town->events[i]);
    http_close(town->server);
    town->server = NULL;
}

static void town_end(void *town)
{
    town_stop(town);
}

static struct town *town_with(struct op *op, struct http_config config)
{
    struct town *town = op_new(op, struct town);
    test_dir_make(op, &town->folder);
    must(pthread_mutex_init(&town->lock, NULL) == 0 && pthread_cond_init(&town->changed, NULL) == 0);
    config.address = config.address ? config.address : "127.0.0.1";
    config.workers = config.workers ? config.workers : 4;
    config.context = town;
    config.handle = handle;
    config.body_max = body_max;
    config.clock = clock_now;
    config.seed = seed;
    config.folder = town->folder;
    if (config.limits.tick_ms == 0)
        config.limits.tick_ms = 10;
    town->config = config;
    must(http_open(op, &town->config, &town->server));
    must(pthread_create(&town->thread, NULL, town_run, town->server) == 0);
    op_defer(op, town_end, town);
    return town;
}

static struct town *town_open(struct op *op)
{
    return town_with(op, (struct http_config){0});
}

/* ---- the client's side -------------------------------------------------------------------------------------- */

struct client {
    struct op *op;
    int fd;
    gnutls_session_t tls;
    char *p; /* bytes read and not yet used */
    size_t n;
};

struct answer {
    int status;
    str head, body;
    bool whole;
};

static void client_close(void *client)
{
    struct client *c = client;
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

static struct client *client_to(struct op *op, struct town *town, int receive_bytes)
{
    struct client *c = op_new(op, struct client);
    c->op = op;
    c->p = op_alloc(op, CLIENT_BYTES);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(c->fd >= 0);
    op_defer(op, client_close, c);
    if (receive_bytes)
        setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(town->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    check(connect(c->fd, (struct sockaddr *)&address, sizeof address) == 0);
    return c;
}

static struct client *client_open(struct op *op, struct town *town)
{
    return client_to(op, town, 0);
}

static bool say(struct client *c, str text)
{
    while (text.n) {
        ssize_t n = c->tls ? gnutls_record_send(c->tls, text.p, text.n) : send(c->fd, text.p, text.n, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        text = str_part(text, (size_t)n, text.n);
    }
    return true;
}

/* More bytes; 0 at the end of the connection. */
static size_t hear(struct client *c)
{
    ssize_t n;
    if (c->tls) {
        n = gnutls_record_recv(c->tls, c->p + c->n, CLIENT_BYTES - c->n);
    } else {
        struct pollfd wait = {.fd = c->fd, .events = POLLIN};
        if (poll(&wait, 1, PATIENCE_MS) != 1) {
            test_failed(__FILE__, __LINE__, "the server says nothing");
            return 0;
        }
        n = recv(c->fd, c->p + c->n, CLIENT_BYTES - c->n, 0);
    }
    if (n <= 0)
        return 0;
    c->n += (size_t)n;
    return (size_t)n;
}

static str use(struct client *c, size_t n)
{
    str used = op_copy(c->op, (str){c->p, n});
    memmove(c->p, c->p + n, c->n - n);
    c->n -= n;
    return used;
}

static bool hear_until(struct client *c, str end, str *ret)
{
    size_t at;
    while (!str_find((str){c->p, c->n}, end, &at))
        if (hear(c) == 0)
            return false;
    *ret = use(c, at + end.n);
    return true;
}

static bool hear_bytes(struct client *c, size_t n, str *ret)
{
    while (c->n < n)
        if (hear(c) == 0)
            return false;
    *ret = use(c, n);
    return true;
}

static str field(const struct answer *a, const char *name)
{
    const char *found = strcasestr(a->head.p, name);
    if (!found)
        return S("");
    str line, rest;
    str_split(str_z(found + strlen(name)), '\r', &line, &rest);
    return str_trim(str_part(line, 1, line.n));
}

static struct answer hear_head(struct client *c)
{
    struct answer a = {0};
    if (hear_until(c, S("\r\n\r\n"), &a.head) && a.head.n > 12)
        a.status = atoi(a.head.p + 9);
    return a;
}

/* One whole answer; status 0 when the connection ended instead. */
static struct answer hear_answer(struct client *c, bool has_body)
{
    struct answer a = hear_head(c);
    if (a.status == 0)
        return a;
    a.whole = true;
    if (!has_body || a.status == 204 || a.status == 304)
        return a;
    if (str_eq(field(&a, "Transfer-Encoding"), S("chunked"))) {
        struct buf body;
        buf_init(&body, c->op, 0);
        for (;;) {
            str line, bytes;
            if (!hear_until(c, S("\r\n"), &line) ||
                !hear_bytes(c, (size_t)strtoul(line.p, NULL, 16) + 2, &bytes)) {
                a.whole = false;
                break;
            }
            if (line.p[0] == '0')
                break;
            buf_add(&body, str_part(bytes, 0, bytes.n - 2));
        }
        a.body = buf_str(&body);
    } else {
        a.whole = hear_bytes(c, (size_t)atol(field(&a, "Content-Length").p), &a.body);
    }
    return a;
}

static struct answer ask(struct client *c, const char *line, const char *headers)
{
    str text = op_text(c->op, "%s HTTP/1.1\r\nHost: town\r\n%s\r\n", line, headers);
    check(say(c, text));
    return hear_answer(c, !str_starts(text, S("HEAD")));
}

static bool ended(struct client *c)
{
    while (hear(c))
        c->n = 0;
    return true;
}

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

/* ---- bodies ------------------------------------------------------------------------------------------------- */

static str sum_of(struct op *op, char byte, int64_t size, const char *where)
{
    uint64_t total = 0;
    for (int64_t i = 0; i < size; i++)
        total = total * 31 + (unsigned char)byte;
    return op_text(op, "%lld %llx %s %lld %.*s", (long long)size, (unsigned long long)total, where, (long long)size,
                   (int)(size < 3 ? size : 3), "aaa");
}

static str letters(struct op *op, size_t n)
{
    char *p = op_alloc(op, n + 1);
    memset(p, 'a', n);
    return (str){p, n};
}

TEST("a small body stays in memory, a large one is a file without a name")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    static const struct {
        size_t size;
        const char *where;
    } rows[] = {
        {0, "memory"}, {1, "memory"}, {HTTP_BODY_MEMORY, "memory"}, {HTTP_BODY_MEMORY + 1, "file"}, {3 * MB, "file"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(say(c, op_text(op, "PUT /sum HTTP/1.1\r\nHost: t\r\nContent-Length: %zu\r\n\r\n", rows[i].size)));
        check(say(c, letters(op, rows[i].size)));
        check_str(hear_answer(c, true).body, sum_of(op, 'a', (int64_t)rows[i].size, rows[i].where));
    }
    str *names;
    size_t count_left;
    check(folder_list(op, town->folder, &names, &count_left));
    check_int(count_left, 0);
}

TEST("a chunked body is put together; one of unknown length is held to the same limit")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\naaa\r\n2;x=y\r\naa\r\n0\r\n\r\n")));
    check_str(hear_answer(c, true).body, sum_of(op, 'a', 5, "memory"));
    str piece = letters(op, 0x8000);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")));
    for (int i = 0; i < 4; i++)
        check(say(c, S("8000\r\n")) && say(c, piece) && say(c, S("\r\n")));
    check(say(c, S("0\r\n\r\n")));
    check_str(hear_answer(c, true).body, sum_of(op, 'a', 0x20000, "file"));

    check(say(c, S("POST /sum/small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")));
    for (int i = 0; i < 4; i++)
        if (!say(c, S("8000\r\n")) || !say(c, piece) || !say(c, S("\r\n")))
            break;
    check_int(hear_answer(c, true).status, 413);
    check(ended(c));
}

TEST("a body over the limit is refused before it is read, and the refusal arrives though the sender goes on")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    check(say(c, S("POST /sum/small HTTP/1.1\r\nHost: t\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n")));
    check_int(hear_answer(c, true).status, 413);
    c = client_open(op, town);
    check(say(c, S("POST /sum/small HTTP/1.1\r\nHost: t\r\nContent-Length: 20000000\r\n\r\n")));
    str piece = letters(op, MB);
    for (int i = 0; i < 19; i++)
        check(say(c, piece));
    check_int(hear_answer(c, true).status, 413);
}

TEST("senders that talk on past the deadline of their refusal do no harm")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.body_ms = 2, .tick_ms = 1, .connections_per_address = -1}});
    enum { SENDERS = 48, ROUNDS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        struct client *c[SENDERS];
        bool talking[SENDERS];
        int left = SENDERS;
        for (int i = 0; i < SENDERS; i++) {
            c[i] = client_open(op, town);
            talking[i] = say(c[i], S("POST /sum/small HTTP/1.1\r\nHost: t\r\nContent-Length: 20000000\r\n\r\n"));
        }
        while (left > 0) {
            left = 0;
            for (int i = 0; i < SENDERS; i++)
                left += talking[i] = talking[i] && say(c[i], S("a"));
        }
        for (int i = 0; i < SENDERS; i++)
            client_close(c[i]);
    }
    check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
}

static long peak_kb(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    must(n > 0);
    text[n] = 0;
    return atol(strstr(text, "VmHWM:") + 6);
}

TEST("200 MB go in and out in bounded memory")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    str piece = letters(op, MB);
    check_int(ask(c, "GET /hello", "").status, 200);
    long before_kb = peak_kb();
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 209715200\r\n\r\n")));
    for (int i = 0; i < 200; i++)
        check(say(c, piece));
    struct answer a = hear_answer(c, true);
    check(str_starts(a.body, S("209715200 ")));
    check(say(c, S("GET /stream?pieces=3200 HTTP/1.0\r\nConnection: close\r\n\r\n")));
    check_int(hear_head(c).status, 200);
    int64_t total = (int64_t)c->n;
    c->n = 0;
    for (size_t n; (n = hear(c)) > 0; c->n = 0)
        total += (int64_t)n;
    check_int(total, 3200LL * 65536);
    check(peak_kb() - before_kb < 8 * 1024);
}

/* ---- streams ------------------------------------------------------------------------------------------------ */

TEST("a streamed reply arrives whole; a broken one is seen to be broken")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    struct answer a = ask(c, "GET /stream?pieces=20", "");
    check(a.whole && a.body.n == 20 * 65536);
    check_str(field(&a, "Content-Type"), S("text/csv"));
    check_str(ask(c, "GET /hello?name=c", "").body, S("c，您好"));
    a = ask(c, "GET /stream?pieces=2&break=1", "");
    check(a.status == 200 && !a.whole);
    struct http_reply reply = {.op = op};
    check(http_write(&reply, S("a")) && http_write(&reply, S("b")));
    check_str(reply.body, S("ab"));
}

TEST("a stream ends when its client leaves or stops reading; a slow but steady one is served")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.stall_ms = 150, .stall_bytes = 20000}});
    struct client *c = client_open(op, town);
    check(say(c, S("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")));
    check_int(hear_head(c).status, 200);
    client_close(c);
    await(town, &town->streams_cut, 1);

    c = client_to(op, town, 16 << 10);
    check(say(c, S("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->streams_cut, 2); /* nothing was read */

    c = client_to(op, town, 16 << 10);
    check(say(c, S("GET /stream?pieces=32 HTTP/1.1\r\nHost: t\r\n\r\n")));
    struct pollfd nothing = {.fd = -1};
    int64_t total = 0;
    while (total < 32 * 65536) {
        poll(&nothing, 1, 2);
        size_t n = hear(c);
        if (n == 0)
            break;
        total += (int64_t)n;
        c->n = 0;
    }
    check(total >= 32 * 65536);
}

/* ---- events ------------------------------------------------------------------------------------------------- */

TEST("events reach their readers from any thread, and no worker is held")
{
    struct town *town = town_with(op, (struct http_config){.workers = 1, .limits = {.heartbeat_ms = 50}});
    struct client *readers[3];
    for (int i = 0; i < 3; i++) {
        readers[i] = client_open(op, town);
        check(say(readers[i], S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
        struct answer a = hear_head(readers[i]);
        check_str(field(&a, "Content-Type"), S("text/event-stream; charset=utf-8"));
    }
    await(town, &town->event_count, 3);
    check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
    for (int i = 0; i < 3; i++)
        check(http_events_send(town->events[i], S("task"), S("7"), op_text(op, "第%d行\n二\r行", i)));
    for (int i = 0; i < 3; i++) {
        str got;
        check(hear_until(readers[i], S("二行"), &got));
        size_t at;
        check(str_find(got, S("retry: 5000\n\n"), &at));
    }
    str got;
    check(hear_until(readers[0], S(":\n\n"), &got)); /* a heartbeat */
    check(hear_until(readers[0], S(":\n\n"), &got));
    check(http_events_alive(town->events[0]));
    http_events_close(town->events[0]);
    town->events[0] = NULL;
    check(hear_until(readers[0], S("0\r\n\r\n"), &got)); /* the stream ends properly */
}

TEST("a connection whose event stream has ended asks for another one")
{
    struct town *town = town_open(op);
    struct client *reader = client_open(op, town);
    for (int i = 0; i < 3; i++) {
        str got;
        check(say(reader, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
        check_int(hear_head(reader).status, 200);
        await(town, &town->event_count, i + 1);
        http_events_close(town->events[i]);
        town->events[i] = NULL;
        check(hear_until(reader, S("0\r\n\r\n"), &got));
        check_int(ask(reader, "GET /hello", "").status, 200);
    }
}

TEST("an event reader that left is known to be gone; one that does not read is dropped")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.stall_ms = 150}});
    struct client *leaver = client_open(op, town);
    check(say(leaver, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->event_count, 1);
    client_close(leaver);
    struct pollfd nothing = {.fd = -1};
    for (int i = 0; i < PATIENCE_MS && http_events_alive(town->events[0]); i++)
        poll(&nothing, 1, 1);
    check(!http_events_alive(town->events[0]));
    check(!http_events_send(town->events[0], S(""), S(""), S("x")));

    struct client *sleeper = client_to(op, town, 4096);
    check(say(sleeper, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->event_count, 2);
    str large = letters(op, 4000);
    bool dropped = false;
    for (int i = 0; i < 100000 && !dropped; i++)
        dropped = !http_events_send(town->events[1], S("big"), S(""), large);
    check(dropped);
    check(ended(sleeper));
}

/* ---- deadlines ---------------------------------------------------------------------------------------------- */

static const struct http_limits hasty = {
    .idle_ms = 150, .header_ms = 150, .body_ms = 150, .body_rate = 1000, .tick_ms = 10,
};

TEST("a connection that asks nothing is closed, before and after a request")
{
    struct town *town = town_with(op, (struct http_config){.limits = hasty});
    check(ended(client_open(op, town)));
    struct client *c = client_open(op, town);
    check_int(ask(c, "GET /hello", "").status, 200);
    check(ended(c));
}

/* One byte at a time for as long as the server lets us; at most `count_max`. Returns what it then says. */
static struct answer drip(struct client *c, const char *byte, int count_max, int *ret_count)
{
    struct pollfd wait = {.fd = c->fd, .events = POLLIN};
    *ret_count = 0;
    while (*ret_count < count_max && poll(&wait, 1, 10) == 0 && say(c, str_z(byte)))
        ++*ret_count;
    struct answer a = hear_answer(c, true);
    check(ended(c));
    return a;
}

TEST("a header or a body that comes a byte at a time is cut, however steadily")
{
    struct town *town = town_with(op, (struct http_config){.limits = hasty});
    int count_said;
    struct client *c = client_open(op, town);
    check(say(c, S("GET /hello HTTP/1.1\r\nHost: t\r\nX-Slow: ")));
    check_int(drip(c, "x", 2000, &count_said).status, 408);
    check(count_said < 2000);

    c = client_open(op, town);
    drip(c, "x", 2000, &count_said); /* not even a request line */
    check(count_said < 2000);

    c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\n\r\n")));
    check_int(drip(c, "x", 2000, &count_said).status, 408);
    check(count_said < 2000);

    c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")));
    check_int(drip(c, "1\r\nx\r\n", 2000, &count_said).status, 408);
    check(count_said < 2000);
}

TEST("a body that keeps the minimum rate may take as long as it needs")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.body_ms = 300, .body_rate = 1000}});
    struct client *c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 40000\r\n\r\n")));
    struct pollfd wait = {.fd = c->fd, .events = POLLIN};
    str piece = letters(op, 400); /* 20 times the rate, and longer than body_ms in all */
    for (int i = 0; i < 100; i++) {
        check(poll(&wait, 1, 10) == 0);
        check(say(c, piece));
    }
    check_str(hear_answer(c, true).body, sum_of(op, 'a', 40000, "memory"));
}

/* ---- limits ------------------------------------------------------------------------------------------------- */

TEST("over the limit of connections accepting pauses, and goes on when one leaves")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.connections = 4}});
    struct client *clients[4], *fifth;
    for (int i = 0; i < 4; i++) {
        clients[i] = client_open(op, town);
        check_int(ask(clients[i], "GET /hello", "").status, 200);
    }
    fifth = client_open(op, town);
    check(say(fifth, S("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")));
    check_int(ask(clients[0], "GET /hello", "").status, 200);
    struct pollfd wait = {.fd = fifth->fd, .events = POLLIN};
    check_int(poll(&wait, 1, 20), 0);
    client_close(clients[3]);
    check_int(hear_answer(fifth, true).status, 200);
}

TEST("one address cannot take all connections")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.connections_per_address = 3}});
    for (int i = 0; i < 3; i++)
        check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
    check(ended(client_open(op, town)));
}

TEST("512 connections at once are all served")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.connections_per_address = -1}});
    enum { MANY = 512 };
    int fds[MANY];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(town->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < MANY; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        check(fds[i] >= 0 && connect(fds[i], (struct sockaddr *)&address, sizeof address) == 0);
    }
    int served = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            dprintf(fds[i], "GET /hello?name=%d HTTP/1.1\r\nHost: t\r\n\r\n", i);
        for (int i = 0; i < MANY; i++) {
            char text[2048];
            struct pollfd wait = {.fd = fds[i], .events = POLLIN};
            ssize_t n = poll(&wait, 1, PATIENCE_MS) == 1 ? recv(fds[i], text, sizeof text - 1, 0) : 0;
            text[n > 0 ? n : 0] = 0;
            str wanted = op_text(op, "\r\n\r\n%d，您好", i);
            served += n > 0 && strstr(text, wanted.p);
        }
    }
    check_int(served, 3 * MANY);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
}

/* ---- stopping ----------------------------------------------------------------------------------------------- */

static bool refused(struct town *town, int port)
{
    (void)town;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool done = connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
    close(fd);
    return done;
}

TEST("a stopping server finishes what is under way, ends event streams and takes nothing new")
{
    struct town *town = town_open(op);
    struct client *idle = client_open(op, town), *working = client_open(op, town), *reader = client_open(op, town);
    check_int(ask(idle, "GET /hello", "").status, 200);
    check(say(reader, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
    check_int(hear_head(reader).status, 200);
    check(say(working, S("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->waiting, 1);
    int port = http_port(town->server);
    http_stop(town->server);
    check(ended(idle));
    check(ended(reader));
    check(refused(town, port));
    gate_let(town);
    struct answer a = hear_answer(working, true);
    check_str(a.body, S("through"));
    check_str(field(&a, "Connection"), S("close"));
    check(ended(working));
    town_stop(town);
}

TEST("a handler that outlasts the stop is cut off from its client, not from its work")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.stop_ms = 50}});
    struct client *working = client_open(op, town), *late = client_open(op, town);
    check(say(working, S("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->waiting, 1);
    check(say(late, S("GET /hello HTTP/1.1\r\nHost: t\r\nX-")));
    http_stop(town->server);
    check_int(hear_answer(working, true).status, 0);
    check(ended(late));
    pthread_join(town->thread, NULL); /* http_run has returned while the handler waits */
    gate_let(town);
    http_close(town->server);
    town->server = NULL;
}

TEST("a server that never ran can be closed")
{
    struct town *town = town_open(op);
    struct http_config config = town->config;
    config.port = 0;
    struct http_server *second;
    check(http_open(op, &config, &second));
    http_close(second);
}

/* ---- TLS ---------------------------------------------------------------------------------------------------- */

static void tls_end(void *session)
{
    gnutls_deinit(session);
}

static void credentials_end(void *credentials)
{
    gnutls_certificate_free_credentials(credentials);
}

TEST("TLS is served with a certificate made on the spot, whose key only we can read")
{
    str folder, certificate, key, again, key_again;
    test_dir_make(op, &folder);
    const str names[] = {SC("localhost"), SC("127.0.0.1"), SC("fd00::1")};
    check(http_tls_load(op, folder, names, COUNT(names), &certificate, &key));
    check(http_tls_load(op, folder, names, COUNT(names), &again, &key_again));
    check(str_eq(certificate, again) && str_eq(key, key_again));
    struct stat file;
    check(stat(op_text(op, "%.*s/tls-key.pem", PS(folder)).p, &file) == 0 && (file.st_mode & 0777) == 0600);

    struct town *town = town_with(op, (struct http_config){.tls_certificate = certificate, .tls_key = key});
    struct client *c = client_open(op, town);
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t trust = {(unsigned char *)(uintptr_t)certificate.p, (unsigned int)certificate.n};
    check(gnutls_certificate_allocate_credentials(&credentials) == 0);
    op_defer(op, credentials_end, credentials);
    check_int(gnutls_certificate_set_x509_trust_mem(credentials, &trust, GNUTLS_X509_FMT_PEM), 1);
    check(gnutls_init(&c->tls, GNUTLS_CLIENT) == 0 && gnutls_set_default_priority(c->tls) == 0);
    op_defer(op, tls_end, c->tls);
    gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(c->tls, c->fd);
    gnutls_handshake_set_timeout(c->tls, PATIENCE_MS);
    gnutls_record_set_timeout(c->tls, PATIENCE_MS);
    int error;
    do
        error = gnutls_handshake(c->tls);
    while (error < 0 && !gnutls_error_is_fatal(error));
    check_int(error, 0);
    for (int i = 0; i < 3; i++) {
        struct answer a = ask(c, "GET /x", "");
        check(str_starts(a.body, S("0 /x 127.0.0.1   1 ")));
        check(field(&a, "Strict-Transport-Security").n > 0);
    }
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 1048576\r\n\r\n")) && say(c, letters(op, MB)));
    check_str(hear_answer(c, true).body, sum_of(op, 'a', MB, "file"));
    struct answer a = ask(c, "GET /stream?pieces=20", "");
    check(a.whole && a.body.n == 20 * 65536);
    check_str(ask(c, "GET /file", "Range: bytes=1-2\r\n").body, S("bc"));
    /* Plain text at the TLS port is not served. */
    check(ended(client_open(op, town_with(op, (struct http_config){.tls_certificate = certificate, .tls_key = key,
                                                                   .limits = {.header_ms = 100}}))));
}

TEST("a certificate that does not fit its key is refused in plain words")
{
    struct http_config config = town_open(op)->config;
    config.port = 0;
    config.tls_certificate = S("not a certificate");
    config.tls_key = S("not a key");
    struct http_server *server;
    check(!http_open(op, &config, &server));
    check(op->faults && op->faults->kind == FAULT_INPUT);
}
