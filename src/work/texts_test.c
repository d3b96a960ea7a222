/* Comparing texts: clauses, pairs and differences. */
#include "base/test.h"
#include "work/work.h"

static str runs_text(struct op *op, str a, str b)
{
    struct text_run *runs;
    size_t count;
    struct buf out;
    text_differ(op, a, b, &runs, &count);
    buf_init(&out, op, 0);
    for (size_t i = 0; i < count; i++) {
        str t = runs[i].text;
        if (runs[i].kind == TEXT_SAME)
            buf_text(&out, "%.*s", PS(t));
        else if (runs[i].kind == TEXT_ALIKE)
            buf_text(&out, "[%.*s=%.*s]", PS(t), PS(runs[i].also));
        else
            buf_text(&out, "[%s%.*s]", (const char *[]){"", "", "-", "+", "<", ">"}[runs[i].kind], PS(t));
    }
    return buf_str(&out);
}

TEST("a law is cut at 第…条; chapters and what stands before the first article are left out; further paragraphs stay "
     "with their article")
{
    struct text_clause *c;
    size_t n;
    check(text_clauses(op,
                       S("安全生产办法\n第一章　总则\n第一条　为了加强管理，制定本办法。\n第二条 "
                         "本办法适用于本镇。\n前款所称本镇包括村组。\n第三章 附则\n第十条自公布之日起施行。"),
                       &c, &n));
    check_int(n, 3);
    check_str(c[0].label, S("第一条"));
    check_str(c[0].body, S("为了加强管理，制定本办法。"));
    check_str(c[1].body, S("本办法适用于本镇。\n前款所称本镇包括村组。"));
    check_str(c[2].label, S("第十条"));
}

TEST("without articles a text is cut at 一、（一）1.; without those at paragraphs; a decimal number is no item")
{
    struct text_clause *c;
    size_t n;
    check(text_clauses(op, S("通知\n一、范围。全体职工。\n1.5米以上作业系安全带。\n（二）时间\n3、地点"), &c, &n));
    check_int(n, 3);
    check_str(c[0].body, S("范围。全体职工。\n1.5米以上作业系安全带。"));
    check_str(c[1].label, S("（二）"));
    check(text_clauses(op, S("甲段。\n\n乙段。\n"), &c, &n));
    check(n == 2 && c[0].label.n == 0);
    check_str(c[1].body, S("乙段。"));
    check(text_clauses(op, S(""), &c, &n) && n == 0);
}

TEST("a standard is cut at its sections 5.3.1; a heading above others is no clause, and a figure that begins a line is text")
{
    struct text_clause *c;
    size_t n;
    check(text_clauses(op,
                       S("企业标准\nQ/BF 0203-2021\n1 范围\n本标准规定了职责。\n2　术语\n2.1 隐患\n危险状态。\n3 职责\n3.1 "
                         "经理负总责。\n3.2安监部监督，\n48 小时内答复。\n4 管理\n4.1 作业\n4.1.1 动火作业办票。\n2.5米以上系安全带。\n"
                         "4.1.2 高处作业办票：\na）登高；\n4.2 培训七十二学时。\n5 附则\n5.10 自发布起施行。"),
                       &c, &n));
    check_int(n, 8);
    static const char *labels[] = {"1", "2.1", "3.1", "3.2", "4.1.1", "4.1.2", "4.2", "5.10"};
    for (size_t i = 0; i < n && i < COUNT(labels); i++)
        check_str(c[i].label, str_z(labels[i]));
    check_str(c[3].body, S("安监部监督，\n48 小时内答复。"));
    check_str(c[4].body, S("动火作业办票。\n2.5米以上系安全带。"));
    check_str(c[5].body, S("高处作业办票：\na）登高；"));
    check(text_clauses(op, S("1. 总则\n1.1 甲。\n1.2 乙。\n2. 职责\n2.1 丙。"), &c, &n));
    check_int(n, 3); /* finer than 1. and 2. */
    check_str(c[2].label, S("2.1"));
    static const char *order[] = {"1", "3.1", "5.3", "5.3.1", "5.3.2", "5.10", "6"};
    for (size_t i = 1; i < COUNT(order); i++)
        check(text_order(str_z(order[i - 1])) < text_order(str_z(order[i])));
    check(text_order(S("第十五条")) < text_order(S("第十五条之一")) && text_order(S("第十五条之一")) < text_order(S("第十六条")));
}

