import Daemon
import Receipts

@main
struct Main {
  static func main() { Daemon.main(ReceiptsService.self) }
}
