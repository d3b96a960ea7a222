/* What answers are made of: members of JSON, and files made for one reply. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/call.h"

void write_day(struct json_out *w, str key, day d)
{
    json_key(w, key);
    if (d == INT32_MAX)
        json_null(w);
    else
        json_text(w, day_text(w->b->op, d));
}

void write_amount(struct json_out *w, str key, int64_t fen)
{
    json_key(w, key);
    json_number(w, op_text(w->b->op, "%s%lld.%02lld", fen < 0 ? "-" : "", (long long)(fen < 0 ? -fen : fen) / 100,
                           (long long)(fen < 0 ? -fen : fen) % 100));
}

void write_change(struct call *c, const struct change *h)
{
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_int(w, S("fact"), h->fact_no);
    json_put_int(w, S("version"), h->version);
    json_put_text(w, S("at"), time_text(c->op, h->at));
    json_put_text(w, S("name"), h->account_name);
    json_put_text(w, S("act"), h->act);
    json_put_text(w, S("reason"), h->reason);
    json_put_open(w, S("fields"), '[');
    for (const struct json *f = h->fields ? h->fields->first : NULL; f; f = f->next) {
        json_open(w, '{');
        json_put_text(w, S("field"), json_str(f, S("字段")));
        json_put_text(w, S("before"), json_str(f, S("前")));
        json_put_text(w, S("after"), json_str(f, S("后")));
        json_close(w, '}');
    }
    json_close(w, ']');
    json_close(w, '}');
}

str made_path(struct call *c, const char *ending)
{
    return op_text(c->op, "%.*s/%.*s%s", PS(c->api->config.folder), PS(id_text(c->op, id_new(c->op))), ending);
}

bool send_made(struct call *c, str path, str type, str name)
{
    int fd = open(op_z(c->op, path), O_RDONLY | O_CLOEXEC);
    struct stat st;
    unlink(op_z(c->op, path));
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0)
            close(fd);
        return op_fail(c->op, FAULT_SYSTEM, S(""), "文件没有写成，请检查磁盘");
    }
    http_attachment(c->reply, name);
    http_send_file(c->reply, type, fd, 0, st.st_size);
    return true;
}

bool send_workbook(struct call *c, str path, str name)
{
    return send_made(c, path, S("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"), name);
}

bool uploaded_path(struct call *c, str *ret)
{
    int fd;
    if (c->request->body_size == 0)
        return op_fail(c->op, FAULT_INPUT, S("文件"), "没有收到文件，请重新选择");
    if (!http_body_file(c->op, c->request, &fd))
        return false;
    *ret = op_text(c->op, "/proc/self/fd/%d", fd);
    return true;
}

bool may_read(struct call *c, const struct ledger *l)
{
    int faults = c->op->fault_count;
    struct right right;
    bool may = right_for(c->op, c->town, c->who, l, ACT_READ, &right);
    op_forgive(c->op, faults);
    return may;
}
