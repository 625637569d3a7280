// TLS contexts for both sides: TLS 1.2 and newer. Thread safety: a context is shared by all loops.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/ssl/context.hpp>

#include "core/error.h"

namespace layer::http {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// PEM files: the certificate (with its chain) and its private key. Errors: kInvalidArgument, with
// the file's name.
Result<TlsContext> make_server_tls(const std::string& cert_file, const std::string& key_file);
// Verifies the server's chain and name; `ca_file` (PEM) replaces the system's authorities.
Result<TlsContext> make_client_tls(const std::string& ca_file = {});

}  // namespace layer::http
