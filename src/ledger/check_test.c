#include "base/test.h"
#include "ledger/check.h"

/* A field for tests: its type, and what the type needs. */
static struct field field(enum field_type type)
{
    static const str grades[] = {SC("A"), SC("B"), SC("C"), SC("D")};
    struct field f = {.name = S("栏"), .type = type};
    if (type == F_DECIMAL)
        f.size = 2;
    if (type == F_ENUM || type == F_ENUMS) {
        f.choices = grades;
        f.choice_count = COUNT(grades);
    }
    return f;
}

/* What was typed -> the normal form; "!…": refused in these words; "?…": kept with these words of warning. */
static void takes(struct op *op, const struct field *f, str typed, str wanted, int line)
{
    struct checked c;
    bool ok = check_text(op, f, typed, &c);
    bool refuse = str_starts(wanted, S("!")), warns = str_starts(wanted, S("?"));
    size_t at;
    str said = warns ? c.warning : c.trouble, words = str_part(wanted, 1, wanted.n);
    if (refuse || warns ? ok == refuse || !str_find(said, words, &at) || said.n == 0
                        : !ok || !str_eq(c.text, wanted) || c.warning.n)
        test_failed(__FILE__, line, "«%.*s» -> %s «%.*s» %.*s%.*s, expected «%.*s»", PS(typed), ok ? "kept" : "refused",
                    PS(c.text), PS(c.warning), PS(c.trouble), PS(wanted));
}
#define TAKES(f, typed, wanted) takes(op, &(f), S(typed), S(wanted), __LINE__)

TEST("every published test vector of identity numbers, codes, cards and document numbers is answered as it says")
{
    str text;
    struct csv_row *rows;
    size_t count, forms = 0;
    check(file_read(op, S("tests/vectors.csv"), 1 << 20, &text) && csv_parse(op, text, &rows, &count));
    op->now += 365ll * 10 * 86400000; /* after the last of them */
    for (size_t i = 1; i < count; i++) {
        must(rows[i].count >= 3);
        str kind = rows[i].fields[0], input = rows[i].fields[1], expect = rows[i].fields[2];
        if (!check_form_known(kind))
            continue;
        forms++;
        struct checked c;
        bool ok = check_form(op, kind, input, &c);
        bool right = str_eq(expect, S("valid"))     ? ok && c.warning.n == 0
                     : str_eq(expect, S("invalid")) ? !ok && c.trouble.n
                     : str_eq(expect, S("warn"))    ? ok && c.warning.n
                     : str_eq(expect, S("normalize"))
                         ? ok && !str_eq(c.text, input) && str_eq(c.text, S("11010519491231002X"))
                         : ok && str_eq(c.text, expect);
        if (!right)
            test_failed(__FILE__, __LINE__, "%.*s %.*s: %s, expected %.*s (%.*s%.*s)", PS(kind), PS(input),
                        ok ? "kept" : "refused", PS(expect), PS(c.trouble), PS(c.warning));
    }
    check_int((long long)forms, 31);
}

TEST("identity numbers are tidied, proved and explained to the clerk")
{
    struct field f = field(F_CITIZEN_ID);
    TAKES(f, "'11010519491231002x ", "11010519491231002X");
    TAKES(f, "１１０１０５１９４９１２３１００２Ｘ", "11010519491231002X");
    TAKES(f,
          "110105 19491231\xC2\xA0"
          "002X",
          "11010519491231002X");
    TAKES(f, "11010519491231002×", "11010519491231002X");
    TAKES(f, "110105194912310021", "!身份证号第18位校验不符，应为X，请核对");
    TAKES(f, "3.20E+17", "!被表格软件存成了数字");
    TAKES(f, "110105491231002", "!应为11010519491231002X");
    TAKES(f, "1101051949123100", "!应为18位，现为16位");
    TAKES(f, "1101O519491231002X", "!第5位应为数字");
    TAKES(f, "1101**********002X", "!打过码");
    TAKES(f, "11010519491231002X、440524188001010014", "!2个身份证号");
    TAKES(f, "11010519491231002X\n440524188001010014", "!请每人一行");
    TAKES(f, "152527190002290016", "!不是有效日期");
    TAKES(f, "110105194912310000", "!可能已被表格软件截断");
    TAKES(f, "无", "");
    TAKES(f, "/", "");
    check_int(citizen_id_birth(S("11010519491231002X")), day_of(1949, 12, 31));
    check(!citizen_id_male(S("11010519491231002X")) && citizen_id_male(S("440524188001010014")));
    static const str papers[] = {SC("居民身份证"), SC("户口簿")};
    struct field on_paper = f;
    on_paper.paper = S("证件类型");
    on_paper.papers = papers;
    on_paper.paper_count = COUNT(papers);
    check(field_on_paper(&on_paper, S("户口簿")).type == F_CITIZEN_ID && field_on_paper(&on_paper, S("")).type == F_CITIZEN_ID);
    check(field_on_paper(&on_paper, S("护照")).type == F_CODE && field_on_paper(&f, S("护照")).type == F_CITIZEN_ID);
    f = field(F_CREDIT_CODE);
    TAKES(f, "91350100m000100y43", "91350100M000100Y43");
    TAKES(f, "54152527MJ0000018X", "?村委会常见54");
    TAKES(f, "152527000000123", "!旧工商注册号");
    TAKES(f, "91350100M000100Y44", "!应为3");
}

