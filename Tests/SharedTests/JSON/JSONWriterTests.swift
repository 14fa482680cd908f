import JSON
import Testing

@Suite struct JSONWriterTests {
  private struct Reply: Codable { var messageID = "m1" }

  @Test func `writes an envelope by hand around encoded and raw values`() throws {
    let request = try JSONDocument(parsing: #"{"params": {"x" : [1,2]} }"#)
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("kind")
    writer.string("response")
    writer.key("id")
    writer.integer(UInt64.max)
    writer.key("ok")
    writer.bool(true)
    writer.key("none")
    writer.null()
    writer.key("result")
    try JSONCoder.encode(Reply(), into: &writer)
    writer.key("list")
    writer.beginArray()
    try JSONCoder.encode(1, into: &writer)
    writer.raw(try #require(request.root["params"]))
    writer.raw(Array("[ ]".utf8))
    try writer.value(["a": 1.5])
    writer.beginObject()
    writer.endObject()
    try writer.double(2.5)
    writer.integer(Int64.min)
    writer.endArray()
    writer.endObject()
    let text = #"""
      {"kind":"response","id":18446744073709551615,"ok":true,"none":null,"result":{"message_id":"m1"},"list":[1,\#
      {"x" : [1,2]},[ ],{"a":1.5},{},2.5,-9223372036854775808]}
      """#
    #expect(String(decoding: writer.bytes, as: UTF8.self) == text)
    #expect(writer.count == text.utf8.count)
    #expect(writer.finish() == Array(text.utf8))
  }

  @Test func `leaves room for a header in front`() throws {
    var writer = JSONWriter(leaving: 4, capacity: 0)
    writer.string(String(repeating: "x", count: 1_000))
    #expect(writer.count == 1_002)
    let bytes = writer.finish()
    #expect(bytes.count == 1_006)
    #expect(bytes[..<5] == [0, 0, 0, 0, UInt8(ascii: "\"")])
  }

  @Test func `starts over and is a value`() throws {
    var writer = JSONWriter(leaving: 1)
    writer.beginArray()
    writer.integer(1)
    var copy = writer
    writer.removeAll()
    writer.integer(7)
    copy.integer(2)
    copy.endArray()
    #expect(writer.finish() == [0, UInt8(ascii: "7")])
    #expect(copy.finish() == [0] + Array("[1,2]".utf8))
  }

  @Test(arguments: [0, 1, 15, 16, 17, 255, 256, 257, 100_000])
  func `grows by any amount`(_ length: Int) throws {
    for filler in ["x", "\n", "é"] {
      var writer = JSONWriter(capacity: 1)
      writer.beginArray()
      let string = String(repeating: filler, count: length)
      writer.string(string)
      writer.string(string)
      writer.endArray()
      #expect(try JSONCoder.decode([String].self, from: writer.finish()) == [string, string])
    }
  }
}
