package import Crypto
import JSON

extension GraphClient {
  /// Exchanges the code of Embedded Signup (30 s life, single use) for a business token.
  /// A lost answer means the code is spent: the signup must be repeated.
  package func exchangeCode(_ code: String, appID: String, appSecret: Secret) async throws(GraphFailure) -> Secret {
    let document = try await call(
      "GET", "/oauth/access_token",
      query: [("client_id", appID), ("client_secret", appSecret.string ?? ""), ("code", code)], token: nil)
    guard let token = document.root["access_token"]?.string, !token.isEmpty else {
      throw .unknown("the answer has no access_token")
    }
    return Secret(token)
  }

  /// What a token was really granted. Asked with the app's own token (`app id|app secret`).
  package func debugToken(_ token: Secret, appID: String, appSecret: Secret) async throws(GraphFailure) -> GrantedToken
  {
    let document = try await call(
      "GET", "/debug_token", query: [("input_token", token.string ?? "")],
      token: Secret(appID + "|" + (appSecret.string ?? "")), mayRepeat: true)
    guard let data = document.root["data"] else { throw .unknown("the answer has no data") }
    return GrantedToken(data)
  }

  /// Subscribes the app to the WABA's webhooks. Doing it twice is the same as once.
  package func subscribeApp(wabaID: String, token: Secret) async throws(GraphFailure) {
    try success(try await call("POST", "/\(PercentEncoding.encode(wabaID))/subscribed_apps", token: token))
  }

  /// The numbers of a WABA.
  package func phoneNumbers(wabaID: String, token: Secret) async throws(GraphFailure) -> [GraphPhoneNumber] {
    var found: [GraphPhoneNumber] = []
    var after: String?
    // A WABA has few numbers (20 at most per portfolio by default); the page count is bounded all the same.
    for _ in 0..<50 {
      var query = [("fields", GraphPhoneNumber.fields), ("limit", "100")]
      if let after { query.append(("after", after)) }
      let document = try await call(
        "GET", "/\(PercentEncoding.encode(wabaID))/phone_numbers", query: query, token: token, mayRepeat: true)
      document.root["data"]?.forEachElement { found.append(GraphPhoneNumber($0)) }
      after = document.root["paging"]?["cursors"]?["after"]?.string
      if after == nil || document.root["paging"]?["next"] == nil { break }
    }
    return found
  }

  /// Adds a number to a WABA (Tech Provider route) and answers its phone number id. A number of the partner's
  /// pre-verified pool is claimed by its id there. An unknown outcome is settled by listing the WABA's numbers.
  package func addPhoneNumber(
    wabaID: String, countryCode: String, nationalNumber: String, verifiedName: String, preverifiedID: String? = nil,
    token: Secret
  ) async throws(GraphFailure) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("cc", countryCode)
    writer.member("phone_number", nationalNumber)
    writer.member("verified_name", verifiedName)
    if let preverifiedID { writer.member("preverified_id", preverifiedID) }
    writer.endObject()
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(wabaID))/phone_numbers", token: token, body: writer.bytes)
    guard let id = document.root["id"]?.string else { throw .unknown("the answer has no id") }
    return id
  }

  /// Asks Meta to send a code to the number. Never repeat at once after an unknown outcome.
  package func requestCode(phoneNumberID: String, method: String, language: String, token: Secret)
    async throws(GraphFailure)
  {
    try success(
      try await call(
        "POST", "/\(PercentEncoding.encode(phoneNumberID))/request_code",
        query: [("code_method", method), ("language", language)], token: token))
  }

  /// Hands in the code. An unknown outcome is settled by reading `code_verification_status`.
  package func verifyCode(phoneNumberID: String, code: String, token: Secret) async throws(GraphFailure) {
    try success(
      try await call(
        "POST", "/\(PercentEncoding.encode(phoneNumberID))/verify_code", query: [("code", code)], token: token))
  }

  /// Registers the number for Cloud API (10 per number and 72 h). An unknown outcome is settled by reading `status`.
  package func register(phoneNumberID: String, pin: Secret, token: Secret) async throws(GraphFailure) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("messaging_product", "whatsapp")
    writer.member("pin", pin.string ?? "")
    writer.endObject()
    try success(
      try await call(
        "POST", "/\(PercentEncoding.encode(phoneNumberID))/register", token: token, body: writer.bytes))
  }

  /// The number's state at Meta.
  package func phoneNumber(id: String, token: Secret) async throws(GraphFailure) -> GraphPhoneNumber {
    try await readPhoneNumber(id: id, token: token).number
  }

  /// The number's state at Meta, and how much of the account's calls are used up, when Meta says so.
  package func readPhoneNumber(
    id: String, token: Secret
  ) async throws(GraphFailure) -> (number: GraphPhoneNumber, usage: GraphUsage?) {
    let (document, usage) = try await exchange(
      "GET", "/\(PercentEncoding.encode(id))", query: [("fields", GraphPhoneNumber.fields)], token: token,
      mayRepeat: true)
    return (GraphPhoneNumber(document.root), usage)
  }

  /// Meta's `{"success": true}`; anything else is not proof.
  func success(_ document: JSONDocument) throws(GraphFailure) {
    guard document.root["success"]?.bool == true else { throw .unknown("the answer does not say success") }
  }
}
