#include <time.h>

#include "base/test.h"

struct noted {
    int *order, *count, number;
};

static void note_order(void *what)
{
    struct noted *n = what;
    n->order[(*n->count)++] = n->number;
}

TEST("an operation gives zeroed memory, and what it deferred runs last first")
{
    int order[2] = {0}, count = 0;
    struct op inner;
    op_init(&inner, 0, 1);
    char *p = op_alloc(&inner, 100000);
    for (int i = 0; i < 100000; i++)
        must(p[i] == 0);
    op_defer(&inner, note_order, &(struct noted){order, &count, 1});
    op_defer(&inner, note_order, &(struct noted){order, &count, 2});
    op_done(&inner);
    check_int(count, 2);
    check(order[0] == 2 && order[1] == 1);
}

static void note(void *what)
{
    *(int *)what += 1;
}

TEST("reset gives back what came after the mark, runs its deferrals, and keeps faults")
{
    int before = 0, after = 0;
    op_defer(op, note, &before);
    struct mark mark = op_mark(op);
    op_defer(op, note, &after);
    op_alloc(op, 1 << 20);
    check(!op_fail(op, FAULT_INPUT, S("年龄"), "须是数"));
    op_reset(op, mark);
    check_int(before, 0);
    check_int(after, 1);
    check_int(op->fault_count, 1);
    check_str(op->faults->field, S("年龄"));
    op_forgive(op, 0);
    check(!op->faults);
}

TEST("only the first faults are kept, all are counted")
{
    for (int i = 0; i < FAULTS_MAX + 50; i++)
        check(!op_fail(op, FAULT_INPUT, S(""), "%d", i));
    check_int(op->fault_count, FAULTS_MAX + 50);
    int kept = 0;
    for (struct fault *f = op->faults; f; f = f->next)
        kept++;
    check_int(kept, FAULTS_MAX);
}

TEST("the same seed gives the same numbers and ids; ids made later sort later")
{
    struct op a, b;
    op_init(&a, 5, 9);
    op_init(&b, 5, 9);
    for (int i = 0; i < 100; i++)
        check(op_random(&a) == op_random(&b));
    id x = id_new(&a), y = id_new(&b);
    check(id_eq(x, y));
    a.now = 6;
    id z = id_new(&a);
    check(memcmp(x.b, z.b, 16) < 0);
    for (int i = 0; i < 1000; i++) { /* of one moment: in the order they were made */
        id next = id_new(&a);
        check(memcmp(z.b, next.b, 16) < 0 && next.b[6] >> 4 == 7 && next.b[8] >> 6 == 2);
        z = next;
    }
    a.id_low = 0xBFFFFFFFFFFFFFFFu; /* no room behind it: somewhere else in the same moment */
    check(memcmp(id_new(&a).b, z.b, 6) == 0);
    id back;
    check(id_parse(id_text(op, x), &back) && id_eq(back, x));
    check(!id_parse(S("0190163d-8694-739b-aea5-966c26f8ad9"), &back));
    check(!id_parse(S("0190163d-8694-739b-aea5-966c26f8ad9g"), &back));
    check(!id_parse(S("0190163d-8694-739b-aea5a966c26f8ad91"), &back));
    check(id_parse(S("0190163D8694739BAEA5966C26F8AD91"), &x) && id_parse(S("0190163d-8694-739b-aea5-966c26f8ad91"), &back));
    check(id_eq(x, back));
    op_done(&a);
    op_done(&b);
}

TEST("text is split, trimmed and found by its bytes, and white space of Chinese typing is trimmed")
{
    check_str(str_trim(S(" \t　张三 \xC2\xA0\n")), S("张三"));
    check_str(str_trim(S("　")), S(""));
    str head, tail;
    check(str_split(S("a,b,c"), ',', &head, &tail));
    check_str(head, S("a"));
    check_str(tail, S("b,c"));
    check(!str_split(S("abc"), ',', &head, &tail));
    size_t at;
    check(str_find(S("冬春救助"), S("救助"), &at));
    check_int(at, 6);
    check(!str_find(S("冬春救助"), S("救灾"), &at));
    check(str_cmp(S("a"), S("ab")) < 0 && str_cmp(S("b"), S("ab")) > 0 && str_cmp(S(""), S("")) == 0);
}

