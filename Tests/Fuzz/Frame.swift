// Sources: Shared/Crypto Shared/JSON Shared/Telemetry Shared/Wire
//
// Compiled by scripts/fuzz into one module with them, their imports of each other taken out.

/// What the splitter and the envelope do must not depend on how the network cuts the bytes, and no bytes may crash them.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzFrame(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = UnsafeBufferPointer(start: start, count: count)
  guard let first = bytes.first else { return 0 }
  // The first byte decides how the rest is cut.
  let stream = Array(bytes.dropFirst())
  let whole = read(stream, pieces: stream.count)
  let cut = read(stream, pieces: Int(first % 16) + 1)
  guard whole == cut else { fatalError("frames depend on where the stream is cut") }

  // The whole input as one body too, so that the fuzzer need not find lengths to get there.
  for body in whole.bodies + [stream] { check(body) }
  return 0
}

private struct Reading: Equatable {
  var bodies: [[UInt8]] = []
  var failure: FrameFailure?
}

private func read(_ stream: [UInt8], pieces: Int) -> Reading {
  var splitter = FrameSplitter(limit: 4_096)
  var reading = Reading()
  var at = 0
  while at < stream.count {
    let end = min(stream.count, at + max(1, pieces))
    stream[at..<end].withUnsafeBytes { splitter.append($0) }
    at = end
    do throws(FrameFailure) {
      while let body = try splitter.next() { reading.bodies.append(body) }
    } catch {
      reading.failure = error
      break
    }
    guard splitter.bufferedBytes <= stream.count else { fatalError("more is held than has come") }
  }
  return reading
}

private func check(_ body: [UInt8]) {
  _ = FrameBlanking.blanked(body[...])
  do throws(FrameFailure) {
    let envelope = try Envelope(body, limit: 1 << 20)
    guard let again = rewritten(envelope), let reread = try? Envelope(again, limit: 1 << 21) else {
      fatalError("an accepted frame does not survive rewriting")
    }
    guard reread.kind == envelope.kind else { fatalError("a frame changed its kind") }
  } catch {
    _ = error.description + error.reason
  }
}

/// The same frame written by us; its body.
private func rewritten(_ envelope: Envelope) -> [UInt8]? {
  let frame: [UInt8]
  switch envelope {
  case .hello(let hello): frame = Frame.hello(hello)
  case .proof(let mac): frame = Frame.proof(mac)
  case .request(let request):
    frame = Frame.request(
      id: request.id, method: request.method, timeoutMilliseconds: request.timeoutMilliseconds, key: request.key,
      trace: request.trace?.traceparent, account: request.account, actor: request.actor,
      params: Array(request.params.bytes))
  case .response(let response):
    switch response.outcome {
    case .success(let result):
      var writer = Frame.beginResponse(id: response.id)
      writer.raw(result)
      frame = Frame.finish(writer)
    case .failure(let failure): frame = Frame.failure(id: response.id, failure)
    }
  case .cancel(let id): frame = Frame.cancel(id: id)
  case .ping(let id): frame = Frame.ping(id: id)
  case .pong(let id): frame = Frame.pong(id: id)
  case .goaway(let goaway): frame = Frame.goaway(goaway)
  }
  return Array(frame.dropFirst(Frame.headerBytes))
}
