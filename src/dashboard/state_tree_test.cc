#include "dashboard/state_tree.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

StateTree Tree(int a, int b) {
  StateTree tree;
  tree.Int("a", a);
  tree.Object("of").Int("b", b);
  tree.Json("list", "[1,2]");
  return tree;
}

TEST(StateTree, IsWrittenInTheOrderInWhichItWasMade) {
  StateTree tree = Tree(1, 2);
  tree.String("text", "\"quoted\"\n");
  tree.Bool("flag", true);
  tree.UInt("large", 18446744073709551615u);
  tree.Number("number", 1.23456);
  tree.Number("whole", 2.999, 0);
  tree.Object("empty");
  EXPECT_EQ(tree.Text(), R"({"a":1,"of":{"b":2},"list":[1,2],"text":"\"quoted\"\n","flag":true,)"
                         R"("large":18446744073709551615,"number":1.23,"whole":3,"empty":{}})");
}

TEST(StateTree, ANumberThatIsNoneIsZero) {
  StateTree tree;
  tree.Number("a", 0.0 / 0.0);
  EXPECT_EQ(tree.Text(), R"({"a":0})");
}

TEST(MergePatch, OfTheSameIsNothing) {
  EXPECT_EQ(MergePatch(Tree(1, 2), Tree(1, 2)), std::nullopt);
  EXPECT_EQ(MergePatch({}, {}), std::nullopt);
}

TEST(MergePatch, HasWhatChangedAlone) {
  EXPECT_EQ(MergePatch(Tree(1, 2), Tree(3, 2)), R"({"a":3})");
  EXPECT_EQ(MergePatch(Tree(1, 2), Tree(1, 3)), R"({"of":{"b":3}})");
  EXPECT_EQ(MergePatch(Tree(1, 2), Tree(3, 4)), R"({"a":3,"of":{"b":4}})");
}

TEST(MergePatch, GivesArraysWhole) {
  StateTree before, after;
  before.Json("list", "[1,2]");
  after.Json("list", "[1,2,3]");
  EXPECT_EQ(MergePatch(before, after), R"({"list":[1,2,3]})");
}

TEST(MergePatch, SaysNullOfWhatIsGoneAndGivesWhatIsNewWhole) {
  StateTree before, after;
  before.Object("w0").Int("a", 1);
  before.Object("w1").Int("a", 1);
  after.Object("w1").Int("a", 1);
  after.Object("w2").Int("a", 1);
  after.Object("w3");
  EXPECT_EQ(MergePatch(before, after), R"({"w0":null,"w2":{"a":1},"w3":{}})");
}

TEST(MergePatch, DoesNotMindTheOrder) {
  StateTree before, after;
  before.Int("a", 1);
  before.Int("b", 2);
  after.Int("b", 2);
  after.Int("a", 1);
  EXPECT_EQ(MergePatch(before, after), std::nullopt);
}

TEST(MergePatch, AnObjectInThePlaceOfAValueIsWhole) {
  StateTree before, after;
  before.Int("a", 1);
  after.Object("a").Int("b", 1);
  EXPECT_EQ(MergePatch(before, after), R"({"a":{"b":1}})");
  EXPECT_EQ(MergePatch(after, before), R"({"a":1})");
}

}  // namespace
}  // namespace shoal
