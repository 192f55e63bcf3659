#include "http/health_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "base/address.h"

namespace shoal {
namespace {

HealthSources Sources() {
  return {.report = [] { return HealthReport{.ready = true, .json = "{}"}; },
          .metrics = [] { return std::string("shoal_x 1\n"); }};
}

int Connect(const std::string& address) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(ParseAddress(address)->port);
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&peer), sizeof peer), 0);
  return fd;
}

// Sends `request`, returns everything until the server closes.
std::string Exchange(const std::string& address, const std::string& request) {
  const int fd = Connect(address);
  EXPECT_EQ(send(fd, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t n = 0; (n = read(fd, buffer, sizeof buffer)) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(n));
  }
  close(fd);
  return answer;
}

TEST(HealthServer, AnswersAndKeepsTheConnection) {
  auto server = HealthServer::Start("127.0.0.1:0", Sources());
  ASSERT_TRUE(server.ok()) << server.status().ToString();
  const std::string answer =
      Exchange((*server)->address(),
               "GET /healthz/ready HTTP/1.1\r\nHost: x\r\n\r\n"
               "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK", 0), 0u);
  EXPECT_NE(answer.find("shoal_x 1\n"), std::string::npos);
}

TEST(HealthServer, HeadHasNoBody) {
  auto server = HealthServer::Start("127.0.0.1:0", Sources());
  ASSERT_TRUE(server.ok());
  const std::string answer = Exchange(
      (*server)->address(), "HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 10"), std::string::npos);
  EXPECT_EQ(answer.find("shoal_x"), std::string::npos);
}

TEST(HealthServer, DropsHeadersOverTheLimit) {
  auto server = HealthServer::Start("127.0.0.1:0", Sources());
  ASSERT_TRUE(server.ok());
  const std::string answer = Exchange(
      (*server)->address(), "GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_EQ(answer.find("200"), std::string::npos);
}

TEST(HealthServer, ServesAgainAfterTooManyConnections) {
  auto server = HealthServer::Start("127.0.0.1:0", Sources());
  ASSERT_TRUE(server.ok());
  std::vector<int> idle;
  for (int i = 0; i < 100; ++i) idle.push_back(Connect((*server)->address()));
  for (const int fd : idle) close(fd);
  std::string answer;
  for (int attempt = 0; attempt < 100 && answer.empty(); ++attempt) {
    answer = Exchange((*server)->address(),
                      "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  }
  EXPECT_NE(answer.find("200 OK"), std::string::npos);
}

TEST(HealthServer, RefusesAnAddressThatIsNone) {
  EXPECT_EQ(HealthServer::Start("nonsense", Sources()).status().code(),
            StatusCode::kInvalidArgument);
  EXPECT_EQ(HealthServer::Start("127.0.0.1:99999", Sources()).status().code(),
            StatusCode::kInvalidArgument);
}

TEST(HealthServer, SaysWhenThePortIsTaken) {
  auto first = HealthServer::Start("127.0.0.1:0", Sources());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(HealthServer::Start((*first)->address(), Sources()).status().code(),
            StatusCode::kUnavailable);
}

}  // namespace
}  // namespace shoal
