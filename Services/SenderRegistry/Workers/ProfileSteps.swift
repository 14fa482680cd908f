import Contracts
import Crypto
import GraphAPI
import Store

/// The outside effects of keeping a profile at Meta, one function each.
struct ProfileSteps: Sendable {
  let graph: GraphClient
  let appID: String
  let database: Database
  let keyring: SealingKeyring

  /// Everything a step may look at.
  struct Facts: Sendable {
    let sender: SenderRow
    let profile: ProfileRow
  }

  /// What came of one.
  enum Outcome: Sendable {
    case read(ProfileTexts, hasPicture: Bool)
    /// Meta took the post.
    case posted
    case uploadBegan(String)
    case uploaded(handle: String)
    /// Meta does not go on with the upload: another one must be begun.
    case uploadGone(GraphError)
    /// What was to be done has no ground any more.
    case gone
    case refused(GraphError)
    /// Not now; `isUnknown` when it may have happened all the same.
    case again(String, afterMilliseconds: Int64?, isUnknown: Bool)
  }

  func run(_ action: ProfilePlan.Action, _ facts: Facts) async throws -> Outcome {
    guard let (number, token) = facts.sender.credentials(keyring) else { return .gone }
    let image = try await image(for: action, facts)
    do throws(GraphFailure) {
      switch action {
      case .read, .reconcile:
        let profile = try await graph.businessProfile(phoneNumberID: number, token: token)
        return .read(ProfileTexts(profile), hasPicture: profile.pictureURL != nil)
      case .post(let fields):
        let change = GraphProfileChange(fields, facts.profile.ledger.wanted)
        try await graph.changeBusinessProfile(phoneNumberID: number, change, token: token)
        return .posted
      case .postLogo(let handle):
        var change = GraphProfileChange()
        change.pictureHandle = handle
        try await graph.changeBusinessProfile(phoneNumberID: number, change, token: token)
        return .posted
      case .startUpload:
        return try await startUpload(facts, token)
      case .sendPicture(let uploadID, let isResumed):
        guard let image else { return .gone }
        return try await send(image, to: uploadID, isResumed: isResumed, token)
      case .rest:
        return .gone
      }
    } catch {
      // A stopping service cancels what runs. What came of the call is then found out at the next start.
      try Task.checkCancellation()
      return Self.outcome(of: error, action)
    }
  }

  private func startUpload(_ facts: Facts, _ token: Secret) async throws(GraphFailure) -> Outcome {
    guard let logo = facts.profile.logo else { return .gone }
    let name = logo.contentType == ImageHeader.Format.png.rawValue ? "logo.png" : "logo.jpg"
    return .uploadBegan(
      try await graph.startUpload(
        appID: appID, fileName: name, length: logo.bytes, contentType: logo.contentType, token: token))
  }

  /// Bytes that may have arrived are not sent again: Meta says where to go on.
  private func send(
    _ image: [UInt8], to uploadID: String, isResumed: Bool, _ token: Secret
  ) async throws(GraphFailure) -> Outcome {
    var offset = 0
    if isResumed { offset = min(try await graph.uploadOffset(uploadID, token: token), image.count) }
    let rest = offset == 0 ? image : Array(image[offset...])
    return .uploaded(handle: try await graph.upload(rest, to: uploadID, offset: offset, token: token))
  }

  /// The picture to send; nil when another one has taken its place.
  private func image(for action: ProfilePlan.Action, _ facts: Facts) async throws -> [UInt8]? {
    guard case .sendPicture = action, let logo = facts.profile.logo else { return nil }
    return try await database.read { try $0.logoImage(facts.sender.id, sha256: logo.sha256) }
  }

  private static func outcome(of failure: GraphFailure, _ action: ProfilePlan.Action) -> Outcome {
    switch failure {
    case .notSent:
      return .again(failure.message, afterMilliseconds: nil, isUnknown: false)
    case .unknown:
      return .again(failure.message, afterMilliseconds: nil, isUnknown: true)
    case .answered(let error):
      if error.mayWorkLater {
        return .again(error.summary, afterMilliseconds: error.retryAfterMilliseconds, isUnknown: false)
      }
      if case .sendPicture = action, !error.isTokenProblem { return .uploadGone(error) }
      return .refused(error)
    }
  }
}

extension GraphError {
  /// Meta was busy, or something went wrong there (facts: error table): the same call may work later.
  var mayWorkLater: Bool { isPassing || [1, 131_000, 131_016].contains(code) && !isTokenProblem }
}

extension SenderRow {
  /// The number at Meta and the token that opens it; nil while the sender has none.
  func credentials(_ keyring: SealingKeyring) -> (number: String, token: Secret)? {
    guard let phoneNumberID, let accessToken else { return nil }
    do throws(CryptoFailure) {
      return (phoneNumberID, try keyring.open(accessToken, binding: Self.tokenBinding(id)))
    } catch {
      return nil
    }
  }
}

extension ProfileTexts {
  /// Meta's side in our words. `UNDEFINED` is Meta's word for no category.
  init(_ profile: GraphProfile) {
    self.init()
    self[.about] = profile.about
    self[.address] = profile.address
    self[.category] = profile.vertical == "UNDEFINED" ? nil : profile.vertical
    self[.description] = profile.description
    self[.email] = profile.email
    websites = profile.websites
  }
}

extension GraphProfileChange {
  /// These fields with their values; one without a value is emptied.
  init(_ fields: [ProfileField], _ texts: ProfileTexts) {
    self.init()
    for field in fields {
      let text = texts[field] ?? ""
      switch field {
      case .about: about = text
      case .address: address = text
      case .category: vertical = text
      case .description: description = text
      case .email: email = text
      case .websites: websites = texts.websites
      case .logo: break
      }
    }
  }
}
