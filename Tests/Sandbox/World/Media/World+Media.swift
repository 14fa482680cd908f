import Crypto
import JSON
import Synchronization

extension World {
  /// What can be wrong with a medium that a customer sends.
  package enum MediaFault: String, Sendable, CaseIterable {
    /// Meta announces another hash.
    case wrongHash = "wrong_hash"
    /// The host sends 400 MB, whatever was announced.
    case endless
    /// The webhook's address has ended already.
    case endedAddress = "ended_address"
    /// The webhook carries no address.
    case noAddress = "no_address"
  }

  /// Media at Meta.
  package var media: MediaShelf { graph.media }

  var mediaDoor: MediaDoor { MediaDoor(graph: graph, faults: faults, baseURL: media.baseURL ?? baseURL) }

  /// A customer sends a picture, sound, video, document or sticker: its bytes are at Meta, and the webhook tells of it.
  /// Returns the message's id.
  @discardableResult
  package func sendMedia(
    _ kind: String, _ bytes: [UInt8], mimeType: String, filename: String? = nil, caption: String? = nil,
    isVoice: Bool? = nil, fault: MediaFault? = nil, from customer: PhoneDigits, to business: String? = nil
  ) throws(ControlFailure) -> String {
    guard ["audio", "document", "image", "sticker", "video"].contains(kind) else {
      throw ControlFailure("\(kind) is no kind of media")
    }
    let hash = SHA256.hash(fault == .wrongHash ? bytes + [0] : bytes)
    let medium = MediaShelf.Medium(
      bytes: bytes, mimeType: mimeType, filename: filename, sha256: hash,
      sent: fault == .endless ? 400 << 20 : bytes.count)
    guard let id = media.add(medium) else { throw ControlFailure("no more media are kept", status: 507) }
    var members: JSONObject = [
      "id": .string(id), "mime_type": .string(mimeType), "sha256": .string(Base64.encode(hash)),
    ]
    if fault != .noAddress, let url = mediaDoor.url(id) { members["url"] = .string(url) }
    if fault == .endedAddress { media.endAddresses() }
    if let filename { members["filename"] = .string(filename) }
    if let caption { members["caption"] = .string(caption) }
    if let isVoice { members["voice"] = .bool(isVoice) }
    if kind == "sticker" { members["animated"] = false }
    return try customers.send(
      caption ?? "", raw: ["type": .string(kind), kind: .object(members)], from: customer, to: business)
  }
}
