import Crypto
import HTTP
import JSON

/// Media that customers send, and what businesses have uploaded.
extension ControlAPI {
  func sendMedia(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    let phone = try Self.phone(request)
    let body = try ControlBody(
      request, ["kind", "mime_type", "data", "filename", "caption", "voice", "fault", "to"])
    guard let bytes = Base64.decode(try body.required("data")), !bytes.isEmpty else {
      throw ControlFailure("data is the file in Base64")
    }
    var fault: World.MediaFault?
    if let name = try body.string("fault") {
      fault = World.MediaFault(rawValue: name)
      if fault == nil {
        let names = World.MediaFault.allCases.map(\.rawValue).joined(separator: ", ")
        throw ControlFailure("fault is one of \(names)")
      }
    }
    let id = try world.sendMedia(
      try body.required("kind"), bytes, mimeType: try body.required("mime_type"), filename: try body.string("filename"),
      caption: try body.string("caption"), isVoice: try body.bool("voice"), fault: fault, from: phone,
      to: try body.string("to"))
    return ["id": .string(id)]
  }

  func endMediaAddresses(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    _ = try ControlBody(request, [])
    world.media.endAddresses()
    return ["success": true]
  }

  func mediaUploads(_ request: HTTPRequest) throws(ControlFailure) -> JSONValue {
    [
      "uploads": .array(
        world.media.uploads.map { medium -> JSONValue in
          [
            "phone_number_id": .optional(medium.numberID), "mime_type": .string(medium.mimeType),
            "filename": .optional(medium.filename), "bytes": .integer(medium.bytes.count),
            "sha256": .string(Hex.encode(SHA256.hash(medium.bytes))),
          ]
        })
    ]
  }
}
