import Daemon
import MessagingRouter

@main
struct Main {
  static func main() { Daemon.main(MessagingRouterService.self) }
}
