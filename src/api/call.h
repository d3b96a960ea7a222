/* Inside the api room: one call and the table of routes. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "api/api.h"
#include "policy/policy.h"

enum need {
    NEED_NOTHING,   /* anybody */
    NEED_SESSION,   /* somebody signed in */
};

enum route_tx { OPEN_NONE, OPEN_READ, OPEN_WRITE };
enum route_body { BODY_NONE, BODY_JSON, BODY_FILE };
/* A record's version goes out as ETag; who changes a record says as If-Match which version they were looking at (RFC
 * 9110 13.1.1). */
enum route_version { VERSION_NONE, VERSION_GIVEN, VERSION_SEEN };

/* What open pages are told once it is durable. */
struct told {
    const struct ledger *ledger; /* NULL: nothing */
    id record;                   /* none: many of it */
    int64_t version, fact_no;
};

struct call {
    struct api *api;
    struct op *op;
    const struct town *town;
    const struct http_request *request;
    struct http_reply *reply;
    const struct route *route;
    struct session *session;      /* NEED_SESSION */
    const struct who *who;
    const struct flow *flow; /* the procedures as tx sees them; without a tx, as they stood at the start */
    struct tx *tx; /* open as the route says; committed by the dispatcher when the handler answers true */
    const struct ledger *ledger;  /* {ledger} */
    id id;                        /* {id} */
    str word;                     /* {word} */
    const struct json *body;      /* BODY_JSON: an object */
    int64_t seen;                 /* VERSION_SEEN: the version that If-Match names */
    struct json_out out;          /* the answer */
    struct buf text;
    bool answered;                /* the reply is complete already: a stream, a file, events */
    const struct record *current; /* what stands in the way of a change, for the problem's reader */
    struct told told;
};

typedef bool handler(struct call *c);
struct route {
    enum http_method method;
    const char *path;
    enum need need;
    enum route_tx tx;
    enum route_body body;
    handler *handle;
    const char *summary;          /* English, for OpenAPI */
    const char *chinese;
    const char *query;            /* parameters, separated by spaces */
    const char *takes, *gives;    /* JSON Schema names of components; see schemas.json */
};
extern const struct route routes[];
extern const size_t route_count;
enum route_version route_version(const struct route *r);

struct api {
    struct api_config config;
    pthread_mutex_t lock;         /* jobs, known */
    struct job *jobs;
    int job_count;
    struct lives *lives;          /* who listens */
    struct known_table *known;
    struct crowd *crowds;         /* populations kept for being asked again: crowd.c */
    _Atomic uint64_t generation;  /* of what sessions follow from */
    str town_name;                /* of the group (村组) whose 类型 is 镇 */
};

/* What leaves the office leaves a trace first; in a transaction of its own, for routes that only read. */
[[nodiscard]] bool taken_keep(struct call *c, str ledger, str what);
/* The list of the request as a workbook, but of the records that meet `where`; what: as the trace says it. */
[[nodiscard]] bool export_these(struct call *c, str where, str what);

/* Answers: answer.c */
void write_day(struct json_out *w, str key, day d);          /* INT32_MAX: null */
void write_amount(struct json_out *w, str key, int64_t fen); /* in yuan */
/* A file on its way out gets a name that nobody else has, is sent, and is gone from the folder. */
bool may_read(struct call *c, const struct ledger *l); /* without a fault when not: it is not offered then */
/* One change of a record: who, when, why, each field before and after. */
void write_change(struct call *c, const struct change *h);
str made_path(struct call *c, const char *ending);
[[nodiscard]] bool send_made(struct call *c, str path, str type, str name);
[[nodiscard]] bool send_workbook(struct call *c, str path, str name);
[[nodiscard]] bool uploaded_path(struct call *c, str *ret); /* the body as a file to be read; a fault: there is none */
void write_record(struct call *c, const struct ledger *l, const struct record *r);
void session_cookie(struct call *c, str token);
bool list_query_read(struct call *c, struct list_query *q);
/* Who listens: live.c. Never waits; they read it again with their own rights. look: cases may have moved, too. */
void live_tell(struct api *api, time_ms moment, const struct told *news, bool look);
void lives_open(struct api *api), lives_close(struct api *api);

[[nodiscard]] bool write_guide(struct call *c);
bool ledger_readable(struct call *c, const struct ledger *l);
/* of the workbench or one line of work: line.c */
[[nodiscard]] bool write_figures(struct call *c, str key, bool doubts, str line);
bool audit_allowed(struct call *c);
str  upload_name(struct call *c); /* X-File-Name, decoded, without folders */

