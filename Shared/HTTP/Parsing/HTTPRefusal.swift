/// Why a request is refused: what the client is told before the connection closes.
package struct HTTPRefusal: Error, Sendable, Equatable {
  /// The HTTP status of the answer.
  package let status: Int
  /// Stable name of the reason, `UPPER_SNAKE`.
  package let code: String
  /// One sentence for people.
  package let detail: String

  init(_ status: Int, _ code: String, _ detail: String) {
    self.status = status
    self.code = code
    self.detail = detail
  }
}

extension HTTPRefusal {
  static let lineEnd = HTTPRefusal(400, "HTTP_BAD_LINE_END", "Lines must end with CR LF.")
  static let controlByte = HTTPRefusal(400, "HTTP_BAD_CHARACTER", "The request head holds a forbidden character.")
  static let emptyLines = HTTPRefusal(
    400, "HTTP_BAD_REQUEST_LINE", "At most one empty line may come before a request line.")
  static let requestLine = HTTPRefusal(
    400, "HTTP_BAD_REQUEST_LINE", "The request line is not: method, space, target, space, version.")
  static let method = HTTPRefusal(400, "HTTP_BAD_METHOD", "The method is not a token.")
  static let methodUnsupported = HTTPRefusal(501, "HTTP_METHOD_UNSUPPORTED", "This server is not a proxy.")
  static let version = HTTPRefusal(505, "HTTP_VERSION_UNSUPPORTED", "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
  static let target = HTTPRefusal(400, "HTTP_BAD_TARGET", "The request target is not valid.")
  static let targetTooLong = HTTPRefusal(414, "HTTP_TARGET_TOO_LONG", "The request target is too long.")
  static let headersTooLarge = HTTPRefusal(431, "HTTP_HEADERS_TOO_LARGE", "The header fields are too large.")
  static let tooManyHeaders = HTTPRefusal(431, "HTTP_TOO_MANY_HEADERS", "There are too many header fields.")
  static let header = HTTPRefusal(400, "HTTP_BAD_HEADER", "A header field is not: name, colon, value.")
  static let foldedHeader = HTTPRefusal(400, "HTTP_FOLDED_HEADER", "Header fields may not continue on another line.")
  static let host = HTTPRefusal(400, "HTTP_BAD_HOST", "Exactly one valid Host header field is required.")
  static let ambiguousLength = HTTPRefusal(
    400, "HTTP_AMBIGUOUS_LENGTH", "The length of the body is stated more than once or in two ways.")
  static let contentLength = HTTPRefusal(400, "HTTP_BAD_CONTENT_LENGTH", "Content-Length must be a decimal number.")
  static let transferEncoding = HTTPRefusal(
    501, "HTTP_TRANSFER_ENCODING_UNSUPPORTED", "The only transfer encoding understood is \"chunked\".")
  static let transferEncodingVersion = HTTPRefusal(
    400, "HTTP_AMBIGUOUS_LENGTH", "HTTP/1.0 has no transfer encoding.")
  static let expectation = HTTPRefusal(
    417, "HTTP_EXPECTATION_UNSUPPORTED", "The only expectation understood is \"100-continue\".")
  static let bodyTooLarge = HTTPRefusal(413, "HTTP_BODY_TOO_LARGE", "The body is larger than this resource takes.")
  static let chunk = HTTPRefusal(400, "HTTP_BAD_CHUNK", "The chunked body is malformed.")
  static let chunkExtensions = HTTPRefusal(
    400, "HTTP_CHUNK_EXTENSIONS_TOO_LARGE", "The chunk extensions are too large.")
  static let trailersTooLarge = HTTPRefusal(431, "HTTP_TRAILERS_TOO_LARGE", "The trailer fields are too large.")
  static let headTimeout = HTTPRefusal(408, "HTTP_HEAD_TIMEOUT", "The request head took too long.")
  static let bodyTimeout = HTTPRefusal(408, "HTTP_BODY_TIMEOUT", "The request body took too long.")
  static let bodiesInFlight = HTTPRefusal(
    503, "HTTP_BODIES_IN_FLIGHT", "Too many request bodies are in flight; try again later.")
}
