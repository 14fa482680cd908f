import JSON

/// What customers see of a number: profile, picture, display name.
extension MetaGraph {
  func readProfile(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    let number = try number(id, for: call)
    let profile = number.profile
    var all: JSONObject = ["messaging_product": "whatsapp"]
    for (field, text) in profile.texts.sorted(by: { $0.key < $1.key }) { all[field] = .string(text) }
    if !profile.websites.isEmpty { all["websites"] = .strings(profile.websites) }
    if profile.vertical != "UNDEFINED" { all["vertical"] = .string(profile.vertical) }
    if let picture = profile.picture {
      // Another address at every reading, as Meta's expire.
      all["profile_picture_url"] = .string(
        "https://pps.whatsapp.net/v/t61/\(picture.count)_n.jpg?oe=\(MetaIdentifier.trace())")
    }
    let wanted = (call.wantedFields ?? []) + ["messaging_product"]
    return GraphReply(["data": [Self.pick(wanted, of: all)]])
  }

  /// All of it or nothing.
  func changeProfile(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    _ = try number(id, for: call)
    try Self.requireProduct(call)
    var texts: [(String, String)] = []
    for field in MetaProfile.limits.keys.sorted() {
      if let text = call.text(field) { texts.append((field, text)) }
    }
    let vertical = call.text("vertical")
    var websites: [String]?
    if let node = call.node("websites") {
      guard node.kind == .array else { throw GraphError.invalid("websites", "must be an array") }
      var sites: [String] = []
      node.forEachElement { sites.append($0.string ?? "") }
      websites = sites
    }
    let handle = call.text("profile_picture_handle")
    try locked { [texts, websites] (state) throws(GraphError) in
      let picture = try handle.map { (handle) throws(GraphError) in try state.picture(handle) }
      try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in
        var profile = number.profile
        for (field, text) in texts { try profile.set(field, text) }
        if let vertical { try profile.set(vertical: vertical) }
        if let websites { try profile.set(websites: websites) }
        if let picture { profile.picture = picture }
        number.profile = profile
        number.profilePosts += 1
      }
    }
    return .success
  }

  /// `POST /{PHONE_ID}?new_display_name=`: the name goes into review.
  func requestName(_ call: GraphCall, _ id: String) throws(GraphError) -> GraphReply {
    _ = try number(id, for: call)
    let name = try call.required("new_display_name")
    guard (2...75).contains(name.count) else {
      throw GraphError.invalid("new_display_name", "between 2 and 75 characters")
    }
    try locked { (state) throws(GraphError) in
      try state.update(number: id) { (number: inout MetaNumber) throws(GraphError) in
        number.newName = name
        number.newNameStatus = "PENDING_REVIEW"
        number.nameRequests += 1
      }
    }
    return .success
  }
}
