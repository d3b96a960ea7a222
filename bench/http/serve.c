/* Our server with one handler that answers 1 KB of JSON. Usage: serve PORT; ends with SIGTERM. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "http/http.h"

static struct http_server *server; /* for the signal handler of this small program */

static void stop(int signal)
{
    (void)signal;
    http_stop(server);
}

static void handle(void *context, struct op *op, const struct http_request *request, struct http_reply *reply)
{
    (void)op, (void)request;
    reply->type = S("application/json");
    reply->body = *(str *)context;
}

static int64_t body_max(void *context, const struct http_request *request)
{
    (void)context, (void)request;
    return 1 << 20;
}

static time_ms now(void *context)
{
    (void)context;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t seed(void *context)
{
    (void)context;
    return 1;
}

int main(int argc, char **argv)
{
    char text[1025];
    snprintf(text, sizeof text, "{\"a\":\"%01016d\"}", 1);
    str body = {text, 1024};
    struct op op;
    op_init(&op, 0, 1);
    struct http_config config = {
        .address = "127.0.0.1", .port = argc > 1 ? atoi(argv[1]) : 0, .workers = 2, .context = &body, .handle = handle,
        .body_max = body_max, .clock = now, .seed = seed, .folder = S("/tmp"), .limits = {.connections_per_address = -1},
    };
    if (!http_open(&op, &config, &server)) {
        fprintf(stderr, "%.*s\n", PS(op.faults->text));
        return 1;
    }
    signal(SIGTERM, stop);
    http_run(server);
    http_close(server);
    op_done(&op);
    return 0;
}
