import HoldfastClient

/// Fills the file system of the data under load and frees it again. While it is full nobody gets a new hold, but every
/// hold that is there can end: by Confirm, by Cancel, by its deadline. With space again, all goes on by itself.
struct DiskFilling: Sendable {
    let world: CrashWorld
    let callers: CrashCallers
    let gate: LoadGate

    private static let patienceSeconds: UInt64 = 60
    /// Longer than the test: such a hold is there to be ended by a caller.
    private static let longHoldMilliseconds = 600_000
    private static let shortHoldMilliseconds = 1_000
    /// A short hold has lapsed by then.
    private static let lapse = Duration.milliseconds(1_500)

    private var checks: CrashChecks { self.world.checks }

    func run() async throws {
        let lapsing = try await self.hold(Self.shortHoldMilliseconds)
        let held = try await self.hold(Self.longHoldMilliseconds)
        let ballast = try Ballast(besides: self.world.home.dataPath)
        defer { ballast.remove() }
        let refusal = try await self.reserveUntil { record, result in
            if case .refused(let error) = result { return error }
            return nil
        }
        guard let refusal else {
            return self.checks.fail(.fullDisk, "a full disk never refused a Reserve")
        }
        self.checks.expect(
            refusal.code == .unavailable && refusal.reason == "STORAGE_FULL", .fullDisk,
            "a full disk refuses a Reserve with \(refusal)")
        self.gate.isPaused = true
        await self.endAll(held)
        try await Task.sleep(for: Self.lapse)
        let read = try await self.callers.gateways[0].getReservation(
            GetReservationRequest(
                saleID: lapsing.reserve.saleID, target: lapsing.requestTarget))
        self.world.book.put(lapsing)
        self.checks.expect(
            read.reservation?.state == .expired, .fullDisk,
            "on a full disk nothing lapses: \(read)")
        ballast.remove()
        self.gate.isPaused = false
        let isBack = try await self.reserveUntil { record, result in
            record.first != nil && result.isAnswered ? true : nil
        }
        self.checks.expect(
            isBack == true, .fullDisk, "with space again, no Reserve went through")
    }

    /// Every hold that nobody works with right now, and one more that is surely live.
    private func endAll(_ held: CrashRecord) async {
        var records = [held]
        var others: [CrashRecord] = []
        while let record = self.world.book.borrow(0) {
            if record.state == .held { records.append(record) } else { others.append(record) }
        }
        for record in others { self.world.book.put(record) }
        await withTaskGroup(of: Void.self) { group in
            for (index, open) in records.enumerated() {
                let caller = self.caller(index)
                group.addTask {
                    var record = open
                    let saleID = record.reserve.saleID
                    let target = record.requestTarget
                    let action: CrashAction =
                        index % 2 == 0
                        ? .confirm(
                            ConfirmRequest(
                                saleID: saleID, target: target, paymentReference: "full disk"))
                        : .cancel(CancelRequest(saleID: saleID, target: target))
                    let result = await caller.perform(action, &record)
                    self.world.book.put(record)
                    self.checks.expect(
                        result.isAnswered, .fullDisk,
                        "\(record.name): \(action.method) on a full disk: \(result)")
                }
            }
        }
    }

    private func caller(_ lane: Int) -> RecordCaller {
        RecordCaller(
            client: self.callers.gateways[lane % self.callers.gateways.count],
            book: self.world.book, checks: self.checks, tally: self.world.tally)
    }

    private func request(holdMilliseconds: Int) -> ReserveRequest {
        ReserveRequest(
            saleID: "crash-b", userID: "buyer-disk",
            lines: [StockLine(productID: "p-0", quantity: 1)], holdMilliseconds: holdMilliseconds,
            client: CrashBuyer.client(0))
    }

    private func hold(_ milliseconds: Int) async throws -> CrashRecord {
        var record = self.world.book.open(self.request(holdMilliseconds: milliseconds))
        _ = await self.caller(0).perform(.reserve, &record)
        guard record.first != nil else {
            throw LoadError("no hold before the disk is full: \(record.standing)")
        }
        return record
    }

    /// Reserves until the answer is what is looked for; nil: it never was.
    private func reserveUntil<Value: Sendable>(
        _ wanted: @Sendable (CrashRecord, RecordCaller.Result) -> Value?
    ) async throws -> Value? {
        let deadline = Clock.nowNanoseconds() + Self.patienceSeconds * 1_000_000_000
        while Clock.nowNanoseconds() < deadline {
            var record = self.world.book.open(
                self.request(holdMilliseconds: Self.shortHoldMilliseconds))
            let result = await self.caller(0).perform(.reserve, &record)
            self.world.book.put(record)
            if let value = wanted(record, result) { return value }
            try await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }
}
