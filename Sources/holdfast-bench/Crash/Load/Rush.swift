import HoldfastClient
import Synchronization

/// Many buyers for the last units in the moment before the server dies: whoever hears SOLD_OUT or LIMIT_EXCEEDED was
/// told of takes that must then be on disk. Nothing of the rush is ever given back, so numbers only go one way.
final class Rush: Sendable {
    private struct State {
        var leftMin = Int.max
        var usedMax: [String: Int] = [:]
    }

    static let callCount = 160
    private static let buyerCount = 32
    /// Longer than any run.
    private static let holdMilliseconds = 3_600_000

    let productID: String
    private let state = Mutex(State())

    init(round: Int) {
        self.productID = CrashStock.rushProduct(round)
    }

    func run(
        _ callers: CrashCallers, book: CrashBook, checks: CrashChecks, tally: CrashTally
    ) async {
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<Self.callCount {
                let client = callers.gateways[number % callers.gateways.count]
                let caller = RecordCaller(
                    client: client, book: book, checks: checks, tally: tally)
                if number % 8 == 7 {
                    group.addTask { await self.look(client, tally) }
                } else {
                    group.addTask { await self.reserve(number, caller) }
                }
            }
        }
    }

    private func reserve(_ number: Int, _ caller: RecordCaller) async {
        let buyer = number % Self.buyerCount
        var record = caller.book.open(
            ReserveRequest(
                saleID: CrashStock.rushSale, userID: CrashBuyer.userID(buyer),
                lines: [StockLine(productID: self.productID, quantity: 1)],
                holdMilliseconds: Self.holdMilliseconds, client: CrashBuyer.client(buyer)))
        record.isKept = true
        let userID = record.reserve.userID
        _ = await caller.perform(.reserve, &record) { answer in
            for line in answer.lines {
                self.note(userID, left: line.left, used: line.used)
            }
        }
        caller.book.put(record)
    }

    private func look(_ client: HoldfastClient, _ tally: CrashTally) async {
        let answer = try? await client.getStock(
            GetStockRequest(saleID: CrashStock.rushSale, productIDs: [self.productID]))
        guard let product = answer?.products.first else { return }
        tally.answered("GetStock", "FOUND")
        self.note(nil, left: product.available, used: 0)
    }

    private func note(_ userID: String?, left: Int, used: Int) {
        self.state.withLock {
            $0.leftMin = min($0.leftMin, left)
            if let userID { $0.usedMax[userID] = max($0.usedMax[userID] ?? 0, used) }
        }
    }

    /// Before anything is sent again: what was told is still taken.
    func audit(_ client: HoldfastClient, _ checks: CrashChecks) async throws {
        let told = self.state.withLock { $0 }
        func read(_ userID: String) async throws -> ProductStock? {
            try await client.getStock(
                GetStockRequest(
                    saleID: CrashStock.rushSale, productIDs: [self.productID], userID: userID)
            ).products.first
        }
        guard told.leftMin != Int.max else { return }
        let stock = try await read("nobody")
        checks.expect(
            stock.map { $0.available <= told.leftMin } ?? false, .refusalJustified,
            "\(self.productID): somebody was told that \(told.leftMin) are left, now "
                + (stock.map { "\($0.available) are" } ?? "the product is unknown"))
        for (userID, used) in told.usedMax where used > 0 {
            let product = try await read(userID)
            checks.expect(
                (product?.used ?? 0) >= used, .refusalJustified,
                "\(self.productID): \(userID) was told to have \(used), now "
                    + "\(product?.used ?? 0)")
        }
    }
}
