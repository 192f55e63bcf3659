// What second attempts are worth: the slowest calls with and without them, and the work they cost.
#pragma once

#include "table_figures.h"
#include "table_sheet.h"

namespace shoal::table {

void PrintSecondAttempts(Laboratory& laboratory, Sheet& sheet);

}  // namespace shoal::table
