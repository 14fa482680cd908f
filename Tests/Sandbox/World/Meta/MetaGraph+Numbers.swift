import Crypto
import JSON
import Synchronization
import Telemetry

/// One number: its state, its code, its registration, its profile.
extension MetaGraph {
  func readNumber(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let number = try number(id, for: call)
    let wanted =
      call.wantedFields ?? [
        "verified_name", "code_verification_status", "display_phone_number", "quality_rating", "platform_type",
        "throughput", "id",
      ]
    return GraphReply(Self.pick(wanted, of: Self.describe(number)))
  }

  /// `POST /{PHONE_ID}`: a new PIN, or a callback of its own.
  func changeNumber(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    _ = try number(id, for: call)
    let override = call.node("webhook_configuration")?["override_callback_uri"]?.string
    let pin = call.text("pin")
    if let pin, pin.utf8.count != 6 || !pin.utf8.allSatisfy({ (48...57).contains($0) }) {
      throw GraphError.invalid("pin", "a 6 digit number")
    }
    try locked { (state) throws(GraphError) in
      try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in
        if let override { number.webhookOverride = override.isEmpty ? nil : override }
        if let pin { number.pin = pin }
      }
    }
    return .success
  }

  func requestCode(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let method = try call.required("code_method")
    _ = try call.required("language")
    guard method == "SMS" || method == "VOICE" else { throw GraphError.invalid("code_method", "SMS or VOICE") }
    let code = String(100_000 + Int(RandomBytes.make(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % 900_000))
    let now = clock.now
    let phone = isInPool(id) ? try requestPoolCode(call, id, code) : try requestNumberCode(call, id, code)
    phones.update(phone) { phone in
      if method == "SMS" {
        Phone.append(Phone.Note(text: "WhatsApp code \(code.prefix(3))-\(code.suffix(3))", at: now), to: &phone.sms)
      } else {
        let said = Array(repeating: "Verification code is \(code).", count: 3).joined(separator: " ")
        Phone.append(Phone.Note(text: said, at: now), to: &phone.calls)
      }
    }
    ledger.count { $0.codesSent += 1 }
    if method == "VOICE" { tell(code, to: phone) }
    return .success
  }

  /// A code was submitted; it counts before faults and checks.
  func codeArrived(_ call: GraphCall, _ id: String) {
    guard let code = call.text("code") else { return }
    let phone = state.withLock { $0.numbers[id]?.phone ?? $0.pool[id]?.phone }
    ledger.codeArrived(String(code.prefix(100)), id: id, phone: phone)
  }

  private func isInPool(_ id: String) -> Bool { state.withLock { $0.pool[id] != nil } }

  private func requestNumberCode(_ call: GraphCall, _ id: String, _ code: String) throws(GraphError) -> PhoneDigits {
    let phone = try number(id, for: call).phone
    let now = clock.now
    try locked { (state) throws(GraphError) in
      let limit = state.codeRequestLimit
      try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in
        try number.requestCode(code, now: now, limit: limit)
      }
    }
    return phone
  }

  func verifyCode(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    if isInPool(id) {
      let code = try call.required("code")
      try verifyPoolCode(call, id, code)
      ledger.codeAccepted(code, id: id)
      return .success
    }
    _ = try number(id, for: call)
    let code = try call.required("code")
    let now = clock.now
    try locked { (state) throws(GraphError) in
      try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in
        try number.verify(code, now: now)
      }
    }
    ledger.codeAccepted(code, id: id)
    ledger.count { $0.numbersVerified += 1 }
    return .success
  }

  func register(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let known = try number(id, for: call)
    let (account, isInApp) = state.withLock { ($0.accounts[known.wabaID], $0.appPhones.contains(known.phone)) }
    if let account { try Self.check(account) }
    if isInApp { throw GraphError.numberOnWhatsApp }
    try Self.requireProduct(call)
    let pin = try call.required("pin")
    let now = clock.now
    try locked { (state) throws(GraphError) in
      try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in
        try number.register(pin: pin, now: now)
      }
    }
    ledger.count { $0.registrations += 1 }
    return .success
  }

  func deregister(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    _ = try number(id, for: call)
    let now = clock.now
    try locked { (state) throws(GraphError) in
      try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in try number.deregister(now: now) }
    }
    return .success
  }

  static func requireProduct(_ call: GraphCall) throws(GraphError) {
    guard call.text("messaging_product") == "whatsapp" else { throw GraphError.missing("messaging_product") }
  }

  /// Every field of a number that can be asked for.
  static func describe(_ number: MetaNumber) -> JSONObject {
    let isReady = number.isRegistered
    return [
      "id": .string(number.id), "display_phone_number": .string(number.phone.display),
      "verified_name": .string(number.verifiedName),
      "code_verification_status": number.isVerified ? "VERIFIED" : "NOT_VERIFIED", "status": .string(number.status),
      "quality_rating": .string(isReady ? number.qualityRating : "UNKNOWN"),
      "quality_score": ["score": .string(isReady ? number.qualityRating : "UNKNOWN")],
      "name_status": .string(number.nameStatus), "new_name_status": .string(number.newNameStatus),
      "new_display_name": .optional(number.newName),
      "whatsapp_business_manager_messaging_limit": .string(number.condition.messagingLimit),
      "throughput": ["level": .string(number.condition.throughput)],
      "platform_type": isReady ? "CLOUD_API" : "NOT_APPLICABLE", "account_mode": "LIVE",
      "is_on_biz_app": .bool(number.isOnBizApp),
      "is_official_business_account": false, "is_pin_enabled": .bool(number.pin != nil),
      "is_preverified_number": false,
      "last_onboarded_time": .optional(number.lastOnboarded.map { RFC3339Text.graph($0) }),
      "webhook_configuration": number.webhookOverride.map { ["phone_number": .string($0)] } ?? [:],
      "health_status": number.condition.health?.json(id: number.id) ?? [
        "can_send_message": isReady ? "AVAILABLE" : "BLOCKED",
        "entities": [
          [
            "entity_type": "PHONE_NUMBER", "id": .string(number.id),
            "can_send_message": isReady ? "AVAILABLE" : "BLOCKED",
            "errors": isReady
              ? []
              : [
                [
                  "error_code": 141000, "error_description": "The phone number is not registered.",
                  "possible_solution": "Register the phone number.",
                ]
              ],
          ]
        ],
      ],
    ]
  }

  /// The members asked for, `id` always with them; unknown names are left out.
  static func pick(_ wanted: [String], of all: JSONObject) -> JSONValue {
    var picked = JSONObject()
    for name in wanted {
      if let value = all[name], !value.isNull { picked[name] = value }
    }
    if let id = all["id"] { picked["id"] = id }
    return .object(picked)
  }
}
