import Foundation
import HoldfastClient
import HoldfastTransport
import Testing

/// Tests that push the real server to its limits. One at a time: they wait on sockets and measure.
@Suite("Under fire", .serialized, .timeLimit(.minutes(5)))
enum UnderFire {}

/// A server with these settings (`limits.idle_ms` is "LIMITS_IDLE_MS"), which logs errors only.
func limitedServer(_ settings: [String: String] = [:]) throws -> TestServer {
    var environment = ["HOLDFAST_LOG_LEVEL": "critical"]
    for (name, value) in settings { environment["HOLDFAST_\(name)"] = value }
    return try TestServer.start(settings: environment)
}

/// Bulky answers: a sale of 200 products with names of 256 bytes.
func bulkySale(_ id: String) -> Sale {
    let name = String(repeating: "n", count: 256)
    let products = (0..<200).map { Product(productID: "sku-\($0)", total: 10, name: name) }
    return openSale(id, products: products)
}

/// Asks every 10 ms, for five seconds at most.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
    for _ in 0..<500 {
        if try condition() { return true }
        usleep(10_000)
    }
    return false
}

extension TestServer {
    /// Open descriptors of the server's process.
    var descriptorCount: Int {
        let directory = "/proc/\(self.processIdentifier)/fd"
        return (try? FileManager.default.contentsOfDirectory(atPath: directory).count) ?? 0
    }

    /// Memory that the server's process has in use, in bytes.
    var residentBytes: Int {
        let path = "/proc/\(self.processIdentifier)/statm"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return pages * 4_096
    }
}
