// Sources: Shared/JSON
// Compiled by scripts/fuzz together with the sources of Shared/JSON into one module: nothing of ours is imported.

/// Every shape of container and scalar, so that arbitrary documents reach all the coder's paths.
private struct FuzzedShape: Codable {
  enum Choice: Codable { case none, text(String), pairOf(leftID: Int8, right: Double?) }
  final class Node: Codable {
    var children: [Node]?
    var nameID: String?
  }

  var senderID: String?
  var count: Int?
  var ratio: Double?
  var flags: [Bool?]?
  var byName: [String: [UInt8]]?
  var choice: Choice?
  var tree: Node?
  var raw: JSONValue?
}

/// What the reader accepts must survive being written and read again, and no decoder may crash on it.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  guard let document = try? JSONDocument(parsing: bytes) else { return 0 }
  let value = JSONValue(document.root)
  guard let written = try? JSONCoder.encode(value), let again = try? JSONValue(parsing: written), again == value else {
    fatalError("an accepted document does not survive rewriting")
  }
  guard Array(document.root.bytes).count <= bytes.count, (try? JSONValue(parsing: Array(document.root.bytes))) == value
  else { fatalError("a value's own bytes are not the value") }
  if let shape = try? document.root.decode(FuzzedShape.self) {
    guard let encoded = try? JSONCoder.encode(shape), (try? JSONCoder.decode(FuzzedShape.self, from: encoded)) != nil
    else { fatalError("a decoded value does not survive encoding") }
  }
  do throws(JSONDecodingFailure) {
    _ = try document.root.decode([String: [FuzzedShape.Choice]].self)
  } catch {
    // Building the message walks the tape.
    _ = error.under("params").description
  }
  document.root.forEachMember { name, member in
    guard document.root[name]?.range == member.range else { fatalError("a member is not found by its name") }
  }
  return 0
}
