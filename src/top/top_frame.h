// The screen of `shoal top`: a function of what is known, of what is chosen to be seen, and of the
// size of the screen. docs/top.md shows one.
#pragma once

#include "terminal/frame.h"
#include "terminal/screen_text.h"
#include "top/top_model.h"
#include "top/top_view.h"

namespace shoal {

inline constexpr ScreenSize kSmallestScreen = {.columns = 60, .rows = 16};

// At most size.rows lines of at most size.columns cells. Nothing in it is a control character. On a
// screen that is smaller than kSmallestScreen it says so. Pure.
Frame TopFrame(const TopState& state, const TopView& view, ScreenSize size, CharacterSet set);

// The same to be printed: as long as it needs to be, without a selection and keys.
Frame PrintedTopFrame(const TopState& state, int columns, CharacterSet set);

// Workers that fit on a screen: how far a page goes.
int WorkersOn(ScreenSize size);

}  // namespace shoal
