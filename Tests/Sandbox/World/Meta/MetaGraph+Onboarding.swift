import Crypto
import JSON
import Synchronization
import Telemetry

/// From the popup's code to a subscribed account with numbers.
extension MetaGraph {
  func exchangeCode(_ call: GraphCall) throws(GraphError) -> GraphReply {
    let id = try call.required("client_id")
    let secret = try call.required("client_secret")
    let code = try call.required("code")
    guard id == app.id else {
      throw GraphError(
        101, "Error validating application. Cannot get application info due to a system error.")
    }
    guard constantTimeEquals(Array(secret.utf8), app.secret.bytes) else {
      throw GraphError(1, "Error validating client secret.")
    }
    let now = clock.now
    let token = try locked { (state) throws(GraphError) in try state.exchange(code, now: now) }
    ledger.count { $0.codesExchanged += 1 }
    return GraphReply(["access_token": .string(token.token), "token_type": "bearer"])
  }

  /// Anybody with the app's token, or the token itself, may look a token up.
  func debugToken(_ call: GraphCall) throws(GraphError) -> GraphReply {
    guard let asking = call.token else { throw GraphError.tokenMissing }
    let input = try call.required("input_token")
    let now = clock.now
    let isApp = app.isAppToken(asking)
    return try locked { (state) throws(GraphError) in
      if !isApp { _ = try state.token(asking, now: now) }
      guard let token = state.tokens[input] else {
        return GraphReply([
          "data": [
            "error": ["code": 190, "message": "Invalid OAuth access token."], "is_valid": false, "scopes": [],
          ]
        ])
      }
      var isValid = true
      do throws(GraphError) { try token.check(now: now) } catch { isValid = false }
      return GraphReply(["data": Self.describe(token, app: app.id, isValid: isValid)])
    }
  }

  private static func describe(_ token: MetaToken, app: String, isValid: Bool) -> JSONValue {
    let targets = JSONValue.strings(token.wabaIDs)
    return [
      "app_id": .string(app), "type": "SYSTEM_USER", "application": "WhatsApp senders",
      "data_access_expires_at": 0, "expires_at": .integer((token.expires ?? 0) / 1_000), "is_valid": .bool(isValid),
      "issued_at": .integer(token.issued / 1_000), "scopes": .strings(token.scopes),
      "granular_scopes": .array(
        token.scopes.filter { $0.hasPrefix("whatsapp_") }.map { ["scope": .string($0), "target_ids": targets] }),
      "user_id": .string(token.businessID),
    ]
  }

  /// GET lists, POST subscribes (checking an own callback by handshake), DELETE ends it.
  func subscribedApps(_ call: GraphCall, _ id: String) async throws(GraphError) -> GraphReply {
    let account = try account(id, for: call)
    switch call.method {
    case "GET":
      guard let subscription = account.subscription else { return GraphReply(["data": []]) }
      var entry: JSONObject = [
        "whatsapp_business_api_data": [
          "id": .string(app.id), "name": "WhatsApp senders", "link": "https://www.facebook.com/games/?app_id=1",
        ]
      ]
      if let url = subscription.overrideURL { entry["override_callback_uri"] = .string(url) }
      return GraphReply(["data": [.object(entry)]])
    case "DELETE":
      try locked { (state) throws(GraphError) in
        try state.update(account: id) { (account: inout MetaAccount) throws(GraphError) in account.subscription = nil }
      }
      return .success
    default:
      try Self.check(account)
      let override = call.text("override_callback_uri")
      if let override {
        // Meta takes an override only of an app that is subscribed.
        if account.subscription == nil {
          throw GraphError.invalid("override_callback_uri", "the app is not subscribed")
        }
        try await check(override, call)
      }
      try locked { (state) throws(GraphError) in
        try state.update(account: id) { (account: inout MetaAccount) throws(GraphError) in
          account.subscription = MetaAccount.Subscription(overrideURL: override)
        }
      }
      ledger.count { if override == nil { $0.subscriptions += 1 } else { $0.overrides += 1 } }
      return .success
    }
  }

