#include "base/node_pool.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_map>

namespace shoal {
namespace {

using Map = std::unordered_map<int, std::string>;

TEST(NodePool, ANodeThatIsKeptServesTheNextKeyWithAValueAsNew) {
  Map map;
  NodePool<Map> pool;
  std::string& first = pool.Insert(map, 1);
  first = "one";
  pool.Keep(map.extract(1));
  std::string& second = pool.Insert(map, 2);
  EXPECT_EQ(&second, &first);
  EXPECT_EQ(second, "");
  EXPECT_EQ(map, (Map{{2, ""}}));
}

TEST(NodePool, WithoutNodesItMakesThem) {
  Map map;
  NodePool<Map> pool;
  pool.Insert(map, 1) = "one";
  pool.Insert(map, 2) = "two";
  EXPECT_EQ(map, (Map{{1, "one"}, {2, "two"}}));
}

}  // namespace
}  // namespace shoal
