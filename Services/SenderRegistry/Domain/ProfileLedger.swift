import Contracts

/// What people want of a profile, what Meta has of it, and where the two differ. Pure: whoever uses it stores it.
struct ProfileLedger: Sendable, Equatable {
  /// What people want.
  var wanted = ProfileTexts()
  /// Fields people set that Meta has not taken yet.
  var unsent: Set<ProfileField> = []
  /// What Meta has, as far as we know.
  var metas = ProfileTexts()
  /// Fields that Meta shows differently, and that nobody has decided about.
  var drift: [ProfileDrift] = []
  /// Meta was asked at least once: before, `metas` says nothing.
  var isRead = false
  var hasPicture: Bool?

  /// Somebody set a field: it is to be sent unless Meta has exactly that. Settles a drift of the field in our favour.
  mutating func set(_ field: ProfileField, _ text: String?) {
    let value = ProfileTexts.isSame(field, text, wanted[field]) ? wanted[field] : text
    let metas = drift.first { $0.field == field.rawValue }?.metas ?? self.metas[field]
    wanted[field] = value
    drift.removeAll { $0.field == field.rawValue }
    // Nothing to say about a field Meta was never asked for is no wish to empty it.
    let isSettled = isRead ? ProfileTexts.isSame(field, value, metas) : wanted[field] == nil
    if isSettled { unsent.remove(field) } else { unsent.insert(field) }
  }

  /// What Meta shows of a field, whether or not that was noticed as drift.
  func shown(_ field: ProfileField) -> String? {
    drift.first { $0.field == field.rawValue }?.metas ?? metas[field]
  }

  /// Meta was asked. Gives back the differences that were not known before.
  ///
  /// The first reading fills what nobody has set here. Later ones never change what is wanted: a field that differs is
  /// drift, unless it waits to be sent, for then somebody has decided already.
  mutating func received(
    _ reading: ProfileTexts, hasPicture: Bool, ownsPicture: Bool, now: Timestamp
  ) -> [ProfileDrift] {
    var new: [ProfileDrift] = []
    for field in ProfileField.texts {
      let value = reading[field]
      if ProfileTexts.isSame(field, value, wanted[field]) {
        unsent.remove(field)
        settle(field, value)
      } else if unsent.contains(field) {
        metas[field] = value
      } else if !isRead {
        wanted[field] = value
        metas[field] = value
      } else if let found = note(field, ours: wanted[field], metas: value, now) {
        new.append(found)
      }
    }
    let isLost = ownsPicture && !unsent.contains(.logo) && !hasPicture
    if !isLost {
      drift.removeAll { $0.field == ProfileField.logo.rawValue }
    } else if let found = note(.logo, ours: "set", metas: nil, now) {
      new.append(found)
    }
    self.hasPicture = hasPicture
    isRead = true
    return new
  }

  /// Meta took a post. What was changed here meanwhile stays unsent.
  mutating func took(_ post: ProfilePost, isLogoStill: Bool) {
    for field in post.fields {
      if field == .logo {
        if isLogoStill { unsent.remove(.logo) }
        hasPicture = true
      } else {
        metas[field] = post.texts[field]
        if ProfileTexts.isSame(field, post.texts[field], wanted[field]) { unsent.remove(field) }
      }
    }
  }

  /// Which fields of a post Meta shows to have taken, read after its answer was lost. The picture's address tells
  /// nothing but that there is one.
  func isTaken(_ post: ProfilePost, _ reading: ProfileTexts, hasPicture: Bool) -> ProfilePost {
    var taken = post
    taken.fields = post.fields.filter { field in
      field == .logo
        ? hasPicture && post.hadPicture == false : ProfileTexts.isSame(field, reading[field], post.texts[field])
    }
    return taken
  }

  /// Meta's values take the place of ours.
  mutating func adopt(_ reading: ProfileTexts, hasPicture: Bool) {
    for field in ProfileField.texts {
      wanted[field] = reading[field]
      metas[field] = reading[field]
    }
    unsent = []
    drift = []
    self.hasPicture = hasPicture
    isRead = true
  }

  private mutating func settle(_ field: ProfileField, _ value: String?) {
    metas[field] = value
    drift.removeAll { $0.field == field.rawValue }
  }

  /// A difference; nil when it was known.
  private mutating func note(
    _ field: ProfileField, ours: String?, metas: String?, _ now: Timestamp
  ) -> ProfileDrift? {
    let known = drift.firstIndex { $0.field == field.rawValue }
    if let known, drift[known].metas == metas { return nil }
    let found = ProfileDrift(field: field.rawValue, ours: ours, metas: metas, seenAt: now)
    if let known { drift[known] = found } else { drift.append(found) }
    return found
  }
}
