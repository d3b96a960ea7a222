#include <stdlib.h>

#include "http/pipe.h"

void pipe_init(struct pipe *pipe, size_t max)
{
    *pipe = (struct pipe){.max = max};
    must(pthread_mutex_init(&pipe->lock, NULL) == 0 && pthread_cond_init(&pipe->room, NULL) == 0);
}

void pipe_done(struct pipe *pipe)
{
    free(pipe->p);
    pthread_cond_destroy(&pipe->room);
    pthread_mutex_destroy(&pipe->lock);
}

/* Appends, moving or growing first; the caller holds the lock and has seen that there is room. */
static void append(struct pipe *pipe, str bytes)
{
    if (pipe->from + pipe->n + bytes.n > pipe->cap && pipe->from) {
        memmove(pipe->p, pipe->p + pipe->from, pipe->n);
        pipe->from = 0;
    }
    if (pipe->n + bytes.n > pipe->cap) {
        size_t cap = pipe->cap ? pipe->cap : 1024;
        while (cap < pipe->n + bytes.n)
            cap *= 2;
        pipe->p = realloc(pipe->p, cap);
        must(pipe->p);
        pipe->cap = cap;
    }
    if (bytes.n)
        memcpy(pipe->p + pipe->from + pipe->n, bytes.p, bytes.n);
    pipe->n += bytes.n;
}

static bool wake_wanted(struct pipe *pipe)
{
    bool wanted = pipe->reader_waits;
    pipe->reader_waits = false;
    return wanted;
}

bool pipe_put(struct pipe *pipe, str bytes, size_t *ret_put, bool *ret_wake)
{
    pthread_mutex_lock(&pipe->lock);
    must(!pipe->ended);
    while (pipe->n == pipe->max && !pipe->gone)
        pthread_cond_wait(&pipe->room, &pipe->lock);
    bool there = !pipe->gone;
    if (there) {
        size_t n = bytes.n < pipe->max - pipe->n ? bytes.n : pipe->max - pipe->n;
        append(pipe, str_part(bytes, 0, n));
        *ret_put = n;
        *ret_wake = wake_wanted(pipe);
    }
    pthread_mutex_unlock(&pipe->lock);
    return there;
}

bool pipe_put_all(struct pipe *pipe, str bytes, bool *ret_wake)
{
    pthread_mutex_lock(&pipe->lock);
    bool fits = !pipe->gone && !pipe->ended && bytes.n <= pipe->max - pipe->n;
    if (fits)
        append(pipe, bytes);
    else
        pipe->broken = pipe->ended = true;
    *ret_wake = wake_wanted(pipe);
    pthread_mutex_unlock(&pipe->lock);
    return fits;
}

bool pipe_end(struct pipe *pipe, bool broken)
{
    pthread_mutex_lock(&pipe->lock);
    pipe->ended = true;
    pipe->broken |= broken;
    bool wake = wake_wanted(pipe);
    pthread_mutex_unlock(&pipe->lock);
    return wake;
}

enum pipe_taken pipe_take(struct pipe *pipe, char *to, size_t max, size_t *ret_n)
{
    pthread_mutex_lock(&pipe->lock);
    enum pipe_taken taken;
    if (pipe->broken) {
        taken = PIPE_BROKEN;
    } else if (pipe->n) {
        size_t n = pipe->n < max ? pipe->n : max;
        memcpy(to, pipe->p + pipe->from, n);
        pipe->n -= n;
        pipe->from = pipe->n ? pipe->from + n : 0;
        pthread_cond_signal(&pipe->room);
        *ret_n = n;
        taken = PIPE_BYTES;
    } else if (pipe->ended) {
        taken = PIPE_ENDED;
    } else {
        pipe->reader_waits = true;
        taken = PIPE_EMPTY;
    }
    pthread_mutex_unlock(&pipe->lock);
    return taken;
}

void pipe_leave(struct pipe *pipe)
{
    pthread_mutex_lock(&pipe->lock);
    pipe->gone = true;
    pthread_cond_broadcast(&pipe->room);
    pthread_mutex_unlock(&pipe->lock);
}
