/* For the tests of this room: a real server, and a client that says exactly what it is told to. Nothing sleeps:
 * everybody waits on sockets. */
#pragma once

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

static inline void hello(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town;
    str name = http_query(request, S("name"));
    reply->type = S("text/plain; charset=utf-8");
    reply->body = op_text(op, "%.*s，您好", PS(name));
}

static inline void tell(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town;
    str cookie = http_cookie(request, S("session")), header = http_header(request, S("x-what"));
    reply->body = op_text(op, "%d %.*s %.*s %.*s %.*s %d %lld", request->method, PS(request->path),
                          PS(request->address), PS(cookie), PS(header), request->secure, (long long)op->now);
}

/* Size, and a sum that depends on every byte's place. */
static inline void sum(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
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

static inline void put_file(struct town *town, struct op *op, const struct http_request *request,
                            struct http_reply *reply)
{
    (void)request;
    int fd = open(op_text(op, "%.*s/letters", PS(town->folder)).p, O_RDWR | O_CREAT, 0600);
    must(fd >= 0 && pwrite(fd, "..abcdefghij", 12, 0) == 12);
    reply->etag = S("letters-1");
    http_attachment(reply, S("名单 1.txt"));
    http_send_file(reply, S("text/plain"), fd, 2, 10);
}

static inline void stream(struct town *town, struct op *op, const struct http_request *request,
                          struct http_reply *reply)
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

static inline void count(struct town *town, int *what)
{
    pthread_mutex_lock(&town->lock);
    ++*what;
    pthread_cond_broadcast(&town->changed);
    pthread_mutex_unlock(&town->lock);
}

static inline void endless(struct town *town, struct op *op, const struct http_request *request,
                           struct http_reply *reply)
{
    (void)request;
    str piece = op_text(op, "%065535d\n", 7);
    while (http_write(reply, piece))
        continue;
    check(op_has_fault(op, FAULT_SYSTEM));
    count(town, &town->streams_cut);
}

static inline void await(struct town *town, const int *what, int wanted)
{
    pthread_mutex_lock(&town->lock);
    while (*what < wanted)
        pthread_cond_wait(&town->changed, &town->lock);
    pthread_mutex_unlock(&town->lock);
}

static inline void gate_wait(struct town *town, struct op *op, const struct http_request *request,
                             struct http_reply *reply)
{
    (void)op, (void)request;
    count(town, &town->waiting);
    pthread_mutex_lock(&town->lock);
    while (!town->gate_open)
        pthread_cond_wait(&town->changed, &town->lock);
    pthread_mutex_unlock(&town->lock);
    reply->body = S("through");
}

static inline void gate_let(struct town *town)
{
    pthread_mutex_lock(&town->lock);
    town->gate_open = true;
    pthread_cond_broadcast(&town->changed);
    pthread_mutex_unlock(&town->lock);
}

static inline void subscribe(struct town *town, struct op *op, const struct http_request *request,
                             struct http_reply *reply)
{
    (void)op, (void)request;
    struct http_events *events = http_events_open(reply);
    pthread_mutex_lock(&town->lock);
    town->events[town->event_count++] = events;
    pthread_cond_broadcast(&town->changed);
    pthread_mutex_unlock(&town->lock);
}

/* Everything that fits, and more, before the reply is on its way. */
static inline void stillborn(struct town *town, struct op *op, const struct http_request *request,
                             struct http_reply *reply)
{
    (void)town, (void)request;
    struct http_events *events = http_events_open(reply);
    while (http_events_send(events, S("big"), S(""), op_text(op, "%04000d", 7)))
        continue;
    http_events_close(events);
}

static inline void asset(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town, (void)op;
    const struct http_asset *found = http_asset_find(assets, COUNT(assets), request->path);
    if (found)
        http_asset_reply(found, request, reply);
    else
        reply->status = 404;
}

static inline void undone(void *town)
{
    count(town, &((struct town *)town)->undone);
}

static inline void defers(struct town *town, struct op *op, const struct http_request *request,
                          struct http_reply *reply)
{
    (void)request;
    op_defer(op, undone, town);
    reply->status = 204;
}

/* Records as JSON: /records?n=50; noise=1: of what cannot be packed; etag=1: with one. */
static inline void records(struct town *town, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)town;
    struct buf b;
    int64_t n = 0;
    buf_init(&b, op, 0);
    must(json_int(&(struct json){.kind = JSON_NUMBER, .text = http_query(request, S("n"))}, &n));
    for (int64_t i = 0; i < n; i++)
        if (http_query(request, S("noise")).n)
            for (int k = 0; k < 40; k++)
                buf_byte(&b, (char)op_random(op));
        else
            buf_text(&b, "{\"id\":%lld,\"姓名\":\"张三\",\"村组\":\"第%lld组\"},", (long long)i, (long long)i % 12);
    reply->type = S("application/json");
    reply->body = buf_str(&b);
    reply->etag = http_query(request, S("etag"));
}

