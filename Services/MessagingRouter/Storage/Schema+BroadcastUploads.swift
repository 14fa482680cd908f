import Store

extension Schema {
  /// Files of recipients that are being read.
  static let broadcastUploads = Migration(
    "files that are being read for broadcasts",
    sql: """
      -- when a file that is being read was heard of last
      ALTER TABLE broadcasts ADD COLUMN uploading_since INTEGER;
      """)
}
