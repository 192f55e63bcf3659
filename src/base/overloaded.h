// One lambda for each alternative of a variant, for std::visit: an alternative that is forgotten
// does not compile.
//
//   std::visit(Overloaded{[](const Circle& c) {...}, [](const Square& s) {...}}, shape);
#pragma once

namespace shoal {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace shoal
