import Foundation
import FoundationNetworking

/// Reads the stage of a failure out of what URLSession reports.
///
/// FoundationNetworking keeps libcurl's error text but folds most of its codes into "unknown", so the text decides;
/// where it is not recognised the pessimistic answer holds: the request may have left.
enum TransferError {
  static func classify(
    _ error: (any Error)?, isTLS: Bool
  ) -> (kind: OutboundFailure.Kind, isBeforeSending: Bool, text: String) {
    guard let error = error as NSError? else { return (.closedBeforeAnswer, false, "no answer") }
    let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError
    let text =
      underlying?.userInfo[NSLocalizedDescriptionKey] as? String
      ?? error.userInfo[NSLocalizedDescriptionKey] as? String ?? "error \(error.code)"
    if error.code == NSURLErrorCannotFindHost || text.hasPrefix("Could not resolve") {
      return (.resolveFailed, true, text)
    }
    // The code alone is not enough: the errno of a refused first address outlives a later success.
    if text.hasPrefix("Failed to connect") || text.hasPrefix("Couldn't connect") {
      return (.connectFailed, true, text)
    }
    if isTLS, tlsSigns.contains(where: text.contains) { return (.tlsFailed, true, text) }
    if text.contains("CONNECT tunnel failed") || text.contains("from proxy after CONNECT") {
      return (.connectFailed, true, text)
    }
    return (.closedBeforeAnswer, false, text)
  }

  /// How libcurl (OpenSSL and GnuTLS builds) words failures of the handshake.
  private static let tlsSigns = [
    "SSL certificate problem", "SSL: ", "SSL connect error", "SSL_connect", "TLS connect error",
    "certificate subject name",
    "server certificate verification failed", "gnutls_handshake", "SSL_ERROR_SYSCALL in connection",
    "error setting certificate",
  ]
}
