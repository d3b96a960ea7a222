/* The least a server can do: one epoll loop, a full walk of the header lines, the same answer with the same header lines
 * as ours. No deadlines, no limits, no threads, no uploads of any size. A lower bound to measure against. Usage: bare PORT */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER = 8192, EVENTS = 256 };

struct client {
    int fd;
    size_t n;
    char in[BUFFER];
};

/* Bytes of one whole request at the front; 0: not there yet. */
static size_t request_take(const char *p, size_t n)
{
    const char *line = p, *end;
    size_t body = 0;
    while ((end = memchr(line, '\n', n - (size_t)(line - p)))) {
        if (end - line <= 1) {
            size_t size = (size_t)(end + 1 - p) + body;
            return size <= n ? size : 0;
        }
        const char *colon = memchr(line, ':', (size_t)(end - line));
        if (colon && colon - line == 14 && strncasecmp(line, "Content-Length", 14) == 0)
            body = strtoul(colon + 1, NULL, 10);
        line = end + 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    char body[1025], out[4096], date[40];
    snprintf(body, sizeof body, "{\"a\":\"%01016d\"}", 1);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), yes = 1, epoll = epoll_create1(0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 0)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 || listen(listening, SOMAXCONN) != 0)
        return 1;
    struct epoll_event event = {.events = EPOLLIN}, events[EVENTS];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        time_t now = time(NULL);
        strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
        for (int i = 0; i < count; i++) {
            struct client *c = events[i].data.ptr;
            if (!c) {
                int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK);
                if (fd < 0 || !(c = calloc(1, sizeof *c)))
                    continue;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                c->fd = fd;
                event = (struct epoll_event){.events = EPOLLIN, .data.ptr = c};
                epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
                continue;
            }
            ssize_t n = recv(c->fd, c->in + c->n, BUFFER - c->n, 0);
            if (n <= 0) {
                close(c->fd);
                free(c);
                continue;
            }
            c->n += (size_t)n;
            for (size_t used; (used = request_take(c->in, c->n)) > 0; c->n -= used) {
                int size = snprintf(out, sizeof out,
                    "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
                    "Content-Security-Policy: default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
                    "form-action 'self'; frame-ancestors 'none'\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n"
                    "Cross-Origin-Opener-Policy: same-origin\r\nPermissions-Policy: camera=(self), geolocation=(self), microphone=()\r\n"
                    "Content-Length: 1024\r\n\r\n%s", date, body);
                if (send(c->fd, out, (size_t)size, MSG_NOSIGNAL) != size)
                    break;
                memmove(c->in, c->in + used, c->n - used);
            }
        }
    }
}
