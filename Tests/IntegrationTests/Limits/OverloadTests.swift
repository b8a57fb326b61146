import HoldfastClient
import HoldfastWire
import Testing

extension UnderFire {
    /// More calls than the server can answer: what has waited in line too long is refused, with a time.
    @Suite("Overload")
    struct OverloadTests {
        private static let peerCount = 8
        private static let rounds = 6
        private static let units = 10_000_000

        private struct Tally {
            var reserved: [ReservationID] = []
            var retries: [UInt32] = []
            var others: [UInt16] = []
        }

        /// As many calls as a connection may have in flight, on each connection at once; then all their answers.
        private static func flood(_ server: TestServer) throws -> Tally {
            let peers = try (0..<Self.peerCount).map { _ in try LimitPeer(server) }
            var tally = Tally()
            for round in 0..<Self.rounds {
                // Made before the first is sent: the server is much faster than this.
                let calls = try peers.enumerated().map { number, peer in
                    try (0..<1_000).flatMap { index in
                        try peer.call(
                            reserveRequest(
                                "rush", "sku", user: "buyer-\(round)-\(number)-\(index)"))
                    }
                }
                for (peer, bytes) in zip(peers, calls) { try peer.send(bytes) }
                for peer in peers {
                    var seen: Set<UInt32> = []
                    for frame in try peer.frames(1_000) {
                        #expect(seen.insert(frame.header.callID).inserted)
                        if frame.code == 0, let answer = ReserveResponse.decoded(frame.body) {
                            #expect(answer.outcome == .reserved)
                            tally.reserved.append(answer.reservationID)
                        } else if frame.code == RPCCode.unavailable.rawValue {
                            #expect(frame.says("OVERLOADED"))
                            tally.retries.append(frame.header.timeoutOrRetryMilliseconds)
                        } else {
                            tally.others.append(frame.code)
                        }
                    }
                }
            }
            return tally
        }

        private static func stock(_ server: TestServer) throws -> GetStockResponse? {
            let peer = try LimitPeer(server)
            try peer.send(peer.call(GetStockRequest(saleID: "rush")))
            return GetStockResponse.decoded(try peer.frame().body)
        }

        @Test(
            "each call has one answer, the refused ones a time of their own and no effect; who holds stock is served"
        )
        func refuses() async throws {
            let server = try limitedServer(["LIMITS_QUEUE_MS": "1"])
            try await load(
                openSale("rush", products: [Product(productID: "sku", total: Self.units)]),
                into: server)
            let tally = try Self.flood(server)
            #expect(tally.others.isEmpty)
            #expect(!tally.reserved.isEmpty && !tally.retries.isEmpty)
            #expect(tally.retries.allSatisfy { (100...30_000).contains($0) })
            #expect(Set(tally.retries).count > 10, "they would all come at once")
            let stock = try Self.stock(server)
            #expect(stock?.products.first?.held == tally.reserved.count)

            // Confirms in a queue that stands, too.
            let peers = try (0..<Self.peerCount).map { _ in try LimitPeer(server) }
            var confirmed = 0
            for peer in peers {
                try peer.send(
                    tally.reserved.prefix(1_000).flatMap { id in
                        try peer.call(
                            ConfirmRequest(saleID: "rush", target: .reservation(id)))
                    })
            }
            for peer in peers {
                confirmed += try peer.frames(min(1_000, tally.reserved.count))
                    .count { $0.code == 0 }
            }
            #expect(confirmed == Self.peerCount * min(1_000, tally.reserved.count))
        }

        @Test("limits.queue_ms: 0 lets everybody wait")
        func off() async throws {
            let server = try limitedServer(["LIMITS_QUEUE_MS": "0"])
            try await load(
                openSale("rush", products: [Product(productID: "sku", total: Self.units)]),
                into: server)
            let tally = try Self.flood(server)
            #expect(tally.retries.isEmpty && tally.others.isEmpty)
            #expect(tally.reserved.count == Self.peerCount * Self.rounds * 1_000)
        }
    }
}
