/* Bodies that come in, streams and events that go out, against a real server. */
#include "http/test_server.h"

/* ---- bodies ------------------------------------------------------------------------------------------------- */

TEST("a small body stays in memory, a large one is a file without a name")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    static const struct {
        size_t size;
        const char *where;
    } rows[] = {
        {0, "memory"}, {1, "memory"}, {HTTP_BODY_MEMORY, "memory"}, {HTTP_BODY_MEMORY + 1, "file"}, {3 * MB, "file"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        check(say(c, op_text(op, "PUT /sum HTTP/1.1\r\nHost: t\r\nContent-Length: %zu\r\n\r\n", rows[i].size)));
        check(say(c, letters(op, rows[i].size)));
        check_str(hear_answer(c, true).body, sum_of(op, 'a', (int64_t)rows[i].size, rows[i].where));
    }
    str *names;
    size_t count_left;
    check(folder_list(op, town->folder, &names, &count_left));
    check_int(count_left, 0);
}

TEST("a chunked body is put together; one of unknown length is held to the same limit")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "3\r\naaa\r\n2;x=y\r\naa\r\n0\r\n\r\n")));
    check_str(hear_answer(c, true).body, sum_of(op, 'a', 5, "memory"));
    str piece = letters(op, 0x8000);
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")));
    for (int i = 0; i < 4; i++)
        check(say(c, S("8000\r\n")) && say(c, piece) && say(c, S("\r\n")));
    check(say(c, S("0\r\n\r\n")));
    check_str(hear_answer(c, true).body, sum_of(op, 'a', 0x20000, "file"));

    check(say(c, S("POST /sum/small HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n")));
    for (int i = 0; i < 4; i++)
        if (!say(c, S("8000\r\n")) || !say(c, piece) || !say(c, S("\r\n")))
            break;
    check_int(hear_answer(c, true).status, 413);
    check(ended(c));
}

TEST("a body over the limit is refused before it is read, and the refusal arrives though the sender goes on")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    check(say(c, S("POST /sum/small HTTP/1.1\r\nHost: t\r\nContent-Length: 100001\r\nExpect: 100-continue\r\n\r\n")));
    check_int(hear_answer(c, true).status, 413);
    c = client_open(op, town);
    check(say(c, S("POST /sum/small HTTP/1.1\r\nHost: t\r\nContent-Length: 20000000\r\n\r\n")));
    str piece = letters(op, MB);
    for (int i = 0; i < 19; i++)
        check(say(c, piece));
    check_int(hear_answer(c, true).status, 413);
}

TEST("senders that talk on past the deadline of their refusal do no harm")
{
    struct town *town =
        town_with(op, (struct http_config){.limits = {.body_ms = 2, .tick_ms = 1, .connections_per_address = -1}});
    enum { SENDERS = 48, ROUNDS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        struct client *c[SENDERS];
        bool talking[SENDERS];
        int left = SENDERS;
        for (int i = 0; i < SENDERS; i++) {
            c[i] = client_open(op, town);
            talking[i] = say(c[i], S("POST /sum/small HTTP/1.1\r\nHost: t\r\nContent-Length: 20000000\r\n\r\n"));
        }
        while (left > 0) {
            left = 0;
            for (int i = 0; i < SENDERS; i++)
                left += talking[i] = talking[i] && say(c[i], S("a"));
        }
        for (int i = 0; i < SENDERS; i++)
            client_close(c[i]);
    }
    check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
}

static long peak_kb(void)
{
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    must(n > 0);
    text[n] = 0;
    return atol(strstr(text, "VmHWM:") + 6);
}

TEST("200 MB go in and out in bounded memory")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    str piece = letters(op, MB);
    check_int(ask(c, "GET /hello", "").status, 200);
    long before_kb = peak_kb();
    check(say(c, S("POST /sum HTTP/1.1\r\nHost: t\r\nContent-Length: 209715200\r\n\r\n")));
    for (int i = 0; i < 200; i++)
        check(say(c, piece));
    struct answer a = hear_answer(c, true);
    check(str_starts(a.body, S("209715200 ")));
    check(say(c, S("GET /stream?pieces=3200 HTTP/1.0\r\nConnection: close\r\n\r\n")));
    check_int(hear_head(c).status, 200);
    int64_t total = (int64_t)c->n;
    c->n = 0;
    for (size_t n; (n = hear(c)) > 0; c->n = 0)
        total += (int64_t)n;
    check_int(total, 3200LL * 65536);
    check(peak_kb() - before_kb < 8 * 1024);
}

/* ---- streams ------------------------------------------------------------------------------------------------ */

