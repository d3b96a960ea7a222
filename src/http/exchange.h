/* http inside: one request and its reply, shared by the loop, a worker and, for events, whoever sends them.
 *
 *   loop: target read ── headers ── body ──► crew ──► worker: handle() ──► wake ──► loop: send ── abandoned
 *
 * Exactly one side works on an exchange at a time, except for the pipe of a streamed reply, which has its own lock. */
#pragma once
#include <microhttpd.h>
#include <stdatomic.h>

#include "http/http.h"
#include "http/pipe.h"

struct connection;

struct http_events {
    struct http_exchange *exchange;
};

struct http_exchange {
    struct op op;
    struct crew *crew;
    struct connection *connection; /* the loop's; NULL once the library has let go of the request */
    struct http_request request;
    struct http_reply reply;
    struct http_events events;

    /* The loop's, while the request comes in. */
    int refused;              /* a status of our own instead of calling the handler */
    bool seen, whole;         /* headers seen; body complete */
    int64_t body_max;
    char *memory;             /* of memory_cap + 1 bytes; the body until it grows over HTTP_BODY_MEMORY */
    size_t memory_cap;
    bool suspended;           /* the library has been told to leave the connection alone until resumed */

    /* Written by the worker before exchange_start. */
    struct MHD_Response *response;
    int status;
    enum { REPLY_WHOLE, REPLY_STREAM, REPLY_EVENTS } kind;
    struct pipe pipe;         /* in use unless REPLY_WHOLE */

    /* Anybody's. */
    atomic_int holders;       /* the library, a worker, the wake list, http_events_open, a streamed response */
    atomic_int stage;         /* STAGE_READY | STAGE_ABANDONED; whoever comes second cleans up */
    atomic_bool waking;
    bool ending;              /* nobody holds it: a worker is to undo what was deferred */
    struct http_exchange *next_work, *next_wake;
};

enum { STAGE_READY = 1, STAGE_ABANDONED = 2 };

struct work_list {
    struct http_exchange *first, **end;
};

/* The workers, what waits for them, and what they have for the loop. */
struct crew {
    const struct http_config *config;
    atomic_bool stopping;     /* the server takes no further request on a connection */
    int wake;                 /* an eventfd: wakes is not empty */
    _Atomic(struct http_exchange *) wakes;
    atomic_int exchanges;
    pthread_mutex_t lock;
    pthread_cond_t work_there;
    struct work_list work;
    int idle, count;
    bool ending;              /* finish the work and leave */
    pthread_t threads[HTTP_WORKERS_MAX];
};

void work_list_init(struct work_list *list);
void work_list_add(struct work_list *list, struct http_exchange *exchange);

void crew_open(struct crew *crew, const struct http_config *config);
void crew_add(struct crew *crew, struct work_list *list); /* empties the list */
void crew_leave(struct crew *crew);                       /* joins the workers */
void crew_close(struct crew *crew);
struct http_exchange *crew_wakes(struct crew *crew);      /* the loop takes all, for exchange_woken */
struct http_exchange *exchange_woken(struct http_exchange **list); /* one off the list, held; NULL at its end */

struct http_exchange *exchange_new(struct crew *crew, struct connection *connection, str address);
void exchange_hold(struct http_exchange *exchange);
void exchange_release(struct http_exchange *exchange);
void exchange_start(struct http_exchange *exchange);   /* the loop may send the response */
bool exchange_ready(struct http_exchange *exchange);   /* … it has started */
void exchange_abandon(struct http_exchange *exchange); /* the library has let go of the request */
void exchange_wake(struct http_exchange *exchange);    /* the loop is to resume the connection */
void exchange_response_drop(struct http_exchange *exchange);

/* reply.c: makes exchange->response and ->status of what the handler left in exchange->reply. */
void reply_build(struct http_exchange *exchange);
void reply_problem(struct http_reply *reply, int status);
str problem_text(struct op *op, int status); /* the JSON of it */

/* server.c: the library's content reader. */
ssize_t exchange_read(void *exchange, uint64_t at, char *to, size_t max);
