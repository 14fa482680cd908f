import Contracts
import Testing

@testable import Receipts

@Suite struct DeliveryPlacesTests {
  private let one = WebhookID(trusted: "whk_1")
  private let two = WebhookID(trusted: "whk_2")

  private func fall(silent webhook: WebhookID, _ places: inout DeliveryPlaces) {
    let ticket = places.take(webhook)
    places.finish(ticket, answered: false)
  }

  @Test func `a webhook has its own few places`() {
    var places = DeliveryPlaces(total: 8, perWebhook: 2)
    let first = places.take(one)
    #expect(places.free(for: one) == 1 && places.free(for: two) == 2)
    _ = places.take(one)
    #expect(places.free(for: one) == 0)
    places.finish(first, answered: true)
    #expect(places.free(for: one) == 1 && places.inFlight == 1)
  }

  @Test func `nobody has a place when all are taken`() {
    var places = DeliveryPlaces(total: 3, perWebhook: 2)
    for webhook in [one, one, two] { _ = places.take(webhook) }
    #expect(places.free(for: two) == 0 && places.inFlight == 3)
  }

  @Test func `those that do not answer share half of all places`() {
    var places = DeliveryPlaces(total: 8, perWebhook: 4)
    let silent = (0..<10).map { WebhookID(trusted: "whk_silent\($0)") }
    for webhook in silent { fall(silent: webhook, &places) }
    var taken = 0
    for webhook in silent {
      while places.free(for: webhook) > 0 {
        _ = places.take(webhook)
        taken += 1
      }
    }
    #expect(taken == 4)
    #expect(places.free(for: one) == 4)
  }

  @Test func `an answer, even an error, makes a webhook whole again`() {
    var places = DeliveryPlaces(total: 2, perWebhook: 2)
    fall(silent: one, &places)
    #expect(places.free(for: one) == 1)
    let ticket = places.take(one)
    #expect(places.free(for: one) == 0)
    places.finish(ticket, answered: true)
    #expect(places.free(for: one) == 2)
  }

  @Test func `a place taken before the silence is given back as what it was`() {
    var places = DeliveryPlaces(total: 4, perWebhook: 4)
    let (first, second) = (places.take(one), places.take(one))
    places.finish(first, answered: false)
    places.finish(second, answered: false)
    // Had the second been given back to the silent ones' half, that half would have grown by one.
    #expect(places.free(for: one) == 2 && places.inFlight == 0)
  }

  @Test func `with one place in all a silent webhook may still be tried`() {
    var places = DeliveryPlaces(total: 1, perWebhook: 1)
    fall(silent: one, &places)
    #expect(places.free(for: one) == 1)
  }

  @Test func `what is remembered of the silent ones is bounded`() {
    var places = DeliveryPlaces(total: 2, perWebhook: 2)
    for number in 0...DeliveryPlaces.silentLimit { fall(silent: WebhookID(trusted: "whk_\(number)"), &places) }
    #expect(places.free(for: WebhookID(trusted: "whk_0")) == 1)
    #expect(places.free(for: WebhookID(trusted: "whk_\(DeliveryPlaces.silentLimit)")) == 2)
  }
}