TEST("a streamed reply arrives whole; a broken one is seen to be broken")
{
    struct town *town = town_open(op);
    struct client *c = client_open(op, town);
    struct answer a = ask(c, "GET /stream?pieces=20", "");
    check(a.whole && a.body.n == 20 * 65536);
    check_str(field(&a, "Content-Type"), S("text/csv"));
    check_str(ask(c, "GET /hello?name=c", "").body, S("c，您好"));
    a = ask(c, "GET /stream?pieces=2&break=1", "");
    check(a.status == 200 && !a.whole);
    struct http_reply reply = {.op = op};
    check(http_write(&reply, S("a")) && http_write(&reply, S("b")));
    check_str(reply.body, S("ab"));
}

TEST("a stream ends when its client leaves or stops reading; a slow but steady one is served")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.stall_ms = 150, .stall_bytes = 20000}});
    struct client *c = client_open(op, town);
    check(say(c, S("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")));
    check_int(hear_head(c).status, 200);
    client_close(c);
    await(town, &town->streams_cut, 1);

    c = client_to(op, town, 16 << 10);
    check(say(c, S("GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->streams_cut, 2); /* nothing was read */

    c = client_to(op, town, 16 << 10);
    check(say(c, S("GET /stream?pieces=32 HTTP/1.1\r\nHost: t\r\n\r\n")));
    struct pollfd nothing = {.fd = -1};
    int64_t total = 0;
    while (total < 32 * 65536) {
        poll(&nothing, 1, 2);
        size_t n = hear(c);
        if (n == 0)
            break;
        total += (int64_t)n;
        c->n = 0;
    }
    check(total >= 32 * 65536);
}

/* ---- events ------------------------------------------------------------------------------------------------- */

TEST("an event stream that breaks before its first byte is seen to be broken, and its connection ends")
{
    struct town *town = town_open(op);
    struct client *readers[8];
    for (int i = 0; i < 8; i++) {
        readers[i] = client_open(op, town);
        check(say(readers[i], S("GET /stillborn HTTP/1.1\r\nHost: t\r\n\r\n")));
    }
    for (int i = 0; i < 8; i++)
        check(ended(readers[i]));
    check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
}

TEST("events reach their readers from any thread, and no worker is held")
{
    struct town *town = town_with(op, (struct http_config){.workers = 1, .limits = {.heartbeat_ms = 50}});
    struct client *readers[3];
    for (int i = 0; i < 3; i++) {
        readers[i] = client_open(op, town);
        check(say(readers[i], S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
        struct answer a = hear_head(readers[i]);
        check_str(field(&a, "Content-Type"), S("text/event-stream; charset=utf-8"));
    }
    await(town, &town->event_count, 3);
    check_int(ask(client_open(op, town), "GET /hello", "").status, 200);
    for (int i = 0; i < 3; i++)
        check(http_events_send(town->events[i], S("task"), S("7"), op_text(op, "第%d行\n二\r行", i)));
    for (int i = 0; i < 3; i++) {
        str got;
        check(hear_until(readers[i], S("二行"), &got));
        size_t at;
        check(str_find(got, S("retry: 5000\n\n"), &at));
        check(str_find(got, op_text(op, "event: task\nid: 7\ndata: 第%d行\ndata: 二行", i), &at));
    }
    str got;
    check(hear_until(readers[0], S(":\n\n"), &got)); /* a heartbeat */
    check(hear_until(readers[0], S(":\n\n"), &got));
    check(http_events_alive(town->events[0]));
    http_events_close(town->events[0]);
    town->events[0] = NULL;
    check(hear_until(readers[0], S("0\r\n\r\n"), &got)); /* the stream ends properly */
}

TEST("a connection whose event stream has ended asks for another one")
{
    struct town *town = town_open(op);
    struct client *reader = client_open(op, town);
    for (int i = 0; i < 3; i++) {
        str got;
        check(say(reader, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
        check_int(hear_head(reader).status, 200);
        await(town, &town->event_count, i + 1);
        http_events_close(town->events[i]);
        town->events[i] = NULL;
        check(hear_until(reader, S("0\r\n\r\n"), &got));
        check_int(ask(reader, "GET /hello", "").status, 200);
    }
}

TEST("an event reader that left is known to be gone; one that does not read is dropped")
{
    struct town *town = town_with(op, (struct http_config){.limits = {.stall_ms = 150}});
    struct client *leaver = client_open(op, town);
    check(say(leaver, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->event_count, 1);
    client_close(leaver);
    struct pollfd nothing = {.fd = -1};
    for (int i = 0; i < PATIENCE_MS && http_events_alive(town->events[0]); i++)
        poll(&nothing, 1, 1);
    check(!http_events_alive(town->events[0]));
    check(!http_events_send(town->events[0], S(""), S(""), S("x")));

    struct client *sleeper = client_to(op, town, 4096);
    check(say(sleeper, S("GET /events HTTP/1.1\r\nHost: t\r\n\r\n")));
    await(town, &town->event_count, 2);
    str large = letters(op, 4000);
    bool dropped = false;
    for (int i = 0; i < 100000 && !dropped; i++)
        dropped = !http_events_send(town->events[1], S("big"), S(""), large);
    check(dropped);
    check(ended(sleeper));
}
