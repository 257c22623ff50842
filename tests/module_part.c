/* A module for test_module: of this version, or of the one that it is compiled with. */
#ifdef DW_TEST_VERSION
#undef DW_VERSION
#define DW_VERSION DW_TEST_VERSION
#endif
#include "base/module.h"

static const int calls = 42;
DW_MODULE(calls);
