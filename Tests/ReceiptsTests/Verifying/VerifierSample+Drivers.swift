extension VerifierSample {
  static let python = VerifierSample(
    language: "python", interpreter: "python3", file: "sample.py",
    driver: (
      "driver.py",
      """
      import os, sqlite3, sys
      from sample import *

      mode, body = os.environ["MODE"], sys.stdin.buffer.read()
      headers = {name[2:].lower().replace("_", "-"): value for name, value in os.environ.items() if name[:2] == "H_"}
      if mode == "verify":
          print("yes" if verify(os.environ["SECRET"], headers, body) else "no")
      elif mode == "plain":
          print("yes" if verify_plain(os.environ["SECRET"], headers, body) else "no")
      else:
          db = sqlite3.connect("taken.sqlite")
          db.execute("CREATE TABLE IF NOT EXISTS taken_events (id TEXT PRIMARY KEY)")
          def handle(db):
              if mode == "overlap":
                  other = sqlite3.connect("taken.sqlite", timeout=0)
                  try:
                      print("took" if take_once(other, os.environ["ID"], lambda db: None) else "ignored")
                  except sqlite3.OperationalError:
                      print("busy")
              if mode != "take":
                  raise RuntimeError
          try:
              print("yes" if take_once(db, os.environ["ID"], handle) else "no")
          except RuntimeError:
              print("failed")
      """
    ), arguments: ["python3", "driver.py"])

  static let node = VerifierSample(
    language: "node", interpreter: "node", file: "sample.js",
    driver: (
      "driver.js",
      """
      const fs = require('node:fs')
      eval(fs.readFileSync('sample.js', 'utf8') + `
      async function main() {
        const mode = process.env.MODE, body = fs.readFileSync(0), headers = {}
        for (const [name, value] of Object.entries(process.env)) {
          if (name.startsWith('H_')) headers[name.slice(2).toLowerCase().replaceAll('_', '-')] = value
        }
        if (mode === 'verify') return verify(process.env.SECRET, headers, body)
        if (mode === 'plain') return verifyPlain(process.env.SECRET, headers, body)
        fs.mkdirSync('taken', { recursive: true })
        return takeOnce('taken', process.env.ID, async () => {
          if (mode === 'overlap') {
            await takeOnce('taken', process.env.ID, async () => {}).then(
              (is) => console.log(is ? 'took' : 'ignored'), (error) => console.log(error.message))
          }
          if (mode !== 'take') throw new Error('failed')
        })
      }
      main().then((is) => console.log(is ? 'yes' : 'no'), (error) => console.log(error.message))
      `)
      """
    ), arguments: ["node", "driver.js"])

  static let php = VerifierSample(
    language: "php", interpreter: "php", file: "sample.php",
    driver: (
      "driver.php",
      #"""
      <?php
      require 'sample.php';
      $headers = [];
      foreach (getenv() as $name => $value) {
          if (str_starts_with($name, 'H_')) {
              $headers[strtolower(str_replace('_', '-', substr($name, 2)))] = $value;
          }
      }
      $body = file_get_contents('php://stdin');
      $mode = getenv('MODE');
      if ($mode === 'verify') {
          $is = verify(getenv('SECRET'), $headers, $body);
      } elseif ($mode === 'plain') {
          $is = verify_plain(getenv('SECRET'), $headers, $body);
      } else {
          if (!extension_loaded('pdo_sqlite')) {
              exit("no sqlite\n");
          }
          $db = new PDO('sqlite:taken.sqlite');
          $db->exec('CREATE TABLE IF NOT EXISTS taken_events (id VARCHAR(64) PRIMARY KEY)');
          try {
              $is = take_once($db, getenv('ID'), function () use ($mode) {
                  if ($mode === 'overlap') {
                      $other = new PDO('sqlite:taken.sqlite', null, null, [PDO::ATTR_TIMEOUT => 0]);
                      try {
                          echo take_once($other, getenv('ID'), function () {}) ? "took\n" : "ignored\n";
                      } catch (PDOException $error) {
                          echo "busy\n";
                      }
                  }
                  if ($mode !== 'take') {
                      throw new RuntimeException('failed');
                  }
              });
          } catch (RuntimeException $error) {
              exit($error->getMessage() . "\n");
          }
      }
      echo $is ? "yes\n" : "no\n";
      """#
    ), arguments: ["php", "driver.php"])

  static let bash = VerifierSample(
    language: "bash", interpreter: "openssl", file: "sample.sh",
    driver: (
      "driver.sh",
      #"""
      . ./sample.sh
      case $MODE in
        verify) verify "$SECRET" "$H_WEBHOOK_ID" "$H_WEBHOOK_TIMESTAMP" "$H_WEBHOOK_SIGNATURE" && echo yes || echo no ;;
        plain)
          cat >body
          verify_plain "$SECRET" "$H_X_SIGNATURE_256" <body || verify_plain "$SECRET" "$H_X_SIGNATURE_256_NEXT" <body &&
            echo yes || echo no ;;
        request)
          curl() { cat answer.json; }
          check_test_request "$SECRET" key https://senders.example/ && echo yes || echo no ;;
        *)
          mkdir -p taken
          work() {
            if [ "$MODE" = overlap ]; then
              take_once taken "$ID" true
              case $? in 0) echo took ;; 3) echo ignored ;; 4) echo busy ;; esac
            fi
            [ "$MODE" = take ]
          }
          take_once taken "$ID" work
          case $? in 0) echo yes ;; 3) echo no ;; 4) echo busy ;; *) echo failed ;; esac ;;
      esac
      """#
    ), arguments: ["bash", "driver.sh"])

  static let swift = VerifierSample(
    language: "swift", interpreter: "swiftc", file: "sample.swift",
    driver: (
      "main.swift",
      """
      import Foundation

      let environment = ProcessInfo.processInfo.environment
      let mode = environment["MODE"] ?? "", secret = environment["SECRET"] ?? ""
      let body = Array(FileHandle.standardInput.readDataToEndOfFile())
      let named = environment.filter { $0.key.hasPrefix("H_") }.map { name, value in
        (name.dropFirst(2).lowercased().replacingOccurrences(of: "_", with: "-"), value)
      }
      let headers = Dictionary(uniqueKeysWithValues: named)
      struct Failed: Error {}
      func answer() throws -> Bool {
        switch mode {
        case "verify": return verify(secret: secret, headers: headers, body: body)
        case "plain": return verifyPlain(secret: secret, headers: headers, body: body)
        default:
          let folder = URL(fileURLWithPath: "taken")
          try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
          let id = environment["ID"] ?? ""
          return try takeOnce(id, in: folder) {
            if mode == "overlap" {
              do { print(try takeOnce(id, in: folder) {} ? "took" : "ignored") } catch is Busy { print("busy") }
            }
            if mode != "take" { throw Failed() }
          }
        }
      }
      do { print(try answer() ? "yes" : "no") } catch is Failed { print("failed") } catch is Busy { print("busy") }
      """
    ), arguments: ["./sample"])
}
