import Daemon
import Receipts

@main
struct Main {
  static func main() {
    PosterProgram.runIfAsked()
    Daemon.main(ReceiptsService.self)
  }
}
