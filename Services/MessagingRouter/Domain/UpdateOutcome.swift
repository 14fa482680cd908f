/// What came of one update of a webhook.
enum UpdateOutcome: String, Sendable, CaseIterable {
  case stored
  /// A message was removed by its writer: what it carried is gone, and its files go.
  case removed
  /// Meta delivers twice: it was there already.
  case duplicate
  /// The replica does not know the number yet: the body waits for it.
  case unknownNumber = "unknown_number"
  /// A status of a message whose own id is not known yet: kept until the send's answer is stored.
  case held
  /// Nothing to apply: a status or field this version does not use.
  case ignored
  /// Not what Meta documents, or it could not be stored: kept aside with its reason.
  case poison
}
