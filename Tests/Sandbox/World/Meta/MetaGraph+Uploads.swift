import Crypto
import JSON
import Synchronization
import Telemetry

/// The app's uploads, for whoever has a token.
extension MetaGraph {
  func startUpload(_ call: GraphCall, _ appID: String) throws(GraphError) -> GraphReply {
    try checkToken(call)
    guard appID == app.id else { throw GraphError.unknownObject(call.method, appID) }
    let type = try call.required("file_type")
    guard let length = Int(try call.required("file_length")) else {
      throw GraphError.invalid("file_length", "must be an integer")
    }
    let id = try locked { (state) throws(GraphError) in try state.startUpload(type: type, length: length) }
    return GraphReply(["id": .string(id + "?sig=" + Base64.encodeURLSafe(RandomBytes.make(12)))])
  }

  func readUpload(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    try checkToken(call)
    guard let upload = state.withLock({ $0.uploads[id] }) else { throw GraphError.unknownObject("get", id) }
    return GraphReply(["id": .string(id), "file_offset": .integer(upload.bytes.count)])
  }

  func upload(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    try checkToken(call)
    guard let offset = call.fileOffset else { throw GraphError.missing("file_offset") }
    let handle = try locked { (state) throws(GraphError) in try state.upload(call.raw, to: id, offset: offset) }
    guard let handle else { return GraphReply(["id": .string(id)]) }
    return GraphReply(["h": .string(handle)])
  }

  private func checkToken(_ call: GraphCall) throws(GraphError) {
    if let token = call.token, app.isAppToken(token) { return }
    let now = clock.now
    try locked { (state) throws(GraphError) in _ = try state.token(call.token, now: now) }
  }
}
