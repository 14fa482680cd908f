import Foundation
import Glibc
import ReceiptsHarness
import TestSupport

/// nginx with a certificate for 127.0.0.1 in front of the receiver, which speaks plain http.
final class TLSFront {
  let port: Int
  /// The only certificate that is to be trusted.
  let certificate: TestCertificate

  private let directory: TemporaryDirectory
  private let nginx: Process

  static var isPossible: Bool {
    TestCertificate.canBeTrusted && FileManager.default.isExecutableFile(atPath: "/usr/sbin/nginx")
  }

  init(to receiver: Int) throws {
    directory = try TemporaryDirectory()
    port = try FreePorts.take(1)[0]
    certificate = try TestCertificate()
    let settings = """
      daemon off; worker_processes 1; pid \(directory.file("pid")); error_log \(directory.file("log"));
      events { worker_connections 1024; }
      http {
        access_log off; client_body_temp_path \(directory.file("body")); proxy_temp_path \(directory.file("proxy"));
        fastcgi_temp_path \(directory.file("f")); uwsgi_temp_path \(directory.file("u"));
        scgi_temp_path \(directory.file("s"));
        upstream receiver { server 127.0.0.1:\(receiver); keepalive 256; }
        server {
          listen 127.0.0.1:\(port) ssl; ssl_certificate \(certificate.file);
          ssl_certificate_key \(certificate.keyFile);
          keepalive_requests 1000000;
          location / { proxy_pass http://receiver; proxy_http_version 1.1; proxy_set_header Connection ""; }
        }
      }
      """
    try Data(settings.utf8).write(to: URL(filePath: directory.file("nginx.conf")))
    nginx = Process()
    nginx.executableURL = URL(filePath: "/usr/sbin/nginx")
    nginx.arguments = ["-c", directory.file("nginx.conf"), "-e", directory.file("log")]
    try nginx.run()
    try waitUntilItListens()
  }

  deinit { stop() }

  func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }

  func stop() { if nginx.isRunning { nginx.terminate() } }

  private func waitUntilItListens() throws {
    for _ in 0..<500 {
      if let socket = try? RawSocket(port: UInt16(port)) {
        _ = socket
        return
      }
      usleep(10_000)
    }
    throw BenchFailure("nginx does not listen")
  }
}
