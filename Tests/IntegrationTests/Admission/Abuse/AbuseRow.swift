import Foundation
import HoldfastClient

/// Calls of one kind, one after the other or all at once. Everything in them is the row's own: rows share a server and
/// never a buyer, a device or an address.
struct Attempts: Sendable {
    enum Address: Sendable {
        /// One IPv4 address.
        case one
        /// IPv4 addresses in turn.
        case each
        /// Hosts of one IPv6 /64 in turn.
        case hostsOfOne64
        /// IPv6 /64 networks in turn.
        case each64
        /// One IPv4 address, as it is and IPv4-mapped in turn.
        case mapped
        /// One IPv6 address in four spellings.
        case spellings
        /// This text.
        case text(String)
        /// These, in turn: the texts with a number behind them.
        case numbered(String)
        case none
    }

    enum Age: Sendable {
        case old
        case milliseconds(Int)
        /// As it is sent.
        case raw(Int)
        /// Nobody said.
        case unknown
    }

    enum RequestIDs: Sendable {
        case fresh
        case one
        case twoInTurn
    }

    var count = 1
    /// Buyers in turn.
    var users = 1
    var userNames: [String]?
    var requestIDs = RequestIDs.fresh
    var address = Address.one
    /// In turn; 0: none.
    var devices = 1
    var age = Age.old
    var quantity = 1
    /// Lines of one order, in place of one with `quantity`.
    var lines: [StockLine] = []
    var sale = "sale"
    var product = "sku"
    var role = "gateway"
    /// With nothing said of the client at all.
    var hasNoClient = false
    var isParallel = false
    var isCheck = false
}

enum AbuseStep: Sendable {
    case reserve(Attempts)
    /// Cancels what the row reserved last, so many times.
    case cancel(Int)
    /// Confirms what the row reserved first, so many times.
    case confirm(Int)
    /// Reads the stock so many times.
    case read(Int)
}

struct AbuseRow: Sendable {
    let name: String
    let steps: [AbuseStep]
    /// How often each outcome or reason came.
    let expected: [String: Int]

    init(_ name: String, _ expected: [String: Int], _ steps: AbuseStep...) {
        self.name = name
        self.steps = steps
        self.expected = expected.filter { $0.value > 0 }
    }

    /// One step of Reserves.
    init(_ name: String, _ expected: [String: Int], _ attempts: Attempts) {
        self.init(name, expected, .reserve(attempts))
    }
}

/// Runs rows against a server.
final class AbuseRunner {
    private let clients: [String: HoldfastClient]
    private var reserved: [(sale: String, id: ReservationID)] = []
    /// The two request ids that a row's calls may share.
    private var ids: [RequestID] = []

    init(_ server: TestServer) throws {
        self.clients = [
            "gateway": try server.client("gateway"), "admin": try server.client("admin"),
        ]
    }

    func close() async {
        for client in self.clients.values { await client.close() }
    }

    /// - Parameter number: the row's own, from which its names are made.
    func run(_ row: AbuseRow, number: Int) async throws -> [String: Int] {
        var seen: [String: Int] = [:]
        self.reserved = []
        self.ids = [RequestID(), RequestID()]
        for step in row.steps {
            switch step {
            case .reserve(let attempts):
                for outcome in try await self.run(attempts, number) {
                    seen[outcome, default: 0] += 1
                }
            case .cancel(let count):
                let last = self.reserved[self.reserved.count - 1]
                for _ in 0..<count {
                    let answer = try await self.clients["gateway"]!.cancel(
                        CancelRequest(saleID: last.sale, target: .reservation(last.id)))
                    seen[answer.outcome.name, default: 0] += 1
                }
            case .confirm(let count):
                for _ in 0..<count {
                    let answer = try await self.clients["gateway"]!.confirm(
                        ConfirmRequest(
                            saleID: self.reserved[0].sale,
                            target: .reservation(self.reserved[0].id)))
                    seen[answer.outcome.name, default: 0] += 1
                }
            case .read(let count):
                for _ in 0..<count {
                    _ = try await self.clients["gateway"]!.getStock(
                        GetStockRequest(saleID: "sale"))
                }
                seen["READ", default: 0] += count
            }
        }
        return seen
    }

