// Sources: Shared/JSON Shared/GraphAPI/WebhookBatch.swift Shared/GraphAPI/WebhookUpdate.swift
// Compiled by scripts/fuzz together with these files into one module.

/// Whatever Meta, or somebody with its secret, sends: no crash, and every entry is accounted for.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = [UInt8](UnsafeBufferPointer(start: start, count: count))
  do throws(JSONFailure) {
    let updates = try WebhookBatch.parse(bytes)
    for case .message(let message) in updates {
      precondition(!message.id.isEmpty && message.timestamp >= 0)
      precondition(message.from != nil || message.userID != nil)
    }
    for case .status(let status) in updates { precondition(!status.id.isEmpty && status.timestamp >= 0) }
  } catch {
    return 0
  }
  return 0
}
