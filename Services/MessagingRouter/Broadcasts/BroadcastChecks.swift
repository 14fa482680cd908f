import Contracts
import Store
import Wire

/// What calls about drafts have to bring.
enum BroadcastChecks {
  static let longestName = 200
  static let mostVariables = 100

  static func name(_ name: String) throws(CallFailure) {
    let isBlank = name.allSatisfy(\.isWhitespace)
    guard !isBlank, name.unicodeScalars.count <= longestName else {
      throw .invalidArgument("NAME_INVALID", "name is 1 to \(longestName) characters, not blank", field: "name")
    }
  }

  static func variables(_ variables: [String: String]) throws(CallFailure) {
    guard variables.count <= mostVariables else {
      throw .invalidArgument("VARIABLES_TOO_MANY", "variables has \(mostVariables) members at most", field: "variables")
    }
    for (name, value) in variables where value.utf8.count > RecipientCheck.longestValue {
      throw .invalidArgument(
        "VARIABLE_INVALID", "variables.\(name.prefix(80)) has \(RecipientCheck.longestValue) bytes at most",
        field: "variables")
    }
  }

  /// A template of the sender's WhatsApp Business Account. It need not be approved before the start.
  static func template(
    _ id: TemplateID, sender: SenderID, account: String, _ connection: Connection
  ) throws -> Template {
    guard let sender = try SenderRow.find(id: sender, account: account, connection) else {
      throw TemplateFailures.senderNotFound
    }
    let template = try BroadcastRules.current(id, account: account, connection)
    guard try sender.waba(connection) == template.wabaID else { throw TemplateFailures.otherAccount(template) }
    return template
  }

  /// Another template for a draft: its recipients' variables have to fit.
  static func take(_ id: TemplateID, into row: inout BroadcastRow, _ connection: Connection) throws {
    let template = try template(id, sender: row.broadcast.senderID, account: row.account, connection)
    let (old, new) = (row.template.variables.map(\.name), template.variables.map(\.name))
    let hasRecipients = try BroadcastTally.read(row.id, state: .draft, connection).recipients > 0
    guard Set(old) == Set(new) || !hasRecipients else { throw BroadcastFailures.templateChanged(old, new) }
    row.freeze(template)
  }
}
