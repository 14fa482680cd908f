package import Crypto
import JSON

/// A number in a Solution Partner's pool of pre-verified numbers.
package struct GraphPreverifiedNumber: Sendable, Equatable {
  /// Meta's id of the temporary object; a claimed number loses it.
  package var id: String
  /// The number's digits, however Meta formatted it.
  package var digits: String
  /// `VERIFIED`, `NOT_VERIFIED`, `EXPIRED`.
  package var codeVerificationStatus: String?
  /// Meta's text, RFC 3339 but for the colon in the offset.
  package var verificationExpiryTime: String?

  init(_ node: JSONNode) {
    id = node["id"]?.string ?? ""
    digits = (node["phone_number"]?.string ?? "").filter { $0.isASCII && $0.isNumber }
    codeVerificationStatus = node["code_verification_status"]?.string
    verificationExpiryTime =
      node["verification_expiry_time"]?.string ?? node["verification_expiry_time"]?.int64.map(String.init)
  }
}

extension GraphClient {
  /// Adds a number to the partner's pool and answers its id there. An unknown outcome is settled by listing the pool.
  package func addPreverifiedNumber(
    businessID: String, phoneNumber: String, token: Secret
  ) async throws(GraphFailure) -> String {
    let document = try await call(
      "POST", "/\(PercentEncoding.encode(businessID))/add_phone_numbers", query: [("phone_number", phoneNumber)],
      token: token)
    guard let id = document.root["id"]?.string, !id.isEmpty else { throw .unknown("the answer has no id") }
    return id
  }

  /// The partner's pool, claimed numbers no longer in it.
  package func preverifiedNumbers(
    businessID: String, token: Secret
  ) async throws(GraphFailure) -> [GraphPreverifiedNumber] {
    var found: [GraphPreverifiedNumber] = []
    var after: String?
    // The pool has no published limit; the page count is bounded all the same, and a cut list is no list.
    for _ in 0..<200 {
      var query = [
        ("fields", "id,phone_number,code_verification_status,code_verification_time,verification_expiry_time"),
        ("limit", "100"),
      ]
      if let after { query.append(("after", after)) }
      let document = try await call(
        "GET", "/\(PercentEncoding.encode(businessID))/preverified_numbers", query: query, token: token,
        mayRepeat: true)
      guard let data = document.root["data"] else { throw .unknown("the answer has no data") }
      data.forEachElement { found.append(GraphPreverifiedNumber($0)) }
      after = document.root["paging"]?["cursors"]?["after"]?.string
      if after == nil || document.root["paging"]?["next"] == nil { return found }
    }
    throw .unknown("the pool has more pages than are read")
  }

  /// Takes a number out of the pool. An unknown outcome is settled by listing the pool.
  package func deletePreverifiedNumber(id: String, token: Secret) async throws(GraphFailure) {
    let document = try await call("DELETE", "/\(PercentEncoding.encode(id))", token: token)
    guard document.root["success"]?.bool == true else { throw .unknown("the answer does not say success") }
  }

  /// Whether Meta counts the number as verified: of a pool entry or of a number of an account, which have few other
  /// fields in common.
  /// Only an entry has a time of its last proof.
  package func codeVerification(
    id: String, isPoolEntry: Bool, token: Secret
  ) async throws(GraphFailure) -> (isVerified: Bool, time: String?) {
    let fields = "id,code_verification_status" + (isPoolEntry ? ",code_verification_time" : "")
    let document = try await call(
      "GET", "/\(PercentEncoding.encode(id))", query: [("fields", fields)], token: token, mayRepeat: true)
    let time = document.root["code_verification_time"]
    return (
      document.root["code_verification_status"]?.string == "VERIFIED", time?.string ?? time?.int64.map(String.init)
    )
  }
}
