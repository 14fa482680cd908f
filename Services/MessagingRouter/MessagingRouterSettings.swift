import Crypto
import Daemon
import Outbound

/// The settings of `messaging-router` beside the common ones.
package struct MessagingRouterSettings: Sendable {
  var metaAppID: String?
  var metaAppSecret: Secret?
  var previousMetaAppSecret: Secret?
  var metaVerifyToken: Secret?
  var graphURL: String
  var graphVersion: String
  var aiBaseURL: String
  var aiKey: Secret?
  var aiModel: String
  /// Bound before the first thread, by `prepareEnvironment`; nil in tests.
  var egress: OperatorEgress?
  var aiTimeout: Duration
  var sendConcurrency: Int
  var turnConcurrency: Int
  var optOutKeywords: OptOutKeywords
  var media: MediaSettings
  var broadcasts: BroadcastSettings
  var templateSyncInterval: Duration
  var conversationIdleMinutes: Int
  var rawRetention: Duration
  var historyRetention: Duration
  var messageTTL: Duration
  var unknownSettleTime: Duration

  init(_ reader: inout SettingsReader) {
    let appID = reader.string(
      "META_APP_ID", default: "", help: "Id of the Meta app: examples of templates are uploaded to it.")
    metaAppID = appID.isEmpty ? nil : appID
    metaAppSecret = reader.secret(
      "META_APP_SECRET", required: true, help: "Signs Meta's webhooks. Without it none is accepted.")
    previousMetaAppSecret = reader.secret(
      "META_APP_SECRET_PREVIOUS", help: "Also accepted, while the secret is being changed.")
    metaVerifyToken = reader.secret(
      "META_VERIFY_TOKEN", required: true, help: "The token typed at Meta for the webhook's handshake.")
    graphURL = reader.url(
      "GRAPH_URL", default: "https://graph.facebook.com", schemes: ["https", "http"], help: "Meta's Graph API.")
    graphVersion = reader.string("GRAPH_VERSION", default: "v26.0", help: "Version of the Graph API.")
    aiBaseURL = reader.url(
      "AI_BASE_URL", default: "http://127.0.0.1:11434/v1", schemes: ["https", "http"],
      help: "A server with OpenAI's chat completions, up to /v1.")
    aiKey = reader.secret("AI_API_KEY", help: "Its key, if it wants one.")
    aiModel = reader.string("AI_MODEL", default: "llama3.2", help: "The model of assistants that name none.")
    aiTimeout = reader.duration("AI_TIMEOUT", default: .seconds(60), help: "How long an answer may take.")
    sendConcurrency = reader.int(
      "SEND_CONCURRENCY", default: 192, range: 1...1_024,
      help: "Sends to Meta at the same time; one sender has three quarters of them at most.")
    turnConcurrency = reader.int(
      "TURN_CONCURRENCY", default: 16, range: 1...256, help: "Answers of assistants worked on at the same time.")
    let out = reader.string(
      "OPT_OUT_KEYWORDS", default: "STOP,STOP ALL,UNSUBSCRIBE,OPT OUT,OPT-OUT,STOP PROMOTIONS",
      help: "Messages that stop marketing, with commas between.")
    let back = reader.string(
      "OPT_IN_KEYWORDS", default: "START,UNSTOP,SUBSCRIBE,OPT IN,OPT-IN", help: "Messages that allow it again.")
    optOutKeywords = OptOutKeywords(out: out, back: back)
    media = MediaSettings(&reader)
    broadcasts = BroadcastSettings(&reader)
    templateSyncInterval = reader.duration(
      "TEMPLATE_SYNC_INTERVAL", default: .seconds(3_600), range: .seconds(60) ... .seconds(7 * 86_400),
      help: "How often all templates are read at Meta.")
    conversationIdleMinutes = reader.int(
      "CONVERSATION_IDLE_MINUTES", default: 30, range: 1...1440,
      help: "A conversation has ended when nobody has said anything for so long.")
    let longest = Duration.seconds(3_660 * 86_400)
    rawRetention = reader.duration(
      "RAW_RETENTION", default: .seconds(14 * 86_400), range: .seconds(3_600)...longest,
      help: "How long Meta's raw JSON of messages, and what could not be stored of it, is kept.")
    historyRetention = reader.duration(
      "HISTORY_RETENTION", default: .zero, range: .zero...longest,
      help: "How long messages are kept, with their statuses: 8d or more. 0s keeps them until a person is erased.")
    // Meta repeats webhooks for seven days: a message that is gone by then would come as a new one.
    if historyRetention != .zero, historyRetention < .milliseconds(ForgottenMessages.keptMilliseconds) {
      reader.reject("HISTORY_RETENTION", "expected 0s, or 8d and more: Meta delivers a message again for seven days")
    }
    messageTTL = reader.duration(
      "MESSAGE_TTL", default: .seconds(24 * 3_600),
      help: "How long a message that names no end may wait to be sent before it expires.")
    unknownSettleTime = reader.duration(
      "UNKNOWN_SETTLE_TIME", default: .seconds(900),
      help: "How long webhooks must have arrived before a message of unknown outcome waits for a decision.")
  }
}
