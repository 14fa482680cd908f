import Testing

/// Tests that start the whole product. One after the other: five processes and a world share the machine with every
/// other suite.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EndToEnd {}
