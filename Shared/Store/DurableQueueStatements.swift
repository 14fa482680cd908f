/// The SQL of a queue. Made once: the text is the key of the statement cache.
///
/// Each partial index holds exactly the rows its query looks for (unleased, leased, buried), in the order it wants them,
/// so a lease costs the same however many jobs wait for later. Their `WHERE` must be repeated in the query word for word.
struct DurableQueueStatements: Sendable {
  let schema: String
  let enqueue, due, dueInLane, expired, expiredInLane, heads, expiredHeads, lease: String
  let complete, retry, bury, extend, revive, discard: String
  let nextDue, dueLanes, counts, buried: String

  init(table: String) {
    let waiting = "state = 'ready' AND leased_until IS NULL"
    let leased = "leased_until IS NOT NULL"
    schema = """
      CREATE TABLE \(table) (
        id TEXT NOT NULL PRIMARY KEY,
        lane TEXT NOT NULL,
        payload BLOB NOT NULL,
        state TEXT NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'dead')),
        due_at INTEGER NOT NULL,
        leased_until INTEGER,
        lease_token INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        last_error TEXT,
        CHECK ((leased_until IS NULL) = (lease_token IS NULL)),
        CHECK (state = 'ready' OR leased_until IS NULL)
      ) STRICT;
      CREATE INDEX \(table)_due ON \(table) (due_at) WHERE \(waiting);
      CREATE INDEX \(table)_lane ON \(table) (lane, due_at) WHERE \(waiting);
      CREATE INDEX \(table)_leased ON \(table) (leased_until) WHERE \(leased);
      CREATE INDEX \(table)_dead ON \(table) (id) WHERE state = 'dead';
      """
    enqueue = """
      INSERT INTO \(table) (id, lane, payload, due_at, created_at)
      VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (id) DO NOTHING
      """
    let order = "ORDER BY due_at LIMIT ?"
    due = "SELECT rowid, due_at FROM \(table) WHERE \(waiting) AND due_at <= ? \(order)"
    dueInLane = "SELECT rowid, due_at FROM \(table) WHERE \(waiting) AND lane = ? AND due_at <= ? \(order)"
    let expiredOrder = "ORDER BY leased_until LIMIT ?"
    expired = "SELECT rowid, due_at FROM \(table) WHERE \(leased) AND leased_until <= ? \(expiredOrder)"
    expiredInLane =
      "SELECT rowid, due_at FROM \(table) WHERE \(leased) AND lane = ? AND leased_until <= ? \(expiredOrder)"
    // Jumps from lane to lane in the index instead of walking every job.
    func lanes(from first: String) -> String {
      """
      WITH RECURSIVE lanes (name) AS (
        SELECT min(lane) FROM \(table) WHERE \(waiting) AND lane >= \(first)
        UNION ALL
        SELECT (SELECT min(lane) FROM \(table) WHERE \(waiting) AND lane > lanes.name)
        FROM lanes WHERE name IS NOT NULL
      )
      """
    }
    // The first job of each lane that has none leased, and of each lane that has only leases that ran out.
    heads = """
      \(lanes(from: "''"))
      SELECT head.rowid, head.due_at
      FROM lanes JOIN \(table) AS head ON head.rowid = (
        SELECT rowid FROM \(table) WHERE \(waiting) AND lane = lanes.name ORDER BY due_at LIMIT 1
      )
      WHERE head.due_at <= ?1
      AND lanes.name NOT IN (SELECT lane FROM \(table) WHERE \(leased))
      ORDER BY head.due_at
      LIMIT ?2
      """
    expiredHeads = """
      SELECT rowid, min(due_at)
      FROM \(table)
      WHERE \(leased)
      GROUP BY lane
      HAVING max(leased_until) <= ?1
      ORDER BY 2
      LIMIT ?2
      """
    lease = """
      UPDATE \(table)
      SET leased_until = ?, lease_token = ?, attempts = attempts + 1
      WHERE rowid = ?
      RETURNING id, lane, payload, attempts, due_at, created_at, last_error
      """
    let mine = "WHERE id = ? AND lease_token = ?"
    let free = "leased_until = NULL, lease_token = NULL"
    complete = "DELETE FROM \(table) \(mine)"
    retry = "UPDATE \(table) SET \(free), due_at = ?, last_error = ? \(mine)"
    bury = "UPDATE \(table) SET \(free), state = 'dead', last_error = ? \(mine)"
    extend = "UPDATE \(table) SET leased_until = ? \(mine)"
    revive = """
      UPDATE \(table) SET state = 'ready', due_at = ?, attempts = 0
      WHERE id = ? AND state = 'dead'
      """
    discard = "DELETE FROM \(table) WHERE id = ? AND (leased_until IS NULL OR leased_until <= ?)"
    nextDue = """
      SELECT min(at) FROM (
        SELECT min(due_at) AS at FROM \(table) WHERE \(waiting)
        UNION ALL
        SELECT min(leased_until) FROM \(table) WHERE \(leased)
      )
      """
    dueLanes = """
      \(lanes(from: "?1"))
      SELECT name FROM lanes
      WHERE name IS NOT NULL
      AND (SELECT min(due_at) FROM \(table) WHERE \(waiting) AND lane = lanes.name) <= ?2
      UNION
      SELECT lane FROM \(table) WHERE \(leased) AND leased_until <= ?2 AND lane >= ?1
      ORDER BY 1
      LIMIT ?3
      """
    counts = """
      SELECT
        (SELECT count(*) FROM \(table) WHERE \(waiting)),
        (SELECT count(*) FROM \(table) WHERE \(waiting) AND due_at <= ?),
        (SELECT count(*) FROM \(table) WHERE \(leased)),
        (SELECT count(*) FROM \(table) WHERE state = 'dead'),
        (SELECT min(due_at) FROM \(table) WHERE \(waiting))
      """
    buried = """
      SELECT id, lane, payload, attempts, created_at, last_error
      FROM \(table)
      WHERE state = 'dead' AND id > ?
      ORDER BY id
      LIMIT ?
      """
  }
}
