// Sources: Shared/JSON Shared/GraphAPI/Webhooks
// Compiled by scripts/fuzz together with these files into one module.

/// Whatever Meta, or somebody with its secret, sends: no crash, and every entry is accounted for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  do throws(JSONFailure) {
    for update in try WebhookBatch.parse(bytes) {
      switch update {
      case .message(let message):
        precondition(!message.id.isEmpty && message.timestamp >= 0 && message.customer.isKnown && !message.raw.isEmpty)
      case .echo(let echo):
        precondition(!echo.id.isEmpty && echo.timestamp >= 0 && echo.customer.isKnown && !echo.raw.isEmpty)
      case .status(let status): precondition(!status.id.isEmpty && status.timestamp >= 0)
      case .call(let call): precondition(call.timestamp >= 0 && call.customer.isKnown)
      case .preference(let preference): precondition(preference.timestamp >= 0 && preference.customer.isKnown)
      case .addressBook(let entry): precondition(entry.customer.isKnown)
      case .history(let message): precondition(!message.id.isEmpty && message.customer.isKnown)
      case .other(_, _, let raw): precondition(!raw.isEmpty)
      case .poison(_, let reason, _): precondition(!reason.isEmpty)
      }
    }
  } catch {
    return 0
  }
  return 0
}
