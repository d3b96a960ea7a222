/* The loop: connections and their deadlines, requests on their way to a worker and back.
 *
 *   IDLE ──request line──► HEADER ──headers──► BODY ──whole──► WORK ──response──► REPLY ──sent──► IDLE
 *
 * IDLE and HEADER end by an absolute deadline, BODY by a minimum rate, REPLY by progress seen in the kernel; WORK is
 * our own time. A late socket is shut down; the library notices and closes it. The library (0.9.75) is driven from here
 * with MHD_run, never by its own thread: its epoll thread stalls when a batch of 128 events comes back full, and its
 * timeout is reset by each byte. A response queued at its first handler call makes it close the connection, so only
 * refusals are. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/tcp.h>
#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "http/exchange.h"
#include "http/parse.h"

enum phase { PHASE_IDLE, PHASE_HEADER, PHASE_BODY, PHASE_WORK, PHASE_REPLY, PHASE_LINGER };

enum {
    EVENTS_PER_WAIT = 64,
    LINGERS_MAX = 64,   /* refused uploads whose sender has not stopped talking */
    LINGER_GRACES = 4,  /* times limits.body_ms */
};

/* The loop's alone. After the library closed a refused upload, one may go on as PHASE_LINGER with a socket of its own:
 * closing with unread bytes sends a reset, and the client would never see why it was refused. */
struct connection {
    struct http_server *server;
    struct connection *previous, *next;
    struct MHD_Connection *library;
    struct http_exchange *exchange; /* NULL between requests */
    int fd;
    enum phase phase;
    bool cut, linger;
    int64_t deadline_ms, beat_ms;
    uint64_t acked;                 /* bytes the client had confirmed when this stretch of a reply began */
    char address[INET6_ADDRSTRLEN];
};

struct http_server {
    struct http_config config;
    struct MHD_Daemon *library;
    int port, epoll, stop, timer;

    /* The loop's. */
    int64_t now_ms; /* counted in ticks of the timer: no clock is read, and a step of the wall clock changes nothing */
    int64_t stop_deadline_ms;
    struct connection *connections;
    int connection_count, linger_count;
    struct work_list batch; /* requests read in this round: workers get them together */

    struct crew crew;
};

/* ---- connections ------------------------------------------------------------------------------------------- */

/* One tick more, for the part of a tick that has passed already. */
static int64_t in_ms(const struct http_server *s, int64_t ms)
{
    return s->now_ms + ms + s->config.limits.tick_ms;
}

static void connection_resume(struct connection *c)
{
    if (c->exchange && c->exchange->suspended) {
        c->exchange->suspended = false;
        MHD_resume_connection(c->library);
    }
}

static void connection_cut(struct connection *c)
{
    c->cut = true;
    shutdown(c->fd, SHUT_RDWR);
    connection_resume(c);
}

static struct connection *connection_add(struct http_server *s, int fd, enum phase phase)
{
    struct connection *c = calloc(1, sizeof *c);
    must(c);
    *c = (struct connection){.server = s, .fd = fd, .phase = phase, .next = s->connections};
    if (c->next)
        c->next->previous = c;
    s->connections = c;
    s->connection_count++;
    return c;
}

static void connection_remove(struct connection *c)
{
    struct http_server *s = c->server;
    if (c->next)
        c->next->previous = c->previous;
    if (c->previous)
        c->previous->next = c->next;
    else
        s->connections = c->next;
    s->connection_count--;
    free(c);
}

