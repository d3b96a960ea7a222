/* http inside: one request and its reply, shared by the loop, a worker and, for events, whoever sends them.
 *
 *   loop: target read ── headers ── body ──► queue ──► worker: handle() ──► wake ──► loop: send ── completed
 *
 * Exactly one side works on an exchange at a time, except for the pipe of a streamed reply, which has its own lock. */
#pragma once
#include <microhttpd.h>

#include "http/http.h"
#include "http/pipe.h"

struct connection;

struct http_events {
    struct http_exchange *exchange;
};

struct http_exchange {
    struct op op;
    struct http_server *server;
    struct connection *connection; /* the loop's; NULL once the library has let go of the request */
    struct http_request request;
    struct http_reply reply;
    struct http_events events;

    /* The loop's, while the body comes in. */
    int refused;              /* a status of our own instead of calling the handler */
    bool seen, whole;         /* headers seen; body complete */
    int64_t body_max;
    char *memory;             /* of memory_cap + 1 bytes; the body until it grows over HTTP_BODY_MEMORY */
    size_t memory_cap;
    bool suspended;           /* the library has been told to leave the connection alone until resumed */

    /* Written by the worker before it wakes the loop. */
    struct MHD_Response *response;
    int status;
    enum { REPLY_WHOLE, REPLY_STREAM, REPLY_EVENTS } kind;
    struct pipe pipe;         /* in use unless REPLY_WHOLE */

    /* Under the server's lock. */
    int holders;              /* the library, a worker, the wake list, http_events_open */
    bool ready;               /* response may be sent */
    bool abandoned;           /* the library has let go of the request: nobody will send it */
    bool waking, ending;
    struct http_exchange *next_work, *next_wake;
};

/* reply.c: makes exchange->response and ->status of what the handler left in exchange->reply. */
void reply_build(struct http_exchange *exchange);
void reply_problem(struct http_reply *reply, int status);
str problem_text(struct op *op, int status); /* the JSON of it */

/* server.c */
void exchange_start(struct http_exchange *exchange); /* a stream begins: the loop may send the response */
void exchange_wake(struct http_exchange *exchange);
void exchange_hold(struct http_exchange *exchange);
void exchange_release(struct http_exchange *exchange);
ssize_t exchange_read(void *exchange, uint64_t at, char *to, size_t max); /* the library's content reader */
const struct http_config *exchange_config(const struct http_exchange *exchange);
bool exchange_is_last(const struct http_exchange *exchange); /* the server stops: no further request on this connection */
