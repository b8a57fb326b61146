import Glibc
import HoldfastAdmission
import HoldfastEngine
import Testing

@testable import HoldfastServer

/// How long a start spends on admission's windows, measured by hand in release:
///
///     HOLDFAST_DRILLS=1 swift test -c release --filter AdmissionRestoreDrill
@Suite(.enabled(if: getenv("HOLDFAST_DRILLS") != nil, "set HOLDFAST_DRILLS=1"), .serialized)
struct AdmissionRestoreDrill {
    private static let start: Int64 = 1_800_000_000_000

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    @Test(arguments: [100_000, 2_500_000])
    func aCrowdOfReservations(count: Int) throws {
        let table = TestSales.table(shards: 8)
        let sales = (0..<16).map { "sale-\($0)" }
        for sale in sales {
            try TestSales.load(
                TestSales.json(sale, products: [("p1", 100_000_000)], extra: "\"hold_ms\":60000,"),
                into: table)
        }
        for number in 0..<count {
            let reserve = TestReserve(
                sale: sales[number % sales.count], user: "user-\(number % (count / 2))",
                product: "p1", request: UInt64(number + 1))
            _ = reserve.execute(on: table, now: Self.start + Int64(number * 1_000 / count))
        }
        let now = Self.start + 10_000
        let settings = try ServerConfiguration.parse(flags: [], file: nil).admission
        let gate = try #require(try AdmissionGate.make(settings, keys: (1, 2), now: now))
        let begin = Self.nanoseconds()
        let report = gate.restore(from: table, now: now)
        let passed = Self.nanoseconds() - begin
        print(
            "\(report.reservationCount) of \(count) reservations taken over in \(passed / 1_000_000) ms, "
                + "\(passed / UInt64(max(report.reservationCount, 1))) ns each")
        #expect(report.reservationCount == min(count, 2 * settings.riskCapacity.users))
        #expect(report.isCut == (count > 2 * settings.riskCapacity.users))
    }
}