static const struct {
    str path;
    void (*handle)(struct town *, struct op *, const struct http_request *, struct http_reply *);
} routes[] = {
    {SC("/hello"), hello},     {SC("/sum"), sum},       {SC("/file"), put_file},       {SC("/stream"), stream},
    {SC("/endless"), endless}, {SC("/wait"), gate_wait}, {SC("/events"), subscribe},   {SC("/defer"), defers},
    {SC("/stillborn"), stillborn}, {SC("/records"), records},
    {SC("/assets/"), asset},   {SC("/index.html"), asset}, {SC("/"), tell},
};

static inline void handle(void *context, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    size_t i = 0;
    while (!str_starts(request->path, routes[i].path))
        i++;
    routes[i].handle(context, op, request, reply);
}

static inline int64_t body_max(void *context, const struct http_request *request)
{
    (void)context;
    return str_eq(request->path, S("/sum")) ? 256 * MB : str_eq(request->path, S("/sum/small")) ? 100000 : 0;
}

static inline time_ms clock_now(void *context)
{
    struct town *town = context;
    pthread_mutex_lock(&town->lock);
    time_ms now = ++town->clock;
    pthread_mutex_unlock(&town->lock);
    return now;
}

static inline uint64_t seed(void *context)
{
    return (uint64_t)((struct town *)context)->config.port;
}

static inline void *town_run(void *server)
{
    http_run(server);
    return NULL;
}

static inline void town_stop(struct town *town)
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

static inline void town_end(void *town)
{
    town_stop(town);
}

static inline struct town *town_with(struct op *op, struct http_config config)
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
    config.clock_context = town;
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

static inline struct town *town_open(struct op *op)
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

static inline void client_close(void *client)
{
    struct client *c = client;
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

static inline struct client *client_to(struct op *op, struct town *town, int receive_bytes)
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

static inline struct client *client_open(struct op *op, struct town *town)
{
    return client_to(op, town, 0);
}

static inline bool say(struct client *c, str text)
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
static inline size_t hear(struct client *c)
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

static inline str use(struct client *c, size_t n)
{
    str used = op_copy(c->op, (str){c->p, n});
    memmove(c->p, c->p + n, c->n - n);
    c->n -= n;
    return used;
}

static inline bool hear_until(struct client *c, str end, str *ret)
{
    size_t at;
    while (!str_find((str){c->p, c->n}, end, &at))
        if (hear(c) == 0)
            return false;
    *ret = use(c, at + end.n);
    return true;
}

static inline bool hear_bytes(struct client *c, size_t n, str *ret)
{
    while (c->n < n)
        if (hear(c) == 0)
            return false;
    *ret = use(c, n);
    return true;
}

static inline str field(const struct answer *a, const char *name)
{
    const char *found = strcasestr(a->head.p, name);
    if (!found)
        return S("");
    str line, rest;
    str_split(str_z(found + strlen(name)), '\r', &line, &rest);
    return str_trim(str_part(line, 1, line.n));
}

static inline struct answer hear_head(struct client *c)
{
    struct answer a = {0};
    if (hear_until(c, S("\r\n\r\n"), &a.head) && a.head.n > 12)
        a.status = atoi(a.head.p + 9);
    return a;
}

/* One whole answer; status 0 when the connection ended instead. */
static inline struct answer hear_answer(struct client *c, bool has_body)
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

static inline struct answer ask(struct client *c, const char *line, const char *headers)
{
    str text = op_text(c->op, "%s HTTP/1.1\r\nHost: town\r\n%s\r\n", line, headers);
    check(say(c, text));
    return hear_answer(c, !str_starts(text, S("HEAD")));
}

static inline bool ended(struct client *c)
{
    while (hear(c))
        c->n = 0;
    return true;
}

static inline str sum_of(struct op *op, char byte, int64_t size, const char *where)
{
    uint64_t total = 0;
    for (int64_t i = 0; i < size; i++)
        total = total * 31 + (unsigned char)byte;
    return op_text(op, "%lld %llx %s %lld %.*s", (long long)size, (unsigned long long)total, where, (long long)size,
                   (int)(size < 3 ? size : 3), "aaa");
}

static inline str letters(struct op *op, size_t n)
{
    char *p = op_alloc(op, n + 1);
    memset(p, 'a', n);
    return (str){p, n};
}
