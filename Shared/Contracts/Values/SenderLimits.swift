/// How much of Meta's limits a sender uses, what waits, and what holds it back.
package struct SenderLimits: Codable, Sendable, Equatable {
  /// Messages per second, in and out together.
  package struct Throughput: Codable, Sendable, Equatable {
    /// What Meta allows.
    package var perSecond: Int
    /// What is used of it now: less for a while after Meta said that it was too much.
    package var currentPerSecond: Int

    package init(perSecond: Int, currentPerSecond: Int) {
      self.perSecond = perSecond
      self.currentPerSecond = currentPerSecond
    }
  }

  /// People whom the business portfolio wrote to first within the last 24 hours, with all of its numbers together.
  package struct Portfolio: Codable, Sendable, Equatable {
    package var portfolioID: String?
    package var used: Int
    /// Absent where there is no limit.
    package var limit: Int?
    package var isUnlimited: Bool
    /// Meta has not told the limit yet: its lowest step is taken.
    package var isAssumed: Bool
    /// When the first of these people counts no more.
    package var nextFreeAt: Timestamp?

    package init(
      portfolioID: String?, used: Int, limit: Int?, isUnlimited: Bool, isAssumed: Bool, nextFreeAt: Timestamp?
    ) {
      self.portfolioID = portfolioID
      self.used = used
      self.limit = limit
      self.isUnlimited = isUnlimited
      self.isAssumed = isAssumed
      self.nextFreeAt = nextFreeAt
    }
  }

  /// Messages that wait.
  package struct Queued: Codable, Sendable, Equatable {
    /// Of assistants and people in a conversation: they go first.
    package var answers: Int
    package var normal: Int
    package var broadcasts: Int
    /// Not due yet: asked for at a later time.
    package var scheduled: Int
    /// Conversations whose next message waits for the portfolio's limit.
    package var waitingForLimit: Int

    package init(answers: Int, normal: Int, broadcasts: Int, scheduled: Int, waitingForLimit: Int) {
      self.answers = answers
      self.normal = normal
      self.broadcasts = broadcasts
      self.scheduled = scheduled
      self.waitingForLimit = waitingForLimit
    }
  }

  /// Something that holds messages back.
  package struct Pause: Codable, Sendable, Equatable {
    package enum Scope: String, Codable, Sendable, CaseIterable {
      case sender
      /// Broadcasts of the sender; everything else goes on.
      case broadcasts
      /// Every number of the WhatsApp Business Account.
      case account
      /// Messages that write to somebody first, of every number of the portfolio.
      case portfolio
    }

    package var scope: Scope
    /// Stable `UPPER_SNAKE`, for example `PAYMENT_PROBLEM`.
    package var code: String
    package var message: String
    package var nextStep: String?
    package var since: Timestamp
    /// When it goes on by itself.
    package var until: Timestamp
    /// Nothing mends it but a person or a change at Meta: when it is over one message tries.
    package var needsAttention: Bool

    package init(
      scope: Scope, code: String, message: String, nextStep: String?, since: Timestamp, until: Timestamp,
      needsAttention: Bool
    ) {
      self.scope = scope
      self.code = code
      self.message = message
      self.nextStep = nextStep
      self.since = since
      self.until = until
      self.needsAttention = needsAttention
    }
  }

  package var senderID: SenderID
  package var throughput: Throughput
  package var portfolio: Portfolio
  package var queued: Queued
  /// Sends of which nobody knows whether they reached Meta.
  package var unknown: Int
  package var pauses: [Pause]

  package init(
    senderID: SenderID, throughput: Throughput, portfolio: Portfolio, queued: Queued, unknown: Int, pauses: [Pause]
  ) {
    self.senderID = senderID
    self.throughput = throughput
    self.portfolio = portfolio
    self.queued = queued
    self.unknown = unknown
    self.pauses = pauses
  }
}
