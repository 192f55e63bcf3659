#include "net/url.h"

#include <algorithm>

#include "base/ascii.h"

namespace shoal {
namespace {

constexpr std::uint16_t DefaultPort(bool tls) { return tls ? 443 : 80; }

}  // namespace

std::string Url::Authority() const {
  const std::string text = shoal::ToString(address);
  return address.port == DefaultPort(tls) ? text.substr(0, text.rfind(':')) : text;
}

std::string Url::ToString() const { return (tls ? "https://" : "http://") + Authority() + target; }

bool Url::SameOrigin(const Url& other) const {
  return tls == other.tls && address == other.address;
}

Result<Url> ParseUrl(std::string_view text) {
  const auto fail = [text](std::string_view why) {
    return InvalidArgumentError("URL \"" + std::string(text.substr(0, 200)) + "\" " +
                                std::string(why));
  };
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 127; })) {
    return fail("has a blank or a control character");
  }
  Url url;
  std::string_view rest = text.substr(0, text.find('#'));
  const std::string scheme = AsciiLower(rest.substr(0, rest.find("://")));
  if (scheme != "http" && scheme != "https") return fail("does not begin with http:// or https://");
  url.tls = scheme == "https";
  rest.remove_prefix(scheme.size() + 3);

  const std::string authority = AsciiLower(rest.substr(0, rest.find_first_of("/?")));
  rest.remove_prefix(authority.size());
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  if (authority.find('@') != authority.npos) return fail("has a user name");
  Result<Address> address = ParseAddress(authority);
  if (!address.ok()) {  // perhaps it only leaves the port out
    address = ParseAddress(authority + ":" + std::to_string(DefaultPort(url.tls)));
  }
  if (!address.ok() || address->port == 0) return fail("has no valid host or port");
  url.address = *std::move(address);
  return url;
}

Result<Url> ResolveUrl(const Url& base, std::string_view reference) {
  if (reference.starts_with("//")) {
    return ParseUrl((base.tls ? "https:" : "http:") + std::string(reference));
  }
  const std::size_t scheme = reference.find("://");
  if (scheme != reference.npos && scheme < reference.find_first_of("/?#")) {
    return ParseUrl(reference);
  }
  const Url origin = {.tls = base.tls, .address = base.address, .target = ""};
  if (reference.starts_with('/')) return ParseUrl(origin.ToString() + std::string(reference));
  const std::string path = base.target.substr(0, base.target.find('?'));
  const std::string start = reference.starts_with('?') ? path : path.substr(0, path.rfind('/') + 1);
  return ParseUrl(origin.ToString() + start + std::string(reference));
}

}  // namespace shoal
