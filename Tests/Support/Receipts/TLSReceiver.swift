import Foundation
import JSON
import Synchronization
import TestSupport

/// An HTTPS endpoint in a process of its own (Python's ssl), which answers as no sound server would where it is told to.
///
/// `/hold` is answered after `release`; `/drip-head` and `/drip-body` send a byte a second; `/huge` says 1 GiB and sends
/// as much as is taken; `/redirect` leads to itself; `/close` says nothing. Paths in `answers` get these very bytes and
/// the connection's end, all others `200` and `ok`.
package final class TLSReceiver: Sendable {
  /// Where it listens.
  package let port: Int
  private let directory: TemporaryDirectory
  private let input: FileHandle

  package enum Unstarted: Error { case python(String) }

  package init(_ certificate: TestCertificate, answers: [String: String] = [:]) throws {
    directory = try TemporaryDirectory()
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.currentDirectoryURL = URL(filePath: directory.path)
    process.arguments = ["python3", "-c", Self.script, certificate.file, certificate.keyFile]
    let (input, output) = (Pipe(), Pipe())
    // Its end tells the server that nobody needs it any more, even when this process is killed.
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    self.input = input.fileHandleForWriting
    try self.input.write(contentsOf: Data(try JSONCoder.encode(answers) + [10]))
    var line = ""
    while !line.contains("\n") {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { throw Unstarted.python(line) }
      line += String(decoding: data, as: UTF8.self)
    }
    guard let port = Int(line.prefix { $0 != "\n" }) else { throw Unstarted.python(line) }
    self.port = port
  }

  /// By address, for which the certificate is good too.
  package func url(_ path: String) -> String { "https://127.0.0.1:\(port)\(path)" }

  /// The complete requests so far: path and `webhook-id`.
  package var arrivals: [String] {
    let text = (try? String(contentsOfFile: directory.file("arrivals"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init)
  }

  /// Body bytes of `/huge` that were taken.
  package var sentBytes: Int {
    Int((try? String(contentsOfFile: directory.file("sent"), encoding: .utf8)) ?? "") ?? 0
  }

  /// Lets every request to `/hold` be answered, those to come as well.
  package func release() throws { try input.write(contentsOf: Data("release\n".utf8)) }

  package func stop() { try? input.close() }

  private static let script = """
    import json, os, socket, ssl, sys, threading, time
    answers = json.loads(sys.stdin.readline())
    released = threading.Event()
    log = open('arrivals', 'ab', buffering=0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    listener = socket.socket()
    listener.bind(('127.0.0.1', 0))
    listener.listen(512)
    print(listener.getsockname()[1], flush=True)
    def watch():
        for line in sys.stdin:
            if line == 'release\\n':
                released.set()
        os._exit(0)
    def drip(connection, data):
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(1)
    def huge(connection):
        connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n' % (1 << 30))
        sent, piece = 0, b'x' * 65536
        try:
            while sent < 1 << 30:
                sent += connection.send(piece)
        finally:
            with open('sent', 'w') as file:
                file.write(str(sent))
    def serve(raw):
        try:
            connection = context.wrap_socket(raw, server_side=True)
        except Exception:
            raw.close()
            return
        rest = b''
        try:
            while True:
                while b'\\r\\n\\r\\n' not in rest:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                head, rest = rest.split(b'\\r\\n\\r\\n', 1)
                fields = {}
                for line in head.split(b'\\r\\n')[1:]:
                    name, value = line.split(b':', 1)
                    fields[name.lower()] = value.strip()
                length = int(fields.get(b'content-length', b'0'))
                while len(rest) < length:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    rest += piece
                rest = rest[length:]
                path = head.split(b' ')[1].decode()
                log.write(path.encode() + b' ' + fields.get(b'webhook-id', b'-') + b'\\n')
                ok = b'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'
                if path in answers:
                    connection.sendall(answers[path].encode())
                    connection.unwrap()
                    return
                if path == '/hold':
                    released.wait(60)
                if path == '/close':
                    return
                if path == '/drip-head':
                    return drip(connection, ok)
                if path == '/drip-body':
                    connection.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\n')
                    return drip(connection, b'x' * 1000)
                if path == '/huge':
                    return huge(connection)
                if path.startswith('/redirect'):
                    again = 'HTTP/1.1 307 Again\\r\\nLocation: %sx\\r\\nContent-Length: 0\\r\\n\\r\\n' % path
                    connection.sendall(again.encode())
                    continue
                connection.sendall(ok)
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
