#include "base/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "base/utf8.h"

namespace shoal {
namespace {

constexpr IpBytes kLoopback6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr std::array<std::uint8_t, 12> kIpv4Prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

// Not std::tolower and its kin: they follow the locale.
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Letters of other alphabets too: the resolver knows what to make of them.
bool IsName(std::string_view text) {
  return !text.empty() && !FirstInvalidUtf8(text) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (Lower(c) >= 'a' && Lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
         });
}

bool IsIpv6(std::string_view host) {
  const std::size_t percent = host.find('%');
  const bool zone_reads = percent == host.npos || IsName(host.substr(percent + 1));
  return zone_reads && host.find(':') != host.npos && ParseIp(host).has_value();
}

std::optional<std::uint16_t> ParsePort(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return port;
}

}  // namespace

Result<Address> ParseAddress(std::string_view text) {
  const auto refused = [text](std::string_view why) {
    return InvalidArgumentError("\"" + std::string(text) +
                                "\" is not HOST:PORT: " + std::string(why));
  };
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || (bracket != text.npos && colon < bracket)) {
    return refused("the port is missing, as in 127.0.0.1:50050");
  }
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!IsIpv6(host)) return refused("between brackets stands an IPv6 address, as in [::1]:50050");
  } else if (IsIpv6(host) || IsIpv6(text)) {
    return refused("an IPv6 address stands in brackets, as in [::1]:50050");
  } else if (!IsName(host)) {
    return refused("the host is an IP address or a name of letters, digits and .-_");
  }
  const std::optional<std::uint16_t> port = ParsePort(text.substr(colon + 1));
  if (!port) return refused("the port is a number from 0 to 65535");
  return Address{.host = std::string(host), .port = *port};
}

std::string ToString(const Address& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::optional<IpBytes> ParseIp(std::string_view host) {
  const std::string text(host);
  if (text.find('\0') != text.npos) return std::nullopt;  // inet_pton would stop there
  IpBytes ip = {};
  std::copy(kIpv4Prefix.begin(), kIpv4Prefix.end(), ip.begin());
  if (inet_pton(AF_INET, text.c_str(), ip.data() + kIpv4Prefix.size()) == 1) return ip;
  if (inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), ip.data()) == 1) return ip;
  return std::nullopt;
}

bool IsIpv4(const IpBytes& ip) {
  return std::equal(kIpv4Prefix.begin(), kIpv4Prefix.end(), ip.begin());
}

bool IsLoopback(const IpBytes& ip) {
  return ip == kLoopback6 || (IsIpv4(ip) && ip[kIpv4Prefix.size()] == 127);
}

bool IsLoopback(const Address& address) {
  if (const std::optional<IpBytes> ip = ParseIp(address.host)) return IsLoopback(*ip);
  std::string name = address.host;
  if (name.ends_with('.')) name.pop_back();
  std::transform(name.begin(), name.end(), name.begin(), Lower);
  return name == "localhost";
}

}  // namespace shoal
