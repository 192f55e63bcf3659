#include "process/private_folder.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "base/check.h"
#include "base/descriptor.h"

namespace shoal {
namespace {

TEST(PrivateFolder, IsForThisUserAloneAndGoesWithItsOwner) {
  std::string path;
  {
    Result<PrivateFolder> made = PrivateFolder::Create();
    ASSERT_TRUE(made.ok()) << made.status().ToString();
    const PrivateFolder folder = *std::move(made);
    path = folder.path();
    struct stat info {};
    ASSERT_EQ(stat(path.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u);
    std::ofstream(path + "/file") << "content";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(PrivateFolder, TwoHaveTheirOwn) {
  const auto one = PrivateFolder::Create();
  const auto two = PrivateFolder::Create();
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one->path(), two->path());
}

// With a parent of its own, and what a killed process leaves in it.
class StalePrivateFolder : public testing::Test {
 protected:
  ~StalePrivateFolder() override { std::filesystem::remove_all(parent_); }
  void Bind(const std::string& path) {
    sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
  }

  std::string parent_ = [] {
    std::string path = "/tmp/folders-XXXXXX";
    CHECK(mkdtemp(path.data()) != nullptr, "/tmp takes a folder");
    return path;
  }();
  const std::string left_ = parent_ + "/shoal-run-left00";
};

TEST_F(StalePrivateFolder, GoesWhenTheNextIsMade) {
  std::filesystem::create_directory(left_);
  Bind(left_ + "/worker.sock");
  const auto next = PrivateFolder::CreateBelow({parent_});
  ASSERT_TRUE(next.ok());
  EXPECT_FALSE(std::filesystem::exists(left_));
}

TEST_F(StalePrivateFolder, StaysWhileItIsInUseOrHoldsSomethingElse) {
  std::filesystem::create_directory(left_);
  std::ofstream(left_ + "/file") << "content";
  const auto one = PrivateFolder::CreateBelow({parent_});
  ASSERT_TRUE(one.ok());
  Bind(one->socket());
  const auto two = PrivateFolder::CreateBelow({parent_});
  ASSERT_TRUE(two.ok());
  EXPECT_TRUE(std::filesystem::exists(left_ + "/file"));
  EXPECT_TRUE(std::filesystem::exists(one->socket()));
}

TEST_F(StalePrivateFolder, AParentThatTakesNoneIsPassedOver) {
  const auto made = PrivateFolder::CreateBelow({parent_ + "/none", parent_});
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(made->path().starts_with(parent_ + "/shoal-run-"));
  const auto none = PrivateFolder::CreateBelow({parent_ + "/none"});
  EXPECT_EQ(none.status().message(),
            "make a folder in " + parent_ + "/none: No such file or directory");
}

}  // namespace
}  // namespace shoal
