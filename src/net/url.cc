#include "net/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace shoal {
namespace {

bool IsPort(std::string_view text) {
  unsigned value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  return end.ec == std::errc() && end.ptr == text.data() + text.size() && value >= 1 &&
         value <= 65535;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

}  // namespace

std::string Url::Authority() const {
  const std::string name = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  return port == (tls ? "443" : "80") ? name : name + ":" + port;
}

std::string Url::ToString() const { return (tls ? "https://" : "http://") + Authority() + target; }

bool Url::SameOrigin(const Url& other) const {
  return tls == other.tls && host == other.host && port == other.port;
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
  const std::string scheme = Lower(rest.substr(0, rest.find("://")));
  if (scheme != "http" && scheme != "https") return fail("does not begin with http:// or https://");
  url.tls = scheme == "https";
  rest.remove_prefix(scheme.size() + 3);

  std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(authority.size());
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  if (authority.find('@') != authority.npos) return fail("has a user name");
  url.port = url.tls ? "443" : "80";
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == authority.npos ? 0 : bracket);
  if (colon != authority.npos) {
    url.port = authority.substr(colon + 1);
    if (!IsPort(url.port)) return fail("has no valid port");
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  url.host = Lower(authority);
  if (url.host.empty() || url.host.find_first_of("[]\"<>\\^`{|}") != std::string::npos) {
    return fail("has no valid host");
  }
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
  const Url origin = {.tls = base.tls, .host = base.host, .port = base.port, .target = ""};
  if (reference.starts_with('/')) return ParseUrl(origin.ToString() + std::string(reference));
  const std::string path = base.target.substr(0, base.target.find('?'));
  const std::string start = reference.starts_with('?') ? path : path.substr(0, path.rfind('/') + 1);
  return ParseUrl(origin.ToString() + start + std::string(reference));
}

}  // namespace shoal
