/* Signing in and out, posts, passwords. */
#include "api/call.h"

static void write_post(struct call *c, const struct post *p)
{
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_text(w, S("id"), id_text(c->op, p->id));
    json_put_text(w, S("name"), p->name);
    json_put_text(w, S("role"), p->role);
    json_key(w, S("group"));
    if (id_none(p->group)) {
        json_null(w);
    } else {
        json_open(w, '{');
        json_put_text(w, S("id"), id_text(c->op, p->group));
        json_put_text(w, S("name"), p->group_name);
        json_close(w, '}');
    }
    json_close(w, '}');
}

static bool answer_session(struct call *c, const struct session *s)
{
    struct json_out *w = &c->out;
    json_open(w, '{');
    json_put_open(w, S("account"), '{');
    json_put_text(w, S("id"), id_text(c->op, s->who.account));
    json_put_text(w, S("name"), s->who.name);
    json_put_text(w, S("login"), s->login);
    if (!id_none(s->who.staff))
        json_put_text(w, S("staff"), id_text(c->op, s->who.staff));
    json_put_bool(w, S("must_change_password"), s->must_change);
    json_close(w, '}');
    json_key(w, S("post"));
    write_post(c, &s->post);
    json_put_open(w, S("posts"), '[');
    for (size_t i = 0; i < s->post_count; i++)
        write_post(c, &s->posts[i]);
    json_close(w, ']');
    json_put_text(w, S("csrf"), s->csrf);
    json_put_text(w, S("expires"), time_text(c->op, s->expires));
    json_put_open(w, S("town"), '{');
    json_put_text(w, S("name"), c->api->town_name);
    json_put_text(w, S("today"), day_text(c->op, day_at(c->op->now)));
    json_put_text(w, S("now"), time_text(c->op, c->op->now));
    json_put_text(w, S("version"), c->api->config.version);
    json_close(w, '}');
    json_close(w, '}');
    return true;
}

bool session_open(struct call *c)
{
    struct session *s;
    if (!org_sign_in(c->op, c->api->config.store, c->town, json_str(c->body, S("account")),
                     json_str(c->body, S("password")), c->request->address, &s)) {
        if (op_has_fault(c->op, FAULT_DENIED))
            c->reply->status = 401;
        return false;
    }
    session_cookie(c, s->token);
    return answer_session(c, s);
}

bool session_show(struct call *c)
{
    return answer_session(c, c->session);
}

bool session_close(struct call *c)
{
    session_cookie(c, S(""));
    return org_sign_out(c->tx, c->session, http_cookie(c->request, S("zhenwu")));
}

bool session_password(struct call *c)
{
    return org_password_change(c->op, c->api->config.store, c->session, http_cookie(c->request, S("zhenwu")),
                               json_str(c->body, S("old")), json_str(c->body, S("new")));
}

bool session_post(struct call *c)
{
    id post;
    bool found;
    str token = http_cookie(c->request, S("zhenwu"));
    if (!id_parse(json_str(c->body, S("post")), &post))
        return op_fail(c->op, FAULT_INPUT, S("post"), "岗位编号不成样子");
    return org_post_choose(c->tx, c->session, token, post) && org_session(c->tx, c->town, token, &c->session, &found) &&
           found && answer_session(c, c->session);
}

bool account_password(struct call *c)
{
    str password;
    if (!org_password_reset(c->tx, c->town, c->who, c->id, &password))
        return false;
    json_open(&c->out, '{');
    json_put_text(&c->out, S("password"), password);
    json_close(&c->out, '}');
    return true;
}
