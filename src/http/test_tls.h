// A self-signed certificate for tests, in files that go away with it.
#pragma once

#include <string>

namespace layer::http::testing {

class TestCertificate {
 public:
  explicit TestCertificate(const std::string& host);
  ~TestCertificate();
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  const std::string& cert_file() const { return cert_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  std::string cert_file_;
  std::string key_file_;
};

}  // namespace layer::http::testing
