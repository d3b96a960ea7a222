#include "base/test.h"
#include "replay/inner.h"
TEST("x") { check(op); }
