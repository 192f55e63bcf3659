// Worlds in words, for the heads of tables.
#pragma once

#include <string>

#include "table_trace.h"

namespace shoal::table {

// "8 workers of one lane; ..."
std::string Describe(const Pool& pool);
std::string Describe(Texts texts);
// "300 ms", "50 ms to 2,000 ms".
std::string Describe(const Deadlines& deadlines);

// "0.35", "2".
std::string LoadInWords(double load);
// "20 times".
std::string TimesInWords(double factor);

}  // namespace shoal::table
