/// A place.
package struct MessageLocation: Codable, Sendable, Equatable {
  /// -90 to 90 degrees.
  package var latitude: Double
  /// -180 to 180 degrees.
  package var longitude: Double
  package var name: String?
  package var address: String?
  /// Inbound.
  package var url: String?

  package init(latitude: Double, longitude: Double, name: String? = nil, address: String? = nil, url: String? = nil) {
    self.latitude = latitude
    self.longitude = longitude
    self.name = name
    self.address = address
    self.url = url
  }
}
