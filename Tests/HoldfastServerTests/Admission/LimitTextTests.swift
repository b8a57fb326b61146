import HoldfastAdmission
import Testing

@testable import HoldfastServer

@Suite struct LimitTextTests {
    @Test(arguments: [
        ("unlimited", LimitPolicy.unlimited),
        ("1/s burst 1", .tokenBucket(count: 1, periodMilliseconds: 1_000, burst: 1)),
        ("10/s", .tokenBucket(count: 10, periodMilliseconds: 1_000, burst: 10)),
        ("5/10s burst 7", .tokenBucket(count: 5, periodMilliseconds: 10_000, burst: 7)),
        ("3/250ms sliding", .slidingWindow(limit: 3, windowMilliseconds: 250)),
        ("100/m sliding", .slidingWindow(limit: 100, windowMilliseconds: 60_000)),
        ("1/2h  burst  3", .tokenBucket(count: 1, periodMilliseconds: 7_200_000, burst: 3)),
    ])
    func limits(text: String, policy: LimitPolicy) {
        #expect(LimitText.parse(text[...]) == policy)
    }

    @Test(arguments: [
        "", "10", "10/", "/s", "10/d", "-1/s", "+1/s", "1/s burst", "1/s burst x", "1/s sliding 3",
        "1 / s", "1/s bursts 3", "unlimited 1", "١/s", "99999999999999999999/s",
        "1/9999999999999999999h",
        "sliding", "1/s burst 1 2",
    ])
    func noLimits(text: String) {
        #expect(LimitText.parse(text[...]) == nil)
    }
}
