/// The steps of a display name's change at Meta. Pure: decided from the row.
enum NameChangePlan {
  enum Step: String, Sendable, CaseIterable {
    /// Meta is to be asked for the name.
    case asking
    /// Meta looks at it.
    case review
    /// Approved: the number is to be registered again.
    case registering
    /// Registered: the name that customers see is to be read.
    case reading
    case done
    case declined

    var isOver: Bool { self == .done || self == .declined }
  }

  enum Action: String, Equatable, Sendable {
    case ask
    /// The request may have reached Meta: look before asking again.
    case lookForRequest = "look_for_request"
    case lookForDecision = "look_for_decision"
    /// When the number was registered last, to tell a new registration from it.
    case lookBeforeRegistration = "look_before_registration"
    case register
    /// The registration may have happened: look before repeating it.
    case lookForRegistration = "look_for_registration"
    case readName = "read_name"
    case nothing

    /// Changes something at Meta.
    var isEffect: Bool { self == .ask || self == .register }
  }

  /// `isStarted`: a call of this step may have gone out. `knowsRegistration`: the last one's time is stored.
  static func next(_ step: Step, isStarted: Bool, knowsRegistration: Bool) -> Action {
    switch step {
    case .asking: isStarted ? .lookForRequest : .ask
    case .review: .lookForDecision
    case .registering:
      isStarted ? .lookForRegistration : knowsRegistration ? .register : .lookBeforeRegistration
    case .reading: .readName
    case .done, .declined: .nothing
    }
  }
}
