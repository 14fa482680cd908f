import HTTP
import JSON
import Synchronization

/// Orders to the world and questions about it, under `/control`.
struct ControlAPI: Sendable {
  /// Unowned in effect: the world's server holds the routes and ends with the world.
  let world: World

  typealias Handler = @Sendable (HTTPRequest) async throws(ControlFailure) -> JSONValue

  func add(to routes: inout HTTPRoutes) {
    func on(_ method: String, _ path: String, _ handler: @escaping Handler) {
      routes.on(method, "/control" + path) { request in
        do throws(ControlFailure) {
          return .json(try await handler(request))
        } catch {
          return HTTPResponse(error)
        }
      }
    }
    on("POST", "/signup", signUp)
    on("POST", "/signup/{waba}/code", repeatSignup)
    on("POST", "/codes/expire", expireCodes)
    on("PUT", "/codes/limit", limitCodes)
    on("POST", "/tokens/expire", expireTokens)
    on("PUT", "/accounts/{waba}", decide)
    on("PUT", "/whatsapp/{phone}", setOnWhatsApp)
    on("PUT", "/templates", addTemplate)
    on("GET", "/templates", templates)
    on("POST", "/templates/{template}/decision", decideTemplate)
    on("PUT", "/templates/{template}", changeTemplate)
    on("PUT", "/template-habits", changeTemplateHabits)
    on("GET", "/numbers", numbers)
    on("PUT", "/numbers/{number}", changeNumber)
    on("POST", "/numbers/{number}/name-review", reviewName)
    on("GET", "/numbers/{number}/profile", showProfile)
    on("PUT", "/numbers/{number}/profile", changeProfile)

    on("GET", "/carrier/numbers", carrierNumbers)
    on("PUT", "/carrier/numbers", changeCarrierNumber)
    on("GET", "/carrier/calls", carrierCalls)
    on("PUT", "/carrier/calls", changeCalls)
    on("POST", "/carrier/calls", placeCall)
    on("POST", "/carrier/script", orderCall)
    on("DELETE", "/carrier/script", cancelCallOrders)
    on("GET", "/pool", pool)
    on("PUT", "/pool/{phone}", changePool)

    on("PUT", "/phones/{phone}", changePhone)
    on("POST", "/phones/{phone}/messages", sendMessage)
    on("POST", "/phones/{phone}/close-window", closeWindow)
    on("POST", "/phones/{phone}/media", sendMedia)
    on("POST", "/media/expire", endMediaAddresses)
    on("GET", "/media/uploads", mediaUploads)
    on("POST", "/phones/{phone}/samples", sendSample)
    on("POST", "/phones/{phone}/preferences", choose)
    on("POST", "/phones/{phone}/echoes", writeInApp)
    on("POST", "/phones/{phone}/whatsapp-calls", callBusiness)
    on("POST", "/phones/{phone}/change-number", changeNumberOfCustomer)
    on("GET", "/phones/{phone}/inbox", inbox)
    on("GET", "/phones/{phone}/sms", sms)
    on("GET", "/phones/{phone}/calls", calls)
    on("POST", "/customers/burst", burst)

    on("PUT", "/business/{name}/secret", setSecret)
    on("GET", "/business/{name}/receipts", receipts)
    on("GET", "/business/{name}/voice-calls", voiceCalls)
    on("GET", "/speech", speech)
    on("PUT", "/speech", changeSpeech)
    on("GET", "/speech/requests", speechRequests)
    on("PUT", "/model", changeModel)
    on("GET", "/model/requests", modelRequests)

    on("POST", "/faults", orderFault)
    on("GET", "/faults", faults)
    on("DELETE", "/faults", clearFaults)

    on("POST", "/webhook-url", setWebhookURL)
    on("GET", "/webhooks", webhooks)
    on("PUT", "/webhooks", changeWebhooks)
    on("POST", "/webhooks/raw", sendRaw)
    on("POST", "/webhooks/event", sendEvent)

    on("GET", "/ledger", ledger)
    on("DELETE", "/ledger", resetLedger)
    on("GET", "/ledger/messages", ledgerMessages)
    on("GET", "/ledger/inbound", ledgerInbound)
    on("GET", "/ledger/repeated", ledgerRepeated)
    on("GET", "/ledger/codes", ledgerCodes)
  }

  static func phone(_ request: HTTPRequest) throws(ControlFailure) -> PhoneDigits {
    let text = request.pathParameters["phone"] ?? ""
    guard let phone = PhoneDigits(text) else { throw ControlFailure("not a phone number: \(text)") }
    return phone
  }

  /// The query's fields; unknown ones are refused.
  static func query(_ request: HTTPRequest, _ known: Set<String>) throws(ControlFailure) -> [String: String] {
    let fields = PercentCoding.fields(request.head.query ?? "")
    for (name, _) in fields where !known.contains(name) {
      throw ControlFailure("no parameter \"\(name)\"; this knows \(known.sorted().joined(separator: ", "))")
    }
    return Dictionary(fields) { first, _ in first }
  }

  /// `limit` (1 to 10000, else 1000) and `after`.
  static func page(_ query: [String: String]) throws(ControlFailure) -> (limit: Int, after: Int) {
    guard let limit = Int(query["limit"] ?? "1000"), (1...10_000).contains(limit) else {
      throw ControlFailure("limit is 1 to 10000")
    }
    guard let after = Int(query["after"] ?? "0"), after >= 0 else { throw ControlFailure("after is 0 or more") }
    return (limit, after)
  }
}
