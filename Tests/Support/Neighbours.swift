import FoundationEssentials

/// Other programs, and rights on this machine, that some tests need.
package enum Neighbours {
  /// In the whole suite (`scripts/test --all`) nothing is skipped for the lack of one: it fails.
  package static var areDemanded: Bool { ProcessInfo.processInfo.environment["WSS_ALL_TESTS"] == "1" }
}
