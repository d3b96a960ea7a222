/* Parts and fields of weighted assessment: 评分. */
#pragma once

#include "work/inner.h"

enum { K_ITEM, K_PROOF };
enum { KI_YEAR, KI_NUMBER, KI_GROUP, KI_NAME, KI_RULE, KI_WORTH, KI_OWN, KI_CHECKED, KI_WHY, KI_LEADER };
enum { KP_ITEM, KP_ORDER, KP_NAME, KP_LEDGER, KP_WHERE, KP_FILES, KP_PAGE };
