import Contracts
import Crypto
import HTTP
import JSON
import Store
import Telemetry
import Wire
import Workers

/// The logo's bytes, in and out.
struct LogoHandlers: Sendable {
  let profiles: ProfileHandlers

  /// Checks the picture, keeps it and answers as a change of the profile does.
  func put(_ request: RawRequest) async throws -> HTTPResponse {
    let account = try request.context.accountID
    let id: SenderID = try request.identifier("id")
    let image = request.http.body
    let picture: ImageHeader
    do throws(LogoRules.Refusal) {
      picture = try LogoRules.check(image)
    } catch {
      throw CallFailure.invalidArgument(error.code, error.message, field: "body")
    }
    let sha256 = Hex.encode(SHA256.hash(image))
    let now = profiles.clock.now
    try await profiles.database.write { connection in
      guard var profile = try connection.profile(id, account: account) else { throw CallFailure.senderNotFound(id) }
      try IfVersion.check(request.ifVersion, current: profile.version)
      let isShown = profile.logo?.sha256 == sha256 && !profile.ledger.unsent.contains(.logo)
      // The same picture again changes nothing, unless Meta has lost it.
      if isShown, !profile.ledger.drift.contains(where: { $0.field == ProfileField.logo.rawValue }) { return }
      try connection.setLogo(id, picture, sha256: sha256, image: image, now: now)
      profile.setLogo(now: now)
      try connection.update(profile)
      connection.afterCommit {
        profiles.notifier.announce()
        profiles.wake()
      }
    }
    profiles.log.info(
      "logo.set",
      ["sender": .string(id.text), "bytes": .int(image.count), "type": .string(picture.format.rawValue)])
    let profile = try await profiles.outcome(id, account, within: .seconds(5))
    var response = HTTPResponse(
      status: 200, bytes: try JSONCoder.encode(profile), contentType: "application/json")
    response.headers.set("ETag", "\"\(profile.version)\"")
    return response
  }

  func get(_ request: RawRequest) async throws -> HTTPResponse {
    let account = try request.context.accountID
    let id: SenderID = try request.identifier("id")
    let found = try await profiles.database.read { connection -> (LogoRow, [UInt8])? in
      guard let profile = try connection.profile(id, account: account) else { throw CallFailure.senderNotFound(id) }
      guard let logo = profile.logo, let image = try connection.logoImage(id, sha256: logo.sha256) else { return nil }
      return (logo, image)
    }
    guard let (logo, image) = found else {
      throw CallFailure.notFound("LOGO_NOT_SET", "The sender \(id) has no logo here: PUT one.")
    }
    var response = HTTPResponse(status: 200, bytes: image, contentType: logo.contentType)
    response.headers.set("ETag", "\"\(logo.sha256)\"")
    // Nobody's browser may take a customer's file for a page.
    response.headers.set("X-Content-Type-Options", "nosniff")
    return response
  }
}
