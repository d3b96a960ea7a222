/* Exchanges and the workers who handle them. */
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "http/exchange.h"

void work_list_init(struct work_list *list)
{
    list->first = NULL;
    list->end = &list->first;
}

void work_list_add(struct work_list *list, struct http_exchange *x)
{
    x->next_work = NULL;
    *list->end = x;
    list->end = &x->next_work;
}

static struct http_exchange *work_list_take(struct work_list *list)
{
    struct http_exchange *x = list->first;
    if (x) {
        list->first = x->next_work;
        if (!list->first)
            list->end = &list->first;
    }
    return x;
}

/* The signal is given after unlocking: a worker on the same core would wake only to wait for the lock. */
void crew_add(struct crew *crew, struct work_list *list)
{
    if (!list->first)
        return;
    pthread_mutex_lock(&crew->lock);
    *crew->work.end = list->first;
    crew->work.end = list->end;
    bool idle = crew->idle > 0;
    pthread_mutex_unlock(&crew->lock);
    if (idle)
        pthread_cond_signal(&crew->work_there);
    work_list_init(list);
}

/* ---- exchanges --------------------------------------------------------------------------------------------- */

struct http_exchange *exchange_new(struct crew *crew, struct connection *connection, str address)
{
    const struct http_config *config = crew->config;
    struct http_exchange *x = calloc(1, sizeof *x);
    must(x);
    x->crew = crew;
    x->connection = connection;
    x->holders = 1;
    op_init(&x->op, config->clock(config->clock_context), config->seed(config->context));
    x->request.address = op_copy(&x->op, address); /* a reply in the making outlives its connection */
    x->request.body = S("");
    x->request.body_fd = -1;
    x->reply = (struct http_reply){.op = &x->op, .exchange = x};
    atomic_fetch_add(&crew->exchanges, 1);
    return x;
}

static void exchange_end(struct http_exchange *x)
{
    struct crew *crew = x->crew;
    must(!x->response);
    op_done(&x->op);
    if (x->kind != REPLY_WHOLE)
        pipe_done(&x->pipe);
    free(x);
    atomic_fetch_sub(&crew->exchanges, 1);
}

void exchange_hold(struct http_exchange *x)
{
    atomic_fetch_add(&x->holders, 1);
}

void exchange_release(struct http_exchange *x)
{
    int before = atomic_fetch_sub(&x->holders, 1);
    must(before > 0);
    if (before > 1)
        return;
    if (!x->op.deferred) {
        exchange_end(x);
        return;
    }
    x->ending = true; /* closing files and the like may take time: not on the loop */
    struct work_list one;
    work_list_init(&one);
    work_list_add(&one, x);
    crew_add(x->crew, &one);
}

void exchange_response_drop(struct http_exchange *x)
{
    struct MHD_Response *response = x->response;
    x->response = NULL;
    if (response)
        MHD_destroy_response(response); /* may release the exchange; our caller holds it, too */
}

static void nobody_will_send(struct http_exchange *x)
{
    if (x->kind != REPLY_WHOLE)
        pipe_leave(&x->pipe);
    exchange_response_drop(x);
}

void exchange_start(struct http_exchange *x)
{
    if (atomic_fetch_or(&x->stage, STAGE_READY) & STAGE_ABANDONED)
        nobody_will_send(x);
    else
        exchange_wake(x);
}

void exchange_abandon(struct http_exchange *x)
{
    if (atomic_fetch_or(&x->stage, STAGE_ABANDONED) & STAGE_READY)
        nobody_will_send(x);
}

bool exchange_ready(struct http_exchange *x)
{
    return atomic_load(&x->stage) & STAGE_READY;
}

/* What the loop is to find must have been written before; it clears `waking` before it looks. */
void exchange_wake(struct http_exchange *x)
{
    if (atomic_exchange(&x->waking, true))
        return;
    exchange_hold(x);
    struct crew *crew = x->crew;
    struct http_exchange *first = atomic_load(&crew->wakes);
    do
        x->next_wake = first;
    while (!atomic_compare_exchange_weak(&crew->wakes, &first, x));
    if (!first) /* x may be gone by now */
        eventfd_write(crew->wake, 1);
}

struct http_exchange *crew_wakes(struct crew *crew)
{
    eventfd_t ignored;
    eventfd_read(crew->wake, &ignored);
    return atomic_exchange(&crew->wakes, NULL);
}

struct http_exchange *exchange_woken(struct http_exchange **list)
{
    struct http_exchange *x = *list;
    if (x) {
        *list = x->next_wake;
        atomic_store(&x->waking, false);
    }
    return x;
}

/* ---- workers ----------------------------------------------------------------------------------------------- */

static void work(struct http_exchange *x)
{
    const struct http_config *config = x->crew->config;
    x->op.now = config->clock(config->clock_context);
    config->handle(config->context, &x->op, &x->request, &x->reply);
    if (x->kind == REPLY_STREAM) {
        if (pipe_end(&x->pipe, false))
            exchange_wake(x);
    } else {
        reply_build(x);
        exchange_start(x);
    }
    exchange_release(x);
}

static void *worker_run(void *context)
{
    struct crew *crew = context;
    pthread_mutex_lock(&crew->lock);
    for (;;) {
        while (!crew->work.first && !crew->ending) {
            crew->idle++;
            pthread_cond_wait(&crew->work_there, &crew->lock);
            crew->idle--;
        }
        struct http_exchange *x = work_list_take(&crew->work);
        if (!x)
            break;
        bool help = crew->work.first && crew->idle > 0;
        pthread_mutex_unlock(&crew->lock);
        if (help)
            pthread_cond_signal(&crew->work_there);
        if (x->ending)
            exchange_end(x);
        else
            work(x);
        pthread_mutex_lock(&crew->lock);
    }
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

void crew_open(struct crew *crew, const struct http_config *config)
{
    crew->config = config;
    work_list_init(&crew->work);
    crew->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    must(crew->wake >= 0);
    must(pthread_mutex_init(&crew->lock, NULL) == 0 && pthread_cond_init(&crew->work_there, NULL) == 0);
    sigset_t all, before; /* signals are for the thread that runs the loop */
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    for (; crew->count < config->workers; crew->count++)
        must(pthread_create(&crew->threads[crew->count], NULL, worker_run, crew) == 0);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void crew_leave(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->ending = true;
    pthread_cond_broadcast(&crew->work_there);
    pthread_mutex_unlock(&crew->lock);
    for (int i = 0; i < crew->count; i++)
        pthread_join(crew->threads[i], NULL);
}

void crew_close(struct crew *crew)
{
    for (struct http_exchange *x; (x = work_list_take(&crew->work));) /* released since the workers left */
        exchange_end(x);
    must(atomic_load(&crew->exchanges) == 0); /* else somebody forgot http_events_close */
    pthread_cond_destroy(&crew->work_there);
    pthread_mutex_destroy(&crew->lock);
    close(crew->wake);
}
