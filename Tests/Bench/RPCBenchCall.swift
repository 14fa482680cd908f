import Wire

/// A call the size of a message to be sent: about 200 bytes each way.
struct RPCBenchCall: Call {
  static let method = "bench.message.send"
  static let summary = "A call the size of a message to be sent."
  static let callers: Set<ServiceName> = [.operator]
  static let deadline: Duration = .seconds(30)

  var senderID: String
  var to: String
  var type: String
  var text: String
  var conversationID: String
  var priority: Int
  var isPreview: Bool

  struct Reply: Codable, Sendable {
    var id: String
    var senderID: String
    var to: String
    var status: String
    var text: String
    var acceptedAt: Int64
    var conversationID: String
  }

  static let sample = RPCBenchCall(
    senderID: "snd_01JD9ZK3V7W8X9Y0A1B2C3D4E5", to: "+4915112345678", type: "text",
    text: "Your order is on its way.", conversationID: "cnv_01JD9ZK3V7W8X9Y0A1B2C3D4E6", priority: 3,
    isPreview: false)

  static func answer(_ call: RPCBenchCall) -> Reply {
    Reply(
      id: "msg_01JD9ZK3V7W8X9Y0A1B2C3D4E7", senderID: call.senderID, to: call.to, status: "queued", text: call.text,
      acceptedAt: 1_763_800_000_000, conversationID: call.conversationID)
  }
}
