import Foundation

/// An HTTPS server in a process of its own (Python's ssl), with a certificate for `hook.test` made on the spot.
///
/// A path that starts with /die is answered only when it is the first request on its connection.
final class TLSServer {
  let port: Int
  private let process: Process
  private let directory: URL
  private let input = Pipe()
  var certificate: String { directory.appendingPathComponent("cert.pem").path }

  enum TLSServerFailure: Error { case openssl, python }

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let openssl = Process()
    openssl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    openssl.currentDirectoryURL = directory
    openssl.arguments = [
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
      "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=hook.test", "-addext", "subjectAltName=DNS:hook.test",
    ]
    var output = Pipe()
    openssl.standardError = output
    try openssl.run()
    // The end of its output is the end of the process, near enough for the files to be complete.
    _ = try output.fileHandleForReading.readToEnd()
    guard FileManager.default.fileExists(atPath: directory.appendingPathComponent("cert.pem").path) else {
      throw TLSServerFailure.openssl
    }
    process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.currentDirectoryURL = directory
    process.arguments = ["python3", "-c", Self.script]
    output = Pipe()
    // Its end tells the server that nobody needs it any more, even when this process is killed.
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var line = ""
    while !line.contains("\n") {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { throw TLSServerFailure.python }
      line += String(decoding: data, as: UTF8.self)
    }
    guard let port = Int(line.prefix { $0 != "\n" }) else { throw TLSServerFailure.python }
    self.port = port
  }

  /// What arrived so far: `C` a TLS connection, `H` a request head, `R` a request complete with its body.
  var arrivals: String { (try? String(contentsOfFile: arrivalsPath, encoding: .utf8)) ?? "" }
  var arrivalsPath: String { directory.appendingPathComponent("arrivals").path }

  func stop() {
    // Not `waitUntilExit`: it can wait for ever on a thread without a run loop.
    try? input.fileHandleForWriting.close()
    try? FileManager.default.removeItem(at: directory)
  }

  private static let script = """
    import os, socket, ssl, sys, threading
    log = open('arrivals', 'ab', buffering=0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain('cert.pem', 'key.pem')
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(64)
    print(listener.getsockname()[1], flush=True)
    def watch():
        sys.stdin.read()
        os._exit(0)
    def serve(raw):
        try:
            connection = context.wrap_socket(raw, server_side=True)
        except Exception:
            raw.close()
            return
        log.write(b'C')
        rest, count = b'', 0
        try:
            while True:
                while b'\\r\\n\\r\\n' not in rest:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                head, rest = rest.split(b'\\r\\n\\r\\n', 1)
                log.write(b'H')
                length = 0
                for line in head.split(b'\\r\\n')[1:]:
                    name, value = line.split(b':', 1)
                    if name.lower() == b'content-length':
                        length = int(value)
                while len(rest) < length:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                rest = rest[length:]
                count += 1
                log.write(b'R')
                if head.split(b' ')[1].startswith(b'/die') and count > 1:
                    return
                connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok')
        except Exception:
            pass
        finally:
            connection.close()
    threading.Thread(target=watch, daemon=True).start()
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=serve, args=(raw,), daemon=True).start()
    """
}
