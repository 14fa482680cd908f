import HTTP
package import JSON

/// What the scripted Meta knows of a number's profile, picture and name.
package struct ScriptedProfile: Sendable {
  /// The profile's fields as Graph names them.
  package var fields: [String: JSONValue] = [:]
  /// The handle whose picture is shown.
  package var picture: String?
  /// Bodies of the posts that were taken.
  package var posts: [JSONValue] = []
  /// Bytes of each upload, and how long it is to become.
  package var uploads: [String: (bytes: [UInt8], length: Int)] = [:]
  /// `Authorization` and `file_offset` of each post of bytes.
  package var uploadHeaders: [String] = []
  /// The next bytes are cut off after as many, and the answer is lost.
  package var uploadTakes: Int?
  package var verifiedName = "Shop"
  package var newName: String?
  package var newNameStatus = "NONE"
  package var registrations = 0

  /// The name takes effect, if it was approved.
  mutating func registered() {
    registrations += 1
    guard newNameStatus == "APPROVED", let name = newName else { return }
    verifiedName = name
    newName = nil
    newNameStatus = "NONE"
  }

  /// Members of the number's JSON.
  var nameMembers: String {
    let new = newName.map { "\"new_display_name\":\"\($0)\"," } ?? ""
    return """
      "verified_name":"\(verifiedName)",\(new)"new_name_status":"\(newNameStatus)",\
      "last_onboarded_time":"2026-11-22T10:00:\(10 + registrations)+0000"
      """
  }

  /// Nil for requests that are about something else.
  mutating func answer(_ request: HTTPRequest, _ name: String, _ world: ScriptedGraph.World) -> (String, Int)? {
    let query = Dictionary(request.queryItems()?.map { ($0.name, $0.value) } ?? []) { first, _ in first }
    if name == "POST /\(world.appID)/uploads" {
      let id = "upload:\(uploads.count + 1)"
      uploads[id] = ([], Int(query["file_length"] ?? "") ?? 0)
      return ("{\"id\":\"\(id)?sig=abc\"}", 200)
    }
    if let id = request.path.split(separator: "/").last, id.hasPrefix("upload:") {
      return upload(request, String(id))
    }
    switch name {
    case let name where name.hasPrefix("GET /") && name.hasSuffix("/whatsapp_business_profile"):
      var all = JSONObject()
      for (field, value) in fields.sorted(by: { $0.key < $1.key }) { all[field] = value }
      if picture != nil { all["profile_picture_url"] = .string("https://pps.whatsapp.net/\(posts.count)") }
      let answer: JSONValue = ["data": [.object(all)]]
      return (text(answer), 200)
    case "POST /\(world.numberID)/whatsapp_business_profile":
      guard let body = try? JSONValue(parsing: request.body), let object = body.object else { return nil }
      posts.append(body)
      for member in object.members where member.key != "messaging_product" {
        if member.key == "profile_picture_handle" {
          picture = member.value.string
        } else {
          // Empty is nothing, as Meta shows it.
          fields.removeValue(forKey: member.key)
          if member.value != "" && member.value != [] { fields[member.key] = member.value }
        }
      }
      return ("{\"success\":true}", 200)
    default:
      return nil
    }
  }

  private mutating func upload(_ request: HTTPRequest, _ id: String) -> (String, Int) {
    guard var upload = uploads[id] else { return ("{\"error\":{\"message\":\"gone\",\"code\":100}}", 400) }
    if request.method == "GET" { return ("{\"id\":\"\(id)\",\"file_offset\":\(upload.bytes.count)}", 200) }
    let offset = request.headers["file_offset"] ?? "none"
    uploadHeaders.append("\(request.headers["Authorization"]?.prefix(6) ?? "") \(offset)")
    guard Int(offset) == upload.bytes.count else {
      return ("{\"error\":{\"message\":\"wrong offset\",\"code\":100}}", 400)
    }
    let taken = request.body.prefix(uploadTakes ?? request.body.count)
    upload.bytes += taken
    uploads[id] = upload
    if uploadTakes != nil {
      uploadTakes = nil
      return ("cut off", 200)
    }
    guard upload.bytes.count == upload.length else { return ("{\"id\":\"\(id)\"}", 200) }
    return ("{\"h\":\"4::\(id.dropFirst(7))\"}", 200)
  }

  private func text(_ value: JSONValue) -> String {
    (try? JSONCoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
