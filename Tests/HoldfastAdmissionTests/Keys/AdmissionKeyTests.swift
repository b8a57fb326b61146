import HoldfastAdmission
import Testing

@Suite struct AdmissionKeyTests {
    private let hasher = AdmissionHasher(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)

    @Test func theSameBytesAreOneKeyAndOtherBytesAnother() {
        #expect(self.hasher.key(.user, "anna") == self.hasher.key(.user, "anna"))
        // Composed and decomposed "é" are equal as String and different as ids.
        #expect(self.hasher.key(.user, "caf\u{e9}") != self.hasher.key(.user, "cafe\u{301}"))
        #expect(self.hasher.key(.user, "a\0") != self.hasher.key(.user, "a"))
        #expect(self.hasher.key(.user, "12345678") != self.hasher.key(.user, "12345678\0"))
    }

    @Test func kindsAndStartsHaveKeysOfTheirOwn() {
        let keys = [AdmissionKeyKind.user, .device, .sale, .network].map {
            self.hasher.key($0, "x")
        }
        #expect(Set(keys).count == 4)
        #expect(AdmissionHasher(key0: 1, key1: 2).key(.user, "x") != keys[0])
    }

    @Test func noBytesAreNoKey() {
        #expect(self.hasher.key(.device, "").isNone)
        #expect(!self.hasher.key(.device, "d").isNone)
    }

    @Test func aKeyWithinAScopeDependsOnBothAndOnTheirOrder() {
        let user = self.hasher.key(.user, "anna")
        let sales = ["one", "two"].map { self.hasher.key(.sale, $0) }
        let keys = [
            user, user.scoped(by: sales[0]), user.scoped(by: sales[1]), sales[0].scoped(by: user),
        ]
        #expect(Set(keys).count == 4)
        #expect(!user.scoped(by: user).isNone)
    }

    @Test func keysOfEveryLengthDiffer() {
        var seen: Set<AdmissionKey> = []
        for length in 1...64 {
            seen.insert(self.hasher.key(.user, String(repeating: "a", count: length)))
        }
        #expect(seen.count == 64)
    }
}