TEST("a whole identity number or card is seen inside of a text however it is spaced; what only resembles one is not")
{
    static const str whole[] = {SC("巴图 11010519491231002X"), SC("号码11010519491231002x，已核"), SC("110105 19491231 002X"),
                                SC("１１０１０５１９４９１２３１００２Ｘ"), SC("2021-10-11 11010519491231002X"), SC("卡 6222 0212 3456 7890 128")};
    static const str other[] = {SC("****002X"), SC("110105194912310021"), SC("1101051949123100"), SC("巴政发〔2021〕31号"),
                                SC("2021-10-11 08:30 至 2021-10-12 08:30"), SC("编码 111105194912310020001"), SC("")};
    for (size_t i = 0; i < COUNT(whole); i++)
        check(check_tells_number(op, whole[i]));
    for (size_t i = 0; i < COUNT(other); i++)
        check(!check_tells_number(op, other[i]));
}

TEST("telephone numbers and accounts come out in one form each")
{
    struct field f = field(F_PHONE);
    TAKES(f, "+86 138-0013-8000", "13800138000");
    TAKES(f, "138 0013 8000", "13800138000");
    TAKES(f, "０４７９－１２３４５６７", "!不是电话号码");
    TAKES(f, "（0479）2234567", "0479-2234567");
    TAKES(f, "04792234567", "0479-2234567");
    TAKES(f, "010-62234567转801", "010-62234567-801");
    TAKES(f, "4792234567", "!是否为0479-2234567");
    TAKES(f, "2234567", "?缺区号");
    TAKES(f, "12345", "12345");
    TAKES(f, "4008123123", "4008123123");
    TAKES(f, "1380013800", "!应为11位，现为10位");
    TAKES(f, "13800138000/13900139000", "!2个电话号码");
    TAKES(f, "138****8000", "!打过码");
    TAKES(f, "无电话", "!不认识的字");
    f = field(F_BANK_CARD);
    TAKES(f, "6217 0000 0000 0000 012", "6217000000000000012");
    TAKES(f, "6217000000000000013", "!末位校验不符");
    TAKES(f, "9000000000000000002", "?若是存折账号可不理会");
    TAKES(f, "80100000123456789012345", "80100000123456789012345");
    TAKES(f, "6.217E+18", "!无法还原");
    TAKES(f, "621700", "!应为8至30位");
}

TEST("a name keeps one kind of dot and no typographic spaces, and names one person")
{
    struct field f = {.name = S("姓名"), .type = F_TEXT, .size = 30};
    TAKES(f, "张　三", "张三");
    TAKES(f, "买买提•艾力", "买买提·艾力");
    TAKES(f, "买买提・艾力", "买买提·艾力");
    TAKES(f, "买买提.艾力", "买买提·艾力");
    TAKES(f, "买买提 · 艾力", "买买提·艾力");
    TAKES(f, "乌云其木格\xC2\xA0 ", "乌云其木格");
    TAKES(f, "Li Ming", "Li Ming");
    TAKES(f, "张三、李四", "!一格里写了2个人，请每人一行");
    TAKES(f, "张三\n李四\n王五", "!一格里写了3个人");
    TAKES(f, "张*三", "!打过码");
    TAKES(f, "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一", "!最多30个字，现有31个");
    f = (struct field){.name = S("备注"), .type = F_TEXT, .size = 200};
    TAKES(f, "１２号楼，见附件１。", "12号楼，见附件1。");
    TAKES(f, "第1.2条", "第1.2条");
    TAKES(f,
          "\xEF\xBB\xBF"
          "上门\n核实\xE2\x80\x8B",
          "上门 核实");
    f = (struct field){.name = S("备注"), .type = F_LONG};
    TAKES(f, "一\r\n二", "一\n二");
}

