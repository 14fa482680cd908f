import Contracts
import Crypto
import JSON

extension WebhookRow {
  /// Takes over what was asked for. Own headers are replaced as a whole; one without a value keeps the value it has,
  /// because values are never shown.
  mutating func merge(_ fields: WebhookFields, _ keyring: SealingKeyring) throws {
    description = fields.description.applied(to: description)
    eventTypes = fields.eventTypes.applied(to: eventTypes)
    isOrdered = fields.isOrdered ?? isOrdered
    maxPerSecond = fields.maxPerSecond.applied(to: maxPerSecond)
    maxConcurrency = fields.maxConcurrency.applied(to: maxConcurrency)
    retrySchedule = fields.retrySchedule.applied(to: retrySchedule)
    guard let wanted = fields.headers else { return }
    let headers = try OwnHeaders.parse(wanted, known: (try? ownHeaders(keyring)) ?? [])
    sealedHeaders =
      headers.isEmpty
      ? nil
      : keyring.seal(Secret(try JSONCoder.encode(headers)), binding: Self.binding(id, column: "headers"))
  }
}
