import JSON

/// The `contacts` of a value: people by number and by user id. Absent and partial entries are normal.
struct WebhookPeople {
  private var people: [WebhookPerson] = []
  // Most values name one person: tables are made for the others only.
  private var byNumber: [String: Int] = [:]
  private var byUser: [String: Int] = [:]

  init(_ contacts: JSONNode?) {
    var people: [WebhookPerson] = []
    contacts?.forEachElement { node in
      let profile = node["profile"]
      people.append(
        WebhookPerson(
          number: node["wa_id"]?.webhookText, userID: node["user_id"]?.webhookText,
          parentUserID: node["parent_user_id"]?.webhookText, name: profile?["name"]?.string,
          username: profile?["username"]?.string ?? node["username"]?.string))
    }
    if people.count > 1 {
      for (index, person) in people.enumerated() {
        if let number = person.number { byNumber[number] = index }
        if let user = person.userID { byUser[user] = index }
      }
    }
    self.people = people
  }

  /// The person with this number or user id, with all that is told of them. Of neither, the only one there is.
  func find(number: String?, userID: String?, parentUserID: String? = nil) -> WebhookPerson {
    var person = named(number: number, userID: userID) ?? WebhookPerson()
    person.number = number ?? person.number
    person.userID = userID ?? person.userID
    person.parentUserID = parentUserID ?? person.parentUserID
    return person
  }

  private func named(number: String?, userID: String?) -> WebhookPerson? {
    guard people.count > 1 else {
      guard let only = people.first else { return nil }
      // A person told beside somebody else's message says nothing about its writer.
      if let userID, let other = only.userID, other != userID { return nil }
      if userID == nil || only.userID == nil, let number, let other = only.number, other != number { return nil }
      return only
    }
    if let index = userID.flatMap({ byUser[$0] }) ?? number.flatMap({ byNumber[$0] }) { return people[index] }
    return nil
  }
}
