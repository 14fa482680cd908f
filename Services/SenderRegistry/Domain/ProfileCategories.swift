import Contracts

/// Meta's verticals and how people call them (facts: business profile; the labels are the product page's).
enum ProfileCategories {
  static let all: [ProfileCategory] = [
    ProfileCategory("ALCOHOL", "Alcohol"),
    ProfileCategory("AUTO", "Automotive"),
    ProfileCategory("BEAUTY", "Beauty, Spa and Salon", aliases: ["Beauty"]),
    ProfileCategory("APPAREL", "Clothing and Apparel", aliases: ["Clothing"]),
    ProfileCategory("EDU", "Education"),
    ProfileCategory("ENTERTAIN", "Entertainment"),
    ProfileCategory("EVENT_PLAN", "Event Planning and Service", aliases: ["Event", "Event Planning"]),
    ProfileCategory("FINANCE", "Finance and Banking"),
    ProfileCategory("GROCERY", "Food and Grocery"),
    ProfileCategory("HOTEL", "Hotel and Lodging"),
    ProfileCategory("HEALTH", "Medical and Health", aliases: ["Medical"]),
    ProfileCategory("NONPROFIT", "Non-profit"),
    ProfileCategory("ONLINE_GAMBLING", "Online Gambling"),
    ProfileCategory("OTC_DRUGS", "OTC Drugs"),
    // Meta has no value for matrimony services.
    ProfileCategory("OTHER", "Other", aliases: ["Matrimony Service"]),
    ProfileCategory("PHYSICAL_GAMBLING", "Physical Gambling"),
    ProfileCategory("PROF_SERVICES", "Professional Services", aliases: ["Professional"]),
    ProfileCategory("GOVT", "Public Service"),
    ProfileCategory("RESTAURANT", "Restaurant"),
    ProfileCategory("RETAIL", "Shopping and Retail", aliases: ["Shopping"]),
    ProfileCategory("TRAVEL", "Travel and Transportation"),
  ]

  /// Meta's value for what a person typed: a value or a label, in small or capital letters.
  static func value(of text: String) -> String? {
    let wanted = plain(text)
    return all.first { category in
      plain(category.value) == wanted || plain(category.label) == wanted
        || category.aliases.contains { plain($0) == wanted }
    }?.value
  }

  /// Nil for values that may be read and have no label here.
  static func label(of value: String) -> String? { all.first { $0.value == value }?.label }

  private static func plain(_ text: String) -> String {
    text.lowercased().filter { $0.isLetter || $0.isNumber }
  }
}
