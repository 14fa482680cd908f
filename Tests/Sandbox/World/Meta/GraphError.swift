/// An error as Graph words it. Callers build on `code` and `details`; the rest is for people.
struct GraphError: Error, Equatable {
  var status: Int
  var code: Int
  var subcode: Int?
  var type = "OAuthException"
  var message: String
  /// `error_data.details`, the only text the message endpoints promise to keep telling.
  var details: String?
  var userTitle: String?
  var userMessage: String?
  var isTransient: Bool?
  var retryAfter: Int?

  init(
    _ code: Int, _ message: String, status: Int = 400, subcode: Int? = nil, details: String? = nil,
    type: String = "OAuthException"
  ) {
    self.status = status
    self.code = code
    self.subcode = subcode
    self.message = message
    self.details = details
    self.type = type
  }
}

extension GraphError {
  static let tokenMissing = GraphError(
    190, "An access token is required to request this resource.", status: 401)
  static let tokenInvalid = GraphError(
    190, "Invalid OAuth access token - Cannot parse access token", status: 401)
  static let tokenExpired = GraphError(
    190, "Error validating access token: Session has expired.", status: 401, subcode: 463)

  static func unknownObject(_ method: String, _ id: String) -> GraphError {
    GraphError(
      100,
      "Unsupported \(method.lowercased()) request. Object with ID '\(id)' does not exist, cannot be loaded due to "
        + "missing permissions, or does not support this operation. Please read the Graph API documentation at "
        + "https://developers.facebook.com/docs/graph-api",
      subcode: 33, type: "GraphMethodException")
  }

  /// Seen in the field when a number with an account in an app is added or registered.
  static let numberOnWhatsApp: GraphError = {
    var error = GraphError(100, "Invalid parameter", subcode: 2_388_001)
    error.userTitle = "Cannot Create Certificate"
    error.userMessage =
      "This number is registered to an existing WhatsApp account. To use this number, disconnect it from the existing "
      + "account."
    return error
  }()

  /// Meta documents 200000 without saying why; the words are the sandbox's.
  static let numberCap: GraphError = {
    var error = GraphError(200_000, "Cannot add phone number to WhatsApp Business Account")
    error.userTitle = "Phone number limit reached"
    error.userMessage = "This business has reached the maximum number of phone numbers it can add."
    return error
  }()

  static func unknownPath(_ path: String) -> GraphError {
    GraphError(2500, "Unknown path components: \(path)")
  }

  static func missing(_ parameter: String) -> GraphError {
    GraphError(
      100, "(#100) The parameter \(parameter) is required.", details: "The parameter \(parameter) is required.")
  }

  static func invalid(_ parameter: String, _ why: String) -> GraphError {
    GraphError(100, "(#100) Invalid parameter", details: "\(parameter): \(why)")
  }

  /// The error a fault orders, with Graph's own words and status where the sandbox knows them.
  static func ordered(_ code: Int, _ parameters: Fault.Parameters) -> GraphError {
    let (status, title) = known[code] ?? (400, "Ordered error")
    var error = GraphError(
      code, "(#\(code)) \(title)", status: parameters.status ?? status, subcode: parameters.subcode,
      details: parameters.details ?? title)
    error.isTransient = transient.contains(code) ? true : nil
    error.retryAfter = parameters.retryAfter
    error.userTitle = parameters.userTitle
    error.userMessage = parameters.userMessage
    return error
  }

  private static let transient: Set<Int> = [1, 2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004]

  /// HTTP status and title of the documented codes (error-codes page, Nov 2025).
  static let known: [Int: (Int, String)] = [
    0: (401, "AuthException"), 1: (400, "API Unknown"), 2: (503, "API Service"), 3: (500, "API Method"),
    4: (400, "API Too Many Calls"), 10: (403, "Permission Denied"), 33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"), 190: (401, "Access token has expired"), 200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"), 80007: (400, "Rate limit issues"),
    80008: (400, "There have been too many calls to this WhatsApp Business account"),
    130429: (400, "Rate limit hit"), 130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"), 131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"), 131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"), 131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"), 131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"), 131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement."),
    131050: (400, "User has stopped marketing messages"), 131051: (400, "Unsupported message type"),
    131053: (400, "Media upload error"), 131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Account in maintenance mode"), 132000: (400, "Template Param Count Mismatch"),
    132001: (404, "Template does not exist"), 132012: (400, "Template Parameter Format Mismatch"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    133000: (500, "Incomplete Deregistration"), 133004: (503, "Server Temporarily Unavailable"),
    133005: (400, "Two step verification PIN Mismatch"), 133006: (400, "Phone number re-verification needed"),
    133008: (400, "Too Many two step verification PIN Guesses"),
    133009: (400, "Two step verification PIN Guessed Too Fast"),
    133010: (400, "Phone number Not Registered"),
    133015: (400, "Please wait a few minutes before attempting to register"),
    133016: (400, "Account register/deregister rate limit exceeded"),
    136024: (400, "Request code error"), 136025: (400, "Verify code error"),
  ]
}