/* Sessions kept in memory: known.c */
void known_open(struct api *api), known_close(struct api *api);
uint64_t known_generation(struct api *api);
/* after anything that a session may follow from has changed */
void known_forget(struct api *api);
bool known_take(struct call *c, str token);                     /* fills c->session */
void known_keep(struct call *c, str token, uint64_t generation);

/* Jobs */
struct job;
typedef bool job_work(struct op *op, struct job *job);
void jobs_close(struct api *api);
struct job *job_new(struct call *c, str kind, job_work *work);
struct op *job_op(struct job *job);                      /* for what the work needs; its thread's once started */
void job_give(struct job *job, void *with);
void *job_with(const struct job *job);
struct api *job_api(const struct job *job);
const struct who *job_who(const struct job *job);
bool job_tell(void *job, str stage, int64_t done, int64_t total); /* false: cancelled */
void job_report(struct job *job, str json);
/* answers with its name; the job is gone when it could not start */
[[nodiscard]] bool job_start(struct call *c, struct job *job);

/* Populations: crowd.c. Read once and asked again and again while somebody moves a threshold; never older than the
 * facts. */
[[nodiscard]] bool crowd_take(struct call *c, const struct policy *p, day on, const struct population **ret);
void crowds_close(struct api *api);

/* What a request about a policy says: policy.c */
struct asked {
    const struct policy *policy;
    struct shelf shelf;
    const struct policy_version *version; /* with the rules of the request, if it has any */
    day on;
    size_t changes;              /* cells and rules that differ from the version named */
};
[[nodiscard]] bool policy_asked(struct call *c, enum policy_act act, const struct json *from, struct asked *ret);
[[nodiscard]] bool policy_known(struct call *c, str name, const struct policy **ret);
void policy_told(struct call *c, id record); /* live pages of policies: a table or a screening has changed */
str version_key(struct op *op, const struct policy_version *v);
void write_why(struct call *c, const struct why *y);                           /* members of an open object */
str first_name_masked(struct op *op, str title);                               /* 张*三 1号: for notices */
void write_prints(struct call *c, str key, const struct ledger *l, enum flow_print_kind kind);     /* a member like "prints": print.c */

/* Of procedures and cases: flow.c */
void write_moment(struct call *c, str key, time_ms t); /* 0: null */
void write_procedure(struct call *c, const struct procedure *p);
void write_case_version(struct call *c, str key, const struct procedure *p);
void write_move_step(struct call *c, const struct flow_move_step *s);
[[nodiscard]] bool count_param(struct call *c, str name, int64_t most, int64_t *ret); /* not there: 0 */

/* Handlers, by file */
handler session_open, session_show, session_close, session_password, session_post;
handler ledgers_list, ledger_show;
handler records_list, records_add, records_check, records_where;
handler record_show, record_patch, record_move, record_end, masked_open, record_forget, record_past,
    record_related, choose_show, choose_take;
handler export_xlsx, export_csv, export_template, export_chosen, tags_set, import_start;
handler job_show, job_events, job_cancel, job_workbook;
handler live_open, search_all, feel_help, workbench, line_show;
handler audit_facts, audit_verify_start, starts_show, starts_decide;
handler file_put, file_get, account_password;
handler tasks_list, case_show, case_start, case_act, case_preview, case_migration, case_read, case_path,
    record_cases, procedure_retry, colleagues_list, tasks_hand_over;
handler procedures_list, procedure_model, procedure_check, procedure_versions, procedure_changes, draft_keep, draft_drop,
    procedure_force;
handler case_print_pdf, case_print_ofd, case_print_svg, case_print_notes, record_print_pdf, record_print_ofd, record_print_svg,
    record_print_notes, ledger_print_pdf, ledger_print_ofd, ledger_print_svg, ledger_print_notes;
handler policies_list, policy_show, policy_try, policy_save, policy_force, policy_table_get, policy_table_put,
    policy_model_get, policy_model_put, policy_cases_get, policy_cases_put;
handler policy_screen, policy_simulate, policy_names, policy_why;
handler screenings_all, screening_show, screening_list, screening_settle, screening_freeze, screening_export,
    screening_uncovered, screening_because;
handler own_put, own_get, own_take;
handler indicators_show, submissions_show, reports_list, report_preview, report_file, report_prose, report_keep,
    report_differences, form_answer, form_learn;
handler works_list, work_state, work_try, work_done;
handler openapi, health;
