import Glibc

/// An operator's shell on the same file: a bare connection of the SQLite library this process has loaded anyway.
final class Outsider {
  private typealias Open = @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  private typealias Execute =
    @convention(c) (
      OpaquePointer?, UnsafePointer<CChar>, UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?
    ) -> Int32
  private typealias Close = @convention(c) (OpaquePointer?) -> Int32

  private var handle: OpaquePointer?
  private let execute: Execute
  private let close: Close

  init(_ path: String) throws {
    let open = try Self.function("sqlite3_open", as: Open.self)
    execute = try Self.function("sqlite3_exec", as: Execute.self)
    close = try Self.function("sqlite3_close", as: Close.self)
    guard open(path, &handle) == 0 else { throw NeverHappened() }
  }

  deinit { _ = close(handle) }

  func run(_ sql: String) throws {
    guard execute(handle, sql, nil, nil, nil) == 0 else { throw NeverHappened() }
  }

  private static func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
    guard let symbol = dlsym(nil, name) else { throw NeverHappened() }
    return unsafeBitCast(symbol, to: type)
  }
}
