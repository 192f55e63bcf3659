#include "edge/model_names.h"

#include <gtest/gtest.h>

namespace shoal {
namespace {

TEST(ModelNames, TakesItsOwnNameItsAliasesAndNone) {
  const ModelNames names("MiniLM", {"text-embedding-3-small"});
  for (const char* name :
       {"MiniLM", "sentence-transformers/MiniLM", "text-embedding-3-small", ""}) {
    EXPECT_FALSE(names.Check(name)) << name;
  }
  EXPECT_FALSE(names.Has(""));
  EXPECT_FALSE(names.Has("sentence-transformers/text-embedding-3-small"));
}

TEST(ModelNames, TakesWhatOllamaCallsTheDefaultModel) {
  EXPECT_TRUE(ModelNames("all-MiniLM-L6-v2").Has("all-minilm:latest"));
  EXPECT_FALSE(ModelNames("other").Has("all-minilm"));
  EXPECT_FALSE(ModelNames("all-MiniLM-L6-v2").Has("all-minilm:33m"));
}

TEST(ModelNames, NamesWhatThereIsAndTheFlag) {
  EXPECT_EQ(ModelNames("m").Check("other")->message,
            "model 'other' is not served here; 'm' is. The server's --model-alias gives it more "
            "names");
  const Refusal refusal = *ModelNames("m", {"a", "b"}).Check("other");
  EXPECT_EQ(refusal.verdict, Verdict::kModelNotFound);
  EXPECT_EQ(refusal.message,
            "model 'other' is not served here; 'm' is, also as 'a', 'b'. The server's "
            "--model-alias gives it more names");
}

}  // namespace
}  // namespace shoal
