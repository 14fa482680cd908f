/// What a webhook's answer tells the carrier to do with a call.
struct TwiML: Equatable {
  enum Verb: Equatable {
    case record(RecordVerb)
    case redirect(url: String, method: String)
    case reject(isBusy: Bool)
    case hangup
    case pause(seconds: Double)
    case say(String)
  }

  var verbs: [Verb]

  init(verbs: [Verb]) { self.verbs = verbs }

  /// Reads the document. Throws for what Twilio cannot parse, and for verbs the sandbox does not play.
  init(_ bytes: [UInt8]) throws(XMLReader.Failure) {
    let root = try XMLReader.read(bytes)
    guard root.name == "Response" else { throw XMLReader.Failure(description: "<\(root.name)> is not <Response>") }
    verbs = []
    for child in root.children { verbs.append(try Self.verb(child)) }
  }

  private static func verb(_ element: XMLElement) throws(XMLReader.Failure) -> Verb {
    let attributes = element.attributes
    let text = element.text.split { $0.isWhitespace }.joined(separator: " ")
    switch element.name {
    case "Record": return .record(try RecordVerb(attributes))
    case "Redirect":
      guard !text.isEmpty else { throw XMLReader.Failure(description: "<Redirect> names no URL") }
      return .redirect(url: text, method: try method(attributes["method"]))
    case "Reject":
      guard ["rejected", "busy"].contains(attributes["reason"] ?? "rejected") else {
        throw XMLReader.Failure(description: "<Reject> knows the reasons rejected and busy")
      }
      return .reject(isBusy: attributes["reason"] == "busy")
    case "Hangup": return .hangup
    case "Pause":
      guard let seconds = Double(attributes["length"] ?? "1"), (0...600).contains(seconds) else {
        throw XMLReader.Failure(description: "the length of <Pause> is no number")
      }
      return .pause(seconds: seconds)
    case "Say": return .say(text)
    default: throw XMLReader.Failure(description: "<\(element.name)> is no verb that is played here")
    }
  }

  static func method(_ text: String?) throws(XMLReader.Failure) -> String {
    let method = text?.uppercased() ?? "POST"
    guard method == "GET" || method == "POST" else { throw XMLReader.Failure(description: "method is GET or POST") }
    return method
  }
}

/// `<Record>` with Twilio's defaults.
struct RecordVerb: Equatable {
  var action: String?
  var method: String
  /// Seconds of silence that end it.
  var timeout: Double
  var maxLength: Double
  var playsBeep: Bool
  var trimsSilence: Bool
  var callback: String?
  var callbackMethod: String
  /// `in-progress`, `completed`, `absent`.
  var callbackEvents: Set<String>

  init(_ attributes: [String: String]) throws(XMLReader.Failure) {
    func seconds(_ name: String, _ usual: Double) throws(XMLReader.Failure) -> Double {
      guard let text = attributes[name] else { return usual }
      guard let number = Double(text), (1...86_400).contains(number) else {
        throw XMLReader.Failure(description: "\(name) of <Record> is no number of seconds")
      }
      return number
    }
    action = attributes["action"].flatMap { $0.isEmpty ? nil : $0 }
    method = try TwiML.method(attributes["method"])
    timeout = try seconds("timeout", 5)
    maxLength = try seconds("maxLength", 3_600)
    switch attributes["playBeep"] ?? "true" {
    case "true": playsBeep = true
    case "false": playsBeep = false
    default: throw XMLReader.Failure(description: "playBeep is true or false")
    }
    switch attributes["trim"] ?? "trim-silence" {
    case "trim-silence": trimsSilence = true
    case "do-not-trim": trimsSilence = false
    default: throw XMLReader.Failure(description: "trim is trim-silence or do-not-trim")
    }
    callback = attributes["recordingStatusCallback"].flatMap { $0.isEmpty ? nil : $0 }
    callbackMethod = try TwiML.method(attributes["recordingStatusCallbackMethod"])
    let events = (attributes["recordingStatusCallbackEvent"] ?? "completed").split(separator: " ").map(String.init)
    callbackEvents = Set(events)
    guard callbackEvents.isSubset(of: ["in-progress", "completed", "absent"]) else {
      throw XMLReader.Failure(description: "recordingStatusCallbackEvent is in-progress, completed or absent")
    }
  }
}
