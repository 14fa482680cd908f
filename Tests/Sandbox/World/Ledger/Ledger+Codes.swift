import Synchronization

/// Codes that were submitted: each counts when it was read, whatever became of it.
extension Ledger {
  func codeArrived(_ code: String, id: String, phone: PhoneDigits?) {
    codes.withLock { codes in
      let key = CodeBook.Key(id: id, code: code)
      guard codes.records[key] != nil || codes.order.count < limit else {
        codes.notKept += 1
        return
      }
      if codes.records[key] == nil { codes.order.append(key) }
      codes.records[key, default: CodeRecord(id: id, phone: phone, code: code)].times += 1
      if codes.records[key]?.times == 2 { codes.submittedTwice += 1 }
      codes.arrived += 1
    }
  }

  func codeAccepted(_ code: String, id: String) {
    codes.withLock { $0.records[CodeBook.Key(id: id, code: code)]?.isAccepted = true }
  }

  /// Every code, in the order of their first submission.
  package func codes(of phone: PhoneDigits? = nil) -> [CodeRecord] {
    codes.withLock { codes in
      codes.order.compactMap { codes.records[$0] }.filter { phone == nil || $0.phone == phone }
    }
  }

  /// Submissions read, codes submitted for a number more than once, and submissions there was no room for.
  package var codeTotals: (arrived: Int, submittedTwice: Int, notKept: Int) {
    codes.withLock { ($0.arrived, $0.submittedTwice, $0.notKept) }
  }
}

/// The codes of a ledger.
struct CodeBook {
  struct Key: Hashable {
    var id: String
    var code: String
  }

  var records: [Key: CodeRecord] = [:]
  var order: [Key] = []
  var arrived = 0
  var submittedTwice = 0
  var notKept = 0
}
