/* Parts and fields of stock (收发), fees (收费) and bank returns (回单). */
#pragma once

#include "work/inner.h"

enum { S_STOCK, S_MOVE, S_ITEM };
enum { SS_DEPOT, SS_ITEM, SS_BATCH, SS_THERE, SS_EXPIRES, SS_SOURCE };
enum { SM_WAY, SM_TIME, SM_DEPOT, SM_ITEM, SM_STOCK, SM_QUANTITY, SM_CHANGE, SM_REASON, SM_TAKER, SM_BATCH, SM_OTHER };
enum { SI_UNIT, SI_LEAST };
enum { SW_IN, SW_OUT, SW_ACROSS, SW_MORE, SW_LESS, SW_SCRAP };

enum { F_DEAL, F_BILL, F_RECEIPT, F_PART };
enum { FD_PLACE, FD_FROM, FD_UNTIL };
enum { FB_DEAL, FB_HOUSEHOLD, FB_ENTITY, FB_PERIOD, FB_DUE, FB_REDUCED, FB_PAID, FB_DAY, FB_NUMBER, FB_OWING, FB_REASON };
enum { FR_NUMBER, FR_DEAL, FR_PAYER, FR_AMOUNT, FR_WORDS, FR_DAY, FR_WAY, FR_BY, FR_VOID, FR_PERIODS };
enum { FP_RECEIPT, FP_BILL, FP_AMOUNT };

enum { B_LINE, B_RUN, B_TROUBLE, B_MEMBER };
enum { BL_RUN, BL_PAYEE, BL_ACCOUNT, BL_AMOUNT, BL_RESULT, BL_FAILURE, BL_DAY, BL_ORDER, BL_MEMBER };
enum { BR_NUMBER, BR_DIGEST, BR_PAY_FILE, BR_RETURN };
enum { BT_RUN, BT_LINE, BT_ACCOUNT, BT_PAYEE, BT_AMOUNT, BT_WHAT };

/* The first three are results of a line; the others states of the member it is for: sent to the bank, paid, come back,
 * to be paid anew. */
enum { BW_PAID, BW_FAILED, BW_WAITING, BW_MEMBER_SENT, BW_MEMBER_PAID, BW_MEMBER_BACK, BW_MEMBER_AGAIN };

/* return_keep.c: the member of a line follows what became of its money (a word above, a state of its ledger). Nothing
 * to do where the pack has no members, the line names none, or the member is elsewhere. */
[[nodiscard]] bool member_follow(const struct doing *d, const struct record *line, int word);

/* return_file.c: the lines of a file that was uploaded, as when they are pasted: [{账号 金额 结果 原因 户名}]. */
[[nodiscard]] bool return_file_lines(const struct doing *d, const struct json *file, const struct json **ret);
