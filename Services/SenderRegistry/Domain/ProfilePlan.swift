/// What to do next for a sender's profile. Pure: decided from what its rows say.
enum ProfilePlan {
  enum Action: Equatable {
    /// A post went out and nobody knows what became of it: read, compare.
    case reconcile(ProfilePost)
    /// Send these text fields.
    case post([ProfileField])
    case startUpload
    /// Send the picture's bytes; `isResumed` when some may have arrived.
    case sendPicture(uploadID: String, isResumed: Bool)
    /// Send the handle of the picture that was uploaded.
    case postLogo(handle: String)
    case read
    /// Nothing before this moment.
    case rest(until: Int64)
  }

  /// How far the upload of the logo has come.
  enum Upload: Equatable {
    case none
    case begun(id: String, mayHaveSent: Bool)
    case done(handle: String)
  }

  static func next(
    sending: ProfilePost?, unsent: Set<ProfileField>, refused: Set<ProfileField>, upload: Upload, pushAt: Int64,
    readAt: Int64, now: Int64
  ) -> Action {
    let open = unsent.subtracting(refused)
    let isWaiting = sending != nil || !open.isEmpty
    if isWaiting, pushAt <= now {
      if let sending { return .reconcile(sending) }
      // Texts and picture go apart, so that a refused picture holds back no text.
      let texts = ProfileField.texts.filter(open.contains)
      if !texts.isEmpty { return .post(texts) }
      switch upload {
      case .none: return .startUpload
      case .begun(let id, let mayHaveSent): return .sendPicture(uploadID: id, isResumed: mayHaveSent)
      case .done(let handle): return .postLogo(handle: handle)
      }
    }
    if readAt <= now { return .read }
    return .rest(until: isWaiting ? min(pushAt, readAt) : readAt)
  }
}
