// A self-signed certificate for tests, in files that go away with it.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

namespace layer::http::testing {

class TestCertificate {
 public:
  explicit TestCertificate(const std::string& host)
      : cert_file_(temporary_file(".crt")), key_file_(temporary_file(".key")) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> cert(X509_new(), X509_free);
    X509_set_version(cert.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert.get()), 3600);
    X509_set_pubkey(cert.get(), key.get());
    X509_NAME* name = X509_get_subject_name(cert.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
    X509_set_issuer_name(cert.get(), name);
    X509_EXTENSION* extension =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, ("DNS:" + host).c_str());
    X509_add_ext(cert.get(), extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(cert.get(), key.get(), EVP_sha256());
    write_file(cert_file_, [&](std::FILE* file) { PEM_write_X509(file, cert.get()); });
    write_file(key_file_, [&](std::FILE* file) {
      PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  ~TestCertificate() {
    std::filesystem::remove(cert_file_);
    std::filesystem::remove(key_file_);
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;

  const std::string& cert_file() const { return cert_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  static std::string temporary_file(const char* suffix) {
    std::string path =
        (std::filesystem::temp_directory_path() / "layer-tls-XXXXXX").string() + suffix;
    const int fd = ::mkstemps(path.data(), 4);
    if (fd >= 0) {
      ::close(fd);
    }
    return path;
  }
  template <class Write>
  static void write_file(const std::string& path, Write write) {
    if (std::FILE* file = std::fopen(path.c_str(), "wb"); file != nullptr) {
      write(file);
      std::fclose(file);
    }
  }

  std::string cert_file_;
  std::string key_file_;
};

}  // namespace layer::http::testing