TEST("UTF-8: what is overlong, cut, surrogate or beyond U+10FFFF is not valid, and decodes to U+FFFD")
{
    check(utf8_valid(S("张·𠮷a")));
    check_int(utf8_count(S("张·𠮷a")), 4);
    static const str bad[] = {SC("\xC0\x80"),         SC("\xE5\xBC"), SC("\xED\xA0\x80"),
                              SC("\xF4\x90\x80\x80"), SC("\x80"),     SC("\xFF")};
    for (size_t i = 0; i < COUNT(bad); i++) {
        check(!utf8_valid(bad[i]));
        str rest = bad[i];
        check_int(utf8_next(&rest), 0xFFFD);
    }
    for (uint32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 977) {
        if (c >= 0xD800 && c < 0xE000)
            continue;
        char bytes[4];
        str s = {bytes, utf8_put(bytes, c)};
        must(utf8_valid(s) && utf8_next(&s) == c && s.n == 0);
    }
}

TEST("characters are counted, skipped and validated alike, wherever in a text the eighth byte falls")
{
    const str text = S("1525241987张三·𠮷a0123456789abcdef王");
    for (size_t from = 0, code = 0; from < text.n; code++) {
        str rest = str_part(text, from, text.n), before = str_part(text, 0, from);
        check_int((long long)utf8_count(before), (long long)code);
        check_int((long long)utf8_skip(text, code), (long long)from);
        check(utf8_valid(rest) && utf8_skip(rest, 99) == rest.n);
        check(rest.n < 4 || !utf8_valid(str_part(rest, 0, rest.n - 1))); /* the last character is not whole */
        str next = rest;
        utf8_next(&next);
        from += rest.n - next.n;
    }
    check_int((long long)utf8_skip(S("12345678"), 8), 8);
}

TEST("a map finds what was put, keeps the order, and says when a key was there")
{
    struct map m;
    map_init(&m, op);
    for (int i = 0; i < 5000; i++)
        check(map_put(&m, op_text(op, "键%d", i), op_z(op, S("x"))));
    check(!map_put(&m, S("键7"), (void *)"seven"));
    check(strcmp(map_get(&m, S("键7")), "seven") == 0);
    check(!map_get(&m, S("键5000")));
    check_str(m.entries[4999].key, S("键4999"));
}

TEST("a buffer keeps to its limit and says so")
{
    struct buf b;
    buf_init(&b, op, 10);
    buf_add(&b, S("12345678"));
    check(!b.full);
    buf_add(&b, S("90ab"));
    check(b.full);
    check_str(buf_str(&b), S("1234567890"));
    struct buf n;
    buf_init(&n, op, 0);
    buf_int(&n, INT64_MIN);
    buf_byte(&n, ' ');
    buf_int(&n, 0);
    check_str(buf_str(&n), S("-9223372036854775808 0"));
}

TEST("days and dates agree over four hundred years, and weekdays follow each other")
{
    day d = day_of(1800, 1, 1);
    check_int(day_of(1970, 1, 1), 0);
    check_int(day_of(2000, 3, 1), 11017);
    int weekday = day_weekday(d);
    for (; d < day_of(2200, 1, 1); d++) {
        struct date c = date_of(d);
        must(date_valid(c.year, c.month, c.day) && day_of(c.year, c.month, c.day) == d && day_weekday(d) == weekday);
        weekday = weekday % 7 + 1;
    }
    check_int(day_weekday(day_of(2021, 12, 6)), 1);
    check(!date_valid(2021, 2, 29) && date_valid(2020, 2, 29) && !date_valid(1900, 2, 29));
}

TEST("every way an office writes a date is read, and what is no date is not")
{
    static const str good[] = {SC("2021-12-03"), SC("2021.12.3"), SC("2021/12/03"), SC("20211203"), SC("2021年12月3日"),
                               SC("二〇二一年十二月三日"), SC("２０２１年１２月３日"), SC(" 2021-12-3　"), SC("2021-12-03 00:00:00"),
                               SC("二○二一年十二月三日"), SC("２０２１－１２－０３"), SC("2021年12月03号")};
    static const str wrong[] = {SC("2021-13-03"),  SC("2021-02-29"), SC("202112"),   SC("2021年12月"),
                                SC("12.3"),        SC("2021-12/03"), SC("明天"),     SC(""),
                                SC("2021-12-03x"), SC("20211332"),   SC("21-12-03"), SC("二十年十二月三日")};
    day d;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (!day_parse(good[i], &d))
            test_failed(__FILE__, __LINE__, "not read: %.*s", PS(good[i]));
        else
            check_str(day_text(op, d), S("2021-12-03"));
    }
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (day_parse(wrong[i], &d))
            test_failed(__FILE__, __LINE__, "read as a date: %.*s", PS(wrong[i]));
    check(day_parse(S("二〇二一年十月三十一日"), &d));
    check_str(day_text(op, d), S("2021-10-31"));
}

