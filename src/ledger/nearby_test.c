/* What a bulk remembers of a column's values. */
#include "ledger/test_town.h"

TEST("of a column's values, however many, none is taken for missing, and hardly any is asked for that is not there")
{
    enum { ROWS = 30000 };
    struct test_town t;
    bool maybe;
    int seeming = 0;
    test_town_open(op, &t);
    const struct plan *plan = plan_of(t.households);
    const int column = ledger_field(&plan->def, S("户号"))->column;
    check(store_run(t.tx,
                    "insert into now_household (record, town, fact_no, version, state, added, changed, removed, \"户号\")"
                    " with recursive n (i) as (select 0 union all select i + 1 from n where i + 1 < $1)"
                    " select cast('r' || i as blob), $2, 1, 1, '', 0, 0, 0, cast(i as text) from n",
                    ARGS(INT(ROWS), TEXT(store_town(t.tx))), NULL));
    nearby_begin(t.tx);
    for (int i = 0; i < ROWS; i++) { /* in the end they have been read */
        check(nearby_maybe(t.tx, plan, column, TEXT(op_text(op, "%d", i)), &maybe));
        check(maybe);
    }
    for (int i = ROWS; i < 2 * ROWS; i++) {
        check(nearby_maybe(t.tx, plan, column, TEXT(op_text(op, "%d", i)), &maybe));
        seeming += maybe;
    }
    check(seeming < ROWS / 5000); /* each question waits for all that is still to be written */
}
