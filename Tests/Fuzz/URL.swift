// Sources: Shared/Outbound/AddressClass.swift Shared/Outbound/CIDR.swift Shared/Outbound/EgressDenial.swift Shared/Outbound/EgressRules.swift Shared/Outbound/HostSpelling.swift Shared/Outbound/OutboundFailure.swift Shared/Outbound/OutboundURL.swift Shared/Transport/SocketAddress.swift Shared/Transport/TransportFailure.swift
// Compiled by scripts/fuzz together with these sources into one module: nothing of ours is imported.

private let strict = EgressRules(operatorHosts: ["model.example:8443"], denyHosts: ["own.example"])

/// What the rules let through must be what is dialled: another spelling of it gets the same judgement.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzURL(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let text = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  if let range = CIDR(text) {
    guard CIDR(range.description) == range, range.contains(range.bytes) else { fatalError("a range is not itself") }
  }
  guard let url = try? OutboundURL(text) else { return 0 }
  guard !url.host.isEmpty, (1...65_535).contains(url.port), url.target.hasPrefix("/") else {
    fatalError("an accepted URL lacks a part")
  }
  let written = (url.isTLS ? "https://" : "http://") + url.authority + url.target
  guard (try? OutboundURL(written)) == url else { fatalError("an accepted URL does not survive rewriting") }
  guard (try? strict.check(url)) != nil else { return 0 }
  guard url.isTLS, url.port == 443 else { fatalError("the rules let another scheme or port through") }
  switch HostSpelling(url.host) {
  case .suspicious: fatalError("the rules let a suspicious spelling through")
  case .address(let bytes):
    guard AddressClass.isPublic(bytes), !AddressClass.isMetadata(bytes) else { fatalError("an inner address is open") }
  case .name:
    guard !url.host.hasSuffix("own.example") || url.host.dropLast(11).last.map({ $0 != "." }) == true else {
      fatalError("the platform's own host is open")
    }
  }
  return 0
}
