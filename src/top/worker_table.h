// The workers as a table of a given width, and one of them in full.
#pragma once

#include "terminal/frame.h"
#include "terminal/screen_text.h"
#include "top/top_view.h"

namespace shoal {

// A line about the list, the headings and as many workers as `rows` leaves, the selected one among
// them: `rows` lines at most, at least three.
Frame WorkerTable(const TopState& state, const TopView& view, int columns, int rows,
                  CharacterSet set);

// All that is known of the selected worker: `rows` lines at most.
Frame WorkerDetail(const TopState& state, const TopView& view, int columns, int rows,
                   CharacterSet set);

}  // namespace shoal
