import Store

extension Schema {
  /// What earlier versions kept of people in the audit log, where no erasure reaches it.
  static let blankedAudits = Migration(
    "people leave the audit log",
    sql: """
      UPDATE audit_log SET before = NULL, after = NULL, request = json_remove(request, '$.note')
      WHERE method IN ('messaging.contact.set_preferences', 'messaging.message.resolve');
      """)
}
