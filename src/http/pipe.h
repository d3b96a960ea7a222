/* http inside: bytes from a producing thread to the loop, which must never wait. Bounded. */
#pragma once
#include <pthread.h>

#include "base/base.h"

struct pipe {
    pthread_mutex_t lock;
    pthread_cond_t room;
    char *p;         /* bytes [from, from + n) wait to be taken */
    size_t from, n, cap, max;
    bool reader_waits; /* the loop found nothing and sleeps: the next put must wake it */
    bool ended;      /* the producer has said everything */
    bool broken;     /* … or gave up: the reply must look cut off */
    bool gone;       /* nobody reads any more */
};

enum pipe_taken { PIPE_BYTES, PIPE_EMPTY, PIPE_ENDED, PIPE_BROKEN };

void pipe_init(struct pipe *pipe, size_t max);
void pipe_done(struct pipe *pipe);
/* Both return false when the reader is gone; *ret_wake: the loop must be woken. The first puts some of the bytes and
 * waits until one fits; the second all or none, does not wait, and takes no room for gone. */
bool pipe_put(struct pipe *pipe, str bytes, size_t *ret_put, bool *ret_wake);
bool pipe_put_all(struct pipe *pipe, str bytes, bool *ret_wake);
bool pipe_end(struct pipe *pipe, bool broken); /* true: the loop must be woken */
enum pipe_taken pipe_take(struct pipe *pipe, char *to, size_t max, size_t *ret_n);
void pipe_leave(struct pipe *pipe); /* the reader goes */
