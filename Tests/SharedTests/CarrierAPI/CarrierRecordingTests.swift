import CarrierAPI
import Crypto
import Outbound
import TestSupport
import Testing

@Suite struct CarrierRecordingTests {
  private func run(_ body: (CarrierClient, ScriptedCarrier) async throws -> Void) async throws {
    let carrier = try await ScriptedCarrier()
    let http = HTTPClient(HTTPClientConfiguration(allowPlainHTTP: true))
    let client = CarrierClient(
      http: http,
      settings: CarrierSettings(
        baseURL: carrier.url, accountSID: ScriptedCarrier.accountSID, authToken: Secret(ScriptedCarrier.authToken)))
    do { try await body(client, carrier) } catch {
      http.close()
      await carrier.stop()
      throw error
    }
    http.close()
    await carrier.stop()
  }

  @Test func `a recording is fetched once it is there, found by its call, and deleted`() async throws {
    try await run { client, carrier in
      let audio = [UInt8](repeating: 7, count: 300_000)
      carrier.keep(audio, as: "RE1", of: "CA1", absences: 1)
      carrier.keep([1], as: "RE2", of: "CA2")
      #expect(try await client.recording(sid: "RE1") == .notYet)
      #expect(try await client.recording(sid: "RE1") == .audio(audio))
      let found = try await client.recordings(ofCall: "CA1")
      #expect(found.map(\.sid) == ["RE1"] && found.first?.status == "completed")
      try await client.deleteRecording(sid: "RE1")
      // Once more is the same as once.
      try await client.deleteRecording(sid: "RE1")
      #expect(try await client.recording(sid: "RE1") == .notYet)
      #expect(try await client.recordings(ofCall: "CA1").isEmpty)
      #expect(carrier.recordings.map(\.sid) == ["RE2"])
      let basic = Base64.encode(Array("\(ScriptedCarrier.accountSID):\(ScriptedCarrier.authToken)".utf8))
      #expect(carrier.authorizations == ["Basic \(basic)"])
    }
  }

  @Test func `a recording that is too long is not read to its end`() async throws {
    try await run { client, carrier in
      carrier.order("GET /Recordings", .bytes(CarrierClient.longestRecording + 1))
      #expect(try await client.recording(sid: "RE1") == .tooLong)
      carrier.order("GET /Recordings", .bytes(CarrierClient.longestRecording))
      guard case .audio(let bytes) = try await client.recording(sid: "RE1") else {
        return #expect(Bool(false), "no sound")
      }
      #expect(bytes.count == CarrierClient.longestRecording)
    }
  }

  @Test func `an id cannot lead elsewhere`() async throws {
    try await run { client, carrier in
      let audio = try await client.recording(sid: "../IncomingPhoneNumbers/PN1")
      #expect(audio == .notYet)
      #expect(carrier.requests == ["GET /Recordings"])
    }
  }

  @Test func `a refusal is no recording`() async throws {
    try await run { client, carrier in
      carrier.order("GET /Recordings", .error(20_003, status: 401), .error(20_500, status: 500))
      let refused = await #expect(throws: CarrierFailure.self) { try await client.recording(sid: "RE1") }
      guard case .answered(let error)? = refused else { return #expect(Bool(false), "\(String(describing: refused))") }
      #expect(error.isAuthentication)
      await #expect(throws: CarrierFailure.self) { try await client.recording(sid: "RE1") }
    }
  }
}
