/* api: one table of operations. A route has a method, a path, what it needs (session, transaction, body), a handler and
 * its words; the same table serves requests, checks rights to enter, writes OpenAPI 3.1 and is walked by the tests.
 *
 *     struct api *api;
 *     if (!api_open(op, &(struct api_config){.store = store, .town = town, .folder = S("data"), …}, &api))
 *         return false;
 *     struct http_config http = {.context = api, .handle = api_handle, .body_max = api_body_max, …};
 *
 * Every answer that changes something leaves after its commit is durable. Errors are application/problem+json (RFC
 * 9457) whose `errors` name the fields. Long work (imports, verifying) is a job with progress, live events and
 * cancelling. */
#pragma once

#include "flow/flow.h"
#include "http/http.h"
#include "ledger/ledger.h"
#include "org/org.h"
#include "policy/policy.h"
#include "report/report.h"
#include "work/work.h"

struct api_config {
    struct store *store;
    const struct town *town;
    const struct flow *flow;
    const struct policies *policies;
    const struct indicators *indicators;
    const struct templates *templates;
    const struct works *works;
    str packs;                         /* the rules of documents are read from there */
    str folder;                        /* for uploads and error workbooks, emptied at start */
    const struct http_asset *assets;   /* the pages; sorted */
    size_t asset_count;
    time_ms started;
    uint64_t (*seed)(void *context);   /* for jobs, which outlive their request */
    bool secure_only;                  /* the cookie is marked Secure: set when serving TLS */
    str version;
};

struct api;
[[nodiscard]] bool api_open(struct op *op, const struct api_config *config, struct api **ret);
void api_handle(void *api, struct op *op, const struct http_request *request, struct http_reply *reply);
void api_follow(struct api *api, struct op *op); /* tells open pages what has moved by the clock */
int64_t api_body_max(void *api, const struct http_request *request);
void api_close(struct api *api); /* cancels and joins what runs */

/* The OpenAPI 3.1 document of the routes and the town's ledgers. */
str api_describe(struct op *op, const struct town *town, str version);

enum { JOBS_MAX = 64, UPLOAD_MAX_MB = 200 };
