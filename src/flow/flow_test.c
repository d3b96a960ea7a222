/* A paper through the office, and every act on its way. */
#include "flow/test_office.h"

TEST("a paper goes from the clerk to the leaders, to the office and the village, and is done; its record's state goes with it")
{
    struct test_office o;
    office_open(op, &o);
    id paper = office_paper(&o, "关于防汛的通知", "");
    id c = office_start(&o, paper);
    check_str(office_place(&o, c), S("拟办"));
    check_str(office_state(&o, paper), S("拟办"));
    check(office_do(&o, CLERK, DO_AGREE, c, "拟办", "拟请民政所承办", TO_HEAD(&o)));
    check_str(office_place(&o, c), S("批示"));
    check(office_do(&o, CHIEF, DO_AGREE, c, "批示", "同意", NULL));
    check_str(office_state(&o, paper), S("批示"));
    check(office_do(&o, SECOND, DO_READ, c, "批示", "", NULL));
    check_str(office_place(&o, c), S("承办、村里办"));
    check(office_do(&o, VILLAGER, DO_AGREE, c, "村里办", "已办", NULL));
    check(office_do(&o, HEAD, DO_AGREE, c, "承办", "办完了", "{'结果':'已落实'}"));
    check_str(office_place(&o, c), S("（完）"));
    check_str(office_state(&o, paper), S("办结"));
    check(office_equal(&o));
    test_faults(op);
}
