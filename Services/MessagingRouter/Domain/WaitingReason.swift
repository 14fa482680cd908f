import Contracts

/// What a queued message waits for, by what holds it back. Pure; times in milliseconds.
struct WaitingReason: Sendable, Equatable {
  var waiting: Message.Waiting
  /// Nil where nobody knows.
  var until: Int64?

  /// What is known of a queued message when somebody looks at it.
  struct Facts: Sendable, Equatable {
    /// Until its `send_at`.
    var scheduledUntil: Int64?
    var isBroadcast = false
    /// Whether it is the message of its conversation that goes next.
    var isNext = true
    /// It would count as writing to somebody first, in the portfolio's rolling day.
    var needsSlot = false
    /// Its own next moment, and whether an earlier try put it off.
    var dueAt: Int64 = 0
    var wasTried = false
    /// When the pair rate lets one go to this customer.
    var pairFreeAt: Int64 = 0
  }

  /// The last of what holds it back counts: when that is over it goes. `pauses` are those of its sender, all closed now.
  static func of(_ facts: Facts, isOnline: Bool, pauses: [SenderLimits.Pause], at now: Int64) -> WaitingReason {
    if let until = facts.scheduledUntil { return WaitingReason(waiting: .scheduled, until: until) }
    guard isOnline else { return WaitingReason(waiting: .senderOffline) }
    var found: [WaitingReason] = []
    for pause in pauses {
      let until = pause.until.milliseconds
      switch pause.scope {
      // What needs attention is over when somebody has mended it; its time is that of the next try.
      case .sender:
        let waiting: Message.Waiting = pause.code == "THROUGHPUT_REACHED" ? .throughput : .senderPaused
        found.append(WaitingReason(waiting: waiting, until: until > now ? until : nil))
      case .account: found.append(WaitingReason(waiting: .accountPaused, until: until))
      case .broadcasts where facts.isBroadcast:
        found.append(WaitingReason(waiting: .broadcastsPaused, until: until))
      case .portfolio where facts.needsSlot: found.append(WaitingReason(waiting: .messagingLimit, until: until))
      case .broadcasts, .portfolio: break
      }
    }
    if facts.isNext {
      if facts.pairFreeAt > now { found.append(WaitingReason(waiting: .pairRate, until: facts.pairFreeAt)) }
      if facts.dueAt > now, facts.wasTried { found.append(WaitingReason(waiting: .retryAfter, until: facts.dueAt)) }
    }
    // Whoever cannot say when it is over holds on longest.
    if let last = found.max(by: { ($0.until ?? .max) < ($1.until ?? .max) }) { return last }
    return WaitingReason(waiting: facts.isNext ? .throughput : .conversation)
  }
}
