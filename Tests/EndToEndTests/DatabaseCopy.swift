import Foundation
import Store
import TestSupport
import Wire

@testable import MessagingRouter
@testable import Receipts

/// A service's database as it lies on the disk now, copied with its log: looking at it changes nothing for the next
/// start. The service must not be writing.
struct DatabaseCopy: Sendable {
  /// The copies' folder.
  let directory: TemporaryDirectory
  private let database: Database

  init(of path: String, migrations: [Migration]) throws {
    directory = try TemporaryDirectory()
    let copy = directory.file("copy.sqlite")
    for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: path + suffix) {
      try FileManager.default.copyItem(atPath: path + suffix, toPath: copy + suffix)
    }
    database = try Database(path: copy, migrations: migrations, quickCheck: true)
  }

  /// The router's.
  static func router(_ services: ServiceProcesses) throws -> DatabaseCopy {
    try DatabaseCopy(of: services.database(.messagingRouter), migrations: MessagingRouter.Schema.migrations)
  }

  /// The receipts service's.
  static func receipts(_ services: ServiceProcesses) throws -> DatabaseCopy {
    try DatabaseCopy(of: services.database(.receipts), migrations: Receipts.Schema.migrations)
  }

  /// The rows of a query, each as its texts; NULL is nil.
  func rows(_ sql: String, columns: Int) async throws -> [[String?]] {
    try await database.read { connection in
      try connection.all(sql, limit: 1_000_000) { row in try (0..<columns).map { try row.optionalText($0) } }
    }
  }

  /// The one number a query gives.
  func count(_ sql: String) async throws -> Int {
    try await database.read { try $0.first(sql) { try $0.int(0) } ?? 0 }
  }

  func close() { database.close() }
}
