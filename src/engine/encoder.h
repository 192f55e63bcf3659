// Token ids to vectors, on one core: the whole forward pass of a BERT sentence encoder over a
// ragged batch (no padding: the tokens of all items stand one after the other; only attention and
// pooling see where an item ends).
//
//   ASSIGN_OR_RETURN(auto weights, Weights::Load(folder, options));  // once, shared
//   Lane lane(weights, max_tokens);                                  // one per compute thread
//   lane.Encode(lengths, token_ids, vectors);  // any number of times, allocates nothing
//
// The same item gives the same bytes alone and in any batch; in fp32 and int8 under every kernel
// table too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/precision.h"
#include "base/status.h"
#include "model/model_folder.h"

namespace shoal {

// A tensor as fp32, row-major, by its name without a leading "bert."; an error when it is absent or
// of another shape.
using WeightSource =
    std::function<Result<std::vector<float>>(const std::string&, std::span<const std::int64_t>)>;

// The packed weights of one model in one precision for one kernel table. Immutable. Thread-safe.
class Weights {
 public:
  struct Options {
    Precision precision = Precision::kFp32;
    std::string_view kernel_table;  // empty: SHOAL_ISA, else the best that this CPU runs
  };
  // From the cache folder; where it has none that are whole, from the model's file, packed and then
  // kept there. A cache that cannot be written is no error: see why_private(). Weights that do not
  // pass the self-test (weights_check.h) are: FAILED_PRECONDITION.
  static Result<std::shared_ptr<const Weights>> Load(const ModelFolder& folder,
                                                     const Options& options);
  // From tensors that need not be in a file; of `folder` only the shape and pooling are read. Each
  // is asked for twice. The same self-test.
  static Result<std::shared_ptr<const Weights>> FromSource(const ModelFolder& folder,
                                                           const Options& options,
                                                           const WeightSource& source);
  // What Load would refuse of the model, without packing: kernel table, precision, sizes, and every
  // tensor with its values. The self-test is not run, nor is the sum of the file looked at.
  static Status Check(const ModelFolder& folder, const Options& options);
  ~Weights();

  int dim() const;
  int max_tokens() const;  // of one item
  Precision precision() const;
  std::string_view kernel_table() const;
  // Why these weights are in memory of this process alone; OK: they are mapped from the cache
  // folder and shared with every process that computes with the same model and precision.
  const Status& why_private() const;

  struct Impl;
  const Impl& impl() const { return *impl_; }

 private:
  explicit Weights(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

// What `auto` means: bf16 where it is faster than fp32 under the best (or forced) kernel table,
// else fp32. Never int8, which gives up accuracy for speed: that is for a person to ask for.
Result<Precision> BestPrecision();

// One compute thread's activations. Not thread-safe.
class Lane {
 public:
  // `max_batch_tokens`: the most tokens of one batch; at least the model's max_tokens.
  Lane(std::shared_ptr<const Weights> weights, std::size_t max_batch_tokens);
  ~Lane();
  Lane(Lane&&) noexcept;
  Lane& operator=(Lane&&) noexcept;

  // lengths[i] tokens of item i, all ids in `token_ids`; writes dim floats per item to `vectors`.
  // CHECKs the sizes and that every id is in the vocabulary. Allocates nothing.
  void Encode(std::span<const std::uint32_t> lengths, std::span<const std::int32_t> token_ids,
              std::span<float> vectors);

  std::size_t max_batch_tokens() const;
  std::size_t activation_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace shoal
