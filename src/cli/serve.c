/* zhenwu serve: opens the data folder, listens, prints where, and serves until told to stop. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <ifaddrs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api.h"
#include "cli/assets.h"
#include "cli/cli.h"

/* A signal handler can reach nothing else; set before the handlers are, cleared after they are gone. */
static struct http_server *served;

static void on_signal([[maybe_unused]] int number)
{
    http_stop(served);
}

/* "127.0.0.1:8080", "[::]:8080", ":8080"; 0 is any free port. */
[[nodiscard]] static bool listen_parse(struct op *op, str text, char **ret_address, int *ret_port)
{
    size_t at = text.n;
    while (at && text.p[at - 1] != ':')
        at--;
    str host = at ? str_part(text, 0, at - 1) : S("");
    str port = str_part(text, at, text.n);
    struct json number = {.kind = JSON_NUMBER, .text = port};
    int64_t n;
    if (at == 0 || port.n == 0 || !json_int(&number, &n) || n < 0 || n > 65535)
        return op_fail(op, FAULT_INPUT, S("--listen"), "须写成 127.0.0.1:8080 的样子");
    if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
        host = str_part(host, 1, host.n - 1);
    *ret_address = op_z(op, host.n ? host : S("::"));
    if (str_eq(host, S("localhost")))
        *ret_address = op_z(op, S("127.0.0.1"));
    *ret_port = (int)n;
    return true;
}

