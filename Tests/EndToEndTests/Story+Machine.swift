import JSON
import SandboxWorld
import TestSupport
import Testing

extension Story {
  /// A bought number is verified by a person who listens to what the machine recorded; the number's calls are its own
  /// again afterwards.
  func verifyByListening() async throws {
    let offers = try await call("GET", "/v1/available-numbers?country=US&type=toll_free&limit=1")
    let phoneNumber = offers["data"]?[0]?["phone_number"]?.string ?? ""
    let bought = try await call("POST", "/v1/numbers/buy", ["phone_number": .string(phoneNumber)])
    let id = bought["id"] ?? .null
    try await eventually(within: .seconds(20), "the number is bought") {
      try await call("GET", "/v1/numbers/\(id.string ?? "")")["state"] == "active"
    }
    let phone = try #require(PhoneDigits(phoneNumber))
    let shop = world.baseURL + "/business/voice/shop"
    #expect(world.carrier.setRoute(["VoiceUrl": shop], of: phone))
    let created = try await call("POST", "/v1/senders", ["number_id": id, "display_name": "Flower Shop Central"])
    let sender = created["id"]?.string ?? ""
    let signup = try world.signUp(phone: phone, name: "Flower Shop Central", isVerified: false)
    try await connect(sender, signup, code: signup.code)
    try await waitForCodeNeeded(sender)
    try await chooseRoutes(of: sender)
    let verification = try await startByMachine(sender)
    try await reaches("needs_a_listener", verification)
    let list = try await call("GET", "/v1/verifications/\(verification)/recordings")
    let recording = list["data"]?[0]?["id"]?.string ?? ""
    try await call("DELETE", "/v1/verifications/\(verification)/recordings/\(recording)")
    let said = world.phones[phone].calls.last?.text ?? ""
    let code = String(said.filter(\.isNumber).prefix(6))
    try await call("POST", "/v1/verifications/\(verification)/code", ["code": .string(code)])
    try await wait(for: "online", of: sender)
    try await eventually(within: .seconds(10), "the number is given back") {
      try await call("GET", "/v1/senders/\(sender)/voice-route")["state"] == "normal"
    }
  }

  /// Calls come here always, and then only in between again.
  private func chooseRoutes(of sender: String) async throws {
    let path = "/v1/senders/\(sender)/voice-route"
    try await eventually(within: .seconds(20), "the verifier knows the sender") {
      try await api.call("GET", path, token: key).status == 200
    }
    for (mode, state) in [("permanent", "permanent"), ("switched", "normal")] {
      try await call("PUT", path, ["mode": .string(mode)])
      try await eventually(within: .seconds(20), "the route is \(state)") {
        try await call("GET", path)["state"]?.string == state
      }
    }
  }

  private func startByMachine(_ sender: String) async throws -> String {
    let started = try await call(
      "POST", "/v1/senders/\(sender)/verifications", ["method": "voice", "acknowledge_interception": true])
    #expect(started["answered_by"] == "machine")
    return started["id"]?.string ?? ""
  }

  private func reaches(_ state: String, _ verification: String) async throws {
    try await eventually(within: .seconds(30), "the verification is \(state)") {
      try await call("GET", "/v1/verifications/\(verification)")["state"]?.string == state
    }
  }
}
