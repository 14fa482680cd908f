import JSON
import Synchronization
import Telemetry

/// The pool of pre-verified numbers: the partner's business, with the partner's system token.
extension MetaGraph {
  /// Throws unless the call carries the partner's token, and the business is the partner's where one is named.
  private func requirePartner(_ call: GraphCall, business: String? = nil) throws(GraphError) {
    guard let token = call.token else { throw GraphError.tokenMissing }
    guard token == partner.token else { throw GraphError.tokenInvalid }
    if let business, business != partner.businessID { throw GraphError.unknownObject(call.method, business) }
  }

  func addToPool(_ call: GraphCall, _ business: String) throws(GraphError) -> GraphReply {
    try requirePartner(call, business: business)
    guard let phone = PhoneDigits(try call.required("phone_number")) else {
      throw GraphError.invalid("phone_number", "not a phone number")
    }
    let now = clock.now
    let entry = try locked { (state) throws(GraphError) in
      try state.addToPool(phone, businessID: business, now: now)
    }
    ledger.count { $0.poolAdditions += 1 }
    return GraphReply(["id": .string(entry.id)])
  }

  func listPool(_ call: GraphCall, _ business: String) throws(GraphError) -> GraphReply {
    try requirePartner(call, business: business)
    let now = clock.now
    let wantedStatus = call.text("code_verification_status")
    let wantedPhone = call.text("phone_number").flatMap { PhoneDigits($0) }
    let all = state.withLock { $0.poolEntries(now: now) }.filter { entry in
      entry.businessID == business && (wantedStatus == nil || entry.status(now: now) == wantedStatus)
        && (wantedPhone == nil || entry.phone == wantedPhone)
    }
    let limit = min(max(Int(call.text("limit") ?? "25") ?? 25, 1), 1_000)
    let start = Int(call.text("after") ?? "0") ?? 0
    let page = all.dropFirst(start).prefix(limit)
    let wanted = call.wantedFields ?? ["id", "phone_number", "code_verification_status"]
    var paging: JSONObject = ["cursors": ["before": .string("\(start)"), "after": .string("\(start + page.count)")]]
    if start + page.count < all.count { paging["next"] = .string("https://graph.facebook.com/next") }
    return GraphReply([
      "data": .array(page.map { Self.pick(wanted, of: Self.describe($0, now: now)) }), "paging": .object(paging),
    ])
  }

  func readPoolEntry(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    try requirePartner(call)
    let now = clock.now
    guard let entry = state.withLock({ $0.pool[id] }) else { throw GraphError.unknownObject(call.method, id) }
    let wanted = call.wantedFields ?? ["id", "phone_number"]
    return GraphReply(Self.pick(wanted, of: Self.describe(entry, now: now)))
  }

  func deletePoolEntry(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    try requirePartner(call)
    guard state.withLock({ $0.removeFromPool(id) }) else { throw GraphError.unknownObject(call.method, id) }
    ledger.count { $0.poolDeletions += 1 }
    return .success
  }

  func poolPartners(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    try requirePartner(call)
    guard state.withLock({ $0.pool[id] }) != nil else { throw GraphError.unknownObject(call.method, id) }
    return GraphReply(["data": []])
  }

  func requestPoolCode(_ call: GraphCall, _ id: String, _ code: String) throws(GraphError) -> PhoneDigits {
    try requirePartner(call)
    let now = clock.now
    return try locked { (state) throws(GraphError) in
      let limit = state.codeRequestLimit
      return try state.update(poolEntry: id) { (entry: inout MetaPoolEntry) throws(GraphError) in
        try entry.requestCode(code, now: now, limit: limit)
        return entry.phone
      }
    }
  }

  func verifyPoolCode(_ call: GraphCall, _ id: String, _ code: String) throws(GraphError) {
    try requirePartner(call)
    let now = clock.now
    try locked { (state) throws(GraphError) in
      try state.update(poolEntry: id) { (entry: inout MetaPoolEntry) throws(GraphError) in
        try entry.verify(code, now: now)
      }
    }
  }

  private static func describe(_ entry: MetaPoolEntry, now: Int64) -> JSONObject {
    [
      "id": .string(entry.id), "phone_number": .string(entry.phone.digits),
      "code_verification_status": .string(entry.status(now: now)),
      "code_verification_time": .optional(entry.verified.map { RFC3339Text.graph($0) }),
      "verification_expiry_time": .optional(entry.expires.map { RFC3339Text.graph($0) }),
    ]
  }
}

/// The partner whose pool it is.
struct MetaPartner: Sendable {
  let businessID: String
  let token: String
}