TEST("the number of a label is read however it is written")
{
    check_int(text_number(S("第一百二十一条")), 121);
    check_int(text_number(S("第十条")), 10);
    check_int(text_number(S("第一千零五条")), 1005);
    check_int(text_number(S("（二十三）")), 23);
    check_int(text_number(S("25.")), 25);
    check_int(text_number(S("第２条")), 2);
    check_int(text_number(S("第三条之一")), 3);
    check_int(text_number(S("附则")), 0);
}

TEST("clauses in another order are paired with their like, and what the other side lacks stands alone")
{
    struct text_clause *a, *b;
    struct text_pair *p;
    size_t n, m, count;
    check(text_clauses(op, S("第一条 动火作业应当办理动火审批手续，落实现场监护。\n第二条 从业人员上岗前应当接受安全培训，经考核合格。\n第三条 发生事故应当在一小时内报告。"), &a, &n));
    check(text_clauses(op, S("第一条 员工上岗前须接受安全培训并考核合格。\n第二条 食堂每日留样。\n第三条 动火作业须办理动火审批，设专人监护。"), &b, &m));
    texts_align(op, a, n, b, m, &p, &count);
    check_int(count, 4);
    check(p[0].left == 0 && p[0].right == 2 && p[1].left == 1 && p[1].right == 0 && p[2].left == -1 &&
          p[2].right == 1 && p[3].left == 2 && p[3].right == -1);
    check(p[0].like >= TEXT_LIKE_LEAST && p[1].like >= TEXT_LIKE_LEAST);
}

static str groups_text(struct op *op, str left, str right)
{
    struct text_clause *a, *b;
    struct text_pair *p;
    struct text_group *g;
    struct buf out;
    size_t n, m, pairs, count;
    must(text_clauses(op, left, &a, &n) && text_clauses(op, right, &b, &m));
    texts_align(op, a, n, b, m, &p, &pairs);
    texts_group(op, a, n, b, m, p, pairs, &g, &count);
    buf_init(&out, op, 0);
    for (size_t i = 0; i < count; i++) {
        buf_text(&out, "%s", i ? " " : "");
        for (int k = 0; k < g[i].left_count; k++)
            buf_text(&out, "%d", g[i].left + k + 1);
        buf_text(&out, ":");
        for (int k = 0; k < g[i].right_count; k++)
            buf_text(&out, "%d", g[i].right + k + 1);
        buf_text(&out, "%s", g[i].moved ? "m" : "");
    }
    return buf_str(&out);
}

#define DRILL "每年至少组织一次应急演练，演练后评估并修订预案。"
#define REPORT "发生事故应当立即报告镇人民政府，不得迟报漏报瞒报。"
#define HOT_WORK "动火作业事先办理审批手续，现场安排专人监护。"
#define TRAINING "新上岗人员接受二十四学时安全培训，考核合格后上岗。"
#define RECORDS "检查记录由安全部门保存三年，随时备查。"

TEST("a clause that became two, two that became one, and one that stands elsewhere now are told as such; what was added "
     "stays alone")
{
    check_str(groups_text(op, S("第一条 " DRILL "\n第二条 " REPORT HOT_WORK "\n第三条 " TRAINING),
                          S("第一条 " DRILL "\n第二条 " REPORT "\n第三条 " HOT_WORK "\n第四条 " TRAINING)),
              S("1:1 2:23 3:4"));
    check_str(groups_text(op, S("第一条 " DRILL "\n第二条 " REPORT "\n第三条 " HOT_WORK "\n第四条 " TRAINING),
                          S("第一条 " DRILL "\n第二条 " REPORT HOT_WORK "\n第三条 " TRAINING)),
              S("1:1 23:2 4:3"));
    check_str(groups_text(op, S("第一条 " DRILL "\n第二条 " REPORT "\n第三条 " HOT_WORK "\n第四条 " TRAINING),
                          S("第一条 " TRAINING "\n第二条 " DRILL "\n第三条 " REPORT "\n第四条 " HOT_WORK)),
              S("1:2 2:3 3:4 4:1m"));
    check_str(groups_text(op, S("第一条 " DRILL HOT_WORK TRAINING "\n第二条 " REPORT),
                          S("第一条 " REPORT "\n第二条 " DRILL "\n第三条 " HOT_WORK "\n第四条 " TRAINING "\n第五条 " RECORDS)),
              S("1:234 :5 2:1m"));
    check_str(groups_text(op, S("第一条 " DRILL "\n第二条 " RECORDS), S("第一条 " DRILL "\n第二条 " HOT_WORK)),
              S("1:1 :2 2:"));
}

