import Daemon
import Verifier

@main
struct Main {
  static func main() { Daemon.main(VerifierService.self) }
}
