import HoldfastClient
import Testing

/// docs/OPERATIONS.md, JOURNAL_BACKLOG: a disk that does not keep up.
@Suite("Operations: the disk does not keep up")
struct OperationsBacklogTests {
    @Test("more than 64 MiB behind: calls are refused with a time to wait, until it has caught up")
    func backlog() async throws {
        let fixture = try VisibilityFixture()
        try await fixture.load(openSale("slow", products: [Product(productID: "sku", total: 10)]))
        let client = try fixture.client()
        func answer() async -> String {
            do throws(HoldfastError) {
                let answer = try await client.reserve(reserveRequest("slow", "sku", user: "u"))
                return answer.outcome == .reserved ? "reserved" : "\(answer)"
            } catch {
                #expect(error.code == .unavailable)
                #expect(error.retryAfterMilliseconds ?? 0 > 0)
                return error.reason
            }
        }
        #expect(await answer() == "reserved")
        for round in 0..<2 {
            fixture.log.setBacklog(byteCount: 64 << 20)
            // A reactor looks at the end of each of its turns: the call behind is told.
            _ = await answer()
            #expect(await answer() == "reserved", "\(round)")
            fixture.log.setBacklog(byteCount: (64 << 20) + 1)
            _ = await answer()
            #expect(await answer() == "JOURNAL_BACKLOG", "\(round)")
            #expect(await answer() == "JOURNAL_BACKLOG", "\(round)")
        }
        await client.close()
    }
}
