internal import Glibc

/// Where the server listens, ports as they were bound.
package struct BoundAddresses: Sendable, Equatable {
    package let stockHost: String
    package let stockPort: UInt16
    package let adminHost: String
    package let adminPort: UInt16

    package var stock: String { Self.join(self.stockHost, self.stockPort) }
    package var admin: String { Self.join(self.adminHost, self.adminPort) }

    /// The first line on standard output, for whoever started the server.
    package var announcement: String {
        "{\"event\":\"listening\",\"stock\":\(JSONText.quote(self.stock))"
            + ",\"admin\":\(JSONText.quote(self.admin)),\"pid\":\(getpid())"
            + ",\"version\":\(JSONText.quote(HoldfastVersion.number))}"
    }

    private static func join(_ host: String, _ port: UInt16) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
