import JSON

extension Story {
  /// A number that the platform bought: the machine answers Meta's call while normal calls are intercepted, hears the
  /// code, hands it in, and gives the number back.
  func connectBoughtNumber() async throws {
    let application = sandboxURL + "/business/voice/shop"
    let offers = try await registry.get("/v1/available-numbers?country=US&type=local&limit=1")
    guard let offer = offers["data"]?[0]?["phone_number"]?.string else { throw StoryFailure("no number is for sale") }
    let bought = try await registry.send("POST", "/v1/numbers/buy", ["phone_number": .string(offer)])
    let number = try text(bought, "id")
    _ = try await wait("number bought") {
      try await registry.get("/v1/numbers/\(number)")["state"]?.string == "active" ? true : nil
    }
    tell("number bought", "\(number)  \(offer)")
    // What its owner sets at the carrier: who answers the number's normal calls.
    try await sandbox.send(
      "PUT", "/control/carrier/numbers", ["phone_number": .string(offer), "voice_url": .string(application)])
    let sender = try text(
      try await registry.send(
        "POST", "/v1/senders", ["number_id": .string(number), "display_name": "Flower Shop Central"]), "id")
    _ = try await wait("number in Meta's pool") {
      let view = try await registry.get("/v1/senders/\(sender)")
      return view["reasons"]?[0]?["code"]?.string == "VERIFICATION_NEEDED" ? true : nil
    }
    tell("sender created", "\(sender)  in Meta's pool of pre-verified numbers")
    let verification = try await wait("verification started") { () -> JSONNode? in
      // The verifier learns of the sender through its replica, a moment later.
      try await replicated {
        try await registry.send(
          "POST", "/v1/senders/\(sender)/verifications", ["method": "voice", "acknowledge_interception": true])
      }
    }
    try await follow(try text(verification, "id"), sender)
    let route = try await sandbox.get("/control/carrier/numbers")
    var restored: String?
    route["owned"]?.forEachElement { held in
      if held["phone_number"]?.string == offer { restored = held["voice_url"]?.string }
    }
    guard restored == application else {
      throw StoryFailure("the number's calls were not given back: \(restored ?? "")")
    }
    tell("number given back", "its calls reach the shop again")
    let signup = try await sandbox.send(
      "POST", "/control/signup", ["phone_number": .string(offer), "display_name": "Flower Shop Central"])
    try await connect(sender, signup)
    try await waitOnline(sender)
  }

  /// The steps of a verification as they happen, until it has ended well and the number is given back.
  private func follow(_ verification: String, _ sender: String) async throws {
    var position = ""
    var state = ""
    _ = try await wait("number verified") { () -> Bool? in
      let page = try await registry.get(
        "/v1/verifications/\(verification)/events?wait_ms=1000" + (position.isEmpty ? "" : "&after=\(position)"))
      position = try text(page, "position")
      page["data"]?.forEachElement { step in
        state = step["to"]?.string ?? ""
        tell("  \(state)", step["event"]?.string ?? "")
      }
      if ["failed", "expired", "cancelled", "needs_a_listener"].contains(state) {
        let view = try await registry.get("/v1/verifications/\(verification)")
        let reason = String(decoding: view["reason"]?.bytes ?? [], as: UTF8.self)
        throw StoryFailure("the verification is \(state): \(reason)")
      }
      return state == "verified" ? true : nil
    }
    _ = try await wait("number given back") {
      try await registry.get("/v1/verifications/\(verification)")["interception"]?["state"]?.string == "restored"
        ? true : nil
    }
  }
}