TEST("numbers and amounts are exact; units and ten thousands are asked back, capitals are read")
{
    struct field f = field(F_INT);
    TAKES(f, "1,234", "1234");
    TAKES(f, "１２", "12");
    TAKES(f, "12.0", "12");
    TAKES(f, "-3", "-3");
    TAKES(f, "12.5", "!应为整数");
    TAKES(f, "12人", "!不带“人”");
    TAKES(f, "1,23", "!逗号位置不对");
    TAKES(f, "1234567890123456", "!超过15位");
    TAKES(f, "约三十", "!不是数字");
    TAKES(f, "—", "");
    f = field(F_DECIMAL);
    TAKES(f, "12.5", "12.50");
    TAKES(f, "12.345", "!四舍五入为12.35");
    TAKES(f, "1.2E+3", "1200.00");
    f = field(F_MONEY);
    TAKES(f, "¥1,234.5", "1234.50");
    TAKES(f, "￥300元", "300.00");
    TAKES(f, "-0.05", "-0.05");
    TAKES(f, "3.5万元", "!请写成35000");
    TAKES(f, "2万", "!请写成20000");
    TAKES(f, "人民币壹佰元整", "100.00");
    TAKES(f, "叁万伍仟元零贰分", "35000.02");
    TAKES(f, "12.345", "!最多2位小数");
    f = field(F_RATIO);
    TAKES(f, "12.5%", "0.125");
    TAKES(f, "98.73％", "0.9873");
    TAKES(f, "0.333333333333333", "0.333333");
    TAKES(f, "1", "1");
    TAKES(f, "85", "?若是85%，请写上%号");
    f = field(F_YEAR);
    TAKES(f, "2021年", "2021");
    TAKES(f, "二〇二一年", "2021");
    TAKES(f, "21", "!不合理");
    TAKES(f, "2021-12-03", "!只填年份，如2021");
}

TEST("dates are read in every form that offices write; a guess is a warning")
{
    struct field f = field(F_DAY);
    TAKES(f, "2021-12-03", "2021-12-03");
    TAKES(f, "2021.12.3", "2021-12-03");
    TAKES(f, "2021/12/3", "2021-12-03");
    TAKES(f, "20211203", "2021-12-03");
    TAKES(f, "2021年12月3日", "2021-12-03");
    TAKES(f, "２０２１．１２．０３", "2021-12-03");
    TAKES(f, "二〇二一年十二月三日", "2021-12-03");
    TAKES(f, "2021-12-03 00:00:00", "2021-12-03");
    TAKES(f, "44533", "?读作2021-12-03");
    TAKES(f, "2021.12", "!只有年月");
    TAKES(f, "21.12.3", "!是否为2021-12-03");
    TAKES(f, "12/3/2021", "!年份应写在前面");
    TAKES(f, "2021-02-30", "!没有2021年2月30日这一天");
    TAKES(f, "长期", "!不是日期");
    f = field(F_TIME);
    TAKES(f, "2021-12-03 09:00", "2021-12-03T09:00:00.000+08:00");
    TAKES(f, "2021年12月3日8时30分", "2021-12-03T08:30:00.000+08:00");
    TAKES(f, "2021-12-03T01:00:00Z", "2021-12-03T09:00:00.000+08:00");
    TAKES(f, "2021.12.3 8:05:09", "2021-12-03T08:05:09.000+08:00");
    TAKES(f, "2021.12.3", "2021-12-03T00:00:00.000+08:00");
    TAKES(f, "44533.375", "?按表格软件的日期序号");
    TAKES(f, "2021.12.3 25:00", "!不是钟点");
    f.whole_day = true; /* a limit: the day counts to its end, unless an hour is written */
    TAKES(f, "2021.12.3", "2021-12-03T23:59:00.000+08:00");
    TAKES(f, "2021-12-03", "2021-12-03T23:59:00.000+08:00");
    TAKES(f, "2021年12月3日", "2021-12-03T23:59:00.000+08:00");
    TAKES(f, "2021-12-03 00:00", "2021-12-03T00:00:00.000+08:00");
    TAKES(f, "2021年12月3日12时", "2021-12-03T12:00:00.000+08:00");
    TAKES(f, "44533.375", "?按表格软件的日期序号");
    f = field(F_MONTH);
    TAKES(f, "202112", "2021-12");
    TAKES(f, "2021.12", "2021-12");
    TAKES(f, "2021年9月份", "2021-09");
    TAKES(f, "2021-12-01", "2021-12");
    TAKES(f, "2021.1", "?若是10月");
    TAKES(f, "2021-13", "!不是年月");
    f = field(F_PERIOD);
    TAKES(f, "2021年", "2021");
    TAKES(f, "2021H1", "2021H1");
    TAKES(f, "2021上半年", "2021H1");
    TAKES(f, "2021年下半年", "2021H2");
    TAKES(f, "2021年第三季度", "2021Q3");
    TAKES(f, "2021年4季度", "2021Q4");
    TAKES(f, "2021年12月", "2021-12");
    TAKES(f, "2021年第5周", "2021W05");
    TAKES(f, "2021年第53周", "!没有第53周");
    TAKES(f, "2020W53", "2020W53");
    TAKES(f, "2021年12月3日", "2021-12-03");
    TAKES(f, "2021H3", "!不是报告期");
}

