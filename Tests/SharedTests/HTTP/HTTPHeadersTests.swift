import HTTP
import Testing

@Suite struct HTTPHeadersTests {
  @Test func `finds names in any case and keeps order`() {
    var headers: HTTPHeaders = ["Content-Type": "text/plain", "X-A": "1"]
    headers.add("x-a", "2")
    #expect(headers["content-TYPE"] == "text/plain")
    #expect(headers.all("X-a") == ["1", "2"])
    #expect(headers.map { "\($0.name)=\($0.value)" } == ["content-type=text/plain", "x-a=1", "x-a=2"])
  }

  @Test func `sets and removes every field of a name`() {
    var headers: HTTPHeaders = ["A": "1", "B": "2", "a": "3"]
    headers.set("A", "4")
    #expect(headers.map { "\($0.name)=\($0.value)" } == ["b=2", "a=4"])
    headers.remove("b")
    headers.remove("a")
    #expect(headers.isEmpty)
    #expect(headers["a"] == nil)
  }

  @Test func `does not take a prefix for a name`() {
    let headers: HTTPHeaders = ["Content-Type": "x"]
    #expect(headers["Content-Typ"] == nil)
    #expect(headers["Content-Type2"] == nil)
    #expect(!headers.contains(""))
  }

  @Test func `finds a token in a list`() {
    let headers: HTTPHeaders = ["Connection": "keep-alive ,\tUpgrade", "connection": "x"]
    #expect(headers.contains("Connection", token: "upgrade"))
    #expect(headers.contains("Connection", token: "X"))
    #expect(!headers.contains("Connection", token: "keep"))
  }

  @Test(arguments: [
    ("A", "b\r\nSet-Cookie: x"), ("A", "b\n"), ("A", "b\0"), ("A b", "c"), ("", "c"), ("A:", "c"), ("A\r\n", "c"),
  ])
  func `sees values and names that would break out`(name: String, value: String) {
    var headers = HTTPHeaders()
    headers.add(name, value)
    #expect(!headers.isWellFormed)
  }
}
