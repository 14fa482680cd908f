import TestSupport
import Transport
import Telemetry
import JSON
import Wire

/// Calls that only tests make.
enum TestAPI {
  /// Answers what it is given.
  struct Echo: Call, Equatable {
    static let method = "test.echo"
    static let summary = "Answers what it is given."
    static let callers: Set<ServiceName> = [.senderRegistry, .operator]
    static let isIdempotent = true
    typealias Reply = Echo

    var text: String
    var number = 0
  }

  /// Waits until it is let go or called off.
  struct Wait: Call {
    static let method = "test.wait"
    static let summary = "Waits until it is let go or called off."
    static let callers: Set<ServiceName> = [.senderRegistry]
    /// Tests that wait for an event must not lose to a busy machine.
    static let deadline: Duration = .seconds(50)
    typealias Reply = Done

    var name: String
  }

  /// Fails as told.
  struct Fail: Call {
    static let method = "test.fail"
    static let summary = "Fails as told."
    static let callers: Set<ServiceName> = [.senderRegistry]
    typealias Reply = Done

    var failure: CallFailure
  }

  /// Says what the handler knows of the call.
  struct Who: Call {
    static let method = "test.who"
    static let summary = "Says what the handler knows of the call."
    static let callers: Set<ServiceName> = [.anyone]

    struct Reply: Codable, Sendable, Equatable {
      var caller: ServiceName
      var account: String?
      var actor: String?
      var key: String?
      var traceID: String?
      var remainingMilliseconds: Int
    }
  }
}
