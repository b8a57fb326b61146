import Glibc
import HoldfastClient

/// Fills the file system of the data under load and frees it again: no new holds meanwhile, but nothing else stops, and
/// all of it goes on by itself.
struct DiskFilling: Sendable {
    let world: CrashWorld
    let callers: CrashCallers

    private static let patienceSeconds = 60.0

    private var checks: CrashChecks { self.world.checks }

    func run() async throws {
        let client = self.callers.gateways[0]
        var held: [CrashRecord] = []
        for _ in 0..<4 {
            held.append(try await self.hold(milliseconds: 600_000))
        }
        let ballast = try Ballast(besides: self.world.home.dataPath)
        defer { ballast.remove() }
        let lapsing = try await self.hold(milliseconds: 1_000)
        let refusal = try await self.until { record, result in
            if case .refused(let error) = result { return error }
            return nil
        }
        guard let refusal else {
            return self.checks.fail(.exit, "a full disk never refused a Reserve")
        }
        self.checks.expect(
            refusal.code == .unavailable && refusal.reason == "STORAGE_FULL", .exit,
            "a full disk refuses a Reserve with \(refusal)")
        let caller = self.caller(client)
        for (index, record) in held.enumerated() {
            let saleID = record.reserve.saleID
            let actions: [CrashAction] = [
                .confirm(ConfirmRequest(saleID: saleID, target: record.requestTarget)),
                .cancel(CancelRequest(saleID: saleID, target: record.requestTarget)),
                .extend(
                    ExtendRequest(
                        saleID: saleID, target: record.requestTarget, extendMilliseconds: 5_000)),
                .reserve,
            ]
            var copy = record
            let result = await caller.perform(actions[index], &copy)
            self.world.book.put(copy)
            self.checks.expect(
                result.isAnswered, .exit, "\(actions[index].method) on a full disk: \(result)")
        }
        try await Task.sleep(for: .milliseconds(1_500))
        let read = try await client.getReservation(
            GetReservationRequest(
                saleID: lapsing.reserve.saleID, target: lapsing.requestTarget))
        self.world.book.put(lapsing)
        self.checks.expect(
            read.reservation?.state == .expired, .exit, "on a full disk nothing lapses: \(read)")
        ballast.remove()
        let resumed = try await self.until { record, result in
            record.first != nil && result.isAnswered ? true : nil
        }
        self.checks.expect(
            resumed == true, .exit, "with space again, no Reserve went through")
    }

    private func caller(_ client: HoldfastClient) -> RecordCaller {
        RecordCaller(
            client: client, book: self.world.book, checks: self.checks, tally: self.world.tally)
    }

    private func request(holdMilliseconds: Int) -> ReserveRequest {
        ReserveRequest(
            saleID: CrashStock.leaseSales[0], userID: "buyer-disk",
            lines: [StockLine(productID: "p-0", quantity: 1)], holdMilliseconds: holdMilliseconds,
            client: CrashBuyer.client(0))
    }

    private func hold(milliseconds: Int) async throws -> CrashRecord {
        var record = self.world.book.open(self.request(holdMilliseconds: milliseconds))
        _ = await self.caller(self.callers.gateways[0]).perform(.reserve, &record)
        guard record.first != nil else {
            throw LoadError("no hold before the disk is full: \(record.standing)")
        }
        return record
    }

    /// Reserves until the answer is what is looked for; nil: it never was.
    private func until<Value: Sendable>(
        _ wanted: @Sendable (CrashRecord, RecordCaller.Result) -> Value?
    ) async throws -> Value? {
        let deadline = Clock.nowNanoseconds() + UInt64(Self.patienceSeconds * 1e9)
        let caller = self.caller(self.callers.gateways[0])
        while Clock.nowNanoseconds() < deadline {
            var record = self.world.book.open(self.request(holdMilliseconds: 1_000))
            let result = await caller.perform(.reserve, &record)
            self.world.book.put(record)
            if let value = wanted(record, result) { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }
}

/// A file that takes all the space that is left.
private final class Ballast: Sendable {
    private let path: String

    init(besides dataPath: String) throws {
        let folder = dataPath[..<(dataPath.lastIndex(of: "/") ?? dataPath.startIndex)]
        self.path = "\(folder)/ballast"
        let file = open(self.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw LoadError("cannot make \(self.path)") }
        defer { close(file) }
        // In ever smaller pieces, so that no page is left.
        var pieceBytes = 1 << 20
        let piece = [UInt8](repeating: 0xB5, count: pieceBytes)
        var written = 0
        while pieceBytes >= 4_096 {
            // Only meant for small file systems.
            guard written < 4 << 30 else {
                unlink(self.path)
                throw LoadError("\(folder) is too large to be filled")
            }
            let count = write(file, piece, pieceBytes)
            if count > 0 { written += count } else { pieceBytes /= 2 }
        }
    }

    func remove() {
        unlink(self.path)
    }
}
