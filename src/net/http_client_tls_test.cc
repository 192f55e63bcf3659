// The client against a server whose certificate, for "localhost", is its own authority.
#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <thread>

#include "base/check.h"

namespace shoal {
namespace {

using ::testing::HasSubstr;

struct Identity {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();

  Identity() {
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME* name = X509_get_subject_name(certificate);
    const auto* text = reinterpret_cast<const unsigned char*>("localhost");
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    CHECK(X509_sign(certificate, key, EVP_sha256()) > 0, "a fresh key signs");
  }
  ~Identity() {
    X509_free(certificate);
    EVP_PKEY_free(key);
  }
  Identity(const Identity&) = delete;
  Identity& operator=(const Identity&) = delete;
};

// Answers "hello" to one connection.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity)
      : context_(SSL_CTX_new(TLS_server_method())), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    SSL_CTX_use_certificate(context_, identity.certificate);
    SSL_CTX_use_PrivateKey(context_, identity.key);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    CHECK(bind(listener_, generic, size) == 0 && listen(listener_, 1) == 0, "loopback has ports");
    CHECK(getsockname(listener_, generic, &size) == 0, "a bound socket has a name");
    port_ = std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { Serve(); });
  }
  ~TlsServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    SSL_CTX_free(context_);
  }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  const std::string& port() const { return port_; }

 private:
  void Serve() {
    const int connection = accept(listener_, nullptr, nullptr);
    if (connection < 0) return;
    SSL* stream = SSL_new(context_);
    SSL_set_fd(stream, connection);
    char block[4096];
    if (SSL_accept(stream) == 1 && SSL_read(stream, block, sizeof(block)) > 0) {
      const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
      SSL_write(stream, answer.data(), static_cast<int>(answer.size()));
      SSL_shutdown(stream);
    }
    SSL_free(stream);
    close(connection);
  }

  SSL_CTX* context_;
  int listener_;
  std::string port_;
  std::thread thread_;
};

Status Get(const std::string& url, std::string& body) {
  return HttpGet({.url = url}, {.on_head = [](const HttpHead&) { return Status(); },
                                .on_body =
                                    [&body](std::string_view bytes) {
                                      body += bytes;
                                      return Status();
                                    }});
}

class HttpGetTls : public ::testing::Test {
 protected:
  // The process trusts `trusted` and nobody else.
  void Trust(const Identity& trusted) {
    char path[] = "/tmp/shoal-test-XXXXXX";
    const int fd = mkstemp(path);
    CHECK(fd >= 0, "tests can make files");
    std::FILE* file = fdopen(fd, "w");
    PEM_write_X509(file, trusted.certificate);
    std::fclose(file);
    authority_ = path;
    setenv("SSL_CERT_FILE", path, 1);
    setenv("SSL_CERT_DIR", "/nowhere", 1);
  }
  ~HttpGetTls() override {
    unlink(authority_.c_str());
    unsetenv("SSL_CERT_FILE");
    unsetenv("SSL_CERT_DIR");
  }

  std::string authority_;
  std::string body_;
};

TEST_F(HttpGetTls, ReadsFromAServerThatItTrusts) {
  const Identity identity;
  Trust(identity);
  TlsServer server(identity);
  const Status status = Get("https://localhost:" + server.port() + "/", body_);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(body_, "hello");
}

TEST_F(HttpGetTls, RefusesAnUnknownAuthority) {
  const Identity identity;
  const Identity other;
  Trust(other);
  TlsServer server(identity);
  const Status status = Get("https://localhost:" + server.port() + "/", body_);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("is not trusted: "));
  EXPECT_EQ(body_, "");
}

TEST_F(HttpGetTls, RefusesTheCertificateOfAnotherHost) {
  const Identity identity;
  Trust(identity);
  TlsServer server(identity);
  const Status status = Get("https://127.0.0.1:" + server.port() + "/", body_);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("is not trusted: it is another host's"));
  EXPECT_EQ(body_, "");
}

}  // namespace
}  // namespace shoal