  /// What Meta refuses for an account it has locked or restricted.
  static func check(_ account: MetaAccount) throws(GraphError) {
    if account.isLocked { throw GraphError.ordered(131_031, Fault.Parameters()) }
    if account.isRestricted { throw GraphError.ordered(368, Fault.Parameters()) }
  }

  /// A partner's system user shares a line of credit; a customer's token may not.
  func shareCredit(_ call: GraphCall) throws(GraphError) -> GraphReply {
    guard let token = call.token else { throw GraphError.tokenMissing }
    // A partner's system user shares credit; a customer's token may not.
    guard token == partner.token else { throw GraphError.ordered(10, Fault.Parameters()) }
    let wabaID = try call.required("waba_id")
    _ = try call.required("waba_currency")
    let allocation = MetaIdentifier.object()
    try locked { (state) throws(GraphError) in
      try state.update(account: wabaID) { (account: inout MetaAccount) throws(GraphError) in
        account.fundingID = allocation
      }
    }
    ledger.count { $0.creditsShared += 1 }
    return GraphReply(["allocation_config_id": .string(allocation), "waba_id": .string(wabaID)])
  }

  private func check(_ url: String, _ call: GraphCall) async throws(GraphError) {
    let token = try call.required("verify_token")
    do throws(ControlFailure) {
      try await webhooks.handshake(try WebhookURL(url), verifyToken: token)
    } catch {
      throw GraphError(
        2200, "(#2200) Callback verification failed with the following errors: \(error)", details: error.description)
    }
  }

  func account(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let account = try account(id, for: call)
    let all: JSONObject = [
      "id": .string(account.id), "name": .string(account.name), "currency": "USD", "timezone_id": "1",
      "message_template_namespace": .string("ns_\(account.id)"), "account_review_status": "APPROVED",
      "primary_funding_id": .optional(account.fundingID),
      "owner_business_info": ["id": .string(account.businessID), "name": .string(account.name)],
    ]
    return GraphReply(Self.pick(call.wantedFields ?? ["id", "name", "timezone_id"], of: all))
  }

  func phoneNumbers(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let account = try account(id, for: call)
    if call.method == "POST" { return try addNumber(call, to: id) }
    let numbers = state.withLock { state in account.numberIDs.compactMap { state.numbers[$0] } }
    let wanted =
      call.wantedFields ?? [
        "verified_name", "code_verification_status", "display_phone_number", "quality_rating", "id",
      ]
    let asked = call.text("display_phone_number").flatMap { PhoneDigits($0) }
    let rows = numbers.filter { asked == nil || $0.phone == asked }.map { Self.pick(wanted, of: Self.describe($0)) }
    return GraphReply(["data": .array(rows), "paging": ["cursors": ["before": "QVFI", "after": "QVFJ"]]])
  }

  private func addNumber(_ call: GraphCall, to id: String) throws(GraphError) -> GraphReply {
    let country = try call.required("cc")
    let local = try call.required("phone_number")
    let name = try call.required("verified_name")
    // Meta takes the number with or without its country code.
    let digits = local.hasPrefix("+") || local.hasPrefix(country) ? local : country + local
    guard let phone = PhoneDigits(digits) else { throw GraphError.invalid("phone_number", "not a phone number") }
    guard phone.digits.hasPrefix(country) else { throw GraphError.invalid("cc", "does not match the number") }
    let (isPreverified, now) = (call.text("preverified_id") != nil, clock.now)
    let number = try locked { (state) throws(GraphError) in
      try state.addNumber(phone, name: name, to: id, isPreverified: isPreverified, now: now)
    }
    ledger.count { $0.numbersAdded += 1 }
    return GraphReply(["id": .string(number.id)])
  }
}
