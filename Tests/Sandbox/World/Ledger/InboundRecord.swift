/// One message of a customer and whether its webhook was answered 200.
package struct InboundRecord: Sendable {
  package let wamid: String
  package let from: PhoneDigits
  package let phoneNumberID: String
  package let text: String
  package let at: Int64
  /// Deliveries tried, batches included.
  package internal(set) var attempts = 0
  /// When the first 200 came.
  package internal(set) var acknowledgedAt: Int64?
}
