import CHoldfastProto
import CProtobufC
import Glibc
import HoldfastClient
import Testing

@testable import holdfast_bench

@Suite struct SaleScriptTests {
    @Test func everyBuyerHasAnAddressAndADeviceOfHisOwn() throws {
        let plan = samplePlan(buyers: 100_000, cheatPercent: 10)
        let clients = (0..<plan.buyerCount).map {
            SaleBuyer(number: $0, kind: .honest)
                .client(isSecond: false, nowMilliseconds: plan.nowMilliseconds)
        }
        #expect(Set(clients.map(\.ip)).count == plan.buyerCount)
        #expect(Set(clients.map(\.deviceID)).count == plan.buyerCount)
        #expect(Set(clients.map(\.accountCreatedMilliseconds)).count > 3_000)
        #expect(clients.allSatisfy { $0.accountCreatedMilliseconds <= plan.nowMilliseconds })
    }

    @Test(arguments: [0, 65_535, 65_536, 99_999, 16_777_215])
    func bothAddressesOfABuyerAreValid(number: Int) {
        let buyer = SaleBuyer(number: number, kind: .twoAddresses)
        var four = in_addr()
        var six = in6_addr()
        #expect(
            inet_pton(AF_INET, buyer.client(isSecond: false, nowMilliseconds: 0).ip, &four) == 1)
        #expect(inet_pton(AF_INET6, buyer.client(isSecond: true, nowMilliseconds: 0).ip, &six) == 1)
    }

    @Test func everyKindOfCheatComesAndAllTogetherAreTheAskedShare() throws {
        let script = try SaleScript(plan: samplePlan(buyers: 20_000, cheatPercent: 14))
        for kind in BuyerKind.cheats {
            let count = script.buyers.count { $0.kind == kind }
            #expect((300...500).contains(count), "\(kind) \(count)")
        }
    }

    @Test func aShareOfZeroMakesEverybodyHonest() throws {
        let script = try SaleScript(plan: samplePlan(cheatPercent: 0))
        #expect(script.buyers.allSatisfy { $0.kind == .honest })
        #expect(script.calls.count == script.buyers.count)
    }

    @Test func eachCallIsOnOneConnectionAndTheCallsOfABuyerAreOnSeveral() throws {
        let script = try SaleScript(plan: samplePlan())
        #expect(script.queues.flatMap { $0 }.sorted() == Array(script.calls.indices))
        var connections: [Int: Set<Int>] = [:]
        for (connection, queue) in script.queues.enumerated() {
            for call in queue {
                connections[script.calls[call].buyer, default: []].insert(connection)
            }
        }
        for buyer in script.buyers where buyer.kind == .retry {
            #expect(connections[buyer.number]?.count == 3)
        }
        for buyer in script.buyers where buyer.kind == .doubled {
            #expect(connections[buyer.number]?.count == 2)
        }
    }

    @Test func theCallsOfACheatAreWhatHisKindSays() throws {
        let script = try SaleScript(plan: samplePlan())
        for buyer in script.buyers {
            let calls = try script.calls.filter { $0.buyer == buyer.number }.map {
                try #require(Self.decode($0.body))
            }
            let ids = Set(calls.map(\.requestID)).count
            let quantities = calls.map(\.quantity)
            #expect(calls.allSatisfy { $0.userID == buyer.userID && $0.saleID == "flash" })
            switch buyer.kind {
            case .honest, .madeUpID, .othersReservation:
                #expect(quantities == [1])
            case .retry:
                #expect(quantities == [1, 1, 1] && ids == 1)
            case .doubled:
                #expect(quantities == [1, 1] && ids == 2)
                #expect(Set(calls.map(\.address)).count == 1)
            case .twoAddresses:
                #expect(quantities == [1, 1] && ids == 2)
                #expect(Set(calls.map(\.address)).count == 2)
            case .negativeQuantity:
                #expect(quantities == [-1])
            case .hugeQuantity:
                #expect(quantities == [1_000_000, .max] && ids == 2)
            }
        }
    }

    @Test func buyersComeEvenlyWithinTheTimeOfArrival() throws {
        var plan = samplePlan(buyers: 1_000, cheatPercent: 0)
        plan.arrivalSeconds = 2
        let starts = try SaleScript(plan: plan).calls.map(\.startsAfterNanoseconds)
        #expect(starts == (0..<1_000).map { UInt64($0) * 2_000_000 })
    }

    private struct Call {
        var requestID: [UInt8]
        var saleID: String
        var userID: String
        var quantity: Int64
        var address: String
    }

    private static func decode(_ body: [UInt8]) -> Call? {
        guard let request = holdfast__v1__reserve_request__unpack(nil, body.count, body) else {
            return nil
        }
        defer { holdfast__v1__reserve_request__free_unpacked(request, nil) }
        let message = request.pointee
        guard message.n_lines == 1, let line = message.lines[0], let client = message.client else {
            return nil
        }
        return Call(
            requestID: Array(
                UnsafeBufferPointer(start: message.request_id.data, count: message.request_id.len)),
            saleID: String(cString: message.sale_id), userID: String(cString: message.user_id),
            quantity: line.pointee.quantity, address: String(cString: client.pointee.ip))
    }
}
