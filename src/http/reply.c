#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "http/exchange.h"
#include "http/parse.h"

/* ---- what handlers ask of a request ------------------------------------------------------------------------ */

static str pairs_get(const struct http_pairs *pairs, str name)
{
    for (size_t i = 0; i < pairs->n; i++)
        if (str_eq(pairs->p[i].name, name))
            return pairs->p[i].value;
    return S("");
}

static str headers_get(const struct http_pairs *pairs, str name)
{
    for (size_t i = 0; i < pairs->n; i++)
        if (same_word(pairs->p[i].name, name))
            return pairs->p[i].value;
    return S("");
}

str http_query(const struct http_request *request, str name)
{
    return pairs_get(&request->query, name);
}

str http_header(const struct http_request *request, str name)
{
    return headers_get(&request->headers, name);
}

str http_cookie(const struct http_request *request, str name)
{
    return pairs_get(&request->cookies, name);
}

static void close_fd(void *p)
{
    close(*(int *)p);
}

bool http_body_file(struct op *op, const struct http_request *request, int *ret_fd)
{
    if (request->body_fd >= 0) {
        *ret_fd = request->body_fd;
        return true;
    }
    int *fd = op_new(op, int);
    *fd = memfd_create("body", MFD_CLOEXEC);
    if (*fd < 0)
        return op_fail(op, FAULT_SYSTEM, S(""), "暂时无法处理上传的文件（%m），请稍后再试");
    op_defer(op, close_fd, fd);
    if (write(*fd, request->body.p, request->body.n) != (ssize_t)request->body.n || lseek(*fd, 0, SEEK_SET) != 0)
        return op_fail(op, FAULT_SYSTEM, S(""), "暂时无法处理上传的文件（%m），请稍后再试");
    *ret_fd = *fd;
    return true;
}

bool http_body_read(struct op *op, const struct http_request *request, int64_t at, size_t bytes_max, str *ret)
{
    must(at >= 0);
    if (request->body_fd < 0) {
        *ret = at < request->body_size ? str_part(request->body, (size_t)at, (size_t)at + bytes_max) : S("");
        return true;
    }
    char *bytes = op_alloc(op, bytes_max + 1);
    ssize_t n = pread(request->body_fd, bytes, bytes_max, at);
    if (n < 0)
        return op_fail(op, FAULT_SYSTEM, S(""), "读取上传的文件失败（%m），请重新上传");
    *ret = (str){bytes, (size_t)n};
    return true;
}

/* ---- what handlers say of a reply -------------------------------------------------------------------------- */

void http_add(struct http_reply *reply, str name, str value)
{
    for (size_t i = 0; i < value.n; i++)
        must((unsigned char)value.p[i] >= 0x20 && value.p[i] != 0x7f);
    *list_add(reply->op, &reply->headers) = (struct http_pair){op_copy(reply->op, name), op_copy(reply->op, value)};
}

void http_attachment(struct http_reply *reply, str file_name)
{
    struct buf value;
    buf_init(&value, reply->op, 0);
    buf_add(&value, S("attachment; filename*=UTF-8''"));
    for (size_t i = 0; i < file_name.n; i++) {
        unsigned char c = (unsigned char)file_name.p[i];
        bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' || c == '.' || c == '_';
        if (plain)
            buf_byte(&value, (char)c);
        else
            buf_text(&value, "%%%02X", c);
    }
    http_add(reply, S("Content-Disposition"), buf_str(&value));
}

void http_send_file(struct http_reply *reply, str type, int fd, int64_t offset, int64_t size)
{
    must(fd >= 0 && offset >= 0 && size >= 0);
    struct http_file *file = op_new(reply->op, struct http_file);
    *file = (struct http_file){fd, offset, size};
    reply->type = type;
    reply->file = file;
}

bool http_write(struct http_reply *reply, str bytes)
{
    struct http_exchange *exchange = reply->exchange;
    if (!exchange) { /* a test without a socket */
        struct buf all;
        buf_init(&all, reply->op, 0);
        buf_add(&all, reply->body);
        buf_add(&all, bytes);
        reply->body = buf_str(&all);
        return true;
    }
    must(exchange->kind != REPLY_EVENTS);
    if (exchange->kind == REPLY_WHOLE) {
        exchange->kind = REPLY_STREAM;
        pipe_init(&exchange->pipe, HTTP_STREAM_BYTES);
        reply_build(exchange);
        exchange_start(exchange);
    }
    while (bytes.n) {
        size_t put;
        bool wake;
        if (!pipe_put(&exchange->pipe, bytes, &put, &wake))
            return op_fail(reply->op, FAULT_SYSTEM, S(""), "对方已断开连接，下载没有完成");
        if (wake)
            exchange_wake(exchange);
        bytes = str_part(bytes, put, bytes.n);
    }
    return true;
}

