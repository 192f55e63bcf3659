// The body of an answer with vectors, written part by part: with 2,048 texts it has 10 MB of
// digits, which nobody wants to wait for or to keep at once. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace shoal {

struct VectorsLayout {
  enum class Form {
    kNone,           // no vector at all: `before` is the body
    kFloats,         // [[0.1,...],...] without the outer brackets
    kFloatObjects,   // OpenAI's {"object":"embedding","index":0,"embedding":[0.1,...]},...
    kBase64Objects,  // the same with the float32's bytes, little-endian
  };
  std::string before;
  Form form = Form::kNone;
  std::string after;
};

class VectorsBody {
 public:
  // `vectors`: little-endian float32, `dim` for each.
  VectorsBody(VectorsLayout layout, std::string vectors, int dim);

  // An estimate of all of it, not far below.
  std::size_t size_hint() const;
  // Appends the next part: until `to` has `enough` bytes, or all is written.
  void Write(std::string& to, std::size_t enough);
  bool is_done() const { return done_; }
  std::size_t kept_bytes() const { return vectors_.size(); }  // of memory

 private:
  void WriteVector(std::string_view bytes, std::string& to) const;

  const VectorsLayout layout_;
  const std::string vectors_;
  const std::size_t bytes_each_;
  const std::size_t count_;
  std::size_t next_ = 0;
  bool begun_ = false;
  bool done_ = false;
};

}  // namespace shoal
