#include "embed/output_target.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/descriptor.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class OutputTargetIn : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  std::string Path(const std::string& name) const { return (folder_ / name).string(); }
  std::string File(const std::string& name) const {
    std::ofstream(Path(name)) << "x";
    return Path(name);
  }
  static std::string Refusal(const std::string& name, int input = -1) {
    const Result<OutputTarget> target = FindOutputTarget(name, input);
    EXPECT_EQ(target.status().code(), StatusCode::kInvalidArgument) << name;
    return target.status().message();
  }

 private:
  const fs::path folder_ =
      fs::temp_directory_path() / ("shoal_output_target_" + std::to_string(getpid()));
};

TEST_F(OutputTargetIn, AFileIsFoundAtTheEndOfItsLinksAndMayBeMissing) {
  EXPECT_EQ(FindOutputTarget(Path("new.npy"), -1)->path, Path("new.npy"));
  fs::create_directory(Path("far"));
  File("far/real");
  fs::create_symlink("far/real", Path("b"));
  fs::create_symlink(Path("b"), Path("a.npy"));
  const OutputTarget target = FindOutputTarget(Path("a.npy"), -1).value();
  EXPECT_EQ(target.name, Path("a.npy"));
  EXPECT_EQ(target.path, Path("far/real"));
  EXPECT_FALSE(target.is_stream());
}

TEST_F(OutputTargetIn, PipesCharacterDevicesAndOpenDescriptorsAreStreams) {
  ASSERT_EQ(mkfifo(Path("pipe").c_str(), 0600), 0);
  EXPECT_TRUE(FindOutputTarget(Path("pipe"), -1)->is_stream());
  EXPECT_TRUE(FindOutputTarget("/dev/null", -1)->is_stream());
  const Descriptor file(open(File("f").c_str(), O_WRONLY));
  for (const std::string folder : {"/dev/fd/", "/proc/self/fd/"}) {
    const OutputTarget target = FindOutputTarget(folder + std::to_string(file.get()), -1).value();
    EXPECT_TRUE(target.is_stream());
    EXPECT_EQ(target.descriptor, file.get());
  }
}

TEST_F(OutputTargetIn, ADescriptorThatIsNotOpenForWritingIsRefused) {
  const Descriptor file(open(File("f").c_str(), O_RDONLY));
  EXPECT_THAT(Refusal("/dev/fd/" + std::to_string(file.get())), HasSubstr("not open for writing"));
}

TEST_F(OutputTargetIn, WhatCannotBeReplacedIsRefused) {
  fs::create_directory(Path("d.npy"));
  fs::create_symlink("d.npy", Path("to_d.npy"));
  fs::create_symlink("missing", Path("dangling.npy"));
  File("file");
  EXPECT_THAT(Refusal(Path("d.npy")), HasSubstr("is a folder"));
  EXPECT_THAT(Refusal(Path("to_d.npy")), HasSubstr("is a folder"));
  EXPECT_THAT(Refusal(Path("dangling.npy")), HasSubstr("missing, which does not exist"));
  EXPECT_THAT(Refusal(Path("no/such.npy")), HasSubstr("No such file or directory"));
  EXPECT_THAT(Refusal(Path("file/x.npy")), HasSubstr("Not a directory"));
  EXPECT_THAT(Refusal(Path(std::string(250, 'n'))), HasSubstr("File name too long"));
}

TEST_F(OutputTargetIn, TheInputIsRefusedUnderAnyNameAndWhereTheDraftOrTheCheckpointGoes) {
  const Descriptor input(open(File("in").c_str(), O_RDWR));
  fs::create_symlink("in", Path("link"));
  fs::create_hard_link(Path("in"), Path("hard"));
  fs::create_hard_link(Path("in"), Path("x.partial"));
  fs::create_hard_link(Path("in"), Path("y.partial.json"));
  for (const std::string name : {"in", "link", "hard", "x", "y"}) {
    EXPECT_THAT(Refusal(Path(name), input.get()), HasSubstr("is the input")) << name;
  }
  EXPECT_THAT(Refusal("/dev/fd/" + std::to_string(input.get()), input.get()),
              HasSubstr("is the input"));
  EXPECT_TRUE(FindOutputTarget(Path("z"), input.get()).ok());
}

TEST_F(OutputTargetIn, ATerminalOrNullMayBeBothEnds) {
  const Descriptor null(open("/dev/null", O_RDONLY));
  EXPECT_TRUE(FindOutputTarget("/dev/null", null.get()).ok());
}

TEST_F(OutputTargetIn, SomethingElseWhereTheDraftGoesIsRefused) {
  fs::create_directory(Path("a.partial"));
  File("victim");
  fs::create_symlink("victim", Path("b.partial"));
  for (const std::string name : {"a", "b"}) {
    EXPECT_THAT(Refusal(Path(name)), HasSubstr(name + ".partial is not a regular file"));
  }
}

}  // namespace
}  // namespace shoal
