// From the words of the command line to the function that does it.
#pragma once

#include <span>
#include <string>

namespace shoal {

// Finds the command in the words after the program's name, resolves its settings, runs it; the exit
// code of the process.
int Dispatch(std::span<const std::string> words);

}  // namespace shoal
