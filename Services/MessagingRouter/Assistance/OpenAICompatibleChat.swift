import Contracts
import Crypto
import JSON
import Outbound

/// A server that speaks OpenAI's `POST /v1/chat/completions`: hosted, or Ollama, vLLM, llama.cpp, LiteLLM.
/// Only the portable part of the request is used (facts: chat completions across servers).
struct OpenAICompatibleChat: ChatModel {
  let http: HTTPClient
  /// Up to and including `/v1`.
  let baseURL: String
  let key: Secret?
  let limits: OutboundLimits

  func reply(to history: [Utterance], as assistant: Assistant) async throws(ChatFailure) -> String {
    var headers: [(name: String, value: String)] = [
      ("Content-Type", "application/json"), ("Accept", "application/json"),
    ]
    if let key = key?.string { headers.append(("Authorization", "Bearer " + key)) }
    // A repeated completion costs a little money, never a second message: the turn has one reply.
    let request = OutboundRequest(
      method: "POST", url: baseURL + "/chat/completions", headers: headers, body: try body(history, assistant),
      mayRepeat: true, limits: limits)
    let response: OutboundResponse
    do throws(OutboundFailure) {
      response = try await http.send(request)
    } catch {
      throw ChatFailure(kind: error.kind == .badRequest ? .permanent : .outage, message: error.message)
    }
    return try read(response)
  }

  private func body(_ history: [Utterance], _ assistant: Assistant) throws(ChatFailure) -> [UInt8] {
    guard let model = assistant.model else {
      throw ChatFailure(kind: .permanent, message: "the assistant has no model")
    }
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("model")
    writer.string(model)
    writer.key("temperature")
    do throws(JSONEncodingFailure) { try writer.double(assistant.temperature ?? 0) } catch {
      throw ChatFailure(kind: .permanent, message: "the temperature is not a number")
    }
    writer.key("messages")
    writer.beginArray()
    write("system", assistant.instructions ?? "", &writer)
    for said in history { write(said.direction == .inbound ? "user" : "assistant", said.text, &writer) }
    writer.endArray()
    writer.endObject()
    return writer.finish()
  }

  private func write(_ role: String, _ content: String, _ writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("role")
    writer.string(role)
    writer.key("content")
    writer.string(content)
    writer.endObject()
  }

  private func read(_ response: OutboundResponse) throws(ChatFailure) -> String {
    guard response.status == 200 else {
      let isOutage = [408, 409, 425, 429].contains(response.status) || (500...599).contains(response.status)
      throw ChatFailure(
        kind: isOutage ? .outage : .permanent,
        retryAfterMilliseconds: response.headers["Retry-After"].flatMap { Int64($0) }.map {
          min(max($0, 0), 3_600) * 1_000
        },
        message: "the model server answered HTTP \(response.status)")
    }
    let document: JSONDocument
    do throws(JSONFailure) { document = try JSONDocument(parsing: response.body) } catch {
      throw ChatFailure(kind: .useless, message: "the model server's answer is not JSON: \(error)")
    }
    guard let content = document.root["choices"]?[0]?["message"]?["content"]?.string else {
      throw ChatFailure(kind: .useless, message: "the model server's answer has no content")
    }
    let text = Self.cleaned(content)
    if text.isEmpty { throw ChatFailure(kind: .useless, message: "the model's answer is empty") }
    return text
  }

  /// Without the thoughts that local reasoning models put before the answer, without control characters, and within
  /// WhatsApp's bound; empty when nothing would be seen.
  static func cleaned(_ content: String) -> String {
    var scalars = withoutThoughts(content).unicodeScalars
    scalars.removeAll(where: MessageText.isForbidden)
    let text = Substring(String(scalars))
    if MessageText.isBlank(String(text)) { return "" }
    let trimmed = text.drop { $0.isWhitespace }
    let end = trimmed.lastIndex { !$0.isWhitespace }
    let whole = end.map { trimmed[...$0] } ?? ""
    // Cut between characters, counted as the platform counts.
    var count = 0
    let cut = whole.firstIndex { character in
      count += character.unicodeScalars.count
      return count > MessageText.longest
    }
    return String(whole[..<(cut ?? whole.endIndex)])
  }

  /// One pass over the bytes, whatever a model server sends.
  private static func withoutThoughts(_ content: String) -> String {
    let bytes = Array(content.utf8)
    let (opening, closing) = (Array("<think>".utf8), Array("</think>".utf8))
    var kept: [UInt8] = []
    var isThinking = false
    var index = 0
    while index < bytes.count {
      let mark = isThinking ? closing : opening
      if bytes[index...].starts(with: mark) {
        isThinking.toggle()
        index += mark.count
      } else {
        if !isThinking { kept.append(bytes[index]) }
        index += 1
      }
    }
    return String(decoding: kept, as: UTF8.self)
  }
}
