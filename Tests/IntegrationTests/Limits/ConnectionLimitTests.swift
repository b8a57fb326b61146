import Foundation
import Glibc
import HoldfastClient
import HoldfastTransport
import HoldfastWire
import Testing

extension UnderFire {
    @Suite("Limits of connections")
    struct ConnectionLimits {
        @Test("connections beyond the server's limit are closed, and a place that is left is taken")
        func connectionCap() throws {
            let server = try limitedServer(["LIMITS_CONNECTIONS": "20"])
            let context = try LimitPeer.context(server)
            var peers = try (0..<20).map { _ in
                try LimitPeer(context: context, port: server.stockPort)
            }
            for _ in 0..<30 {
                #expect(throws: (any Error).self) {
                    try LimitPeer(context: context, port: server.stockPort)
                }
            }
            for peer in peers {
                try peer.send(peer.call(.ping))
                #expect(try peer.frame().code == 0)
            }
            peers.removeLast(3)
            #expect(
                eventually {
                    guard let peer = try? LimitPeer(context: context, port: server.stockPort)
                    else { return false }
                    peers.append(peer)
                    return peers.count == 20
                })
        }

        @Test("without a certificate an address gets its share; with one it is not counted")
        func anonymousFlood() throws {
            let server = try limitedServer([
                "STOCK_CLIENT_CERTIFICATE": "optional", "LIMITS_CONNECTIONS_PER_IP": "5",
            ])
            let nobody = try LimitPeer.context(server, nil)
            var strangers = try (0..<5).map { _ in
                try LimitPeer(context: nobody, port: server.stockPort)
            }
            for _ in 0..<20 {
                #expect(throws: (any Error).self) {
                    try LimitPeer(context: nobody, port: server.stockPort)
                }
            }
            let known = try LimitPeer.context(server)
            let gateways = try (0..<10).map { _ in
                try LimitPeer(context: known, port: server.stockPort)
            }
            for peer in gateways + strangers {
                try peer.send(peer.call(.ping))
                #expect(try peer.frame().code == 0)
            }
            strangers.removeLast()
            #expect(
                eventually {
                    guard let peer = try? LimitPeer(context: nobody, port: server.stockPort)
                    else { return false }
                    strangers.append(peer)
                    return true
                })
        }

        @Test("handshakes of an address are bounded by rate, whatever certificate they show")
        func handshakeRate() throws {
            let server = try limitedServer(["LIMITS_HANDSHAKES_PER_IP_PER_SECOND": "10"])
            let context = try LimitPeer.context(server)
            let first = try LimitPeer(context: context, port: server.stockPort)
            var count = 1
            let start = BootClock.nowNanoseconds()
            for _ in 0..<100 where (try? LimitPeer(context: context, port: server.stockPort)) != nil
            {
                count += 1
            }
            let seconds = Double(BootClock.nowNanoseconds() - start) / 1e9
            // As many at once as a second refills, and what was refilled meanwhile.
            #expect(count >= 10 && Double(count) <= 11 + 10 * seconds)
            try first.send(first.call(.ping))
            #expect(try first.frame().code == 0)
            #expect(
                eventually { (try? LimitPeer(context: context, port: server.stockPort)) != nil })
        }

        @Test("peers that only open sockets take a bounded share, and give it back in time")
        func silentFlood() throws {
            let server = try limitedServer([
                "LIMITS_HANDSHAKES_PER_IP": "8", "LIMITS_HANDSHAKE_MS": "2500",
            ])
            let served = try LimitPeer(server)
            let silent = try (0..<60).map { _ in
                try TCPConnector.connect(
                    host: "127.0.0.1", port: server.stockPort, timeoutMilliseconds: 5_000)
            }
            defer { for fd in silent { close(fd) } }
            let ended = { () -> Int in
                silent.count { fd in
                    var byte: UInt8 = 0
                    let count = recv(fd, &byte, 1, Int32(MSG_DONTWAIT))
                    return count == 0 || (count < 0 && errno != EAGAIN)
                }
            }
            #expect(eventually { ended() >= 52 })
            #expect(ended() == 52)
            try served.send(served.call(.ping))
            #expect(try served.frame().code == 0)
            #expect(eventually { ended() == 60 })
            _ = try LimitPeer(server)
        }

        @Test("without descriptors the server turns peers away, goes on serving, and recovers")
        func outOfDescriptors() throws {
            let server = try limitedServer(["REACTORS": "1"])
            let context = try LimitPeer.context(server)
            let first = try LimitPeer(context: context, port: server.stockPort)
            try Self.limitDescriptors(of: server, to: server.descriptorCount + 4)
            var peers: [LimitPeer] = []
            var refusedCount = 0
            for _ in 0..<20 {
                if let peer = try? LimitPeer(context: context, port: server.stockPort) {
                    peers.append(peer)
                } else {
                    refusedCount += 1
                }
                // Refusing pauses the listener for 100 ms; nobody else may notice.
                try first.send(first.call(.ping))
                #expect(try first.frame().code == 0)
            }
            #expect(peers.count >= 1 && peers.count <= 5)
            #expect(refusedCount == 20 - peers.count)
            try Self.limitDescriptors(of: server, to: 512)
            #expect(
                eventually {
                    guard let peer = try? LimitPeer(context: context, port: server.stockPort)
                    else { return false }
                    peers.append(peer)
                    return peers.count >= 10
                })
        }

        /// The soft limit only, so that it can be raised again.
        private static func limitDescriptors(of server: TestServer, to count: Int) throws {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/prlimit")
            process.arguments = ["--pid", "\(server.processIdentifier)", "--nofile=\(count):"]
            try process.run()
            process.waitUntilExit()
            try #require(process.terminationStatus == 0)
        }
    }
}
