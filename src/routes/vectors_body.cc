#include "routes/vectors_body.h"

#include <utility>

#include "json/writer.h"
#include "routes/vector_math.h"

namespace shoal {
namespace {

using Form = VectorsLayout::Form;

constexpr std::size_t kObjectBytes = 64;
constexpr std::size_t kFloatBytes = 14;  // "-0.0123456789,"

}  // namespace

VectorsBody::VectorsBody(VectorsLayout layout, std::string vectors, int dim)
    : layout_(std::move(layout)),
      vectors_(std::move(vectors)),
      bytes_each_(static_cast<std::size_t>(dim) * sizeof(float)),
      count_(layout_.form == Form::kNone ? 0 : vectors_.size() / bytes_each_) {}

std::size_t VectorsBody::size_hint() const {
  const std::size_t ends = layout_.before.size() + layout_.after.size();
  const std::size_t each = layout_.form == Form::kBase64Objects
                               ? bytes_each_ * 4 / 3
                               : bytes_each_ / sizeof(float) * kFloatBytes;
  return ends + count_ * (each + kObjectBytes);
}

void VectorsBody::Write(std::string& to, std::size_t enough) {
  if (!std::exchange(begun_, true)) to += layout_.before;
  while (next_ < count_ && to.size() < enough) {
    if (next_ > 0) to += ',';
    WriteVector(std::string_view(vectors_).substr(next_ * bytes_each_, bytes_each_), to);
    ++next_;
  }
  if (next_ < count_ || done_) return;
  to += layout_.after;
  done_ = true;
}

void VectorsBody::WriteVector(std::string_view bytes, std::string& to) const {
  JsonWriter json(to);
  if (layout_.form == Form::kFloats) {
    json.Floats(FloatsOf(bytes));
    return;
  }
  json.BeginObject().Key("object").String("embedding").Key("index").UInt(next_).Key("embedding");
  if (layout_.form == Form::kBase64Objects) {
    json.Base64(bytes);
  } else {
    json.Floats(FloatsOf(bytes));
  }
  json.EndObject();
}

}  // namespace shoal