TEST("yes, no and choices are understood as people write them, or the choices are told")
{
    struct field f = field(F_BOOL);
    TAKES(f, "√", "是");
    TAKES(f, "有", "是");
    TAKES(f, "Y", "是");
    TAKES(f, "无", "否");
    TAKES(f, "×", "否");
    TAKES(f, "false", "否");
    TAKES(f, "也许", "!请填“是”或“否”");
    f = field(F_ENUM);
    TAKES(f, "ａ", "A");
    TAKES(f, "A级", "!是否为“A”");
    TAKES(f, "E", "!可填：A、B、C、D");
    f.open_choices = true;
    TAKES(f, "E", "?不在常用选项内");
    static const str nations[] = {SC("汉族"), SC("蒙古族")};
    f = (struct field){.name = S("民族"), .type = F_ENUM, .choices = nations, .choice_count = 2};
    TAKES(f, "汉", "汉族");
    TAKES(f, "蒙古", "蒙古族");
    static const struct other_word words[] = {{SC("汉人"), SC("汉族")}};
    f.words = words, f.word_count = COUNT(words);
    TAKES(f, "汉人", "?按“汉族”登记");
    f = field(F_ENUMS);
    TAKES(f, "A、C，D\nA", "A、C、D");
    TAKES(f, "A、F", "!“F”不在选项内");
    f = field(F_PLACE);
    TAKES(f, "109.1234，40.5", "{\"经度\":109.1234,\"纬度\":40.5}");
    TAKES(f, "40.5,109.1234", "{\"经度\":109.1234,\"纬度\":40.5}");
    TAKES(f, "10.5,200", "!不在国内");
    f = field(F_COMPUTED);
    TAKES(f, "3", "!由系统计算");
}

TEST("JSON of the interface passes the same checks, and says what form it should have")
{
    static const struct {
        enum field_type type;
        str json, wanted; /* "!…": refused with these words */
    } cases[] = {
        {F_INT, SC("12"), SC("12")},
        {F_INT, SC("\"12\""), SC("12")},
        {F_MONEY, SC("12.5"), SC("12.50")},
        {F_MONEY, SC("null"), SC("null")},
        {F_BOOL, SC("true"), SC("true")},
        {F_BOOL, SC("1"), SC("!true 或 false")},
        {F_TEXT, SC("12"), SC("!加引号")},
        {F_TEXT, SC("\"a\\\"b\""), SC("\"a\\\"b\"")},
        {F_ENUMS, SC("[\"A\",\"B\",\"A\"]"), SC("[\"A\",\"B\"]")},
        {F_ENUMS, SC("[1]"), SC("!文字的数组")},
        {F_ENUMS, SC("[]"), SC("null")},
        {F_PLACE, SC("{\"经度\":109.10,\"纬度\":40}"), SC("{\"经度\":109.1,\"纬度\":40}")},
        {F_PLACE, SC("{\"经度\":1}"), SC("!经度")},
        {F_FILES,
         SC("[{\"名\":\"a.jpg\",\"摘要\":\"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\",\"大小\":"
            "3}]"),
         SC("[{\"名\":\"a.jpg\",\"摘要\":\"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\",\"大小\":"
            "3}]")},
        {F_FILES, SC("[{\"名\":\"a.jpg\"}]"), SC("!请重新上传")},
        {F_FILES, SC("\"a.jpg\""), SC("!须上传文件")},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct field f = field(cases[i].type);
        struct json *value;
        struct checked c;
        check(json_parse(op, cases[i].json, &value));
        bool ok = check_json(op, &f, value, &c), refuse = str_starts(cases[i].wanted, S("!"));
        struct buf b;
        buf_init(&b, op, 0);
        if (ok)
            checked_out(&(struct json_out){.b = &b}, &c);
        size_t at;
        if (refuse ? ok || !str_find(c.trouble, str_part(cases[i].wanted, 1, cases[i].wanted.n), &at)
                   : !ok || !str_eq(buf_str(&b), cases[i].wanted))
            test_failed(__FILE__, __LINE__, "%.*s -> %.*s%.*s", PS(cases[i].json), PS(buf_str(&b)), PS(c.trouble));
    }
}

