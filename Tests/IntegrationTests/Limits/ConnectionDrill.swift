import Foundation
import Glibc
import HoldfastClient
import HoldfastTransport
import HoldfastWire
import Testing

extension UnderFire {
    /// Measures what `docs/TESTING.md` says under "Drills". In release, by hand: HOLDFAST_DRILLS=1.
    @Suite(
        "Drill: 10,000 idle connections",
        .enabled(if: ProcessInfo.processInfo.environment["HOLDFAST_DRILLS"] != nil))
    struct ConnectionDrill {
        private static let connectionCount = 10_000

        @Test("10,000 idle TLS connections stay within 1 GiB and slow nobody down")
        func idleConnections() async throws {
            var limit = rlimit()
            let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
            getrlimit(files, &limit)
            limit.rlim_cur = limit.rlim_max
            setrlimit(files, &limit)
            try #require(limit.rlim_cur > 10_500, "needs 10,500 descriptors: raise ulimit -Hn")
            let server = try limitedServer([
                "LIMITS_CONNECTIONS": "10100", "LIMITS_IDLE_MS": "3600000",
                "LIMITS_HANDSHAKES_PER_IP_PER_SECOND": "1000000",
            ])
            try await load(
                openSale("drill", products: [Product(productID: "sku", total: 1_000_000)]),
                into: server)
            let peer = try LimitPeer(server)
            _ = try Self.latencies(peer, "warm", count: 2_000)
            let alone = try Self.latencies(peer, "alone", count: 20_000)
            let residentAlone = server.residentBytes

            let context = try LimitPeer.context(server)
            let start = BootClock.nowNanoseconds()
            var descriptors: [Int32] = []
            defer { for descriptor in descriptors { close(descriptor) } }
            for _ in 0..<Self.connectionCount {
                let idle = try LimitPeer(context: context, port: server.stockPort)
                // Silent from now on: the session is not needed, its socket is.
                descriptors.append(dup(idle.fd))
            }
            let seconds = Double(BootClock.nowNanoseconds() - start) / 1e9
            let residentPeak = server.residentBytes
            try await Task.sleep(for: .seconds(3))
            let resident = server.residentBytes
            let crowded = try Self.latencies(peer, "crowded", count: 20_000)
            let admin = try server.admin()
            let info = try await admin.getServerInfo()
            await admin.close()
            #expect(info.connections >= Self.connectionCount)
            print(
                "drill: \(info.connections) connections after \(seconds) s; resident \(residentAlone >> 20) MiB "
                    + "before, \(residentPeak >> 20) MiB at most, \(resident >> 20) MiB idle "
                    + "(\((resident - residentAlone) / Self.connectionCount) bytes each); Reserve alone "
                    + "\(alone), among them \(crowded)")
            #expect(resident < 1 << 30)
            #expect(residentPeak < 1 << 30)
            #expect(crowded.median < 2 * alone.median)
            #expect(crowded.p99 < 2 * alone.p99 + 1_000)
        }

        /// In microseconds.
        private struct Latencies: CustomStringConvertible {
            let median: UInt64
            let p99: UInt64

            var description: String { "p50 \(self.median) µs, p99 \(self.p99) µs" }
        }

        /// One Reserve after the other over one connection.
        private static func latencies(
            _ peer: LimitPeer, _ name: String, count: Int
        ) throws -> Latencies {
            var microseconds: [UInt64] = []
            for index in 0..<count {
                let bytes = try peer.call(
                    reserveRequest("drill", "sku", user: "\(name)-\(index)"))
                let start = BootClock.nowNanoseconds()
                try peer.send(bytes)
                let answer = try peer.frame()
                microseconds.append((BootClock.nowNanoseconds() - start) / 1_000)
                try #require(answer.code == 0)
            }
            microseconds.sort()
            return Latencies(
                median: microseconds[count / 2], p99: microseconds[count * 99 / 100])
        }
    }
}
