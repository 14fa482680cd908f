/// An error as Twilio's REST API words it.
struct CarrierFailure: Error, Equatable {
  var status: Int
  var code: Int
  var message: String
  var retryAfter: Int?

  init(_ status: Int, _ code: Int, _ message: String, retryAfter: Int? = nil) {
    self.status = status
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  static let authentication = CarrierFailure(401, 20003, "Authenticate")
  static func notFound(_ path: String) -> CarrierFailure {
    CarrierFailure(404, 20404, "The requested resource \(path) was not found")
  }

  /// What the carrier says for an ordered fault.
  init(_ fault: Fault) {
    let code = fault.parameters.code
    let status =
      fault.parameters.status
      ?? {
        switch code {
        case 20003?: 401
        case 20429?: 429
        case nil: 500
        default: 400
        }
      }()
    self.init(
      status, code ?? Self.code(status), fault.parameters.details ?? Self.words[code ?? 0] ?? "Ordered error",
      retryAfter: fault.parameters.retryAfter)
  }

  private static func code(_ status: Int) -> Int {
    switch status {
    case 401: 20003
    case 404: 20404
    case 429: 20429
    default: status >= 500 ? 20500 : 20001
    }
  }

  private static let words = [
    20003: "Authenticate", 20429: "Too Many Requests", 21422: "PhoneNumber is not available",
    21615: "Address is required", 21631: "Phone Number Requires an Address but the 'AddressSid' parameter was empty",
  ]
}
