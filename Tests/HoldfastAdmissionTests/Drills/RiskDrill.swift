import Glibc
import HoldfastAdmission
import Testing

/// What blacklist and risk cost a Reserve, measured by hand in release:
///
///     HOLDFAST_DRILLS=1 swift test -c release --filter RiskDrill
///
/// Batches of 64 calls with prefetch, in time of this thread; the best of several rounds, since other work on the
/// machine only ever adds.
@Suite(.enabled(if: getenv("HOLDFAST_DRILLS") != nil, "set HOLDFAST_DRILLS=1"), .serialized)
struct RiskDrill {
    private static let batch = 64

    private static func threadNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    private static func subjects(_ count: Int, seed: UInt64) -> [AdmissionSubject] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in
            let address = NetworkAddress(ipv4: UInt32(truncatingIfNeeded: random.next()))
            return AdmissionSubject(
                user: AdmissionKey(high: random.next(), low: random.next() | 1),
                device: AdmissionKey(high: random.next(), low: random.next() | 1),
                sale: AdmissionKey(high: 1, low: 1), network: RiskKit.hasher.key(address),
                address: address)
        }
    }

    @Test func lookUpsWithTenAndAMillionEntries() throws {
        for entryCount in [10, 1_000_000] {
            var list = try Blacklist(hasher: RiskKit.hasher, populate: true)
            var random = SplitMix64(seed: 3)
            for index in 0..<entryCount {
                let address = NetworkAddress(ipv4: UInt32(truncatingIfNeeded: random.next()))
                let value: BlacklistValue
                switch index % 5 {
                case 0, 1: value = .user("user \(index)")
                case 2: value = .device("device \(index)")
                case 3: value = .network(NetworkRange(address))
                default: value = .network(NetworkRange(containing: address, depth: 120))
                }
                _ = try list.add(BlacklistKit.entry(value), now: RiskKit.start)
            }
            let subjects = Self.subjects(1 << 16, seed: 4)
            var best = UInt64.max
            var hits = 0
            for _ in 0..<8 {
                hits = 0
                let begin = Self.threadNanoseconds()
                for start in stride(from: 0, to: subjects.count, by: Self.batch) {
                    for index in start..<(start + Self.batch) { list.prefetch(subjects[index]) }
                    for index in start..<(start + Self.batch) {
                        list.prefetchNetworks(subjects[index])
                    }
                    for index in start..<(start + Self.batch)
                    where list.match(subjects[index], now: RiskKit.start) != nil {
                        hits += 1
                    }
                }
                best = min(best, Self.threadNanoseconds() - begin)
            }
            print(
                "blacklist of \(list.count): \(best / UInt64(subjects.count)) ns a call (buyer, device, address), \(hits) hits"
            )
            #expect(list.count > entryCount * 9 / 10)
        }
    }

    @Test func evaluations() throws {
        for userCount in [1_000, 1 << 16, 1 << 19] {
            var tables = try RiskTables(rules: .defaults, now: RiskKit.start, populate: true)
            let subjects = Self.subjects(userCount, seed: 5)
            var random = SplitMix64(seed: 6)
            let inputs = (0..<(1 << 17)).map { _ in
                RiskInput(
                    subject: subjects[Int(random.next() % UInt64(userCount))],
                    request: random.next(),
                    accountCreatedMilliseconds: RiskKit.start - 400 * RiskKit.day)
            }
            var best = UInt64.max
            var refused = 0
            var now = RiskKit.start
            for _ in 0..<6 {
                refused = 0
                let begin = Self.threadNanoseconds()
                for start in stride(from: 0, to: inputs.count, by: Self.batch) {
                    now += 1
                    for index in start..<(start + Self.batch) {
                        tables.prefetch(inputs[index].subject)
                    }
                    for index in start..<(start + Self.batch) {
                        tables.prefetchRecords(inputs[index].subject)
                    }
                    for index in start..<(start + Self.batch)
                    where tables.evaluate(inputs[index], now: now).decision == .reject {
                        refused += 1
                    }
                }
                best = min(best, Self.threadNanoseconds() - begin)
            }
            print(
                "risk of \(tables.userCount) buyers: \(best / UInt64(inputs.count)) ns an evaluation, \(refused) of \(inputs.count) refused, \(tables.counters.untracked) untracked"
            )
            #expect(tables.counters.evaluations == UInt64(inputs.count * 6))
        }
    }
}
