import HoldfastJournal
import Testing

@Suite struct SegmentNameTests {
    @Test func namesAreReadAsWritten() {
        let name = SegmentName(generation: 0x1f, firstLSN: 0x2a)
        #expect(name.fileName == "0000001f-000000000000002a.seg")
        #expect(SegmentName(fileName: "ffffffff-000000000000002a.seg") == nil)
        #expect(SegmentName(fileName: name.fileName) == name)
        let largest = SegmentName(generation: .max - 1, firstLSN: .max)
        #expect(largest.fileName == "fffffffe-ffffffffffffffff.seg")
        #expect(SegmentName(fileName: largest.fileName) == largest)
    }

    @Test(arguments: [
        "", ".seg", "0000001F-000000000000002a.seg", "0000001f-000000000000002a.SEG",
        "0000001f-000000000000002a.seg.tmp", "0000001f_000000000000002a.seg",
        "000001f-000000000000002a.seg", "0000001f-00000000000002a.seg",
        "+000001f-000000000000002a.seg", "0000001f--00000000000002a.seg",
        " 000001f-000000000000002a.seg", "0000001f-000000000000002g.seg",
        "0000001f-000000000000002a.ség", "ready-1.tmp", "manifest",
    ])
    func otherNamesAreNone(fileName: String) {
        #expect(SegmentName(fileName: fileName) == nil)
    }

    @Test func generationsComeBeforeNumbers() {
        let names = [
            SegmentName(generation: 1, firstLSN: 1), SegmentName(generation: 1, firstLSN: 300),
            SegmentName(generation: 2, firstLSN: 299), SegmentName(generation: 16, firstLSN: 299),
        ]
        #expect(names.shuffled().sorted() == names)
        #expect(names.map(\.fileName).sorted() == names.map(\.fileName), "by their bytes too")
    }
}
