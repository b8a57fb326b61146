import Glibc
import HoldfastClient
import HoldfastTransport
import HoldfastWire
import Testing

extension UnderFire {
    @Suite("Limits of time")
    struct TimeLimits {
        @Test("a handshake that takes too long is cut, silent or drop by drop")
        func slowHandshake() throws {
            let server = try limitedServer(["LIMITS_HANDSHAKE_MS": "500"])
            let silent = try Self.connect(server)
            let dripping = try Self.connect(server)
            defer {
                close(silent)
                close(dripping)
            }
            let start = BootClock.nowNanoseconds()
            var isCut = false
            // The header of a ClientHello of 512 bytes, then a byte now and then.
            for byte in [0x16, 3, 1, 2, 0] + [UInt8](repeating: 1, count: 60) {
                var byte = byte
                if send(dripping, &byte, 1, Int32(MSG_NOSIGNAL)) < 0 || Self.hasEnded(dripping) {
                    isCut = true
                    break
                }
                usleep(50_000)
            }
            let seconds = Double(BootClock.nowNanoseconds() - start) / 1e9
            #expect(isCut)
            #expect(seconds >= 0.4 && seconds < 5)
            #expect(eventually { Self.hasEnded(silent) })
            // Whoever is quick is served.
            let peer = try LimitPeer(server)
            try peer.send(peer.call(.ping))
            #expect(try peer.frame().code == 0)
        }

        @Test("a frame must be whole in time, however busy its connection is")
        func halfFrame() throws {
            let server = try limitedServer(["LIMITS_FRAME_MS": "800"])
            let peer = try LimitPeer(server)
            let patient = try LimitPeer(server)
            let start = BootClock.nowNanoseconds()
            let frame = peer.call(.ping, body: [UInt8](repeating: 0, count: 400))
            var isCut = false
            for index in frame.indices {
                guard (try? peer.trySend(frame[index...index])) != nil else {
                    isCut = true
                    break
                }
                usleep(50_000)
                if Double(BootClock.nowNanoseconds() - start) / 1e9 > 5 { break }
            }
            #expect(isCut)
            let farewell = try peer.farewell(since: start)
            #expect(farewell.seconds >= 0.7 && farewell.seconds < 8)
            // The clock is each frame's own: a connection that finishes its frames goes on.
            for _ in 0..<8 {
                let frame = patient.call(.ping)
                try patient.send(Array(frame.prefix(7)))
                usleep(100_000)
                try patient.send(Array(frame.dropFirst(7)))
                #expect(try patient.frame().code == 0)
            }
        }

        @Test("a silent connection is closed with close_notify, one that sends PINGs stays")
        func idle() throws {
            let server = try limitedServer(["LIMITS_IDLE_MS": "1500"])
            let silent = try LimitPeer(server)
            let lively = try LimitPeer(server)
            let start = BootClock.nowNanoseconds()
            for _ in 0..<8 {
                try lively.send(LimitPeer.frame(.ping))
                #expect(try lively.frame().kind == .pong)
                usleep(300_000)
            }
            let farewell = try silent.farewell(since: start)
            #expect(farewell.isClean)
            try lively.send(lively.call(.ping))
            #expect(try lively.frame().code == 0)
        }

        private static func connect(_ server: TestServer) throws -> Int32 {
            try TCPConnector.connect(
                host: "127.0.0.1", port: server.stockPort, timeoutMilliseconds: 5_000)
        }

        /// The other side has closed or reset.
        private static func hasEnded(_ fd: Int32) -> Bool {
            var byte: UInt8 = 0
            let count = recv(fd, &byte, 1, Int32(MSG_DONTWAIT))
            return count == 0 || (count < 0 && errno != EAGAIN)
        }
    }
}
