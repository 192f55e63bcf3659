// The same work under other rules: pushed in turn, to the least loaded lane, to the better of two
// on an old view, or pulled from a queue bounded by a count.
#pragma once

#include "table_figures.h"
#include "table_sheet.h"

namespace shoal::table {

void PrintPolicies(Laboratory& laboratory, Sheet& sheet);

}  // namespace shoal::table
