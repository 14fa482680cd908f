/// Identifiers of rows that a measurement writes itself, by their number.
enum PlantedID {
  static func text(_ prefix: String, _ number: Int) -> String {
    let digits = String(number)
    return prefix + "_01JD" + String(repeating: "0", count: 22 - digits.count) + digits
  }
}
