/* http: sockets, requests, replies, assets. HTTP/1.1 (RFC 9110, 9112) with libmicrohttpd inside; knows no town.
 *
 *     static void handle(void *context, struct op *op, const struct http_request *request, struct http_reply *reply)
 *     {
 *         reply->type = S("text/plain; charset=utf-8");
 *         reply->body = op_text(op, "%.*s，您好", PS(http_query(request, S("name"))));
 *     }
 *
 *     struct http_config config = {.address = "127.0.0.1", .port = 8080, .workers = 4, .handle = handle,
 *                                  .body_max = body_max, .clock = clock, .seed = seed, .folder = S("/tmp")};
 *     struct http_server *server;
 *     if (!http_open(op, &config, &server))
 *         return false;                       // the port is taken, the certificate is not one: op says so
 *     http_run(server);                       // until http_stop(server), from a signal handler or any thread
 *     http_close(server);
 *
 * Threads. The thread in http_run does all input and output; handlers run on `workers` threads of their own as
 * straight-line code and may block. body_max runs on the loop thread before a body is read and must not block.
 * clock and seed are called on any thread.
 *
 * The operation. Each request has a fresh op: op->now is read just before the handler starts. It lives until the
 * reply has been sent, so reply->body may point into it. What was deferred is undone by a worker, after the reply:
 * a database snapshot should be let go before the handler returns.
 *
 * Invariants. A request that reaches the handler is well formed: its path is decoded, absolute, valid UTF-8 without
 * control characters, backslashes or dot segments; parameters are decoded, valid UTF-8 without NUL; cookies are as
 * sent, visible ASCII; header values are bytes without control characters; the body is complete and within body_max.
 * Memory per connection is bounded whatever the client does (bodies over HTTP_BODY_MEMORY go to an unlinked file,
 * streamed replies through HTTP_STREAM_BYTES). Every waiting for a client has a deadline of our own,
 * because the library's is reset by each byte: a header has an absolute one, a body and a reply a minimum rate.
 * Over `connections` accepting pauses; over `connections_per_address` a connection is closed at once.
 *
 * What http answers by itself carries application/problem+json (RFC 9457) with a Chinese title: 400, 408, 413, 414,
 * 416, 431, 501, 503. Only what the library refuses before we see it (no request line, a header over
 * HTTP_CONNECTION_BYTES) is terser; over TLS a late body is cut without 408. */
#pragma once

#include "base/base.h"

enum {
    HTTP_URI_MAX = 8 << 10,         /* a filter of a ledger view is under 2 KB; RFC 9110 4.1 asks for 8 000 */
    HTTP_HEADER_MAX = 16 << 10,     /* all header lines; browsers send about 1 KB */
    HTTP_FIELDS_MAX = 100,          /* header lines; also cookies */
    HTTP_PARAMS_MAX = 200,          /* query parameters */
    HTTP_CONNECTION_BYTES = 32 << 10, /* the library's memory per connection: header in, header out */
    HTTP_BODY_MEMORY = 64 << 10,    /* a form fits; anything larger is a file */
    HTTP_STREAM_BYTES = 256 << 10,  /* a streamed reply runs ahead of its client by this much */
    HTTP_WORKERS_MAX = 256,
    HTTP_EVENTS_BYTES = 64 << 10,   /* unsent events before a slow reader is dropped; it reconnects and reloads */
};

/* ---- a request --------------------------------------------------------------------------------------------- */

/* HEAD arrives as HTTP_GET: answer as for GET, the body is left out. Other methods are answered 501 by http. */
enum http_method { HTTP_GET, HTTP_POST, HTTP_PUT, HTTP_PATCH, HTTP_DELETE, HTTP_METHODS };
extern const str http_methods[HTTP_METHODS]; /* as they are sent: GET; a HEAD is answered as one */

struct http_pair {
    str name, value;
};

struct http_pairs {
    struct http_pair *p;
    size_t n, cap;
};

