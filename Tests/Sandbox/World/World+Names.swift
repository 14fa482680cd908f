import JSON
import Synchronization

/// Display names and profiles as somebody at Meta, or in WhatsApp Manager, changes them.
extension World {
  /// Meta decides about the name a number asked for, and tells the app.
  package func decideName(
    numberID: String, decision: String, reason: String? = nil, tells: Bool = true
  ) throws(ControlFailure) {
    guard ["APPROVED", "REJECTED", "DEFERRED", "PENDING"].contains(decision) else {
      throw ControlFailure("decision is APPROVED, REJECTED, DEFERRED or PENDING")
    }
    let status = ["APPROVED": "APPROVED", "REJECTED": "DECLINED"][decision] ?? "PENDING_REVIEW"
    let number = try changeNumber(numberID) { number throws(ControlFailure) in
      guard number.newName != nil else { throw ControlFailure("no name waits for a decision", status: 409) }
      number.newNameStatus = status
    }
    guard tells else { return }
    try tell(
      "phone_number_name_update",
      [
        "display_phone_number": .string(number.phone.digits), "decision": .string(decision),
        "requested_verified_name": .string(number.newName ?? ""),
        "rejection_reason": decision == "REJECTED" ? .string(reason ?? "NAME_FORMAT_UNACCEPTABLE") : .null,
      ], of: number.wabaID)
  }

  /// Somebody changes the profile in WhatsApp Manager. `picture` false takes the picture away.
  package func changeProfile(
    numberID: String, texts: [String: String] = [:], vertical: String? = nil, websites: [String]? = nil,
    keepsPicture: Bool = true
  ) throws(ControlFailure) {
    _ = try changeNumber(numberID) { number throws(ControlFailure) in
      do throws(GraphError) {
        for (field, text) in texts { try number.profile.set(field, text) }
        if let vertical { try number.profile.set(vertical: vertical) }
        if let websites { try number.profile.set(websites: websites) }
      } catch {
        throw ControlFailure(error.details ?? error.message)
      }
      if !keepsPicture { number.profile.picture = nil }
    }
  }

  private func changeNumber(
    _ id: String, _ body: (inout MetaNumber) throws(ControlFailure) -> Void
  ) throws(ControlFailure) -> MetaNumber {
    let result = graph.state.withLock { state -> Result<MetaNumber, ControlFailure> in
      guard var number = state.numbers[id] else { return .failure(ControlFailure("no number \(id)", status: 404)) }
      do throws(ControlFailure) { try body(&number) } catch { return .failure(error) }
      state.replace(number)
      return .success(number)
    }
    return try result.get()
  }
}

extension MetaNumber {
  /// A text field of the profile, `vertical` included.
  package func profileText(_ field: String) -> String? {
    field == "vertical" ? (profile.vertical == "UNDEFINED" ? nil : profile.vertical) : profile.texts[field]
  }

  package var profileWebsites: [String] { profile.websites }
  package var profilePicture: [UInt8]? { profile.picture }
}
