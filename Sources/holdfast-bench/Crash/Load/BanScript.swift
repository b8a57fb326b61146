import HoldfastClient

/// An operator who bars buyers, devices and ranges and lets them go again, one call after the other. Its books say which
/// values are listed and by which call.
actor BanScript {
    /// What was done; sent again with the same request id it must answer the same ids.
    enum Deed: Sendable {
        case add(BlacklistAddRequest)
        case remove(BlacklistRemoveRequest)
    }

    private let checks: CrashChecks
    private let tally: CrashTally
    private var random: RandomSource
    private var done: [(deed: Deed, ids: [Int])] = []
    private var pending: Deed?
    /// The reason of each listed value's entry, which names its call.
    private var listed: [BlacklistValue: String] = [:]
    private var number = 0

    init(checks: CrashChecks, tally: CrashTally, seed: UInt64) {
        self.checks = checks
        self.tally = tally
        self.random = RandomSource(seed: seed)
    }

    func run(_ client: HoldfastClient, _ gate: LoadGate) async {
        while !gate.isStopped && self.pending == nil {
            await gate.waitWhilePaused()
            _ = await self.send(self.next(), client)
            try? await Task.sleep(for: .milliseconds(2 + Int(self.random.next(below: 20))))
        }
    }

    /// Nobody who buys in this run is named.
    private func value() -> BlacklistValue {
        let number = self.random.next(below: 200)
        switch self.random.next(below: 3) {
        case 0: return .user("barred-\(number)")
        case 1: return .device("barred-\(number)")
        default: return .network("198.51.100.\(number)/32")
        }
    }

    private func next() -> Deed {
        self.number += 1
        let values = (0...self.random.next(below: 5)).map { _ in self.value() }
        if self.random.next(below: 3) == 0 {
            return .remove(BlacklistRemoveRequest(targets: values.map { .value($0) }))
        }
        return .add(
            BlacklistAddRequest(
                entries: values.map { BlacklistEntry($0, reason: "call \(self.number)") }))
    }

    /// Sends what has no answer yet again, until it has one.
    func settle(_ client: HoldfastClient) async {
        guard let deed = self.pending else { return }
        self.pending = nil
        var isAnswered = await self.send(deed, client)
        // A server that has just started may not be ready for new work.
        for _ in 0..<200 where !isAnswered && self.pending == nil {
            try? await Task.sleep(for: .milliseconds(20))
            isAnswered = await self.send(deed, client)
        }
        self.checks.expect(isAnswered, .allOrNothing, "a ban cannot be settled: \(deed)")
    }

    /// The list is what the books say, and every call that changed it answers as it did.
    func audit(_ client: HoldfastClient) async {
        do throws(HoldfastError) {
            var there: [BlacklistValue: String] = [:]
            var request = BlacklistListRequest()
            while true {
                let page = try await client.blacklistList(request)
                for entry in page.entries { there[entry.value] = entry.reason }
                if page.nextPageToken.isEmpty { break }
                request.pageToken = page.nextPageToken
            }
            for (value, reason) in self.listed {
                self.checks.expect(
                    there[value] == reason, .adminKept,
                    "\(value) was barred by \(reason) and is \(there[value] ?? "free")")
            }
            for (value, reason) in there {
                self.checks.expect(
                    self.listed[value] != nil, .adminKept, "\(value) is barred by \(reason)")
            }
            for (deed, ids) in self.done {
                let (again, replayed) =
                    switch deed {
                    case .add(let request): try await client.blacklistAdd(request).facts
                    case .remove(let request): try await client.blacklistRemove(request).facts
                    }
                self.checks.expect(
                    replayed && again == ids, .adminKept, "\(deed): \(ids), then \(again)")
            }
        } catch {
            self.checks.fail(.adminKept, "the blacklist: \(error)")
        }
    }

    /// False: no answer, or refused.
    private func send(_ deed: Deed, _ client: HoldfastClient) async -> Bool {
        do throws(HoldfastError) {
            switch deed {
            case .add(let request):
                let answer = try await client.blacklistAdd(request)
                self.tally.answered("BlacklistAdd", answer.outcome.name)
                self.checks.expect(answer.outcome == .added, .adminKept, "\(request): \(answer)")
                for entry in request.entries { self.listed[entry.value] = entry.reason }
                self.done.append((deed, answer.results.map(\.id)))
            case .remove(let request):
                let answer = try await client.blacklistRemove(request)
                self.tally.answered("BlacklistRemove", answer.outcome.name)
                for case .value(let value) in request.targets { self.listed[value] = nil }
                // What found nothing changed nothing, and is not remembered.
                if answer.outcome == .removed {
                    self.done.append((deed, answer.results.map(\.id)))
                }
            }
            return true
        } catch {
            if error.outcome == .unknown {
                self.tally.lost("blacklist")
                self.pending = deed
            } else {
                self.tally.answered("blacklist", "\(error.code) \(error.reason)")
            }
            return false
        }
    }
}

extension BlacklistAddResponse {
    fileprivate var facts: (ids: [Int], replayed: Bool) { (self.results.map(\.id), self.replayed) }
}

extension BlacklistRemoveResponse {
    fileprivate var facts: (ids: [Int], replayed: Bool) { (self.results.map(\.id), self.replayed) }
}
