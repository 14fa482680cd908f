/// What a business can do about a test that was not taken, in plain words.
enum TestAdvice {
  /// Nil when there is nothing to do.
  static func text(status: Int?, errorClass: String?) -> String? {
    guard let status else { return text(errorClass: errorClass ?? "") }
    switch status {
    case 200..<300: return nil
    case 300..<400:
      return "It answered with a redirect, and those are never followed: save the address it points to."
    case 401, 403:
      return """
        It refused the request. If it wants a key of its own, add it as a header of the webhook; if it checks our \
        signature, compare what it computes with `signed_content` and the secret it was given.
        """
    case 404: return "There is nothing at this path: check the URL."
    case 405: return "It takes no POST at this path: check the URL and the method it expects."
    case 410: return "It says that it is gone for good. A delivery that is answered so pauses the webhook."
    case 413: return "The body is too large for it: raise its limit, event bodies may have some 100 KiB."
    case 415: return "It does not take JSON (`Content-Type: application/json`): make it accept that."
    case 429: return "It has had too many requests: raise its limit, or set `max_per_second` of the webhook."
    case 400, 422:
      return "It did not understand the body or refused the signature: compare with `body` and `signed_content`."
    case 502, 503, 504: return "A proxy in front of it answered that it is down or overloaded: start it, or look there."
    case 500..<600: return "It failed on its own: look into its log at this time."
    default: return "Only 2xx counts as taken: answer with 200 or 204."
    }
  }

  private static func text(errorClass: String) -> String {
    switch errorClass {
    case "timeout":
      "It did not answer in time: 10 s to the answer's head, 15 s in all. Answer first and work afterwards."
    case "connect_timeout": "Nobody answered at this address within 3 s: is it up, and does a firewall let us in?"
    case "connect_failed":
      "No connection could be made: is it up, on this port, and at an address of the public internet?"
    case "resolve_failed": "The name in the URL has no address: check its spelling and its DNS record."
    case "tls_failed":
      "No trusted TLS connection: the certificate must be valid for this name, with its intermediate certificates."
    case "closed_before_answer":
      "It closed the connection without a complete answer: does it speak HTTP on this port, and does it stay up?"
    case "overloaded": "This service has too much to deliver at the moment: try again in a minute."
    case "cancelled": "The test was called off, because the service stops: try again."
    case "bad_request": "The URL or a header of the webhook cannot be sent as it is: check both."
    case "answer_unreadable": "Its answer is not valid HTTP: check what answers on this port."
    default: "The request could not be made: try again."
    }
  }
}
