/* Parts and fields of payrolls (造册). */
#pragma once

#include "work/inner.h"

enum { Y_BATCH, Y_MEMBER, Y_RUN, Y_LINE, Y_NOTICE };
enum { YB_NUMBER, YB_ROSTER, YB_DIGEST, YB_DAY, YB_NOTICE };
enum {
    YM_BATCH,
    YM_HOUSEHOLD,
    YM_NAME,
    YM_CITIZEN,
    YM_RESULT,
    YM_RULE_CLASS,
    YM_RULE_AMOUNT,
    YM_CLASS,
    YM_AMOUNT,
    YM_REASON,
    YM_ACCOUNT,
    YM_HOLDER
};
enum { YR_NUMBER, YR_BUSINESS, YR_SOURCE, YR_MAKER };
enum { YL_RUN, YL_ORDER, YL_HOUSEHOLD, YL_PAYEE, YL_CITIZEN, YL_ACCOUNT, YL_AMOUNT, YL_MEMBER };
enum { YN_FROM, YN_UNTIL };
/* words: states of the batch in which it may be paid; of members that are in it; that are out; of a notice that is
 * over; what the run is for; the state that a member of a payroll gets; the outputs of the policy */
enum { YW_PAYABLE, YW_MEMBERS, YW_OUT, YW_OVER, YW_BUSINESS, YW_LISTED, YW_RESULT, YW_CLASS };
