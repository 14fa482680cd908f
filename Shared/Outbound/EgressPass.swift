import Glibc

/// What another process needs to send its requests through this one's egress guard. It is a secret: whoever holds it
/// may use the guard.
package struct EgressPass: Sendable, Equatable {
  /// `http://user:password@127.0.0.1:port`
  package var proxyURL: String
  /// The header in which the guard tells its client what it did.
  package var noteHeader: String

  package init(proxyURL: String, noteHeader: String) {
    self.proxyURL = proxyURL
    self.noteHeader = noteHeader
  }

  /// Sends every request of this process through the guard, whatever its environment said. Call while the process has
  /// one thread: libcurl reads the environment at each request, and `setenv` is not safe beside it.
  package func prepareEnvironment() { Self.setProxies(proxyURL, exempt: "") }

  /// Points every proxy variable at `url`, in both spellings, and clears what could lead around it.
  static func setProxies(_ url: String, exempt: String) {
    for name in ["http_proxy", "https_proxy", "all_proxy"] {
      setenv(name, url, 1)
      setenv(name.uppercased(), url, 1)
    }
    for name in ["no_proxy", "NO_PROXY"] {
      if exempt.isEmpty { unsetenv(name) } else { setenv(name, exempt, 1) }
    }
    for name in ["ftp_proxy", "ftps_proxy", "socks_proxy", "ws_proxy", "wss_proxy"] {
      unsetenv(name)
      unsetenv(name.uppercased())
    }
  }
}

extension EgressReservation {
  /// For a process started by this one, whose requests shall go through the same guard.
  package var pass: EgressPass { EgressPass(proxyURL: proxyURL, noteHeader: noteHeader) }
}