    private func run(_ attempts: Attempts, _ number: Int) async throws -> [String] {
        guard let client = self.clients[attempts.role] else { return ["no such role"] }
        let requests = (0..<attempts.count).map { self.request(attempts, number, $0) }
        if attempts.isParallel {
            return await withTaskGroup(of: String.self) { group in
                for request in requests {
                    group.addTask { await Self.reserve(request, client).name }
                }
                var all: [String] = []
                for await outcome in group { all.append(outcome) }
                return all
            }
        }
        var outcomes: [String] = []
        for request in requests {
            if attempts.isCheck {
                let answer = try await client.checkRisk(
                    CheckRiskRequest(
                        saleID: request.saleID, userID: request.userID, lines: request.lines,
                        client: request.client))
                outcomes.append(
                    "CHECK " + (answer.limitedBy.isEmpty ? answer.outcome.name : "RATE_LIMITED"))
                continue
            }
            let (name, id) = await Self.reserve(request, client)
            if let id { self.reserved.append((request.saleID, id)) }
            outcomes.append(name)
        }
        return outcomes
    }

    private static func reserve(
        _ request: ReserveRequest, _ client: HoldfastClient
    ) async -> (name: String, id: ReservationID?) {
        do throws(HoldfastError) {
            let answer = try await client.reserve(request)
            let id = answer.outcome == .reserved ? answer.reservationID : nil
            return (answer.outcome.name + (answer.replayed ? " AGAIN" : ""), id)
        } catch {
            return (error.reason, nil)
        }
    }

    private func request(
        _ attempts: Attempts, _ number: Int, _ index: Int
    ) -> ReserveRequest {
        let user =
            attempts.userNames.map { $0[index % $0.count] }
            ?? "\(index % attempts.users)"
        let requestID =
            switch attempts.requestIDs {
            case .fresh: RequestID()
            case .one: self.ids[0]
            case .twoInTurn: self.ids[index % 2]
            }
        let created =
            switch attempts.age {
            case .old: 1_500_000_000_000
            case .milliseconds(let age): Int(Date().timeIntervalSince1970 * 1_000) - age
            case .raw(let value): value
            case .unknown: 0
            }
        let device = attempts.devices == 0 ? "" : "device-\(number)-\(index % attempts.devices)"
        let lines =
            attempts.lines.isEmpty
            ? [StockLine(productID: attempts.product, quantity: attempts.quantity)]
            : attempts.lines
        return ReserveRequest(
            saleID: attempts.sale, userID: "row \(number) user \(user)", lines: lines,
            requestID: requestID,
            client: attempts.hasNoClient
                ? nil
                : BuyerClient(
                    ip: Self.ip(attempts.address, number, index), deviceID: device,
                    accountCreatedMilliseconds: created))
    }

    private static func ip(_ address: Attempts.Address, _ number: Int, _ index: Int) -> String {
        let network = "10.\(number / 200).\(number % 200)"
        let hex = String(number + 1, radix: 16)
        switch address {
        case .one: return "\(network).254"
        case .each: return "\(network).\(index % 250 + 1)"
        case .hostsOfOne64: return "2001:db8:\(hex):1::\(String(index + 1, radix: 16))"
        case .each64: return "2001:db8:\(hex):\(String(index + 2, radix: 16))::1"
        case .mapped: return (index % 2 == 0 ? "" : "::ffff:") + "\(network).253"
        case .spellings:
            let spellings = [
                "2001:db8:\(hex)::a", "2001:DB8:\(hex)::A", "2001:db8:\(hex):0:0:0:0:a",
                "2001:0db8:\(hex):0000::000a",
            ]
            return spellings[index % spellings.count]
        case .text(let text): return text
        case .numbered(let text): return "\(text)\(index % 250 + 1)"
        case .none: return ""
        }
    }
}
