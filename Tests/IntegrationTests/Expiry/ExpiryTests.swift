import Foundation
import HoldfastClient
import HoldfastTransport
import HoldfastWire
import Testing

extension UnderFire {
    @Suite("Expiry through the server")
    struct Expiry {
        @Test("at the deadline that was told, stock and limit are back for whoever asks")
        func exactAtDeadline() async throws {
            let server = try limitedServer(["SALE_LAPSES_MAX": "0"])
            let products = (0..<20).map {
                Product(productID: "sku-\($0)", total: 1, limitPerUser: 1)
            }
            try await load(openSale("exact", products: products), into: server)
            let client = try server.client()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        try await Self.lapse(product: "sku-\(index)", of: "exact", client)
                    }
                }
                try await group.waitForAll()
            }
            await client.close()
        }

        /// One unit, limit one: held, refused to its buyer and to others, and free again at the deadline.
        private static func lapse(
            product: String, of sale: String, _ client: HoldfastClient
        ) async throws {
            var left = 0
            // At the deadline the limit is back for the first buyer, then the stock for another.
            for buyer in ["first", "first", "second"] {
                try await Task.sleep(for: .milliseconds(max(left, 0)))
                let held = try await client.reserve(
                    reserveRequest(sale, product, user: buyer, holdMilliseconds: 1_000))
                #expect(held.outcome == .reserved)
                let again = try await client.reserve(
                    reserveRequest(sale, product, user: buyer, holdMilliseconds: 1_000))
                let other = try await client.reserve(
                    reserveRequest(sale, product, user: "other", holdMilliseconds: 1_000))
                let stock = try await client.getStock(GetStockRequest(saleID: sale))
                left = held.deadlineMilliseconds - stock.serverTimeMilliseconds
                // On a machine too slow to ask within the second there is nothing to see.
                guard left > 0 else { return }
                #expect(again.outcome == .limitExceeded)
                #expect(other.outcome == .soldOut)
            }
        }

        @Test(
            "20,000 holds lapse together under a stream of Reserves: never SOLD_OUT, counts exact")
        func massExpiry() async throws {
            let server = try limitedServer()
            let total = 20_000
            try await load(
                openSale("mass", products: [Product(productID: "sku", total: total)]), into: server)
            let client = try server.client()
            let begin = try await client.getStock(GetStockRequest(saleID: "mass"))
            let instant = begin.serverTimeMilliseconds + 6_000
            let started = BootClock.nowNanoseconds()
            let peer = try LimitPeer(server)
            var deadlineMax = 0
            for round in 0..<(total / 200) {
                let elapsed = Int((BootClock.nowNanoseconds() - started) / 1_000_000)
                let hold = instant - begin.serverTimeMilliseconds - elapsed
                let answers = try Self.reserve(
                    (0..<200).map { "early-\(round)-\($0)" }, hold: max(hold, 1_000), peer)
                for answer in answers {
                    let response = try #require(answer.response)
                    #expect(response.outcome == .reserved)
                    deadlineMax = max(deadlineMax, response.deadlineMilliseconds)
                }
            }
            let full = try Self.reserve(["impatient"], hold: 1_000, peer)
            let now = try await client.getStock(GetStockRequest(saleID: "mass"))
            if now.serverTimeMilliseconds < instant {
                #expect(full.first?.response?.outcome == .soldOut)
            }
            // Every hold is due from then on, whether or not the server has come to it.
            let left = deadlineMax - now.serverTimeMilliseconds
            try await Task.sleep(for: .milliseconds(max(left, 0)))
            var reservedCount = 0
            for round in 0..<25 {
                let answers = try Self.reserve(
                    (0..<200).map { "late-\(round)-\($0)" }, hold: 600_000, peer)
                for answer in answers {
                    if let response = answer.response {
                        #expect(response.outcome == .reserved)
                        reservedCount += 1
                    } else {
                        #expect(answer.frame.says("EXPIRY_BACKLOG"))
                    }
                }
            }
            #expect(reservedCount > 0)
            var stock = try await client.getStock(GetStockRequest(saleID: "mass"))
            for _ in 0..<200 where stock.products.first?.held != reservedCount {
                try await Task.sleep(for: .milliseconds(20))
                stock = try await client.getStock(GetStockRequest(saleID: "mass"))
            }
            #expect(stock.products.first?.held == reservedCount)
            #expect(stock.products.first?.available == total - reservedCount)
            let admin = try server.admin()
            let info = try await admin.getServerInfo()
            #expect(Int(info.liveHolds) == reservedCount)
            // Reserves give back a few as they come; the rest was taken in bites of 512 at most.
            let expiry = info.expiry
            #expect(expiry.lapsed > 0 && expiry.lapsed <= UInt64(total + 1))
            #expect(expiry.bites >= (expiry.lapsed + 511) / 512)
            #expect(expiry.biteMicrosecondsMax > 0 && expiry.bytesAheadMax > 0)
            #expect(expiry.biteMicrosecondsTotal >= expiry.biteMicrosecondsMax)
            #expect(expiry.lapsed < 10_000 || expiry.turnMicrosecondsMax > 0)
            await admin.close()
            await client.close()
        }

        private struct Answer {
            let frame: LimitPeer.Frame
            let response: ReserveResponse?
        }

        private static func reserve(
            _ users: [String], hold: Int, _ peer: LimitPeer
        ) throws -> [Answer] {
            var bytes: [UInt8] = []
            for user in users {
                bytes += try peer.call(
                    reserveRequest("mass", "sku", user: user, holdMilliseconds: hold))
            }
            try peer.send(bytes)
            return try peer.frames(users.count).map { frame in
                Answer(
                    frame: frame,
                    response: frame.code == 0 ? ReserveResponse.decoded(frame.body) : nil)
            }
        }
    }
}
