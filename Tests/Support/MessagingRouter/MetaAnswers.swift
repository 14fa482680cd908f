package import HTTP
import JSON

/// What Meta and model servers answer, in their shapes.
package enum MetaAnswers {
  /// Accepted, with an id made of ours, so that a test can tell which send it was. A read mark is done.
  package static func accepted(_ request: HTTPRequest) -> HTTPResponse {
    if field("status", request) == "read" { return json(200, #"{"success":true}"#) }
    return json(200, #"{"messaging_product":"whatsapp","messages":[{"id":"wamid.of.\#(callbackData(request))"}]}"#)
  }

  /// An error of Meta's table.
  package static func error(_ code: Int, status: Int = 400, retryAfter: Int? = nil) -> HTTPResponse {
    var response = json(
      status,
      #"{"error":{"message":"(#\#(code)) no","type":"OAuthException","code":\#(code),"error_data":{"messaging_product":"whatsapp","details":"details of \#(code)"},"fbtrace_id":"A"}}"#
    )
    if let retryAfter { response.headers.set("Retry-After", "\(retryAfter)") }
    return response
  }

  /// Our message id, as the send carries it.
  package static func callbackData(_ request: HTTPRequest) -> String {
    field("biz_opaque_callback_data", request) ?? ""
  }
  package static func recipient(_ request: HTTPRequest) -> String? { field("to", request) }
  package static func text(_ request: HTTPRequest) -> String? {
    (try? JSONDocument(parsing: request.body))?.root["text"]?["body"]?.string
  }

  /// A chat completion.
  package static func completion(_ content: String) -> HTTPResponse {
    var writer = JSONWriter()
    writer.string(content)
    let quoted = String(decoding: writer.finish(), as: UTF8.self)
    return json(200, #"{"choices":[{"index":0,"message":{"role":"assistant","content":\#(quoted)}}]}"#)
  }

  /// The last thing the customer said, as the model was told.
  package static func question(_ request: HTTPRequest) -> String {
    var last = ""
    (try? JSONDocument(parsing: request.body))?.root["messages"]?.forEachElement { node in
      last = node["content"]?.string ?? last
    }
    return last
  }

  /// All that a model was told, in order.
  package static func said(_ request: HTTPRequest) -> [String] {
    var all: [String] = []
    (try? JSONDocument(parsing: request.body))?.root["messages"]?.forEachElement { node in
      all.append(node["content"]?.string ?? "")
    }
    return all
  }

  package static func json(_ status: Int, _ text: String) -> HTTPResponse {
    HTTPResponse(status: status, bytes: Array(text.utf8), contentType: "application/json")
  }

  private static func field(_ name: String, _ request: HTTPRequest) -> String? {
    (try? JSONDocument(parsing: request.body))?.root[name]?.string
  }
}
