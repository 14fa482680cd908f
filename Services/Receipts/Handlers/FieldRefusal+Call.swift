import Wire

extension FieldRefusal: CallFailureConvertible {
  var callFailure: CallFailure { .invalidArgument(reason, message, field: field) }
}