void http_break(struct http_reply *reply)
{
    struct http_exchange *exchange = reply->exchange;
    if (exchange && exchange->kind == REPLY_STREAM && pipe_end(&exchange->pipe, true))
        exchange_wake(exchange);
}

/* ---- events ------------------------------------------------------------------------------------------------ */

struct http_events *http_events_open(struct http_reply *reply)
{
    struct http_exchange *exchange = reply->exchange;
    must(exchange && exchange->kind == REPLY_WHOLE);
    exchange->kind = REPLY_EVENTS;
    pipe_init(&exchange->pipe, HTTP_EVENTS_BYTES);
    bool wake;
    must(pipe_put_all(&exchange->pipe, S("retry: 5000\n\n"), &wake));
    reply->type = S("text/event-stream; charset=utf-8");
    exchange->events.exchange = exchange;
    exchange_hold(exchange);
    return &exchange->events;
}

static bool one_line(str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\n' || s.p[i] == '\r' || s.p[i] == 0)
            return false;
    return true;
}

str http_event_text(struct op *op, str name, str event_id, str data)
{
    must(one_line(name) && one_line(event_id));
    struct buf text;
    buf_init(&text, op, HTTP_EVENTS_BYTES + 1);
    if (name.n)
        buf_text(&text, "event: %.*s\n", PS(name));
    if (event_id.n)
        buf_text(&text, "id: %.*s\n", PS(event_id));
    bool more;
    do {
        str line;
        more = str_split(data, '\n', &line, &data);
        buf_add(&text, S("data: "));
        for (size_t i = 0; i < line.n; i++)
            if (line.p[i] != '\r') /* would end the line, too */
                buf_byte(&text, line.p[i]);
        buf_byte(&text, '\n');
    } while (more);
    buf_byte(&text, '\n');
    return buf_str(&text);
}

bool http_events_put(struct http_events *events, str text)
{
    bool wake, sent = pipe_put_all(&events->exchange->pipe, text, &wake);
    if (wake)
        exchange_wake(events->exchange);
    return sent;
}

bool http_events_send(struct http_events *events, str name, str event_id, str data)
{
    struct op op; /* the exchange's own belongs to its handler, which may still be running */
    op_init(&op, 0, 0);
    bool sent = http_events_put(events, http_event_text(&op, name, event_id, data));
    op_done(&op);
    return sent;
}

bool http_events_alive(struct http_events *events)
{
    struct pipe *pipe = &events->exchange->pipe;
    pthread_mutex_lock(&pipe->lock);
    bool alive = !pipe->gone && !pipe->ended;
    pthread_mutex_unlock(&pipe->lock);
    return alive;
}

void http_events_close(struct http_events *events)
{
    if (pipe_end(&events->exchange->pipe, false))
        exchange_wake(events->exchange);
    exchange_release(events->exchange);
}

/* ---- problems of our own ----------------------------------------------------------------------------------- */

static const struct {
    int status;
    str title;
} problems[] = {
    {400, SC("请求格式不正确，请刷新页面后重试")},
    {408, SC("等待请求超时，请检查网络后重试")},
    {413, SC("上传的内容超过允许的大小，请压缩或分批上传")},
    {414, SC("网址过长，请减少筛选条件")},
    {416, SC("所要的部分超出文件长度，请重新下载")},
    {431, SC("请求头过大，请清除浏览器的 Cookie 后重试")},
    {500, SC("系统内部错误，请稍后再试并告知管理员")},
    {501, SC("不支持这种请求方法")},
    {503, SC("系统正在停止或暂时繁忙，请稍后再试")},
};

str problem_text(struct op *op, int status)
{
    for (size_t i = 0; i < COUNT(problems); i++)
        if (problems[i].status == status)
            return op_text(op, "{\"type\":\"about:blank\",\"title\":\"%.*s\",\"status\":%d}", PS(problems[i].title),
                           status);
    must(!"a status in the table");
    return S("");
}

