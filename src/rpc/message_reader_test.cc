#include "rpc/message_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace shoal {
namespace {

std::string Message(std::string_view content, char flag = '\0') {
  std::string message(1, flag);
  for (int shift = 24; shift >= 0; shift -= 8) {
    message += static_cast<char>(content.size() >> shift & 0xFF);
  }
  return message + std::string(content);
}

class MessageReaderTest : public testing::Test {
 protected:
  // Reads all of `bytes`; a refused message is "refused:" and its beginning.
  std::vector<std::string> Read(std::string_view bytes) {
    std::vector<std::string> out;
    while (auto found = reader_.Next(bytes)) {
      out.push_back((found->refusal.has_value() ? "refused:" : "") + std::string(found->bytes));
      last_compressed_ = found->is_compressed;
      if (found->is_too_large) return {found->refusal->message};
      holds_.push_back(std::move(found->hold));
    }
    EXPECT_TRUE(bytes.empty());
    return out;
  }

  const Limits limits_ = {.max_request_bytes = 1000};
  ByteBudget budget_{2000};
  MessageReader reader_{budget_, limits_};
  std::vector<ByteBudget::Hold> holds_;
  bool last_compressed_ = false;
};

using Strings = std::vector<std::string>;

TEST_F(MessageReaderTest, FindsMessagesHoweverTheyAreCut) {
  const std::string all = Message("one") + Message("") + Message("three");
  EXPECT_EQ(Read(all), (Strings{"one", "", "three"}));
  Strings found;
  for (const char byte : all) {
    for (std::string& message : Read(std::string(1, byte))) found.push_back(std::move(message));
  }
  EXPECT_EQ(found, (Strings{"one", "", "three"}));
  EXPECT_TRUE(reader_.is_between_messages());
  EXPECT_EQ(Read(Message("torn").substr(0, 3)), Strings());
  EXPECT_FALSE(reader_.is_between_messages());
}

TEST_F(MessageReaderTest, SaysWhichAreCompressed) {
  EXPECT_EQ(Read(Message("c", '\1')), Strings{"c"});
  EXPECT_TRUE(last_compressed_);
  EXPECT_EQ(Read(Message("d")), Strings{"d"});
  EXPECT_FALSE(last_compressed_);
}

TEST_F(MessageReaderTest, WhatIsKeptIsHeldUntilTheCallLetsGoOfIt) {
  EXPECT_EQ(Read(Message("four").substr(0, 7)), Strings());
  EXPECT_EQ(budget_.used(), 2u);
  EXPECT_EQ(Read("ur"), Strings{"four"});
  EXPECT_EQ(budget_.used(), 4u);
  holds_.clear();
  EXPECT_EQ(budget_.used(), 0u);
}

TEST_F(MessageReaderTest, ALengthAboveTheLimitIsRefusedBeforeAnythingIsKept) {
  EXPECT_EQ(Read(std::string("\0\xFF\xFF\xFF\xFF", 5)),
            Strings{"the request has 4294967295 bytes; up to 1000 are accepted"});
  EXPECT_EQ(budget_.used(), 0u);
}

TEST_F(MessageReaderTest, WithoutRoomOneMessageIsRefusedAndTheNextIsRead) {
  auto others = budget_.TryTake(1990);
  EXPECT_EQ(Read(Message(std::string(20, 'a'))), Strings{"refused:" + std::string(20, 'a')});
  // The beginning is there, and the rest is not kept.
  const std::string torn = Message(std::string(8, 'b') + std::string(20, 'c'));
  EXPECT_EQ(Read(torn.substr(0, 13)), Strings());
  EXPECT_EQ(Read(torn.substr(13, 10)), Strings{"refused:" + std::string(8, 'b')});
  EXPECT_EQ(budget_.used(), 1990u);
  EXPECT_EQ(Read(torn.substr(23) + Message("next")), Strings{"next"});
}

}  // namespace
}  // namespace shoal
