import Crypto
import Testing

@Suite struct ChaCha20Tests {
  static let countingKey: [UInt8] = Array(0...31)
  static let lastOne: [UInt8] = zeroBytes(31) + [1]
  static let nonceTwo: [UInt8] = zeroBytes(11) + [2]

  @Test func `RFC 8439 section 2.3.2, the block function`() {
    let block = ChaCha20.block(key: Self.countingKey, counter: 1, nonce: vectorBytes("000000090000004a00000000"))
    #expect(
      Hex.encode(block)
        == "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
        + "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e")
  }

  @Test func `RFC 8439 appendix A.1, the block function`() {
    #expect(
      Hex.encode(ChaCha20.block(key: zeroBytes(32), counter: 0, nonce: zeroBytes(12)))
        == "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
        + "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586")
    #expect(
      Hex.encode(ChaCha20.block(key: zeroBytes(32), counter: 1, nonce: zeroBytes(12)))
        == "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
        + "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f")
    #expect(
      Hex.encode(ChaCha20.block(key: Self.lastOne, counter: 1, nonce: zeroBytes(12)))
        == "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
        + "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0")
    #expect(
      Hex.encode(ChaCha20.block(key: [0, 0xff] + zeroBytes(30), counter: 2, nonce: zeroBytes(12)))
        == "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
        + "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096")
    #expect(
      Hex.encode(ChaCha20.block(key: zeroBytes(32), counter: 0, nonce: Self.nonceTwo))
        == "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
        + "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d")
  }

  @Test func `RFC 8439 section 2.4.2, encryption`() {
    let encrypted = ChaCha20.apply(
      to: PublishedTexts.sunscreen[...], key: Self.countingKey, counter: 1,
      nonce: vectorBytes("000000000000004a00000000"))
    #expect(
      Hex.encode(encrypted)
        == "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
        + "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
        + "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
        + "5af90bbf74a35be6b40b8eedf2785e42874d")
  }

  @Test func `RFC 8439 appendix A.2, encryption of many blocks and from a high counter`() {
    let contribution = ChaCha20.apply(
      to: PublishedTexts.contribution[...], key: Self.lastOne, counter: 1, nonce: Self.nonceTwo)
    #expect(
      Hex.encode(contribution)
        == "a3fbf07df3fa2fde4f376ca23e82737041605d9f4f4f57bd8cff2c1d4b7955ec"
        + "2a97948bd3722915c8f3d337f7d370050e9e96d647b7c39f56e031ca5eb6250d"
        + "4042e02785ececfa4b4bb5e8ead0440e20b6e8db09d881a7c6132f420e527950"
        + "42bdfa7773d8a9051447b3291ce1411c680465552aa6c405b7764d5e87bea85a"
        + "d00f8449ed8f72d0d662ab052691ca66424bc86d2df80ea41f43abf937d3259d"
        + "c4b2d0dfb48a6c9139ddd7f76966e928e635553ba76c5c879d7b35d49eb2e62b"
        + "0871cdac638939e25e8a1e0ef9d5280fa8ca328b351c3c765989cbcf3daa8b6c"
        + "cc3aaf9f3979c92b3720fc88dc95ed84a1be059c6499b9fda236e7e818b04b0b"
        + "c39c1e876b193bfe5569753f88128cc08aaa9b63d1a16f80ef2554d7189c411f"
        + "5869ca52c5b83fa36ff216b9c1d30062bebcfd2dc5bce0911934fda79a86f6e6"
        + "98ced759c3ff9b6477338f3da4f9cd8514ea9982ccafb341b2384dd902f3d1ab"
        + "7ac61dd29c6f21ba5b862f3730e37cfdc4fd806c22f221")
    let jabberwocky = ChaCha20.apply(
      to: PublishedTexts.jabberwocky[...],
      key: vectorBytes("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0"), counter: 42,
      nonce: Self.nonceTwo)
    #expect(
      Hex.encode(jabberwocky)
        == "62e6347f95ed87a45ffae7426f27a1df5fb69110044c0d73118effa95b01e5cf"
        + "166d3df2d721caf9b21e5fb14c616871fd84c54f9d65b283196c7fe4f60553eb"
        + "f39c6402c42234e32a356b3e764312a61a5532055716ead6962568f87d3f3f77"
        + "04c6a8d1bcd1bf4d50d6154b6da731b187b58dfd728afa36757a797ac188d1")
  }

  @Test func `applying the key stream twice gives the text back`() {
    for count in [0, 1, 63, 64, 65, 200] {
      let text = PseudoRandomBytes.make(seed: 3, count: count)
      let once = ChaCha20.apply(to: text[...], key: Self.countingKey, counter: 9, nonce: Self.nonceTwo)
      #expect(ChaCha20.apply(to: once[...], key: Self.countingKey, counter: 9, nonce: Self.nonceTwo) == text)
    }
  }

  @Test func `draft-irtf-cfrg-xchacha-03 section 2.2.1, HChaCha20`() {
    let key = ChaCha20.hChaCha20(key: Self.countingKey, nonce: vectorBytes("000000090000004a0000000031415927"))
    #expect(Hex.encode(key) == "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc")
  }

  @Test func `draft-irtf-cfrg-xchacha-03 appendix A.3.2, the stream cipher with a long nonce`() {
    let nonce = Array(0x40...0x56) + [0x58] as [UInt8]
    let key = ChaCha20.hChaCha20(key: Array(0x80...0x9f), nonce: Array(nonce[..<16]))
    let encrypted = ChaCha20.apply(
      to: PublishedTexts.dhole[...], key: key, counter: 0, nonce: zeroBytes(4) + nonce[16...])
    #expect(
      Hex.encode(encrypted)
        == "4559abba4e48c16102e8bb2c05e6947f50a786de162f9b0b7e592a9b53d0d4e9"
        + "8d8d6410d540a1a6375b26d80dace4fab52384c731acbf16a5923c0c48d3575d"
        + "4d0d2c673b666faa731061277701093a6bf7a158a8864292a41c48e3a9b4c0da"
        + "ece0f8d98d0d7e05b37a307bbb66333164ec9e1b24ea0d6c3ffddcec4f68e744"
        + "3056193a03c810e11344ca06d8ed8a2bfb1e8d48cfa6bc0eb4e2464b74814240"
        + "7c9f431aee769960e15ba8b96890466ef2457599852385c661f752ce20f9da0c"
        + "09ab6b19df74e76a95967446f8d0fd415e7bee2a12a114c20eb5292ae7a349ae"
        + "577820d5520a1f3fb62a17ce6a7e68fa7c79111d8860920bc048ef43fe84486c"
        + "cb87c25f0ae045f0cce1e7989a9aa220a28bdd4827e751a24a6d5c62d790a663"
        + "93b93111c1a55dd7421a10184974c7c5")
  }
}
