/// Finds out where in a value a writer stopped, from what it wrote. Only for messages, so it may be slow.
enum JSONWriterPath {
  /// One container that is still open: the last name seen in an object, or the position in an array.
  private struct Place {
    let isObject: Bool
    var name = ""
    var position = 0
  }

  /// `afterValue`: a value was just completed, so that what follows stands one place further.
  static func text(of written: Slice<UnsafeBufferPointer<UInt8>>, afterValue: Bool) -> String {
    var places: [Place] = []
    var string: [UInt8] = []
    var inString = false
    var afterBackslash = false
    for byte in written {
      if inString {
        if byte == UInt8(ascii: "\""), !afterBackslash {
          inString = false
        } else {
          string.append(byte)
        }
        afterBackslash = byte == UInt8(ascii: "\\") && !afterBackslash
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        inString = true
        string = []
      case UInt8(ascii: "{"): places.append(Place(isObject: true))
      case UInt8(ascii: "["): places.append(Place(isObject: false))
      case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = places.popLast()
      case UInt8(ascii: ":"):
        if let last = places.indices.last { places[last].name = String(decoding: string, as: UTF8.self) }
      case UInt8(ascii: ","): if let last = places.indices.last { places[last].position += 1 }
      default: break
      }
    }
    if afterValue, let last = places.indices.last { places[last].position += 1 }
    var path = ""
    for place in places {
      if place.isObject {
        path += path.isEmpty ? place.name : "." + place.name
      } else {
        path += "[\(place.position)]"
      }
    }
    return path
  }
}