/* All text is NUL-terminated, too, and lives as long as the op. */
struct http_request {
    enum http_method method;
    str path;                    /* "/api/ledgers/危房改造" */
    str query_text;              /* as sent, without "?" */
    struct http_pairs query;     /* decoded, in order; "+" is a space */
    struct http_pairs headers;   /* in order; values trimmed */
    struct http_pairs cookies;
    str address;                 /* of the client: "192.168.1.20", "fd00::1"; see http_config.proxy */
    bool secure;                 /* came over TLS, here or at the proxy */
    int64_t body_size;
    str body;                    /* when body_fd < 0 */
    int body_fd;                 /* else an unlinked file, positioned at 0, closed with the op */
};

/* The first of that name; empty when absent. Header names compare without regard to case, the others exactly. */
str http_query(const struct http_request *request, str name);
str http_header(const struct http_request *request, str name);
str http_cookie(const struct http_request *request, str name);

/* The body as a file whatever its size (a small one is written to memory first); closed with the op. Its path, for
 * those who want one, is op_text(op, "/proc/self/fd/%d", fd). */
[[nodiscard]] bool http_body_file(struct op *op, const struct http_request *request, int *ret_fd);
/* Up to `bytes_max` of the body from `at`; empty at its end. */
[[nodiscard]] bool http_body_read(struct op *op, const struct http_request *request, int64_t at, size_t bytes_max,
                                  str *ret);

/* ---- a reply ----------------------------------------------------------------------------------------------- */

struct http_file {
    int fd; /* ours from now on: closed when sent */
    int64_t offset, size;
};

/* Filled in by the handler. Starts as 200 without type and body. A struct http_reply {.op = op} made by a test serves
 * as well: http_write then collects into body. Text must live as long as the op. Security headers (config.policy,
 * nosniff, Referrer-Policy, COOP, Permissions-Policy, HSTS over TLS) and Cache-Control: no-store are added unless set
 * here. A body of JSON or SVG without an etag is sent in gzip where the client takes it and it is worth it. */
struct http_reply {
    int status;
    str type;                       /* Content-Type */
    str body;
    str etag;                       /* without quotes; http then answers If-None-Match with 304 by itself */
    const struct http_file *file;   /* instead of body; Range and If-Range are answered by http: 206, 416 */
    struct http_pairs headers;
    struct op *op;
    struct http_exchange *exchange; /* http's own; NULL in tests without a socket */
};

/* One more header line. Control characters in the value are a must: encode what people wrote (http_attachment). */
void http_add(struct http_reply *reply, str name, str value);
/* Content-Disposition with a name of any characters (RFC 6266, RFC 8187). */
void http_attachment(struct http_reply *reply, str file_name);
/* Sends bytes of a file descriptor: reply->file, in one call. */
void http_send_file(struct http_reply *reply, str type, int fd, int64_t offset, int64_t size);

/* A reply of unknown length in bounded memory, e.g. an export: set status, type and headers, then write. Blocks while
 * the client is more than HTTP_STREAM_BYTES behind. False: the client has gone (the op has a fault); stop and
 * return. */
[[nodiscard]] bool http_write(struct http_reply *reply, str bytes);
/* After a failure in mid-stream: the client sees a broken download, not a short file that looks whole. */
void http_break(struct http_reply *reply);

/* ---- server-sent events (WHATWG HTML 9.2) ------------------------------------------------------------------- */

/* Turns the reply into a stream of events that outlives the handler; no thread is held. The caller keeps the object and
 * must http_events_close it, once, in any thread, before http_close. Set reply headers before; set no body. */
struct http_events;
struct http_events *http_events_open(struct http_reply *reply);
/* Any thread; never blocks. name or event_id may be empty; data may have lines. False: gone, or dropped for being
 * slow: close it. */
