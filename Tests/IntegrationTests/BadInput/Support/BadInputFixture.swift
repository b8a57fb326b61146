import Foundation
import HoldfastClient
import Testing

/// A server with one sale in which something is held, something is sold and something is staged: what bad input could
/// damage.
struct BadInputFixture {
    static let sale = "bad"
    static let product = "sku"
    static let heldRequest = [UInt8](repeating: 0x11, count: 16)
    static let soldRequest = [UInt8](repeating: 0x22, count: 16)
    static let adjustRequest = [UInt8](repeating: 0x33, count: 16)
    /// Chunk 0 of this import is staged.
    static let stagedImport = [UInt8](repeating: 0x44, count: 16)
    /// This import is committed, in one chunk.
    static let committedImport = [UInt8](repeating: 0x55, count: 16)

    let server: LoggedServer
    /// The reservation of the confirmed two units.
    let soldReservation: UInt64
    private let identities: [String: RawIdentity]

    init(settings: [String: String] = [:]) throws {
        let server = try LoggedServer(settings: settings)
        self.server = server
        var identities: [String: RawIdentity] = [:]
        for role in ["gateway", "service", "operator", "admin"] {
            identities[role] = RawIdentity(files: server.certificate(role))
        }
        self.identities = identities
        let admin = try RawClient(
            port: server.adminPort, RawIdentity(files: server.certificate("admin")))
        let stock = try RawClient(
            port: server.stockPort, RawIdentity(files: server.certificate("gateway")))
        _ = (admin.next(), stock.next())
        var soldReservation: UInt64 = 0
        let rows = PreloadTable.productRow(Self.product, total: 1_000)
        let wanted: [(RawClient, UInt16, [UInt8])] = [
            (
                admin, MethodNumber.preload,
                PreloadTable.body(
                    Self.committedImport, sale: PreloadTable.sale(Self.sale, rows: rows),
                    commit: PreloadTable.commit(text: PreloadTable.canonicalRow(1_000)))
            ),
            (
                admin, MethodNumber.preload,
                PreloadTable.body(
                    Self.stagedImport, sale: PreloadTable.sale("staged", rows: rows), commit: nil)
            ),
            (
                admin, MethodNumber.adjustStock,
                Raw.bytes(1, Self.adjustRequest) + Raw.text(2, Self.sale)
                    + Raw.text(3, Self.product) + Raw.number(4, 5)
            ),
            (stock, MethodNumber.reserve, ReserveTable.body(requestID: Self.heldRequest)),
            (
                stock, MethodNumber.reserve,
                ReserveTable.body(
                    requestID: Self.soldRequest, lines: ReserveTable.line(Self.product, 2))
            ),
            (
                stock, MethodNumber.confirm,
                Raw.text(1, Self.sale) + Raw.bytes(3, Self.soldRequest)
            ),
        ]
        for (index, (client, method, body)) in wanted.enumerated() {
            client.send(RawFrame.call(UInt32(index + 1), method: method, body).bytes())
            guard case .frame(let answer) = client.next(), answer.methodOrCode == 0 else {
                throw TestServer.Failure(description: "the fixture's call \(index) was refused")
            }
            // Every response's first field is its outcome; 1 is the good one, for a Preload STAGED or COMMITTED.
            let outcome = Raw.fields(answer.body).first { $0.number == 1 }?.value
            #expect(outcome == (index == 0 ? 2 : 1), "the fixture's call \(index)")
            if let id = Raw.fields(answer.body).first(where: {
                $0.number == 2 && $0.bytes.count == 8
            }) {
                soldReservation = Big.number(ArraySlice(id.bytes.reversed()))
            }
        }
        self.soldReservation = soldReservation
    }

    /// A connection that has read its HELLO.
    func connect(_ port: BadInput.Port, _ role: String) throws -> RawClient {
        let client = try self.connectSilently(port, role)
        guard case .frame(let hello) = client.next(), hello.kind == RawFrame.hello else {
            throw TestServer.Failure(description: "no HELLO for \(role)")
        }
        return client
    }

    func connectSilently(_ port: BadInput.Port, _ role: String) throws -> RawClient {
        guard let identity = self.identities[role] else {
            throw TestServer.Failure(description: "no identity \(role)")
        }
        return try RawClient(port: self.server.port(port), identity)
    }

    /// All that a bad request could have changed.
    struct State: Equatable {
        var stock: GetStockResponse
        var sales: SaleSummaries
        var liveHolds: Int
        var reservations: Int
        var buyers: Int
        var events: Int
    }

    /// Ids and sums of all sales, in words.
    typealias SaleSummaries = [String]

    func state() async throws -> State {
        let stock = try self.server.client(.stock, "gateway")
        let admin = try self.server.client(.admin, "admin")
        var numbers = try await stock.getStock(GetStockRequest(saleID: Self.sale))
        numbers.serverTimeMilliseconds = 0
        let info = try await admin.getServerInfo()
        let sales = try await admin.listSales().sales
        await stock.close()
        await admin.close()
        return State(
            stock: numbers,
            sales: sales.map { "\($0)" }, liveHolds: Int(info.liveHolds),
            reservations: Int(info.reservations), buyers: Int(info.buyers),
            events: Int(info.events))
    }

    /// A Reserve and its Cancel, from a client that behaves.
    func servesHonestClient() async throws {
        let client = try self.server.client(.stock, "gateway")
        let response = try await client.reserve(
            reserveRequest(Self.sale, Self.product, user: "honest"))
        #expect(response.outcome == .reserved)
        let back = try await client.cancel(
            CancelRequest(
                saleID: Self.sale, target: .reservation(response.reservationID)))
        #expect(back.outcome == .cancelled)
        await client.close()
    }
}
