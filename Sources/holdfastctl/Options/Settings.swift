package import HoldfastClient

/// Where a client's settings come from: flags, then the environment, then defaults. Pure, for tests.
package struct Settings: Sendable, Equatable {
    /// Host and port.
    package struct Endpoint: Sendable, Equatable {
        package var host: String
        package var port: UInt16

        package init(host: String, port: UInt16) {
            self.host = host
            self.port = port
        }

        /// Reads `host`, `host:port`, `[::1]`, `[::1]:port` or `::1`; nil for anything else.
        package init?(_ text: String, defaultPort: UInt16) {
            var host = Substring(text)
            var port = defaultPort
            if host.first == "[" {
                guard let end = host.firstIndex(of: "]") else { return nil }
                let rest = host[host.index(after: end)...]
                host = host[host.index(after: host.startIndex)..<end]
                if !rest.isEmpty {
                    guard rest.first == ":", let number = UInt16(rest.dropFirst()) else {
                        return nil
                    }
                    port = number
                }
            } else if host.filter({ $0 == ":" }).count == 1, let colon = host.firstIndex(of: ":") {
                guard let number = UInt16(host[host.index(after: colon)...]) else { return nil }
                port = number
                host = host[..<colon]
            }
            guard !host.isEmpty && port > 0 else { return nil }
            self.init(host: String(host), port: port)
        }
    }

    /// What flags gave.
    package struct Flags: Sendable {
        package var stockEndpoint: String?
        package var adminEndpoint: String?
        package var authorityFile: String?
        package var certificateFile: String?
        package var keyFile: String?
        package var timeoutMilliseconds: Int?

        package init() {}
    }

    /// A value that cannot be used, with the name of where it came from.
    package struct Problem: Error, Equatable {
        package let text: String
    }

    package static let certificateDirectory = "holdfast-dev/certs"

    package let stockEndpoint: Endpoint
    package let adminEndpoint: Endpoint
    package let authorityFile: String
    package let certificateFile: String
    package let keyFile: String
    package let timeoutMilliseconds: Int

    package init(flags: Flags, environment: [String: String]) throws(Problem) {
        func pick(_ flag: String?, _ name: String, _ fallback: String) -> (String, origin: String) {
            if let flag { return (flag, "the flag") }
            if let value = environment[name], !value.isEmpty { return (value, name) }
            return (fallback, "the default")
        }
        func endpoint(
            _ flag: String?, _ name: String, _ port: UInt16
        ) throws(Problem) -> Endpoint {
            let (text, origin) = pick(flag, name, "127.0.0.1:\(port)")
            guard let endpoint = Endpoint(text, defaultPort: port) else {
                throw Problem(text: "\"\(text)\" from \(origin) is no host:port")
            }
            return endpoint
        }
        self.stockEndpoint = try endpoint(flags.stockEndpoint, "HOLDFAST_STOCK_ENDPOINT", 7443)
        self.adminEndpoint = try endpoint(flags.adminEndpoint, "HOLDFAST_ADMIN_ENDPOINT", 7444)
        let directory = Self.certificateDirectory
        self.authorityFile = pick(flags.authorityFile, "HOLDFAST_CA", "\(directory)/ca.pem").0
        self.certificateFile =
            pick(flags.certificateFile, "HOLDFAST_CERTIFICATE", "\(directory)/admin.pem").0
        self.keyFile = pick(flags.keyFile, "HOLDFAST_KEY", "\(directory)/admin.key").0
        let (text, origin) = pick(
            flags.timeoutMilliseconds.map { String($0) }, "HOLDFAST_TIMEOUT_MS", "1000")
        guard let milliseconds = Int(text), (1...3_600_000).contains(milliseconds) else {
            throw Problem(text: "\"\(text)\" from \(origin) is no time from 1 to 3600000 ms")
        }
        self.timeoutMilliseconds = milliseconds
    }

    /// The client's settings for one of the two ports.
    package func clientConfiguration(_ endpoint: Endpoint) -> ClientConfiguration {
        ClientConfiguration(
            host: endpoint.host, port: endpoint.port,
            certificateAuthorityFile: self.authorityFile, certificateFile: self.certificateFile,
            privateKeyFile: self.keyFile, callTimeout: .milliseconds(self.timeoutMilliseconds))
    }
}