TEST("a clause between two that could both have it goes to the one that has more of it; every clause is told once")
{
    check_str(groups_text(op, S("第一条 " DRILL HOT_WORK "\n第二条 " TRAINING "现场安排专人监护，动火作业。"),
                          S("第一条 " DRILL "\n第二条 " HOT_WORK "\n第三条 " TRAINING)),
              S("1:12 2:3"));
    static const str parts[] = {SC(DRILL), SC(REPORT), SC(HOT_WORK), SC(TRAINING), SC(RECORDS)};
    for (int round = 0; round < 400; round++) {
        struct mark mark = op_mark(op);
        struct text_clause sides[2][5];
        size_t sizes[2] = {1 + op_random(op) % 5, 1 + op_random(op) % 5}, pairs, count;
        struct text_pair *p;
        struct text_group *g;
        int seen[2][5] = {{0}};
        for (int s = 0; s < 2; s++)
            for (size_t i = 0; i < sizes[s]; i++) {
                struct buf text;
                buf_init(&text, op, 0);
                for (size_t w = 0; w < 1 + op_random(op) % 3; w++)
                    buf_add(&text, parts[op_random(op) % COUNT(parts)]);
                sides[s][i] = (struct text_clause){.body = buf_str(&text)};
            }
        texts_align(op, sides[0], sizes[0], sides[1], sizes[1], &p, &pairs);
        texts_group(op, sides[0], sizes[0], sides[1], sizes[1], p, pairs, &g, &count);
        for (size_t i = 0; i < count; i++) {
            check(g[i].left_count <= 1 || g[i].right_count == 1);
            check((g[i].left < 0) == (g[i].left_count == 0) && (g[i].right < 0) == (g[i].right_count == 0));
            for (int k = 0; k < g[i].left_count; k++)
                seen[0][g[i].left + k]++;
            for (int k = 0; k < g[i].right_count; k++)
                seen[1][g[i].right + k]++;
        }
        for (int s = 0; s < 2; s++)
            for (size_t i = 0; i < sizes[s]; i++)
                check_int(seen[s][i], 1);
        op_reset(op, mark);
    }
}

TEST("what differs is marked: a number that changed, a word that was put in, a word that is gone")
{
    check_str(runs_text(op, S("应当在三十日内答复。"), S("应当在六十日内书面答复。")), S("应当在[-三十][+六十]日内[+书面]答复。"));
    check_str(runs_text(op, S("不得超过两次"), S("不得超过两次")), S("不得超过两次"));
    check_str(runs_text(op, S(""), S("新")), S("[+新]"));
    check_str(runs_text(op, S("甲乙丙"), S("丁乙戊")), S("[-甲乙丙][+丁乙戊]"));
}

