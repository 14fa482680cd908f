import HTTP

/// A place where requests come in and faults may strike between reading, working and answering.
struct Door: Sendable {
  let name: String
  let faults: FaultBook

  /// Answers a request that has been read.
  ///
  /// - work: carries it out.
  /// - refusal: how this door words a `status` or `error_code` fault; nothing was carried out.
  /// - lost: called when the caller will not be told, after the work if it was done.
  /// - ignored: answers as if the work had been done.
  func pass(
    work: @Sendable () async -> HTTPResponse, refusal: @Sendable (Fault) -> HTTPResponse,
    lost: @Sendable () -> Void = {}, ignored: (@Sendable () -> HTTPResponse)? = nil
  ) async -> HTTPResponse {
    guard let fault = faults.take(at: name, { !$0.isOfCallbacks }) else { return await work() }
    let milliseconds = fault.parameters.milliseconds
    switch fault.kind {
    case .status, .errorCode:
      return refusal(fault)
    case .delay:
      let answer = await work()
      await wait(milliseconds ?? 1_000)
      return answer
    case .closeBeforeAnswer:
      lost()
      return .hangUp
    case .closeAfterReading, .dropResponseAfterAccept:
      if fault.parameters.isAccepted ?? true { _ = await work() }
      lost()
      return .hangUp
    case .timeout:
      if fault.parameters.isAccepted ?? false { _ = await work() }
      lost()
      await wait(milliseconds ?? 60_000)
      return .hangUp
    case .invalidJSON:
      if fault.parameters.isAccepted ?? false { _ = await work() }
      lost()
      return HTTPResponse(
        status: 200, bytes: Array("<html>{\"oops\": ".utf8), contentType: "application/json")
    case .redirect:
      return HTTPResponse(status: 302, headers: ["Location": fault.parameters.location ?? "http://169.254.169.254/"])
    case .ignored:
      if let ignored { return ignored() }
      return await work()
    case .duplicate, .wrongSignature, .drop:
      // `FaultBook` refuses these for doors that answer.
      return await work()
    }
  }

  /// Ends early when the caller has gone: its request's task is cancelled.
  private func wait(_ milliseconds: Int) async {
    do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { return }
  }
}

extension HTTPResponse {
  static var hangUp: HTTPResponse {
    var response = HTTPResponse(status: 500)
    response.hangsUp = true
    return response
  }
}
