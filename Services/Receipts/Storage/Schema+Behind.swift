import Store

extension Schema {
  /// How many wait for the turn of their contact: counted as they change, as the others of the queue.
  static let behindDepth = Migration(
    "deliveries behind others, counted",
    sql: """
      INSERT INTO queue_depth SELECT 'behind', count(*) FROM deliveries WHERE state = 'behind';
      CREATE TRIGGER deliveries_behind_added AFTER INSERT ON deliveries WHEN new.state = 'behind'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries + 1 WHERE lane = 'behind';
      END;
      CREATE TRIGGER deliveries_behind_moved AFTER UPDATE OF state ON deliveries
      WHEN (old.state = 'behind') <> (new.state = 'behind')
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries + iif(new.state = 'behind', 1, -1) WHERE lane = 'behind';
      END;
      CREATE TRIGGER deliveries_behind_removed AFTER DELETE ON deliveries WHEN old.state = 'behind'
      BEGIN
        UPDATE queue_depth SET deliveries = deliveries - 1 WHERE lane = 'behind';
      END;
      """)
}
