/// The version of this build, one for the whole product.
package enum ProductVersion {
  package static let current = "0.1.0"
}
