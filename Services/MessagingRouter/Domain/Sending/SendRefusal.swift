/// Why a call about a message is refused, one line each: the code that programs test for, whether the same call may
/// succeed later, and what to do. The table at the end of the service's README is generated from it.
///
/// What is wrong with the content itself is in `ContentProblem.Code`; how a message ends that was taken and sent is in
/// its `error`.
enum SendRefusal: String, Sendable, CaseIterable {
  case senderNotFound = "SENDER_NOT_FOUND"
  case senderOffline = "SENDER_OFFLINE"
  case senderNotConnected = "SENDER_NOT_CONNECTED"
  case sessionExpired = "SESSION_EXPIRED"
  case templateNotFound = "TEMPLATE_NOT_FOUND"
  case templateNotApproved = "TEMPLATE_NOT_APPROVED"
  case templateNotSynced = "TEMPLATE_NOT_SYNCED"
  case templateMismatch = "TEMPLATE_MISMATCH"
  case noAssistantConfigured = "NO_ASSISTANT_CONFIGURED"
  case invalidPhone = "INVALID_PHONE"
  case messagingLimitUnavailable = "MESSAGING_LIMIT_UNAVAILABLE"
  case voiceCallLimitNotMet = "VOICE_CALL_LIMIT_NOT_MET"
  case phoneNumberRequired = "PHONE_NUMBER_REQUIRED"
  case optedOut = "OPTED_OUT"
  case recipientRequired = "RECIPIENT_REQUIRED"
  case recipientInvalid = "RECIPIENT_INVALID"
  case recipientIsSender = "RECIPIENT_IS_SENDER"
  case contactNotFound = "CONTACT_NOT_FOUND"
  case conversationNotFound = "CONVERSATION_NOT_FOUND"
  case messageNotFound = "MESSAGE_NOT_FOUND"
  case messageNotSentYet = "MESSAGE_NOT_SENT_YET"
  case messageNotCancellable = "MESSAGE_NOT_CANCELLABLE"
  case messageNotInbound = "MESSAGE_NOT_INBOUND"
  case mediaNotFound = "MEDIA_NOT_FOUND"
  case sendAtOutOfRange = "SEND_AT_OUT_OF_RANGE"
  case expiryOutOfRange = "EXPIRY_OUT_OF_RANGE"
  case statusNotListed = "STATUS_NOT_LISTED"
  case metaUnreachable = "META_UNREACHABLE"
  case metaRefused = "META_REFUSED"
  case unknownError = "UNKNOWN_ERROR"

  enum Kind: Sendable {
    /// The request is wrong, whatever the state.
    case input
    case notFound
    /// The state does not allow it now.
    case state
    /// Something that is needed cannot be reached now.
    case away

    /// What the REST API answers.
    var httpStatus: Int {
      switch self {
      case .input: 400
      case .notFound: 404
      case .state: 409
      case .away: 503
      }
    }
  }

  struct Rule: Sendable {
    var kind: Kind
    var isRetriable = false
    /// When it is said.
    var when: String
    var nextStep: String
  }

