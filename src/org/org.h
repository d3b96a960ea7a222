/* org: who is asking. Accounts (账号), posts (岗位) and rights (权限) are ordinary ledgers of the pack 系统, with the same
 * pages, history and Excel as every other; this room keeps only what must not be in a ledger, the password's hash and
 * the sessions, and makes from all of it the `struct who` that every reading and writing asks for.
 *
 *     struct session *s;
 *     if (!org_sign_in(op, store, town, S("wangfang"), password, S("10.0.0.7"), &s))
 *         return false;                            // DENIED; the words do not tell whether the account exists
 *     ... later, from the cookie:
 *     if (!org_session(tx, town, token, &s, &found) || !found) ...
 *     list_read(tx, town, &s->who, people, &query, &page);
 *
 * Rules. A password is kept as argon2id (RFC 9106; 19 MiB, 2 passes). After GUESSES_MAX wrong passwords an account or
 * an address waits GUESS_WAIT_MS. A session ends SESSION_IDLE_MS after its last request, SESSION_LIFE_MS after signing
 * in, when its account is stopped (停用) or its post has ended (止). The cookie's token is 256 random bits and only its
 * SM3 is stored. Signing in, out, a wrong password for a known account and every password change are facts of the
 * account. A post's rights are the rows of 权限 for its 角色; its group (村组) is the scope of 本村组. */
#pragma once

#include "ledger/ledger.h"

enum {
    GUESSES_MAX = 5,
    PASSWORD_MIN = 8,                       /* characters; GB/T 22239 asks for complexity, NIST SP 800-63B for length */
    PASSWORD_MAX = 128,
    TOKEN_TEXT = 64,                        /* hexadecimal digits */
};
#define GUESS_WAIT_MS ((time_ms)15 * 60 * 1000)
#define SESSION_IDLE_MS ((time_ms)2 * 3600 * 1000)
#define SESSION_LIFE_MS ((time_ms)12 * 3600 * 1000)

struct post {
    id id;
    str name, role, group_name;
    id group;            /* none: the whole town */
};

struct session {
    struct who who;
    str login;
    struct post post;    /* the one acted from */
    struct post *posts;  /* all that are in force today */
    size_t post_count;
    str token;           /* only from org_sign_in: what the cookie holds */
    str csrf;            /* what a changing request must repeat in its header */
    time_ms expires;
    time_ms used;        /* the last use written down */
    bool must_change;    /* a one-time password: nothing else is allowed until it is changed */
};

/* The tables of this room; called once when a store is opened for serving. */
[[nodiscard]] bool org_setup(struct tx *tx);

/* Makes the administrator's account and post when the town has no account yet; ret_password is empty otherwise. The rights
 * of the roles are rows of the packs: town_begin. */
[[nodiscard]] bool org_first(struct tx *tx, const struct town *town, str *ret_login, str *ret_password);
/* Makes an account with one post. The password is given (demo) or, when empty, made and returned, to be changed at
 * first sign-in. */
str org_password_new(struct op *op); /* fit to be read out: twelve letters and digits in groups of four */
struct org_new {
    str login, name, role, password;
    id group;
    id staff;            /* the 干部 whose account it is: 本人 in forms, and what is his; none */
};
[[nodiscard]] bool org_account_add(struct tx *tx, const struct town *town, const struct who *who, const struct org_new *a, id *ret_account,
                                   str *ret_password);

/* Opens transactions of its own: the hash takes 50 ms and must not hold the writer. */
[[nodiscard]] bool org_sign_in(struct op *op, struct store *store, const struct town *town, str login, str password, str address,
                               struct session **ret);
/* Who holds this token. Not found: unknown, expired, stopped. ret->who is complete; ret->expires moves with use (see
 * org_touch). */
[[nodiscard]] bool org_session(struct tx *tx, const struct town *town, str token, struct session **ret,
                               bool *ret_found);
/* True when the session's last use is old enough to be written down; then call org_touch in a writing transaction. */
bool org_is_stale(const struct session *s, time_ms now);
[[nodiscard]] bool org_touch(struct tx *tx, str token);
/* What an account may do at its first post, without a session: for a replay and its stories. Refused like a sign-in when
 * the account was stopped or has no post. */
[[nodiscard]] bool org_who(struct tx *tx, const struct town *town, id account, struct who *ret);
[[nodiscard]] bool org_sign_out(struct tx *tx, const struct session *s, str token);
[[nodiscard]] bool org_post_choose(struct tx *tx, const struct session *s, str token, id post);
/* Ends the account's other sessions. */
[[nodiscard]] bool org_password_change(struct op *op, struct store *store, const struct session *s, str token,
                                       str old_password, str new_password);
/* A new one-time password for somebody else; needs the right to change 账号. */
[[nodiscard]] bool org_password_reset(struct tx *tx, const struct town *town, const struct who *who, id account,
                                      str *ret_password);
/* Ends every pause after wrong passwords: of accounts and of addresses. */
[[nodiscard]] bool org_guesses_forget(struct tx *tx);
/* For who keeps the machine: the account of a login name. */
[[nodiscard]] bool org_account_find(struct tx *tx, const struct town *town, str login, id *ret_account);

/* The command line and first start: everything, unmasked, recorded as 系统. */
struct who org_system(void);
