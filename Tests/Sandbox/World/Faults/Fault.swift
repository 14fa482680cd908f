/// Something that shall go wrong at one of the sandbox's doors.
package struct Fault: Sendable, Equatable {
  /// What goes wrong. Each door understands some of them; `FaultBook` refuses the others when ordered.
  package enum Kind: String, Sendable, CaseIterable {
    /// Answer this HTTP status (with `retry_after` seconds if given); nothing is done.
    case status
    /// Answer Graph's error `code`; nothing is done.
    case errorCode = "error_code"
    /// Do the work and answer, `milliseconds` late.
    case delay
    /// Read the request and close: nothing is done, the caller cannot know.
    case closeBeforeAnswer = "close_before_answer"
    /// Read the request, do the work and close: it is done, the caller cannot know.
    case closeAfterReading = "close_after_reading"
    /// The same under the name that says what it costs.
    case dropResponseAfterAccept = "drop_response_after_accept"
    /// Hold the request for `milliseconds`, then close. Done only with `accepted: true`.
    case timeout
    /// Answer 200 with something that is not JSON.
    case invalidJSON = "invalid_json"
    /// Answer 302 to `location`.
    case redirect
    /// `carrier.update` only: answer as if it were done; nothing is.
    case ignored
    /// Webhooks only, Meta's and the carrier's: deliver the same bytes twice.
    case duplicate
    /// Webhooks only: sign with another secret.
    case wrongSignature = "wrong_signature"
    /// Webhooks only: never deliver.
    case drop

    /// Makes no sense where the sandbox answers.
    var isOfCallbacks: Bool { self == .duplicate || self == .wrongSignature || self == .drop }
  }

  package var kind: Kind
  /// The door: `graph.messages`, `graph.register`, `carrier.update`, `model`, `speech`, `business:NAME`, or where the
  /// sandbox calls out: `webhooks`, `webhooks.inbound`, `webhooks.status`, `carrier.voice_webhook`; a name
  /// without its last part stands for all below it (`graph`).
  package var target: String
  /// How many times; nil for until cleared.
  package var count: Int?
  /// How likely each time, 0…1.
  package var probability: Double
  package var parameters: Parameters

  package init(
    _ kind: Kind, at target: String, count: Int? = 1, probability: Double = 1, parameters: Parameters = Parameters()
  ) {
    self.kind = kind
    self.target = target
    self.count = count
    self.probability = probability
    self.parameters = parameters
  }

  /// Details of a fault; each kind reads the ones it names.
  package struct Parameters: Sendable, Equatable {
    package var status: Int?
    package var code: Int?
    package var subcode: Int?
    package var details: String?
    package var retryAfter: Int?
    package var milliseconds: Int?
    package var isAccepted: Bool?
    package var location: String?
    /// Graph's `error_user_title` and `error_user_msg`.
    package var userTitle: String?
    package var userMessage: String?

    package init(
      status: Int? = nil, code: Int? = nil, subcode: Int? = nil, details: String? = nil, retryAfter: Int? = nil,
      milliseconds: Int? = nil, isAccepted: Bool? = nil, location: String? = nil, userTitle: String? = nil,
      userMessage: String? = nil
    ) {
      self.status = status
      self.code = code
      self.subcode = subcode
      self.details = details
      self.retryAfter = retryAfter
      self.milliseconds = milliseconds
      self.isAccepted = isAccepted
      self.location = location
      self.userTitle = userTitle
      self.userMessage = userMessage
    }
  }
}
