/* What a client may take of us: time, connections, and what becomes of it when we stop; TLS. Against a real server. */
#include "http/test_server.h"

/* ---- deadlines ---------------------------------------------------------------------------------------------- */

static const struct http_limits hasty = {
    .idle_ms = 150, .header_ms = 150, .body_ms = 150, .body_rate = 1000, .tick_ms = 10,
};

TEST("a connection that asks nothing is closed, before and after a request")
{
    struct town *town = town_with(op, (struct http_config){.limits = hasty});
    check(ended(client_open(op, town)));
    struct client *c = client_open(op, town);
    check_int(ask(c, "GET /hello", "").status, 200);
    check(ended(c));
}

/* One byte at a time for as long as the server lets us; at most `count_max`. Returns what it then says. */
static struct answer drip(struct client *c, const char *byte, int count_max, int *ret_count)
{
    struct pollfd wait = {.fd = c->fd, .events = POLLIN};
    *ret_count = 0;
    while (*ret_count < count_max && poll(&wait, 1, 10) == 0 && say(c, str_z(byte)))
        ++*ret_count;
    struct answer a = hear_answer(c, true);
    check(ended(c));
    return a;
}

TEST("a header or a body that comes a byte at a time is cut, however steadily")
{
    struct town *town = town_with(op, (struct http_config){.limits = hasty});
    int count_said;
    struct client *c = client_open(op, town);
    check(say(c, S("GET /hello HTTP/1.1\r\nHost: t\r\nX-Slow: ")));
    check_int(drip(c, "x", 2000, &count_said).status, 408);
    check(count_said < 2000);

    c = client_open(op, town);
    drip(c, "x", 2000, &count_said); /* not even a request line */
    check(count_said < 2000);

    c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 2000\r\n\r\n")));
    check_int(drip(c, "x", 2000, &count_said).status, 408);
    check(count_said < 2000);

    c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")));
    check_int(drip(c, "1\r\nx\r\n", 2000, &count_said).status, 408);
    check(count_said < 2000);
}

TEST("a body that keeps the minimum rate may take as long as it needs")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.body_ms = 300, .body_rate = 1000}});
    struct client *c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 40000\r\n\r\n")));
    struct pollfd wait = {.fd = c->fd, .events = POLLIN};
    str piece = letters(op, 400); /* 20 times the rate, and longer than body_ms in all */
    for (int i = 0; i < 100; i++) {
        check(poll(&wait, 1, 10) == 0);
        check(say(c, piece));
    }
    check_str(hear_answer(c, true).body, sum_of(op, 'a', 40000, "memory"));
}

/* ---- limits ------------------------------------------------------------------------------------------------- */

TEST("over the limit of connections accepting pauses, and goes on when one leaves")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.connections = 4}});
    struct client *clients[4], *fifth;
    for (int i = 0; i < 4; i++) {
        clients[i] = client_open(op, town);
        check_int(ask(clients[i], "GET /hello", "").status, 200);
    }
    fifth = client_open(op, town);
    check(say(fifth, S("GET /hello HTTP/1.1\r\nHost: t\r\n\r\n")));
    check_int(ask(clients[0], "GET /hello", "").status, 200);
    struct pollfd wait = {.fd = fifth->fd, .events = POLLIN};
    check_int(poll(&wait, 1, 20), 0);
    client_close(clients[3]);
    check_int(hear_answer(fifth, true).status, 200);
}

TEST("one address cannot take all connections")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.connections_per_address = 3}});
    for (int i = 0; i < 3; i++)
        check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
    check(ended(client_open(op, town)));
}

TEST("512 connections at once are all served")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.connections_per_address = -1}});
    enum { MANY = 512 };
    int fds[MANY];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(town->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (int i = 0; i < MANY; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        check(fds[i] >= 0 && connect(fds[i], (struct sockaddr *)&address, sizeof address) == 0);
    }
    int served = 0;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++)
            dprintf(fds[i], "GET /hello?name=%d HTTP/1.1\r\nHost: t\r\n\r\n", i);
        for (int i = 0; i < MANY; i++) {
            char text[2048];
            struct pollfd wait = {.fd = fds[i], .events = POLLIN};
            ssize_t n = poll(&wait, 1, PATIENCE_MS) == 1 ? recv(fds[i], text, sizeof text - 1, 0) : 0;
            text[n > 0 ? n : 0] = 0;
            str wanted = op_text(op, "\r\n\r\n%d，您好", i);
            served += n > 0 && strstr(text, wanted.p);
        }
    }
    check_int(served, 3 * MANY);
    for (int i = 0; i < MANY; i++)
        close(fds[i]);
}

/* ---- stopping ----------------------------------------------------------------------------------------------- */

static bool refused(struct town *town, int port)
{
    (void)town;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    bool done = connect(fd, (struct sockaddr *)&address, sizeof address) != 0;
    close(fd);
    return done;
}