TEST("a number is the same however it is written, and so are signs of either width; another number is another")
{
    static const struct { str a, b, says; } cases[] = {
        {SC("依照第十五条办理"), SC("依照第15条办理"), SC("依照第[十五=15]条办理")},
        {SC("自二〇二一年十二月一日起"), SC("自2021年12月1日起"), SC("自[二〇二一=2021]年[十二=12]月[一=1]日起")},
        {SC("罚款一万二千元"), SC("罚款１２，０００元"), SC("罚款[一万二千=１２，０００]元")},
        {SC("不超过十五万元"), SC("不超过15万元"), SC("不超过[十五万=15万]元")},
        {SC("不低于百分之五"), SC("不低于 5% "), SC("不低于[百分之五=5% ]")},
        {SC("收费五十元"), SC("收费50.00元"), SC("收费[五十=50.00]元")},
        {SC("（一）甲，乙"), SC("(一)甲,乙"), SC("（一）甲，乙")},
        {SC("第 十五 条"), SC("第十五条"), SC("第 十五 条")},
        {SC("见5.1条"), SC("见5.10条"), SC("见[-5.1][+5.10]条")},
        {SC("三五天内"), SC("35天内"), SC("[-三五][+35]天内")},
        {SC("三十五六人"), SC("356人"), SC("[-三十五六][+356]人")},
        {SC("一般隐患"), SC("统一隐患"), SC("[-一般][+统一]隐患")},
        {SC("账号622202100000000000"), SC("账号622202100000000001"), SC("账号62220210000000000[-0][+1]")},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_str(runs_text(op, cases[i].a, cases[i].b), cases[i].says);
    check_int(text_like(op, S("自二〇二一年十二月一日起施行"), S("自2021年12月1日起施行")), 1000);
}

TEST("what only stands elsewhere is told as that, word for word, and not as gone and new")
{
    check_str(runs_text(op, S("新上岗人员培训合格后上岗。动火作业办理审批手续。"), S("动火作业办理审批手续，监护人持证。新上岗人员培训合格后上岗。")),
              S("[>动火作业办理审批手续][+，监护人持证。]新上岗人员培训合格后上岗[-。][<动火作业办理审批手续]。"));
    check_str(runs_text(op, S("甲乙丙丁戊，己庚辛"), S("己庚辛，甲乙丙丁戊")), S("[+己庚辛，]甲乙丙丁戊[-，己庚辛]"));
}

TEST("the pairing is the best of all pairings, and likeness is the same from both sides")
{
    static const str words[] = {SC("安全"), SC("生产"), SC("培训"), SC("报告"), SC("监护"), SC("审批")};
    for (int round = 0; round < 300; round++) {
        struct text_clause a[4], b[4];
        size_t n = 1 + op_random(op) % 4, m = 1 + op_random(op) % 4, count;
        struct text_clause *sides[] = {a, b};
        size_t sizes[] = {n, m};
        struct text_pair *p;
        for (int s = 0; s < 2; s++)
            for (size_t i = 0; i < sizes[s]; i++) {
                struct buf text;
                buf_init(&text, op, 0);
                for (size_t w = 0; w < 1 + op_random(op) % 4; w++)
                    buf_add(&text, words[op_random(op) % COUNT(words)]);
                sides[s][i] = (struct text_clause){.body = buf_str(&text)};
            }
        texts_align(op, a, n, b, m, &p, &count);
        int total = 0, best = 0;
        for (size_t i = 0; i < count; i++) {
            total += p[i].like;
            if (p[i].left >= 0 && p[i].right >= 0)
                check_int(text_like(op, a[p[i].left].body, b[p[i].right].body),
                          text_like(op, b[p[i].right].body, a[p[i].left].body));
        }
        /* Every pairing of at most four with at most four: each left takes a right or none. */
        for (int code = 0; code < 625; code++) {
            int sum = 0, used = 0, rest = code;
            bool good = true;
            for (size_t i = 0; i < n; i++, rest /= 5) {
                int k = rest % 5;
                if (k == 4)
                    continue;
                good = good && k < (int)m && !(used >> k & 1);
                used |= 1 << k;
                int like = good ? text_like(op, a[i].body, b[k].body) : 0;
                sum += like >= TEXT_LIKE_LEAST ? like : 0;
            }
            best = good && sum > best ? sum : best;
        }
        check_int(total, best);
    }
}

TEST("for any two texts the runs give back both")
{
    static const str letters[] = {SC("应"), SC("当"), SC("三"), SC("日"), SC("，"), SC("a")};
    for (int round = 0; round < 2000; round++) {
        struct mark mark = op_mark(op);
        struct buf a, b, x, y;
        struct text_run *runs;
        size_t count;
        struct buf *both[] = {&a, &b, &x, &y};
        for (size_t i = 0; i < 4; i++)
            buf_init(both[i], op, 0);
        for (size_t i = op_random(op) % 30; i > 0; i--)
            buf_add(&a, letters[op_random(op) % COUNT(letters)]);
        for (size_t i = op_random(op) % 30; i > 0; i--)
            buf_add(&b, letters[op_random(op) % COUNT(letters)]);
        text_differ(op, buf_str(&a), buf_str(&b), &runs, &count);
        for (size_t i = 0; i < count; i++) {
            if (runs[i].kind != TEXT_NEW && runs[i].kind != TEXT_HERE)
                buf_add(&x, runs[i].text);
            if (runs[i].kind != TEXT_GONE && runs[i].kind != TEXT_AWAY)
                buf_add(&y, runs[i].text);
            check(runs[i].text.n > 0);
        }
        check(str_eq(buf_str(&a), buf_str(&x)) && str_eq(buf_str(&b), buf_str(&y)));
        op_reset(op, mark);
    }
}
