/* OpenAPI 3.1 (JSON Schema 2020-12) from the tables that serve: routes[] and the town's ledgers. */
#include "api/call.h"

static const str methods[HTTP_METHODS] = {SC("get"), SC("post"), SC("put"), SC("patch"), SC("delete")};

/* Shapes of the envelope: schemas.json, as C by meson.build. A record's values are described per ledger. */
extern const char api_schemas[];

static void word(struct json_out *w, str key, str value)
{
    json_put_text(w, key, value);
}

static void schema_ref(struct json_out *w, str name)
{
    json_open(w, '{');
    json_put_text(w, S("$ref"), op_text(w->b->op, "#/components/schemas/%.*s", PS(name)));
    json_close(w, '}');
}

static void content(struct json_out *w, str type, str name)
{
    json_put_open(w, S("content"), '{');
    json_put_open(w, type, '{');
    json_key(w, S("schema"));
    if (name.n) {
        schema_ref(w, name);
    } else {
        json_open(w, '{');
        word(w, S("type"), S("string"));
        word(w, S("contentMediaType"), type);
        json_close(w, '}');
    }
    json_close(w, '}');
    json_close(w, '}');
}

static void parameter_of(struct json_out *w, str name, str in, bool required, str about)
{
    json_open(w, '{');
    word(w, S("name"), name);
    word(w, S("in"), in);
    if (about.n)
        word(w, S("description"), about);
    json_put_bool(w, S("required"), required);
    json_put_open(w, S("schema"), '{');
    word(w, S("type"), S("string"));
    json_close(w, '}');
    json_close(w, '}');
}

static void parameter(struct json_out *w, str name, str in)
{
    parameter_of(w, name, in, str_eq(in, S("path")), S(""));
}

/* A record's version, for the next If-Match. */
static void etag(struct json_out *w)
{
    json_put_open(w, S("headers"), '{');
    json_put_open(w, S("ETag"), '{');
    word(w, S("description"), S("the record's version in quotes"));
    json_put_open(w, S("schema"), '{');
    word(w, S("type"), S("string"));
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
}

static void refusal(struct json_out *w, str status, str about)
{
    json_put_open(w, status, '{');
    word(w, S("description"), about);
    content(w, S("application/problem+json"), S("Problem"));
    json_close(w, '}');
}

/* get_ledgers_ledger_records */
static str operation_id(struct op *op, const struct route *r)
{
    struct buf b;
    buf_init(&b, op, 0);
    buf_add(&b, methods[r->method]);
    bool apart = true;
    for (const char *p = r->path + strlen("/api"); *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9');
        if (letter)
            buf_text(&b, "%s%c", apart ? "_" : "", *p);
        apart = !letter && (apart || *p == '/' || *p == '.');
    }
    return buf_str(&b);
}

static void operation(struct json_out *w, const struct route *r)
{
    json_put_open(w, methods[r->method], '{');
    word(w, S("summary"), str_z(r->summary));
    word(w, S("description"), str_z(r->chinese));
    word(w, S("operationId"), operation_id(w->b->op, r));
    json_put_open(w, S("parameters"), '[');
    for (str rest = str_z(r->path), part; rest.n;) {
        str_split(rest, '/', &part, &rest);
        if (str_starts(part, S("{")))
            parameter(w, str_part(part, 1, part.n - 1), S("path"));
    }
    for (str rest = str_z(r->query), part; rest.n;) {
        str_split(rest, ' ', &part, &rest);
        parameter(w, part, S("query"));
    }
    if (r->need == NEED_SESSION && r->method != HTTP_GET)
        parameter(w, S("X-CSRF"), S("header"));
    if (route_version(r) == VERSION_SEEN)
        parameter_of(w, S("If-Match"), S("header"), true,
                     S("the version the person was looking at, as its ETag gave it"));
    json_close(w, ']');
    if (r->body != BODY_NONE) {
        json_put_open(w, S("requestBody"), '{');
        json_put_bool(w, S("required"), true);
        content(w, r->body == BODY_JSON ? S("application/json") : S("application/octet-stream"), str_z(r->takes));
        json_close(w, '}');
    }
    json_put_open(w, S("responses"), '{');
    json_put_open(w, *r->gives ? S("2XX") : S("default"), '{');
    word(w, S("description"), S("done"));
    if (route_version(r) != VERSION_NONE)
        etag(w);
    if (*r->gives)
        content(w, S("application/json"), str_z(r->gives));
    json_close(w, '}');
    if (route_version(r) == VERSION_SEEN) {
        refusal(w, S("412"), S("somebody else has changed it meanwhile; `current` is the record as it is now"));
        refusal(w, S("428"), S("If-Match is missing"));
    }
    refusal(w, S("4XX"), S("refused"));
    json_close(w, '}');
    if (r->need == NEED_NOTHING) {
        json_put_open(w, S("security"), '[');
        json_close(w, ']');
    }
    json_close(w, '}');
}

str api_describe(struct op *op, const struct town *town, str version)
{
    struct buf b;
    buf_init(&b, op, 0);
    struct json_out out = {&b, false}, *w = &out;
    struct json *schemas;
    bool read = json_parse(op, str_z(api_schemas), &schemas);
    must(read);
    json_open(w, '{');
    word(w, S("openapi"), S("3.1.0"));
    json_put_open(w, S("info"), '{');
    word(w, S("title"), S("Zhenwu 镇务"));
    word(w, S("version"), version);
    json_put_open(w, S("license"), '{');
    word(w, S("name"), S("Mulan PSL v2"));
    word(w, S("identifier"), S("MulanPSL-2.0"));
    json_close(w, '}');
    json_close(w, '}');
    json_put_open(w, S("servers"), '[');
    json_open(w, '{');
    word(w, S("url"), S("/")); /* wherever it is served */
    json_close(w, '}');
    json_close(w, ']');
    json_put_open(w, S("security"), '[');
    json_open(w, '{');
    json_put_open(w, S("cookie"), '[');
    json_close(w, ']');
    json_close(w, '}');
    json_close(w, ']');

    json_put_open(w, S("paths"), '{');
    for (size_t i = 0; i < route_count; i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && strcmp(routes[k].path, routes[i].path) != 0;
        if (!first)
            continue;
        json_put_open(w, str_z(routes[i].path), '{');
        for (size_t k = i; k < route_count; k++)
            if (strcmp(routes[k].path, routes[i].path) == 0)
                operation(w, &routes[k]);
        json_close(w, '}');
    }
    json_close(w, '}');

    json_put_open(w, S("components"), '{');
    json_put_open(w, S("securitySchemes"), '{');
    json_put_open(w, S("cookie"), '{');
    word(w, S("type"), S("apiKey"));
    word(w, S("in"), S("cookie"));
    word(w, S("name"), S("zhenwu"));
    json_close(w, '}');
    json_close(w, '}');
    json_put_open(w, S("schemas"), '{');
    for (const struct json *shape = schemas->first; shape; shape = shape->next) {
        json_key(w, shape->key);
        json_value(w, shape);
    }
    for (size_t i = 0; i < town_ledger_count(town); i++) {
        const struct ledger *l = town_ledger_at(town, i);
        json_put_open(w, op_text(op, "values-%.*s", PS(l->english)), '{');
        word(w, S("title"), l->name);
        word(w, S("type"), S("object"));
        json_put_open(w, S("properties"), '{');
        for (size_t k = 0; k < l->field_count; k++) {
            json_key(w, l->fields[k].name);
            ledger_field_schema(w, &l->fields[k]);
        }
        json_close(w, '}');
        json_close(w, '}');
    }
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
    return buf_str(&b);
}