TEST("a stopping server finishes what is under way, ends event streams and takes nothing new")
{
    struct town *town = town_open(op);
    struct client *idle = client_open(op, town), *working = client_open(op, town), *reader = client_open(op, town);
    check_int(ask(idle, "GET /hello", "").status, 200);
    check(say(reader, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
    check_int(hear_head(reader).status, 200);
    check(say(working, S("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->waiting, 1);
    int port = http_port(town->server);
    http_stop(town->server);
    check(ended(idle));
    check(ended(reader));
    check(refused(town, port));
    gate_let(town);
    struct answer a = hear_answer(working, true);
    check_str(a.body, S("through"));
    check_str(field(&a, "Connection"), S("close"));
    check(ended(working));
    town_stop(town);
}

TEST("a handler that outlasts the stop is cut off from its client, not from its work")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.stop_ms = 50}});
    struct client *working = client_open(op, town), *late = client_open(op, town);
    check(say(working, S("GET /wait HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->waiting, 1);
    check(say(late, S("GET /hello HTTP/1.1\r\nHost: t\r\nX-")));
    http_stop(town->server);
    check_int(hear_answer(working, true).status, 0);
    check(ended(late));
    pthread_join(town->thread, NULL); /* http_run has returned while the handler waits */
    gate_let(town);
    http_close(town->server);
    town->server = NULL;
}

TEST("a server that never ran can be closed")
{
    struct town *town = town_open(op);
    struct http_config config = town->config;
    config.port = 0;
    struct http_server *second;
    check(http_open(op, &config, &second));
    http_close(second);
}

/* ---- TLS ---------------------------------------------------------------------------------------------------- */

static void tls_end(void *session)
{
    gnutls_deinit(session);
}

static void credentials_end(void *credentials)
{
    gnutls_certificate_free_credentials(credentials);
}

TEST("TLS is served with a certificate made on the spot, whose key only we can read")
{
    str folder, certificate, key, again, key_again;
    test_dir_make(op, &folder);
    const str names[] = {SC("localhost"), SC("127.0.0.1"), SC("fd00::1")};
    check(http_tls_load(op, folder, names, COUNT(names), &certificate, &key));
    check(http_tls_load(op, folder, names, COUNT(names), &again, &key_again));
    check(str_eq(certificate, again) && str_eq(key, key_again));
    struct stat file;
    check(stat(op_text(op, "%.*s/tls-key.pem", PS(folder)).p, &file) == 0 && (file.st_mode & 0777) == 0600);

    struct town *town = town_with(op, (struct http_config){.tls_certificate = certificate, .tls_key = key});
    struct client *c = client_open(op, town);
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t trust = {(unsigned char *)(uintptr_t)certificate.p, (unsigned int)certificate.n};
    check(gnutls_certificate_allocate_credentials(&credentials) == 0);
    op_defer(op, credentials_end, credentials);
    check_int(gnutls_certificate_set_x509_trust_mem(credentials, &trust, GNUTLS_X509_FMT_PEM), 1);
    check(gnutls_init(&c->tls, GNUTLS_CLIENT) == 0 && gnutls_set_default_priority(c->tls) == 0);
    op_defer(op, tls_end, c->tls);
    gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, credentials);
    gnutls_transport_set_int(c->tls, c->fd);
    gnutls_handshake_set_timeout(c->tls, PATIENCE_MS);
    gnutls_record_set_timeout(c->tls, PATIENCE_MS);
    int error;
    do
        error = gnutls_handshake(c->tls);
    while (error < 0 && !gnutls_error_is_fatal(error));
    check_int(error, 0);
    for (int i = 0; i < 3; i++) {
        struct answer a = ask(c, "GET /x", "");
        check(str_starts(a.body, S("0 /x 127.0.0.1   1 ")));
        check(field(&a, "Strict-Transport-Security").n > 0);
    }
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 1048576\r\n\r\n")) && say(c, letters(op, MB)));
    check_str(hear_answer(c, true).body, sum_of(op, 'a', MB, "file"));
    struct answer a = ask(c, "GET /stream?pieces=20", "");
    check(a.whole && a.body.n == 20 * 65536);
    check_str(ask(c, "GET /file", "Range: bytes=1-2\r\n").body, S("bc"));
    /* Plain text at the TLS port is not served. */
    check(ended(client_open(op, town_with(op, (struct http_config){.tls_certificate = certificate, .tls_key = key,
                                                                   .limits = {.header_ms = 100}}))));
}

TEST("a certificate that does not fit its key is refused in plain words")
{
    struct http_config config = town_open(op)->config;
    config.port = 0;
    config.tls_certificate = S("not a certificate");
    config.tls_key = S("not a key");
    struct http_server *server;
    check(!http_open(op, &config, &server));
    check(op->faults && op->faults->kind == FAULT_INPUT);
}
