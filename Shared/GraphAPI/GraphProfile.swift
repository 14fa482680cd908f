import JSON

/// The business profile of a number as Meta shows it. Absent fields were never set.
package struct GraphProfile: Sendable, Equatable {
  package var about: String?
  package var address: String?
  package var description: String?
  package var email: String?
  package var websites: [String]
  /// One of Meta's verticals; `UNDEFINED` and new values pass through.
  package var vertical: String?
  /// Expires and changes by itself: says that there is a picture and nothing more.
  package var pictureURL: String?

  static let fields = "about,address,description,email,profile_picture_url,websites,vertical"

  init(_ node: JSONNode?) {
    about = node?["about"]?.string
    address = node?["address"]?.string
    description = node?["description"]?.string
    email = node?["email"]?.string
    vertical = node?["vertical"]?.string
    pictureURL = node?["profile_picture_url"]?.string
    var sites: [String] = []
    node?["websites"]?.forEachElement { if let site = $0.string { sites.append(site) } }
    websites = sites
  }
}

/// Fields of the business profile to change; those that are nil stay. An empty text or list empties a field.
package struct GraphProfileChange: Sendable, Equatable {
  package var about: String?
  package var address: String?
  package var description: String?
  package var email: String?
  package var websites: [String]?
  package var vertical: String?
  /// What an upload gave for the picture.
  package var pictureHandle: String?

  package init() {}
}
