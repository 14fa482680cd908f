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

  /// WhatsApp's bound for a text message.
  static let longestReply = 4096

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
      throw ChatFailure(mayRetry: true, message: error.message)
    }
    return try read(response)
  }

  private func body(_ history: [Utterance], _ assistant: Assistant) throws(ChatFailure) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("model")
    writer.string(assistant.model)
    writer.key("temperature")
    do throws(JSONEncodingFailure) { try writer.double(assistant.temperature) } catch {
      throw ChatFailure(mayRetry: false, message: "the temperature is not a number")
    }
    writer.key("messages")
    writer.beginArray()
    write("system", assistant.instructions, &writer)
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
      let mayRetry = [408, 409, 429, 500, 502, 503, 504].contains(response.status)
      throw ChatFailure(
        mayRetry: mayRetry,
        retryAfterMilliseconds: response.headers["Retry-After"].flatMap { Int64($0) }.map { $0 * 1000 },
        message: "the model server answered HTTP \(response.status)")
    }
    let document: JSONDocument
    do throws(JSONFailure) { document = try JSONDocument(parsing: response.body) } catch {
      throw ChatFailure(mayRetry: true, message: "the model server's answer is not JSON: \(error)")
    }
    guard let content = document.root["choices"]?[0]?["message"]?["content"]?.string else {
      throw ChatFailure(mayRetry: true, message: "the model server's answer has no content")
    }
    let text = Self.cleaned(content)
    if text.isEmpty { throw ChatFailure(mayRetry: true, message: "the model's answer is empty") }
    return text
  }

  /// Without the thoughts that local reasoning models put before the answer, and within WhatsApp's bound.
  static func cleaned(_ content: String) -> String {
    var text = content
    while let start = text.range(of: "<think>") {
      guard let end = text.range(of: "</think>", after: start.upperBound) else {
        text.removeSubrange(start.lowerBound...)
        break
      }
      text.removeSubrange(start.lowerBound..<end.upperBound)
    }
    let trimmed = text.drop { $0.isWhitespace }
    let end = trimmed.lastIndex { !$0.isWhitespace }
    let bounded = end.map { trimmed[...$0] } ?? ""
    return String(String.UnicodeScalarView(bounded.unicodeScalars.prefix(longestReply)))
  }
}

extension String {
  /// The first place of `needle`, at or after a position.
  fileprivate func range(of needle: String, after start: String.Index? = nil) -> Range<String.Index>? {
    var index = start ?? startIndex
    while index < endIndex {
      if self[index...].hasPrefix(needle) { return index..<self.index(index, offsetBy: needle.count) }
      formIndex(after: &index)
    }
    return nil
  }
}