TEST("a moment is written in the town's time and read from any zone")
{
    check_str(time_text(op, op->now), S("2021-12-06T09:00:00.000+08:00"));
    time_ms t;
    check(time_parse(S("2021-12-06T01:00:00Z"), &t) && t == op->now);
    check(time_parse(S("2021-12-06 09:00"), &t) && t == op->now);
    check(time_parse(S("2021-12-05T20:00:00.5-05:00"), &t) && t == op->now + 500);
    check(time_parse(S("2021-12-06"), &t) && t == op->now - 9 * 3600000);
    check(!time_parse(S("2021-12-06T25:00"), &t) && !time_parse(S("2021-12-06T09:00+"), &t) &&
          !time_parse(S("2021-12"), &t));
    check_int(day_at(op->now), day_of(2021, 12, 6));
    check_int(day_at(-1), 0); /* 1970-01-01T07:59:59.999 in the town */
    check_int(day_at(-TOWN_OFFSET_MS - 1), -1);
}

TEST("working days follow the yearly notices, and a year without its notice is marked as guessed")
{
    struct work_calendar *c = work_calendar_new(op);
    work_calendar_add(c, day_of(2021, 10, 9), true);
    for (int i = 1; i <= 7; i++)
        work_calendar_add(c, day_of(2021, 10, i), false);
    work_calendar_add(c, day_of(2021, 9, 26), true);
    bool guessed;
    check_int(work_calendar_after(c, day_of(2021, 9, 30), 1, &guessed), day_of(2021, 10, 8));
    check(!guessed);
    check_int(work_calendar_after(c, day_of(2021, 9, 30), 2, &guessed), day_of(2021, 10, 9));
    check_int(work_calendar_after(c, day_of(2021, 9, 24), 1, &guessed), day_of(2021, 9, 26));
    work_calendar_after(c, day_of(2021, 12, 31), 1, &guessed);
    check(guessed);
}

TEST("JSON is read strictly: the fault names line and column, numbers keep their text")
{
    struct json *v;
    check(json_parse(op, S("{\"名\":\"\\u5f20\\ud842\\udfb7\",\"元\":100.50,\"列\":[1,-0,1e9,null,true]}"), &v));
    check_str(json_str(v, S("名")), S("张𠮷"));
    check_str(json_get(v, S("元"))->text, S("100.50"));
    check_int(json_get(v, S("列"))->count, 5);
    struct buf b;
    buf_init(&b, op, 0);
    json_value(&(struct json_out){&b, false}, v);
    check_str(buf_str(&b), S("{\"名\":\"张𠮷\",\"元\":100.50,\"列\":[1,-0,1e9,null,true]}"));
    static const str wrong[] = {
        SC(""),      SC("{"),   SC("[1,]"),   SC("{\"a\":1,}"), SC("{\"a\":1,\"a\":2}"), SC("01"),
        SC("1."),    SC("+1"),  SC("\"\n\""), SC("\"\\x\""),    SC("\"\\ud800\""),       SC("\"\\udc00\""),
        SC("nul"),   SC("1 2"), SC("{1:2}"),  SC("'a'"),        SC("\"\xFF\""),          SC("[1 2]"),
        SC("\"abc"), SC(".5"),  SC("1e"),     SC("-")};
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (json_parse(op, wrong[i], &v))
            test_failed(__FILE__, __LINE__, "accepted: %.*s", PS(wrong[i]));
    op_forgive(op, 0);
    check(!json_parse(op, S("{\n  \"张\": x}"), &v));
    check_str(op->faults->field, S("第2行第8列"));
}

TEST("ten thousand nested brackets are a clear fault, not a crash")
{
    struct buf b;
    buf_init(&b, op, 0);
    for (int i = 0; i < 10000; i++)
        buf_byte(&b, '[');
    struct json *v;
    check(!json_parse(op, buf_str(&b), &v));
    check(op_has_fault(op, FAULT_INPUT));
}