static void watch(struct http_server *s, int fd, uint32_t events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};
    must(epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

static void linger_begin(struct http_server *s, int library_fd)
{
    int fd = s->linger_count < LINGERS_MAX ? fcntl(library_fd, F_DUPFD_CLOEXEC, 0) : -1;
    if (fd < 0)
        return;
    shutdown(fd, SHUT_WR);
    struct connection *c = connection_add(s, fd, PHASE_LINGER);
    c->deadline_ms = in_ms(s, (int64_t)LINGER_GRACES * s->config.limits.body_ms);
    s->linger_count++;
    watch(s, fd, EPOLLIN, c);
}

static void linger_end(struct connection *c)
{
    c->server->linger_count--;
    close(c->fd);
    connection_remove(c);
}

static void linger_read(struct connection *c)
{
    char unwanted[64 << 10];
    ssize_t n = recv(c->fd, unwanted, sizeof unwanted, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        linger_end(c);
}

static void address_write(char text[INET6_ADDRSTRLEN], const struct sockaddr *address)
{
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
    if (address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, INET6_ADDRSTRLEN);
    else if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, &six->sin6_addr, text, INET6_ADDRSTRLEN);
}

static void on_connection(void *server, struct MHD_Connection *library, void **ret_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http_server *s = server;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        int fd = MHD_get_connection_info(library, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        struct connection *c = connection_add(s, fd, PHASE_IDLE);
        c->library = library;
        c->deadline_ms = in_ms(s, s->config.limits.header_ms);
        address_write(c->address, MHD_get_connection_info(library, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
        /* A client that vanished without a word, in the middle of a reply. */
        unsigned int lost_ms = (unsigned int)s->config.limits.stall_ms;
        setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &lost_ms, sizeof lost_ms);
        *ret_context = c;
        return;
    }
    struct connection *c = *ret_context;
    must(!c->exchange);
    if (c->linger && !c->cut)
        linger_begin(s, c->fd);
    connection_remove(c);
}

/* A refusal in the middle of a request, when the library cannot send one any more. Best effort: one packet. */
static void say_plainly(struct connection *c, int status)
{
    if (c->server->config.tls_key.n)
        return;
    struct op op;
    op_init(&op, 0, 0);
    str body = problem_text(&op, status);
    str text = op_text(&op, "HTTP/1.1 %d -\r\nContent-Type: application/problem+json\r\nContent-Length: %zu\r\n"
                       "Connection: close\r\n\r\n%.*s", status, body.n, PS(body));
    [[maybe_unused]] ssize_t sent = send(c->fd, text.p, text.n, MSG_DONTWAIT | MSG_NOSIGNAL);
    op_done(&op);
}

/* ---- a request comes in ------------------------------------------------------------------------------------- */

/* Queues what exchange->reply says, from the loop. */
static enum MHD_Result response_send(struct http_exchange *x)
{
    struct connection *c = x->connection;
    struct http_server *s = c->server;
    enum MHD_Result queued = MHD_queue_response(c->library, (unsigned int)x->status, x->response);
    exchange_response_drop(x);
    if (x->kind == REPLY_EVENTS)
        watch(s, c->fd, EPOLLRDHUP, c);
    c->phase = PHASE_REPLY;
    c->deadline_ms = in_ms(s, s->config.limits.stall_ms);
    c->beat_ms = in_ms(s, s->config.limits.heartbeat_ms);
    c->acked = 0;
    return queued;
}

static enum MHD_Result refuse(struct http_exchange *x, int status)
{
    x->connection->linger = !x->whole;
    reply_problem(&x->reply, status);
    reply_build(x);
    return response_send(x);
}

static void *on_target(void *server, const char *target, struct MHD_Connection *library)
{
    struct http_server *s = server;
    struct connection *c = MHD_get_connection_info(library, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct http_exchange *x = exchange_new(&s->crew, c, str_z(c->address));
    must(!c->exchange);
    c->exchange = x;
    c->phase = PHASE_HEADER;
    c->deadline_ms = in_ms(s, s->config.limits.header_ms);
    str text = str_z(target);
    if (text.n > HTTP_URI_MAX)
        x->refused = 414;
    else if (!target_parse(&x->op, op_copy(&x->op, text), &x->request.path, &x->request.query_text, &x->request.query))
        x->refused = 400;
    return x;
}

struct header_walk {
    struct http_exchange *exchange;
    size_t bytes;
    int hosts, lengths, codings;
    int64_t length;
    bool bad;
};

static enum MHD_Result on_header(void *context, [[maybe_unused]] enum MHD_ValueKind kind, const char *name_z,
                                 size_t name_n, const char *value_z, size_t value_n)
{
    struct header_walk *walk = context;
    struct http_exchange *x = walk->exchange;
    str name = {name_z, name_n}, value = trim_blanks((str){value_z ? value_z : "", value_n});
    walk->bytes += name.n + value.n + 4;
    if (walk->bytes > HTTP_HEADER_MAX || x->request.headers.n == HTTP_FIELDS_MAX)
        return MHD_NO;
    for (size_t i = 0; i < value.n; i++)
        walk->bad |= ((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t') || value.p[i] == 0x7f;
    if (same_word(name, S("Host")))
        walk->hosts++;
    else if (same_word(name, S("Transfer-Encoding")))
        walk->codings++;
    else if (same_word(name, S("Content-Length"))) {
        walk->lengths++;
        walk->bad |= !digits_parse(value, &walk->length);
    } else if (same_word(name, S("Cookie")))
        cookies_parse(&x->op, value, &x->request.cookies);
    *list_add(&x->op, &x->request.headers) = (struct http_pair){op_copy(&x->op, name), op_copy(&x->op, value)};
    return MHD_YES;
}

/* Through our own proxy, the client is who the proxy says. */
static void proxy_believe(struct http_exchange *x)
{
    const struct http_config *config = x->crew->config;
    if (config->proxy.n == 0 || !str_eq(x->request.address, config->proxy))
        return;
    str address = forwarded_address(http_header(&x->request, S("X-Forwarded-For")));
    if (address.n)
        x->request.address = op_copy(&x->op, address);
    x->request.secure = str_eq(http_header(&x->request, S("X-Forwarded-Proto")), S("https"));
}

const str http_methods[HTTP_METHODS] = {SC("GET"), SC("POST"), SC("PUT"), SC("PATCH"), SC("DELETE")};

static bool method_parse(const char *text, enum http_method *ret)
{
    str sent = str_z(text), meant = str_eq(sent, S("HEAD")) ? http_methods[HTTP_GET] : sent;
    for (int i = 0; i < HTTP_METHODS; i++)
        if (str_eq(http_methods[i], meant)) {
            *ret = (enum http_method)i;
            return true;
        }
    return false;
}

static enum MHD_Result headers_take(struct http_exchange *x, const char *method, const char *version)
{
    struct connection *c = x->connection;
    const struct http_config *config = x->crew->config;
    struct header_walk walk = {.exchange = x};
    x->request.secure = config->tls_key.n > 0;
    int fields = MHD_get_connection_values_n(c->library, MHD_HEADER_KIND, on_header, &walk);
    if (x->refused)
        return refuse(x, x->refused);
    if (!method_parse(method, &x->request.method))
        return refuse(x, 501);
    if (fields != (int)x->request.headers.n)
        return refuse(x, 431);
    /* Two lengths, or a length and a coding, are how one request is smuggled inside another (RFC 9112 6.3, 11.2). */
    bool old = strcmp(version, "HTTP/1.0") == 0;
    bool two_ways = walk.lengths + walk.codings > 1 || walk.hosts > 1;
    if (walk.bad || two_ways || (walk.hosts == 0 && !old) || (walk.codings && old))
        return refuse(x, 400);
    proxy_believe(x);
    if (atomic_load(&x->crew->stopping))
        return refuse(x, 503);
    if (walk.codings == 0 && walk.length == 0)
        return MHD_YES;

    x->body_max = config->body_max(config->context, &x->request);
    if (x->body_max <= 0 || walk.length > x->body_max)
        return refuse(x, 413);
    c->phase = PHASE_BODY;
    c->deadline_ms = in_ms(c->server, config->limits.body_ms);
    if (walk.length && walk.length <= HTTP_BODY_MEMORY) {
        x->memory_cap = (size_t)walk.length;
        x->memory = op_alloc(&x->op, x->memory_cap + 1);
    }
    return MHD_YES;
}

static void close_body(void *exchange)
{
    close(((struct http_exchange *)exchange)->request.body_fd);
}

static bool body_file_open(struct http_exchange *x)
{
    str folder = x->crew->config->folder;
    int fd = open(op_z(&x->op, folder), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) { /* not every file system knows files without a name */
        str path = op_text(&x->op, "%.*s/body-XXXXXX", PS(folder));
        fd = mkostemp((char *)path.p, O_CLOEXEC);
        if (fd < 0)
            return false;
        unlink(path.p);
    }
    x->request.body_fd = fd;
    op_defer(&x->op, close_body, x);
    return true;
}

static bool write_all(int fd, const char *bytes, size_t n)
{
    while (n) {
        ssize_t written = write(fd, bytes, n);
        if (written < 0)
            return false;
        bytes += written;
        n -= (size_t)written;
    }
    return true;
}

static int body_take(struct http_exchange *x, const char *bytes, size_t n)
{
    struct http_request *request = &x->request;
    size_t had = (size_t)request->body_size;
    request->body_size += (int64_t)n;
    if (request->body_size > x->body_max)
        return 413;
    if (request->body_fd < 0 && had + n <= HTTP_BODY_MEMORY) {
        if (had + n > x->memory_cap) {
            size_t cap = had + n < HTTP_BODY_MEMORY / 4 ? HTTP_BODY_MEMORY / 4 : HTTP_BODY_MEMORY;
            x->memory = op_grow(&x->op, x->memory, had, cap + 1);
            x->memory_cap = cap;
        }
        memcpy(x->memory + had, bytes, n);
        return 0;
    }
    if (request->body_fd < 0 && (!body_file_open(x) || !write_all(request->body_fd, x->memory, had)))
        return 503;
    return write_all(request->body_fd, bytes, n) ? 0 : 503;
}

static enum MHD_Result body_add(struct http_exchange *x, const char *bytes, size_t n)
{
    int refused = body_take(x, bytes, n);
    if (refused == 0)
        return MHD_YES;
    say_plainly(x->connection, refused);
    x->connection->linger = true;
    return MHD_NO;
}

static enum MHD_Result request_queue(struct http_exchange *x)
{
    x->whole = true;
    if (x->request.body_fd >= 0) {
        if (lseek(x->request.body_fd, 0, SEEK_SET) != 0)
            return MHD_NO;
    } else if (x->request.body_size) {
        x->request.body = (str){x->memory, (size_t)x->request.body_size};
    }
    x->connection->phase = PHASE_WORK;
    x->suspended = true;
    MHD_suspend_connection(x->connection->library);
    exchange_hold(x);
    work_list_add(&x->connection->server->batch, x);
    return MHD_YES;
}

static enum MHD_Result on_access([[maybe_unused]] void *server, [[maybe_unused]] struct MHD_Connection *library,
                                 [[maybe_unused]] const char *url, const char *method, const char *version,
                                 const char *bytes, size_t *n, void **context)
{
    struct http_exchange *x = *context;
    if (!x->seen) {
        x->seen = true;
        return headers_take(x, method, version);
    }
    if (*n) {
        size_t given = *n;
        *n = 0;
        return body_add(x, bytes, given);
    }
    if (!x->whole)
        return request_queue(x);
    return exchange_ready(x) ? response_send(x) : MHD_NO; /* not ready: cut while a handler still works */
}

static void on_completed([[maybe_unused]] void *server, [[maybe_unused]] struct MHD_Connection *library, void **context,
                         [[maybe_unused]] enum MHD_RequestTerminationCode code)
{
    struct http_exchange *x = *context;
    *context = NULL;
    if (!x)
        return;
    struct connection *c = x->connection;
    if (x->kind == REPLY_EVENTS) /* the connection is kept, and its next request may be for events again */
        epoll_ctl(c->server->epoll, EPOLL_CTL_DEL, c->fd, NULL);
    c->exchange = NULL;
    c->phase = PHASE_IDLE;
    c->deadline_ms = in_ms(c->server, c->server->config.limits.idle_ms);
    x->connection = NULL;
    exchange_abandon(x);
    exchange_release(x);
}

ssize_t exchange_read(void *exchange, [[maybe_unused]] uint64_t at, char *to, size_t max)
{
    struct http_exchange *x = exchange;
    struct connection *c = x->connection;
    size_t n = 0;
    switch (c->cut ? PIPE_BROKEN : pipe_take(&x->pipe, to, max, &n)) {
    case PIPE_BYTES:
        c->beat_ms = in_ms(c->server, c->server->config.limits.heartbeat_ms);
        return (ssize_t)n;
    case PIPE_EMPTY:
        x->suspended = true;
        MHD_suspend_connection(c->library);
        return 0;
    case PIPE_ENDED:
        return MHD_CONTENT_READER_END_OF_STREAM;
    case PIPE_BROKEN:
        break;
    }
    return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* ---- deadlines ---------------------------------------------------------------------------------------------- */

/* Has the client taken too little of a reply that waits for it? What matters is what its kernel confirmed. */
static bool reply_stalled(struct connection *c)
{
    const struct http_limits *limits = &c->server->config.limits;
    struct tcp_info info = {0};
    socklen_t n = sizeof info;
    if (getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0)
        return true;
    uint64_t taken = info.tcpi_bytes_acked - c->acked;
    bool stalled = info.tcpi_notsent_bytes > 0 && c->acked && taken < (uint64_t)limits->stall_bytes;
    c->acked = info.tcpi_bytes_acked;
    c->deadline_ms = in_ms(c->server, limits->stall_ms);
    return stalled;
}

/* Those that wait for a request go, unless it has arrived already; event streams end. */
static void connection_dismiss(struct connection *c)
{
    char byte;
    if (c->phase == PHASE_IDLE && recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
        connection_cut(c);
    else if (c->phase == PHASE_REPLY && c->exchange->kind == REPLY_EVENTS && pipe_end(&c->exchange->pipe, false))
        connection_resume(c);
}

static void connection_check(struct connection *c)
{
    struct http_server *s = c->server;
    const struct http_limits *limits = &s->config.limits;
    if (!c->cut && atomic_load(&s->crew.stopping))
        connection_dismiss(c);
    if (c->cut)
        return;
    if (c->phase == PHASE_REPLY && c->exchange->kind == REPLY_EVENTS && s->now_ms > c->beat_ms) {
        bool wake;
        pipe_put_all(&c->exchange->pipe, S(":\n\n"), &wake);
        if (wake)
            connection_resume(c);
    }
    int64_t deadline_ms = c->deadline_ms;
    if (c->phase == PHASE_BODY)
        deadline_ms += c->exchange->request.body_size * 1000 / limits->body_rate;
    if (s->now_ms <= deadline_ms)
        return;
    switch (c->phase) {
    case PHASE_HEADER:
    case PHASE_BODY:
        say_plainly(c, 408);
        connection_cut(c);
        break;
    case PHASE_IDLE:
        connection_cut(c);
        break;
    case PHASE_WORK:
        break;
    case PHASE_REPLY:
        if (reply_stalled(c))
            connection_cut(c);
        break;
    case PHASE_LINGER:
        linger_end(c);
        break;
    }
}

/* ---- the loop ----------------------------------------------------------------------------------------------- */

static void tick(struct http_server *s)
{
    uint64_t ticks;
    if (read(s->timer, &ticks, sizeof ticks) != sizeof ticks)
        return;
    s->now_ms += (int64_t)ticks * s->config.limits.tick_ms;
    bool stopping = atomic_load(&s->crew.stopping), over = stopping && s->now_ms > s->stop_deadline_ms;
    for (struct connection *c = s->connections, *next; c; c = next) {
        next = c->next;
        if (stopping && c->phase == PHASE_LINGER)
            linger_end(c);
        else if (!over)
            connection_check(c);
        else if (!c->cut)
            connection_cut(c);
    }
}

static void wakes_take(struct http_server *s)
{
    struct http_exchange *first = crew_wakes(&s->crew);
    for (struct http_exchange *x; (x = exchange_woken(&first));) {
        if (x->connection)
            connection_resume(x->connection);
        exchange_release(x);
    }
}

/* The next tick sends away who can go. */
static void stop_begin(struct http_server *s)
{
    eventfd_t ignored;
    eventfd_read(s->stop, &ignored);
    if (atomic_exchange(&s->crew.stopping, true))
        return;
    s->stop_deadline_ms = in_ms(s, s->config.limits.stop_ms);
    MHD_socket listening = MHD_quiesce_daemon(s->library);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
}

void http_run(struct http_server *s)
{
    sigset_t pipe_signal, before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE); /* sendfile cannot be told otherwise */
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);

    bool busy = true;
    while (!atomic_load(&s->crew.stopping) || s->connection_count) {
        struct epoll_event events[EVENTS_PER_WAIT];
        int count = epoll_wait(s->epoll, events, EVENTS_PER_WAIT, busy ? 0 : -1);
        must(count >= 0 || errno == EINTR);
        bool stop = false, ticked = false; /* after the loop: a deadline frees connections that later events may name */
        for (int i = 0; i < count; i++) {
            void *what = events[i].data.ptr;
            struct connection *c = what;
            if (what == &s->timer)
                ticked = true;
            else if (what == &s->crew)
                wakes_take(s);
            else if (what == &s->stop)
                stop = true;
            else if (what == s->library)
                continue;
            else if (c->phase == PHASE_LINGER)
                linger_read(c);
            else if (!c->cut)
                connection_cut(c);
        }
        if (ticked)
            tick(s);
        if (stop)
            stop_begin(s);
        MHD_run(s->library);
        crew_add(&s->crew, &s->batch);
        MHD_UNSIGNED_LONG_LONG wait_ms;
        busy = MHD_get_timeout(s->library, &wait_ms) == MHD_YES && wait_ms == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void http_stop(struct http_server *s)
{
    int kept = errno;
    eventfd_write(s->stop, 1);
    errno = kept;
}

/* ---- opening and closing ------------------------------------------------------------------------------------ */

static void limits_fill(struct http_limits *limits)
{
    const struct {
        int *value, usual;
    } rows[] = {
        {&limits->connections, 1024},   {&limits->connections_per_address, 256}, {&limits->idle_ms, 75000},
        {&limits->header_ms, 10000},    {&limits->body_ms, 15000},              {&limits->body_rate, 2048},
        {&limits->stall_ms, 30000},     {&limits->stall_bytes, 16384},          {&limits->heartbeat_ms, 20000},
        {&limits->stop_ms, 10000},      {&limits->tick_ms, 100},
    };
    static_assert(COUNT(rows) * sizeof(int) == sizeof *limits, "every limit has a usual value");
    for (size_t i = 0; i < COUNT(rows); i++)
        if (*rows[i].value == 0)
            *rows[i].value = rows[i].usual;
}

static bool address_parse(const char *text, int port, struct sockaddr_storage *ret, socklen_t *ret_n)
{
    struct sockaddr_in *four = (struct sockaddr_in *)ret;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)ret;
    *ret = (struct sockaddr_storage){0};
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons((uint16_t)port);
        *ret_n = sizeof *four;
        return true;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons((uint16_t)port);
    *ret_n = sizeof *six;
    return inet_pton(AF_INET6, text, &six->sin6_addr) == 1;
}

static bool listen_on(struct op *op, const struct http_config *config, int *ret_fd, int *ret_port)
{
    struct sockaddr_storage address;
    socklen_t n;
    if (config->port < 0 || config->port > 65535 || !address_parse(config->address, config->port, &address, &n))
        return op_fail(op, FAULT_INPUT, S("监听地址"), "%s:%d 不是有效的地址和端口", config->address, config->port);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1, no = 0;
    if (fd < 0)
        return op_fail(op, FAULT_SYSTEM, S("监听地址"), "不能打开网络：%s", errno_said(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (address.ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
    if (bind(fd, (struct sockaddr *)&address, n) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &n) != 0) {
        bool low = errno == EACCES && config->port < 1024;
        bool done = op_fail(op, FAULT_SYSTEM, S("监听地址"), "不能在 %s:%d 监听：%s", config->address, config->port,
                            low ? "1024 以下的端口要有权限才能用；请换 8080、8443 这样的端口，或用服务单元（deploy/zhenwu.service）启动"
                                : errno_said(errno));
        close(fd);
        return done;
    }
    *ret_fd = fd;
    *ret_port = ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                                   : ((struct sockaddr_in6 *)&address)->sin6_port);
    return true;
}

/* Two sockets' worth per connection (one may serve a file) and some for the rest of the program. */
static void descriptors_raise(int connections)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)connections * 2 + 256;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Each request takes memory and gives it back; without this a quarter of our time goes into asking the kernel again. */
static void memory_keep(void)
{
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, 1 << 20);
}

static bool library_start(struct op *op, struct http_server *s, int listening)
{
    const struct http_config *config = &s->config;
    int per_address = config->limits.connections_per_address;
    bool tls = config->tls_key.n > 0;
    struct MHD_OptionItem tls_options[] = {
        {MHD_OPTION_HTTPS_MEM_KEY, 0, op_z(op, config->tls_key)},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, op_z(op, config->tls_certificate)},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"},
        {MHD_OPTION_END, 0, NULL},
    };
    s->library = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_TURBO | (tls ? MHD_USE_TLS : 0), 0, NULL, NULL, on_access, s,
        MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_CONNECTION_LIMIT, (unsigned int)config->limits.connections,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address < 0 ? 0U : (unsigned int)per_address,
        MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, s, MHD_OPTION_URI_LOG_CALLBACK, on_target, s, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        tls ? MHD_OPTION_ARRAY : MHD_OPTION_END, tls_options, MHD_OPTION_END);
    if (s->library)
        return true;
    return tls ? op_fail(op, FAULT_INPUT, S("证书"), "证书或私钥不能使用，请核对两个 PEM 文件是否完整且相配")
               : op_fail(op, FAULT_SYSTEM, S(""), "网络服务不能启动：%s", errno_said(errno));
}

bool http_open(struct op *op, const struct http_config *config, struct http_server **ret)
{
    must(config->handle && config->body_max && config->clock && config->seed);
    must(config->workers > 0 && config->workers <= HTTP_WORKERS_MAX);
    must((config->tls_key.n > 0) == (config->tls_certificate.n > 0));
    struct http_server *s = calloc(1, sizeof *s);
    must(s);
    s->config = *config;
    struct http_limits *limits = &s->config.limits;
    limits_fill(limits);
    descriptors_raise(limits->connections);
    memory_keep();
    int listening = -1;
    if (!listen_on(op, &s->config, &listening, &s->port)) {
        free(s);
        return false;
    }
    if (!library_start(op, s, listening)) {
        close(listening);
        free(s);
        return false;
    }
    work_list_init(&s->batch);
    crew_open(&s->crew, &s->config);
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    s->stop = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    must(s->epoll >= 0 && s->stop >= 0 && s->timer >= 0);
    struct timespec every = {limits->tick_ms / 1000, limits->tick_ms % 1000 * 1000000L};
    must(timerfd_settime(s->timer, 0, &(struct itimerspec){every, every}, NULL) == 0);
    watch(s, s->crew.wake, EPOLLIN, &s->crew);
    watch(s, s->stop, EPOLLIN, &s->stop);
    watch(s, s->timer, EPOLLIN, &s->timer);
    watch(s, MHD_get_daemon_info(s->library, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, EPOLLIN, s->library);

    *ret = s;
    return true;
}

int http_port(const struct http_server *s)
{
    return s->port;
}

void http_close(struct http_server *s)
{
    if (!atomic_load(&s->crew.stopping)) { /* never run */
        http_stop(s);
        http_run(s);
    }
    crew_leave(&s->crew);
    wakes_take(s);
    crew_close(&s->crew);
    MHD_stop_daemon(s->library);
    close(s->epoll);
    close(s->stop);
    close(s->timer);
    free(s);
}
