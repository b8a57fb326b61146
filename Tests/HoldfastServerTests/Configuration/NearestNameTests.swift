import Testing

@testable import HoldfastServer

@Suite struct NearestNameTests {
    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("", "abc", 3), ("port", "port", 0), ("prot", "port", 1),
        ("kitten", "sitting", 3), ("stock.prt", "stock.port", 1),
    ])
    func distanceCountsInsertionsDeletionsReplacementsAndSwaps(
        left: String, right: String, distance: Int
    ) {
        #expect(NearestName.distance(Array(left.utf8), Array(right.utf8)) == distance)
        #expect(NearestName.distance(Array(right.utf8), Array(left.utf8)) == distance)
    }

    @Test func aNameThatIsFarFromAllIsNotGuessed() {
        #expect(NearestName.find("xyzzy", among: ["stock.port", "admin.port"]) == nil)
        #expect(NearestName.find("admin.prt", among: ["stock.port", "admin.port"]) == "admin.port")
    }
}