TEST("whole numbers of JSON are read exactly, at both ends of their range")
{
    struct json *v;
    int64_t n;
    check(json_parse(op, S("[9223372036854775807,-9223372036854775808,9223372036854775808,1.0,1e2,-0]"), &v));
    const struct json *e = v->first;
    check(json_int(e, &n) && n == INT64_MAX);
    check(json_int(e = e->next, &n) && n == INT64_MIN);
    check(!json_int(e = e->next, &n) && !json_int(e = e->next, &n) && !json_int(e = e->next, &n));
    check(json_int(e->next, &n) && n == 0);
}

TEST("CSV follows RFC 4180: quotes, doubled quotes, line breaks inside, CRLF, a byte order mark")
{
    struct csv_row *rows;
    size_t count;
    check(csv_parse(op, S("\xEF\xBB\xBF" "a,b\r\n\"x,\"\"y\"\"\nz\",\n"), &rows, &count));
    check_int(count, 2);
    check_str(rows[1].fields[0], S("x,\"y\"\nz"));
    check_str(rows[1].fields[1], S(""));
    check(!csv_parse(op, S("a,\"b\n"), &rows, &count));
    check(!csv_parse(op, S("\"a\"b,c\n"), &rows, &count));
}

TEST("the first fault after so many is found, none where there are not so many")
{
    check(!fault_since(op, 0));
    check(!op_fail(op, FAULT_INPUT, S("甲"), "一") && !op_fail(op, FAULT_MISSING, S("乙"), "二") && !op_fail(op, FAULT_INPUT, S("丙"), "三"));
    check_str(fault_since(op, 0)->field, S("甲"));
    check_str(fault_since(op, 1)->field, S("乙"));
    check(!fault_since(op, 3) && !fault_since(op, 9));
    op_forgive(op, 0);
}

TEST("a list of texts is written whole, also when it is empty")
{
    static const str texts[] = {SC("甲"), SC("\"乙\"")};
    struct buf b;
    struct json_out w = {.b = &b};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_put_texts(&w, S("有"), texts, COUNT(texts));
    json_put_texts(&w, S("无"), NULL, 0);
    json_close(&w, '}');
    check_str(buf_str(&b), S("{\"有\":[\"甲\",\"\\\"乙\\\"\"],\"无\":[]}"));
}

TEST("what stands apart in a list is taken off its front, empty parts too, until nothing is left; a moment is said to the minute")
{
    str rest = S("甲、、乙丙、"), one;
    static const str parts[] = {SC("甲"), SC(""), SC("乙丙")};
    for (size_t i = 0; i < COUNT(parts); i++) {
        check(str_take(&rest, S("、"), &one));
        check_str(one, parts[i]);
    }
    check(!str_take(&rest, S("、"), &one));
    static const str marks[] = {SC("；"), SC(";")};
    rest = S("甲 ; 乙；丙");
    check_str(str_before(&rest, marks, COUNT(marks)), S("甲"));
    check_str(str_before(&rest, marks, COUNT(marks)), S("乙"));
    check_str(str_before(&rest, marks, COUNT(marks)), S("丙"));
    check(!rest.n);
    check_str(time_said(op, 1795478709123), S("2026-11-24 08:05"));
    check_str(clock_said(op, day_end(day_of(1969, 12, 31))), S("23:59"));
    check_str(day_shown(op, day_of(2021, 7, 9)), S("2021年7月9日"));
    check_str(date_shown(op, (struct date){2021, 2, 30}), S("2021年2月30日"));
    check_str(month_text(op, 2021, 7), S("2021-07"));
    check(month_end(2020, 2) == day_of(2020, 2, 29) && month_end(2021, 12) == day_of(2021, 12, 31));
}

TEST("a file too large, a folder or nothing at all is a fault that names the path")
{
    str s, dir;
    test_dir_make(op, &dir);
    check(!file_read(op, dir, 100, &s));
    check(!file_read(op, S("/dev/zero"), 1000, &s));
    check(!file_read(op, op_text(op, "%.*s/none", PS(dir)), 100, &s));
    check_int(op->fault_count, 3);
    check(op_has_fault(op, FAULT_MISSING));
    str *names;
    size_t count;
    check(folder_list(op, dir, &names, &count));
    check_int(count, 0);
}

TEST("a JSON file that is not whole is a fault that names the file as people know it, line and column")
{
    str dir, path;
    struct json *v;
    test_dir_make(op, &dir);
    path = op_text(op, "%.*s/a.json", PS(dir));
    check(file_make(op, path, S("{\n  \"张\": x}")));
    check(!json_file(op, path, S("safety/a.json"), 100, &v));
    check_int(op->fault_count, 1);
    check_str(op->faults->field, S("safety/a.json 第2行第8列"));
    check(file_make(op, path, S("[1]")));
    check(json_file(op, path, S("safety/a.json"), 100, &v) && v->count == 1);
    check(!json_file(op, path, S("safety/a.json"), 2, &v));
    check_int(op->fault_count, 2);
}