bool http_events_send(struct http_events *events, str name, str event_id, str data);
/* The same in two steps: what is said to many is written once, and several events are put in one go. */
str  http_event_text(struct op *op, str name, str event_id, str data);
bool http_events_put(struct http_events *events, str text);
bool http_events_alive(struct http_events *events);
void http_events_close(struct http_events *events); /* ends the stream if it still runs; the pointer is dead */

/* ---- assets ------------------------------------------------------------------------------------------------ */

/* One file of the pages, inside the program. gzip and brotli may be empty. */
struct http_asset {
    str path;         /* "/assets/index-4f2a.js"; the table is sorted by str_cmp of it */
    str type;
    str plain, gzip, brotli;
    str etag;         /* hash of plain */
    bool immutable;   /* its name holds its hash: cached for a year; else no-cache, revalidated by etag */
};
/* NULL: no such path. Which page answers an unknown path is the caller's to decide, with a second look-up. */
const struct http_asset *http_asset_find(const struct http_asset *assets, size_t count, str path);
/* Chooses br, gzip or identity by Accept-Encoding (RFC 9110 12.5.3) and fills the reply. */
void http_asset_reply(const struct http_asset *asset, const struct http_request *request, struct http_reply *reply);

/* ---- the server -------------------------------------------------------------------------------------------- */

/* Zero means the usual value, given here. */
struct http_limits {
    int connections;             /* 1024 */
    int connections_per_address; /* 256: forty desks behind one router; negative: no limit (a proxy's is everybody's) */
    int idle_ms;                 /* 75 000: no request line within this of the last reply */
    int header_ms;               /* 10 000: from connecting to a whole request line, and from that to the last header */
    int body_ms;                 /* 15 000: grace on top of what body_rate allows */
    int body_rate;               /* 2 048 bytes a second, averaged over the body */
    int stall_ms;                /* 30 000: in each such stretch a reply must go on by stall_bytes or be all received */
    int stall_bytes;             /* 16 384 */
    int heartbeat_ms;            /* 20 000: a comment to silent event streams; proxies cut at 60 000 */
    int stop_ms;                 /* 10 000: what http_stop leaves requests under way */
    int tick_ms;                 /* 100: how often deadlines are looked at */
};

struct http_config {
    const char *address;         /* numeric; "::" listens on IPv4 as well */
    int port;                    /* 0: any, see http_port */
    int workers;
    void *context;
    void (*handle)(void *context, struct op *op, const struct http_request *request, struct http_reply *reply);
    /* Asked with method, path, query, headers and cookies before a body is read; 0: none is welcome. */
    int64_t (*body_max)(void *context, const struct http_request *request);
    time_ms (*clock)(void *clock_context);
    void *clock_context;
    uint64_t (*seed)(void *context);
    str folder;                  /* where bodies over HTTP_BODY_MEMORY are put, unlinked */
    str policy;                  /* Content-Security-Policy; empty: default-src 'self' and what goes with it */
    str proxy; /* address of a reverse proxy whose X-Forwarded-For and -Proto are believed, or empty */
    str tls_certificate, tls_key; /* PEM; both or neither */
    struct http_limits limits;
};

struct http_server;
/* Binds, listens and starts the workers; config is copied, its text must outlive the server. */
[[nodiscard]] bool http_open(struct op *op, const struct http_config *config, struct http_server **ret);
int  http_port(const struct http_server *server);
void http_run(struct http_server *server);  /* serves until http_stop and the end of what was under way */
void http_stop(struct http_server *server); /* async-signal-safe: no new connections, finish, at most stop_ms */
void http_close(struct http_server *server);

/* Reads <folder>/tls-certificate.pem and tls-key.pem (mode 0600), or makes them: P-256, self-signed, ten years from
 * op->now, for these names and addresses ("localhost", "10.0.0.5"). */
[[nodiscard]] bool http_tls_load(struct op *op, str folder, const str *names, size_t name_count, str *ret_certificate,
                                 str *ret_key);