/* Uploads and error workbooks of an earlier run are nobody's any more. */
[[nodiscard]] static bool work_folder(struct op *op, str data, str *ret)
{
    *ret = op_text(op, "%.*s/work", PS(data));
    if (mkdir(ret->p, 0700) != 0 && errno != EEXIST)
        return op_fail(op, FAULT_SYSTEM, *ret, "文件夹建不了，请检查磁盘和权限");
    str *names;
    size_t count;
    if (!folder_list(op, *ret, &names, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        unlink(op_text(op, "%.*s/%.*s", PS(*ret), PS(names[i])).p);
    return true;
}

enum { NAMES_MAX = 16 };

/* What this machine is called in an address: a certificate made here names all of it. */
static size_t names_find(struct op *op, const char *address, str names[NAMES_MAX])
{
    char host[256] = "";
    struct ifaddrs *all = NULL;
    size_t count = 0;
    gethostname(host, sizeof host - 1);
    names[count++] = op_copy(op, str_z(*host ? host : "localhost"));
    names[count++] = S("localhost");
    if (strcmp(address, "0.0.0.0") != 0 && strcmp(address, "::") != 0) {
        names[count++] = str_z(address);
        return count;
    }
    if (getifaddrs(&all) != 0)
        return count;
    for (const struct ifaddrs *a = all; a && count < NAMES_MAX; a = a->ifa_next) {
        char text[INET6_ADDRSTRLEN];
        if (!a->ifa_addr)
            continue;
        int family = a->ifa_addr->sa_family;
        const void *bytes = family == AF_INET    ? (const void *)&((struct sockaddr_in *)a->ifa_addr)->sin_addr
                            : family == AF_INET6 ? (const void *)&((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr
                                                 : NULL;
        if (bytes && inet_ntop(family, bytes, text, sizeof text))
            names[count++] = op_copy(op, str_z(text));
    }
    freeifaddrs(all);
    return count;
}

[[nodiscard]] static bool tls_take(struct cli *cli, str data, const char *address, struct http_config *http)
{
    str certificate = cli_flag(cli, "--tls-cert"), key = cli_flag(cli, "--tls-key");
    if (certificate.n != 0 || key.n != 0) {
        if (certificate.n == 0 || key.n == 0)
            return op_fail(cli->op, FAULT_INPUT, S("--tls-cert"), "证书和私钥须同时给出");
        return file_read(cli->op, certificate, 1 << 20, &http->tls_certificate) &&
               file_read(cli->op, key, 1 << 20, &http->tls_key);
    }
    if (cli_flag(cli, "--tls").n == 0)
        return true;
    str names[NAMES_MAX];
    size_t count = names_find(cli->op, address, names);
    return http_tls_load(cli->op, data, names, count, &http->tls_certificate, &http->tls_key);
}

/* How long a client may take, and how much one address: what an operator may change. A proxy's address is
 * everybody's. */
[[nodiscard]] static bool limits_take(struct cli *cli, struct http_config *http)
{
    int64_t header, body, per_address;
    http->proxy = cli_flag(cli, "--proxy");
    if (!cli_number(cli, "--header-seconds", 1, 600, 0, &header) ||
        !cli_number(cli, "--body-seconds", 1, 600, 0, &body) ||
        !cli_number(cli, "--per-address", 1, 100000, http->proxy.n ? -1 : 0, &per_address))
        return false;
    http->limits.header_ms = (int)header * 1000; /* 0: the usual value */
    http->limits.body_ms = (int)body * 1000;
    http->limits.connections_per_address = (int)per_address;
    return true;
}

/* The time of a test would put wrong days on real papers: it is to be asked for, and never served to other machines. */
[[nodiscard]] static bool time_take(struct cli *cli, const char *address, struct test_clock *clock,
                                    struct http_config *http)
{
    if (cli_flag(cli, "--clock").n == 0)
        return true;
    if (strcmp(address, "127.0.0.1") != 0 && strcmp(address, "::1") != 0)
        return op_fail(cli->op, FAULT_INPUT, S("--clock"), "只供本机测试，请把 --listen 改为 127.0.0.1");
    if (!test_clock_take(cli, clock))
        return false;
    http->clock_context = clock;
    return true;
}

/* A machine whose clock stood still would date papers wrongly, and nobody could tell later. A test's clock is its own. */
[[nodiscard]] static bool clock_check(struct cli *cli)
{
    enum { DAY_MS = 86400000 };
    struct op *op = cli->op;
    struct tx *tx;
    int64_t last;
    bool found;
    if (cli_flag(cli, "--clock").n || cli_flag(cli, "--time-is-right").n)
        return true;
    if (!store_begin(cli->store, op, TX_READ, &tx) ||
        !store_int(tx, "select at from fact order by no desc limit 1", ARGS(), &last, &found))
        return false;
    store_abandon(tx);
    if (!found || last - op->now <= DAY_MS)
        return true;
    return op_fail(op, FAULT_CONFLICT, S("系统时间"),
                   "现在是 %.*s，比最后一条留痕（%.*s）早 %lld 天；请先校准系统时间（timedatectl），再启动；"
                   "确实是从前的时间错了，加 --time-is-right",
                   PS(time_text(op, op->now)), PS(time_text(op, last)), (long long)((last - op->now) / DAY_MS));
}

bool cli_serve(struct cli *cli)
{
    struct op *op = cli->op;
    str data = cli_data(cli);
    str listen = cli_flag(cli, "--listen").n ? cli_flag(cli, "--listen") : S("127.0.0.1:8080");
    str work, login, password;
    char *address = NULL;
    struct http_config http = {.handle = api_handle, .body_max = api_body_max, .clock = cli_now, .seed = cli_seed};
    struct test_clock test_clock = {0};
    struct indicators *indicators;
    struct works *works;
    struct templates *templates;
    str packs;
    struct tx *tx;
    if (!listen_parse(op, listen, &address, &http.port) || !limits_take(cli, &http) ||
        !time_take(cli, address, &test_clock, &http) || !cli_open(cli, true) || !clock_check(cli) || !cli_give(cli, true) ||
        !cli_procedures(cli) ||
        !work_folder(op, data, &work) || !tls_take(cli, data, address, &http) || !cli_packs(cli, &packs) ||
        !indicators_load(op, cli->town, packs, &indicators) ||
        !templates_load(op, cli->town, indicators, packs, &templates) ||
        !works_load(op, cli->town, packs, flow_policies(cli->flow), &works))
        return false;
    if (!store_begin(cli->store, op, TX_WRITE, &tx) ||
        !org_first(tx, cli->town, &login, &password) || !store_commit(tx))
        return false;
    struct api *api;
    struct api_config config = {.store = cli->store,
                                .town = cli->town,
                                .flow = cli->flow,
                                .policies = flow_policies(cli->flow),
                                .indicators = indicators,
                                .templates = templates,
                                .works = works,
                                .packs = packs,
                                .folder = work,
                                .assets = page_assets,
                                .asset_count = page_asset_count,
                                .started = op->now,
                                .seed = cli_seed,
                                .secure_only = http.tls_key.n > 0,
                                .version = S(ZHENWU_VERSION)};
    struct clock *clock;
    if (!api_open(op, &config, &api))
        return false;
    if (!clock_start(op, cli->store, cli->town, cli->flow, api, http.clock_context, &clock)) {
        api_close(api);
        return false;
    }
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    http.address = address;
    http.context = api;
    http.workers = cores < 2 ? 4 : cores > 16 ? 32 : (int)cores * 2;
    http.folder = work;
    if (!http_open(op, &http, &served)) {
        clock_stop(clock);
        api_close(api);
        return false;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    cli_say(cli, "镇务已启动：%s://%s:%d\n", http.tls_key.n ? "https" : "http",
           strchr(address, ':') ? op_text(op, "[%s]", address).p : address, http_port(served));
    if (http.clock_context)
        printf("测试时钟：时间取自 %.*s\n", PS(cli_flag(cli, "--clock")));
    if (password.n)
        cli_say(cli, "管理员账号 %.*s，一次性密码 %.*s（首次登录须修改，不再显示）\n", PS(login), PS(password));
    fflush(stdout);
    http_run(served);
    action.sa_handler = SIG_DFL;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    clock_stop(clock);
    api_close(api); /* cancels jobs, ends live streams */
    http_close(served);
    served = NULL;
    return true;
}