TEST("amounts in capitals are written by the bank's rules and read back to the same fen")
{
    static const struct {
        int64_t fen;
        str text;
    } vectors[] = {
        {0, SC("零元整")},
        {10000, SC("壹佰元整")},
        {140950, SC("壹仟肆佰零玖元伍角")},
        {600714, SC("陆仟零柒元壹角肆分")},
        {1640902, SC("壹万陆仟肆佰零玖元零贰分")},
        {32504, SC("叁佰贰拾伍元零肆分")},
        {10700053, SC("壹拾万柒仟元伍角叁分")},
        {100000000000, SC("壹拾亿元整")},
        {10000100, SC("壹拾万零壹元整")},
        {1000000100, SC("壹仟万零壹元整")},
        {10000010000, SC("壹亿零壹佰元整")},
        {2050000000, SC("贰仟零伍拾万元整")},
        {10050000000, SC("壹亿零伍拾万元整")},
        {5, SC("伍分")},
        {30, SC("叁角")},
        {-10000, SC("负壹佰元整")},
    };
    for (size_t i = 0; i < COUNT(vectors); i++) {
        int64_t back = -1;
        check_str(money_capital(op, vectors[i].fen), vectors[i].text);
        check(money_capital_parse(vectors[i].text, &back) && back == vectors[i].fen);
    }
    for (int i = 0; i < 20000; i++) {
        struct mark mark = op_mark(op);
        int64_t fen = (int64_t)(op_random(op) % 1000000000000000), cut = 1, back = -1;
        for (uint64_t n = op_random(op) % 15; n; n--)
            cut *= 10;
        fen = op_random(op) % 2 ? fen % cut : fen / cut * cut;
        str text = money_capital(op, fen);
        if (!money_capital_parse(text, &back) || back != fen)
            test_failed(__FILE__, __LINE__, "%lld -> %.*s -> %lld", (long long)fen, PS(text), (long long)back);
        op_reset(op, mark);
    }
    int64_t fen;
    check(money_capital_parse(S("人民币一百二十元正"), &fen) && fen == 12000);
    check(!money_capital_parse(S("壹佰"), &fen) && !money_capital_parse(S("壹壹元"), &fen) &&
          !money_capital_parse(S("元整"), &fen));
}

TEST("masks hide the middle and never the whole length, nor nothing")
{
    check_str(mask_name(op, S("张三")), S("张*"));
    check_str(mask_name(op, S("张小三")), S("张*三"));
    check_str(mask_name(op, S("乌云其木格")), S("乌***格"));
    check_str(mask_name(op, S("张")), S("*"));
    check_str(mask_id(op, S("11010519491231002X")), S("1101**********002X"));
    check_str(mask_phone(op, S("13800138000")), S("138****8000"));
    check_str(mask_phone(op, S("0479-2234567")), S("0479*****567"));
    check_str(mask_card(op, S("6217000000000000012")), S("***************0012"));
    check_str(mask_card(op, S("1")), S("*"));
    struct field health = {.name = S("健康状况"), .type = F_ENUM}, name = {.name = S("姓名"), .type = F_TEXT};
    check_str(mask_text(op, &health, S("慢性病")), S("***"));
    check_str(mask_text(op, &name, S("张小三")), S("张*三"));
}