  var rule: Rule {
    switch self {
    case .senderNotFound:
      Rule(
        kind: .notFound, when: "The account has no such sender.", nextStep: "List the senders with GET /v1/senders.")
    case .senderOffline:
      Rule(
        kind: .state, isRetriable: true, when: "The sender is not online.",
        nextStep: "See the sender's status and reasons; send again when it is online.")
    case .senderNotConnected:
      Rule(
        kind: .state, isRetriable: true,
        when: "A template is meant, and the sender has no WhatsApp Business Account yet.",
        nextStep: "Connect the sender to its WhatsApp Business Account, then send again.")
    case .sessionExpired:
      Rule(
        kind: .state,
        when: "The customer's 24-hour window is closed, or closes before send_at. The problem has session_status.",
        nextStep: "Send an approved template, or wait until the customer writes.")
    case .templateNotFound:
      Rule(
        kind: .notFound, when: "The sender's account at Meta has no template of this name, language or id.",
        nextStep: "List the sender's templates; names and languages are Meta's.")
    case .templateNotApproved:
      Rule(
        kind: .state, isRetriable: true, when: "The template is not approved, or Meta has paused or disabled it.",
        nextStep: "See the template's status and reason; send again when it is approved.")
    case .templateNotSynced:
      Rule(
        kind: .state, isRetriable: true, when: "The template has not been read from Meta yet.",
        nextStep: "Synchronise the sender's templates, then send again.")
    case .templateMismatch:
      Rule(
        kind: .state, when: "The parameters do not fit the template, or it belongs to another sender's account.",
        nextStep: "Compare the parameters with the template's variables; the problem names the parameter.")
    case .noAssistantConfigured:
      Rule(
        kind: .state,
        when: "requires_assistant was set, and no assistant that is switched on would answer the customer's reply.",
        nextStep: "Bind an assistant to the sender and switch it on, or leave requires_assistant out.")
    case .invalidPhone:
      Rule(
        kind: .input, when: "to is no phone number in E.164, or not one of its country.",
        nextStep: "Write the number with + and its country code.")
    case .messagingLimitUnavailable:
      Rule(
        kind: .away, isRetriable: true,
        when: "The template asks for a call, and Meta has not told yet how many customers the portfolio may write to.",
        nextStep: "Wait until the sender's limit has been read from Meta, then send again.")
    case .voiceCallLimitNotMet:
      Rule(
        kind: .state, when: "The template asks for a call, and the sender's messaging limit is too small for calls.",
        nextStep: "Raise the portfolio's messaging limit first; GET /v1/tiers tells how.")
    case .phoneNumberRequired:
      Rule(
        kind: .state, when: "The template is of the category authentication, and the customer's number is not known.",
        nextStep: "Ask the customer for the number, or send another template.")
    case .optedOut:
      Rule(
        kind: .state, when: "The customer does not want marketing, and the template is marketing.",
        nextStep: "Do not send marketing to this customer until the customer wants it again.")
    case .recipientRequired:
      Rule(
        kind: .input, when: "Nobody is named to send to.", nextStep: "Give to, recipient or contact_id.")
    case .recipientInvalid:
      Rule(
        kind: .input, when: "recipient is no user id of Meta.",
        nextStep: "Give the customer's user id as Meta spells it, such as US.13491208655302741918.")
    case .recipientIsSender:
      Rule(
        kind: .input, when: "The message would go to the sender's own number.", nextStep: "Send to a customer's number."
      )
    case .contactNotFound:
      Rule(
        kind: .notFound, when: "The account has no such contact, or it belongs to another portfolio than the sender.",
        nextStep: "Take the contact's id from a conversation of this sender.")
    case .conversationNotFound:
      Rule(
        kind: .notFound, when: "The account has no such conversation.",
        nextStep: "List the conversations of the sender.")
    case .messageNotFound:
      Rule(
        kind: .notFound,
        when: "There is no such message in the account or, for a reply or reaction, in this conversation.",
        nextStep: "Take the id of a message of the same conversation.")
    case .messageNotSentYet:
      Rule(
        kind: .state, isRetriable: true, when: "The message that is answered or reacted to has no id at Meta yet.",
        nextStep: "Wait until that message is accepted, then send again.")
    case .messageNotCancellable:
      Rule(
        kind: .state, when: "The message is on its way, or has ended, or was received.",
        nextStep: "Read the message: its status says what became of it.")
    case .messageNotInbound:
      Rule(
        kind: .state, when: "The message is the business's own: only a customer's message is marked as read.",
        nextStep: "Take the id of the customer's message.")
    case .mediaNotFound:
      Rule(
        kind: .notFound, when: "The account has no such medium, or its file is gone.",
        nextStep: "Upload the file and send the id of the upload.")
    case .sendAtOutOfRange:
      Rule(
        kind: .input, when: "send_at has passed, or is more than 30 days ahead.",
        nextStep: "Give a moment within the next 30 days, or leave send_at out.")
    case .expiryOutOfRange:
      Rule(
        kind: .input, when: "expires_in_seconds is not 60 to 2,592,000.",
        nextStep: "Give 60 seconds to 30 days, or leave it out for the service's default.")
    case .statusNotListed:
      Rule(
        kind: .input, when: "status is none of queued, sending, unknown, failed, expired, cancelled.",
        nextStep: "Leave status out and look at each message, or ask for one of those.")
    case .metaUnreachable:
      Rule(
        kind: .away, isRetriable: true, when: "Meta did not answer in time; nothing was queued.",
        nextStep: "Try again in a moment.")
    case .metaRefused:
      Rule(
        kind: .state, when: "Meta refused the request; the problem has meta_code and meta_details.",
        nextStep: "Read Meta's words; the sender's status may tell more.")
    case .unknownError:
      Rule(
        kind: .away, isRetriable: true, when: "Meta answered with an error that is no error of its table.",
        nextStep: "Try again; if it stays, ask Meta with the time and the message's id.")
    }
  }

  /// The table as Markdown.
  static var table: String {
    var lines = [
      "Generated from `Domain/Sending/SendRefusal.swift` and `Domain/Content/ContentProblem.swift` by",
      "`WSS_WRITE_DOCS=1 scripts/test --filter SendingRuleTests`. Do not edit.", "",
      "Every problem has `code`, `detail`, `retriable` and, here, `next_step`; `field` names the input where there is one.",
      "", "| code | HTTP | retriable | when | next step |", "|---|---|---|---|---|",
    ]
    for refusal in allCases {
      let rule = refusal.rule
      lines.append(
        "| `\(refusal.rawValue)` | \(rule.kind.httpStatus) | \(rule.isRetriable ? "yes" : "no") | \(rule.when) | \(rule.nextStep) |"
      )
    }
    lines += [
      "", "What is wrong with a message's content is answered with 400 and the path of the field, before anything is",
      "queued; the sentence in `detail` says how to mend it.", "", "| code | when |", "|---|---|",
    ]
    lines += ContentProblem.Code.allCases.map { "| `\($0.rawValue)` | \($0.meaning) |" }
    return lines.joined(separator: "\n") + "\n"
  }
}
