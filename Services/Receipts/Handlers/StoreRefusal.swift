import Store
import Wire

extension CallFailure {
  /// What the other side is told of a store that takes nothing now: the same again, later. Nil for what would fail again.
  static func storeRefused(_ failure: StoreFailure) -> CallFailure? {
    switch failure.code {
    case .full: .unavailable("STORE_FULL", "there is no room to keep this; nothing of it was kept", started: false)
    case .busy, .overloaded, .readOnly, .timedOut, .closed:
      .unavailable("STORE_UNAVAILABLE", "the store takes nothing now; nothing of this was kept", started: false)
    default: nil
    }
  }
}
