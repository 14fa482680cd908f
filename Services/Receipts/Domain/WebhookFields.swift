import Contracts

/// What a person asked of a webhook's fields, checked; headers are looked at beside the stored ones (`OwnHeaders`).
struct WebhookFields: Sendable {
  var description: Patch<String>
  var eventTypes: Patch<[PlatformEvent.Kind]>
  var headers: [WebhookHeader]?
  var isOrdered: Bool?
  var maxPerSecond: Patch<Double>
  var maxConcurrency: Patch<Int>
  var retrySchedule: Patch<String>

  init(_ call: ReceiptsAPI.UpdateWebhook) throws(FieldRefusal) {
    description = try call.description.checked(WebhookOptions.description)
    eventTypes = try call.eventTypes.checked(WebhookOptions.eventTypes)
    headers = call.headers
    isOrdered = call.isOrdered
    maxPerSecond = try call.maxPerSecond.checked(WebhookOptions.rate)
    maxConcurrency = try call.maxConcurrency.checked(WebhookOptions.concurrency)
    retrySchedule = try call.retrySchedule.checked(WebhookOptions.schedule)
  }

  init(_ call: ReceiptsAPI.CreateWebhook) throws(FieldRefusal) {
    description = try Self.wish(call.description).checked(WebhookOptions.description)
    eventTypes = try Self.wish(call.eventTypes).checked(WebhookOptions.eventTypes)
    headers = call.headers
    isOrdered = call.isOrdered
    maxPerSecond = try Self.wish(call.maxPerSecond).checked(WebhookOptions.rate)
    maxConcurrency = try Self.wish(call.maxConcurrency).checked(WebhookOptions.concurrency)
    retrySchedule = try Self.wish(call.retrySchedule).checked(WebhookOptions.schedule)
  }

  private static func wish<Value>(_ value: Value?) -> Patch<Value> { value.map { .set($0) } ?? .absent }
}