void reply_problem(struct http_reply *reply, int status)
{
    struct op *op = reply->op;
    struct http_exchange *exchange = reply->exchange;
    *reply = (struct http_reply){.op = op, .exchange = exchange, .status = status};
    reply->type = S("application/problem+json");
    reply->body = problem_text(op, status);
}

/* ---- assets ------------------------------------------------------------------------------------------------ */

const struct http_asset *http_asset_find(const struct http_asset *assets, size_t count, str path)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(assets[middle].path, path);
        if (order == 0)
            return &assets[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void http_asset_reply(const struct http_asset *asset, const struct http_request *request, struct http_reply *reply)
{
    const struct {
        str coding, bytes, suffix;
    } forms[] = {
        {S("br"), asset->brotli, S("-br")},
        {S("gzip"), asset->gzip, S("-gz")},
    };
    str accepted = http_header(request, S("Accept-Encoding")), suffix = S("");
    reply->body = asset->plain;
    for (size_t i = 0; i < COUNT(forms) && suffix.n == 0; i++)
        if (forms[i].bytes.n && accepts_coding(accepted, forms[i].coding)) {
            reply->body = forms[i].bytes;
            suffix = forms[i].suffix; /* other bytes need another strong tag */
            http_add(reply, S("Content-Encoding"), forms[i].coding);
        }
    reply->type = asset->type;
    reply->etag = op_text(reply->op, "%.*s%.*s", PS(asset->etag), PS(suffix));
    http_add(reply, S("Vary"), S("Accept-Encoding"));
    http_add(reply, S("Cache-Control"), asset->immutable ? S("public, max-age=31536000, immutable") : S("no-cache"));
}

/* ---- the response the library sends ------------------------------------------------------------------------ */

static bool safe_method(const struct http_request *request)
{
    return request->method == HTTP_GET;
}

/* 304: the client has it already (RFC 9110 13.2.2). */
static bool not_modified(const struct http_exchange *exchange)
{
    const struct http_reply *reply = &exchange->reply;
    str condition = http_header(&exchange->request, S("If-None-Match"));
    return exchange->status == 200 && reply->etag.n && condition.n && safe_method(&exchange->request) &&
           etag_listed(condition, reply->etag);
}

/* Range only if If-Range, when there, names this very file; a date there never does (we send none). */
static enum range range_wanted(const struct http_exchange *exchange, int64_t *from, int64_t *size)
{
    const struct http_reply *reply = &exchange->reply;
    str condition = http_header(&exchange->request, S("If-Range"));
    if (exchange->status != 200 || !safe_method(&exchange->request) ||
        (condition.n && !(reply->etag.n && condition.p[0] == '"' && etag_listed(condition, reply->etag))))
        return RANGE_NONE;
    str header = http_header(&exchange->request, S("Range"));
    return header.n ? range_parse(header, reply->file->size, from, size) : RANGE_NONE;
}

static struct MHD_Response *file_response(struct http_exchange *exchange)
{
    struct http_reply *reply = &exchange->reply;
    const struct http_file *file = reply->file;
    int64_t from = 0, size = file->size;
    switch (range_wanted(exchange, &from, &size)) {
    case RANGE_NONE:
        break;
    case RANGE_PART:
        exchange->status = 206;
        http_add(reply, S("Content-Range"), op_text(reply->op, "bytes %lld-%lld/%lld", (long long)from,
                                                    (long long)(from + size - 1), (long long)file->size));
        break;
    case RANGE_BEYOND:
        close(file->fd);
        reply_problem(reply, 416);
        exchange->status = 416;
        http_add(reply, S("Content-Range"), op_text(reply->op, "bytes */%lld", (long long)file->size));
        return MHD_create_response_from_buffer(reply->body.n, (void *)reply->body.p, MHD_RESPMEM_PERSISTENT);
    }
    http_add(reply, S("Accept-Ranges"), S("bytes"));
    if (size == 0) { /* the library refuses a file of no bytes */
        close(file->fd);
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    }
    return MHD_create_response_from_fd_at_offset64((uint64_t)size, file->fd, (uint64_t)(file->offset + from));
}

/* Answers of many records say the same words again and again: a phone on a poor network gets a fifth of the bytes. Not those
 * with an etag, whose other bytes would need another; nor what fits a packet anyway. What a stranger puts into a request
 * cannot be told from the length of a secret beside it: the session's cookie is not sent from other sites. */
enum { PACK_FROM_BYTES = 1400, PACK_LEVEL = 1 };

static bool packable(const struct http_exchange *exchange)
{
    static const str types[] = {SC("application/json"), SC("image/svg+xml")};
    const struct http_reply *reply = &exchange->reply;
    if (exchange->status != 200 || reply->etag.n || reply->body.n < PACK_FROM_BYTES ||
        headers_get(&reply->headers, S("Content-Encoding")).n)
        return false;
    for (size_t i = 0; i < COUNT(types); i++)
        if (str_eq(reply->type, types[i]))
            return true;
    return false;
}

static void body_pack(struct http_exchange *exchange)
{
    struct http_reply *reply = &exchange->reply;
    z_stream z = {0};
    if (!packable(exchange))
        return;
    http_add(reply, S("Vary"), S("Accept-Encoding"));
    if (!accepts_coding(http_header(&exchange->request, S("Accept-Encoding")), S("gzip")) ||
        deflateInit2(&z, PACK_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) /* 16: with gzip's head and foot */
        return;
    size_t most = reply->body.n - reply->body.n / 8; /* saving less is not worth it */
    char *packed = op_array(reply->op, char, most);
    z.next_in = (Bytef *)reply->body.p;
    z.avail_in = (uInt)reply->body.n;
    z.next_out = (Bytef *)packed;
    z.avail_out = (uInt)most;
    if (reply->body.n <= UINT32_MAX && deflate(&z, Z_FINISH) == Z_STREAM_END) {
        reply->body = (str){packed, z.total_out};
        http_add(reply, S("Content-Encoding"), S("gzip"));
    }
    (void)deflateEnd(&z);
}

static void let_go(void *exchange)
{
    exchange_release(exchange);
}

static struct MHD_Response *body_response(struct http_exchange *exchange)
{
    struct http_reply *reply = &exchange->reply;
    bool empty = exchange->status == 304 || exchange->status == 204;
    switch (exchange->kind) {
    case REPLY_WHOLE:
        if (reply->file && !empty)
            return file_response(exchange);
        if (reply->file)
            close(reply->file->fd);
        body_pack(exchange);
        return MHD_create_response_from_buffer(empty ? 0 : reply->body.n, (void *)reply->body.p,
                                               MHD_RESPMEM_PERSISTENT);
    case REPLY_STREAM:
    case REPLY_EVENTS:
        break;
    }
    exchange_hold(exchange);
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 32 << 10, exchange_read, exchange, let_go);
}

static void header(struct http_exchange *exchange, const char *name, const char *value)
{
    must(MHD_add_response_header(exchange->response, name, value) == MHD_YES);
}

static void header_unless_set(struct http_exchange *exchange, str name, const char *value)
{
    if (headers_get(&exchange->reply.headers, name).n == 0)
        header(exchange, name.p, value);
}

#define POLICY_USUAL                                                                                                \
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "      \
    "frame-ancestors 'none'"

void reply_build(struct http_exchange *exchange)
{
    struct http_reply *reply = &exchange->reply;
    const struct http_config *config = exchange->crew->config;
    exchange->status = reply->status ? reply->status : 200;
    if (not_modified(exchange))
        exchange->status = 304;
    exchange->response = body_response(exchange);
    must(exchange->response);

    if (reply->type.n && exchange->status != 304)
        header(exchange, "Content-Type", op_z(reply->op, reply->type));
    if (reply->etag.n)
        header(exchange, "ETag", op_text(reply->op, "\"%.*s\"", PS(reply->etag)).p);
    for (size_t i = 0; i < reply->headers.n; i++)
        header(exchange, reply->headers.p[i].name.p, reply->headers.p[i].value.p);
    header_unless_set(exchange, S("Cache-Control"), reply->etag.n ? "private, no-cache" : "no-store");
    header_unless_set(exchange, S("Content-Security-Policy"),
                      config->policy.n ? op_z(reply->op, config->policy) : POLICY_USUAL);
    header_unless_set(exchange, S("X-Content-Type-Options"), "nosniff");
    header_unless_set(exchange, S("Referrer-Policy"), "same-origin");
    header_unless_set(exchange, S("Cross-Origin-Opener-Policy"), "same-origin");
    header_unless_set(exchange, S("Permissions-Policy"), "camera=(self), geolocation=(self), microphone=()");
    if (exchange->request.secure)
        header_unless_set(exchange, S("Strict-Transport-Security"), "max-age=31536000");
    if (atomic_load(&exchange->crew->stopping))
        header(exchange, "Connection", "close");
}
