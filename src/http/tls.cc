#include "http/tls.h"

#include <fmt/format.h>

namespace layer::http {
namespace {

namespace ssl = boost::asio::ssl;

Error refused(std::string_view what, const std::string& file, const boost::system::error_code& ec) {
  return {.code = ErrorCode::kInvalidArgument,
          .message = fmt::format("cannot use the {} '{}': {}", what, file, ec.message())};
}

void restrict_versions(ssl::context& context) {
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                      ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1 |
                      ssl::context::no_compression);
  SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
}

}  // namespace

Result<TlsContext> make_server_tls(const std::string& cert_file, const std::string& key_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  restrict_versions(*context);
  boost::system::error_code ec;
  context->use_certificate_chain_file(cert_file, ec);
  if (ec) {
    return std::unexpected(refused("TLS certificate", cert_file, ec));
  }
  context->use_private_key_file(key_file, ssl::context::pem, ec);
  if (ec) {
    return std::unexpected(refused("TLS key", key_file, ec));
  }
  return context;
}

Result<TlsContext> make_client_tls(const std::string& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  restrict_versions(*context);
  boost::system::error_code ec;
  if (ca_file.empty()) {
    context->set_default_verify_paths(ec);
  } else {
    context->load_verify_file(ca_file, ec);
  }
  if (ec) {
    return std::unexpected(refused("TLS authorities", ca_file, ec));
  }
  context->set_verify_mode(ssl::verify_peer);
  return context;
}

}  // namespace layer::http
