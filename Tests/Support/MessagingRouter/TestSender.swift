package import Contracts
import Crypto

/// A sender as the registry would tell of it.
package struct TestSender: Sendable {
  package var id: SenderID
  package var account: String
  package var phoneNumber: PhoneNumber
  package var phoneNumberID: String
  package var wabaID = "waba-1"
  package var portfolioID: String? = "portfolio-1"
  package var status = SenderStatus.online
  package var token: String

  /// Whose sender it is unless a test says otherwise, and somebody else.
  package static let account = "acc_01KDXH0000AAAAAAAAAAAAAAAA"
  package static let stranger = "acc_01KDXH0000BBBBBBBBBBBBBBBB"

  /// An online sender; `number` makes its ids different from others'.
  package init(_ number: Int = 1, account: String = TestSender.account, portfolioID: String? = "portfolio-1") {
    id = SenderID(trusted: "snd_" + ULID.make(milliseconds: 1_767_225_600_000))
    self.account = account
    phoneNumber = PhoneNumber(trusted: "+1555000\(1000 + number)")
    phoneNumberID = "pn-\(number)"
    token = "token-of-\(number)"
    self.portfolioID = portfolioID
  }
}