TEST("a file that is made is read back whole; a folder gives its files of one ending, and one that is not there gives none")
{
    str dir, text, *names;
    size_t count;
    test_dir_make(op, &dir);
    static const str files[] = {SC("b.json"), SC("a.json"), SC("c.txt")};
    for (size_t i = 0; i < COUNT(files); i++)
        check(file_make(op, op_text(op, "%.*s/%.*s", PS(dir), PS(files[i])), S("first")));
    check(file_make(op, op_text(op, "%.*s/a.json", PS(dir)), S("")));
    check(file_read(op, op_text(op, "%.*s/a.json", PS(dir)), 100, &text) && text.n == 0);
    check(file_read(op, op_text(op, "%.*s/b.json", PS(dir)), 100, &text) && str_eq(text, S("first")));
    folder_files(op, dir, S(".json"), &names, &count);
    check(count == 2 && str_eq(names[0], S("a.json")) && str_eq(names[1], S("b.json")));
    folder_files(op, op_text(op, "%.*s/none", PS(dir)), S(".json"), &names, &count);
    check(count == 0 && op->fault_count == 0);
    check(!file_make(op, op_text(op, "%.*s/none/x", PS(dir)), S("x")) && op_has_fault(op, FAULT_SYSTEM));
}

TEST("a text is written to JSON so that reading gives it back, whatever stands at whatever place in it")
{
    static const char *const pieces[] = {"\"", "\\", "\n",   "\x01", "\x1f", " ", "!", "#",
                                         "[",  "]",  "\x7f", "中",   "é",    "😀", "/"};
    for (size_t length = 0; length < 20; length++)
        for (size_t place = 0; place <= length; place++)
            for (size_t i = 0; i < COUNT(pieces); i++) {
                struct buf text, b;
                struct json *j;
                buf_init(&text, op, 0);
                buf_init(&b, op, 0);
                for (size_t k = 0; k < length; k++)
                    buf_add(&text, k == place ? str_z(pieces[i]) : S("字"));
                buf_add(&text, place == length ? str_z(pieces[i]) : S("x"));
                json_text(&(struct json_out){.b = &b}, buf_str(&text));
                check(json_parse(op, buf_str(&b), &j) && j->kind == JSON_STRING);
                check_str(j->text, buf_str(&text));
            }
}

TEST("ids, days and moments are written as their texts say, keys as they were prepared")
{
    struct buf b;
    struct json_out w = {.b = &b};
    id x = id_new(op);
    static const time_ms moments[] = {
        0, -1, 1638489909123, 253402271999999, 253402272000000 + 86400000, -62135596800000 - 86400000ll * 400};
    buf_init(&b, op, 0);
    json_open(&w, '{');
    json_key_as(&w, JSON_KEY("id"));
    json_id(&w, x);
    json_key_as(&w, json_key_text(op, S("名\"称")));
    json_open(&w, '[');
    for (size_t i = 0; i < COUNT(moments); i++) {
        json_time(&w, moments[i]);
        json_day(&w, day_at(moments[i]));
    }
    json_close(&w, ']');
    json_close(&w, '}');
    struct json *j;
    check(json_parse(op, buf_str(&b), &j));
    check_str(json_str(j, S("id")), id_text(op, x));
    const struct json *e = json_get(j, S("名\"称"))->first;
    for (size_t i = 0; i < COUNT(moments); i++, e = e->next->next) {
        check_str(e->text, time_text(op, moments[i]));
        check_str(e->next->text, day_text(op, day_at(moments[i])));
    }
}

TEST("a moment to wait for is so many thousandths later, over the second and over the hour")
{
    static const struct {
        struct timespec from;
        int64_t ms;
        struct timespec to;
    } cases[] = {
        {{5, 0}, 0, {5, 0}},
        {{5, 999000000}, 1, {6, 0}},
        {{5, 999999999}, 1, {6, 999999}},
        {{5, 1}, 3600999, {3605, 999000001}},
        {{5, 500000000}, 2500, {8, 0}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct timespec t = cases[i].from;
        timespec_add(&t, cases[i].ms);
        check_int(t.tv_sec, cases[i].to.tv_sec);
        check_int(t.tv_nsec, cases[i].to.tv_nsec);
    }
}
