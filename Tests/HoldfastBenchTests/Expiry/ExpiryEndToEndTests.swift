import Foundation
import Testing

/// The drill, small and without bounds that a busy machine could break, against the real server.
@Suite(.serialized) struct ExpiryEndToEndTests {
    /// Reads are so rare, and fall in such a way, that the tool sees the end of the lapse only half a second later, and
    /// hundreds of Reserves come meanwhile.
    private let scale = [
        "--holds", "3000", "--lead", "5", "--rate", "500", "--read-rate", "1.6",
        "--connections", "4",
    ]
    private let wide = ["--all-back-ms-max", "60000", "--reserve-ms-max", "60000"]

    @Test func allHoldsLapseAndEveryoneIsServedMeanwhile() throws {
        let server = try RealServer()
        let result = try server.bench(
            "expiry", server.adminArguments + self.scale + self.wide + ["-o", "json"])
        #expect(result.status == 0, "\(result.output)")
        let report = try #require(
            JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
            "\(result.output)")
        #expect(report["holds"] as? Int == 3_000)
        #expect(report["is_kept"] as? Bool == true)
        for kind in ["reserve_same_sale", "reserve_other_sale", "get_stock"] {
            let phases = try #require(report[kind] as? [String: [String: Any]])
            let calls = phases.values.reduce(0) { $0 + ($1["calls"] as? Int ?? 0) }
            #expect(calls > 0, "\(kind)")
        }
    }

    @Test func aBrokenBoundIsTheExitCode() throws {
        let server = try RealServer()
        let result = try server.bench(
            "expiry",
            server.adminArguments + self.scale
                + ["--all-back-ms-max", "60000", "--reserve-ms-max", "0.000001"])
        #expect(result.status == 1, "\(result.output)")
        #expect(result.output.contains("kept    all stock back"), "\(result.output)")
        #expect(result.output.contains("BROKEN  slowest Reserve meanwhile"), "\(result.output)")
    }

    @Test func withoutTimeToMakeThemTheToolSaysSo() throws {
        let server = try RealServer()
        let result = try server.bench(
            "expiry",
            server.adminArguments + ["--holds", "10000000", "--lead", "2", "--rate", "500"])
        #expect(result.status != 0)
        #expect(result.output.contains("--lead"), "\(result.output)")
    }
}
