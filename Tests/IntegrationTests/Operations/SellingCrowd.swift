import Foundation
import HoldfastClient
import Synchronization
import Testing

/// Buyers of sale `kept` who go on buying until they are told to stop, and what each of them was told. Any task.
final class SellingCrowd: Sendable {
    struct Book: Sendable {
        /// Sent, answered or not.
        var begun: [RequestID] = []
        var reserved: [RequestID: ReservationID] = [:]
        var confirmed: Set<RequestID> = []
    }

    private struct State {
        var book = Book()
        var isOver = false
    }

    private static let buyers = 4
    private let state = Mutex(State())

    var book: Book { self.state.withLock { $0.book } }

    /// Returns when `stop` was called and everybody has come home.
    func run(on server: TestServer) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for buyer in 0..<Self.buyers {
                group.addTask {
                    let client = try server.client(callTimeout: .seconds(60))
                    var number = 0
                    while !self.state.withLock({ $0.isOver }) {
                        number += 1
                        try await self.buy(client, "buyer-\(buyer)-\(number)", number % 2 == 0)
                    }
                    await client.close()
                }
            }
            try await group.waitForAll()
        }
    }

    func stop() { self.state.withLock { $0.isOver = true } }

    /// Waits until so many more were answered.
    func waitForMore(_ count: Int) async throws {
        let goal = self.book.reserved.count + count
        for _ in 0..<3_000 {
            if self.book.reserved.count >= goal { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("nobody buys any more")
    }

    private func buy(_ client: HoldfastClient, _ user: String, _ pays: Bool) async throws {
        let request = RequestID()
        self.state.withLock { $0.book.begun.append(request) }
        let answer = try await client.reserve(
            reserveRequest("kept", "sku", user: user, requestID: request))
        #expect(answer.outcome == .reserved)
        self.state.withLock { $0.book.reserved[request] = answer.reservationID }
        guard pays else { return }
        let end = try await client.confirm(
            ConfirmRequest(saleID: "kept", target: .request(request), paymentReference: user))
        #expect(end.outcome == .confirmed)
        _ = self.state.withLock { $0.book.confirmed.insert(request) }
    }

    /// Whether a server has all that was told until a moment, and nothing that was not asked for.
    ///
    /// - Parameters:
    ///   - moment: The book as it was then.
    ///   - others: Units that others have since.
    func expectKept(_ moment: Book, on server: TestServer, others: Int = 0) async throws {
        let client = try server.client()
        var held = 0
        var sold = 0
        for request in self.book.begun {
            let read = try await client.getReservation(
                GetReservationRequest(saleID: "kept", target: .request(request)))
            switch read.reservation?.state {
            case .held: held += 1
            case .confirmed: sold += 1
            case nil: break
            case let state?: Issue.record("\(request) is \(state)")
            }
            if let told = moment.reserved[request] {
                #expect(read.reservation?.reservationID == told, "\(request) is lost")
            }
            if moment.confirmed.contains(request) {
                #expect(read.reservation?.state == .confirmed, "\(request) was confirmed")
            }
        }
        let stock = try await client.getStock(GetStockRequest(saleID: "kept"))
        let product = try #require(stock.products.first)
        #expect(
            product.total == product.available + product.held + product.sold, "\(product)")
        #expect(product.held + product.sold == held + sold + others, "\(product)")
        await client.close()
    }
}
