/* Parts and fields of comparing texts: 对照. */
#pragma once

#include "work/inner.h"

enum { X_TEXT, X_CLAUSE, X_FOUND };
enum { XC_TEXT, XC_LABEL, XC_BODY, XC_FROM, XC_UNTIL };
enum { XF_TOPIC, XF_CLAUSE, XF_DOCUMENT, XF_LABEL, XF_BODY, XF_VERDICT, XF_DIFFERENCE, XF_RISK, XF_ADVICE, XF_MERGED };
