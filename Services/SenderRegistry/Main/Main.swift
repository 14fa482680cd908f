import Daemon
import SenderRegistry

@main
struct Main {
  static func main() { Daemon.main(SenderRegistryService.self) }
}
